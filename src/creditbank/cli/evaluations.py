"""An evaluation as a person reads it: the rules as a tree or a table, what is missing, what collides, the way on, and
what did not count. Drawn from its document, so that a stored one looks as it did when it was made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer

from creditbank.cli.failures import ACCEPTED, INCONCLUSIVE, REJECTED
from creditbank.cli.terminal import Piece, Terminal
from creditbank.services.records import EvaluationRecord
from creditbank.stacking.messages import IN_ENGLISH, Wording
from creditbank.stacking.wording import status_words
from creditbank.units import Credits

SYMBOLS: Final = {
    "met": ("✓", "green"),
    "in progress": ("◐", "yellow"),
    "needs more": ("✗", "red"),
    "waived": ("~", "yellow"),
    "not known": ("?", "yellow"),
    "left to a person": ("?", "yellow"),
}
SHOWN: Final = {"adds-up": "", "too-complex": "  (in the best answer found so far)"}
OTHER: Final = ("–", "dim")
NAMED: Final = 3
"""So many offers are named beside a reason that they share."""
AsTable = Annotated[
    bool, typer.Option("--table", help="Show the rules as a table; with --tree beside the tree, else in its place.")
]
AsTree = Annotated[
    bool, typer.Option("--tree", help="Show the rules as a tree, which is what is shown without --table.")
]


@dataclass(frozen=True, slots=True)
class Shown:
    """How an evaluation is shown: its document, what credentials are called, and whether as tree, table or both."""

    result: Mapping[str, Any]
    titles: Mapping[str, str]
    table: bool = False
    tree: bool = False
    record: EvaluationRecord | None = None
    wording: Wording = IN_ENGLISH

    def status(self, node: Mapping[str, Any]) -> tuple[str, str]:
        """How a node stands, as a symbol with its word, and its style."""
        symbol, style = SYMBOLS.get(node["status"], OTHER)
        return f"{symbol} {status_words(node['status'], self.wording)}", style

    def title(self, credential: str) -> str:
        """What a credential is about, or its id."""
        return self.titles.get(credential, credential)


def shown(
    result: Mapping[str, Any],
    titles: Mapping[str, str],
    *,
    table: bool,
    tree: bool,
    record: EvaluationRecord | None = None,
    wording: Wording = IN_ENGLISH,
) -> Shown:
    """An evaluation with the names of everything in it."""
    ahead = {unit["credential"]: unit["title"] for unit in result.get("whatIf", {}).get("units", [])}
    return Shown(result, {**titles, **ahead}, table, tree or not table, record, wording)


def exit_code(result: Mapping[str, Any]) -> int:
    """0 for what adds up, 1 for what does not, 3 for what could not be decided."""
    return {"adds-up": ACCEPTED, "falls-short": REJECTED}.get(result["verdict"], INCONCLUSIVE)


def show_evaluation(terminal: Terminal, view: Shown) -> None:
    """Write the whole answer."""
    result = view.result
    style = "bold green" if result["verdict"] == "adds-up" else "bold red"
    if "whatIf" in result:
        style = "bold yellow" if result["verdict"] == "adds-up" else style
    terminal.line((result["sentence"], style))
    rules = f"{result['qualification']['id']}, version {result['qualification']['version']}"
    if view.record is not None:
        terminal.line(f"Evaluation {view.record.id}, under {rules}, on {result['date']}.")
    elif "whatIf" in result:
        as_of = result["whatIf"]["asOf"]
        terminal.line(
            f"A what-if under {rules}, asked on {result['date']}, weighed as of {as_of}. Nothing of it is kept."
        )
    else:
        terminal.line(f"Weighed under {rules}, on {result['date']}. Nothing of it is kept.")
    terminal.line()
    terminal.line(("Rule by rule", "bold"), SHOWN.get(result["verdict"], "  (in the closest answer there is)"))
    if view.tree:
        _show_node(terminal, view, result["tree"], 0)
    if view.table:
        _show_table(terminal, view)
    _show_totals(terminal, result)
    _show_exceptions(terminal, result)
    _show_no(terminal, view)
    _show_not_counted(terminal, view)
    for stop in result["stopped"]:
        led = "" if stop["part"] == "order" else f"The search for the {stop['part']} stopped at a limit. "
        terminal.line(("? ", "yellow"), f"{led}{stop['sentence']}")
    if view.record is not None:
        _show_next(terminal, view.record, result)


def _show_next(terminal: Terminal, record: EvaluationRecord, result: Mapping[str, Any]) -> None:
    used = {name for use in result["uses"] for name in (use["conversion"], use["recognition"])}
    used |= {one["id"] for one in result.get("exceptions", [])}
    not_adopted: Any = record.document.get("notAdopted", [])
    unsigned = [name for name in not_adopted if name in used and result["verdict"] == "adds-up"]
    if unsigned:
        terminal.hint(
            f"It rests on {', '.join(unsigned)}, which the university has not adopted; no award is made of that."
            f" Next: creditbank decision adopt FILE --organisation {record.organisation}"
        )
    elif result["verdict"] == "adds-up":
        terminal.hint(f"Next: creditbank award issue --evaluation {record.id} --university {record.organisation}")


def _show_node(terminal: Terminal, view: Shown, node: Mapping[str, Any], depth: int) -> None:
    indent = 2 + 2 * depth
    terminal.line(view.status(node), "  ", (node["title"], "bold"), f"  [{node['path']}]", indent=indent)
    terminal.line(node["sentence"], indent=indent + 2)
    for use in node["metBy"] if node["kind"] == "requirement" else ():
        terminal.line(("by ", "dim"), _use(view, use), indent=indent + 2)
    for child in node["children"]:
        _show_node(terminal, view, child, depth + 1)


def _show_table(terminal: Terminal, view: Shown) -> None:
    """One line for each rule: what there is, what it needs, how it stands, and what meets it."""
    terminal.rows(
        _rows(view, view.result["tree"], 0), headers=("requirement", "have", "need", "status", "met by"), indent=2
    )


def _rows(view: Shown, node: Mapping[str, Any], depth: int) -> list[list[Piece]]:
    met_by = ", ".join(_short_use(view, use) for use in node["metBy"]) if node["kind"] == "requirement" else ""
    title = f"{'  ' * depth}{node['title']}"
    rows: list[list[Piece]] = [[(title, "bold"), node["have"], node["need"], view.status(node), met_by]]
    return rows + [row for child in node["children"] for row in _rows(view, child, depth + 1)]


def _short_use(view: Shown, use: Mapping[str, Any]) -> str:
    ahead = f", {use['standing']}" if "standing" in use else ""
    return f"{view.title(use['credential'])}{_part(use)} ({use['counted']}{ahead})"


def _credits(amount: str) -> str:
    return IN_ENGLISH.credits(Credits.parse(amount).thousandths)


def _part(item: Mapping[str, Any]) -> str:
    """Which part of a bundle it is, where it is one."""
    return f", part {item['part']}" if item.get("part") else ""


def _use(view: Shown, met: Mapping[str, Any]) -> str:
    key = (met["credential"], met.get("part"))
    use: Mapping[str, Any] = next(
        (one for one in view.result["uses"] if (one["credential"], one.get("part")) == key), {}
    )
    said = f"{view.title(met['credential'])}{_part(met)}: {_credits(met['counted'])}"
    if use.get("conversion"):
        said += f", converted from {use['amount']} by {use['conversion']}"
    if use.get("recognition"):
        said += f", recognised by {use['recognition']}"
    if use.get("exceptions"):
        said += f", by exception {', '.join(use['exceptions'])}"
    if "standing" in met:
        said += f", {met['standing']}"
    return said


def _show_totals(terminal: Terminal, result: Mapping[str, Any]) -> None:
    totals = result["totals"]
    least = "" if totals["needed"] is None else f"; the rules can be met with {totals['needed']} at least"
    terminal.line(f"Credits: {totals['counted']} counted{least}.", indent=2)


def _show_exceptions(terminal: Terminal, result: Mapping[str, Any]) -> None:
    """What was decided for this learner alone: where, what, by whom, when and why; and what of it does not hold."""
    held, aside = result.get("exceptions", []), result.get("exceptionsSetAside", [])
    if held or aside:
        terminal.line()
        terminal.line(("Exceptions for this learner", "bold"))
    for one in held:
        terminal.line(("~ ", "yellow"), f"{one['sentence']}  [{one['node']}, {one['id']}]", indent=2)
    for one in aside:
        terminal.line(("– ", "dim"), f"{one['id']} does not hold here. {one['sentence']}", indent=2)


def _show_no(terminal: Terminal, view: Shown) -> None:
    result = view.result
    if (gap := result["gap"]) is not None:
        _show_part(terminal, "What is missing", gap["sentence"], [])
    if (conflict := result["conflict"]) is not None:
        _show_part(terminal, "Which rules collide", conflict["sentence"], list(conflict["rules"]))
    if (path := result["path"]) is not None:
        show_path(terminal, path)
    if (none := result.get("noPath")) is not None:
        left_out = by_reason(none["leftOut"])
        _show_part(terminal, "No way to a yes from what is on offer", none["sentence"], left_out)


def by_reason(left_out: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line for each reason why offers were left out: the first few of them, and how many more."""
    reasons: dict[str, list[str]] = {}
    for one in left_out:
        reasons.setdefault(one["sentence"], []).append(one["title"])
    return [
        f"{', '.join(titles[:NAMED])}{f' and {len(titles) - NAMED} more' if len(titles) > NAMED else ''}: {sentence}"
        for sentence, titles in reasons.items()
    ]


def show_path(terminal: Terminal, path: Mapping[str, Any]) -> None:
    """Write the steps of a path in their order, with what could stand in their place, and other ways."""
    _show_part(terminal, "The shortest way to a yes", path["sentence"], [])
    for step in path["steps"]:
        terminal.line(f"- {_step(step)}", indent=2)
        if step.get("after"):
            terminal.line(("after ", "dim"), ", ".join(step["after"]), indent=4)
        for asked in step.get("asks", []):
            terminal.line(("its provider asks for ", "dim"), asked, indent=4)
        if step.get("alternatives"):
            instead = ", ".join(f"{one['title']} ({one['credits']} {one['system']})" for one in step["alternatives"])
            terminal.line(("or instead ", "dim"), instead, indent=4)
    if "cost" in path:
        taken = ", ".join(f"{one['credits']} {one['system']}" for one in path["taken"])
        terminal.line(f"To be taken: {taken}. That is {path['cost']} in the credits of the award.", indent=2)
    if path["proven"]:
        terminal.line("That fewer units do not do was proven by a second route.", indent=2)
    for other in path.get("others", []):
        steps = ", ".join(_step(step) for step in other["steps"])
        terminal.line(("Another way: ", "dim"), steps, indent=2)


def _step(step: Mapping[str, Any]) -> str:
    said = f"{step['title']}: {_credits(step['counted'])}, {step['achievement']}"
    if "finished" in step:
        return f"{said}, finished on {step['finished']}"
    return f"{said}, step {step['term']}" if step.get("term", 1) > 1 else said


def _show_part(terminal: Terminal, title: str, sentence: str, items: list[str]) -> None:
    terminal.line()
    terminal.line((title, "bold"))
    terminal.line(sentence, indent=2)
    for item in items:
        terminal.line(f"- {item}", indent=2)


def _show_not_counted(terminal: Terminal, view: Shown) -> None:
    refused: Any = [] if view.record is None else view.record.document.get("notVerified", [])
    if not view.result["notCounted"] and not refused:
        return
    terminal.line()
    terminal.line(("Not counted, and why", "bold"))
    for item in view.result["notCounted"]:
        title = item["title"] or view.title(item["credential"])
        terminal.line(f"- {title}{_part(item)}: {item['sentence']}", indent=2)
    for row in refused:
        terminal.line(
            f"- {view.title(row['credential'])}: not weighed, because its verification is {row['verdict']}."
            f" {row['because']}",
            indent=2,
        )
