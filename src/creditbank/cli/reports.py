"""Reports as a person reads them: a line for each check, then the verdict with the policy that gave it."""

from collections.abc import Sequence
from typing import Any, Final

from creditbank.adapters.documents import Bundle, FileKind
from creditbank.cli.failures import ACCEPTED, INCONCLUSIVE, REJECTED
from creditbank.cli.terminal import Piece, Terminal
from creditbank.verification import Check, Judged, Outcome, Policy, Report, Verdict

OUTCOMES: Final[dict[Outcome, tuple[str, str]]] = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.FAILED: ("✗", "red"),
    Outcome.UNCHECKED: ("?", "yellow"),
    Outcome.NOT_APPLICABLE: ("–", "dim"),
}
VERDICTS: Final[dict[Verdict, tuple[str, str, int]]] = {
    Verdict.ACCEPTED: ("✓", "bold green", ACCEPTED),
    Verdict.REJECTED: ("✗", "bold red", REJECTED),
    Verdict.INCONCLUSIVE: ("?", "bold yellow", INCONCLUSIVE),
}
LONGEST: Final = max(len(f"{symbol} {outcome}") for outcome, (symbol, _) in OUTCOMES.items())
WORST_FIRST: Final = (Verdict.REJECTED, Verdict.INCONCLUSIVE, Verdict.ACCEPTED)


def worst(judged: Sequence[Judged]) -> Verdict:
    """One verdict for all: any rejected rejects, any open one leaves it open."""
    verdicts = {item.report.verdict for item in judged}
    return next(verdict for verdict in WORST_FIRST if verdict in verdicts)


def answer(
    terminal: Terminal, given: Bundle, judged: Sequence[Judged], policy: Policy, *, offline: bool, full: bool
) -> int:
    """Write every report, and what each file was taken for; return the exit code of the worst verdict."""
    verdict = worst(judged)
    if terminal.json_output:
        terminal.json(_document(given, judged, policy, verdict, offline))
        return VERDICTS[verdict][2]
    words = {one.place: one.words for one in given.signed}
    for item in judged:
        _show(terminal, item, words.get(item.place, ""), full)
    for one in given.of(FileKind.EARLIER, FileKind.LINK):
        terminal.line((one.place, "bold"), f": {one.words}.")
    if len(judged) > 1:
        terminal.line(("Summary", "bold"))
        for item in judged:
            terminal.line(*_summary(item.report), f"  {item.place}", indent=2)
    return VERDICTS[verdict][2]


def _document(
    given: Bundle, judged: Sequence[Judged], policy: Policy, verdict: Verdict, offline: bool
) -> dict[str, Any]:
    return {
        "document": "creditbank/verification/v1",
        "verdict": str(verdict),
        "policy": policy.name,
        "offline": offline,
        "recognised": given.recognised,
        "reports": [{"place": item.place, "report": item.report.to_json()} for item in judged],
    }


def _show(terminal: Terminal, item: Judged, words: str, full: bool) -> None:
    report = item.report
    terminal.line((report.title or report.id or item.place, "bold"))
    terminal.line(f"{report.kind} {report.id or 'without a readable id'}, from {item.place}", indent=2)
    if words:
        terminal.line(f"recognised as {words}", indent=2)
    if report.issuer:
        by = {"presentation": "held by", "denial": "weighed by"}.get(report.kind, "issued by")
        terminal.line(f"{by} {report.issuer}", indent=2)
    _show_checks(terminal, report.checks, report.required, full, indent=2)
    for part in report.parts:
        terminal.line(*_summary(part), indent=4)
        open_ones = [check for check in part.checks if check.outcome in (Outcome.FAILED, Outcome.UNCHECKED)]
        _show_checks(terminal, part.checks if full else open_ones, part.required, full, indent=6)
    if report.sources:
        terminal.line(("Whose word counted: ", "dim"), "; ".join(report.sources), indent=2)
    symbol, style, _ = VERDICTS[report.verdict]
    terminal.line((f"{symbol} ", style), (report.headline, style))
    terminal.line()


def _show_checks(
    terminal: Terminal, checks: Sequence[Check], required: frozenset[str], full: bool, *, indent: int
) -> None:
    widest = max((len(check.name) for check in checks), default=0)
    for group in dict.fromkeys(check.group for check in checks):
        terminal.line((str(group), "bold"), indent=indent)
        mine = [check for check in checks if check.group is group]
        terminal.rows([_row(check, required, widest) for check in mine], indent=indent + 2)
        for check in mine if full else ():
            if check.compared or check.how:
                said = f"{check.name}: compared {check.compared or 'nothing'}. {check.how}".strip()
                terminal.line((said, "dim"), indent=indent + 4)


def _row(check: Check, required: frozenset[str], widest: int) -> list[Piece]:
    symbol, style = OUTCOMES[check.outcome]
    aside = "" if check.name in required else " (not required by this policy)"
    outcome = f"{symbol} {check.outcome}".ljust(LONGEST)
    return [(outcome, style), check.name.ljust(widest), f"{check.sentence}{aside}"]


def _summary(report: Report) -> list[Piece]:
    symbol, style, _ = VERDICTS[report.verdict]
    return [(f"{symbol} {report.verdict}", style), f"  {report.kind} ", (report.title or report.id, "bold")]
