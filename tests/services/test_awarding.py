"""Awarding: once, through a crash at every step, and never with a credit that counts elsewhere."""

import pytest
from crashes import Interrupted, interrupt
from worlds import CERTIFICATE, evaluated, spent_on_chain, states, unit

from creditbank.canonical import digest_text, load_object, sha256
from creditbank.credential import related_resource_digest
from creditbank.ledger import CreditsAlreadyRedeemed, LotState
from creditbank.services import calls
from creditbank.services.awarding import AwardRefused, AwardReused, DoesNotAddUp
from creditbank.services.records import AwardState
from creditbank.services.redeeming import NotAnAwarder, RedemptionReused
from creditbank.units import Credits


def test_an_award_spends_every_lot_once_and_binds_its_proof(world):
    world.fill()
    award = world.bank.awarding.award("r", evaluation=evaluated(world).id, by=world.university.id)
    assert award.state is AwardState.POSTED
    assert states(world) == {LotState.REDEEMED}
    assert spent_on_chain(world, award) == [4000] * 10
    _, digest = related_resource_digest(load_object(award.signed))
    assert digest_text(digest) == digest_text(sha256(award.proof))


def test_asking_twice_awards_once(world):
    world.fill()
    record = evaluated(world)
    first = world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)
    assert world.bank.awarding.award("r", evaluation=record.id, by=world.university.id) == first
    with pytest.raises(AwardReused):
        world.bank.awarding.award("r", evaluation=record.id, by=world.rival.id)
    with pytest.raises(CreditsAlreadyRedeemed):
        world.bank.awarding.award("another", evaluation=record.id, by=world.university.id)


@pytest.mark.parametrize(
    ("owner", "name", "after"),
    [
        ("redeeming", "reserve_in", 0),
        ("chain", "build", 0),
        ("chain", "send", 0),
        ("chain", "mined", 0),
        ("signatures", "sign", 0),
        ("issuing", "store_signed", 0),
        ("redeeming", "post_in", 0),
    ],
)
def test_a_crash_at_any_step_is_resumed_to_the_one_award(world, monkeypatch, owner, name, after):
    world.fill()
    record = evaluated(world)
    with monkeypatch.context() as patch:
        interrupt(patch, type(getattr(world.bank, owner)), name, after=after)
        with pytest.raises(Interrupted):
            world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)
    world.reopen().resume()
    award = world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)
    assert award.state is AwardState.POSTED
    assert states(world) == {LotState.REDEEMED}
    assert spent_on_chain(world, award) == [4000] * 10


def test_when_the_chain_refuses_one_credit_everything_is_given_back(world):
    issued = world.fill()
    record = evaluated(world)
    with world.bank.store.transaction() as tx:
        stolen = max(tx.lots_of(world.learner.id), key=lambda lot: lot.id)  # the last one to be spent
    elsewhere = calls.spend(bytes.fromhex(stolen.id[2:]), 1000, 4000, calls.award_id("urn:uuid:another-banks"))
    world.bank.sender.settle("elsewhere", world.rival.id, elsewhere, final=True)
    with pytest.raises(CreditsAlreadyRedeemed):
        world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)
    with world.bank.store.transaction() as tx:
        award = tx.find_award_by_request("r")
    assert award.state is AwardState.REFUSED
    assert states(world) == {LotState.AVAILABLE}
    assert spent_on_chain(world, award) == [0] * len(issued)
    with pytest.raises(AwardRefused):
        world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)


def test_an_evaluation_that_falls_short_is_no_ground_for_an_award(world):
    world.fill(9)
    record, evaluation = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id
    )
    assert not evaluation.adds_up
    with pytest.raises(DoesNotAddUp):
        world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)
    assert states(world) == {LotState.AVAILABLE}


def test_another_universitys_evaluation_is_no_ground_for_an_award(world):
    world.fill()
    with pytest.raises(DoesNotAddUp):
        world.bank.awarding.award("r", evaluation=evaluated(world).id, by=world.rival.id)


def test_a_credential_that_is_not_anchored_is_not_weighed(world):
    world.fill(9)
    achievement = unit("late")
    world.publish(achievement)
    world.issue(achievement, "late")
    record, evaluation = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id
    )
    assert not evaluation.adds_up
    assert [row["verdict"] for row in record.document["notVerified"]] == ["inconclusive"]


def test_a_redemption_for_an_award_made_elsewhere_happens_once(world):
    world.fill(1)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    redeem = world.bank.redeeming.redeem
    asked = {"lot": view.lot.id, "amount": Credits.parse("1.5"), "award": "urn:uuid:elsewhere", "by": world.rival.id}
    first = redeem("r", **asked)
    assert redeem("r", **asked) == first
    with pytest.raises(RedemptionReused):
        redeem("r", **{**asked, "amount": Credits.parse("1")})
    with pytest.raises(CreditsAlreadyRedeemed):
        redeem("more", **{**asked, "amount": Credits.parse("3"), "award": "urn:uuid:third"})
    with pytest.raises(RedemptionReused):
        redeem("the same award again under another id", **asked)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    assert (str(view.lot.redeemed), str(view.lot.available)) == ("1.5", "2.5")


def test_a_provider_that_does_not_award_redeems_nothing(world):
    from creditbank.services.records import Role

    world.fill(1)
    provider = world.bank.registering.register_organisation(
        name="Sample School", roles={Role.PROVIDER}, frameworks=["in-ncrf"], country="IN"
    )
    (view,) = world.bank.sharing.account(world.learner.id).lots
    with pytest.raises(NotAnAwarder):
        world.bank.redeeming.redeem("r", lot=view.lot.id, amount=Credits(1), award="urn:uuid:x", by=provider.id)


def test_a_redemption_that_the_chain_refused_stays_refused_and_leaves_the_lot_free(world):
    world.fill(1)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    elsewhere = calls.spend(bytes.fromhex(view.lot.id[2:]), 4000, 4000, calls.award_id("urn:uuid:another-banks"))
    world.bank.sender.settle("elsewhere", world.university.id, elsewhere, final=True)
    asked = {"lot": view.lot.id, "amount": Credits(1000), "award": "urn:uuid:mine", "by": world.rival.id}
    for _ in range(2):
        with pytest.raises(CreditsAlreadyRedeemed):
            world.bank.redeeming.redeem("r", **asked)
    assert states(world) == {LotState.AVAILABLE}


def test_a_redemption_cut_short_is_finished_by_asking_again(world, monkeypatch):
    world.fill(1)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    asked = {"lot": view.lot.id, "amount": Credits(1000), "award": "urn:uuid:mine", "by": world.rival.id}
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.chain), "send")
        with pytest.raises(Interrupted):
            world.bank.redeeming.redeem("r", **asked)
    world.reopen().redeeming.redeem("r", **asked)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    assert (str(view.lot.redeemed), str(view.lot.reserved)) == ("1", "0")
