"""A credential is revoked after its credits were counted: flag, statement, decision, reversal (threat 34)."""

from datetime import timedelta

import pytest
from crashes import Interrupted, interrupt
from worlds import evaluated, spent_on_chain, states

from creditbank.canonical import digest_text, sha256
from creditbank.ledger import EntryKind, LotState
from creditbank.services import reads
from creditbank.services.flagging import (
    APPEAL,
    FlagDecided,
    Flagging,
    LearnerNotHeard,
    PolicyKeepsAward,
    ReversalReused,
    StatedAlready,
    StatementNeeded,
    words_of,
)
from creditbank.services.ledger_records import RedemptionState
from creditbank.services.noticing import to_learner, to_organisation
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import AwardState
from creditbank.services.standing_records import FlagCount, FlagPolicy, FlagState, ReversalState
from creditbank.units import Credits

pytestmark = pytest.mark.slow


@pytest.fixture
def awarded(world):
    """An award, and then the revocation of a credential that it counts."""
    issued = world.fill()
    award = world.bank.awarding.award("a", evaluation=evaluated(world).id, by=world.university.id)
    return award, issued[0]


def flagged(world, awarded, policy=None):
    if policy is not None:
        world.bank.flagging.set_policy(world.university.id, policy)
    world.bank.issuing.revoke(awarded[1].id, by=world.university.id, reason="copied")
    (flag,) = world.bank.flagging.of(world.learner.id)
    return flag


def sound(world):
    return world.bank.bookkeeping.audit().faults == ()


def test_the_redemption_stays_recorded_and_both_sides_are_told(world, awarded):
    """Threat 34."""
    flag = flagged(world, awarded)
    assert (flag.award, flag.credential, flag.policy) == (awarded[0].id, awarded[1].id, FlagPolicy.REVIEW)
    assert world.bank.awarding.get(flag.award).state is AwardState.POSTED
    with world.bank.store.transaction() as tx:
        kept = tx.get_lot(flag.lot)
    assert (kept.redeemed, kept.revoked) == (Credits(4000), True)
    for audience in (to_learner(world.learner.id), to_organisation(world.university.id)):
        told = [notice.document for notice in world.bank.noticing.told(audience) if notice.kind == "award-flagged"]
        assert [document["flag"] for document in told] == [flag.id]
    with pytest.raises(UnknownRecord):
        world.bank.flagging.get(flag.id, subject=world.rival.id)
    counts = (FlagCount(1, 1, 1), FlagCount(1, 1, 0), FlagCount(1, 0, 0), FlagCount(0, 0, 0))
    parties = (world.learner.id, world.university.id)
    assert [world.bank.flagging.counted(one) for one in (*parties, world.rival.id)] == [counts[0]] * 2 + [counts[3]]
    world.bank.flagging.state(flag.id, by=world.learner.id, statement="I wrote it myself.")
    assert [world.bank.flagging.counted(one) for one in parties] == [counts[1]] * 2
    world.bank.flagging.decide(flag.id, by=world.university.id, revoke=False, reason="it was")
    assert [world.bank.flagging.counted(one) for one in parties] == [counts[2]] * 2
    assert sound(world)


def test_an_award_that_is_revoked_after_review_gives_everything_back_here_and_on_the_chain(world, awarded):
    """Threat 34: by entries of their own, with the reason; what was revoked lapses, the rest is the learner's again."""
    flag, decide = flagged(world, awarded), world.bank.flagging.decide
    with pytest.raises(LearnerNotHeard):
        decide(flag.id, by=world.university.id, revoke=True, reason="copied work")
    world.bank.flagging.state(flag.id, by=world.learner.id, statement="I wrote it myself.")
    with pytest.raises(StatedAlready):
        world.bank.flagging.state(flag.id, by=world.learner.id, statement="And once more.")
    decided = decide(flag.id, by=world.university.id, revoke=True, reason="copied work")
    assert decide(flag.id, by=world.university.id, revoke=True, reason="copied work") == decided
    assert (decided.state, decided.statement) == (FlagState.REVOKED, "I wrote it myself.")
    assert world.bank.awarding.get(flag.award).state is AwardState.REVERSED
    assert spent_on_chain(world, awarded[0]) == [0] * 10
    assert states(world) == {LotState.AVAILABLE, LotState.REVOKED}
    with world.bank.store.transaction() as tx:
        assert tx.is_revoked(flag.award)
        entries = [entry for entry in tx.entries_of(world.learner.id) if entry.kind is EntryKind.REVERSE]
        assert {words_of(tx, entry) for entry in entries} == {"copied work"}
    assert all(entry.reason.startswith("taken back") for entry in entries)
    with pytest.raises(FlagDecided):
        decide(flag.id, by=world.university.id, revoke=False, reason="after all")
    assert sound(world)


def test_the_policy_says_what_can_be_decided(world, awarded, monkeypatch):
    flag, decide = flagged(world, awarded, FlagPolicy.FLAG), world.bank.flagging.decide
    world.bank.flagging.set_policy(world.university.id, FlagPolicy.REVOKE)
    with pytest.raises(PolicyKeepsAward):  # the policy of then counts
        decide(flag.id, by=world.university.id, revoke=True, reason="x")
    with pytest.raises(UnknownRecord):
        decide(flag.id, by=world.learner.id, revoke=False, reason="mine")
    assert decide(flag.id, by=world.university.id, revoke=False, reason="it stands").state is FlagState.STANDS
    with pytest.raises(FlagDecided):
        world.bank.flagging.state(flag.id, by=world.learner.id, statement="late")


def test_under_the_strictest_policy_an_award_stands_only_for_what_the_learner_says(world, awarded, monkeypatch):
    flag, decide = flagged(world, awarded, FlagPolicy.REVOKE), world.bank.flagging.decide
    with pytest.raises(StatementNeeded):
        decide(flag.id, by=world.university.id, revoke=False, reason="it stands")
    monkeypatch.setattr(type(world.bank.clock), "now", lambda self: flag.at + APPEAL - timedelta(seconds=1))
    with pytest.raises(LearnerNotHeard):
        decide(flag.id, by=world.university.id, revoke=True, reason="x")
    world.bank.flagging.state(flag.id, by=world.learner.id, statement="It was another's mistake.")
    assert decide(flag.id, by=world.university.id, revoke=False, reason="true").state is FlagState.STANDS


@pytest.mark.parametrize("step", ["revoke", "settle", "_free"])
def test_a_reversal_cut_short_is_finished_and_nothing_is_free_in_one_place_alone(world, awarded, monkeypatch, step):
    """Threat 27."""
    owner = {"revoke": type(world.bank.issuing), "settle": type(world.bank.sender), "_free": Flagging}[step]
    with monkeypatch.context() as patch:
        interrupt(patch, owner, step, after=3 if step == "settle" else 0)
        with pytest.raises(Interrupted):
            world.bank.flagging.reverse("v", award=awarded[0].id, by=world.university.id, reason="in error")
    assert LotState.AVAILABLE not in states(world)
    bank = world.reopen()
    bank.resume()
    done = bank.flagging.reverse("v", award=awarded[0].id, by=world.university.id, reason="in error")
    assert done.state is ReversalState.DONE
    assert states(world) == {LotState.AVAILABLE}
    assert spent_on_chain(world, awarded[0]) == [0] * 10
    assert sound(world)


def test_a_redemption_for_an_award_made_elsewhere_is_taken_back_by_its_body_alone(world):
    world.fill(1)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    redeem, reverse = world.bank.redeeming.redeem, world.bank.flagging.reverse
    asked = {"lot": view.lot.id, "amount": Credits(1000), "award": "urn:x", "by": world.rival.id}
    redeem("r", **asked)
    with pytest.raises(UnknownRecord):
        reverse("v", award="urn:x", by=world.university.id, reason="not ours")
    first = reverse("v", award="urn:x", by=world.rival.id, reason="in error")
    assert reverse("v", award="urn:x", by=world.rival.id, reason="in error") == first
    with pytest.raises(ReversalReused):
        reverse("w", award="urn:x", by=world.rival.id, reason="in error")
    assert world.bank.redeeming.get("r", by=world.rival.id).state is RedemptionState.REVERSED
    assert redeem("r", **asked).state is RedemptionState.REVERSED, "the first answer, as it stands"
    assert states(world) == {LotState.AVAILABLE}
    redeem("again", **{**asked, "award": "urn:y", "amount": Credits(4000)})
    assert sound(world)


def test_an_award_that_another_body_calls_by_the_same_name_is_not_taken_back_with_it(world):
    """Threat 34: its credits are spent on the chain, so here they go on counting."""
    world.fill(2)
    mine, theirs = sorted(view.lot.id for view in world.bank.sharing.account(world.learner.id).lots)
    for lot, by in ((mine, world.university.id), (theirs, world.rival.id)):
        world.bank.redeeming.redeem(f"r-{lot}", lot=lot, amount=Credits(4000), award="urn:x", by=by)
    world.bank.flagging.reverse("v", award="urn:x", by=world.university.id, reason="in error")
    with world.bank.store.transaction() as tx:
        assert [tx.get_lot(lot).redeemed for lot in (mine, theirs)] == [Credits(0), Credits(4000)]
    assert world.bank.redeeming.get(f"r-{theirs}", by=world.rival.id).state is RedemptionState.POSTED
    assert world.bank.redeeming.get(f"r-{mine}", by=world.university.id).state is RedemptionState.REVERSED
    assert sound(world)


def test_the_body_is_told_for_whose_award_it_counts_whoever_else_has_one_of_this_name(world):
    """Threat 34."""
    issued = world.fill(2)
    lots = {view.lot.credential: view.lot.id for view in world.bank.sharing.account(world.learner.id).lots}
    for one, by in zip(issued, (world.university.id, world.rival.id), strict=True):
        world.bank.redeeming.redeem(f"r-{by}", lot=lots[one.id], amount=Credits(4000), award="urn:x", by=by)
    world.bank.issuing.revoke(issued[1].id, by=world.university.id, reason="copied")
    (flag,) = world.bank.flagging.of(world.learner.id)
    assert flag.organisation == world.rival.id


def test_what_is_counted_anew_under_the_name_of_an_award_that_was_taken_back_is_taken_back_anew(world):
    """Threat 34: each request has its own answer for ever, and none passes for the other's."""
    world.fill(1)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    by, reverse = world.rival.id, world.bank.flagging.reverse
    for turn in ("1", "2"):
        asked = {"lot": view.lot.id, "amount": Credits(3000), "award": "urn:x", "by": by}
        assert world.bank.redeeming.redeem(f"r{turn}", **asked).state is RedemptionState.POSTED
        if turn == "2":
            assert reverse("v1", award="urn:x", by=by, reason="in error").state is ReversalState.DONE
            assert states(world) == {LotState.AVAILABLE}, "one of four is free; three count"
            with world.bank.store.transaction() as tx:
                assert tx.get_lot(view.lot.id).redeemed == Credits(3000)
        reverse(f"v{turn}", award="urn:x", by=by, reason="in error")
        with world.bank.store.transaction() as tx:
            assert tx.get_lot(view.lot.id).redeemed == Credits(0)
        assert reads.lot_use(world.bank.chain, bytes.fromhex(view.lot.id[2:])) is None
    assert sound(world)


def test_the_words_with_which_an_award_is_taken_back_stand_beside_the_ledger_and_are_erased(world):
    """Threat 47: the entry stays, with a digest that nobody can guess the words from once the salt is gone."""
    world.fill(1)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    by, said = world.rival.id, "canary: the thesis of another was handed in"
    world.bank.redeeming.redeem("r", lot=view.lot.id, amount=Credits(1000), award="urn:x", by=by)
    world.bank.flagging.reverse("v", award="urn:x", by=by, reason=said)
    with world.bank.store.transaction() as tx:
        (entry,) = [one for one in tx.entries_of(world.learner.id) if one.kind is EntryKind.REVERSE]
        assert words_of(tx, entry) == said
        salt = tx.find_reversal("v").salt
        assert entry.reason == f"taken back, for words of {digest_text(sha256(salt + said.encode()))}"
    world.bank.erasing.erase(world.learner.id, confirm=world.learner.did, actor="operator")
    assert world.bank.flagging.reverse("v", award="urn:x", by=by, reason=said).reason == "", "the first answer, erased"
    with world.bank.store.transaction() as tx:
        assert (tx.find_reversal("v").salt, words_of(tx, entry)) == (None, "")
        assert tx.entries_of(world.learner.id).count(entry) == 1
    assert not any(b"canary" in file.read_bytes() for file in world.home.rglob("*") if file.is_file())
    assert sound(world)


def test_one_lot_counts_for_two_bodies_awards_of_one_name_and_each_takes_back_its_own(world):
    """Threats 34 and 42: both are told when the credential falls, and neither frees what is the other's."""
    (issued,) = world.fill(1)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    for by, amount in ((world.university.id, 1000), (world.rival.id, 2000)):
        world.bank.redeeming.redeem(f"r-{by}", lot=view.lot.id, amount=Credits(amount), award="urn:x", by=by)
    world.bank.flagging.reverse("v", award="urn:x", by=world.university.id, reason="in error")
    with world.bank.store.transaction() as tx:
        assert tx.get_lot(view.lot.id).redeemed == Credits(2000)
    assert reads.lot_use(world.bank.chain, bytes.fromhex(view.lot.id[2:])).spent == Credits(2000)
    world.bank.redeeming.redeem("again", lot=view.lot.id, amount=Credits(500), award="urn:x", by=world.university.id)
    world.bank.issuing.revoke(issued.id, by=world.university.id, reason="copied")
    assert {flag.organisation for flag in world.bank.flagging.of(world.learner.id)} == {
        world.university.id,
        world.rival.id,
    }
    world.bank.flagging.reverse("w", award="urn:x", by=world.rival.id, reason="in error")
    with world.bank.store.transaction() as tx:
        assert tx.get_lot(view.lot.id).redeemed == Credits(500)
    assert sound(world)
