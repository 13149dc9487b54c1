"""An evaluation as a person reads it: the tree, what is missing, what collides, the way on, and what did
not count.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from creditbank.cli.terminal import Terminal
from creditbank.services.records import EvaluationRecord

if TYPE_CHECKING:
    from creditbank.stacking import Evaluation, NodeView, Use
    from creditbank.stacking.messages import Wording

SYMBOLS: Final = {
    "met": ("✓", "green"),
    "in progress": ("◐", "yellow"),
    "needs more": ("✗", "red"),
    "waived": ("~", "yellow"),
    "not known": ("?", "yellow"),
    "left to a person": ("?", "yellow"),
}
OTHER: Final = ("–", "dim")


def show_evaluation(
    terminal: Terminal,
    record: EvaluationRecord,
    evaluation: "Evaluation",
    titles: Mapping[str, str],
    wording: "Wording",
) -> None:
    """Write the whole answer; `titles` names credentials by what was earned, `wording` is the language."""
    style = "bold green" if evaluation.verdict == "adds-up" else "bold red"
    terminal.line((evaluation.sentence, style))
    rules = evaluation.qualification
    terminal.line(f"Evaluation {record.id}, under {rules.id}, version {rules.version}, on {evaluation.date}.")
    terminal.line()
    terminal.line(("Rule by rule", "bold"), _closest(evaluation))
    _show_node(terminal, evaluation.tree, titles, wording, 0)
    _show_totals(terminal, evaluation)
    _show_no(terminal, evaluation)
    _show_not_counted(terminal, record, evaluation, titles)
    for stop in evaluation.stopped:
        terminal.line(("? ", "yellow"), f"The search for the {stop.part} stopped at a limit. {stop.sentence}")
    used = {name for use in evaluation.allocation or () for name in (use.conversion, use.recognition)}
    not_adopted: Any = record.document.get("notAdopted", [])
    unsigned = [name for name in not_adopted if name in used]
    if unsigned:
        terminal.hint(
            f"It rests on {', '.join(unsigned)}, which the university has not adopted; no award is made of that."
            f" Next: creditbank decision adopt FILE --organisation {record.organisation}"
        )
    elif evaluation.verdict == "adds-up":
        terminal.hint(f"Next: creditbank award issue --evaluation {record.id} --university {record.organisation}")


def _closest(evaluation: "Evaluation") -> str:
    return "" if evaluation.verdict == "adds-up" else "  (in the closest answer there is)"


def _show_node(terminal: Terminal, node: "NodeView", titles: Mapping[str, str], wording: "Wording", depth: int) -> None:
    from creditbank.stacking.wording import status_words

    symbol, style = SYMBOLS.get(str(node.status), OTHER)
    indent = 2 + 2 * depth
    status = status_words(node.status, wording)
    terminal.line((f"{symbol} {status}", style), "  ", (node.title, "bold"), f"  [{node.path}]", indent=indent)
    terminal.line(node.sentence, indent=indent + 2)
    for use in node.met_by if node.kind == "requirement" else ():
        terminal.line(("by ", "dim"), _use(use, titles), indent=indent + 2)
    for child in node.children:
        _show_node(terminal, child, titles, wording, depth + 1)


def _use(use: "Use", titles: Mapping[str, str]) -> str:
    said = f"{titles.get(use.credential, use.credential)}: {use.counted} credits"
    if use.conversion:
        said += f", converted from {use.amount} by {use.conversion}"
    if use.recognition:
        said += f", recognised by {use.recognition}"
    return said


def _show_totals(terminal: Terminal, evaluation: "Evaluation") -> None:
    totals = evaluation.totals
    least = "" if totals.needed is None else f"; the rules can be met with {totals.needed} at least"
    terminal.line(f"Credits: {totals.counted} counted{least}.", indent=2)


def _show_no(terminal: Terminal, evaluation: "Evaluation") -> None:
    if (gap := evaluation.gap) is not None:
        _show_part(terminal, "What is missing", gap.sentence, [])
    if (conflict := evaluation.conflict) is not None:
        _show_part(terminal, "Which rules collide", conflict.sentence, list(conflict.rules))
    if (path := evaluation.path) is not None:
        steps = [f"{step.title}: {step.counted} credits, {step.achievement}" for step in path.steps]
        _show_part(terminal, "The shortest way to a yes", path.sentence, steps)


def _show_part(terminal: Terminal, title: str, sentence: str, items: list[str]) -> None:
    terminal.line()
    terminal.line((title, "bold"))
    terminal.line(sentence, indent=2)
    for item in items:
        terminal.line(f"- {item}", indent=2)


def _show_not_counted(
    terminal: Terminal, record: EvaluationRecord, evaluation: "Evaluation", titles: Mapping[str, str]
) -> None:
    refused: Any = record.document.get("notVerified", [])
    if not evaluation.not_counted and not refused:
        return
    terminal.line()
    terminal.line(("Not counted, and why", "bold"))
    for item in evaluation.not_counted:
        terminal.line(f"- {item.title or titles.get(item.credential, item.credential)}: {item.sentence}", indent=2)
    for row in refused:
        name = titles.get(row["credential"], row["credential"])
        terminal.line(
            f"- {name}: not weighed, because its verification is {row['verdict']}. {row['because']}", indent=2
        )
