"""What counts elsewhere, of all that a chain and an archive can say about one lot."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from creditbank.services import calls
from creditbank.services.counted import CountedUse, Held, Said, counted_elsewhere, counted_since
from creditbank.services.ports import Call, ChainUnavailable
from creditbank.units import NONE, Credits

LOT, WHOLE = "0x" + "11" * 32, Credits(4000)


class Chain:
    """A chain that counts so much of one lot for each award of one body, or says nothing."""

    def __init__(self, spent: dict[str, int], silent: bool = False) -> None:
        self._spent, self._silent = {calls.award_id(name): amount for name, amount in spent.items()}, silent

    def read(self, call: Call) -> object:
        if self._silent:
            raise ChainUnavailable("The node does not answer.")
        if call.function == "lotOf":
            return sum(self._spent.values()), 4000
        return self._spent.get(call.arguments[2], 0)  # type: ignore[call-overload]


def asked(spent: dict[str, int], *uses: CountedUse, silent: bool = False) -> tuple[Held, ...]:
    said = Said(datetime(2026, 1, 1, tzinfo=UTC), {LOT: uses})
    chain: Any = Chain(spent, silent)
    return counted_elsewhere(chain, LOT, WHOLE, said)


def total(found: tuple[Held, ...]) -> int:
    return sum(one.amount.thousandths for one in found)


AMOUNTS = some.integers(0, 4000)
USES = some.builds(
    CountedUse,
    some.sampled_from("abc"),
    some.sampled_from(["did:web:body", ""]),
    AMOUNTS.map(Credits),
    some.booleans(),
)


@given(some.dictionaries(some.sampled_from("abcd"), some.integers(1, 1300), max_size=3), some.lists(USES, max_size=5))
def test_nothing_that_the_chain_or_the_archive_counts_is_free(spent: dict[str, int], uses: list[CountedUse]) -> None:
    """Threat 39: of whatever is said, and never more than there is."""
    claimed = sum(one.amount.thousandths for one in uses)
    found = asked(spent, *uses)
    assert min(4000, max(sum(spent.values()), claimed)) <= total(found) <= min(4000, sum(spent.values()) + claimed)
    assert all(one.settled and one.amount for one in found)
    assert total(asked(spent)) == sum(spent.values()), "cutting the archive frees nothing that the chain counts"
    assert total(asked(spent, *uses, silent=True)) == 4000, "unknown is never free"


def test_what_counts_and_what_is_held_for_one_award_are_both_kept() -> None:
    use = CountedUse("a", "did:web:body", Credits(2000))
    found = asked({"a": 2000}, use, CountedUse("a", "did:web:body", Credits(1000), spent=False))
    assert total(found) == 3000


@pytest.mark.parametrize(("held", "left"), [(0, 1500), (1000, 500), (1500, 0), (9000, 0)])
def test_what_an_archive_said_before_is_not_taken_away_twice(held: int, left: int) -> None:
    found = asked({"a": 1000, "b": 500})
    assert sum((one.amount for one in counted_since(found, Credits(held))), start=NONE) == Credits(left)
