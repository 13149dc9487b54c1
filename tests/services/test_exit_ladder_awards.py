"""An award that takes up a lower one: held, moved, signed, the lower one withdrawn; through crashes and races."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from crashes import Interrupted, interrupt
from ladders import LADDER, install, more, sound
from worlds import World

from creditbank.anchoring import issuer_id
from creditbank.bootstrap import ABANDONED
from creditbank.canonical import load_object
from creditbank.credential.status import StatusList
from creditbank.ledger import CreditsAlreadyRedeemed, EntryKind, counted
from creditbank.services import calls, reads
from creditbank.services.awarding import AwardRefused, LowerAwardOfAnother
from creditbank.services.flagging import AwardGivenUp
from creditbank.services.ledger_records import RedemptionState
from creditbank.services.ports import ChainRefused
from creditbank.services.records import AwardRecord, AwardState, EvaluationRecord
from creditbank.services.redeeming import Redeeming
from creditbank.services.registering import REGISTRAR
from creditbank.services.spending import Spending
from creditbank.services.standing_records import Reversal
from creditbank.stacking import read_proof
from creditbank.units import Credits
from creditbank.verification import LIVE, Outcome, Report, Rules, TrustFacts, Verdict, verify_award


@pytest.fixture(autouse=True)
def ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


def weighed(world: World, qualification: str, by: str | None = None) -> EvaluationRecord:
    record, evaluation = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=qualification, organisation=by or world.university.id, catalogue=False
    )
    assert evaluation.adds_up
    return record


def awarded(world: World, qualification: str, by: str | None = None) -> AwardRecord:
    record = weighed(world, qualification, by)
    return world.bank.awarding.award(qualification, evaluation=record.id, by=by or world.university.id)


def on_chain(world: World, award: AwardRecord) -> dict[str, str]:
    """What the contract counts for an award, by lot, where it is anything."""
    by, found = issuer_id(world.university.did), {}
    with world.bank.store.transaction() as tx:
        lots = tx.lots_of(world.learner.id)
    for lot in lots:
        spent = reads.spent_for(world.bank.chain, bytes.fromhex(lot.id[2:]), by, calls.award_id(award.id))
        if spent:
            found[lot.id] = str(spent)
    return found


def in_ledger(world: World, award: AwardRecord) -> dict[str, str]:
    with world.bank.store.transaction() as tx:
        entries = tx.entries_of(world.learner.id)
    return {lot: str(amount) for (lot, name), amount in counted(entries).items() if name == award.id}


def withdrawn(world: World, award: AwardRecord) -> bool:
    with world.bank.store.transaction() as tx:
        issued = tx.get_credential(award.id)
        return issued.status_index in tx.revoked_indices(issued.status_list)


def available(world: World) -> list[str]:
    return sorted(str(view.lot.available) for view in world.bank.sharing.account(world.learner.id).lots)


def reserved(world: World) -> list[str]:
    return sorted(str(view.lot.reserved) for view in world.bank.sharing.account(world.learner.id).lots)


def test_a_higher_award_takes_up_the_lower_one_which_is_withdrawn(world: World) -> None:
    world.fill(2)
    lower = awarded(world, "sample-lower")
    more(world, 1)
    upper = awarded(world, "sample-upper")
    assert upper.state is AwardState.POSTED
    assert sorted(on_chain(world, upper).values()) == sorted(in_ledger(world, upper).values()) == ["4", "4", "4"]
    assert on_chain(world, lower) == in_ledger(world, lower) == {}
    assert (withdrawn(world, lower), withdrawn(world, upper)) == (True, False)
    assert sound(world)
    (given,) = read_proof(load_object(upper.proof)).gives_up
    assert (given.award, given.qualification, len(given.moves)) == (lower.id, "sample-lower", 2)


def test_what_is_not_needed_of_the_lower_award_is_free_again_everywhere(world: World) -> None:
    world.fill(2)
    lower = awarded(world, "sample-lower")
    small = awarded(world, "sample-small")
    assert (list(on_chain(world, small).values()), on_chain(world, lower)) == (["4"], {})
    assert (available(world), reserved(world)) == (["0", "4"], ["0", "0"])
    assert sound(world)
    with world.bank.store.transaction() as tx:
        free = next(lot for lot in tx.lots_of(world.learner.id) if lot.available)
    assert reads.lot_use(world.bank.chain, bytes.fromhex(free.id[2:])) is None


def test_of_a_lot_partly_used_the_rest_counts_first_and_only_what_lacks_moves(world: World) -> None:
    """Already redeemed lots: five of eight count for the lower award; the three that are left count, then four move."""
    world.fill(2)
    lower = awarded(world, "sample-parts")
    assert sorted(in_ledger(world, lower).values()) == ["1", "4"]
    upper = awarded(world, "sample-above-parts")
    assert sorted(on_chain(world, upper).values()) == sorted(in_ledger(world, upper).values()) == ["3", "4"]
    assert on_chain(world, lower) == {}
    moves = {move.credential: str(move.amount) for move in read_proof(load_object(upper.proof)).gives_up[0].moves}
    assert list(moves.values()) == ["4"]
    assert (available(world), sound(world)) == (["0", "1"], True)


def test_free_credits_are_used_before_an_award_is_given_up(world: World) -> None:
    world.fill(2)
    lower = awarded(world, "sample-lower")
    more(world, 3)
    upper = awarded(world, "sample-upper")
    assert "givesUp" not in load_object(upper.proof)
    assert (withdrawn(world, lower), sorted(on_chain(world, lower).values())) == (False, ["4", "4"])


def test_another_bodys_award_is_given_up_by_that_body_alone(world: World) -> None:
    world.fill(2)
    awarded(world, "sample-lower", by=world.rival.id)
    more(world, 1)
    record = weighed(world, "sample-upper")
    with pytest.raises(LowerAwardOfAnother) as refusal:
        world.bank.awarding.award("upper", evaluation=record.id, by=world.university.id)
    assert "Sample Rival" in refusal.value.next_step
    assert (reserved(world), sound(world)) == (["0", "0", "0"], True)


@pytest.mark.parametrize(
    ("owner", "name", "after"),
    [
        ("redeeming", "reserve_in", 0),
        ("chain", "build", 0),
        ("chain", "build", 2),
        ("chain", "send", 1),
        ("chain", "mined", 3),
        ("signatures", "sign", 0),
        ("issuing", "store_signed", 0),
        ("issuing", "revoke", 0),
        ("issuing", "refresh_status", 0),
        ("redeeming", "free_rest", 0),
        ("redeeming", "post_in", 0),
    ],
)
def test_a_crash_at_any_step_is_resumed_to_the_one_award(world, monkeypatch, owner, name, after) -> None:
    world.fill(2)
    lower = awarded(world, "sample-lower")
    more(world, 1)
    record = weighed(world, "sample-upper")
    with monkeypatch.context() as patch:
        interrupt(patch, type(getattr(world.bank, owner)), name, after=after)
        with pytest.raises(Interrupted):
            world.bank.awarding.award("upper", evaluation=record.id, by=world.university.id)
    world.reopen().resume()
    upper = world.bank.awarding.award("upper", evaluation=record.id, by=world.university.id)
    assert upper.state is AwardState.POSTED
    assert sorted(on_chain(world, upper).values()) == sorted(in_ledger(world, upper).values()) == ["4", "4", "4"]
    assert on_chain(world, lower) == in_ledger(world, lower) == {}
    assert withdrawn(world, lower)
    assert (available(world), reserved(world), sound(world)) == (["0"] * 3, ["0"] * 3, True)


@pytest.mark.parametrize("after", range(2))
def test_a_crash_while_the_rest_is_freed_frees_it_once(world, monkeypatch, after) -> None:
    world.fill(2)
    lower = awarded(world, "sample-lower")
    record = weighed(world, "sample-small")
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.chain), "send", after=after)
        with pytest.raises(Interrupted):
            world.bank.awarding.award("small", evaluation=record.id, by=world.university.id)
    world.reopen().resume()
    small = world.bank.awarding.award("small", evaluation=record.id, by=world.university.id)
    assert (list(on_chain(world, small).values()), on_chain(world, lower)) == (["4"], {})
    assert (available(world), sound(world)) == (["0", "4"], True)


def test_when_the_chain_refuses_a_free_credit_the_lower_award_stands_as_before(world: World) -> None:
    world.fill(2)
    lower = awarded(world, "sample-lower")
    more(world, 1)
    record = weighed(world, "sample-upper")
    with world.bank.store.transaction() as tx:
        free = next(lot for lot in tx.lots_of(world.learner.id) if lot.available)
    elsewhere = calls.spend(bytes.fromhex(free.id[2:]), 1000, 4000, calls.award_id("urn:uuid:another-banks"))
    world.bank.sender.settle("elsewhere", world.rival.id, elsewhere, final=True)
    with pytest.raises(CreditsAlreadyRedeemed):
        world.bank.awarding.award("upper", evaluation=record.id, by=world.university.id)
    assert sorted(on_chain(world, lower).values()) == sorted(in_ledger(world, lower).values()) == ["4", "4"]
    assert (withdrawn(world, lower), reserved(world), sound(world)) == (False, ["0"] * 3, True)


def test_when_a_move_is_refused_what_moved_before_is_moved_back(world, monkeypatch) -> None:
    world.fill(2)
    lower = awarded(world, "sample-lower")
    more(world, 1)
    record = weighed(world, "sample-upper")
    real, moves = type(world.bank.chain).build, []

    def refusing(self, sender, call, *, nonce):
        if call.function == "move":
            moves.append(call)
            if len(moves) == 2:
                raise ChainRefused("NotSpentThere", "The contract refused it.")
        return real(self, sender, call, nonce=nonce)

    monkeypatch.setattr(type(world.bank.chain), "build", refusing)
    with pytest.raises(CreditsAlreadyRedeemed):
        world.bank.awarding.award("upper", evaluation=record.id, by=world.university.id)
    with pytest.raises(AwardRefused):
        world.bank.awarding.award("upper", evaluation=record.id, by=world.university.id)
    assert len(moves) == 3
    assert sorted(on_chain(world, lower).values()) == sorted(in_ledger(world, lower).values()) == ["4", "4"]
    assert (available(world), withdrawn(world, lower), sound(world)) == (["0", "0", "4"], False, True)


def once_before(patch, owner, name, meanwhile) -> None:
    """Let `meanwhile` happen once the first call of `owner.name` has ended, before its caller goes on."""
    real, done = getattr(owner, name), []

    def delayed(*args, **kwargs):
        answer = real(*args, **kwargs)
        if not done:
            done.append(True)
            meanwhile()
        return answer

    patch.setattr(owner, name, delayed)


def test_a_body_withdrawn_between_spend_and_move_gives_all_back_once_it_is_admitted_again(world, monkeypatch) -> None:
    """Threat 27: while it may not act on the chain nothing is free here that is not free there; others go on."""
    world.fill(2)
    lower = awarded(world, "sample-lower")
    more(world, 1)
    record, bank = weighed(world, "sample-upper"), world.bank
    account, who = bank.vault.chain_account(world.university.id), issuer_id(world.university.did)
    settle, waiting = bank.sender.settle, []

    def withdrawing(purpose, *given, **how):
        if purpose.startswith("move:") and not waiting:
            waiting.append(purpose)
            settle("withdraw", REGISTRAR, calls.withdraw_awarder(account), final=True)
        return settle(purpose, *given, **how)

    monkeypatch.setattr(bank.sender, "settle", withdrawing)
    with pytest.raises(ChainRefused):
        bank.awarding.award("upper", evaluation=record.id, by=world.university.id)
    more(world, 2)
    with bank.store.transaction() as tx:
        free = next(lot for lot in tx.lots_of(world.learner.id) if lot.available)
    with monkeypatch.context() as patch:
        interrupt(patch, Spending, "settle")
        with pytest.raises(Interrupted):
            bank.redeeming.redeem("r", lot=free.id, amount=free.available, award="a", by=world.rival.id)
    with pytest.raises(ChainRefused):
        bank.resume()
    assert bank.redeeming.get("r", by=world.rival.id).state is RedemptionState.POSTED
    assert (reserved(world).count("4"), available(world)) == (3, ["0"] * 4)
    settle("admit again", REGISTRAR, calls.admit_awarder(account, who), final=True)
    monkeypatch.setattr(type(bank.clock), "now", lambda clock: datetime.now(UTC) + ABANDONED)
    bank.go_on()
    assert sorted(on_chain(world, lower).values()) == sorted(in_ledger(world, lower).values()) == ["4", "4"]
    assert (withdrawn(world, lower), reserved(world), sound(world)) == (False, ["0"] * 4, True)
    assert available(world) == ["0", "0", "0", "4"]


def test_two_awards_that_want_the_same_lower_one_do_not_both_get_it(world: World, monkeypatch) -> None:
    """Each needs another part of it; it is given up as a whole, once."""
    world.fill(2)
    lower = awarded(world, "sample-lower")
    first, second = weighed(world, "sample-small"), weighed(world, "sample-part")
    with monkeypatch.context() as patch:
        interrupt(patch, Redeeming, "spend")
        with pytest.raises(Interrupted):
            world.bank.awarding.award("first", evaluation=first.id, by=world.university.id)
    with pytest.raises(CreditsAlreadyRedeemed, match="count no longer for"):
        world.bank.awarding.award("second", evaluation=second.id, by=world.university.id)
    world.reopen().resume()
    small = world.bank.awarding.award("first", evaluation=first.id, by=world.university.id)
    assert (small.state, withdrawn(world, lower), sound(world)) == (AwardState.POSTED, True, True)


def test_two_callers_of_one_request_move_once(world: World, monkeypatch) -> None:
    world.fill(2)
    lower = awarded(world, "sample-lower")
    more(world, 1)
    record, faster = weighed(world, "sample-upper"), []

    def overtake() -> None:
        faster.append(world.bank.awarding.award("upper", evaluation=record.id, by=world.university.id))

    once_before(monkeypatch, Redeeming, "spend", overtake)
    assert world.bank.awarding.award("upper", evaluation=record.id, by=world.university.id) == faster[0]
    assert (on_chain(world, lower), sorted(on_chain(world, faster[0]).values())) == ({}, ["4", "4", "4"])
    with world.bank.store.transaction() as tx:
        kinds = [entry.kind for entry in tx.entries_of(world.learner.id)]
    assert (kinds.count(EntryKind.MOVE), sound(world)) == (2, True)


def test_what_a_slower_caller_moves_after_the_award_was_given_back_is_moved_back_too(world, monkeypatch) -> None:
    world.fill(2)
    lower = awarded(world, "sample-lower")
    more(world, 1)
    record = weighed(world, "sample-upper")

    def fall_behind() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Redeeming, "spend", lambda *_: (_ for _ in ()).throw(CreditsAlreadyRedeemed("x")))
            with pytest.raises(CreditsAlreadyRedeemed):
                world.bank.awarding.award("upper", evaluation=record.id, by=world.university.id)

    once_before(monkeypatch, Redeeming, "spend", fall_behind)
    with pytest.raises(AwardRefused):
        world.bank.awarding.award("upper", evaluation=record.id, by=world.university.id)
    assert sorted(on_chain(world, lower).values()) == sorted(in_ledger(world, lower).values()) == ["4", "4"]
    assert (available(world), withdrawn(world, lower), sound(world)) == (["0", "0", "4"], False, True)


def test_an_award_given_up_once_is_not_there_to_be_given_up_again(world: World) -> None:
    world.fill(2)
    awarded(world, "sample-lower")
    awarded(world, "sample-small")
    _, evaluation = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification="sample-upper", organisation=world.university.id, catalogue=False
    )
    assert (evaluation.adds_up, [given.held for given in evaluation.inputs]) == (False, [(), ()])


def test_a_lot_redeemed_in_part_elsewhere_counts_for_the_rest_or_not_at_all(world: World) -> None:
    """Already redeemed lots, by part: under partial counting the rest counts, under whole counting nothing does."""
    world.fill(2)
    (view, *_) = world.bank.sharing.account(world.learner.id).lots
    world.bank.redeeming.redeem(
        "r", lot=view.lot.id, amount=Credits.parse("1.5"), award="urn:uuid:elsewhere", by=world.rival.id
    )
    partial = awarded(world, "sample-part")
    assert sum(Credits.parse(amount).thousandths for amount in on_chain(world, partial).values()) == 6000
    assert sum(Credits.parse(amount).thousandths for amount in in_ledger(world, partial).values()) == 6000
    assert available(world) == ["0", "0.5"]
    _, whole = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification="sample-lower", organisation=world.university.id, catalogue=False
    )
    assert {item.slug for item in whole.not_counted} <= {"partly-used", "already-used"}
    assert (whole.adds_up, sound(world)) == (False, True)


def judged(world: World, award: AwardRecord, *, older: TrustFacts | None = None) -> Report:
    """What a stranger's check says of an award, by the bank's own word and the chain's; `older` facts come beside."""
    with world.bank.store.transaction() as tx:
        stored = [load_object(tx.get_credential(lot.credential).signed) for lot in tx.lots_of(world.learner.id)]
    signed = load_object(award.signed)
    evidence = world.bank.verifying.evidence([signed, *stored])
    if older is not None:
        evidence = replace(evidence, trust=evidence.trust.merge(older))
    rules = Rules(own=(LADDER[award.qualification], *world.bank.catalogue.frameworks().values()))
    return verify_award(signed, award.proof, stored, rules, evidence, policy=LIVE, now=world.bank.verifying.now())


def outcome(report: Report, name: str) -> Outcome:
    return next(check.outcome for check in report.checks if check.name == name)


def test_a_stranger_accepts_the_higher_award_and_rejects_the_lower_one(world: World) -> None:
    """Also beside a trust file from before, that still tells of the lower award."""
    world.fill(2)
    lower = awarded(world, "sample-lower")
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    assert judged(world, lower).verdict is Verdict.ACCEPTED
    before = TrustFacts(source="a file from before", spends=world.bank.trusting.export().spends)
    more(world, 1)
    upper = awarded(world, "sample-upper")
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    assert judged(world, upper).verdict is Verdict.ACCEPTED
    assert outcome(judged(world, upper, older=before), "award.spent") is Outcome.PASSED
    given_up = judged(world, lower)
    assert given_up.verdict is Verdict.REJECTED
    assert outcome(given_up, "award.spent") is Outcome.FAILED


def test_a_crash_between_withdrawing_and_listing_still_lists_the_withdrawal(world: World, monkeypatch) -> None:
    world.fill(2)
    lower = awarded(world, "sample-lower")
    record = weighed(world, "sample-small")
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.issuing), "refresh_status")
        with pytest.raises(Interrupted):
            world.bank.awarding.award("small", evaluation=record.id, by=world.university.id)
    assert withdrawn(world, lower)
    world.reopen().resume()
    with world.bank.store.transaction() as tx:
        listed = load_object(tx.find_document(world.bank.issuing.list_id(world.university)).content)
        index = tx.get_credential(lower.id).status_index
    assert StatusList.decode(listed["credentialSubject"]["encodedList"]).get(index)


def taken_back(world: World, award: AwardRecord, request: str = "v") -> Reversal:
    return world.bank.flagging.reverse(request, award=award.id, by=world.university.id, reason="in error")


def test_a_lower_award_that_is_being_taken_up_or_was_is_not_taken_back(world: World, monkeypatch) -> None:
    """Threat 40: nothing of it would come free, and the higher award would rest on what is no more."""
    world.fill(2)
    lower = awarded(world, "sample-lower")
    record = weighed(world, "sample-small")
    with monkeypatch.context() as patch:
        interrupt(patch, Redeeming, "spend")
        with pytest.raises(Interrupted):
            world.bank.awarding.award("small", evaluation=record.id, by=world.university.id)
    with pytest.raises(AwardGivenUp):
        taken_back(world, lower)
    world.reopen().resume()
    with pytest.raises(AwardGivenUp):
        taken_back(world, lower)
    assert world.bank.awarding.get(lower.id).state is AwardState.POSTED
    small = world.bank.awarding.award("small", evaluation=record.id, by=world.university.id)
    taken_back(world, small, "w")
    assert (available(world), on_chain(world, small), sound(world)) == (["4", "4"], {}, True)


def test_a_lower_award_that_is_being_taken_back_is_not_taken_up(world: World, monkeypatch) -> None:
    """Threat 40: of the two the one that was written down first is finished; the other holds nothing for ever."""
    world.fill(2)
    lower = awarded(world, "sample-lower")
    record = weighed(world, "sample-small")
    with monkeypatch.context() as patch:
        interrupt(patch, Redeeming, "reserve_in")
        with pytest.raises(Interrupted):
            world.bank.awarding.award("small", evaluation=record.id, by=world.university.id)
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.sender), "settle")
        with pytest.raises(Interrupted):
            taken_back(world, lower)
    with pytest.raises(CreditsAlreadyRedeemed, match="count no longer for"):
        world.bank.awarding.award("small", evaluation=record.id, by=world.university.id)
    world.reopen().resume()
    assert (available(world), reserved(world), on_chain(world, lower)) == (["4", "4"], ["0", "0"], {})
    assert (world.bank.awarding.get(lower.id).state, sound(world)) == (AwardState.REVERSED, True)
