"""Two accounts of one person become one, with everything in them, and no credit twice."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from holders import asked, copied, for_one, given, mark
from worlds import World

from creditbank.ledger import audit
from creditbank.services.grant_records import Grant
from creditbank.services.holder_records import DidOrigin, Occasion
from creditbank.services.holding import AccountMerged
from creditbank.services.merging import SameAccount, UnknownMergeCode
from creditbank.services.records import Accepts, IssuedCredential
from creditbank.services.rights import BADGES
from creditbank.services.standing_records import ApplicationState


@pytest.fixture(scope="module")
def shared(founded: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    opened = copied(founded, tmp_path_factory.mktemp("shared") / "bank")
    yield opened
    opened.bank.close()


@pytest.fixture
def world(shared: World) -> World:
    return for_one(shared)


def lots(world: World) -> set[str]:
    return {view.facts.credential for view in world.bank.sharing.account(world.learner.id).lots}


def test_one_account_takes_over_all_that_the_other_had(world: World) -> None:
    """Threat 39: a lot changes its account and is never in two."""
    other, bank = for_one(world), world.bank
    mine, theirs = given(world), given(other)
    bank.accepting.prefer(other.learner.id, Accepts.ASK)
    given(other, "u1")
    number = bank.enrolling.enrol(world.university.id, number=mark(other))
    bank.enrolling.claim(other.learner.id, bank.enrolling.code(number.id, by=world.university.id).code)
    code = bank.merging.code(other.learner.id)
    merged = bank.merging.merge(code.lower(), into=world.learner.id)
    assert bank.merging.merge(code, into=world.learner.id) == merged
    assert (lots(world), lots(other)) == ({mine.id, theirs.id}, set())
    ((offer, _),) = bank.accepting.offers(world.learner.id)
    bank.accepting.accept(offer.id, by=world.learner.id)
    assert len(lots(world)) == 3
    assert bank.enrolling.resolve(world.university.id, mark(other)) == world.learner.id
    identities = bank.holding.identities(world.learner.id)
    assert {(one.did.did, one.did.origin, one.held) for one in identities} == {
        (world.learner.did, DidOrigin.MADE, True),
        (other.learner.did, DidOrigin.MERGED, True),
    }
    bank.sharing.present(world.learner.id, [theirs.id], challenge="c", domain="d")
    bank.issuing.revoke(theirs.id, by=world.university.id, reason="a mistake")
    held = {view.lot.credential: view.lot for view in bank.sharing.account(world.learner.id).lots}
    assert (held[theirs.id].revoked, held[mine.id].revoked) == (True, False)
    with bank.store.transaction() as tx:
        everything, entries, heads = tx.journal()
    assert audit(everything, entries, heads=heads) == []


def test_what_programs_were_let_see_of_the_account_that_ended_ends(world: World) -> None:
    """A wallet was let into one account; it was never asked about what is in the other."""
    other, bank, now = for_one(world), world.bank, world.bank.clock.now()
    wallet, _ = bank.granting.register(label="A wallet", redirects=("https://wallet.example/",), scopes=BADGES)
    grants = {
        learner: Grant(str(uuid4()), wallet.id, learner, None, BADGES, now)
        for learner in (other.learner.id, world.learner.id)
    }
    with bank.store.transaction() as tx:
        for grant in grants.values():
            tx.add_grant(grant)
    bank.merging.merge(bank.merging.code(other.learner.id), into=world.learner.id)
    with bank.store.transaction() as tx:
        assert tx.get_grant(grants[other.learner.id].id).revoked is not None
        assert tx.get_grant(grants[world.learner.id].id).revoked is None


def test_only_who_acts_in_both_accounts_merges_them(world: World) -> None:
    """Threat 42: a wrong, a used and an outworn code, and one for something else, read alike."""
    other, third, bank = for_one(world), for_one(world), world.bank
    given(other)
    code = bank.merging.code(other.learner.id)
    with pytest.raises(SameAccount):
        bank.merging.merge(code, into=other.learner.id)
    bank.merging.merge(code, into=world.learner.id)
    elsewhere = bank.holding.challenge(third.learner.id, Occasion.BIND).nonce
    said = set()
    for wrong in (code, elsewhere, "00000-00000-00000-00000-00000-0", ""):
        with pytest.raises(UnknownMergeCode) as caught:
            bank.merging.merge(wrong, into=third.learner.id)
        said.add(str(caught.value))
    assert len(said) == 1
    assert (len(lots(world)), lots(third)) == (1, set())


def test_an_account_that_ended_takes_nothing_in(world: World) -> None:
    other, third, bank = for_one(world), for_one(world), world.bank
    first = given(other)
    bank.merging.merge(bank.merging.code(other.learner.id), into=world.learner.id)
    with pytest.raises(AccountMerged, match=world.learner.id):
        given(other, "u1")
    again = given(other)  # the same request as before the merger
    assert (again.id, again.learner) == (first.id, world.learner.id)
    with pytest.raises(AccountMerged):
        bank.merging.code(other.learner.id)
    with pytest.raises(AccountMerged):
        bank.depositing.deposit(f"{mark(other)}-late", learner=other.learner.id, signed=first.signed)
    with pytest.raises(AccountMerged):
        bank.enrolling.claim(other.learner.id, "any code")
    with pytest.raises(AccountMerged):
        bank.holding.renew(other.learner.id)
    with pytest.raises(AccountMerged):
        bank.merging.merge(bank.merging.code(third.learner.id), into=other.learner.id)
    bank.merging.merge(bank.merging.code(world.learner.id), into=third.learner.id)
    assert lots(third) == {first.id}
    bank.sharing.present(third.learner.id, [first.id], challenge="c", domain="d")


def test_what_was_begun_for_an_account_is_the_others_once_it_is_signed(world: World) -> None:
    """Threat 27: an intent before the merger, its signature after."""
    other, bank = for_one(world), world.bank
    wanted = asked(other)
    wanted.pop("number")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(bank.issuing), "_sign", lambda self, begun, beside: (_ for _ in ()).throw(RuntimeError))
        with pytest.raises(RuntimeError):
            bank.issuing.issue(f"{mark(other)}-begun", learner=other.learner.id, **wanted)
    bank.merging.merge(bank.merging.code(other.learner.id), into=world.learner.id)
    (issued,) = bank.issuing.resume()
    assert isinstance(issued, IssuedCredential)
    assert (lots(world), lots(other)) == ({issued.id}, set())


def test_two_open_applications_for_one_award_become_one(world: World) -> None:
    other, applying = for_one(world), world.bank.applying
    asked_for = {"organisation": world.university.id, "qualification": "urn:a-certificate"}
    stays, ends = (
        applying.submit(f"{mark(one)}-applied", learner=one.learner.id, **asked_for) for one in (world, other)
    )
    world.bank.merging.merge(world.bank.merging.code(other.learner.id), into=world.learner.id)
    found = {one.id: one.state for one in applying.of(world.learner.id)}
    assert found == {stays.id: ApplicationState.SUBMITTED, ends.id: ApplicationState.WITHDRAWN}
