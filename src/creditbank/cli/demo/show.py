"""An evaluation as the demonstration tells it: the tree, then what stands in the way, then the way on."""

from typing import Final

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from creditbank.stacking import Evaluation, NodeView, Status

SYMBOLS: Final = {
    Status.MET: ("✓", "green"),
    Status.NEEDS_MORE: ("✗", "red"),
    Status.WAIVED: ("~", "yellow"),
    Status.NOT_NEEDED: ("-", "dim"),
    Status.NOT_KNOWN: ("?", "yellow"),
    Status.LEFT_TO_A_PERSON: ("?", "yellow"),
}
FEW: Final = 4


def show_evaluation(console: Console, evaluation: Evaluation) -> None:
    """Print the verdict, the tree, the reasons, the shortest path, and a few of the units that did not count."""
    console.print(_tree(evaluation.tree))
    mark, style = ("adds up", "bold green") if evaluation.adds_up else ("does not add up", "bold red")
    console.print(Text.assemble("  ", (mark, style), ": ", evaluation.sentence))
    for item in evaluation.not_counted[:FEW]:
        console.print(Text.assemble("  not counted: ", (item.title, "bold"), ": ", item.sentence))
    if len(evaluation.not_counted) > FEW:
        console.print(f"  … and {len(evaluation.not_counted) - FEW} more that are not needed.")


def _tree(node: NodeView) -> Tree:
    tree = Tree(_label(node), guide_style="dim")
    for child in node.children:
        tree.add(_tree(child))
    return tree


def _label(node: NodeView) -> Text:
    symbol, style = SYMBOLS[node.status]
    return Text.assemble((f"{symbol} {node.status.value}", style), " ", (node.title, "bold"), ": ", node.sentence)
