"""The coherence verbs of `creditbank achievement`: does a unit hang together, and what does a reviewer say?"""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from creditbank.adapters.system import SystemClock
from creditbank.canonical import digest_text
from creditbank.cli.catalogue import Data, catalogue_of
from creditbank.cli.failures import ACCEPTED, INCONCLUSIVE, REJECTED
from creditbank.cli.options import Json, written_name
from creditbank.cli.terminal import Piece, Terminal
from creditbank.framework import (
    PARTS,
    CoherenceReport,
    ReviewedItem,
    ReviewedReport,
    State,
    UnitDocument,
    check_coherence,
    combine,
    path_text,
    review_form,
)
from creditbank.services.drafting import read_review, read_unit

UnitDraft = Annotated[Path, typer.Argument(metavar="FILE", help="A unit, as YAML or JSON; it may be a draft.")]

MARKS: Final[dict[State, Piece]] = {
    State.HOLDS: ("✓", "green"),
    State.DOES_NOT_HOLD: ("✗", "red"),
    State.NOT_STATED: ("–", "yellow"),
    State.NOT_JUDGED: ("?", "yellow"),
}


def coherence(
    file: UnitDraft,
    review: Annotated[
        Path | None, typer.Option("--review", help="A coherence review of this unit, to be put beside.")
    ] = None,
    data: Data = None,
    json_output: Json = False,
) -> int:
    """Tell whether a unit hangs together, by a checklist in three parts.

    Each point holds (✓), does not hold (✗), is not stated (–) or not judged (?). With a review of exactly this text,
    what the reviewer says stands beside; it changes no point.
    """
    terminal = Terminal(json_output=json_output)
    unit, report = _report(file, data)
    said = read_review(review.read_bytes(), str(review)) if review is not None else None
    reviewed = combine(report, said)
    if json_output:
        terminal.json(_json(reviewed))
        return _code(reviewed)
    terminal.line((unit.title, "bold"), f", version {unit.version}")
    for part, title in PARTS.items():
        terminal.line()
        terminal.line((title, "bold"))
        for one in reviewed.items:
            if one.item.part == part:
                _show(terminal, one)
    terminal.line()
    terminal.line(_conclusion(reviewed))
    if said is None:
        terminal.hint(f"A reviewer's part: creditbank achievement review {file} --role ROLE")
    return _code(reviewed)


def review(
    file: UnitDraft,
    role: Annotated[
        str, typer.Option("--role", help="The reviewer's role, such as programme reviewer; no person's name.")
    ],
    output: Annotated[Path | None, typer.Option("--output", help="Write the form into this new file.")] = None,
    data: Data = None,
) -> int:
    """Write the form of a coherence review of exactly this text.

    It is YAML with what the machine found as comments, and says nothing before a reviewer fills it in.
    """
    terminal = Terminal()
    unit, report = _report(file, data)
    id = f"review-{report.digest.hex()[:12]}"
    text = review_form(report, id=id, reviewer=written_name(role), day=SystemClock().now().date())
    if output is None:
        terminal.raw(text)
        return ACCEPTED
    write_new(output, text)
    terminal.line(("✓ ", "green"), f"{output}: a review of {unit.title}, still to be filled in.")
    return ACCEPTED


def write_new(path: Path, text: str) -> None:
    """Write a file that was not there before; what is there is somebody's work and stays."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise typer.BadParameter(f"{path} is there already; name another file.") from None


def _report(file: Path, data: Path | None) -> tuple[UnitDocument, CoherenceReport]:
    unit, _ = read_unit(file.read_bytes(), str(file))
    return unit, check_coherence(unit, catalogue_of(data).coherence_lists())


def _show(terminal: Terminal, one: ReviewedItem) -> None:
    item = one.item
    terminal.line(
        MARKS[item.state], f" {item.title}", ("" if item.state is State.HOLDS else f": {item.state}"), indent=2
    )
    for found in item.findings:
        if found.state is not State.HOLDS:
            place = path_text(found.address)
            terminal.line(found.sentence, (f" ({place})" if place else "", "dim"), indent=6)
    if one.said is not None:
        text = f": {one.said.text}" if one.said.text else "."
        terminal.line((f"reviewer {_verb(one.said.finding)}{text}", "italic"), indent=6)


def _verb(finding: str) -> str:
    return "remarks" if finding == "remark" else finding


def _conclusion(reviewed: ReviewedReport) -> str:
    counted = {state: sum(one.state is state for one in reviewed.items) for state in State}
    told = ", ".join(f"{number} {_plural(state, number)}" for state, number in counted.items() if number)
    if reviewed.review is None:
        return f"Of {len(reviewed.items)} points {told}. No reviewer has spoken."
    role, day = reviewed.review.reviewer, reviewed.review.date
    if reviewed.coherent:
        return f"Of {len(reviewed.items)} points {told}. Reviewed and found coherent: {role}, {day}."
    return f"Of {len(reviewed.items)} points {told}. Not reviewed as coherent: {reviewed.why_not}."


def _plural(state: State, number: int) -> str:
    one = {
        State.HOLDS: ("holds", "hold"),
        State.DOES_NOT_HOLD: ("does not hold", "do not hold"),
        State.NOT_STATED: ("is not stated", "are not stated"),
        State.NOT_JUDGED: ("is not judged", "are not judged"),
    }[state]
    return one[0] if number == 1 else one[1]


def _code(reviewed: ReviewedReport) -> int:
    """Accepted when all holds, or a reviewer found it coherent; rejected when something does not; else open."""
    if reviewed.review is not None:
        if reviewed.coherent:
            return ACCEPTED
        return REJECTED if reviewed.bound and reviewed.review.conclusion == "not coherent" else INCONCLUSIVE
    state = reviewed.report.state
    return ACCEPTED if state is State.HOLDS else REJECTED if state is State.DOES_NOT_HOLD else INCONCLUSIVE


def _json(reviewed: ReviewedReport) -> dict[str, Any]:
    report, review = reviewed.report, reviewed.review
    return {
        "unit": {"id": report.unit, "version": report.version, "digest": digest_text(report.digest)},
        "state": str(report.state),
        "items": [
            {
                "id": one.item.id,
                "part": one.item.part,
                "title": one.item.title,
                "state": str(one.state),
                "findings": [
                    {"state": str(found.state), "path": path_text(found.address), "sentence": found.sentence}
                    for found in one.item.findings
                ],
                "reviewer": None if one.said is None else {"finding": one.said.finding, "text": one.said.text},
                "open": one.open,
            }
            for one in reviewed.items
        ],
        "review": None
        if review is None
        else {
            "reviewer": review.reviewer,
            "date": review.date,
            "conclusion": review.conclusion,
            "ofThisText": reviewed.bound,
            "coherent": reviewed.coherent,
            "whyNot": reviewed.why_not,
        },
    }
