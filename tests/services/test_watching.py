"""The bank's own figures: what waits, since when, and what was last found in order."""

from worlds import World, unit


def test_the_oldest_leaf_is_told_until_it_is_final(world: World) -> None:
    """Threat 25: the age of the oldest unanchored leaf is what an alarm looks at."""
    achievement = unit("a")
    world.publish(achievement)
    assert world.bank.watching.figures().oldest_unanchored is None
    issued = world.issue(achievement, "one")
    figures = world.bank.watching.figures()
    assert (figures.leaves_waiting, figures.oldest_unanchored) == (1, issued.issued)
    world.bank.anchoring.seal()
    figures = world.bank.watching.figures()
    assert (figures.leaves_waiting, figures.oldest_unanchored) == (0, issued.issued)
    assert figures.batches["sealed"] == 1
    world.bank.anchoring.settle()
    figures = world.bank.watching.figures()
    assert figures.oldest_unanchored is None
    assert (figures.batches["sealed"], figures.batches["final"]) == (0, 1)
    assert figures.attempts_in_flight == 0


def test_the_newest_result_of_a_check_counts(world: World) -> None:
    assert world.bank.watching.checked("ledger-audit", lambda: 0).passed
    assert not world.bank.watching.checked("ledger-audit", lambda: 2).passed
    (check,) = world.bank.watching.figures().checks
    assert (check.name, check.passed, check.said) == ("ledger-audit", False, "2 findings")
