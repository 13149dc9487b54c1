"""Keys through their lives: rotation with overlap, retiring, revoking, and a body's own keys (threats 11, 15, 16)."""

import json
from datetime import date

import pytest
from crashes import Interrupted, interrupt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from worlds import unit

from creditbank.anchoring import issuer_id
from creditbank.canonical import Digest, json_digest, load_object
from creditbank.services import calls, reads
from creditbank.services.issuing import KeyNoLongerSigns, require_signing
from creditbank.services.keys import KeyFixedByDid, Keys, KeyTaken, LeavesOpen, PossessionNotProven, WrongKeyState
from creditbank.services.ports import UnknownKey, UnknownRecord
from creditbank.services.records import KeyState
from creditbank.services.signatures import NoSigningKey, signed_with
from creditbank.signing import DidDocument, PrivateKey, UnusableKey, multibase_encode

OWN = PrivateKey.from_seed(b"\x05" * 32)


def states_of(world, organisation=None):
    return [key.state.value for key in world.bank.keys.of(organisation or world.university.id)]


def on_chain(world, multikey):
    return reads.key_state(world.bank.chain, issuer_id(world.university.did), calls.key_id(multikey))


def documents_on_chain(world):
    state = reads.issuer_state(world.bank.chain, issuer_id(world.university.did))
    return {Digest(term.document) for term in state.terms}


def published(world):
    return load_object(world.bank.dids.current(world.university.id).content)


def anchor(world):
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()


def issued(world, slug):
    world.publish(unit(slug))
    return world.issue(unit(slug), f"request-{slug}")


def verdicts(world, *credentials):
    reports = world.bank.verifying.verify([load_object(one.signed) for one in credentials])
    return [str(report.verdict) for report in reports]


def test_a_new_body_has_one_current_key_on_the_chain_and_in_its_document(world):
    (key,) = world.bank.keys.of(world.university.id)
    assert (key.state, key.held, key.settled) == (KeyState.CURRENT, True, True)
    assert on_chain(world, key.multikey).good(world.bank.chain.head()[2])
    assert json_digest(published(world)) in documents_on_chain(world)


def test_after_a_rotation_the_new_key_signs_and_both_are_listed(world):
    """Threat 15: what the old key signed is as good as before, what is signed now is the new key's."""
    before = issued(world, "a")
    anchor(world)
    new = world.bank.keys.rotate(world.university.id)
    after = issued(world, "b")
    anchor(world)
    old, current = world.bank.keys.of(world.university.id)
    assert (old.state, current.state, current) == (KeyState.RETIRING, KeyState.CURRENT, new)
    assert signed_with(before.signed) == {old.multikey}
    assert signed_with(after.signed) == {new.multikey}
    listed = DidDocument.parse(published(world))
    assert {key.multikey for key in listed.assertion_keys.values()} == {old.multikey, new.multikey}
    assert on_chain(world, new.multikey).until is on_chain(world, old.multikey).until is None
    assert verdicts(world, before, after) == ["accepted", "accepted"]


def test_the_new_key_is_on_the_chain_and_its_document_registered_before_it_signs(world, monkeypatch):
    seen = []
    real = type(world.bank.store).transaction

    def watching(store):
        seen.append((signing_key(world, real), len(documents_on_chain(world))))
        return real(store)

    first = world.bank.keys.of(world.university.id)[0].multikey
    monkeypatch.setattr(type(world.bank.store), "transaction", watching)
    new = world.bank.keys.rotate(world.university.id)
    monkeypatch.undo()
    assert {key for key, _ in seen} == {first}
    assert seen[-1] == (first, 2)
    assert signing_key(world, real) == new.multikey


def signing_key(world, transaction):
    with transaction(world.bank.store) as tx:
        return next(key.multikey for key in tx.keys_of(world.university.id) if key.state is KeyState.CURRENT)


def test_a_key_retires_only_when_all_it_signed_is_final(world):
    issued(world, "a")
    (old,) = world.bank.keys.of(world.university.id)
    with pytest.raises(WrongKeyState, match="only a retiring one") as refusal:
        world.bank.keys.retire(world.university.id, old.multikey)
    assert "key rotate" in refusal.value.next_step
    world.bank.keys.rotate(world.university.id)
    issued(world, "b")
    with pytest.raises(LeavesOpen, match="One document") as refusal:
        world.bank.keys.retire(world.university.id, old.multikey)
    assert refusal.value.count == 1
    assert "anchor submit" in refusal.value.next_step
    world.bank.anchoring.seal()
    with pytest.raises(LeavesOpen):
        world.bank.keys.retire(world.university.id, old.multikey)
    assert states_of(world) == ["retiring", "current"]
    world.bank.anchoring.settle()
    retired = world.bank.keys.retire(world.university.id, old.multikey)
    assert (retired.state, retired.settled) == (KeyState.RETIRED, True)
    assert on_chain(world, old.multikey).until is not None
    assert world.bank.keys.retire(world.university.id, old.multikey) == retired


def test_what_a_retired_key_signed_stays_accepted(world):
    old = issued(world, "a")
    anchor(world)
    (key,) = world.bank.keys.of(world.university.id)
    world.bank.keys.rotate(world.university.id)
    world.bank.keys.retire(world.university.id, key.multikey)
    assert verdicts(world, old) == ["accepted"]
    assert key.multikey in json.dumps(published(world))


def test_a_signature_of_a_retired_key_that_comes_late_is_made_again(world, monkeypatch):
    """A process that signed and was held up does not store what could never be anchored well."""
    world.publish(unit("a"))
    (old,) = world.bank.keys.of(world.university.id)
    real, times = world.bank.signatures.sign, []

    def slow(*arguments, **more):
        signed = real(*arguments, **more)
        if not times:
            times.append(1)
            world.bank.keys.rotate(world.university.id)
            world.bank.keys.retire(world.university.id, old.multikey)
        return signed

    monkeypatch.setattr(type(world.bank.signatures), "sign", lambda self, *a, **m: slow(*a, **m))
    made = world.issue(unit("a"), "r")
    assert signed_with(made.signed) == {world.bank.keys.of(world.university.id)[1].multikey}


def test_a_revoked_key_stays_listed_with_its_moment_and_what_was_anchored_stands(world):
    """Threat 16: what was anchored before the revocation stands, what was not falls."""
    good = issued(world, "a")
    anchor(world)
    late = issued(world, "b")
    outcome = world.bank.keys.revoke(world.university.id)
    assert outcome.falling == (late.id,)
    assert states_of(world) == ["revoked", "current"]
    listed = DidDocument.parse(published(world))
    method = f"{world.university.did}#{outcome.key.multikey}"
    assert listed.revoked == {method: on_chain(world, outcome.key.multikey).revoked}
    anchor(world)
    assert verdicts(world, good, late) == ["accepted", "rejected"]
    again = issued(world, "c")
    anchor(world)
    assert verdicts(world, again) == ["accepted"]
    assert world.bank.keys.revoke(world.university.id, outcome.key.multikey).key.multikey == outcome.key.multikey
    assert states_of(world) == ["revoked", "current"]


def test_a_revocation_asked_again_spares_the_key_that_took_the_place(world):
    """Whoever lost the answer asks once more, and nothing that was signed since falls."""
    first = world.bank.keys.revoke(world.university.id).key
    good = issued(world, "a")
    successor = world.bank.keys.signing(world.university.id).multikey
    for _ in range(2):
        with pytest.raises(WrongKeyState, match=first.multikey) as refusal:
            world.bank.keys.revoke(world.university.id)
        assert "name it" in refusal.value.next_step
    assert states_of(world) == ["revoked", "current"]
    assert world.bank.keys.revoke(world.university.id, successor).falling == (good.id,)
    world.bank.keys.rotate(world.university.id)
    assert states_of(world) == ["revoked", "revoked", "retiring", "current"]
    world.bank.keys.revoke(world.university.id)
    assert states_of(world) == ["revoked", "revoked", "retiring", "revoked", "current"]


def test_an_unknown_or_foreign_key_is_not_touched(world):
    foreign = world.bank.keys.of(world.rival.id)[0].multikey
    for multikey in (foreign, OWN.public.multikey, "z6Mk"):
        for verb in (world.bank.keys.retire, world.bank.keys.revoke):
            with pytest.raises(UnknownKey) as refusal:
                verb(world.university.id, multikey)
            assert refusal.value.next_step
    with pytest.raises(UnknownRecord):
        world.bank.keys.rotate("urn:uuid:nobody")


def test_a_did_key_has_one_key_for_ever(world):
    with pytest.raises(KeyFixedByDid) as refusal:
        world.bank.keys.rotate(world.rival.id)
    assert "successor" in refusal.value.next_step
    with pytest.raises(KeyFixedByDid):
        world.bank.keys.challenge(world.rival.id, OWN.public.multikey)
    world.bank.keys.revoke(world.rival.id)
    assert states_of(world, world.rival.id) == ["revoked"]
    with pytest.raises(NoSigningKey, match="1 is revoked"):
        world.bank.issuing.refresh_status(world.rival.id)


def test_a_body_that_can_sign_nothing_any_more_is_still_judged(world):
    """Its last status list stands as long as it says; where there never was one, the check says so."""
    both = world.university.roles
    school = world.bank.registering.register_organisation(
        name="Sample School", roles=both, frameworks=["in-ncrf"], country="IN"
    )
    achievement = unit("s")
    world.bank.drafting.publish(school.id, achievement)
    made = world.bank.issuing.issue(
        "r",
        organisation=school.id,
        learner=world.learner.id,
        achievement=achievement.id,
        version=achievement.version,
        earned=date(2025, 6, 2),
    )
    anchor(world)
    world.bank.keys.revoke(school.id)
    (report,) = world.bank.verifying.verify([made.signed])
    assert (report.verdict, report.check("status.revocation").outcome) == ("inconclusive", "unchecked")
    assert report.check("anchor.key-valid").outcome == "passed"


def test_old_versions_of_the_document_are_kept_and_stay_registered(world):
    first = world.bank.dids.current(world.university.id).content
    world.bank.keys.rotate(world.university.id)
    world.bank.keys.revoke(world.university.id)
    versions = world.bank.dids.versions(world.university.did)
    assert versions[0].content == first
    assert versions[-1].content == world.bank.dids.current(world.university.id).content
    assert {version.digest for version in versions} <= documents_on_chain(world)
    assert len(versions) == 4  # registered, rotated, revoked, and its successor brought in
    for version in versions:
        assert world.bank.dids.version(world.university.did, version.digest) == version


# -- crashes


STEPS = [
    ("bank.keys", "_add", 0),
    ("bank.dids", "register", 0),
    ("bank.chain", "build", 0),
    ("bank.chain", "send", 0),
    ("bank.chain", "build", 1),
    ("bank.chain", "send", 1),
    ("bank.dids", "publish", 0),
]


def owner_of(world, path):
    owner = world
    for name in path.split("."):
        owner = getattr(owner, name)
    return type(owner)


@pytest.mark.parametrize(("path", "name", "after"), STEPS)
def test_a_rotation_cut_short_anywhere_is_finished_once(world, monkeypatch, path, name, after):
    """Until it is finished the old key signs; after it, there is one new key, whatever was cut where."""
    with monkeypatch.context() as patch:
        interrupt(patch, owner_of(world, path), name, after)
        with pytest.raises(Interrupted):
            world.bank.keys.rotate(world.university.id)
    bank = world.reopen()
    (old, *_) = bank.keys.of(world.university.id)
    assert old.state is KeyState.CURRENT
    bank.resume()
    if name == "_add":  # nothing was recorded, so nothing is resumed
        assert states_of(world) == ["current"]
        bank.keys.rotate(world.university.id)
    assert states_of(world) == ["retiring", "current"]
    made = issued(world, "a")
    anchor(world)
    assert signed_with(made.signed) == {bank.keys.of(world.university.id)[1].multikey}
    assert verdicts(world, made) == ["accepted"]
    assert len(reads.issuer_keys(bank.chain, issuer_id(world.university.did))) == 2


REVOKING = [
    ("bank.chain", "send", 0),
    ("bank.dids", "register", 0),
    ("bank.chain", "send", 1),
    ("bank.dids", "publish", 1),
]


@pytest.mark.parametrize(("path", "name", "after"), REVOKING)
def test_a_revocation_cut_short_has_stopped_the_key_and_is_finished_later(world, monkeypatch, path, name, after):
    with monkeypatch.context() as patch:
        interrupt(patch, owner_of(world, path), name, after)
        with pytest.raises(Interrupted):
            world.bank.keys.revoke(world.university.id)
    bank = world.reopen()
    revoked = bank.keys.of(world.university.id)[0]
    assert revoked.state is KeyState.REVOKED
    if states_of(world)[1:] == ["announced"]:
        with pytest.raises(NoSigningKey):
            bank.issuing.refresh_status(world.university.id)
    bank.resume()
    assert states_of(world) == ["revoked", "current"]
    assert on_chain(world, revoked.multikey).revoked is not None
    assert published(world)["verificationMethod"][0]["revoked"]
    assert json_digest(published(world)) in documents_on_chain(world)
    made = issued(world, "a")
    anchor(world)
    assert verdicts(world, made) == ["accepted"]


@pytest.mark.parametrize(
    ("path", "name", "after", "named"), [*((*one, False) for one in REVOKING), (*REVOKING[0], True)]
)
def test_a_revocation_cut_short_is_finished_by_asking_again(world, monkeypatch, path, name, after, named):
    (key,) = world.bank.keys.of(world.university.id)
    with monkeypatch.context() as patch:
        interrupt(patch, owner_of(world, path), name, after)
        with pytest.raises(Interrupted):
            world.bank.keys.revoke(world.university.id)
    world.reopen()
    assert world.bank.keys.revoke(world.university.id, key.multikey if named else None).key.multikey == key.multikey
    assert states_of(world) == ["revoked", "current"]
    assert on_chain(world, key.multikey).revoked is not None


@pytest.mark.parametrize(
    ("path", "name"), [("bank.chain", "send"), ("bank.dids", "register"), ("bank.dids", "publish")]
)
def test_a_retirement_cut_short_is_finished_later(world, monkeypatch, path, name):
    (old,) = world.bank.keys.of(world.university.id)
    world.bank.keys.rotate(world.university.id)
    with monkeypatch.context() as patch:
        interrupt(patch, owner_of(world, path), name)
        with pytest.raises(Interrupted):
            world.bank.keys.retire(world.university.id, old.multikey)
    bank = world.reopen()
    bank.resume()
    (key, _) = bank.keys.of(world.university.id)
    assert (key.state, key.settled) == (KeyState.RETIRED, True)
    assert on_chain(world, old.multikey).until is not None


def test_two_rotations_at_once_make_one_key(world):
    """The second finds the first one's announced key and goes on with it."""
    first = Keys._add
    begun, met = [], []

    def meeting(self, key):
        if not begun:
            begun.append(key)
            met.append(self.rotate(world.university.id))
        return first(self, key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Keys, "_add", meeting)
        made = world.bank.keys.rotate(world.university.id)
    assert made == met[0]
    assert states_of(world) == ["retiring", "current"]


# -- a body's own keys


def registered(world, private=OWN):
    challenge = world.bank.keys.challenge(world.university.id, private.public.multikey)
    return world.bank.keys.register_own(
        world.university.id, private.public.multikey, challenge=challenge, signature=private.sign(challenge)
    )


def test_a_body_registers_its_own_key_by_signing_a_challenge(world):
    key = registered(world)
    assert (key.held, key.state) == (False, KeyState.CURRENT)
    assert states_of(world) == ["current", "current"]
    assert on_chain(world, OWN.public.multikey) is not None
    assert OWN.public.multikey in json.dumps(published(world))
    made = issued(world, "a")  # the bank goes on signing with the key it holds
    assert signed_with(made.signed) == {world.bank.keys.of(world.university.id)[0].multikey}


def test_a_body_may_keep_a_key_of_another_kind(world):
    """A P-256 key, as hardware and cloud key services make them."""
    private = ec.derive_private_key(7, ec.SECP256R1())
    numbers = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    multikey = multibase_encode(b"\x80\x24" + numbers)
    challenge = world.bank.keys.challenge(world.university.id, multikey)
    r, s = decode_dss_signature(private.sign(challenge, ec.ECDSA(SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    with pytest.raises(PossessionNotProven):
        world.bank.keys.register_own(
            world.university.id, multikey, challenge=challenge, signature=signature[:-1] + bytes([signature[-1] ^ 1])
        )
    key = world.bank.keys.register_own(world.university.id, multikey, challenge=challenge, signature=signature)
    assert (key.state, key.held) == (KeyState.CURRENT, False)
    listed = DidDocument.parse(published(world))
    assert multikey in {one.multikey for one in listed.assertion_keys.values()}


@pytest.mark.parametrize(
    "multikey",
    [
        "z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP",  # the identity: order one
        "z6Mk",
        "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",  # secp256k1, which is not read here
        "did:key:z6Mk",
        "",
    ],
)
def test_a_weak_or_unreadable_key_is_not_even_challenged(world, multikey):
    """Threat 11."""
    with pytest.raises(UnusableKey):
        world.bank.keys.challenge(world.university.id, multikey)
    with pytest.raises(UnusableKey):
        world.bank.keys.register_own(world.university.id, multikey, challenge=b"", signature=b"")
    assert states_of(world) == ["current"]


def test_without_the_private_half_no_key_is_registered(world):
    other = PrivateKey.from_seed(b"\x06" * 32)
    multikey = OWN.public.multikey
    good = world.bank.keys.challenge(world.university.id, multikey)
    tries = [
        (good, other.sign(good)),
        (good, OWN.sign(good + b"\n")),
        (good + b"\n", OWN.sign(good + b"\n")),
        (b"", OWN.sign(b"")),
        (good.replace(b"u.sample", b"v.sample"), OWN.sign(good.replace(b"u.sample", b"v.sample"))),
        (good.replace(b"until: 2", b"until: 3"), OWN.sign(good.replace(b"until: 2", b"until: 3"))),
        (good.replace(b"until: 2", b"until: 1"), OWN.sign(good.replace(b"until: 2", b"until: 1"))),
        (good, b""),
    ]
    for challenge, signature in tries:
        with pytest.raises(PossessionNotProven) as refusal:
            world.bank.keys.register_own(world.university.id, multikey, challenge=challenge, signature=signature)
        assert refusal.value.next_step
    assert states_of(world) == ["current"]


def test_a_key_is_registered_once_and_for_one_body(world):
    registered(world)
    other = world.bank.registering.register_organisation(
        name="Sample Other", roles=world.rival.roles, frameworks=[], country="IN", did="did:web:o.sample.example"
    )
    held = world.bank.keys.of(world.rival.id)[0].multikey
    learners = world.learner.did.removeprefix("did:key:")
    for multikey in (OWN.public.multikey, held, learners):
        with pytest.raises(KeyTaken):
            world.bank.keys.challenge(other.id, multikey)
    with pytest.raises(KeyTaken, match="for this body"):
        registered(world)


@pytest.mark.parametrize(("path", "name", "after"), STEPS[1:])
def test_a_registration_of_an_own_key_cut_short_is_finished_later(world, monkeypatch, path, name, after):
    with monkeypatch.context() as patch:
        interrupt(patch, owner_of(world, path), name, after)
        with pytest.raises(Interrupted):
            registered(world)
    bank = world.reopen()
    bank.resume()
    assert states_of(world) == ["current", "current"]
    assert on_chain(world, OWN.public.multikey) is not None


def test_an_own_key_retires_and_is_revoked_like_any_other(world):
    registered(world)
    retired = world.bank.keys.retire(world.university.id, OWN.public.multikey)
    assert retired.state is KeyState.RETIRED
    revoked = world.bank.keys.revoke(world.university.id, OWN.public.multikey).key
    assert revoked.state is KeyState.REVOKED
    assert states_of(world) == ["current", "revoked"]


def test_what_a_key_of_nobody_signed_is_not_stored():
    with pytest.raises(KeyNoLongerSigns, match="not registered"):
        require_signing(None, OWN.public.multikey)
