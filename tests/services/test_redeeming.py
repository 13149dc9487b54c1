"""Redemptions of several lots: all or none, one winner, the first answer for ever, and no crash that leaves a half."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from crashes import Interrupted, interrupt
from sqlalchemy import text, update
from worlds import World, owned

from creditbank.adapters.chain import EmbeddedChain
from creditbank.adapters.store.tables_ledger import redemptions
from creditbank.anchoring import issuer_id
from creditbank.bootstrap import open_bank
from creditbank.config import Settings
from creditbank.ledger import CreditsAlreadyRedeemed, EmptyEntry, LotRevoked, LotState, audit
from creditbank.services import calls, reads
from creditbank.services.bookkeeping import _redemption_faults
from creditbank.services.consenting import ConsentNeeded
from creditbank.services.counted import ELSEWHERE, RECOVERED, SAID, UNKNOWN, AwardNameTaken
from creditbank.services.ledger_records import RedemptionState
from creditbank.services.listing_ports import Page
from creditbank.services.ports import UnknownRecord
from creditbank.services.redeeming import NotAnAwarder, Redeeming, RedemptionReused, Spend, UnusableBundle, asked_of
from creditbank.services.registering import REGISTRAR
from creditbank.services.sending import Sender
from creditbank.services.spending import Spending
from creditbank.units import NONE, Credits

ONE, FOUR = Credits(1000), Credits(4000)


@pytest.fixture
def lots(world: World) -> list[str]:
    """Four lots of four credits, by id."""
    world.fill(4)
    return sorted(view.lot.id for view in world.bank.sharing.account(world.learner.id).lots)


def states_of(world: World) -> list[LotState]:
    lots = [view.lot for view in world.bank.sharing.account(world.learner.id).lots]
    return [lot.state for lot in sorted(lots, key=lambda lot: lot.id)]


def on_chain(world: World, lot: str, award: str) -> Credits:
    by = issuer_id(world.rival.did)
    return reads.spent_for(world.bank.chain, bytes.fromhex(lot[2:]), by, calls.award_id(award))


def sound(world: World) -> bool:
    with world.bank.store.transaction() as tx:
        lots, entries, heads = tx.journal()
    return audit(lots, entries, heads=heads) == []


def test_of_a_bundle_all_count_or_none_does(world, lots):
    """Threat 36."""
    redeem, by = world.bank.redeeming.redeem_together, world.rival.id
    first = redeem("1", uses=[Spend(lots[2], ONE), Spend(lots[0], FOUR)], award="a", by=by)
    assert [use.lot for use in first.uses] == [lots[0], lots[2]]
    assert all(use.transaction for use in first.uses)
    with pytest.raises(CreditsAlreadyRedeemed) as refused:
        redeem("2", uses=[Spend(lots[3], ONE), Spend(lots[2], FOUR), Spend(lots[1], ONE)], award="b", by=by)
    assert (refused.value.lot, refused.value.free, refused.value.award) == (lots[2], Credits(3000), "a")
    assert states_of(world) == [LotState.REDEEMED, *[LotState.AVAILABLE] * 3]
    assert [on_chain(world, lot, "b") for lot in lots] == [NONE] * 4
    assert sound(world)


def test_the_award_that_has_them_is_named_to_its_own_body_alone(world, lots):
    """Threat 42: whose award it is that another body made is nobody else's business."""
    world.bank.redeeming.redeem("1", lot=lots[0], amount=FOUR, award="a", by=world.rival.id)
    with pytest.raises(CreditsAlreadyRedeemed) as refused:
        world.bank.redeeming.redeem("2", lot=lots[0], amount=ONE, award="b", by=world.university.id)
    assert (refused.value.free, refused.value.award) == (NONE, "")
    assert "another award" in str(refused.value)


@pytest.mark.parametrize("crash", [False, True])
def test_a_no_stays_a_no_whatever_becomes_free(world, lots, crash):
    """Threat 38: the same words, also after a restart."""
    redeeming, by = world.bank.redeeming, world.rival.id
    redeeming.redeem("1", lot=lots[0], amount=FOUR, award="a", by=by)
    asked = {"uses": [Spend(lots[1], ONE), Spend(lots[0], ONE)], "award": "b", "by": by}
    with pytest.raises(CreditsAlreadyRedeemed) as first:
        redeeming.redeem_together("2", **asked)
    redeeming = world.reopen().redeeming if crash else redeeming
    for _ in range(2):
        with pytest.raises(CreditsAlreadyRedeemed) as again:
            redeeming.redeem_together("2", **asked)
        assert (str(again.value), again.value.free) == (str(first.value), first.value.free)
    with pytest.raises(RedemptionReused):
        redeeming.redeem("2", lot=lots[1], amount=ONE, award="b", by=by)
    assert redeeming.get("2", by=by).state is RedemptionState.REFUSED
    assert redeeming.redeem("3", lot=lots[1], amount=ONE, award="b", by=by).transaction


def test_a_revoked_credit_is_refused_for_ever_under_the_same_id(world):
    (issued,) = world.fill(1)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    world.bank.issuing.revoke(issued.id, by=world.university.id, reason="issued by mistake")
    words = set()
    for _ in range(2):
        with pytest.raises(LotRevoked) as refused:
            world.bank.redeeming.redeem("r", lot=view.lot.id, amount=ONE, award="a", by=world.rival.id)
        words.add(str(refused.value))
    assert len(words) == 1


def test_a_bundle_names_each_lot_once_and_something_of_each(world, lots):
    """Threat 36."""
    redeem, by = world.bank.redeeming.redeem_together, world.rival.id
    for uses in ([], [Spend(lots[0], ONE)] * 2, [Spend(f"0x{number:064x}", ONE) for number in range(201)]):
        with pytest.raises(UnusableBundle):
            redeem("r", uses=uses, award="a", by=by)
    with pytest.raises(EmptyEntry):
        redeem("r", uses=[Spend(lots[0], NONE)], award="a", by=by)
    with pytest.raises(UnknownRecord):
        redeem("r", uses=[Spend(lots[0], ONE), Spend("0x" + "00" * 32, ONE)], award="a", by=by)
    other = world.bank.registering.register_learner(name="Another sample learner")
    with world.bank.store.transaction() as tx:
        tx.transfer(*transferred(tx, lots[1], other.id))
    with pytest.raises(UnusableBundle, match="one learner"):
        redeem("r", uses=[Spend(lots[0], ONE), Spend(lots[1], ONE)], award="a", by=by)
    assert states_of(world) == [LotState.AVAILABLE] * 3


def transferred(tx, lot, to):
    from datetime import UTC, datetime

    from creditbank.ledger import transfer

    return transfer(tx.get_lot(lot), to, request="t", at=datetime(2026, 3, 2, tzinfo=UTC), reason="one person")


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Spending, "_ended"),
        (EmbeddedChain, "build"),
        (EmbeddedChain, "send"),
        (Sender, "settle"),
        (Spending, "_decided"),
        (Redeeming, "post_in"),
    ],
)
def test_a_crash_at_any_step_is_finished_without_anybody_asking_again(world, lots, owner, name, monkeypatch):
    """Threat 27: what was reserved is spent and posted by whoever comes next, once."""
    asked = {"uses": [Spend(lot, ONE) for lot in lots[:2]], "award": "a", "by": world.rival.id}
    with monkeypatch.context() as patch:
        interrupt(patch, owner, name)
        with pytest.raises(Interrupted):
            world.bank.redeeming.redeem_together("r", **asked)
    bank = world.reopen()
    bank.resume()
    assert bank.redeeming.get("r", by=world.rival.id).state is RedemptionState.POSTED
    assert [on_chain(world, lot, "a") for lot in lots] == [ONE, ONE, NONE, NONE]
    assert bank.redeeming.redeem_together("r", **asked).state is RedemptionState.POSTED
    assert sound(world)


def test_a_crash_while_giving_back_goes_on_giving_back(world, lots, monkeypatch):
    """The chain refuses the second lot; the first is released there and here, whenever the process dies."""
    elsewhere = calls.spend(bytes.fromhex(lots[1][2:]), 4000, 4000, calls.award_id("urn:uuid:another-banks"))
    world.bank.sender.settle("elsewhere", world.university.id, elsewhere, final=True)
    asked = {"uses": [Spend(lot, ONE) for lot in lots[:2]], "award": "a", "by": world.rival.id}
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.redeeming), "undo")
        with pytest.raises(Interrupted):
            world.bank.redeeming.redeem_together("r", **asked)
    bank = world.reopen()
    bank.resume()
    with pytest.raises(CreditsAlreadyRedeemed) as refused:
        bank.redeeming.redeem_together("r", **asked)
    assert (refused.value.lot, refused.value.free) == (lots[1], NONE)
    assert on_chain(world, lots[0], "a") == NONE
    assert states_of(world) == [LotState.AVAILABLE] * 4
    assert sound(world)


def test_bundles_that_overlap_have_winners_without_a_lot_in_common(world, lots):
    """Threats 35 and 36, two universities at once: every loser is told which lot, and nothing is partly spent."""
    bundles, lost = [lots[:2], lots[1:3], lots[2:], [lots[3], lots[0]]], []

    def redeem(number: int) -> list[str]:
        by = world.rival.id if number % 2 else world.university.id
        try:
            uses = [Spend(lot, FOUR) for lot in reversed(bundles[number % 4])]
            world.bank.redeeming.redeem_together(f"r{number}", uses=uses, award=f"urn:uuid:{number}", by=by)
        except CreditsAlreadyRedeemed as refused:
            lost.append(refused.lot in bundles[number % 4])
            return []
        return bundles[number % 4]

    with ThreadPoolExecutor(8) as pool:
        taken = [lot for won in pool.map(redeem, range(8)) for lot in won]
    assert taken
    assert all(lost)
    assert len(set(taken)) == len(taken)
    assert [state is LotState.REDEEMED for state in states_of(world)] == [lot in taken for lot in lots]
    assert sound(world)


@pytest.mark.parametrize("name", [UNKNOWN, f"{ELSEWHERE}a", f"{SAID}a", RECOVERED])
def test_no_award_has_a_name_under_which_the_ledger_keeps_what_counts_elsewhere(world, lots, name):
    """What is held so comes free once the chain has answered: the chain would count it, and the ledger not."""
    bank, by = world.bank, world.rival.id
    bank.redeeming.redeem("seen", lot=lots[0], amount=ONE, award="a", by=by)  # from here on by one look
    until = bank.clock.now() + timedelta(days=1)
    with pytest.raises(AwardNameTaken):
        bank.redeeming.redeem("r", lot=lots[1], amount=FOUR, award=name, by=by)
    with pytest.raises(AwardNameTaken):
        bank.reserving.reserve("h", lot=lots[1], amount=FOUR, award=name, until=until, by=by)
    assert (bank.depositing.ask_again(), on_chain(world, lots[1], name)) == (0, NONE)
    assert bank.redeeming.redeem("r", lot=lots[1], amount=FOUR, award="a", by=by).counts


def test_another_bodys_redemption_is_not_told_from_one_that_there_is_not(world, lots):
    """Threat 42."""
    world.bank.redeeming.redeem("r", lot=lots[0], amount=ONE, award="a", by=world.rival.id)
    for name in ("r", "s"):
        with pytest.raises(UnknownRecord):
            world.bank.redeeming.get(name, by=world.university.id)


def test_nobody_spends_or_holds_what_is_somebodys_without_their_consent(world, lots):
    """Threat 42: whoever saw a credential can name its lot, and that alone lets no university use it."""
    owned(world.bank, world.learner.id)
    redeem, reserve, by = world.bank.redeeming.redeem, world.bank.reserving.reserve, world.rival.id
    until = world.bank.clock.now() + timedelta(days=1)
    with pytest.raises(ConsentNeeded):
        redeem("1", lot=lots[0], amount=ONE, award="a", by=by)
    with pytest.raises(ConsentNeeded):
        reserve("r1", lot=lots[0], amount=ONE, award="a", until=until, by=by)
    assert states_of(world) == [LotState.AVAILABLE] * 4
    given = world.bank.shares.consent("c", learner=world.learner.id, organisation=by, purpose="A degree")
    assert redeem("1", lot=lots[0], amount=ONE, award="a", by=by).uses
    assert reserve("r1", lot=lots[1], amount=ONE, award="a", until=until, by=by).amount == ONE
    with pytest.raises(ConsentNeeded):
        redeem("2", lot=lots[2], amount=ONE, award="b", by=world.university.id)
    world.bank.shares.take_back(given.id, learner=world.learner.id)
    with pytest.raises(ConsentNeeded):
        redeem("3", lot=lots[2], amount=ONE, award="a", by=by)
    assert redeem("1", lot=lots[0], amount=ONE, award="a", by=by).uses, "the first answer stays"
    assert sound(world)


def test_a_body_withdrawn_on_the_chain_between_hold_and_spend_holds_nothing_for_ever(world, lots, monkeypatch):
    """Threats 27 and 38: its no is kept, all comes free, and once it is admitted again it asks anew."""
    redeem, by = world.bank.redeeming.redeem_together, world.rival.id
    asked = {"uses": [Spend(lot, ONE) for lot in lots[:2]], "award": "a", "by": by}
    settle, account, did = world.bank.sender.settle, world.rival.account, issuer_id(world.rival.did)
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.redeeming), "spend")
        with pytest.raises(Interrupted):
            redeem("1", **asked)
    settle("withdraw", REGISTRAR, calls.withdraw_awarder(account), final=True)
    words = set()
    for _ in range(2):
        with pytest.raises(NotAnAwarder, match="no longer admitted") as refused:
            redeem("1", **asked)
        words.add(str(refused.value))
    assert len(words) == 1
    assert states_of(world) == [LotState.AVAILABLE] * 4
    settle("admit", REGISTRAR, calls.admit_awarder(account, did), final=True)
    with pytest.raises(NotAnAwarder):
        redeem("1", **asked)
    assert redeem("2", **asked).state is RedemptionState.POSTED
    assert sound(world)


def test_a_bundle_that_the_chain_refused_leaves_its_other_lots_to_the_award(world, lots):
    """Threat 36: what was given back is as if it had never been asked for."""
    elsewhere = calls.spend(bytes.fromhex(lots[1][2:]), 4000, 4000, calls.award_id("urn:uuid:another-banks"))
    world.bank.sender.settle("elsewhere", world.university.id, elsewhere, final=True)
    redeem, by = world.bank.redeeming.redeem_together, world.rival.id
    with pytest.raises(CreditsAlreadyRedeemed):
        redeem("1", uses=[Spend(lot, ONE) for lot in lots[:2]], award="a", by=by)
    assert redeem("2", uses=[Spend(lots[0], ONE)], award="a", by=by).state is RedemptionState.POSTED
    with pytest.raises(RedemptionReused):
        redeem("3", uses=[Spend(lots[0], ONE)], award="a", by=by)
    assert on_chain(world, lots[0], "a") == ONE
    assert sound(world)


def test_no_body_keeps_another_from_a_name_for_its_own_award(world, lots):
    """Threats 35 and 42: a name is each body's own, here as on the chain."""
    for by in (world.rival.id, world.university.id):
        world.bank.redeeming.redeem(f"r-{by}", lot=lots[0], amount=ONE, award="a", by=by)
        with pytest.raises(RedemptionReused):
            world.bank.redeeming.redeem(f"s-{by}", lot=lots[0], amount=ONE, award="a", by=by)
    assert world.bank.bookkeeping.audit().faults == ()


def test_a_body_reads_its_own_redemptions_newest_first_a_page_at_a_time(world, lots):
    """Threat 42: another body's are not among them."""
    for number, by in enumerate([world.rival.id, world.university.id, world.rival.id, world.rival.id]):
        world.bank.redeeming.redeem(f"r{number}", lot=lots[number], amount=ONE, award="a", by=by)
    with world.bank.store.transaction() as tx:
        first = tx.list_redemptions(Page(2), world.rival.id)
        rest = tx.list_redemptions(Page(2, before=first[-1][0]), world.rival.id)
        assert tx.list_redemptions(Page(2, before=rest[-1][0]), world.rival.id) == []
    assert [[one.request for _, one in page] for page in (first, rest)] == [["r3", "r2"], ["r0"]]
    assert first[0][1] == world.bank.redeeming.get("r3", by=world.rival.id)


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE redemptions SET award = 'b' WHERE request = '1'",
        "UPDATE redemptions SET organisation = (SELECT id FROM organisations WHERE id <> organisation LIMIT 1)",
        "UPDATE redemptions SET state = 'reversed', award = 'b' WHERE request = '1'",
        "UPDATE redemptions SET state = 'reserved' WHERE request = '1'",
        "UPDATE redemptions SET state = 'reversed' WHERE request = '1'",
        "UPDATE redemptions SET state = 'reversed' WHERE request = '1'; UPDATE redemption_uses SET live = false",
        "UPDATE redemptions SET refusal = NULL, state = 'posted' WHERE request = '2'",
        "UPDATE redemption_uses SET amount = 500 WHERE redemption = '1' AND position = 0",
        "UPDATE redemption_uses SET award = 'b' WHERE redemption = '1'",
        "DELETE FROM redemption_uses WHERE redemption = '1' AND position = 1",
        "DELETE FROM redemption_uses WHERE redemption = '1'; DELETE FROM redemptions WHERE request = '1'",
    ],
)
def test_the_audit_finds_a_redemption_edited_by_hand(redeemed_once, edit):
    """Threat 65."""
    found = []

    def edited(tx):
        for statement in edit.split("; "):
            tx._connection.execute(text(statement))
        found.extend(_redemption_faults(tx))
        raise Interrupted("nothing of it stays")

    with pytest.raises(Interrupted), redeemed_once.bank.store.transaction() as tx:
        edited(tx)
    assert {fault.slug for fault in found} & {"redemption-edited", "redemption-gone", "reversal-edited"}


def test_the_audit_finds_a_redemption_given_to_another_body_with_all_that_was_asked(redeemed_once):
    """Threat 65: what was asked stands in the entries that reserved, and so in their hashes."""
    bank, found = redeemed_once.bank, []

    def edited(tx):
        redemption = tx.find_redemption("1")
        other = replace(redemption, organisation=redeemed_once.university.id)
        changed = update(redemptions).where(redemptions.c.request == "1")
        tx._connection.execute(changed.values(organisation=other.organisation, asked=asked_of(other)))
        found.extend(_redemption_faults(tx))
        raise Interrupted("nothing of it stays")

    with pytest.raises(Interrupted), bank.store.transaction() as tx:
        edited(tx)
    assert {fault.slug for fault in found} == {"redemption-edited"}


def test_the_audit_finds_an_award_that_says_it_stands_after_it_was_taken_back(world, lots):
    """Threat 65; and one that was taken back by the rules is no finding."""
    by = world.rival.id
    world.bank.redeeming.redeem("1", lot=lots[0], amount=ONE, award="a", by=by)
    world.bank.flagging.reverse("v", award="a", by=by, reason="in error")
    assert world.bank.bookkeeping.audit().faults == ()
    with world.bank.store.transaction() as tx:
        tx._connection.execute(text("UPDATE redemptions SET state = 'posted'"))
        assert "reversal-edited" in {fault.slug for fault in _redemption_faults(tx)}


@pytest.fixture(scope="module")
def redeemed_once(founded, tmp_path_factory):
    """A bundle that counts, one refused at once, one refused by the chain; the audit finds nothing."""
    home = tmp_path_factory.mktemp("redeemed") / "bank"
    shutil.copytree(founded.home, home)
    world = World(open_bank(Settings.load({}, home)), home, founded.university, founded.rival, founded.learner)
    world.fill(4)
    names = sorted(view.lot.id for view in world.bank.sharing.account(world.learner.id).lots)
    redeem, by = world.bank.redeeming.redeem_together, world.rival.id
    redeem("1", uses=[Spend(lot, FOUR) for lot in names[:2]], award="a", by=by)
    elsewhere = calls.spend(bytes.fromhex(names[3][2:]), 4000, 4000, calls.award_id("urn:uuid:another-banks"))
    world.bank.sender.settle("elsewhere", world.university.id, elsewhere, final=True)
    for request, lots in (("2", names[1:3]), ("3", names[2:])):
        with pytest.raises(CreditsAlreadyRedeemed):
            redeem(request, uses=[Spend(lot, ONE) for lot in lots], award=f"a{request}", by=by)
    assert world.bank.bookkeeping.audit().faults == ()
    yield world
    world.bank.close()
