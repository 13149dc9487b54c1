"""What is wrong with rules, and what changed in them: the answers of `qualification check` and `qualification diff`."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Final, Literal

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.canonical import Json, JsonObject, digest_text
from creditbank.cli.catalogue import catalogue_of
from creditbank.cli.choices import count
from creditbank.cli.failures import ACCEPTED, REJECTED
from creditbank.cli.qualification import NotAQualification
from creditbank.cli.rules import node_sentence
from creditbank.cli.terminal import Terminal
from creditbank.errors import CreditBankError
from creditbank.framework import (
    Acceptance,
    AcceptedDocument,
    CreditSystem,
    Document,
    DocumentFaults,
    Fault,
    Framework,
    Qualification,
    ReadDocument,
    document_digest,
    read_document,
)
from creditbank.framework.comparison import Change, compare
from creditbank.framework.lint import qualification_warnings
from creditbank.stacking import Setting, Verdict, evaluate

NOBODY: Final = "did:web:nobody.example"
"""Who awards, while it is only asked whether rules can be met."""
_MARKS: Final = {
    "stricter": ("▲", "yellow"),
    "looser": ("▼", "green"),
    "unclear": ("?", "yellow"),
    "none": ("·", "dim"),
}


def check_rules(path: Path, data: Path | None, terminal: Terminal) -> int:
    """Check a rule file, or every rule file below a directory; raises `DocumentFaults` with all that is wrong."""
    read = _read(path)
    catalogue = _beside(path, data, read)
    told: list[JsonObject] = []
    impossible = 0
    for one in read:
        rules = one.document
        assert isinstance(rules, Qualification)
        framework = catalogue.frameworks().get(rules.framework)
        warned = [one.placed(fault) for fault in qualification_warnings(rules, framework)]
        reach = _reach(rules, catalogue)
        impossible += reach.startswith("No units")
        told.append(
            {
                "place": one.place,
                "id": rules.id,
                "version": rules.version,
                "reach": reach,
                "warnings": [_fault_json(fault) for fault in warned],
            }
        )
        if not terminal.json_output:
            _show(terminal, one, rules, warned, reach)
    if terminal.json_output:
        listed: list[Json] = [*told]
        terminal.json({"place": str(path), "faults": [], "rules": listed})
    return REJECTED if impossible else ACCEPTED


def _show(terminal: Terminal, one: ReadDocument, rules: Qualification, warned: list[Fault], reach: str) -> None:
    good = not reach.startswith("No units")
    mark = ("✓ ", "green") if good else ("✗ ", "bold red")
    terminal.line(mark, f"{one.place}: {rules.id}, version {rules.version}. {reach}")
    for fault in warned:
        terminal.line(("Warning: ", "yellow"), str(fault), indent=2)


def _fault_json(fault: Fault) -> JsonObject:
    return {"slug": fault.slug, "place": fault.place, "path": fault.path, "sentence": fault.sentence}


def _read(path: Path) -> list[ReadDocument]:
    """The rule files at a path, each with its lines; a directory may hold other documents beside them."""
    if not path.is_dir():
        read = read_document(path.read_bytes(), str(path))
        if not isinstance(read.document, Qualification):
            raise NotAQualification(
                f"This is a {read.document.document}, not a qualification.",
                place=str(path),
                next_step="A rule file starts with `document: creditbank/qualification/v1`.",
            )
        return [read]
    found: list[ReadDocument] = []
    faults: list[Fault] = []
    for file in sorted(path.rglob("*")):
        if file.suffix not in (".yaml", ".yml", ".json") or "schemas" in file.parts or not file.is_file():
            continue
        try:
            found.append(read_document(file.read_bytes(), str(file)))
        except DocumentFaults as cause:
            faults.extend(cause.faults)
    if faults:
        raise DocumentFaults(faults, place=str(path))
    rules = [one for one in found if isinstance(one.document, Qualification)]
    if not rules:
        raise NotAQualification(
            "No rule file is here.", place=str(path), next_step="Name a file, or a directory that holds some."
        )
    return rules


def _beside(path: Path, data: Path | None, read: list[ReadDocument]) -> Catalogue:
    """The documents that the rules are checked beside; raises `DocumentFaults` when they do not go together."""
    root = builtin_data("frameworks") if data is None else data
    if path.is_dir():
        inside = path.resolve().is_relative_to(root.resolve())
        return Catalogue.load(root) if inside else Catalogue.load(root, path)
    catalogue = catalogue_of(data)
    faults = [one.placed(fault) for one in read for fault in catalogue.faults(one.document)]
    if faults:
        raise DocumentFaults(faults, place=str(path))
    return catalogue


def _reach(rules: Qualification, catalogue: Catalogue) -> str:
    """Whether any units at all could meet the rules, as the engine says it of the best units there could be."""
    frameworks, systems = catalogue.frameworks(), catalogue.credit_systems()
    unsure = [rules, frameworks.get(rules.framework), systems.get(rules.credit_system)]
    setting = Setting(
        date=date.fromisoformat(rules.valid_from),
        awarding=NOBODY,
        frameworks=frameworks,
        systems=systems,
        acceptances=tuple(_as_if_accepted(one, rules.valid_from) for one in unsure if one is not None),
    )
    try:
        found = evaluate(rules, (), setting)
    except CreditBankError as cause:
        return f"Whether they can be met was not asked: {cause.sentence}"
    if found.verdict is Verdict.TOO_COMPLEX or any(stop.part == "gap" for stop in found.stopped):
        return "Whether they can be met is too complex to say."
    if found.verdict is Verdict.FALLS_SHORT and found.gap is None:
        return "No units could ever meet these rules."
    least = found.totals.needed
    return "They can be met." if least is None else f"They can be met, with {count(str(least), 'credit')} at the least."


def _as_if_accepted(document: Qualification | Framework | CreditSystem, day: str) -> Acceptance:
    """An acceptance by nobody, because how sure we are of rules has no part in whether they can be met."""
    named = AcceptedDocument(
        kind=_KINDS[type(document)],
        id=document.id,
        version=getattr(document, "version", ""),
        digest=digest_text(document_digest(document)),
    )
    return Acceptance(
        document="creditbank/acceptance/v1",
        id="asked-only",
        by=NOBODY,
        accepts=named,
        decided=day,
        decided_by="nobody",
        reason="It is only asked whether the rules can be met.",
    )


_KINDS: Final[dict[type[Document], Literal["qualification", "framework", "credit-system"]]] = {
    Qualification: "qualification",
    Framework: "framework",
    CreditSystem: "credit-system",
}


def show_changes(old: Qualification, new: Qualification, framework: Framework | None, terminal: Terminal) -> int:
    """Show every change from one version to another; the exit code says whether there was one."""
    changes = compare(old, new, framework)
    if terminal.json_output:
        terminal.json(
            {"old": _name(old), "new": _name(new), "changes": [_change_json(one, old, new) for one in changes]}
        )
        return REJECTED if changes else ACCEPTED
    terminal.line((f"{old.id}, version {old.version}", "bold"), "  to  ", (f"{new.id}, version {new.version}", "bold"))
    if not changes:
        terminal.line("Nothing changed.")
        return ACCEPTED
    for one in changes:
        mark, colour = _MARKS[one.effect]
        effect = {"none": "", "unclear": " (stricter or looser: unclear)"}.get(one.effect, f" ({one.effect})")
        terminal.line((f"{mark} ", colour), (one.path, "bold"), f"  {one.what}{effect}")
        rules = _sentences(one, old, new)
        if one.what == "moved" or not rules:
            terminal.line(one.sentence, indent=4)
        for word, sentence in rules:
            terminal.line((f"{word}: ", "dim"), sentence, indent=4)
    counted = Counter[str](one.effect for one in changes)
    parts = [f"{counted[effect]} {word}" for effect, word in _SUMMARY.items() if counted[effect]]
    terminal.line(f"{len(changes)} changes: {', '.join(parts)}." if len(changes) > 1 else f"1 change: {parts[0]}.")
    return REJECTED


_SUMMARY: Final = {"stricter": "stricter", "looser": "looser", "unclear": "unclear", "none": "that change no sum"}


def _sentences(change: Change, old: Qualification, new: Qualification) -> list[tuple[str, str]]:
    """What the rule said before and says now, where it is a rule and said something else."""
    if change.subject != "rule" or change.what == "moved":
        return []
    found: list[tuple[str, str, str]] = []
    root, name = "/" not in change.path, change.path.rpartition("/")[2]
    for word, rules in (("before", old), ("now", new)):
        node = rules.requires if root else next((node for _, node in rules.nodes() if node.id == name), None)
        if node is not None:
            found.append((word, node_sentence(node), node.title))
    if len(found) == 2 and found[0][1] == found[1][1]:
        return []
    renamed = len({title for _, _, title in found}) > 1 or len(found) == 1
    return [(word, f"«{title}»: {sentence}" if renamed else sentence) for word, sentence, title in found]


def _change_json(change: Change, old: Qualification, new: Qualification) -> JsonObject:
    return {**change.to_json(), **dict(_sentences(change, old, new))}


def _name(rules: Qualification) -> JsonObject:
    return {"id": rules.id, "version": rules.version, "validFrom": rules.valid_from, "validUntil": rules.valid_until}
