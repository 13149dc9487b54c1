"""A learner who wants to be asked decides what enters the account, and decides once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from holders import copied, for_one, given
from worlds import World

from creditbank.errors import CreditBankError
from creditbank.ledger import LotState, audit
from creditbank.services.accepting import OfferAccepted, OfferDeclined, OfferLapsed
from creditbank.services.holder_records import Offer, OfferState
from creditbank.services.issuing import AlreadyRevoked, NotYourCredential
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import Accepts
from creditbank.services.sharing import LotView
from creditbank.services.suspending import CreditSuspended


@pytest.fixture(scope="module")
def shared(founded: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    opened = copied(founded, tmp_path_factory.mktemp("shared") / "bank")
    yield opened
    opened.bank.close()


@pytest.fixture
def world(shared: World) -> World:
    return for_one(shared)


@pytest.fixture
def asking(world: World) -> World:
    world.bank.accepting.prefer(world.learner.id, Accepts.ASK)
    return world


def offers(world: World) -> list[Offer]:
    return [one for one, _ in world.bank.accepting.offers(world.learner.id)]


def lots(world: World) -> tuple[LotView, ...]:
    return world.bank.sharing.account(world.learner.id).lots


def test_who_takes_credentials_at_once_is_not_asked(world: World) -> None:
    given(world)
    assert (len(lots(world)), offers(world)) == (1, [])


def test_an_offer_is_no_credit_before_it_is_accepted(asking: World) -> None:
    made = given(asking)
    (offer,) = offers(asking)
    assert (offer.credential, offer.state) == (made.id, OfferState.OFFERED)
    assert lots(asking) == ()
    accepted = asking.bank.accepting.accept(offer.id, by=asking.learner.id)
    assert accepted.state is OfferState.ACCEPTED
    assert asking.bank.accepting.accept(offer.id, by=asking.learner.id) == accepted
    (lot,) = lots(asking)
    (entry,) = asking.bank.sharing.account(asking.learner.id).entries
    assert (lot.lot.credential, entry.reason) == (made.id, f"accepted: {offer.id}")
    with pytest.raises(OfferAccepted):
        asking.bank.accepting.decline(offer.id, by=asking.learner.id)


def test_a_no_is_final_until_the_provider_offers_anew(asking: World) -> None:
    made = given(asking)
    (offer,) = offers(asking)
    with pytest.raises(NotYourCredential):
        asking.bank.accepting.offer_anew(made.id, by=asking.rival.id)
    assert asking.bank.accepting.offer_anew(made.id, by=asking.university.id) == offer, "it is open already"
    said = asking.bank.accepting.decline(offer.id, by=asking.learner.id, why=" not \n mine ")
    assert (said.state, said.why) == (OfferState.DECLINED, "not mine")
    heard = [(one.kind, one.document["offer"]) for one in asking.bank.noticing.told(f"learner:{asking.learner.id}")]
    assert heard == [("credential-offered", offer.id)]
    told = asking.bank.noticing.told(f"organisation:{asking.university.id}")[-1]
    assert (told.kind, told.document) == ("offer-declined", {"offer": offer.id, "credential": made.id})
    assert asking.bank.accepting.decline(offer.id, by=asking.learner.id, why="again") == said
    with pytest.raises(OfferDeclined):
        asking.bank.accepting.accept(offer.id, by=asking.learner.id)
    anew = asking.bank.accepting.offer_anew(made.id, by=asking.university.id)
    assert (anew.number, anew.state) == (2, OfferState.OFFERED)
    asking.bank.accepting.accept(anew.id, by=asking.learner.id)
    assert len(lots(asking)) == 1
    assert [one.state for one in offers(asking)] == [OfferState.ACCEPTED, OfferState.DECLINED]
    with pytest.raises(OfferAccepted):
        asking.bank.accepting.offer_anew(made.id, by=asking.university.id)


def test_another_learners_offer_is_unknown(asking: World) -> None:
    """Threat 42: and so it is to a body that did not make it."""
    given(asking)
    (offer,) = offers(asking)
    other = asking.bank.registering.register_learner(name="Another")
    for act in (
        lambda: asking.bank.accepting.accept(offer.id, by=other.id),
        lambda: asking.bank.accepting.decline(offer.id, by=other.id),
        lambda: asking.bank.accepting.get(offer.id, subject=asking.rival.id),
    ):
        with pytest.raises(UnknownRecord, match=f"There is no offer {offer.id}"):
            act()
    assert asking.bank.accepting.get(offer.id, subject=asking.university.id)[0] == offer
    assert offers(asking) == [offer]


def test_what_was_revoked_or_is_suspended_is_not_accepted(asking: World) -> None:
    """Threat 40: the same transaction that opens the lot looks at the status."""
    bad, paused = given(asking, "u0"), given(asking, "u1")
    second, first = offers(asking)
    asking.bank.issuing.revoke(bad.id, by=asking.university.id, reason="a mistake")
    with pytest.raises(OfferLapsed):
        asking.bank.accepting.accept(first.id, by=asking.learner.id)
    with pytest.raises(OfferLapsed):
        asking.bank.accepting.decline(first.id, by=asking.learner.id)
    with pytest.raises(AlreadyRevoked):
        asking.bank.accepting.offer_anew(bad.id, by=asking.university.id)
    asking.bank.suspending.suspend(paused.id, by=asking.university.id, reason="under review")
    with pytest.raises(CreditSuspended):
        asking.bank.accepting.accept(second.id, by=asking.learner.id)
    assert lots(asking) == ()
    asking.bank.suspending.reinstate(paused.id, by=asking.university.id, reason="found good")
    asking.bank.accepting.accept(second.id, by=asking.learner.id)
    assert len(lots(asking)) == 1


def test_a_correction_stands_where_the_credential_before_it_stood(asking: World) -> None:
    """Threat 39: offered, accepted or declined, and one lot at most."""
    university = asking.university.id
    open_one, taken, refused = (given(asking, f"u{number}") for number in range(3))
    third, second, _ = offers(asking)
    asking.bank.accepting.accept(second.id, by=asking.learner.id)
    asking.bank.accepting.decline(third.id, by=asking.learner.id, why="not mine")
    corrected = [
        asking.bank.issuing.reissue(one.id, by=university, reason="the grade", result="A")
        for one in (open_one, taken, refused)
    ]
    latest = {one.credential: one for one in offers(asking)}
    assert latest[open_one.id].state is OfferState.LAPSED
    assert latest[corrected[0].id].state is OfferState.OFFERED
    assert corrected[1].id not in latest
    assert (latest[corrected[2].id].state, latest[corrected[2].id].why) == (OfferState.DECLINED, "not mine")
    asking.bank.accepting.accept(latest[corrected[0].id].id, by=asking.learner.id)
    assert {view.facts.credential for view in lots(asking)} == {corrected[0].id, corrected[1].id}
    anew = asking.bank.accepting.offer_anew(corrected[2].id, by=university)
    asking.bank.accepting.accept(anew.id, by=asking.learner.id)
    assert len(lots(asking)) == 3
    with pytest.raises(OfferLapsed, match="corrected"):
        asking.bank.accepting.accept(latest[open_one.id].id, by=asking.learner.id)


@pytest.mark.parametrize("round", range(4))
def test_accept_against_revoke_is_one_story(asking: World, round: int) -> None:
    """Threat 40: a lot that is revoked, or no lot; never a lot in use of a credential that was taken back."""
    made = given(asking)
    (offer,) = offers(asking)

    def attempt(act: Callable[[], object]) -> str:
        try:
            act()
        except CreditBankError as refusal:
            return refusal.slug
        return ""

    acts: list[Callable[[], object]] = [
        lambda: asking.bank.accepting.accept(offer.id, by=asking.learner.id),
        lambda: asking.bank.issuing.revoke(made.id, by=asking.university.id, reason="a mistake"),
        lambda: asking.bank.accepting.accept(offer.id, by=asking.learner.id),
        lambda: asking.bank.accepting.decline(offer.id, by=asking.learner.id),
    ]
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(attempt, acts[round:] + acts[:round]))
    state = asking.bank.accepting.get(offer.id, subject=asking.learner.id)[0].state
    assert {view.lot.state for view in lots(asking)} == ({LotState.REVOKED} if state is OfferState.ACCEPTED else set())
    assert state is not OfferState.OFFERED
    assert set(told) <= {"", "offer-lapsed", "offer-accepted", "offer-declined"}
    with asking.bank.store.transaction() as tx:
        everything, entries, heads = tx.journal()
    assert audit(everything, entries, heads=heads) == []
