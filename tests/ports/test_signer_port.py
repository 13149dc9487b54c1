"""What any driver of `ports.Signer` must do: a file, a token, a key service (threat 52).

A new driver is added to `DRIVERS`; it opens the same keys again from the same place, as another process would.
"""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from creditbank.adapters.keys import FileVault, UnstatedPurpose
from creditbank.canonical import digest_text, sha256
from creditbank.services.ports import (
    BODIES,
    HOLDERS,
    KeyOfAnother,
    KeyVault,
    PurposeRefused,
    Signer,
    SigningCapReached,
    SigningCaps,
    SigningPurpose,
    SigningRequest,
    UnknownKey,
)
from creditbank.signing import PublicKey

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SCHOOL, RIVAL, LEARNER = "urn:uuid:school", "urn:uuid:rival", "urn:uuid:learner"


class HeldClock:
    """A clock that stands until it is moved."""

    def __init__(self, moment=NOON):
        self.moment = moment

    def now(self):
        return self.moment


def file_driver(place, clock, caps):
    return FileVault.open(place, b"correct horse, longer battery", clock=clock, caps=caps)


DRIVERS = {"encrypted files": file_driver}


@dataclass
class Place:
    """Where a driver keeps its keys, and how to open it."""

    driver: str
    path: object
    clock: HeldClock
    caps: SigningCaps

    def open(self) -> Signer:
        return DRIVERS[self.driver](self.path, self.clock, self.caps)


@pytest.fixture(params=DRIVERS)
def place(request, tmp_path):
    caps = SigningCaps(40, {"award": 2, f"{RIVAL} award": 3})
    return Place(request.param, tmp_path / "keys", HeldClock(), caps)


@pytest.fixture
def signer(place):
    return place.open()


def asked(key, **change):
    """A request that the key's owner may make."""
    return replace(SigningRequest(key.tenant, key.reference, SigningPurpose.CREDENTIAL, b"message", "urn:1"), **change)


def slugs(signer):
    return [row.refused for row in signer.audit()]


def test_a_signature_verifies_under_the_key_that_the_reference_names(signer):
    key = signer.make_key(SCHOOL, BODIES)
    assert signer.key(key.reference) == key == signer.find_key(SCHOOL)
    public = PublicKey.from_multikey(key.multikey)
    assert key.algorithm == "Ed25519"
    signature = signer.sign(asked(key))
    assert public.verify(b"message", signature)
    assert not public.verify(b"another message", signature)


def test_a_tenant_has_several_keys_and_each_is_made_once(place, signer):
    first, second = signer.make_key(SCHOOL, BODIES), signer.make_key(SCHOOL, BODIES, "2")
    assert len({first.reference, second.reference}) == len({first.multikey, second.multikey}) == 2
    again = place.open()
    assert again.make_key(SCHOOL, BODIES) == first
    assert again.find_key(SCHOOL, "2") == again.key(second.reference) == second
    assert again.find_key(SCHOOL, "3") is again.find_key(RIVAL) is None
    message = again.sign(asked(second))
    assert PublicKey.from_multikey(second.multikey).verify(b"message", message)


def test_makers_at_once_make_one_key(place):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: place.open().make_key(SCHOOL, BODIES, "2"), range(4)))
    assert len(set(made)) == 1


def test_nothing_private_is_to_be_had(signer):
    key = signer.make_key(SCHOOL, BODIES)
    shown = f"{key!r} {signer!r} {[*signer.audit()]!r}"
    assert "secret" not in shown
    assert "seed" not in shown
    assert not [name for name in dir(key) if "private" in name or "secret" in name or "seed" in name]


@pytest.mark.parametrize("reference", ["", "nobody", "../vault", "0" * 40, "0" * 40 + ".2"])
def test_an_unknown_key_signs_nothing_and_the_audit_says_so(signer, reference):
    with pytest.raises(UnknownKey) as refusal:
        signer.sign(SigningRequest(SCHOOL, reference, SigningPurpose.CREDENTIAL, b"message", "urn:1"))
    assert refusal.value.next_step
    (row,) = signer.audit()
    assert (row.tenant, row.key, row.refused) == (SCHOOL, reference, "unknown-key")


def test_a_key_signs_for_its_owner_only(signer):
    """Threat 52: knowing the reference of a body's key does not let another body sign with it."""
    key = signer.make_key(SCHOOL, BODIES)
    signer.make_key(RIVAL, BODIES)
    with pytest.raises(KeyOfAnother) as refusal:
        signer.sign(asked(key, tenant=RIVAL))
    assert refusal.value.next_step
    (row,) = signer.audit()
    assert (row.tenant, row.refused) == (RIVAL, "key-of-another")


def test_a_learners_key_signs_presentations_and_no_credential(signer):
    key = signer.make_key(LEARNER, HOLDERS)
    assert signer.sign(asked(key, purpose=SigningPurpose.PRESENTATION))
    for purpose in sorted(set(SigningPurpose) - HOLDERS):
        with pytest.raises(PurposeRefused) as refusal:
            signer.sign(asked(key, purpose=purpose))
        assert refusal.value.next_step
    assert slugs(signer) == ["", *["purpose-refused"] * (len(SigningPurpose) - len(HOLDERS))]


def test_no_key_of_a_body_signs_what_could_be_a_transaction(signer):
    with pytest.raises(PurposeRefused):
        signer.sign(asked(signer.make_key(SCHOOL, BODIES), purpose=SigningPurpose.CHAIN_TRANSACTION))


@pytest.mark.parametrize("purpose", ["", "credential", "anything"])
def test_nothing_is_signed_without_one_of_the_purposes(signer, purpose):
    with pytest.raises(UnstatedPurpose) as refusal:
        signer.sign(asked(signer.make_key(SCHOOL, BODIES), purpose=purpose))
    assert refusal.value.next_step
    assert slugs(signer) == ["unstated-purpose"]


def test_the_audit_says_who_had_what_signed_what_for(signer):
    key = signer.make_key(SCHOOL, BODIES)
    signer.sign(asked(key, purpose=SigningPurpose.AWARD, about="urn:uuid:award"))
    (row,) = signer.audit()
    assert (row.at, row.tenant, row.key, row.algorithm) == (NOON, SCHOOL, key.multikey, "Ed25519")
    assert (row.purpose, row.about, row.refused) == ("award", "urn:uuid:award", "")
    assert row.message == digest_text(sha256(b"message"))


def test_a_cap_ends_a_day_of_one_tenant_and_purpose(place, signer):
    """Threat 52: the third award of the day is refused and written down; others and tomorrow are not touched."""
    school, rival = signer.make_key(SCHOOL, BODIES), signer.make_key(RIVAL, BODIES)
    award = asked(school, purpose=SigningPurpose.AWARD)
    signer.sign(award)
    signer.sign(award)
    with pytest.raises(SigningCapReached, match="has had its 2 signatures") as refusal:
        signer.sign(award)
    assert refusal.value.next_step
    for _ in range(3):
        signer.sign(asked(rival, purpose=SigningPurpose.AWARD))
    with pytest.raises(SigningCapReached):
        signer.sign(asked(rival, purpose=SigningPurpose.AWARD))
    signer.sign(asked(school))
    assert slugs(signer) == ["", "", "signing-cap-reached", "", "", "", "signing-cap-reached", ""]
    place.clock.moment = NOON + timedelta(hours=12)
    signer.sign(award)


def test_several_are_signed_at_once_each_with_its_row(signer):
    key = signer.make_key(SCHOOL, BODIES)
    wanted = [asked(key, message=b"%d" % number, about=f"urn:{number}") for number in range(3)]
    assert signer.sign_many(wanted) == [signer.sign(one) for one in wanted]
    assert [row.about for row in signer.audit()] == ["urn:0", "urn:1", "urn:2"] * 2
    assert signer.sign_many([]) == []


def test_of_several_none_is_signed_where_the_cap_has_no_room_for_all(place, signer):
    """Threat 52."""
    key = signer.make_key(SCHOOL, BODIES)
    award = asked(key, purpose=SigningPurpose.AWARD)
    assert len(signer.sign_many([award])) == 1
    with pytest.raises(SigningCapReached):
        signer.sign_many([award, award])
    assert signer.sign(award)
    with pytest.raises(KeyOfAnother):
        signer.sign_many([replace(award, tenant=RIVAL)] * 2)
    assert slugs(signer) == ["", "signing-cap-reached", "", "key-of-another"]


def test_what_was_refused_does_not_use_up_the_cap(signer):
    key = signer.make_key(SCHOOL, BODIES)
    for _ in range(3):
        with pytest.raises(KeyOfAnother):
            signer.sign(asked(key, tenant=RIVAL, purpose=SigningPurpose.AWARD))
    assert signer.sign(asked(key, purpose=SigningPurpose.AWARD))


def test_a_cap_holds_for_two_openers_and_after_opening_again(place, signer):
    key = signer.make_key(SCHOOL, BODIES)
    award, other = asked(key, purpose=SigningPurpose.AWARD), place.open()
    signer.sign(award)
    other.sign(award)
    for opener in (signer, other, place.open()):
        with pytest.raises(SigningCapReached):
            opener.sign(award)


def _sign_much(place, key, results):
    signer = place.open()
    done = 0
    for number in range(30):
        try:
            signer.sign(asked(key, message=b"%d" % number))
            done += 1
        except SigningCapReached:
            pass
    results.put(done)


def test_a_cap_holds_across_processes_that_sign_at_once(place, signer):
    key = signer.make_key(SCHOOL, BODIES)
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [context.Process(target=_sign_much, args=(place, key, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    done = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert sum(done) == place.caps.each
    assert slugs(signer).count("") == place.caps.each
    assert slugs(signer).count("signing-cap-reached") == 60 - place.caps.each


def test_every_signature_of_many_threads_has_its_row(signer):
    key = signer.make_key(SCHOOL, BODIES)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: signer.sign(asked(key, message=b"%d" % number)), range(40)))
    assert {row.message for row in signer.audit()} == {digest_text(sha256(b"%d" % number)) for number in range(40)}


def test_the_audit_is_read_from_a_day_on(place, signer):
    key = signer.make_key(SCHOOL, BODIES)
    for hours in (0, 24, 48):
        place.clock.moment = NOON + timedelta(hours=hours)
        signer.sign(asked(key, about=str(hours)))
    assert [row.about for row in place.open().audit(date(2026, 3, 3))] == ["24", "48"]
    assert [row.about for row in signer.audit()] == ["0", "24", "48"]


def test_transactions_have_rows_and_a_cap_too(place):
    place.caps = SigningCaps(5, {"chain-transaction": 1})
    vault: KeyVault = place.open()
    address = vault.chain_account("bank")
    transaction = {
        "chainId": 1337,
        "nonce": 3,
        "gas": 100_000,
        "maxFeePerGas": 2,
        "maxPriorityFeePerGas": 1,
        "to": address,
        "value": 0,
        "data": "0x",
    }
    vault.sign_transaction("bank", transaction)
    with pytest.raises(SigningCapReached):
        vault.sign_transaction("bank", transaction)
    assert [(row.key, row.purpose, row.refused) for row in vault.audit()] == [
        (address, "chain-transaction", ""),
        (address, "chain-transaction", "signing-cap-reached"),
    ]
