"""`creditbank qualification discover`: who of all learners is there already, and who is close."""

import heapq
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Final

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.units import Credits, UnreadableCredits

if TYPE_CHECKING:
    from creditbank.services.discovering import Desk, Found, LeftOut, Page

NOTE: Final = (
    "Nothing was stored, and nobody was told. Who has not asked did not agree to be looked at by a university: tell the"
    " learners, who can ask for an evaluation themselves."
)


def amount(text: str | None) -> Credits | None:
    """Credits as they are written; a usage error for anything else."""
    try:
        return None if text is None else Credits.parse(text)
    except UnreadableCredits as cause:
        raise typer.BadParameter(f"{cause.sentence}") from None


def discover(
    university: Annotated[str, typer.Option("--university", help="The university whose decisions are weighed by.")],
    qualification: Annotated[
        list[str] | None,
        typer.Option(
            "--qualification",
            help="Look for this one (ID or ID@VERSION); may be given again. Else all of its frameworks.",
        ),
    ] = None,
    within: Annotated[
        str | None, typer.Option("--within", metavar="CREDITS", help="Only who misses at most so many credits.")
    ] = None,
    after: Annotated[str, typer.Option("--after", help="Go on after this learner, where an earlier run ended.")] = "",
    learners: Annotated[
        int, typer.Option("--learners", min=1, help="Look at so many learners at most, then say where to go on.")
    ] = 10_000,
    top: Annotated[
        int, typer.Option("--top", min=1, max=10_000, help="Tell so many at most, the closest first.")
    ] = 100,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Find learners who are there already, or close, without having asked.

    For whoever runs the bank: it looks at every account. Nothing is stored, and nobody is told. Credentials are
    verified, each once; with --within only those of learners who could be close.
    """
    terminal = Terminal(json_output=json_output)
    most = amount(within)
    with bank_at(home, own_chain=False) as bank:
        desk = bank.discovering.desk(university, qualification or ())
        terminal.hint(f"Looking for {len(desk.looks)} qualifications as of {desk.day}.")
        closest = _Closest(top)
        last: str | None = after
        while last is not None and closest.looked_at < learners:
            page = bank.discovering.page(desk, after=last, learners=learners - closest.looked_at, within=most)
            closest.take(page)
            last = page.last
    if json_output:
        terminal.json(_json(desk, closest, last))
        return 0
    _show(terminal, desk, closest, last)
    return 0


class _Closest:
    """The closest of all that were found, and no more of them than are told."""

    def __init__(self, top: int) -> None:
        self.top, self.looked_at, self.verified, self.known = top, 0, 0, 0
        self.left_out: list[LeftOut] = []
        self._kept: list[Found] = []

    def take(self, page: "Page") -> None:
        self.looked_at += page.looked_at
        self.verified += page.verified
        self.known += len(page.found)
        self.left_out += page.left_out
        self._kept = heapq.nsmallest(self.top, [*self._kept, *page.found], key=_order)

    def rows(self) -> Iterable["Found"]:
        return self._kept


def _order(found: "Found") -> tuple[tuple[int, int, int], str, str]:
    return (found.closeness.order, found.learner, found.qualification)


def _show(terminal: Terminal, desk: "Desk", closest: _Closest, last: str | None) -> None:
    rows = [
        [
            (_word(found), "green" if found.closeness.adds_up else "yellow"),
            "?" if found.closeness.credits is None else str(found.closeness.credits),
            "?" if found.closeness.units is None else str(found.closeness.units),
            f"{found.qualification}@{found.version}",
            "yes" if found.asked else "no",
            found.learner,
        ]
        for found in closest.rows()
    ]
    terminal.rows(rows, headers=("", "credits missing", "units missing", "qualification", "asked", "learner"))
    if not rows:
        terminal.line("Nobody is close.")
    for one in (*desk.left_out, *closest.left_out):
        whose = f" for {one.learner}" if one.learner else ""
        terminal.hint(("Left out: ", "yellow"), f"{one.qualification}@{one.version}{whose}. {one.sentence}")
    if closest.known > len(rows):
        terminal.hint(f"{closest.known - len(rows)} more were found. Narrow with --within, or widen with --top.")
    if last is not None:
        terminal.hint(f"{closest.looked_at} learners were looked at. Go on with: --after {last}")
    if rows:
        terminal.hint(NOTE)


def _word(found: "Found") -> str:
    if found.closeness.adds_up:
        return "there"
    if found.closeness.credits is None:
        return "never" if found.closeness.certain else "not known"
    return "close" if found.closeness.certain else "perhaps"


def _json(desk: "Desk", closest: _Closest, last: str | None) -> dict[str, object]:
    return {
        "organisation": desk.organisation,
        "date": desk.day.isoformat(),
        "found": [
            {
                "learner": found.learner,
                "qualification": found.qualification,
                "version": found.version,
                "verdict": found.closeness.verdict.value,
                "missing": {
                    "credits": None if found.closeness.credits is None else str(found.closeness.credits),
                    "units": found.closeness.units,
                },
                "certain": found.closeness.certain,
                "unverified": found.unverified,
                "asked": found.asked,
            }
            for found in closest.rows()
        ],
        "leftOut": [
            {
                "qualification": one.qualification,
                "version": one.version,
                "slug": one.slug,
                "sentence": one.sentence,
                **({"learner": one.learner} if one.learner else {}),
            }
            for one in (*desk.left_out, *closest.left_out)
        ],
        "lookedAt": closest.looked_at,
        "known": closest.known,
        "verified": closest.verified,
        "goOnAfter": last,
    }
