"""The races of offers, claims, deposits and mergers, on both databases: whoever decides first has decided."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from databases import shared_database
from holders import for_one, given, mark, own_unit
from sqlalchemy import text
from worlds import World

from creditbank.bootstrap import init_bank, open_bank
from creditbank.config import Settings
from creditbank.credential import UnitFacts
from creditbank.errors import CreditBankError
from creditbank.ledger import LotState, audit
from creditbank.services import accepting, issuing
from creditbank.services.holder_records import OfferState
from creditbank.services.issuing import IssueRequest
from creditbank.services.records import Accepts, IssuedCredential, Role
from creditbank.units import Credits

__all__ = ["shared_database"]
ROUNDS = 5
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shared(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("raced") / "bank"
    settings = Settings.load({"CREDITBANK_DATABASE_URL": shared_database}, home)
    init_bank(settings)
    with open_bank(settings) as bank:
        body = bank.registering.register_organisation(
            name="Sample University", roles={Role.PROVIDER, Role.UNIVERSITY}, frameworks=["in-ncrf"], country="IN"
        )
        yield World(bank, Path(home), body, body, bank.registering.register_learner(name="A sample learner"))


def at_once(*acts: Callable[[], object]) -> list[str]:
    def attempt(act: Callable[[], object]) -> str:
        try:
            act()
        except CreditBankError as refusal:
            return refusal.slug
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(attempt, acts))


def audited(world: World) -> None:
    with world.bank.store.transaction() as tx:
        everything, entries, heads = tx.journal()
    assert audit(everything, entries, heads=heads) == []


def test_accept_against_revoke_is_one_story(shared: World) -> None:
    """Threat 40: a lot that is revoked, or no lot."""
    for _ in range(ROUNDS):
        world = for_one(shared)
        world.bank.accepting.prefer(world.learner.id, Accepts.ASK)
        made = given(world)
        ((offer, _),) = world.bank.accepting.offers(world.learner.id)
        told = at_once(
            partial(world.bank.accepting.accept, offer.id, by=world.learner.id),
            partial(world.bank.issuing.revoke, made.id, by=world.university.id, reason="a mistake"),
            partial(world.bank.accepting.accept, offer.id, by=world.learner.id),
        )
        state = world.bank.accepting.get(offer.id, subject=world.learner.id)[0].state
        lots = {view.lot.state for view in world.bank.sharing.account(world.learner.id).lots}
        assert lots == ({LotState.REVOKED} if state is OfferState.ACCEPTED else set()), told
        assert set(told) <= {"", "offer-lapsed"}
    audited(shared)


def test_a_code_claimed_by_many_binds_one(shared: World) -> None:
    """Threat 39: one number, one account."""
    for _ in range(ROUNDS):
        world, people = for_one(shared), [for_one(shared).learner for _ in range(4)]
        number = world.bank.enrolling.enrol(world.university.id, number=mark(world))
        code = world.bank.enrolling.code(number.id, by=world.university.id).code
        told = at_once(*(partial(world.bank.enrolling.claim, one.id, code) for one in people))
        assert sorted(told) == ["", *["unknown-claim"] * 3]


def test_accept_against_merge_leaves_no_lot_in_an_account_that_ended(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 40: the lot of what is accepted just then is the other account's, or waits there as an offer."""
    world, other, slowly = for_one(shared), for_one(shared), accepting.facts_of
    world.bank.accepting.prefer(other.learner.id, Accepts.ASK)
    given(other)
    ((offer, _),) = world.bank.accepting.offers(other.learner.id)
    code = world.bank.merging.code(other.learner.id)
    began = threading.Event()

    def facts_of(issued: IssuedCredential) -> UnitFacts:
        began.set()
        time.sleep(0.5)
        return slowly(issued)

    def merge() -> None:
        began.wait(5)
        world.bank.merging.merge(code, into=world.learner.id)

    monkeypatch.setattr(accepting, "facts_of", facts_of)
    assert at_once(partial(world.bank.accepting.accept, offer.id, by=other.learner.id), merge) == ["", ""]
    assert world.bank.sharing.account(other.learner.id).lots == ()
    assert len(world.bank.sharing.account(world.learner.id).lots) == 1
    audited(shared)


def test_merge_against_issue_leaves_nothing_behind(shared: World) -> None:
    """Threat 40: what is issued while an account ends is the other's, or is refused."""
    for _ in range(ROUNDS):
        world, other = for_one(shared), for_one(shared)
        first, code = given(other), world.bank.merging.code(other.learner.id)
        told = at_once(
            partial(given, other, "u1"),
            partial(world.bank.merging.merge, code, into=world.learner.id),
            partial(given, other, "u2"),
        )
        assert set(told) <= {"", "account-merged"}
        left = world.bank.sharing.account(other.learner.id).lots
        held = {view.lot.credential for view in world.bank.sharing.account(world.learner.id).lots}
        assert (left, first.id in held, len(held)) == ((), True, 1 + told[0:3:2].count(""))
    audited(shared)


def lot_of(world: World, made: IssuedCredential) -> str:
    with world.bank.store.transaction() as tx:
        lot = tx.lot_opened_by(made.id)
    assert lot is not None
    return lot.id


def left_of(world: World) -> int:
    """How many credentials of the learner stand as they were signed."""
    with world.bank.store.transaction() as tx:
        left = text("SELECT count(*) FROM credentials WHERE learner = :id AND erased IS NULL")
        return int(tx._connection.scalar(left, {"id": world.learner.id}) or 0)


def test_what_is_issued_while_its_account_is_erased_goes_with_it(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept and not committed yet when the erasure begins, or found by nobody: never left behind."""
    credit = issuing.credit

    def slowly(*args: Any, **kwargs: Any) -> None:
        credit(*args, **kwargs)
        time.sleep(0.1)

    monkeypatch.setattr(issuing, "credit", slowly)
    for number in range(ROUNDS):
        world = for_one(shared)
        own_unit(world)

        def erase(world: World = world, number: int = number) -> None:
            time.sleep(0.03 * number)
            world.bank.erasing.erase(world.learner.id, confirm=world.learner.did, actor="urn:uuid:0")

        told = at_once(partial(given, world), erase)
        assert told[0] in {"", "unknown-record"}, told
        assert told[1] == ""
        assert left_of(world) == 0
    audited(shared)


def test_redeem_against_revoke_and_erase_is_one_story(shared: World) -> None:
    for number in range(ROUNDS):
        world = for_one(shared)
        lot = lot_of(world, made := given(world))
        redeem = partial(
            world.bank.redeeming.redeem,
            f"{mark(world)}",
            lot=lot,
            amount=Credits(4000),
            award="a",
            by=world.university.id,
        )
        revoke = partial(world.bank.issuing.revoke, made.id, by=world.university.id, reason="a mistake")
        erase = partial(world.bank.erasing.erase, world.learner.id, confirm=world.learner.did, actor="urn:uuid:0")
        told = at_once(redeem, revoke if number % 2 else erase)
        assert told[0] in {"", "lot-revoked", "unknown-record"}, told
        assert told[1] in ({""} if number % 2 else {"", "erasure-not-yet"}), told
        with world.bank.store.transaction() as tx:
            after = tx.get_lot(lot)
        assert (after.redeemed == after.amount.credits) == (told[0] == ""), told
        assert after.revoked == (told[1] == "")
    audited(shared)


def test_an_award_is_taken_back_once_however_often_it_is_asked_for(shared: World) -> None:
    for _ in range(ROUNDS):
        world = for_one(shared)
        lot, award = lot_of(world, made := given(world)), f"urn:uuid:{mark(world)}"
        world.bank.redeeming.redeem(mark(world), lot=lot, amount=Credits(4000), award=award, by=world.university.id)
        back = partial(world.bank.flagging.reverse, award=award, by=world.university.id, reason="a mistake")
        revoke = partial(world.bank.issuing.revoke, made.id, by=world.university.id, reason="a mistake")
        told = at_once(*(partial(back, f"{mark(world)}-{name}") for name in "aab"), revoke)
        assert set(told[:3]) <= {"", "reversal-reused", "unknown-record"}, told
        assert "" in told[:3]
        assert told[3] == ""
        with world.bank.store.transaction() as tx:
            after = tx.get_lot(lot)
        assert (after.redeemed, after.lapsed) == (Credits(0), after.amount.credits)
    audited(shared)


def test_many_that_two_ask_for_at_once_are_issued_once_and_both_are_told_so(shared: World) -> None:
    """Rows of two tables under ids of their own: nobody is told that a row failed, which stands."""
    world = for_one(shared)
    wanted, seen = own_unit(world), list[dict[str, Any]]()

    def issue(names: list[str]) -> None:
        asked = IssueRequest(world.university.id, world.learner.id, wanted.id, wanted.version, date(2025, 6, 2))
        seen.append(dict(world.bank.issuing.issue_many(dict.fromkeys(names, asked))))

    for number in range(ROUNDS):
        names = [f"{mark(world)}-{number}-{one}" for one in range(8)]
        told = at_once(partial(issue, names), partial(issue, names[::-1]), partial(issue, names[3:]))
        assert set(told) == {""}, told
    answers = [pair for found in seen for pair in found.items()]
    assert len(answers) == ROUNDS * 21
    assert all(isinstance(one, IssuedCredential) for _, one in answers)
    assert len({(name, one.id) for name, one in answers}) == ROUNDS * 8
    audited(shared)
