"""Notices: told in the transaction in which it happened, once for each matter, and read by their audience alone."""

import pytest

from creditbank.services.noticing import to_learner, to_organisation
from creditbank.services.ports import UnknownRecord


def test_a_notice_stands_or_falls_with_what_it_tells(world):
    noticing, store = world.bank.noticing, world.bank.store
    audience = to_learner(world.learner.id)

    def tell_and_fail() -> None:
        with store.transaction() as tx:
            noticing.tell(tx, audience, "lot-expiring", {"lot": "0x1"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tell_and_fail()
    assert noticing.told(audience) == []
    with store.transaction() as tx:
        first = noticing.tell(tx, audience, "lot-expiring", {"lot": "0x1"}, once="lot 0x1, 30 days")
        assert noticing.tell(tx, audience, "lot-expiring", {"lot": "0x1"}, once="lot 0x1, 30 days") is None
        second = noticing.tell(tx, audience, "lot-expiring", {"lot": "0x1"}, once="lot 0x1, 7 days")
    assert noticing.told(audience) == [first, second]
    assert noticing.told(audience, after=first.id) == [second]
    assert noticing.see(audience, [first.id]) == 1
    assert noticing.told(audience, unseen=True) == [second]


def test_nobody_reads_or_marks_the_notices_of_another_audience(world):
    """Threat 42: one of another audience is not told apart from one that there is not."""
    noticing, store = world.bank.noticing, world.bank.store
    mine, theirs = to_organisation(world.university.id), to_organisation(world.rival.id)
    with store.transaction() as tx:
        told = noticing.tell(tx, theirs, "award-flagged", {"award": "urn:a"})
    assert noticing.told(mine) == []
    assert noticing.see(mine, [told.id]) == 0
    with pytest.raises(UnknownRecord):
        noticing.told(mine, after=told.id)
    assert noticing.told(theirs) == [told]


def test_a_notice_has_a_kind_and_an_audience(world):
    for audience, kind in (("somebody", "lot-expiring"), (to_learner("x"), "Lot expiring")):
        with pytest.raises(AssertionError), world.bank.store.transaction() as tx:
            world.bank.noticing.tell(tx, audience, kind, {})
