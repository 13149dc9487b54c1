"""`creditbank framework`: the frameworks and credit systems that rules speak of."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from creditbank.canonical import digest_text
from creditbank.cli.catalogue import Data, catalogue_of
from creditbank.cli.commands import example, group
from creditbank.cli.options import Json
from creditbank.cli.terminal import Piece, Terminal
from creditbank.errors import NotFound
from creditbank.framework import (
    Confidence,
    CreditSystem,
    Framework,
    QualificationType,
    Source,
    document_digest,
    load_document,
)

app = group("Look at frameworks, and check files of your own.", "creditbank framework show in-ncrf")

CONFIDENCE: Final[dict[Confidence, str]] = {
    "H": "read in the named source",
    "M": "known or second-hand",
    "L": "from memory only, indicative",
}


class UnknownFramework(NotFound):
    """No framework or credit system of this id is in the catalogue."""

    slug = "unknown-framework"


@app.command("list", epilog=example("creditbank framework list", "creditbank framework list --json"))
def list_frameworks(data: Data = None, json_output: Json = False) -> int:
    """List the frameworks and credit systems known here."""
    catalogue = catalogue_of(data)
    frameworks = sorted(catalogue.frameworks().values(), key=lambda item: item.id)
    systems = sorted(catalogue.credit_systems().values(), key=lambda item: item.id)
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json(
            {
                "frameworks": [_dump(item) for item in frameworks],
                "creditSystems": [_dump(item) for item in systems],
            }
        )
        return 0
    terminal.line((f"{len(frameworks)} frameworks", "bold"))
    rows: list[list[Piece]] = [
        [
            (item.id, "bold"),
            item.country or item.region,
            f"{len(item.levels)} levels",
            item.credit_system or "–",
            item.name,
        ]
        for item in frameworks
    ]
    terminal.rows(rows, headers=("id", "where", "levels", "credit system", "name"))
    terminal.line()
    terminal.line((f"{len(systems)} credit systems", "bold"))
    terminal.rows(
        [[(item.id, "bold"), _hours(item), item.full_time_year or "–", item.name] for item in systems],
        headers=("id", "hours a credit", "credits a year", "name"),
    )
    terminal.hint("More: creditbank framework show ID")
    return 0


@app.command(epilog=example("creditbank framework show in-ncrf", "creditbank framework show eu-ects"))
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="The id of a framework or of a credit system.")],
    data: Data = None,
    json_output: Json = False,
) -> int:
    """Show a framework with its levels, or a credit system.

    Every statement comes with its source and with how sure we are of it."""
    catalogue = catalogue_of(data)
    found = catalogue.frameworks().get(name) or catalogue.credit_systems().get(name)
    if found is None:
        known = ", ".join(sorted([*catalogue.frameworks(), *catalogue.credit_systems()]))
        raise UnknownFramework(f"There is no framework or credit system {name!r}; known are: {known}.")
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json(_dump(found))
    elif isinstance(found, Framework):
        _show_framework(terminal, found)
    else:
        _show_system(terminal, found)
    return 0


@app.command(epilog=example("creditbank framework check frameworks/", "creditbank framework check my-rules.yaml"))
def check(
    path: Annotated[Path, typer.Argument(metavar="DIR", help="A directory of framework and rule files, or one file.")],
    json_output: Json = False,
) -> int:
    """Check framework and rule files of your own.

    Every fault is named with its file and line. All files are read together, so that names which no file
    stands behind are found too. Nothing is changed.
    """
    terminal = Terminal(json_output=json_output)
    if path.is_dir():
        catalogue = catalogue_of(path)
        counted = {
            "frameworks": len(catalogue.frameworks()),
            "creditSystems": len(catalogue.credit_systems()),
            "qualifications": len(catalogue.qualifications()),
        }
    else:
        document = load_document(path.read_bytes(), str(path))
        counted = {document.document: 1}
    if json_output:
        terminal.json({"place": str(path), "faults": [], "counted": counted})
        return 0
    listed = ", ".join(f"{number} {kind}" for kind, number in counted.items())
    terminal.line(("✓ ", "green"), f"{path}: in order ({listed}).")
    return 0


def show_sources(terminal: Terminal, sources: tuple[Source, ...], confidence: Confidence) -> None:
    """Where the statements of a document come from, and how sure we are of our reading."""
    terminal.line()
    terminal.line(("Sources", "bold"), f" (the document as a whole: {CONFIDENCE[confidence]})")
    for source in sources:
        terminal.line(f"- {source.name} ({CONFIDENCE[source.confidence]})", indent=2)
        if source.note:
            terminal.line((source.note, "dim"), indent=4)


def _show_framework(terminal: Terminal, framework: Framework) -> None:
    terminal.line((framework.name, "bold"), f" ({framework.id}, version {framework.version})")
    terminal.line(framework.summary)
    terminal.line(f"Owner: {framework.owner}. In force since {framework.valid_from}. Kind: {framework.kind}.")
    terminal.line(f"Credit system: {framework.credit_system or 'none of its own'}.")
    terminal.line()
    terminal.line(("Levels, lowest first" if framework.levels else "It has no levels of its own.", "bold"))
    for level in framework.levels:
        examples = f"  {', '.join(level.title_examples)}" if level.title_examples else ""
        terminal.line((level.code, "bold"), examples, indent=2)
        for domain, words in level.summary.items():
            terminal.line((f"{domain}: ", "dim"), words, indent=4)
    if framework.qualification_types:
        terminal.line()
        terminal.line(("Full awards it knows", "bold"))
        terminal.rows([_award_row(kind) for kind in framework.qualification_types], indent=2)
    for note in framework.notes:
        terminal.line()
        terminal.line("Note: ", note)
    show_sources(terminal, framework.sources, framework.confidence)
    terminal.line()
    terminal.line(("Digest ", "dim"), digest_text(document_digest(framework)))


def _show_system(terminal: Terminal, system: CreditSystem) -> None:
    terminal.line((system.name, "bold"), f" ({system.id})")
    terminal.line(f"One credit: {_hours(system)} hours ({system.hours_kind}).")
    terminal.line(f"A full-time year: {system.full_time_year or 'not stated'}.")
    terminal.line(system.basis)
    show_sources(terminal, system.sources, system.confidence)
    terminal.line()
    terminal.line(("Digest ", "dim"), digest_text(document_digest(system)))


def _award_row(kind: QualificationType) -> list[str]:
    size = f"{kind.credits_min} credits at least" if kind.credits_min else "no credits stated"
    return [kind.title, f"level {kind.level}" if kind.level else "no level", size]


def _hours(system: CreditSystem) -> str:
    if system.hours_min is None or system.hours_max is None:
        return "not stated"
    return system.hours_min if system.hours_min == system.hours_max else f"{system.hours_min} to {system.hours_max}"


def _dump(document: Framework | CreditSystem) -> dict[str, Any]:
    dumped: dict[str, Any] = document.model_dump(mode="json", by_alias=True)
    return {**dumped, "digest": digest_text(document_digest(document))}
