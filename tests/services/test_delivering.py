"""Delivered credentials: signed outside the bank, believed in nothing, kept byte for byte."""

import json
from datetime import date, timedelta

import pytest
from crashes import Interrupted, interrupt
from worlds import unit

from creditbank.adapters.store.transaction import SqlTransaction
from creditbank.canonical import load_object, pretty_json
from creditbank.credential import NotAUnit, StatusEntry, StatusList, UnknownScale, build_credential, build_status_list
from creditbank.ledger import LotAlreadyOpen, LotChanged, LotState
from creditbank.services.accrediting import NotAccredited
from creditbank.services.delivering import (
    CredentialIdTaken,
    Delivering,
    DeliveryRefused,
    NotAsPublished,
    NotTheirsToDeliver,
    StatusNotKept,
    TokenNotTaken,
    UnusableCredentialId,
)
from creditbank.services.drafting import AchievementWithdrawn, NotAProvider
from creditbank.services.issuing import (
    EarnedInFuture,
    KeyNoLongerSigns,
    StatusListElsewhere,
    issuer_profile,
)
from creditbank.services.looking_again import TRIES
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import PublicDocument
from creditbank.signing import PrivateKey, add_proof
from creditbank.verification import Secured

OWN = PrivateKey.from_seed(b"\x05" * 32)
THIEF = PrivateKey.from_seed(b"\x06" * 32)
EARNED = date(2025, 6, 2)
LIST = "https://lists.u.sample.example/revoked/1"
ID = "urn:uuid:7f1c1d3e-0b5a-4c8e-9d2f-5a6b7c8d9e0f"


@pytest.fixture
def taught(world):
    """A university that offers a unit and keeps a key of its own."""
    world.publish(unit("a"))
    challenge = world.bank.keys.challenge(world.university.id, OWN.public.multikey)
    world.bank.keys.register_own(
        world.university.id, OWN.public.multikey, challenge=challenge, signature=OWN.sign(challenge)
    )
    return world


def prepared(world, request="r"):
    wanted = {"achievement": unit("a").id, "version": unit("a").version, "earned": EARNED}
    return world.bank.delivering.prepare(
        request, organisation=world.university.id, learner=world.learner.id, **wanted
    ).unsigned


def made(world, **change):
    """A whole credential of the provider's own, with a place in its own status list."""
    facts = {
        "id": ID,
        "issuer": issuer_profile(world.university),
        "subject": world.learner.did,
        "earned": EARNED,
        "valid_from": world.bank.clock.now(),
        "status": StatusEntry(LIST, 7),
    }
    return build_credential(unit("a"), **{**facts, **change})


def signed(world, document, key=OWN, created=None, did=None, purpose="assertionMethod", suite="eddsa-rdfc-2022"):
    secured = add_proof(
        document,
        suite=suite,
        verification_method=f"{did or world.university.did}#{key.public.multikey}",
        created=created or world.bank.clock.now(),
        purpose=purpose,
        sign=key.sign,
        contexts=world.bank.contexts,
    )
    return pretty_json(secured)


def deliver(world, content, organisation=None):
    return world.bank.delivering.deliver(content, organisation=organisation or world.university.id)


def nothing_kept(world):
    account = world.bank.sharing.account(world.learner.id)
    with world.bank.store.transaction() as tx:
        return not account.lots and not tx.credentials_of(world.learner.id) and not tx.unbatched_leaves(10)


def anchor(world):
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()


def test_a_prepared_credential_that_the_provider_signs_is_kept_byte_for_byte_and_accepted(taught):
    content = signed(taught, prepared(taught))
    issued = deliver(taught, content)
    assert issued.signed == content
    (view,) = taught.bank.sharing.account(taught.learner.id).lots
    assert (view.lot.state, view.lot.credential, str(view.lot.amount)) == (LotState.AVAILABLE, issued.id, "4 in-ncrf")
    anchor(taught)
    (report,) = taught.bank.verifying.verify([content])
    assert report.verdict == "accepted"
    with taught.bank.store.transaction() as tx:
        assert tx.find_receipt(issued.id).final
    assert taught.bank.issuing.resume() == []


def test_preparing_twice_gives_the_same_and_delivering_twice_the_first_answer(taught):
    assert prepared(taught) == prepared(taught)
    content = signed(taught, prepared(taught))
    first = deliver(taught, content)
    assert deliver(taught, content) == first
    assert len(taught.bank.sharing.account(taught.learner.id).lots) == 1


def test_what_is_prepared_is_never_signed_by_the_bank(taught):
    prepared(taught)
    assert taught.bank.issuing.resume() == []
    assert nothing_kept(taught)


def test_a_prepared_credential_is_revoked_in_the_banks_list(taught):
    content = signed(taught, prepared(taught))
    issued = deliver(taught, content)
    anchor(taught)
    taught.bank.issuing.revoke(issued.id, by=taught.university.id, reason="a mistake")
    (report,) = taught.bank.verifying.verify([content])
    assert report.check("status.revocation").outcome == "failed"


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_provider_may_make_the_whole_credential_with_a_list_of_its_own(taught, suite):
    content = signed(taught, made(taught), suite=suite)
    issued = deliver(taught, content)
    assert (issued.signed, issued.status_list, issued.status_index) == (content, LIST, 7)
    anchor(taught)
    taught.bank.delivering.deliver_status(status_list(taught, []), organisation=taught.university.id)
    (report,) = taught.bank.verifying.verify([content])
    assert report.verdict == "accepted"


def status_list(world, revoked, *, key=OWN, id=LIST, issuer=None, since=None):
    since = since or world.bank.clock.now().replace(microsecond=0)
    unsigned = build_status_list(
        id=id,
        issuer=issuer or world.university.did,
        purpose="revocation",
        status_list=StatusList.empty().with_set(revoked),
        valid_from=since,
        valid_until=since + timedelta(hours=1),
    )
    return signed(world, unsigned, key, did=issuer)


def test_what_the_providers_own_list_revokes_can_no_longer_be_used(taught):
    content = signed(taught, made(taught))
    issued = deliver(taught, content)
    anchor(taught)
    taught.bank.delivering.deliver_status(status_list(taught, []), organisation=taught.university.id)
    with pytest.raises(StatusListElsewhere) as refusal:
        taught.bank.issuing.revoke(issued.id, by=taught.university.id, reason="a mistake")
    assert "deliver LIST" in refusal.value.next_step
    for _ in range(2):
        taught.bank.delivering.deliver_status(status_list(taught, [7]), organisation=taught.university.id)
    (view,) = taught.bank.sharing.account(taught.learner.id).lots
    assert view.lot.state is LotState.REVOKED
    (report,) = taught.bank.verifying.verify([content])
    assert report.check("status.revocation").outcome == "failed"
    with taught.bank.store.transaction() as tx:  # the bank's own list has no bit of another list
        assert tx.revoked_indices(taught.bank.issuing.list_id(taught.university)) == frozenset()


def test_a_list_that_arrives_while_a_lot_moves_is_taken_in_at_the_next_look(taught, monkeypatch):
    """Threat 40: nothing of the list is kept before, and nobody is told to come back for what comes right by itself."""
    deliver(taught, signed(taught, made(taught)))
    post, looks, content = SqlTransaction.post, [], status_list(taught, [7])

    def moved(tx, entry):
        looks.append(entry.kind)
        if len(looks) <= moves:
            raise LotChanged("Lot changed hands meanwhile.")
        post(tx, entry)

    monkeypatch.setattr(SqlTransaction, "post", moved)
    moves = TRIES
    with pytest.raises(LotChanged):
        taught.bank.delivering.deliver_status(content, organisation=taught.university.id)
    with taught.bank.store.transaction() as tx:
        assert tx.find_document(LIST) is None
        assert tx.revoked_indices(LIST) == frozenset()
    assert len(looks) == TRIES
    looks.clear()
    moves = TRIES - 1
    taught.bank.delivering.deliver_status(content, organisation=taught.university.id)
    (view,) = taught.bank.sharing.account(taught.learner.id).lots
    assert view.lot.state is LotState.REVOKED


def test_what_arrives_while_its_account_changes_hands_is_the_other_accounts(taught, monkeypatch):
    """Threat 40: merged after the look and before the act, a credential and a list alike."""
    bank, people = taught.bank, [taught.learner]
    people += [bank.registering.register_learner(name="A sample learner", sample=True) for _ in range(2)]
    check = Delivering._require_signature

    def slowly(*asked):
        check(*asked)
        source, into = (one.id for one in people[:2])
        bank.merging.merge(bank.merging.code(source), into=into)
        people.pop(0)

    monkeypatch.setattr(Delivering, "_require_signature", slowly)
    issued = deliver(taught, signed(taught, made(taught)))
    (view,) = bank.sharing.account(people[0].id).lots
    assert (view.lot.credential, view.lot.state) == (issued.id, LotState.AVAILABLE)
    bank.delivering.deliver_status(status_list(taught, [7]), organisation=taught.university.id)
    (view,) = bank.sharing.account(people[0].id).lots
    assert (view.lot.credential, view.lot.state) == (issued.id, LotState.REVOKED)
    assert bank.sharing.account(taught.learner.id).lots == ()
    assert [one.slug for one in bank.bookkeeping.audit().faults] == []


def test_a_status_list_that_is_not_theirs_not_named_old_or_badly_signed_is_not_kept(taught):
    deliver(taught, signed(taught, made(taught)))
    take, own, now = taught.bank.delivering.deliver_status, taught.university.id, taught.bank.clock.now()
    take(status_list(taught, [7]), organisation=own)
    with pytest.raises(StatusNotKept, match="is here already"):
        take(status_list(taught, [], since=now - timedelta(minutes=10)), organisation=own)
    with pytest.raises(DeliveryRefused, match=r"dates\.signed"):
        take(status_list(taught, [], since=now + timedelta(hours=2)), organisation=own)
    with pytest.raises(StatusNotKept, match="No credential"):
        take(status_list(taught, [], id="https://lists.u.sample.example/other"), organisation=own)
    with pytest.raises(StatusNotKept, match="No credential"):
        take(status_list(taught, [], id=taught.bank.issuing.list_id(taught.university)), organisation=own)
    with pytest.raises(NotTheirsToDeliver):
        take(status_list(taught, [], issuer=taught.rival.did), organisation=own)
    with pytest.raises(DeliveryRefused, match=r"proof\.purpose"):
        take(status_list(taught, [], key=THIEF), organisation=own)
    forged = load_object(status_list(taught, []))
    forged["credentialSubject"]["encodedList"] = load_object(status_list(taught, [8]))["credentialSubject"][
        "encodedList"
    ]
    with pytest.raises(DeliveryRefused, match=r"proof\.signature"):
        take(pretty_json(forged), organisation=own)


def test_nobody_takes_the_place_of_another_bodys_list(taught):
    """Else whoever delivers last decides whether the credentials of the other can be looked up at all."""
    deliver(taught, signed(taught, made(taught)))
    theirs = status_list(taught, [], key=THIEF, issuer=taught.rival.did)
    kept = PublicDocument(LIST, "status-list", "application/vc", theirs, taught.bank.clock.now())
    with taught.bank.store.transaction() as tx:
        assert tx.replace_document(kept, before=None)
    with pytest.raises(NotTheirsToDeliver, match="another body's"):
        taught.bank.delivering.deliver_status(status_list(taught, []), organisation=taught.university.id)
    with pytest.raises(NotTheirsToDeliver, match="another body's"):
        deliver(taught, signed(taught, made(taught, id=ID.replace("7f1c", "7f1d"))))


# -- what is refused


def altered(content, change):
    document = load_object(content)
    change(document)
    return pretty_json(document)


def test_a_delivery_in_another_bodys_name_is_refused(taught):
    with pytest.raises(CredentialIdTaken):  # prepared for somebody else, and no more is said
        deliver(taught, signed(taught, prepared(taught)), taught.rival.id)
    with pytest.raises(NotTheirsToDeliver) as refusal:
        deliver(taught, signed(taught, made(taught)), taught.rival.id)
    assert refusal.value.next_step
    foreign = signed(taught, made(taught, issuer=issuer_profile(taught.rival)), did=taught.rival.did)
    with pytest.raises(NotTheirsToDeliver):
        deliver(taught, foreign)
    assert nothing_kept(taught)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"key": THIEF}, "proof.purpose"),
        ({"purpose": "authentication"}, "proof.purpose"),
        ({"did": "did:web:other.sample.example"}, "proof.purpose"),
    ],
)
def test_a_signature_by_no_registered_key_is_refused(taught, change, check):
    with pytest.raises(DeliveryRefused) as refusal:
        deliver(taught, signed(taught, prepared(taught), **change))
    assert refusal.value.check == check
    assert refusal.value.next_step
    assert nothing_kept(taught)


def test_a_credential_altered_after_signing_or_without_a_proof_is_refused(taught):
    def rename(document):
        document["issuer"]["name"] = "Another name"

    with pytest.raises(DeliveryRefused, match=r"proof\.signature"):
        deliver(taught, altered(signed(taught, made(taught)), rename))
    with pytest.raises(DeliveryRefused, match=r"proof\.present"):
        deliver(taught, pretty_json(prepared(taught)))
    earlier = taught.bank.clock.now() - timedelta(seconds=5)
    both = load_object(signed(taught, load_object(signed(taught, made(taught), created=earlier))))
    both["proof"][0]["proofValue"] = both["proof"][1]["proofValue"]
    with pytest.raises(DeliveryRefused, match=r"proof\.signature"):
        deliver(taught, pretty_json(both))
    assert nothing_kept(taught)


@pytest.mark.parametrize("hours", [-48, 1])
def test_a_proof_dated_before_its_key_or_in_the_future_is_refused(taught, hours):
    created = taught.bank.clock.now() + timedelta(hours=hours)
    with pytest.raises(DeliveryRefused) as refusal:
        deliver(taught, signed(taught, prepared(taught), created=created))
    assert refusal.value.check == "dates.signed"
    assert nothing_kept(taught)


def test_a_retired_or_revoked_key_delivers_nothing(taught):
    content = signed(taught, prepared(taught))
    taught.bank.keys.retire(taught.university.id, OWN.public.multikey)
    with pytest.raises(KeyNoLongerSigns, match="it is retired"):
        deliver(taught, content)
    taught.bank.keys.revoke(taught.university.id, OWN.public.multikey)
    with pytest.raises((KeyNoLongerSigns, DeliveryRefused)):
        deliver(taught, content)
    assert nothing_kept(taught)


def _other_criteria(document):
    document["credentialSubject"]["achievement"]["criteria"]["narrative"] = "Be there."


def _other_name(document):
    document["credentialSubject"]["achievement"]["name"] = "Another unit"


def _other_level(document):
    document["credentialSubject"]["achievement"].pop("alignment", None)


@pytest.mark.parametrize("change", [_other_criteria, _other_name, _other_level])
@pytest.mark.parametrize("whole", [True, False])
def test_a_unit_that_is_not_as_published_is_refused(taught, change, whole):
    document = made(taught) if whole else prepared(taught)
    change(document)
    with pytest.raises(NotAsPublished, match="/credentialSubject/achievement") as refusal:
        deliver(taught, signed(taught, document))
    assert refusal.value.next_step
    assert nothing_kept(taught)


def test_what_was_prepared_is_signed_exactly(taught):
    for change in ({"awardedDate": "2025-06-01T00:00:00Z"}, {"validFrom": "2020-01-01T00:00:00Z"}):
        with pytest.raises(NotAsPublished, match=next(iter(change))):
            deliver(taught, signed(taught, {**prepared(taught), **change}))
    other = taught.bank.registering.register_learner(name="Another sample learner", sample=True)
    document = prepared(taught)
    document["credentialSubject"]["id"] = other.did
    with pytest.raises(NotAsPublished, match="/credentialSubject/id"):
        deliver(taught, signed(taught, document))
    assert nothing_kept(taught)


def test_an_unknown_learner_achievement_or_body_is_refused(taught):
    nobody = f"did:key:{THIEF.public.multikey}"
    with pytest.raises(UnknownRecord, match="No learner"):
        deliver(taught, signed(taught, made(taught, subject=nobody)))
    with pytest.raises(UnknownRecord):
        deliver(taught, signed(taught, made(taught)), "urn:uuid:nobody")
    unpublished = build_credential(
        unit("b"),
        id=ID,
        issuer=issuer_profile(taught.university),
        subject=taught.learner.did,
        earned=EARNED,
        valid_from=taught.bank.clock.now(),
        status=StatusEntry(LIST, 7),
    )
    with pytest.raises(NotAProvider):
        deliver(taught, signed(taught, unpublished))
    assert nothing_kept(taught)


def test_a_day_to_come_a_withdrawn_unit_and_an_unknown_scale_are_refused(taught):
    tomorrow = taught.bank.clock.now().date() + timedelta(days=3)
    with pytest.raises(EarnedInFuture):
        deliver(taught, signed(taught, made(taught, earned=tomorrow)))
    with pytest.raises(UnknownScale):
        made(taught, grades=[("no-scale", "A")])
    content = signed(taught, made(taught))
    taught.bank.drafting.withdraw(taught.university.id, unit("a").id, unit("a").version, reason="no longer taught")
    with pytest.raises(AchievementWithdrawn):
        deliver(taught, content)
    assert nothing_kept(taught)


def test_an_unaccredited_provider_delivers_nothing_where_the_bank_demands_it(taught, monkeypatch):
    monkeypatch.setattr(taught.bank.delivering._accrediting, "_required", True)
    with pytest.raises(NotAccredited):
        deliver(taught, signed(taught, made(taught)))
    assert nothing_kept(taught)


@pytest.mark.parametrize(
    "id", ["urn:uuid:7f1c1d3e-0b5a-1c8e-9d2f-5a6b7c8d9e0f", "https://u.sample.example/c/1", "urn:sample:1"]
)
def test_an_id_that_somebody_could_guess_is_refused(taught, id):
    with pytest.raises(UnusableCredentialId):
        deliver(taught, signed(taught, made(taught, id=id)))


def test_an_id_stands_for_one_credential(taught):
    deliver(taught, signed(taught, made(taught)))
    with pytest.raises(CredentialIdTaken):
        deliver(taught, signed(taught, made(taught, status=StatusEntry(LIST, 8))))
    taught.publish(unit("b"))
    theirs = taught.issue(unit("b"), "by the bank")
    with pytest.raises(CredentialIdTaken):
        deliver(taught, signed(taught, made(taught, id=theirs.id)))
    other = "urn:uuid:00000000-0000-4000-8000-000000000001"
    correction = signed(taught, made(taught, id=other, first_issue=ID, status=StatusEntry(LIST, 9)))
    with pytest.raises(LotAlreadyOpen):
        deliver(taught, correction)
    assert len(taught.bank.sharing.account(taught.learner.id).lots) == 2


def test_a_credential_whose_revocation_nobody_would_see_is_refused(taught):
    banks = taught.bank.issuing.list_id(taught.university)
    for status in (None, StatusEntry(banks, 5), StatusEntry("http://lists.u.sample.example/1", 5)):
        with pytest.raises(StatusNotKept) as refusal:
            deliver(taught, signed(taught, made(taught, status=status)))
        assert refusal.value.next_step
    unknown = made(taught)
    unknown["credentialStatus"]["statusPurpose"] = "suspension"
    with pytest.raises(StatusNotKept):
        deliver(taught, signed(taught, unknown))
    assert nothing_kept(taught)


def test_tokens_and_what_is_no_unit_are_refused(taught):
    with pytest.raises(NotAUnit):
        deliver(taught, b"{}")
    document = made(taught)
    token = Secured(document, b"\0" * 32, "a.b.c")
    listed = Secured(load_object(status_list(taught, [])), b"\0" * 32, "a.b.c")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("creditbank.services.delivering.read_secured", lambda given: token)
        with pytest.raises(TokenNotTaken):
            deliver(taught, b"a.b.c")
        patch.setattr("creditbank.services.delivering.read_secured", lambda given: listed)
        with pytest.raises(TokenNotTaken):
            taught.bank.delivering.deliver_status(b"a.b.c", organisation=taught.university.id)


@pytest.mark.parametrize("name", ["add_credential", "add_leaf", "open_lot"])
def test_a_delivery_that_dies_half_way_leaves_nothing_and_can_be_repeated(taught, monkeypatch, name):
    content = signed(taught, prepared(taught))
    with monkeypatch.context() as patch:
        interrupt(patch, SqlTransaction, name)
        with pytest.raises(Interrupted):
            deliver(taught, content)
    taught.reopen()
    assert nothing_kept(taught)
    assert deliver(taught, content).signed == content


def test_an_old_credential_stays_accepted_under_every_later_document(taught):
    content = signed(taught, prepared(taught))
    deliver(taught, content)
    anchor(taught)
    before = taught.bank.dids.current(taught.university.id).content
    taught.bank.keys.rotate(taught.university.id)
    taught.bank.keys.revoke(taught.university.id, OWN.public.multikey)
    for document in (before, taught.bank.dids.current(taught.university.id).content):
        (report,) = taught.bank.verifying.verify([content], claims={taught.university.did: document})
        assert report.verdict == "accepted", json.dumps(report.to_json(), indent=1)
