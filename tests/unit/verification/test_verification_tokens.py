"""Credentials and presentations as tokens go through the very checks that all others go through."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis.strategies import integers
from verification_samples import (
    KEYS,
    LEARNER,
    LEARNER_KEY,
    NOW,
    PROVIDER,
    SIGNED,
    START,
    UNIVERSITY,
    AwardWorld,
    World,
    issue_token,
    make_world,
    outcomes,
    sign,
    unsigned_unit,
)

from creditbank.canonical import JsonObject, canonical_json, json_digest
from creditbank.credential import build_presentation, enveloped
from creditbank.signing import (
    EcdsaKey,
    RsaKey,
    TokenProfile,
    VerificationKey,
    base64url_encode,
    did_web_document,
    jwk_of,
    sign_jws,
)
from creditbank.verification import KeyFact, Report, Verdict, read_secured, verify_presentation

Sign = Callable[[bytes], bytes]
EC = ec.derive_private_key(1_000_003, ec.SECP256R1())
RSA = generate_private_key(65537, 2048)


def ecdsa_key() -> tuple[str, VerificationKey, Sign]:
    point = EC.public_key().public_numbers()

    def signing(message: bytes) -> bytes:
        r, s = decode_dss_signature(EC.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    return "ES256", EcdsaKey.from_point("P-256", point.x, point.y), signing


def rsa_key() -> tuple[str, VerificationKey, Sign]:
    numbers = RSA.public_key().public_numbers()
    return "RS256", RsaKey(numbers.n, numbers.e), lambda message: RSA.sign(message, padding.PKCS1v15(), SHA256())


def edwards_key() -> tuple[str, VerificationKey, Sign]:
    return "EdDSA", KEYS[PROVIDER].public, KEYS[PROVIDER].sign


KINDS = {"EdDSA": edwards_key, "ES256": ecdsa_key, "RS256": rsa_key}


def with_key(world: World, key: VerificationKey) -> str:
    """Let the provider sign with this key; return the id of its verification method."""
    keys = list(dict.fromkeys([key, KEYS[PROVIDER].public]))
    document = did_web_document(PROVIDER, keys)
    world.documents = {**world.documents, PROVIDER: canonical_json(document)}
    facts = tuple(KeyFact(one.multikey, START) for one in keys)
    world.change_issuer(documents=(json_digest(document),), keys=facts)
    return f"{PROVIDER}#{key.multikey}"


@pytest.mark.parametrize("algorithm", KINDS)
@pytest.mark.parametrize("profile", TokenProfile)
def test_a_token_in_each_profile_by_each_kind_of_key_is_accepted(
    profile: TokenProfile, algorithm: str, world: World
) -> None:
    name, key, signing = KINDS[algorithm]()
    text = issue_token(
        unsigned_unit(1), profile=profile, algorithm=name, sign=signing, method=with_key(world, key), signed=SIGNED
    )
    world.anchor(text)
    report = world.report(text)
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert report.id == unsigned_unit(1)["id"]
    assert f"JSON Web Signature {algorithm}" in report.check("proof.signature").how
    assert report.to_json() == world.report(text.encode()).to_json()


def test_the_same_credential_as_json_and_as_token_has_the_same_facts(world: World) -> None:
    text = issue_token(unsigned_unit(1))
    world.anchor(text, world.unit)
    as_token, as_json = world.report(text), world.report(world.unit)
    assert outcomes(as_token) == outcomes(as_json)
    assert (as_token.id, as_token.title, as_token.issuer) == (as_json.id, as_json.title, as_json.issuer)
    assert read_secured(text).digest != read_secured(world.unit).digest


def raw(header: JsonObject, payload: JsonObject, signing: Sign = KEYS[PROVIDER].sign) -> str:
    return sign_jws(header, canonical_json(payload), signing)


METHOD = f"{PROVIDER}#{KEYS[PROVIDER].public.multikey}"
GOOD_HEADER: JsonObject = {"alg": "EdDSA", "kid": METHOD, "typ": "vc+jwt"}
Forgery = Callable[[World], str]


def by_another_key(world: World) -> str:
    return issue_token(unsigned_unit(1), sign=LEARNER_KEY.sign)


def in_the_name_of_another_key(world: World) -> str:
    return issue_token(unsigned_unit(1), method=f"{LEARNER}#{LEARNER_KEY.public.multikey}", sign=LEARNER_KEY.sign)


def with_its_own_key_in_the_header(world: World) -> str:
    header: JsonObject = {"alg": "EdDSA", "typ": "vc+jwt", "jwk": jwk_of(LEARNER_KEY.public)}
    return raw(header, unsigned_unit(1), LEARNER_KEY.sign)


def with_a_key_that_is_not_listed(world: World) -> str:
    return issue_token(unsigned_unit(1), method=f"{PROVIDER}#key-9")


def with_a_path_as_key(world: World) -> str:
    return issue_token(unsigned_unit(1), method="../../../../dev/null")


def with_a_url_as_key(world: World) -> str:
    return issue_token(unsigned_unit(1), method="https://provider.example/keys#1")


def with_a_key_for_authentication_alone(world: World) -> str:
    document = did_web_document(PROVIDER, [KEYS[PROVIDER].public])
    document["assertionMethod"] = []
    world.documents = {**world.documents, PROVIDER: canonical_json(document)}
    world.change_issuer(documents=(json_digest(document),))
    return issue_token(unsigned_unit(1))


def with_another_algorithm_than_the_keys(world: World) -> str:
    return issue_token(unsigned_unit(1), algorithm="ES256")


def signed_too_early(world: World) -> str:
    late = int((NOW + timedelta(minutes=6)).timestamp())
    return raw(GOOD_HEADER, {**unsigned_unit(1), "nbf": late})


def signed_for_a_time_that_is_over(world: World) -> str:
    return raw(GOOD_HEADER, {**unsigned_unit(1), "exp": int(NOW.timestamp())})


def with_words_of_an_unknown_context(world: World) -> str:
    document = unsigned_unit(1)
    document["@context"] = [*document["@context"], "https://thief.example/context"]  # type: ignore[misc]
    return issue_token(document)


def with_a_context_of_its_own(world: World) -> str:
    document = unsigned_unit(1)
    document["@context"] = [*document["@context"], {"@vocab": "https://thief.example/#"}]  # type: ignore[misc]
    return issue_token(document)


def around_a_proof_that_does_not_hold(world: World) -> str:
    return issue_token({**sign(unsigned_unit(1), PROVIDER), "name": "Another name"})


def around_a_proof_of_somebody_else(world: World) -> str:
    return issue_token(sign(unsigned_unit(1), UNIVERSITY))


def around_no_proof_at_all(world: World) -> str:
    return issue_token({**unsigned_unit(1), "proof": []})


def altered_after_signing(world: World) -> str:
    head, body, signature = issue_token(unsigned_unit(1)).split(".")
    other = base64url_encode(canonical_json({**unsigned_unit(1), "name": "Another name"}))
    assert other != body
    return f"{head}.{other}.{signature}"


def a_presentation_as_credential(world: World) -> str:
    shown = build_presentation(world.units, id="urn:uuid:1", holder=PROVIDER)
    return issue_token(shown)


def without_an_algorithm(world: World) -> str:
    _, body, signature = issue_token(unsigned_unit(1)).split(".")
    return f"{base64url_encode(canonical_json({**GOOD_HEADER, 'alg': 'none'}))}.{body}.{signature}"


FORGERIES: list[tuple[str, Forgery]] = [
    ("proof.signature", by_another_key),
    ("issuer.method", in_the_name_of_another_key),
    ("proof.purpose", with_its_own_key_in_the_header),
    ("proof.purpose", with_a_key_that_is_not_listed),
    ("proof.purpose", with_a_path_as_key),
    ("issuer.method", with_a_url_as_key),
    ("proof.purpose", with_a_key_for_authentication_alone),
    ("proof.signature", with_another_algorithm_than_the_keys),
    ("proof.signature", signed_too_early),
    ("proof.signature", signed_for_a_time_that_is_over),
    ("format.context", with_words_of_an_unknown_context),
    ("format.context", with_a_context_of_its_own),
    ("proof.signature", around_a_proof_that_does_not_hold),
    ("issuer.method", around_a_proof_of_somebody_else),
    ("proof.present", around_no_proof_at_all),
    ("proof.signature", altered_after_signing),
    ("format.credential", a_presentation_as_credential),
    ("format.readable", without_an_algorithm),
]


@pytest.mark.parametrize(("name", "forge"), FORGERIES, ids=lambda value: getattr(value, "__name__", value))
def test_a_forged_token_is_refused_by_the_check_that_is_meant_for_it(name: str, forge: Forgery, world: World) -> None:
    """Threats 9, 12 and 13."""
    forged = forge(world)
    if name not in ("format.readable", "format.credential"):
        world.anchor(forged)
    report = world.report(forged)
    assert outcomes(report)[name] == "failed", [str(check) for check in report.checks]
    assert report.verdict is Verdict.REJECTED


def test_a_token_around_a_good_proof_rests_on_both_signatures(world: World) -> None:
    """Open Badges 3.0 (8.2.2) lets a credential carry proofs and come as a token too."""
    text = issue_token(sign(unsigned_unit(1), PROVIDER), profile=TokenProfile.OPEN_BADGES)
    world.anchor(text)
    report = world.report(text)
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert "2 signatures" in report.check("proof.signature").sentence


def test_a_listed_key_may_be_named_by_its_jwk_or_not_at_all(world: World) -> None:
    for header in ({"jwk": jwk_of(KEYS[PROVIDER].public)}, {}):
        text = raw({"alg": "EdDSA", "typ": "vc+jwt", **header}, unsigned_unit(1))
        world.anchor(text)
        assert world.report(text).verdict is Verdict.ACCEPTED


def test_where_several_keys_are_listed_a_token_must_name_one(world: World) -> None:
    with_key(world, ecdsa_key()[1])
    text = raw({"alg": "EdDSA", "typ": "vc+jwt"}, unsigned_unit(1))
    world.anchor(text)
    report = world.report(text)
    assert outcomes(report)["proof.purpose"] == "failed"


def test_an_open_badges_token_of_an_expired_credential_has_a_good_signature_and_bad_dates(world: World) -> None:
    """There `exp` repeats `validUntil`, which has a check of its own; it says nothing about the signature."""
    document = {**unsigned_unit(1), "validUntil": "2026-05-30T00:00:00Z"}
    text = issue_token(document, profile=TokenProfile.OPEN_BADGES)
    world.anchor(text)
    found = outcomes(world.report(text))
    assert (found["proof.signature"], found["dates.valid"]) == ("passed", "failed")


def test_a_token_is_anchored_as_itself_and_not_as_what_it_says(world: World) -> None:
    """The receipt of the JSON form is no receipt of the token: other bytes were signed."""
    report = world.report(issue_token(unsigned_unit(1)))
    assert outcomes(report)["anchor.included"] == "unchecked"
    assert report.verdict is Verdict.INCONCLUSIVE


def test_a_revoked_key_fells_a_token_like_any_other(world: World) -> None:
    text = issue_token(unsigned_unit(1))
    world.anchor(text)
    world.change_key(revoked=START)
    assert outcomes(world.report(text))["anchor.key-valid"] == "failed"


ANCHORED = make_world()
TOKEN = issue_token(unsigned_unit(1), profile=TokenProfile.OPEN_BADGES)
ANCHORED.anchor(TOKEN)


@given(place=integers(0, 10**6), flip=integers(1, 255))
def test_a_token_with_any_byte_flipped_is_never_accepted(place: int, flip: int) -> None:
    """Threat 10."""
    data = bytearray(TOKEN.encode())
    data[place % len(data)] ^= flip
    assert ANCHORED.report(bytes(data)).verdict is Verdict.REJECTED


def test_the_token_of_that_law_is_accepted_as_it_is() -> None:
    assert ANCHORED.report(TOKEN).verdict is Verdict.ACCEPTED


class TestPresentations:
    def shown(self, *credentials: Any, **more: Any) -> JsonObject:
        document = build_presentation(
            [enveloped(one) if isinstance(one, str) else one for one in credentials],
            id="urn:uuid:30000000-0000-4000-8000-000000000001",
            holder=LEARNER,
        )
        return {**document, **more}

    def signed(self, document: JsonObject, **more: Any) -> str:
        return issue_token(document, LEARNER, **more)

    def verified(self, world: World, given: Any, **asked: str) -> Report:
        return verify_presentation(given, world.evidence, policy=world.policy, now=world.now, **asked)

    @pytest.mark.parametrize("profile", TokenProfile)
    def test_a_presentation_as_token_with_credentials_of_both_forms_is_accepted(
        self, profile: TokenProfile, world: World
    ) -> None:
        text = issue_token(unsigned_unit(1))
        world.anchor(text, world.units[1])
        given = self.signed(
            self.shown(text, world.units[1]), profile=profile, nonce="abc", audience="https://u.example"
        )
        report = self.verified(world, given, challenge="abc", domain="https://u.example")
        assert report.verdict is Verdict.ACCEPTED, report.headline
        assert [part.verdict for part in report.parts] == [Verdict.ACCEPTED] * 2
        assert outcomes(report)["presentation.audience"] == "passed"

    def test_a_presentation_in_json_opens_its_envelopes_too(self, world: World) -> None:
        text = issue_token(unsigned_unit(1))
        world.anchor(text)
        report = self.verified(world, sign(self.shown(text), LEARNER, purpose="authentication"))
        assert report.verdict is Verdict.ACCEPTED, report.headline
        assert report.parts[0].id == unsigned_unit(1)["id"]

    def test_a_presentation_may_come_in_an_envelope(self, world: World) -> None:
        given = {
            "type": "EnvelopedVerifiablePresentation",
            "id": f"data:application/vp+jwt,{self.signed(self.shown(*world.units))}",
        }
        assert self.verified(world, given).verdict is Verdict.ACCEPTED

    def test_tokens_may_stand_bare_as_vc_1_1_had_them(self, world: World) -> None:
        text = issue_token(unsigned_unit(1))
        world.anchor(text)
        given = self.signed(self.shown(verifiableCredential=[text]), profile=TokenProfile.OPEN_BADGES)
        assert self.verified(world, given).verdict is Verdict.ACCEPTED

    @pytest.mark.parametrize(
        ("signed", "asked"),
        [
            ({"nonce": "abc"}, {"challenge": "abd"}),
            ({}, {"challenge": "abc"}),
            ({"nonce": "abc"}, {"challenge": "abc", "domain": "https://u.example"}),
            ({"nonce": "abc", "audience": "https://v.example"}, {"challenge": "abc", "domain": "https://u.example"}),
        ],
    )
    def test_a_token_made_for_another_occasion_is_refused(
        self, signed: dict[str, str], asked: dict[str, str], world: World
    ) -> None:
        report = self.verified(world, self.signed(self.shown(*world.units), **signed), **asked)
        assert outcomes(report)["presentation.audience"] == "failed"
        assert report.verdict is Verdict.REJECTED

    def test_a_token_by_somebody_else_than_the_holder_is_refused(self, world: World) -> None:
        given = self.signed(self.shown(*world.units), sign=KEYS[PROVIDER].sign)
        report = self.verified(world, given)
        assert outcomes(report)["presentation.signature"] == "failed"

    def test_a_forged_credential_in_an_envelope_is_found(self, world: World) -> None:
        text = by_another_key(world)
        world.anchor(text)
        report = self.verified(world, self.signed(self.shown(text)))
        assert report.parts[0].verdict is Verdict.REJECTED
        assert report.verdict is Verdict.REJECTED

    @pytest.mark.parametrize(
        "envelope",
        [
            {"id": "data:application/vc+jwt,a.b"},
            {"id": "data:application/vc+jwt;base64,YQ"},
            {"id": "https://thief.example/credential"},
            {"id": None},
            {"issuer": PROVIDER},
        ],
    )
    def test_an_envelope_that_holds_no_token_or_says_more_is_a_rejected_part(
        self, envelope: JsonObject, world: World
    ) -> None:
        given = self.signed(self.shown({**enveloped(issue_token(unsigned_unit(1))), **envelope}))
        report = self.verified(world, given)
        assert outcomes(report.parts[0])["format.readable"] == "failed"
        assert report.verdict is Verdict.REJECTED

    def test_a_presentation_with_another_holder_than_the_issuer_of_its_token_is_refused(self, world: World) -> None:
        document = self.shown(*world.units)
        header: JsonObject = {"alg": "EdDSA", "kid": METHOD, "typ": "JWT"}
        report = self.verified(world, raw(header, {"iss": PROVIDER, "vp": document}))
        assert outcomes(report)["presentation.readable"] == "failed"


def test_an_award_can_rest_on_a_credential_that_came_as_a_token(award_world: AwardWorld) -> None:
    text = issue_token(unsigned_unit(2))
    award_world.units = [award_world.units[0], text]  # type: ignore[list-item]
    award_world.make_award()
    report = award_world.award_report()
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert [part.id for part in report.parts] == [unsigned_unit(1)["id"], unsigned_unit(2)["id"]]
    other = issue_token(unsigned_unit(2), signed=SIGNED)
    swapped = award_world.award_report(credentials=[award_world.units[0], other])
    assert outcomes(swapped)["stack.credentials"] == "unchecked"


def test_an_award_can_itself_be_a_token(award_world: AwardWorld) -> None:
    award_world.make_award()
    unsigned = {name: value for name, value in award_world.award.items() if name != "proof"}
    text = issue_token(unsigned, UNIVERSITY)
    world = replace(award_world)
    world.anchor(*world.units, text)
    report = world.award_report(award=text)
    assert report.verdict is Verdict.ACCEPTED, report.headline
