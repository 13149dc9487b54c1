"""Awards that meet each other, a revocation, a withdrawn university or a new engine on their way."""

import pytest
from crashes import Interrupted, interrupt
from worlds import evaluated, spent_on_chain, states

from creditbank.ledger import CreditsAlreadyRedeemed, LotRevoked, LotState, audit
from creditbank.services import calls, reads
from creditbank.services.awarding import AwardRefused, AwardReused
from creditbank.services.evaluating import Evaluating, EvaluationChanged
from creditbank.services.records import AwardState
from creditbank.services.redeeming import NotAnAwarder, Redeeming
from creditbank.services.registering import REGISTRAR
from creditbank.units import Credits


def once_before(patch, owner, name, meanwhile):
    """Let `meanwhile` happen once the first call of `owner.name` has ended, before its caller goes on."""
    real, done = getattr(owner, name), []

    def delayed(*args, **kwargs):
        answer = real(*args, **kwargs)
        if not done:
            done.append(True)
            meanwhile()
        return answer

    patch.setattr(owner, name, delayed)


def test_two_callers_of_one_request_make_one_award_with_one_signed_text(world, monkeypatch):
    """The slower one must not sign again over what the faster one stored, anchored and handed out."""
    world.fill()
    record = evaluated(world)
    faster = []

    def overtake():
        faster.append(world.bank.awarding.award("r", evaluation=record.id, by=world.university.id))
        with world.bank.store.transaction() as tx:
            assert tx.get_credential(faster[0].id).signed == faster[0].signed
        later = type(world.bank.clock).now(world.bank.clock).replace(year=2040)
        monkeypatch.setattr(type(world.bank.clock), "now", lambda self: later)

    once_before(monkeypatch, Redeeming, "spend", overtake)
    assert world.bank.awarding.award("r", evaluation=record.id, by=world.university.id) == faster[0]
    assert world.bank.awarding.get(faster[0].id) == faster[0]


def test_what_a_slower_caller_spends_after_the_award_was_given_back_is_given_back_too(world, monkeypatch):
    """The chain says no to the faster caller, and yes to the slower one of the same request a moment later."""
    world.fill()
    record = evaluated(world)
    with world.bank.store.transaction() as tx:
        stolen = max(tx.lots_of(world.learner.id), key=lambda lot: lot.id)
    lot, other = bytes.fromhex(stolen.id[2:]), calls.award_id("urn:uuid:another-banks")

    def fall_behind():
        with monkeypatch.context() as patch:
            patch.setattr(Redeeming, "spend", lambda *_: (_ for _ in ()).throw(CreditsAlreadyRedeemed("x")))
            with pytest.raises(CreditsAlreadyRedeemed):
                world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)

    once_before(monkeypatch, Redeeming, "spend", fall_behind)
    with pytest.raises(AwardRefused):
        world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)
    with world.bank.store.transaction() as tx:
        award = tx.find_award_by_request("r")
        lots, entries, heads = tx.journal()
    assert award.state is AwardState.REFUSED
    assert states(world) == {LotState.AVAILABLE}
    assert spent_on_chain(world, award) == [0] * 10
    assert audit(lots, entries, heads=heads) == []
    world.bank.sender.settle("elsewhere", world.rival.id, calls.spend(lot, 4000, 4000, other), final=True)


def test_what_a_slower_caller_redeems_after_the_first_answer_was_no_is_given_back(world, monkeypatch):
    world.fill(1)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    asked = {"lot": view.lot.id, "amount": Credits(1000), "award": "urn:uuid:mine", "by": world.rival.id}

    def fall_behind():
        with monkeypatch.context() as patch:
            patch.setattr(Redeeming, "spend", lambda *_: (_ for _ in ()).throw(CreditsAlreadyRedeemed("x")))
            with pytest.raises(CreditsAlreadyRedeemed):
                world.bank.redeeming.redeem("r", **asked)

    once_before(monkeypatch, Redeeming, "spend", fall_behind)
    with pytest.raises(CreditsAlreadyRedeemed, match="already count"):
        world.bank.redeeming.redeem("r", **asked)
    assert states(world) == {LotState.AVAILABLE}
    assert reads.lot_use(world.bank.chain, bytes.fromhex(view.lot.id[2:])) is None


def test_a_credential_revoked_between_weighing_and_awarding_is_not_awarded_on(world):
    issued = world.fill()
    record = evaluated(world)
    world.bank.issuing.revoke(issued[0].id, by=world.university.id, reason="issued by mistake")
    with pytest.raises(EvaluationChanged, match="is rejected"):
        world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)
    assert LotState.RESERVED not in states(world)


def test_an_award_that_can_never_go_on_is_refused_and_holds_up_no_other(world, monkeypatch):
    """Threat 40: a credential revoked after the intent; the crash left two awards to go on with."""
    issued = world.fill()
    first, second = evaluated(world), evaluated(world)
    with monkeypatch.context() as patch:
        interrupt(patch, Redeeming, "reserve_in")
        for name, record in (("one", first), ("two", second)):
            with pytest.raises(Interrupted):
                world.bank.awarding.award(name, evaluation=record.id, by=world.university.id)
    world.bank.issuing.revoke(issued[0].id, by=world.university.id, reason="issued by mistake")
    assert [award.state for award in world.reopen().awarding.resume()] == [AwardState.REFUSED] * 2
    assert states(world) == {LotState.AVAILABLE, LotState.REVOKED}
    with pytest.raises(AwardRefused):
        world.bank.awarding.award("one", evaluation=first.id, by=world.university.id)


def test_an_award_that_cannot_go_on_now_holds_up_no_other(world, monkeypatch):
    world.fill()
    records = [evaluated(world)]
    with monkeypatch.context() as patch:
        interrupt(patch, Redeeming, "reserve_in")
        with pytest.raises(Interrupted):
            world.bank.awarding.award("first", evaluation=records[0].id, by=world.university.id)
    turns = []

    def stuck(self, tx, claim, organisation):
        turns.append(claim.award)
        raise LotRevoked("x") if len(turns) > 1 else NotAnAwarder("y")

    with monkeypatch.context() as patch:
        interrupt(patch, Redeeming, "reserve_in")
        with pytest.raises(Interrupted):
            world.bank.awarding.award("second", evaluation=records[0].id, by=world.university.id)
    monkeypatch.setattr(Redeeming, "reserve_in", stuck)
    with pytest.raises(NotAnAwarder):
        world.bank.awarding.resume()
    assert len(set(turns)) == 2


def test_an_award_is_signed_after_its_credits_were_spent_whatever_became_of_the_engine(world, monkeypatch):
    """A new version between the crash and the resumption may allocate differently; the proof was written before."""
    world.fill()
    record = evaluated(world)
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.signatures), "sign")
        with pytest.raises(Interrupted):
            world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)

    def changed(self, evaluation):
        raise EvaluationChanged("another engine")

    monkeypatch.setattr(Evaluating, "again", changed)
    (award,) = world.reopen().awarding.resume()
    assert award.state is AwardState.POSTED


def test_a_university_withdrawn_on_the_chain_reserves_nothing(world):
    """Its spends would be refused for ever, and what was reserved for them held for ever."""
    world.fill()
    record = evaluated(world)
    (view, *_) = world.bank.sharing.account(world.learner.id).lots
    world.bank.sender.settle("withdraw", REGISTRAR, calls.withdraw_awarder(world.university.account), final=True)
    with pytest.raises(NotAnAwarder):
        world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)
    with pytest.raises(NotAnAwarder):
        world.bank.redeeming.redeem("x", lot=view.lot.id, amount=Credits(1), award="urn:uuid:x", by=world.university.id)
    assert states(world) == {LotState.AVAILABLE}


def test_a_request_id_names_one_award_even_when_two_callers_meet(world, monkeypatch):
    world.fill()
    first, second = evaluated(world), evaluated(world)

    def overtake():
        world.bank.awarding.award("r", evaluation=second.id, by=world.university.id)

    once_before(monkeypatch, Evaluating, "confirm", overtake)
    with pytest.raises(AwardReused):
        world.bank.awarding.award("r", evaluation=first.id, by=world.university.id)
