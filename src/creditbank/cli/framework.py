"""`creditbank framework`: the frameworks and credit systems that rules speak of."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from creditbank.adapters.catalogue import Catalogue
from creditbank.canonical import digest_text
from creditbank.cli.catalogue import Data, catalogue_of
from creditbank.cli.commands import example, group
from creditbank.cli.options import Json
from creditbank.cli.terminal import Piece, Terminal, plain
from creditbank.errors import NotFound
from creditbank.framework import (
    FOREVER,
    Confidence,
    CreditSystem,
    Framework,
    LevelStatement,
    QualificationType,
    Source,
    document_digest,
    last_day,
    load_document,
    newest_edition,
    stated_counterparts,
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
            item.version,
            ", ".join(part for part in (item.country, item.region) if part),
            _levels(item),
            item.credit_system or "–",
            item.name,
        ]
        for item in frameworks
    ]
    terminal.rows(rows, headers=("id", "version", "where", "levels", "credit system", "name"))
    terminal.line()
    terminal.line((f"{len(systems)} credit systems", "bold"))
    terminal.rows(
        [
            [(item.id, "bold"), _hours(item), item.full_time_year or "–", f"{item.name}{_indicative(item.confidence)}"]
            for item in systems
        ],
        headers=("id", "hours a credit", "credits a year", "name"),
    )
    terminal.hint("More: creditbank framework show ID")
    return 0


@app.command(
    epilog=example("creditbank framework show in-ncrf", "creditbank framework show my-mqf --on 2020-01-01"),
)
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="The id of a framework or of a credit system.")],
    version: Annotated[
        str | None, typer.Option("--version", help="A version of the framework; the newest if none.")
    ] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="The version in force on this day.")] = None,
    data: Data = None,
    json_output: Json = False,
) -> int:
    """Show a framework with its levels, or a credit system.

    Every statement comes with its source and with how sure we are of it."""
    catalogue = catalogue_of(data)
    found = _found(catalogue, name, version, on)
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json(_dump(found))
    elif isinstance(found, Framework):
        editions = catalogue.editions(name)
        _show_framework(terminal, found, editions)
        if found.credit_system is not None:
            terminal.line()
            _show_system(terminal, catalogue.credit_system(found.credit_system))
    else:
        _show_system(terminal, found)
    return 0


@app.command(
    epilog=example("creditbank framework relate nz-nzqcf 8 --to eu-eqf", "creditbank framework relate uk-fheq 6"),
)
def relate(
    name: Annotated[str, typer.Argument(metavar="ID", help="The framework that the level is of.")],
    level: Annotated[str, typer.Argument(metavar="LEVEL", help="The level, spelled as its framework does.")],
    to: Annotated[str | None, typer.Option("--to", metavar="ID", help="The framework to compare with.")] = None,
    version: Annotated[str | None, typer.Option("--version", help="The version that the level is of.")] = None,
    data: Data = None,
    json_output: Json = False,
) -> int:
    """Show what somebody has stated about a level in other frameworks.

    Only direct statements are shown, each with who made it, when, and how sure we are of our reading. None is run
    backwards and no two are put together. That there is no counterpart is a statement; that nobody has
    stated anything is another answer. A statement is not a recognition."""
    catalogue = catalogue_of(data)
    _has_level(catalogue, name, level, version)
    if to is not None:
        _editions(catalogue, to)
    stated = stated_counterparts(catalogue.relations(), name, level, to, from_version=version)
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json({"framework": name, "level": level, "to": to, "statements": [asdict(one) for one in stated]})
        return 0
    for one in stated:
        _show_statement(terminal, one)
    if not stated:
        where = to or "any other framework"
        terminal.line(f"Nobody has stated anything about level {level} of {name} in {where} that is known here.")
        terminal.line(
            "That is not to say that there is no counterpart; and statements about others are not put together."
        )
    else:
        terminal.line("A statement compares levels. It is not a recognition: whoever recognises decides.")
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
            "relations": len(catalogue.relations()),
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


def _editions(catalogue: Catalogue, name: str) -> tuple[Framework, ...]:
    if name not in catalogue.ids("framework"):
        known = ", ".join(catalogue.ids("framework"))
        raise UnknownFramework(f"There is no framework {name!r}; known are: {known}.")
    return catalogue.editions(name)


def _found(catalogue: Catalogue, name: str, version: str | None, on: str | None) -> Framework | CreditSystem:
    if name in catalogue.ids("framework"):
        return catalogue.framework_on(name, _day(on)) if on is not None else catalogue.framework(name, version)
    found = catalogue.credit_systems().get(name)
    if found is None:
        known = ", ".join(sorted({*catalogue.ids("framework"), *catalogue.ids("credit-system")}))
        raise UnknownFramework(f"There is no framework or credit system {name!r}; known are: {known}.")
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{plain(text)!r} is no day: write it like 2026-03-01.", param_hint="--on") from None


def _has_level(catalogue: Catalogue, name: str, level: str, version: str | None) -> None:
    """Raise `UnknownLevel` when no version in question has the level, so that a slip is not taken for silence."""
    editions = _editions(catalogue, name)
    asked = editions if version is None else (catalogue.framework(name, version),)
    if not any(level == known.code for one in asked for known in one.levels):
        newest_edition(asked).order(level)


def _show_statement(terminal: Terminal, one: LevelStatement) -> None:
    about = f" (version {one.to_version})" if one.to_version else ""
    made_about = f" (version {one.from_version})" if one.from_version else ""
    answer = "none: it is stated that there is no counterpart" if one.is_none else ", ".join(one.to)
    terminal.line(f"{one.from_framework}{made_about} {one.level} → {one.to_framework}{about}: ", (answer, "bold"))
    year = one.year or "year not stated"
    terminal.line(f"{one.kind}; stated by {one.stated_by}, {year}; {CONFIDENCE[one.confidence]}", indent=4)
    if one.note:
        terminal.line(one.note, indent=4)
    terminal.line(("from ", "dim"), one.relation, indent=4)


def _levels(framework: Framework) -> str:
    unsure = len(framework.indicative_levels)
    if not framework.levels:
        return f"none{_indicative(framework.confidence)}"
    return f"{len(framework.levels)} levels" + (f", {unsure} indicative" if unsure else "")


def _indicative(confidence: Confidence) -> str:
    return " (indicative)" if confidence == "L" else ""


def show_sources(terminal: Terminal, sources: tuple[Source, ...], confidence: Confidence) -> None:
    """Where the statements of a document come from, and how sure we are of our reading."""
    terminal.line()
    terminal.line(("Sources", "bold"), f" (the document as a whole: {CONFIDENCE[confidence]})")
    for source in sources:
        terminal.line(f"- {source.name} ({CONFIDENCE[source.confidence]})", indent=2)
        if source.note:
            terminal.line((source.note, "dim"), indent=4)


def _show_framework(terminal: Terminal, framework: Framework, editions: tuple[Framework, ...]) -> None:
    terminal.line((framework.name, "bold"), f" ({framework.id}, version {framework.version})")
    terminal.line(framework.summary)
    terminal.line(f"Owner: {framework.owner}. {_standing(framework, editions)} Kind: {framework.kind}.")
    terminal.line(f"Credit system: {framework.credit_system or 'none of its own'}.")
    if framework.hours_per_year is not None:
        terminal.line(f"A full-time year: {framework.hours_per_year} hours.")
    others = [one.version for one in editions if one.version != framework.version]
    if others:
        terminal.line(f"Other versions: {', '.join(others)}.")
    if framework.indicative_levels:
        listed = ", ".join(framework.indicative_levels)
        terminal.line(("Indicative: ", "yellow"), f"{listed}. Nothing is stacked on these without a decision by name.")
    terminal.line()
    terminal.line(("Levels, lowest first" if framework.levels else "It has no levels of its own.", "bold"))
    for level in framework.levels:
        examples = f"  {', '.join(level.title_examples)}" if level.title_examples else ""
        terminal.line((level.code, "bold"), examples, _mark(level.confidence, framework.confidence), indent=2)
        for domain, words in level.summary.items():
            terminal.line((f"{domain}: ", "dim"), words, indent=4)
    if framework.qualification_types:
        terminal.line()
        terminal.line(("Full awards it knows", "bold"))
        terminal.rows([_award_row(kind, framework) for kind in framework.qualification_types], indent=2)
    for note in framework.notes:
        terminal.line()
        terminal.line("Note: ", note)
    for remark in framework.remarks:
        terminal.line()
        terminal.line("Note: ", remark.text, _mark(remark.confidence, framework.confidence))
    show_sources(terminal, framework.sources, framework.confidence)
    terminal.line()
    terminal.line(("Digest ", "dim"), digest_text(document_digest(framework)))


def _standing(framework: Framework, editions: tuple[Framework, ...]) -> str:
    if framework.standing == "draft":
        return f"A draft of {framework.valid_from}, never in force."
    end = last_day(framework, editions)
    return f"In force since {framework.valid_from}." if end == FOREVER else f"In force {framework.valid_from} to {end}."


def _mark(own: Confidence | None, document: Confidence) -> str:
    """How sure we are of one block, where it differs from the document or is indicative."""
    if own in (None, document) and document != "L":
        return ""
    return f"  [{CONFIDENCE[own or document]}]"


def _show_system(terminal: Terminal, system: CreditSystem) -> None:
    terminal.line((system.name, "bold"), f" ({system.id})")
    hours, year = (_mark(own, system.confidence) for own in (system.hours_confidence, system.year_confidence))
    terminal.line(f"One credit: {_hours(system)} hours ({system.hours_kind}).{hours}")
    terminal.line(f"A full-time year: {system.full_time_year or 'not stated'}.{year}")
    terminal.line(system.basis)
    show_sources(terminal, system.sources, system.confidence)
    terminal.line()
    terminal.line(("Digest ", "dim"), digest_text(document_digest(system)))


def _award_row(kind: QualificationType, framework: Framework) -> list[str]:
    levels = ", ".join(kind.at_levels)
    where = f"level {levels}" if len(kind.at_levels) == 1 else f"levels {levels}" if levels else "no level stated"
    sizes = [
        _size(kind),
        _range(kind.hours_min, kind.hours_max, "hours"),
        _range(kind.years_min, kind.years_max, "years full time"),
    ]
    sizes += [_range(one.credits_min, one.credits_max, f"credits of {one.credit_system}") for one in kind.sizes]
    size = "; ".join(part for part in sizes if part) or "no size stated"
    if kind.after is not None:
        size = f"{size}, after {kind.after}"
    return [kind.title, where, f"{size}{_mark(kind.confidence, framework.confidence)}"]


def _size(kind: QualificationType) -> str:
    if kind.uncredited:
        return "without credits"
    size = _range(kind.credits_min, kind.credits_max, "credits")
    if kind.credits_at_level_min is None:
        return size
    unsure = f" [{CONFIDENCE[kind.at_level_confidence]}]" if kind.at_level_confidence is not None else ""
    return f"{size}, of which {kind.credits_at_level_min} at its level or above{unsure}"


def _range(low: str | None, high: str | None, unit: str) -> str:
    if low is None:
        return "" if high is None else f"{high} {unit} at most"
    if high is None:
        return f"{low} {unit} at least"
    return f"{low} {unit}" if low == high else f"{low} to {high} {unit}"


def _hours(system: CreditSystem) -> str:
    if system.hours_min is None or system.hours_max is None:
        return "not stated"
    return system.hours_min if system.hours_min == system.hours_max else f"{system.hours_min} to {system.hours_max}"


def _dump(document: Framework | CreditSystem) -> dict[str, Any]:
    dumped: dict[str, Any] = document.model_dump(mode="json", by_alias=True)
    if isinstance(document, Framework):
        dumped["indicativeLevels"] = list(document.indicative_levels)
    return {**dumped, "digest": digest_text(document_digest(document))}
