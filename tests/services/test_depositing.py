"""What a holder brings is believed with proof of holding, and is one lot however it comes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from holders import copied, for_one, mark, own_unit
from worlds import World

from creditbank.canonical import JsonObject, canonical_json, load_object
from creditbank.credential import (
    IssuerProfile,
    NotAUnit,
    StatusEntry,
    build_credential,
    build_presentation,
    build_transcript,
    enveloped,
)
from creditbank.errors import CreditBankError
from creditbank.ledger import LotAlreadyOpen
from creditbank.services.accepting import OfferDeclined, OfferOpen
from creditbank.services.delivering import StatusNotKept
from creditbank.services.depositing import DepositRefused, HoldingNotProven, Taken
from creditbank.services.holding import DidOfAnother
from creditbank.services.issuing import RequestReused, issuer_profile
from creditbank.services.records import Accepts
from creditbank.signing import PrivateKey, TokenProfile, add_proof, did_key
from creditbank.verification import read_secured

EARNED = date(2025, 6, 2)


@pytest.fixture(scope="module")
def shared(founded: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    opened = copied(founded, tmp_path_factory.mktemp("shared") / "bank", {"CREDITBANK_DEPOSIT_POLICY": "unanchored"})
    yield opened
    opened.bank.close()


@pytest.fixture
def world(shared: World) -> World:
    return for_one(shared)


@dataclass
class Wallet:
    """A holder outside the bank, with a key of their own."""

    key: PrivateKey

    @property
    def did(self) -> str:
        return did_key(self.key.public)

    def shows(self, world: World, shown: list[JsonObject], *, challenge: str, domain: str | None = None) -> bytes:
        unsigned = build_presentation(shown, id="urn:uuid:7c1f6f5e-7a51-4c3c-9a4c-0d7a3c1e9f20", holder=self.did)
        signed = add_proof(
            unsigned,
            suite="eddsa-rdfc-2022",
            verification_method=f"{self.did}#{self.key.public.multikey}",
            created=datetime.now(UTC),
            purpose="authentication",
            sign=self.key.sign,
            contexts=world.bank.contexts,
            challenge=challenge,
            domain=domain or world.bank.depositing.domain,
        )
        return canonical_json(signed)


@pytest.fixture
def wallet(world: World) -> Wallet:
    return Wallet(PrivateKey.from_seed(mark(world).encode().ljust(32, b"\x07")))


def unsigned(world: World, subject: str, slug: str = "u0", **more: Any) -> JsonObject:
    """A credential of one of this bank's providers that the bank has never seen."""
    return build_credential(
        own_unit(world, slug),
        id=world.bank.registering._entropy.urn(),
        issuer=issuer_profile(world.university),
        subject=subject,
        earned=EARNED,
        valid_from=world.bank.clock.now(),
        **{"status": None, **more},
    )


def signed(world: World, document: JsonObject) -> JsonObject:
    body = world.university
    return load_object(world.bank.signatures.sign(document, body.id, body.did, world.bank.clock.now()))


def as_token(world: World, document: JsonObject) -> str:
    body = world.university
    return world.bank.signatures.sign_token(
        document, body.id, body.did, world.bank.clock.now(), profile=TokenProfile.VC_JOSE
    )


def bring(world: World, wallet: Wallet, *shown: JsonObject, request: str = "", **more: str) -> tuple[Taken, ...]:
    challenge = world.bank.depositing.challenge(world.learner.id).nonce
    presented = wallet.shows(world, list(shown), challenge=challenge, **more)
    return deposit(world, presented, request=request or challenge)


def deposit(world: World, given: bytes, *, request: str = "once") -> tuple[Taken, ...]:
    return world.bank.depositing.deposit(f"{mark(world)}:{request}", learner=world.learner.id, signed=given)


def lots(world: World) -> list[str]:
    return [view.facts.credential for view in world.bank.sharing.account(world.learner.id).lots]


def test_a_holder_brings_a_credential_and_its_credit_is_in_the_account(world: World, wallet: Wallet) -> None:
    credential = signed(world, unsigned(world, wallet.did))
    (taken,) = bring(world, wallet, credential)
    assert (taken.credential, taken.refusal) == (credential["id"], None)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    assert (view.lot.id, view.provider, view.brought) == (taken.lot, world.university.name, True)
    (entry,) = world.bank.sharing.account(world.learner.id).entries
    assert entry.reason == "brought by its holder"
    assert [one.did.did for one in world.bank.holding.identities(world.learner.id)] == [world.learner.did, wallet.did]
    with world.bank.store.transaction() as tx:
        held = tx.get_credential(taken.credential)
    assert read_secured(held.signed).document == credential


def test_the_bank_is_proof_enough_where_it_keeps_the_holders_key(world: World, wallet: Wallet) -> None:
    (taken,) = deposit(world, canonical_json(signed(world, unsigned(world, world.learner.did))))
    assert lots(world) == [taken.credential]
    with pytest.raises(HoldingNotProven):
        deposit(world, canonical_json(signed(world, unsigned(world, wallet.did))), request="other")


def test_every_way_of_bringing_one_credit_twice_is_one_lot(world: World, wallet: Wallet) -> None:
    """Threat 39: again, as a token, enveloped, inside a transcript, as a correction, in another account."""
    plain = unsigned(world, wallet.did)
    credential, token = signed(world, plain), as_token(world, plain)
    correction = signed(world, unsigned(world, wallet.did, first_issue=str(plain["id"]), supersedes=str(plain["id"])))
    body = world.university
    transcript = signed(
        world,
        build_transcript(
            [credential],
            id=world.bank.registering._entropy.urn(),
            issuer=IssuerProfile(body.did, body.name, None, body.country),
            subject=wallet.did,
            name="A transcript",
            valid_from=world.bank.clock.now(),
            status=None,
            partial=False,
        ),
    )
    (taken,) = bring(world, wallet, credential, enveloped(token), transcript)
    assert lots(world) == [taken.credential]
    for again in (credential, enveloped(token), transcript, correction):
        with pytest.raises(LotAlreadyOpen) as caught:
            bring(world, wallet, again)
        assert world.learner.id not in str(caught.value)
    other = for_one(world)
    with pytest.raises(DidOfAnother) as told:
        bring(other, wallet, credential)
    assert world.learner.id not in str(told.value)
    assert (len(lots(world)), lots(other)) == (1, [])


@pytest.mark.parametrize("form", ["token", "transcript"])
def test_each_form_opens_the_lot_where_it_comes_first(world: World, wallet: Wallet, form: str) -> None:
    """Threat 39: and the plain credential is then the second."""
    plain = unsigned(world, wallet.did)
    credential = signed(world, plain)
    body = world.university
    first = (
        enveloped(as_token(world, plain))
        if form == "token"
        else signed(
            world,
            build_transcript(
                [credential],
                id=world.bank.registering._entropy.urn(),
                issuer=IssuerProfile(body.did, body.name, None, body.country),
                subject=wallet.did,
                name="A transcript",
                valid_from=world.bank.clock.now(),
                status=None,
                partial=False,
            ),
        )
    )
    (taken,) = bring(world, wallet, first)
    assert taken.credential == plain["id"]
    with pytest.raises(LotAlreadyOpen):
        bring(world, wallet, credential)
    assert lots(world) == [plain["id"]]


def test_what_was_issued_here_is_not_brought_a_second_time(world: World) -> None:
    """Threat 39: neither beside its lot, nor past an offer that is open or was declined."""
    issued = world.issue(own_unit(world), mark(world))
    with pytest.raises(LotAlreadyOpen):
        deposit(world, issued.signed)
    world.bank.accepting.prefer(world.learner.id, Accepts.ASK)
    offered = world.issue(own_unit(world, "u1"), f"{mark(world)}-2")
    with pytest.raises(OfferOpen):
        deposit(world, offered.signed)
    ((offer, _),) = world.bank.accepting.offers(world.learner.id)
    world.bank.accepting.decline(offer.id, by=world.learner.id)
    with pytest.raises(OfferDeclined):
        deposit(world, offered.signed)
    assert lots(world) == [issued.id]


def test_without_proof_of_holding_nothing_is_taken(world: World, wallet: Wallet) -> None:
    """Threat 39: another's challenge, a used one, another bank's, none, and somebody else's credential."""
    credential = signed(world, unsigned(world, wallet.did))
    bank = world.bank.depositing
    elsewhere = bank.challenge(for_one(world).learner.id).nonce
    used = bank.challenge(world.learner.id).nonce
    deposit(world, wallet.shows(world, [signed(world, unsigned(world, wallet.did, "u9"))], challenge=used))
    thief = Wallet(PrivateKey.from_seed(mark(world).encode().ljust(32, b"\x08")))
    mine = bank.challenge(world.learner.id).nonce
    for presented in (
        wallet.shows(world, [credential], challenge=elsewhere),
        wallet.shows(world, [credential], challenge=used),
        wallet.shows(world, [credential], challenge="made-up"),
        wallet.shows(world, [credential], challenge=mine, domain="https://another.example"),
        thief.shows(world, [credential], challenge=mine),
        canonical_json(credential),
    ):
        with pytest.raises(HoldingNotProven):
            deposit(world, presented, request="refused")
    assert len(lots(world)) == 1


def test_what_the_verifier_does_not_accept_is_refused(world: World, wallet: Wallet) -> None:
    altered = signed(world, unsigned(world, wallet.did))
    subject: Any = altered["credentialSubject"]
    subject["achievement"]["name"] = "Another unit"
    with pytest.raises(DepositRefused, match="policy 'unanchored'"):
        bring(world, wallet, altered)
    place = StatusEntry(f"{world.bank.depositing.domain}/status/1", 7)
    with pytest.raises((StatusNotKept, DepositRefused)):
        bring(world, wallet, signed(world, unsigned(world, wallet.did, status=place)))
    assert lots(world) == []


def test_a_credential_without_an_amount_of_credit_is_refused_with_a_sentence(world: World, wallet: Wallet) -> None:
    bare = unsigned(world, wallet.did)
    subject: Any = bare["credentialSubject"]
    for name in [name for name in subject["achievement"] if name.startswith("credit")]:
        del subject["achievement"][name]
    with pytest.raises(NotAUnit) as caught:
        bring(world, wallet, signed(world, bare))
    assert caught.value.place.startswith("/credentialSubject/achievement")


def test_the_same_request_gives_the_first_answer_and_others_are_told(world: World, wallet: Wallet) -> None:
    """Threat 38."""
    challenge = world.bank.depositing.challenge(world.learner.id).nonce
    shown = [signed(world, unsigned(world, wallet.did, slug)) for slug in ("u0", "u1")]
    presented = wallet.shows(world, shown, challenge=challenge)
    first = deposit(world, presented)
    assert deposit(world, presented) == first
    with pytest.raises(RequestReused):
        deposit(world, wallet.shows(world, shown[:1], challenge=challenge))
    assert sorted(lots(world)) == sorted(str(one["id"]) for one in shown)


def test_of_several_each_is_taken_by_itself(world: World, wallet: Wallet) -> None:
    one, other = (signed(world, unsigned(world, wallet.did, slug)) for slug in ("u0", "u1"))
    bring(world, wallet, one)
    told = {taken.credential: taken for taken in bring(world, wallet, one, other)}
    refused: CreditBankError | None = told[str(one["id"])].refusal
    assert isinstance(refused, LotAlreadyOpen)
    assert told[str(other["id"])].lot is not None
