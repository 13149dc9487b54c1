"""Compact tokens: one spelling, a header that decides nothing, and each way to forge either."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import integers
from jose_samples import PAIRS, Pair, part, token

from creditbank.signing import (
    Jws,
    ProofInvalid,
    UnreadableBase64url,
    UnreadableToken,
    base64url_decode,
    base64url_encode,
    jwk_of,
    jwk_thumbprint,
    looks_like_token,
    sign_jws,
)

ED, P256, RSA = PAIRS["Ed25519"], PAIRS["P-256"], PAIRS["RSA"]
PAYLOAD = {"id": "urn:uuid:1"}
DID = "did:web:issuer.example"


@pytest.mark.parametrize("kind", PAIRS)
def test_a_token_of_each_kind_of_key_verifies_under_that_key_and_no_other(kind: str) -> None:
    pair = PAIRS[kind]
    text = sign_jws({"alg": pair.algorithm}, b"anything", pair.sign)
    jws = Jws.read(text)
    assert jws.payload == b"anything"
    jws.verify(pair.public)
    for other in PAIRS:
        if other != kind:
            with pytest.raises(ProofInvalid, match="claims the algorithm"):
                jws.verify(PAIRS[other].public)


def test_both_names_of_the_edwards_algorithm_mean_the_same_key() -> None:
    """RFC 8037 says EdDSA, RFC 9864 says Ed25519."""
    for name in ("EdDSA", "Ed25519"):
        Jws.read(token(PAYLOAD, ED, alg=name)).verify(ED.public)


FORGED_HEADERS: dict[str, Any] = {
    "no algorithm": {"typ": "vc+jwt"},
    "none": {"alg": "none"},
    "none in other letters": {"alg": "nOnE"},
    "an HMAC": {"alg": "HS256"},
    "an algorithm that is no text": {"alg": ["EdDSA"]},
    "an algorithm in other letters": {"alg": "eddsa"},
    "RSA-PSS": {"alg": "PS256"},
    "a longer hash": {"alg": "RS512"},
    "P-521": {"alg": "ES512"},
    "secp256k1": {"alg": "ES256K"},
    "critical members": {"alg": "EdDSA", "crit": ["exp"], "exp": 1},
    "a bare payload": {"alg": "EdDSA", "b64": False, "crit": ["b64"]},
    "a key set address": {"alg": "EdDSA", "jku": "https://thief.example/keys"},
    "a certificate address": {"alg": "EdDSA", "x5u": "https://thief.example/cert"},
    "a certificate": {"alg": "EdDSA", "x5c": ["MIIB"]},
    "a certificate's thumbprint": {"alg": "EdDSA", "x5t#S256": "AA"},
    "compression": {"alg": "EdDSA", "zip": "DEF"},
    "an encryption": {"alg": "EdDSA", "enc": "A128GCM"},
    "a fifth name": {"alg": "EdDSA", "typ": "vc+jwt", "kid": "a", "cty": "vc", "jwk": jwk_of(ED.public)},
    "an unknown name": {"alg": "EdDSA", "foo": "bar"},
    "a claim as header": {"alg": "EdDSA", "iss": DID},
    "a kid that is a number": {"alg": "EdDSA", "kid": 1},
    "a kid that is a list": {"alg": "EdDSA", "kid": ["a"]},
    "an empty kid": {"alg": "EdDSA", "kid": ""},
    "a typ that is null": {"alg": "EdDSA", "typ": None},
    "a jwk that is no object": {"alg": "EdDSA", "jwk": "https://thief.example/key"},
    "a private jwk": {"alg": "EdDSA", "jwk": {**jwk_of(ED.public), "d": "AA"}},
    "a shared secret": {"alg": "EdDSA", "jwk": {"kty": "oct", "k": "AA"}},
    "the algorithm twice": '{"alg":"EdDSA","alg":"EdDSA"}',
    "the algorithm twice, escaped": '{"alg":"EdDSA","\\u0061lg":"none"}',
    "the key twice": '{"alg":"EdDSA","kid":"a","kid":"b"}',
    "a byte order mark": '\ufeff{"alg":"EdDSA"}',
    "a list": [{"alg": "EdDSA"}],
    "two objects": '{"alg":"EdDSA"}{}',
    "bytes that are not UTF-8": b'{"alg":"EdDSA","typ":"\xff"}',
    "UTF-16": '{"alg":"EdDSA"}'.encode("utf-16"),
    "nothing": b"",
    "too much": {"alg": "EdDSA", "kid": "a" * 8192},
}


@pytest.mark.parametrize("what", FORGED_HEADERS)
def test_a_forged_header_is_refused_before_any_key_is_looked_at(what: str) -> None:
    """Threats 1, 2 and 9."""
    with pytest.raises(UnreadableToken):
        Jws.read(token(PAYLOAD, ED, header=FORGED_HEADERS[what]))


def test_a_public_key_as_shared_secret_opens_nothing() -> None:
    """Threat 9: HS256 keyed with the bytes of the issuer's public RSA key."""
    import hashlib
    import hmac

    secret = json.dumps(jwk_of(RSA.public)).encode()
    forged = Pair("HS256", RSA.public, lambda message: hmac.new(secret, message, hashlib.sha256).digest())
    with pytest.raises(UnreadableToken, match="HS256"):
        Jws.read(token(PAYLOAD, forged))
    with pytest.raises(ProofInvalid):
        Jws.read(token(PAYLOAD, forged, alg="RS256")).verify(RSA.public)


def spellings() -> dict[str, str]:
    """Texts that a lenient reader takes for the same token."""
    good = token(PAYLOAD, ED)
    first, second, third = good.split(".")
    return {
        "padding": f"{first}.{second}.{third}==",
        "padding inside": f"{first}=.{second}.{third}",
        "a line break after it": good + "\n",
        "a space before it": " " + good,
        "a space inside": f"{first}.{second} .{third}",
        "base64 with + and /": f"{first}.{second}.{'+' + third[1:]}",
        "spare bits": f"{first}.{second}.{third[:-1]}{chr(ord(third[-1]) + 1)}",
        "a fourth part": good + ".",
        "two parts": f"{first}.{second}",
        "an empty signature": f"{first}.{second}.",
        "no header": f".{second}.{third}",
        "a letter that looks alike": good.replace("e", "\u0435", 1),
        "NUL at the end": good + "\0",
        "a URL": "data:application/vc+jwt," + good,
        "JSON": json.dumps({"protected": first, "payload": second, "signature": third}),
        "a length that no bytes have": f"{first}.{second}.{third[:-1]}",
        "nothing": "",
    }


@pytest.mark.parametrize("what", spellings())
def test_a_token_has_one_spelling(what: str) -> None:
    """Threat 10."""
    with pytest.raises(UnreadableToken):
        Jws.read(spellings()[what])


def test_the_signature_of_the_empty_algorithm_is_no_signature() -> None:
    with pytest.raises(UnreadableToken, match="algorithm"):
        Jws.read(f"{part({'alg': 'none'})}.{part(PAYLOAD)}.")


def test_spare_bits_of_base64_are_refused_and_a_lenient_decoder_would_not() -> None:
    assert base64.urlsafe_b64decode("AB==") == base64.urlsafe_b64decode("AA==") == b"\0"
    assert base64url_decode("AA") == b"\0"
    for text in ("AB", "AA==", "A", "A A", "AA\n", "A+", "é"):
        with pytest.raises(UnreadableBase64url):
            base64url_decode(text)


@given(integers(0, 2**64))
def test_base64url_reads_what_it_writes(number: int) -> None:
    data = number.to_bytes(9).lstrip(b"\0")
    assert base64url_decode(base64url_encode(data)) == data


SIGNED = {
    kind: token({"id": "urn:uuid:1", "n": 3}, pair, kid="did:web:issuer.example#1") for kind, pair in PAIRS.items()
}


@pytest.mark.parametrize("kind", SIGNED)
@given(place=integers(0, 10_000), flip=integers(1, 127))
def test_a_token_with_any_character_changed_is_refused(kind: str, place: int, flip: int) -> None:
    """Threat 10: each character bears on the header, the payload or the signature."""
    good = SIGNED[kind]
    at = place % len(good)
    bad = good[:at] + chr(ord(good[at]) ^ flip) + good[at + 1 :]
    try:
        jws = Jws.read(bad)
    except UnreadableToken:
        return
    with pytest.raises(ProofInvalid):
        jws.verify(PAIRS[kind].public)


@pytest.mark.parametrize("kind", SIGNED)
@given(bit=integers(0, 100_000))
def test_a_token_with_any_bit_of_its_content_flipped_is_refused(kind: str, bit: int) -> None:
    parts = [base64url_decode(text) for text in SIGNED[kind].split(".")]
    chosen = bit % 3
    data = bytearray(parts[chosen])
    data[(bit // 3) % len(data)] ^= 1 << bit % 8
    parts[chosen] = bytes(data)
    try:
        jws = Jws.read(".".join(base64url_encode(one) for one in parts))
    except UnreadableToken:
        return
    with pytest.raises(ProofInvalid):
        jws.verify(PAIRS[kind].public)


def test_ecdsa_signatures_in_der_or_of_another_length_do_not_hold() -> None:
    """Threat 10: RFC 7518 (3.4) wants r and s in full length."""
    good = token(PAYLOAD, P256)
    head, raw = good.rpartition(".")[0], base64url_decode(good.rpartition(".")[2])
    der = b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:]
    for bad in (der, raw + b"\0", raw[:-1], bytes(64), raw[32:] + raw[:32]):
        with pytest.raises(ProofInvalid):
            Jws.read(f"{head}.{base64url_encode(bad)}").verify(P256.public)


def test_an_edwards_signature_with_a_greater_scalar_does_not_hold() -> None:
    """Threat 10: S and S + L would be two signatures over one message."""
    good = token(PAYLOAD, ED)
    head, raw = good.rpartition(".")[0], base64url_decode(good.rpartition(".")[2])
    order = 2**252 + 27742317777372353535851937790883648493
    greater = int.from_bytes(raw[32:], "little") + order
    with pytest.raises(ProofInvalid):
        Jws.read(f"{head}.{base64url_encode(raw[:32] + greater.to_bytes(32, 'little'))}").verify(ED.public)


LISTED = {f"{DID}#key-1": ED.public, f"{DID}#key-2": P256.public}


def named(**header: Any) -> str:
    return Jws.read(token(PAYLOAD, ED, **header)).method_among(LISTED, DID)


class TestWhichKeyATokenNames:
    @pytest.mark.parametrize("kid", [f"{DID}#key-2", "#key-2", "key-2", jwk_thumbprint(P256.public)])
    def test_by_its_id_its_fragment_or_its_thumbprint(self, kid: str) -> None:
        assert named(kid=kid) == f"{DID}#key-2"

    @pytest.mark.parametrize(
        "kid",
        [
            "key-3",
            "did:web:thief.example#key-1",
            "../../../etc/passwd",
            "https://thief.example/key",
            "' OR 1=1 --",
            DID,
            f"{DID}#key-1#key-1",
            f"{DID}?#key-1",
            "KEY-1",
        ],
    )
    def test_and_no_other_name_is_looked_for_anywhere(self, kid: str) -> None:
        """Threat 9: a kid is compared with what is listed, and never opened."""
        assert named(kid=kid) == ""

    def test_a_spelt_out_key_counts_only_if_it_is_listed(self) -> None:
        """Threat 9: the key in the header is a name, never the source of trust."""
        assert named(jwk=jwk_of(P256.public)) == f"{DID}#key-2"
        assert named(jwk=jwk_of(RSA.public)) == ""
        assert named(kid="key-1", jwk=jwk_of(P256.public)) == ""

    def test_an_issuer_that_goes_by_an_address_names_its_keys_by_it(self) -> None:
        """Open Badges 3.0 (8.2.2) lets `kid` be any URI; it is compared and never opened."""
        issuer = "https://issuer.example/profile"
        jws = Jws.read(token(PAYLOAD, ED, kid=f"{issuer}#key-1"))
        assert jws.method_among({f"{issuer}#key-1": ED.public}, issuer) == f"{issuer}#key-1"
        assert jws.method_among({f"{issuer}#key-2": ED.public}, issuer) == ""

    def test_without_a_name_the_only_key_is_meant(self) -> None:
        assert named() == ""
        jws = Jws.read(token(PAYLOAD, ED))
        assert jws.method_among({f"{DID}#key-1": ED.public}, DID) == f"{DID}#key-1"
        assert jws.method_among({}, DID) == ""


def test_what_looks_like_a_token_is_told_from_what_does_not() -> None:
    assert looks_like_token(token(PAYLOAD))
    assert not looks_like_token('{"a":"b.c.d"}')
    assert not looks_like_token(token(PAYLOAD) + "\n")
