"""A halted bank issues, awards and redeems nothing, and goes on reading; what was begun goes on afterwards."""

import threading

import pytest
from worlds import World, evaluated, states, unit

from creditbank.ledger import LotState
from creditbank.services.halting import Halted, NotHalted, ReasonMissing
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import BatchState
from creditbank.units import Credits


def test_a_halted_bank_issues_nothing_and_gives_first_answers_again(world: World) -> None:
    achievement = unit("a")
    world.publish(achievement)
    before = world.issue(achievement, "before")
    world.bank.halting.halt(by="operator", why="a key was stolen")
    with pytest.raises(Halted) as refused:
        world.issue(achievement, "during")
    assert refused.value.retry_after > 0
    assert "operator has halted" in str(refused.value)
    assert "key was stolen" not in str(refused.value)
    assert world.issue(achievement, "before") == before
    world.bank.halting.resume(by="operator", why="the key is revoked")
    assert world.issue(achievement, "during").id != before.id


def test_halting_one_body_stops_nobody_else(world: World) -> None:
    world.bank.halting.halt(by="operator", why="under review", organisation=world.rival.id)
    achievement = unit("a")
    world.publish(achievement)
    world.issue(achievement, "first")
    world.bank.halting.halt(by="operator", why="under review", organisation=world.university.id)
    with pytest.raises(Halted, match="one body"):
        world.issue(achievement, "second")
    with pytest.raises(UnknownRecord):
        world.bank.halting.halt(by="operator", why="?", organisation="urn:uuid:none")


def test_an_award_that_a_halt_interrupts_goes_on_where_it_stopped(world: World) -> None:
    world.fill()
    record = evaluated(world)
    university = world.university.id
    spend = world.bank.redeeming.spend

    def halted_midway(*args: object) -> object:
        world.bank.halting.halt(by="operator", why="stop")
        return spend(*args)  # type: ignore[arg-type]

    world.bank.awarding._redeeming.spend = halted_midway  # type: ignore[method-assign, assignment]
    with pytest.raises(Halted):
        world.bank.awarding.award("award", evaluation=record.id, by=university)
    assert states(world) == {LotState.RESERVED}
    with pytest.raises(Halted):
        world.bank.awarding.resume()
    world.bank.halting.resume(by="operator", why="go on")
    world.bank.awarding._redeeming.spend = spend  # type: ignore[method-assign]
    award = world.bank.awarding.award("award", evaluation=record.id, by=university)
    assert award.signed is not None
    assert states(world) == {LotState.REDEEMED}


def test_redemption_is_refused_before_anything_is_reserved(world: World) -> None:
    world.fill(1)
    lot = world.bank.sharing.account(world.learner.id).lots[0].lot
    world.bank.halting.halt(by="operator", why="stop", organisation=world.university.id)
    with pytest.raises(Halted):
        world.bank.redeeming.redeem(
            "r", lot=lot.id, amount=Credits.parse("1"), award="elsewhere", by=world.university.id
        )
    assert states(world) == {LotState.AVAILABLE}


def test_a_halted_bank_sends_no_batch_and_watches_those_that_were_sent(world: World) -> None:
    achievement = unit("a")
    world.publish(achievement)
    world.issue(achievement, "one")
    world.bank.anchoring.seal()
    world.bank.halting.halt(by="operator", why="fees are mad")
    assert [batch.state for batch in world.bank.anchoring.advance()] == [BatchState.SEALED]
    with pytest.raises(Halted):
        world.bank.anchoring.settle()
    world.bank.halting.resume(by="operator", why="fees are fine")
    world.bank.anchoring.advance()
    world.bank.halting.halt(by="operator", why="again")
    for _ in range(4):
        world.bank.chain.advance()
        world.bank.anchoring.advance()
    with world.bank.store.transaction() as tx:
        assert [batch.state for batch in tx.batches()] == [BatchState.FINAL]


def test_of_many_who_halt_at_once_all_get_one_halt(world: World) -> None:
    found: list[str] = []

    def halt() -> None:
        found.append(world.bank.halting.halt(by="operator", why="stop").id)

    threads = [threading.Thread(target=halt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(world.bank.halting.standing()) == 1


def test_a_halt_keeps_who_asked_and_why_and_is_never_edited(world: World) -> None:
    with pytest.raises(ReasonMissing):
        world.bank.halting.halt(by="operator", why="  ")
    with pytest.raises(NotHalted):
        world.bank.halting.resume(by="operator", why="nothing stands")
    halted = world.bank.halting.halt(by="operator", why="first")
    assert world.bank.halting.halt(by="another", why="second") == halted
    lifted = world.bank.halting.resume(by="operator", why="done")
    assert world.bank.halting.lift(lifted.id, by="another", why="later") == lifted
    assert (lifted.why, lifted.lifted_why, lifted.lifted_by) == ("first", "done", "operator")
    assert world.bank.halting.standing() == []
