"""How far an evaluation says somebody is: two measures, each with its own bar, and an order by closeness."""

from typing import Any

from creditbank.units import Credits
from creditbank_api.web.bars import Bar, progress_bar


def tally(node: Any) -> tuple[int, int]:
    """How many leaves hold, of those that the answer needs."""
    if not node["children"]:
        needed = node["status"] not in ("not needed", "waived", "left to a person")
        return int(node["status"] == "met"), int(needed)
    parts = [tally(child) for child in node["children"]] if node["status"] != "not needed" else []
    return sum(met for met, _ in parts), sum(needed for _, needed in parts)


def requirements_bar(id: str, result: Any) -> Bar:
    """The rules that hold, of those that are needed."""
    met, leaves = tally(result["tree"])
    return progress_bar(id, "Requirements", met, leaves, f"{met} of {leaves} rules hold")


def credits_bar(id: str, result: Any) -> Bar:
    """The credits that count, of the fewest with which the rules can be met."""
    counted = Credits.parse(result["totals"]["counted"])
    needed = None if result["totals"]["needed"] is None else Credits.parse(result["totals"]["needed"])
    if needed is None:
        words = f"{counted} counted; no sum can be named"
        return progress_bar(id, "Credits", counted.thousandths, counted.thousandths, words)
    words = f"{counted} counted, at least {needed} needed"
    return progress_bar(id, "Credits", counted.thousandths, needed.thousandths, words)


def closeness(result: Any) -> tuple[int, int, int]:
    """Closest first: what adds up, then by missing credits and units, then what cannot be said."""
    if result["verdict"] == "adds-up":
        return (0, 0, 0)
    if result["gap"] is None:
        return (2, 0, 0)
    return (1, Credits.parse(result["gap"]["credits"]).thousandths, int(result["gap"]["units"]))
