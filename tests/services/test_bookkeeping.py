"""The books: shelf lives end, accounts are handed over, heads are anchored, and the audit finds an edited row."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import dates, integers, sampled_from
from sample_units import unit_bytes, unit_with
from sqlalchemy import text
from worlds import World, unit

from creditbank.anchoring import Receipt, entry
from creditbank.canonical import load_object, parse_digest
from creditbank.credential import read_credential
from creditbank.framework import day_after, day_before
from creditbank.ledger import AccountHead, LotExpired, LotState, head_digest, reserve, transfer
from creditbank.merkle import InclusionProof, leaf_hash
from creditbank.services.noticing import to_learner
from creditbank.services.ports import UnknownRecord
from creditbank.services.reserving import UnusableTerm
from creditbank.units import Credits

OWN = "did:web:u.sample.example"


def later(world: World, monkeypatch: pytest.MonkeyPatch, when) -> None:
    monkeypatch.setattr(type(world.bank.clock), "now", lambda self: when)


def shelf_life(world: World, days: int):
    """The world's one lot, with an end so many days from now."""
    with world.bank.store.transaction() as tx:
        ends = world.bank.clock.now() + timedelta(days=days)
        moment = ends.strftime("%Y-%m-%d %H:%M:%S.%f")
        tx._connection.execute(text(f"UPDATE lots SET expires = '{moment}'"))
        (lot,) = tx.lots_of(world.learner.id)
    return lot


def kinds(world: World) -> list[str]:
    return [notice.kind for notice in world.bank.noticing.told(to_learner(world.learner.id))]


def test_credits_expire_by_themselves_and_their_learner_is_told(world, monkeypatch):
    """Threat 40: what is reserved stays reserved, and what came free after a first expiry lapses too."""
    world.fill(1)
    lot = shelf_life(world, 10)
    assert world.bank.bookkeeping.expire() == 0
    with world.bank.store.transaction() as tx:
        tx.post(reserve(lot, Credits(1000), request="r", award="a", at=world.bank.clock.now()))
    later(world, monkeypatch, lot.expires)
    assert [world.bank.bookkeeping.expire() for _ in range(2)] == [1, 0]
    with world.bank.store.transaction() as tx:
        kept = tx.get_lot(lot.id)
    assert (kept.lapsed, kept.reserved, kept.available) == (Credits(3000), Credits(1000), Credits(0))
    assert kinds(world) == ["credits-expired"]


def test_a_learner_is_warned_three_times_and_no_more(world, monkeypatch):
    world.fill(1)
    lot = shelf_life(world, 100)
    told = []
    for days in (100, 91, 90, 60, 30, 8, 7, 6, 1):
        later(world, monkeypatch, lot.expires - timedelta(days=days))
        told.append(world.bank.bookkeeping.warn())
    assert told == [0, 0, 1, 0, 1, 0, 1, 0, 0]
    assert world.bank.bookkeeping.warn() == 0
    (first, *_) = world.bank.noticing.told(to_learner(world.learner.id))
    assert first.document["lot"] == lot.id
    assert world.learner.name not in str(first.document)


def test_a_credential_whose_lot_was_handed_over_is_revoked_with_it(world):
    """Threats 34 and 40."""
    (issued,) = world.fill(1)
    other = world.bank.registering.register_learner(name="The same sample learner")
    with world.bank.store.transaction() as tx:
        (lot,) = tx.lots_of(world.learner.id)
        tx.transfer(*transfer(lot, other.id, request="t", at=world.bank.clock.now(), reason="one person"))
    world.bank.issuing.revoke(issued.id, by=world.university.id, reason="issued by mistake")
    with world.bank.store.transaction() as tx:
        (lot,) = tx.lots_of(other.id)
    assert lot.state is LotState.REVOKED


def sealed(world: World) -> None:
    assert world.bank.bookkeeping.seal_heads() is not None
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()


def test_the_head_of_an_account_is_proven_by_its_path_and_the_receipt(world):
    """Threats 45 and 65: the leaf is salted twice, and says nothing of who has an account."""
    world.fill(2)
    sealed(world)
    assert world.bank.bookkeeping.seal_heads() is None, "no account went on"
    proof = world.bank.bookkeeping.proof(world.learner.id)
    head = AccountHead(proof["account"], proof["sequence"], parse_digest(proof["head"]))
    one = entry(proof["set"]["bank"], bytes.fromhex(proof["salt"][2:]), head_digest(head))
    path = tuple(bytes.fromhex(node[2:]) for node in proof["path"])
    inclusion = InclusionProof(proof["index"], proof["set"]["size"], path)
    assert inclusion.root_from(leaf_hash(one)) == parse_digest(proof["set"]["root"])
    receipt = Receipt.parse(proof["receipt"])
    assert (receipt.digest, receipt.issuer) == (parse_digest(proof["leaf"]["digest"]), proof["set"]["bank"])
    assert world.bank.bookkeeping.audit() == type(world.bank.bookkeeping.audit())((), ())
    with pytest.raises(UnknownRecord):
        world.bank.bookkeeping.proof("urn:uuid:nobody")


def test_a_head_is_proven_although_a_restore_left_a_number_out(world):
    """A set of a number that no other has is found by its number, and not by how many came before."""
    world.fill(1)
    sealed(world)
    other = world.bank.registering.register_learner(name="Another sample learner")
    world.bank.issuing.issue(
        "later",
        organisation=world.university.id,
        learner=other.id,
        achievement=unit("u0").id,
        version="1",
        earned=date(2025, 6, 2),
    )
    sealed(world)
    with world.bank.store.transaction() as tx:
        for table, column in (("sealed_heads", "number"), ("head_sets", "number")):
            tx._connection.execute(text(f"DELETE FROM {table} WHERE {column} = 1"))
    assert world.bank.bookkeeping.proof(other.id)["set"]["number"] == 2
    assert "heads-missing" in {fault.slug for fault in world.bank.bookkeeping.audit().faults}, "the audit tells of it"


FORGED_HEADS = "UPDATE sealed_heads SET head = X'" + "11" * 32 + "'"


@pytest.mark.parametrize(
    ("edit", "slug"),
    [
        ("UPDATE lots SET account = account, redeemed = 1000", "lot-sum"),
        (FORGED_HEADS, "head-edited"),
        (FORGED_HEADS, "heads-edited"),
        ("UPDATE head_sets SET made = '2020-01-01 00:00:00.000000'", "heads-edited"),
        ("DELETE FROM sealed_heads", "heads-edited"),
        (
            "UPDATE leaves SET salt = X'" + "00" * 16 + "' WHERE credential IN (SELECT document FROM head_sets)",
            "batch-edited",
        ),
    ],
)
def test_the_audit_names_what_was_edited_though_the_rest_was_made_to_fit(world, edit, slug):
    """Threat 65: the sealed heads are held by their leaf, the leaf by its batch, the batch by the chain."""
    world.fill(1)
    sealed(world)
    assert world.bank.bookkeeping.audit().faults == ()
    with world.bank.store.transaction() as tx:
        tx._connection.execute(text(edit))
    assert slug in {fault.slug for fault in world.bank.bookkeeping.audit().faults}


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE holds SET reserved = 0",
        "UPDATE holds SET redeemed = redeemed + 1000",
        "UPDATE holds SET award = 'urn:another'",
        "DELETE FROM holds",
        "INSERT INTO holds (lot, award, reserved, redeemed) SELECT lot, 'urn:made-up', 0, 1000 FROM holds",
    ],
)
def test_the_audit_names_a_hold_that_entries_do_not_add_up_to(world, edit):
    """Threat 65: an award gives back what it holds, so an edited hold would free what another spent, or nothing."""
    world.fill(1)
    (lot,) = [view.lot for view in world.bank.sharing.account(world.learner.id).lots]
    with world.bank.store.transaction() as tx:
        tx.post(reserve(lot, Credits(1000), request="r", award="urn:one", at=world.bank.clock.now()))
    assert world.bank.bookkeeping.audit().faults == ()
    with world.bank.store.transaction() as tx:
        tx._connection.execute(text(edit))
    assert {fault.slug for fault in world.bank.bookkeeping.audit().faults} == {"hold-edited"}


def test_a_head_that_is_not_on_the_chain_is_said_to_be_unconfirmed(world):
    world.fill(1)
    world.bank.bookkeeping.work()
    found = world.bank.bookkeeping.audit()
    assert found.faults == ()
    assert found.unconfirmed == ("set 1 of the heads is not anchored yet",)
    world.bank.bookkeeping.work()
    assert len(world.bank.bookkeeping.head_sets()) == 1, "heads are sealed daily"


def test_the_shelf_life_that_a_unit_states_ends_its_credential_and_its_lot(world, monkeypatch):
    """Threat 40: the end is signed, it is the lot's too, and no hold reaches beyond it."""
    by = world.university.id
    content = unit_bytes(unit_with(awarding_body=OWN, provider=OWN, shelf_life="P2Y", valid_from=None))
    published = world.bank.drafting.publish_unit(by, content)
    earned = world.bank.clock.now().date().replace(day=1)
    asked = {"organisation": by, "learner": world.learner.id, "achievement": published.id, "version": published.version}
    issued = world.bank.issuing.issue("s", **asked, earned=earned)
    ends = read_credential(load_object(issued.signed)).valid_until
    assert ends == datetime(earned.year + 2, earned.month, 2, tzinfo=UTC)
    (lot,) = [view.lot for view in world.bank.sharing.account(world.learner.id).lots]
    assert lot.expires == ends
    old = world.bank.issuing.issue("old", **asked, earned=date(2001, 2, 28))
    assert read_credential(load_object(old.signed)).valid_until == old.issued.replace(microsecond=0)
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    hold = {"lot": lot.id, "amount": Credits(1000), "award": "a", "by": world.rival.id}
    later(world, monkeypatch, ends - timedelta(days=5))
    with pytest.raises(UnusableTerm, match="can be used until"):
        world.bank.reserving.reserve("h", **hold, until=ends + timedelta(seconds=1))
    world.bank.reserving.reserve("h", **hold, until=ends)
    later(world, monkeypatch, ends)
    for _ in range(2):
        with pytest.raises(LotExpired):
            world.bank.redeeming.redeem("r", **hold)
    world.bank.bookkeeping.work()
    assert {view.lot.state for view in world.bank.sharing.account(world.learner.id).lots} == {LotState.EXPIRED}
    assert world.bank.bookkeeping.audit().faults == ()


@given(dates(date(1000, 1, 1), date(9000, 1, 1)), integers(1, 999), sampled_from("YMD"))
def test_a_day_and_as_long_before_it_again_is_no_later_day(day, count, unit):
    after = day_after(day, f"P{count}{unit}")
    assert day < after
    assert day - timedelta(days=3) <= day_before(after, f"P{count}{unit}") <= day
