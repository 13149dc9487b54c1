"""The words of a plan on the command line: what is still to be earned, and how fast."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.decisions import decisions_in
from creditbank.cli.evaluations import exit_code, show_evaluation, shown
from creditbank.cli.failures import ACCEPTED, INCONCLUSIVE, REJECTED
from creditbank.cli.terminal import Terminal, plain
from creditbank.units import Credits, UnreadableCredits

if TYPE_CHECKING:
    from creditbank.services.offering import Planned
    from creditbank.stacking import Pace, Term
    from creditbank.stacking.messages import Wording

Id = Annotated[str, typer.Argument(metavar="ID", help="The id of a known qualification.")]
Learner = Annotated[str, typer.Option("--learner", help="The learner whose credits are weighed.")]
University = Annotated[str, typer.Option("--university", help="The university that weighs, and would award.")]
Version = Annotated[str | None, typer.Option("--version", help="A version of the rules; else the newest.")]
Decisions = Annotated[
    list[Path] | None,
    typer.Option(
        "--decisions", help="Decisions to try beside those that the university has adopted: a file or directory."
    ),
]
Chosen = Annotated[
    list[str] | None, typer.Option("--credential", help="Weigh only this credential; may be given again.")
]
RegisterName = Annotated[
    str | None,
    typer.Option("--register", help="Which of the bank's registers says who is accredited, where the rules ask."),
]
Language = Annotated[
    str,
    typer.Option(
        "--language",
        help="Say the answer in this language, such as de, or by a file of your own; the record stays English.",
    ),
]
PlannedUnits = Annotated[
    list[str] | None,
    typer.Option(
        "--planned",
        metavar="ACHIEVEMENT[@DAY]",
        help="Count this achievement as if it were earned on that day (else today); may be given again.",
    ),
]
UnderWay = Annotated[
    list[str] | None,
    typer.Option("--in-progress", metavar="ACHIEVEMENT[@DAY]", help="The same, for one that was begun already."),
]
PerTerm = Annotated[
    str | None,
    typer.Option("--per-term", metavar="CREDITS", help="The most credits of the qualification's system in one term."),
]
UnitsPerTerm = Annotated[
    int | None, typer.Option("--units-per-term", metavar="N", min=0, help="The most units in one term.")
]
Terms = Annotated[
    int | None,
    typer.Option(
        "--terms", metavar="N", help="How many terms to look at: of the rules' own calendar, or else half-years."
    ),
]
OneTerm = Annotated[
    list[str] | None,
    typer.Option("--term", metavar="[NAME=]FIRST/LAST", help="A term by its days, in place of a calendar; in order."),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose credits are weighed against which rules, and with what besides."""

    qualification: str
    learner: str
    university: str
    version: str | None
    decisions: Sequence[Path]
    credentials: Sequence[str]
    register: str | None
    planned: Sequence["Planned"]
    pace: "Pace | None"
    language: str


def weigh_plan(
    terminal: Terminal, home: Path | None, asked: Asked, wording: "Wording"
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """The evaluation as a document, and what the learner's credentials are called; nothing is kept."""
    from creditbank.services.evaluating import Question

    question = Question(
        asked.learner,
        asked.qualification,
        asked.university,
        decisions_in(asked.decisions),
        credentials=tuple(asked.credentials) or None,
        register=asked.register,
    )
    with bank_at(home, own_chain=False) as bank:
        terminal.hint("Verifying the credentials, and looking for the way on.")
        evaluation = bank.evaluating.plan(
            question,
            version=asked.version,
            planned=asked.planned,
            pace=asked.pace,
            wording=wording,
        )
        account = bank.sharing.account(asked.learner)
    return evaluation.to_json(), {lot.facts.credential: lot.facts.title for lot in account.lots}


def show_plan(terminal: Terminal, home: Path | None, asked: Asked, *, table: bool, tree: bool) -> Mapping[str, Any]:
    """Weigh a plan and write what came out."""
    from creditbank.adapters.languages import wording_in

    wording = wording_in(asked.language)
    result, titles = weigh_plan(terminal, home, asked, wording)
    if terminal.json_output:
        terminal.json(result)
    else:
        show_evaluation(terminal, shown(result, titles, table=table, tree=tree, wording=wording))
    return result


def path_code(result: Mapping[str, Any]) -> int:
    """0 where there is a way to a yes, 1 where there is none, 3 where that could not be said."""
    if result["verdict"] == "adds-up" or result["path"] is not None:
        return ACCEPTED
    return REJECTED if result.get("noPath", {}).get("because", "not known") != "not known" else INCONCLUSIVE


def planned_of(planned: Sequence[str] | None, under_way: Sequence[str] | None) -> list["Planned"]:
    """What is still to be earned, with the day on which it is expected."""
    from creditbank.services.offering import Planned

    return [
        *(Planned(*_named_on(text)) for text in planned or []),
        *(Planned(*_named_on(text), in_progress=True) for text in under_way or []),
    ]


def _named_on(text: str) -> tuple[str, date | None]:
    name, at, day = text.rpartition("@")
    if not at:
        return text, None
    if re.fullmatch(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", day, re.ASCII) is None:
        return text, None  # the sign belongs to the name
    try:
        return name, date.fromisoformat(day)
    except ValueError:
        raise typer.BadParameter(f"{plain(day)!r} is no day of the calendar, such as 2027-06-30.") from None


def rules_named(asked: str, version: str | None) -> tuple[str, str | None]:
    """An id and a version: of ID@VERSION, or as they were given apart."""
    name, at, own = asked.partition("@")
    if at and version is not None and own != version:
        raise typer.BadParameter(f"{plain(asked)!r} names a version, and --version names another.")
    return name, own or version


def pace_of(per_term: str | None, units: int | None, count: int | None, terms: Sequence[str] | None) -> "Pace | None":
    """How fast the learner goes on; None where nothing was said about it. Raises `ImpossiblePace`."""
    from creditbank.stacking import Pace

    if per_term is None and units is None and count is None and not terms:
        return None
    try:
        most = None if per_term is None else Credits.parse(per_term)
    except UnreadableCredits:
        raise typer.BadParameter(f"{plain(per_term or '')!r} is no amount of credits, such as 20 or 7.5.") from None
    return Pace(tuple(map(_term, terms or ())), most, units, count)


def _term(text: str) -> "Term":
    from creditbank.stacking import Term

    name, _, days = text.rpartition("=")
    first, _, last = days.partition("/")
    try:
        return Term(date.fromisoformat(first), date.fromisoformat(last), name)
    except ValueError:
        raise typer.BadParameter(f"{plain(text)!r} is no term, such as autumn=2027-09-01/2028-01-31.") from None


__all__ = ["Asked", "exit_code", "pace_of", "path_code", "planned_of", "rules_named", "show_plan", "weigh_plan"]
