"""Credentials as tokens, in both profiles; what a token says of itself must be what the credential says."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, text
from jose_samples import PAIRS, token

from creditbank.signing import (
    OPEN_BADGES_CONTEXT,
    VC2_CONTEXT,
    ClaimsDisagree,
    CredentialToken,
    TokenProfile,
    UnreadableToken,
    sign_jwt,
)

ISSUER, LEARNER = "did:web:issuer.example", "did:key:z6MkexampleLearner"
CREDENTIAL: dict[str, Any] = {
    "@context": [VC2_CONTEXT, OPEN_BADGES_CONTEXT],
    "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": ISSUER, "type": ["Profile"]},
    "validFrom": "2026-05-01T09:00:00.750Z",
    "validUntil": "2030-01-01T00:00:00Z",
    "credentialSubject": {"id": LEARNER, "type": ["AchievementSubject"]},
}
PRESENTATION: dict[str, Any] = {
    "@context": [VC2_CONTEXT],
    "type": ["VerifiablePresentation"],
    "holder": LEARNER,
    "verifiableCredential": [],
}
WHEN = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "jti": CREDENTIAL["id"],
    "sub": LEARNER,
    "nbf": int(datetime(2026, 5, 1, 9, tzinfo=UTC).timestamp()),
    "exp": int(datetime(2030, 1, 1, tzinfo=UTC).timestamp()),
}
OB, JOSE = TokenProfile.OPEN_BADGES, TokenProfile.VC_JOSE


def signed(document: dict[str, Any], profile: TokenProfile, kind: str = "Ed25519", **more: Any) -> str:
    pair = PAIRS[kind]
    return sign_jwt(document, profile=profile, key_id=f"{ISSUER}#1", algorithm=pair.algorithm, sign=pair.sign, **more)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("profile", TokenProfile)
def test_a_credential_comes_out_as_it_went_in(profile: TokenProfile, kind: str) -> None:
    made = signed(CREDENTIAL, profile, kind)
    found = CredentialToken.read(made)
    assert found.document == CREDENTIAL
    assert found.profile is profile
    found.jws.verify(PAIRS[kind].public)
    assert found.jws.key_id == f"{ISSUER}#1"


def test_the_payload_of_vc_jose_cose_is_the_credential_and_nothing_else() -> None:
    """VC-JOSE-COSE 1.0, 3.1.1."""
    found = CredentialToken.read(signed(CREDENTIAL, JOSE))
    assert found.jws.type == "vc+jwt"
    assert b'"vc"' not in found.jws.payload
    assert b'"iss"' not in found.jws.payload
    assert found.signed is None
    assert CredentialToken.read(signed(CREDENTIAL, JOSE, signed=WHEN)).signed == WHEN


def test_an_open_badges_token_repeats_the_credential_in_its_claims() -> None:
    """Open Badges 3.0, 8.2.2.1."""
    found = CredentialToken.read(signed(CREDENTIAL, OB))
    assert found.jws.type == "JWT"
    for claim, value in CLAIMS.items():
        assert f'"{claim}":{value if isinstance(value, int) else chr(34) + value + chr(34)}'.encode() in (
            found.jws.payload
        )
    assert found.starts == WHEN
    assert found.ends == datetime(2030, 1, 1, tzinfo=UTC)


def test_a_presentation_carries_the_challenge_as_nonce_and_the_domain_as_audience() -> None:
    for profile, kind in ((JOSE, "vp+jwt"), (OB, "JWT")):
        found = CredentialToken.read(signed(PRESENTATION, profile, nonce="n-1", audience="https://a.example"))
        assert found.jws.type == kind
        assert (found.document, found.nonce, found.audience) == (PRESENTATION, "n-1", ("https://a.example",))


def test_the_credential_may_stand_in_the_claim_of_vc_1_1() -> None:
    found = CredentialToken.read(token({**CLAIMS, "vc": CREDENTIAL}, typ="JWT"))
    assert found.document == CREDENTIAL
    old = {name: value for name, value in CREDENTIAL.items() if not name.startswith("valid")}
    old |= {"issuanceDate": "2026-05-01T09:00:00Z", "expirationDate": "2030-01-01T00:00:00Z"}
    assert CredentialToken.read(token({**CLAIMS, "vc": old}, typ="JWT")).document == old


def test_without_a_type_the_payload_shows_the_profile() -> None:
    """Both profiles leave `typ` out at will."""
    bare = {"alg": "EdDSA"}
    assert CredentialToken.read(token(CREDENTIAL, header=bare)).profile is JOSE
    assert CredentialToken.read(token({**CREDENTIAL, **CLAIMS}, header=bare)).profile is OB
    assert CredentialToken.read(token({**CLAIMS, "vc": CREDENTIAL}, header=bare)).profile is OB


def test_in_a_presentation_of_vc_1_1_the_holder_is_who_issued_the_token() -> None:
    shown = {name: value for name, value in PRESENTATION.items() if name != "holder"}
    found = CredentialToken.read(token({"iss": LEARNER, "vp": shown}, typ="JWT"))
    assert found.document == PRESENTATION


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("inside", [True, False])
def test_a_claim_that_says_something_else_than_the_credential_is_refused(claim: str, inside: bool) -> None:
    """Threats 1 and 12: two readers of one token must not see two issuers, learners or dates."""
    other = CLAIMS[claim] + 1 if isinstance(CLAIMS[claim], int) else "did:web:thief.example"
    claims = {**CLAIMS, claim: other}
    payload = {**claims, "vc": CREDENTIAL} if inside else {**CREDENTIAL, **claims}
    with pytest.raises(ClaimsDisagree, match=f"claim {claim}"):
        CredentialToken.read(token(payload, typ="JWT"))


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_that_open_badges_wants_may_not_be_left_out(claim: str) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != claim}
    with pytest.raises(ClaimsDisagree, match="must repeat"):
        CredentialToken.read(token({**CREDENTIAL, **claims}, typ="JWT"))


@pytest.mark.parametrize("claim", ["iss", "jti", "sub"])
def test_in_the_other_profile_too_a_claim_may_not_disagree(claim: str) -> None:
    with pytest.raises(ClaimsDisagree, match=f"claim {claim}"):
        CredentialToken.read(token({**CREDENTIAL, claim: "did:web:thief.example"}))


@pytest.mark.parametrize(
    ("payload", "header"),
    [
        ({**CREDENTIAL, "vc": CREDENTIAL}, {}),
        ({"vc": CREDENTIAL}, {}),
        ({"vp": PRESENTATION}, {"typ": "vp+jwt"}),
        ({**CLAIMS, "vc": CREDENTIAL, "vp": PRESENTATION}, {"typ": "JWT"}),
        ({**CLAIMS, "vc": CREDENTIAL, "name": "Another"}, {"typ": "JWT"}),
        ({**CLAIMS, "vc": [CREDENTIAL]}, {"typ": "JWT"}),
        ({**CLAIMS, "vc": "text"}, {"typ": "JWT"}),
        ({"vc": PRESENTATION, "iss": LEARNER}, {"typ": "JWT"}),
        (CREDENTIAL, {"typ": "vp+jwt"}),
        (PRESENTATION, {"typ": "vc+jwt"}),
        (CREDENTIAL, {"typ": "at+jwt"}),
        (CREDENTIAL, {"typ": "jwt"}),
        (CREDENTIAL, {"typ": "dc+sd-jwt"}),
        ({**CREDENTIAL, "iat": "2026"}, {}),
        ({**CREDENTIAL, "iat": True}, {}),
        ({**CREDENTIAL, "exp": -1}, {}),
        ({**CREDENTIAL, "exp": 2**52}, {}),
        ({**PRESENTATION, "nonce": 1}, {"typ": "vp+jwt"}),
        ({**PRESENTATION, "aud": [1]}, {"typ": "vp+jwt"}),
        ({**CREDENTIAL, **CLAIMS, "validFrom": "yesterday"}, {"typ": "JWT"}),
    ],
)
def test_a_token_that_is_two_things_at_once_is_refused(payload: dict[str, Any], header: dict[str, Any]) -> None:
    with pytest.raises(ClaimsDisagree):
        CredentialToken.read(token(payload, **header))


@pytest.mark.parametrize(
    "payload",
    [
        '{"id":"a","id":"b"}',
        '{"id":"a","\\u0069d":"b"}',
        '{"n":NaN}',
        '{"n":9007199254740993}',
        '{"n":"\\ud800"}',
        '{"n":"\\u0000"}',
        "[" * 100 + "]" * 100,
        "\ufeff{}",
        "[]",
        "{}{}",
        b"\xff",
        b"",
    ],
)
def test_the_payload_goes_through_the_strict_loader(payload: Any) -> None:
    """Threats 1, 2 and 3."""
    with pytest.raises(UnreadableToken, match="payload"):
        CredentialToken.read(token(payload))


def test_a_document_that_uses_the_names_of_claims_cannot_be_signed() -> None:
    for name in ("exp", "nonce", "aud"):
        with pytest.raises(ClaimsDisagree):
            signed({**CREDENTIAL, name: 1 if name == "exp" else "x"}, JOSE)
    with pytest.raises(ClaimsDisagree):
        signed({**CREDENTIAL, "vc": {}}, JOSE)


@given(dictionaries(text("abcdefgh", min_size=4), text(max_size=20), max_size=5))
def test_signing_the_same_document_again_gives_the_same_token(more: dict[str, str]) -> None:
    """Ed25519 and canonical JSON are deterministic, whatever the order of the members."""
    document = {**CREDENTIAL, **{f"x{name}": value for name, value in more.items() if "\0" not in value}}
    again = dict(reversed(document.items()))
    for profile in TokenProfile:
        assert signed(document, profile) == signed(again, profile)
        assert CredentialToken.read(signed(document, profile)).document == document
