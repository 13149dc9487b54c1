"""Who is there already without having asked, and who is close: a look over all learners that stores nothing."""

from datetime import date
from typing import Any

import pytest
from worlds import CERTIFICATE, World, evaluated, unit

from creditbank.services.discovering import Discovering, Found, NothingToLookFor
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import Learner
from creditbank.services.redeeming import NotAnAwarder
from creditbank.stacking.sweeping import Weighing
from creditbank.units import Credits

EIGHT = Credits.parse("8")


@pytest.fixture
def learners(world: World) -> dict[str, Learner]:
    """One who is there, one who misses eight credits, one who misses nearly everything, one without any."""
    register = world.bank.registering.register_learner
    people = {"there": world.learner}
    people |= {name: register(name=f"Sample {name}", sample=True) for name in ("close", "far", "empty")}
    for number in range(10):
        world.publish(unit(f"u{number}"))
    for name, count in (("there", 10), ("close", 8), ("far", 1)):
        for number in range(count):
            world.bank.issuing.issue(
                f"{name}-{number}",
                organisation=world.university.id,
                learner=people[name].id,
                achievement=unit(f"u{number}").id,
                version=unit(f"u{number}").version,
                earned=date(2025, 6, 2),
            )
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    return people


def swept(world: World, within: Credits | None = None, **more: Any) -> list[Found]:
    desk = world.bank.discovering.desk(world.university.id, [CERTIFICATE])
    return [found for page in world.bank.discovering.sweep(desk, within=within, **more) for found in page.found]


def test_who_is_there_and_who_is_how_far(world: World, learners: dict[str, Learner]) -> None:
    found = {one.learner: one for one in swept(world)}
    assert set(found) == {one.id for one in learners.values()}
    there, close, empty = (found[learners[name].id] for name in ("there", "close", "empty"))
    assert (there.closeness.adds_up, there.closeness.credits, there.closeness.certain) == (True, Credits(0), True)
    assert (close.closeness.adds_up, close.closeness.credits) == (False, EIGHT)
    assert empty.closeness.credits == Credits.parse("40")
    assert {one.asked for one in found.values()} == {None}
    with world.bank.store.transaction() as tx:
        assert all(tx.evaluations_of(one.id) == [] for one in learners.values()), "looking stores nothing"


def test_what_is_seen_is_what_an_evaluation_finds(world: World, learners: dict[str, Learner]) -> None:
    for one in swept(world):
        _, evaluation = world.bank.evaluating.evaluate(
            learner=one.learner, qualification=CERTIFICATE, organisation=world.university.id, catalogue=False
        )
        assert one.closeness.verdict is evaluation.verdict
        gap = evaluation.gap
        assert (one.closeness.credits, one.closeness.units) == (
            (Credits(0), 0) if gap is None else (gap.credits, gap.units)
        )


def test_within_tells_only_the_close_and_verifies_only_theirs(
    world: World, learners: dict[str, Learner], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    true = world.bank.evaluating.verified

    def verified(issued: Any) -> Any:
        asked.extend(one.id for one in issued)
        return true(issued)

    monkeypatch.setattr(world.bank.evaluating, "verified", verified)
    found = swept(world, EIGHT)
    assert {one.learner for one in found} == {learners["there"].id, learners["close"].id}
    assert len(asked) == len(set(asked)) == 18, "each credential once, and none of who is too far anyway"
    assert {one.learner for one in swept(world, Credits.parse("7.999"))} == {learners["there"].id}


def test_a_credential_that_does_not_verify_brings_nobody_closer(world: World, learners: dict[str, Learner]) -> None:
    with world.bank.store.transaction() as tx:
        first = tx.credentials_of(learners["there"].id)[0]
    world.bank.issuing.revoke(first.id, by=world.university.id, reason="awarded in error")
    world.issue(unit("u9"), "not anchored yet")
    (there,) = [one for one in swept(world) if one.learner == learners["there"].id]
    assert (there.closeness.adds_up, there.closeness.credits) == (False, Credits.parse("4"))
    assert there.unverified == 1, "the revoked one has no credits left, and the waiting one is not verified yet"


def test_who_has_the_award_already_is_not_there_again(world: World, learners: dict[str, Learner]) -> None:
    record = evaluated(world)
    (one,) = swept(world, Credits(0))
    assert (one.learner, one.asked) == (world.learner.id, record.id)
    world.bank.awarding.award("award-1", evaluation=record.id, by=world.university.id)
    assert swept(world, Credits(0)) == []


def test_it_goes_on_where_it_was_interrupted(world: World, learners: dict[str, Learner]) -> None:
    desk = world.bank.discovering.desk(world.university.id, [CERTIFICATE])
    first = world.bank.discovering.page(desk, learners=3)
    assert (first.looked_at, len(first.found)) == (3, 3)
    assert first.last is not None
    second = world.bank.discovering.page(desk, after=first.last, learners=3)
    assert (second.looked_at, second.last) == (1, None)
    assert [*first.found, *second.found] == swept(world)


def test_rules_that_cannot_be_weighed_by_are_left_out_with_the_reason(world: World) -> None:
    desk = world.bank.discovering.desk(world.university.id)
    frameworks = {rules.framework for rules, _ in desk.looks}
    assert frameworks == {"in-ncrf"}
    assert len({rules.id for rules, _ in desk.looks}) == len(desk.looks), "one version of each"
    assert all(one.slug and one.sentence for one in desk.left_out)
    old = next(rules for rules in world.bank.catalogue.qualifications() if (rules.valid_until or "9") < "2026")
    with pytest.raises(NothingToLookFor):
        world.bank.discovering.desk(world.university.id, [f"{old.id}@{old.version}"])


def test_only_a_university_weighs(world: World) -> None:
    with pytest.raises(UnknownRecord):
        world.bank.discovering.desk("urn:uuid:nobody", [CERTIFICATE])
    provider = world.bank.registering.register_organisation(
        name="Sample Provider",
        roles={next(role for role in world.university.roles if role == "provider")},
        frameworks=["in-ncrf"],
        country="IN",
    )
    with pytest.raises((NotAnAwarder, NothingToLookFor)):
        world.bank.discovering.desk(provider.id, [CERTIFICATE])


def test_another_look_can_take_the_place_of_weighing(world: World, learners: dict[str, Learner]) -> None:
    seen: list[int] = []

    class Counting(Weighing):
        def look(self, candidates: Any) -> Any:
            seen.append(len(candidates))
            return super().look(candidates)

    bank = world.bank
    counting = Discovering(bank.store, bank.catalogue, bank.evaluating, bank.clock, Counting)
    list(counting.sweep(counting.desk(world.university.id, [CERTIFICATE])))
    assert sorted(seen) == [0, 1, 8, 10]
