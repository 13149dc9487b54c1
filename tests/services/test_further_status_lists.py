"""A body with more credentials than half a status list holds begins another pair of lists."""

import random

import pytest
from worlds import unit

from creditbank.canonical import load_object
from creditbank.credential import read_status
from creditbank.services.statuses import STATUS_LIST_SIZE, ListName, free_places, list_number, places_after


class Drawn:
    """Entropy from a seed."""

    def __init__(self) -> None:
        self._random = random.Random(7)

    def below(self, bound: int) -> int:
        return self._random.randrange(bound)


class Taken:
    """A transaction in which some places are given away."""

    def __init__(self, taken: set[int]) -> None:
        self.taken = taken

    def newest_place(self, organisation: str) -> int:
        return max(self.taken, default=0)

    def taken_places(self, organisation, drawn):
        return self.taken & set(drawn)


@pytest.mark.parametrize(("share", "numbers"), [(0.0, {1}), (0.3, {1}), (0.8, {2})])
def test_places_are_given_in_a_list_that_is_not_half_full(share: float, numbers: set[int]):
    """Threat 32: they are drawn at random, and none twice."""
    tx = Taken(set(random.Random(3).sample(range(STATUS_LIST_SIZE), int(share * STATUS_LIST_SIZE))))
    found = free_places(tx, Drawn(), "urn:uuid:body", 200)
    assert len(set(found)) == 200
    assert not tx.taken & set(found)
    begun = {list_number(place) for place in found}
    assert max(begun) == max(numbers)
    assert found != sorted(found)


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("https://b.example/x/status/aa", ListName("urn:uuid:aa", 1, "revocation")),
        ("https://b.example/x/status/aa/suspended", ListName("urn:uuid:aa", 1, "suspension")),
        ("https://b.example/x/status/aa/2", ListName("urn:uuid:aa", 2, "revocation")),
        ("https://b.example/x/status/aa/12/suspended", ListName("urn:uuid:aa", 12, "suspension")),
        ("https://b.example/x/status/aa/1", None),
        ("https://b.example/x/status/aa/02", None),
        ("https://b.example/x/status/aa/2/suspended/", None),
        ("https://b.example/status/aa", None),
        ("https://other.example/x/status/aa", None),
        ("https://b.example/x/status/aa/9999999", None),
    ],
)
def test_an_address_names_one_list_of_this_bank_or_none(address: str, read: ListName | None):
    assert ListName.read("https://b.example/x", address) == read


def test_a_credential_of_the_second_list_is_verified_suspended_and_revoked_there(world, monkeypatch):
    bank, body = world.bank, world.university.id
    first_list, second_list = bank.issuing.list_id(world.university), bank.issuing.list_id(world.university, 2)
    achievement = unit("a")
    world.publish(achievement)
    first = world.issue(achievement, "first")
    assert bank.issuing.list_at(second_list) is None, "nobody can have lists signed that were not begun"
    with monkeypatch.context() as patch:
        patch.setattr(
            "creditbank.services.issuing.places_after", lambda *given: places_after(*given[:-1], STATUS_LIST_SIZE)
        )
        second = world.issue(achievement, "second")
    assert (first.status_list, second.status_list) == (first_list, second_list)
    (report,) = bank.verifying.verify([load_object(second.signed)])
    assert report.check("status.revocation").outcome == report.check("status.suspension").outcome == "passed"
    bank.suspending.suspend(second.id, by=body, reason="under review")
    (report,) = bank.verifying.verify([load_object(second.signed)])
    assert report.check("status.suspension").outcome == "failed"
    bank.issuing.revoke(second.id, by=body, reason="a mistake")
    listed = [load_object(bank.issuing.list_at(one).content) for one in (first_list, second_list)]
    said = [read_status(one, index=second.status_index, purpose="revocation") for one in listed]
    assert said == [False, True]
    assert bank.suspending.list_at(second_list) is None
    assert bank.issuing.list_at(bank.issuing.list_id(world.university, 3)) is None
    assert bank.issuing.list_at(second_list.replace(body.removeprefix("urn:uuid:"), "0" * 8)) is None
