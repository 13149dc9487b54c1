"""Keys beyond Ed25519: read in one spelling, refused where weak, and named alike wherever they stand."""

import json
from typing import Any

import pytest
from jose_samples import PAIRS, ecdsa, rsa_private

from creditbank.canonical import canonical_json
from creditbank.signing import (
    DidDocument,
    EcdsaKey,
    PublicKey,
    RsaKey,
    UnreadableDid,
    UnreadableDidDocument,
    UnusableKey,
    base64url_encode,
    did_document,
    did_key,
    did_key_document,
    jwk_of,
    jwk_thumbprint,
    key_from_jwk,
    key_from_multikey,
    key_of_did,
    multibase_decode,
    multibase_encode,
)

DID = "did:web:issuer.example"
P256 = PAIRS["P-256"].public
RSA = PAIRS["RSA"].public
NIST_P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1


@pytest.mark.parametrize("kind", PAIRS)
def test_a_key_is_the_same_as_multikey_as_jwk_and_as_did(kind: str) -> None:
    key = PAIRS[kind].public
    assert key.kind == kind
    assert key_from_multikey(key.multikey) == key
    assert key_from_jwk(jwk_of(key)) == key
    assert key_of_did(did_key(key)) == key
    assert key_of_did(f"did:jwk:{base64url_encode(canonical_json(jwk_of(key)))}") == key


@pytest.mark.parametrize(("kind", "start"), [("Ed25519", "z6Mk"), ("P-256", "zDn"), ("P-384", "z82"), ("RSA", "z4MX")])
def test_a_multikey_shows_its_kind_at_its_start(kind: str, start: str) -> None:
    assert PAIRS[kind].public.multikey.startswith(start)


@pytest.mark.parametrize("kind", PAIRS)
def test_a_signature_holds_for_its_message_alone(kind: str) -> None:
    pair = PAIRS[kind]
    signature = pair.sign(b"a message")
    assert pair.public.verify(b"a message", signature)
    assert not pair.public.verify(b"another", signature)
    assert not pair.public.verify(b"a message", signature[:-1])
    assert not pair.public.verify(b"a message", b"")
    assert not pair.public.verify(b"a message", bytes(len(signature)))


def test_the_thumbprints_of_the_standards_are_met() -> None:
    """RFC 7638, 3.1, and RFC 8037, A.3."""
    rsa = {
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXj"
        "BZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL"
        "5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29",
    }
    assert jwk_thumbprint(key_from_jwk(rsa)) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    okp = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert jwk_thumbprint(key_from_jwk(okp)) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


class TestMultikeys:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "zDn",
            "z",
            P256.multikey + "1",
            P256.multikey[:-1],
            "u" + P256.multikey[1:],
            multibase_encode(b"\x80\x24" + b"\x04" + bytes(64)),  # an uncompressed point
            multibase_encode(b"\x80\x24" + b"\x02" + bytes(31)),
            multibase_encode(b"\x80\x24" + b"\x05" + bytes(32)),
            multibase_encode(b"\x80\x24" + b"\x00"),  # the point at infinity
            multibase_encode(b"\x80\x24" + b"\x02" + (1).to_bytes(32)),  # no point has this x
            multibase_encode(b"\x80\x24" + b"\x02" + NIST_P256_PRIME.to_bytes(32)),  # x that is not reduced
            multibase_encode(b"\x81\x24" + multibase_decode(P256.multikey)[2:]),  # P-256 called P-384
            multibase_encode(b"\xe7\x01" + multibase_decode(P256.multikey)[2:]),  # secp256k1
            multibase_encode(b"\x80\xa4\x00" + multibase_decode(P256.multikey)[2:]),  # the code in a longer varint
            multibase_encode(b"\x85\x24" + b"\x30\x03\x02\x01\x03"),
        ],
    )
    def test_what_is_no_point_in_its_one_spelling_is_refused(self, text: str) -> None:
        """Threats 10 and 11."""
        with pytest.raises(UnusableKey):
            key_from_multikey(text)

    def test_a_point_that_lies_on_no_curve_is_refused(self) -> None:
        x, y = (int.from_bytes(one) for one in EcdsaKey("P-256", multibase_decode(P256.multikey)[2:]).coordinates)
        with pytest.raises(UnusableKey, match="not a point"):
            EcdsaKey.from_point("P-256", x, y ^ 1)
        with pytest.raises(UnusableKey, match="not a point"):
            EcdsaKey.from_point("P-256", 0, 0)
        with pytest.raises(UnusableKey, match="not a point"):
            EcdsaKey.from_point("P-256", x + NIST_P256_PRIME, y)


class TestRsa:
    N = json.loads(json.dumps(rsa_private().public_key().public_numbers().n))

    def test_short_and_overlong_moduli_are_refused(self) -> None:
        with pytest.raises(UnusableKey, match="1024 bits"):
            RsaKey(rsa_private(1024).public_key().public_numbers().n, 65537)
        with pytest.raises(UnusableKey, match="4104 bits"):
            RsaKey(2**4103 + 1, 65537)

    @pytest.mark.parametrize("exponent", [1, 3, 17, 65535, 65536, 65538, 2**32 + 1, 0, -1])
    def test_small_even_and_huge_exponents_are_refused(self, exponent: int) -> None:
        with pytest.raises(UnusableKey, match="exponent"):
            RsaKey(self.N, exponent)

    def test_an_even_modulus_is_refused(self) -> None:
        with pytest.raises(UnusableKey, match="odd modulus"):
            RsaKey(self.N - 1, 65537)

    def test_a_key_in_another_form_of_der_is_refused(self) -> None:
        der = RsaKey(self.N, 65537).der
        assert RsaKey.from_der(der) == RsaKey(self.N, 65537)
        for bad in (der + b"\0", der[:-1], b"", der.replace(b"\x02\x82\x01\x01\x00", b"\x02\x82\x01\x02\x00\x00")):
            with pytest.raises(UnusableKey):
                RsaKey.from_der(bad)

    def test_a_signature_by_pss_does_not_hold(self) -> None:
        """The key goes with one algorithm."""
        from cryptography.hazmat.primitives.asymmetric import padding
        from cryptography.hazmat.primitives.hashes import SHA256

        private = rsa_private()
        numbers = private.public_key().public_numbers()
        signature = private.sign(b"m", padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
        assert not RsaKey(numbers.n, numbers.e).verify(b"m", signature)


class TestJwk:
    def test_members_that_are_not_known_are_passed_over(self) -> None:
        """RFC 7517, 4."""
        given = {**jwk_of(P256), "kid": "1", "use": "sig", "key_ops": ["verify"], "alg": "ES256", "x5u": "https://a.b"}
        assert key_from_jwk(given) == P256

    @pytest.mark.parametrize(
        "change",
        [
            {"d": "AA"},
            {"k": "AA"},
            {"p": "AA"},
            {"use": "enc"},
            {"use": ["sig"]},
            {"key_ops": ["encrypt"]},
            {"key_ops": "verify"},
            {"alg": "ES384"},
            {"alg": "none"},
            {"alg": None},
            {"kty": "RSA"},
            {"kty": None},
            {"crv": "P-384"},
            {"crv": "secp256k1"},
            {"crv": "P-521"},
            {"x": ""},
            {"x": None},
            {"x": "AAA="},
            {"x": base64url_encode(bytes(33))},
            {"y": jwk_of(P256)["x"]},
        ],
    )
    def test_a_key_that_shows_too_much_or_contradicts_itself_is_refused(self, change: dict[str, Any]) -> None:
        with pytest.raises(UnusableKey):
            key_from_jwk({**jwk_of(P256), **change})

    @pytest.mark.parametrize("value", [None, [], "EC", {}, {"kty": "oct"}, {"kty": "OKP", "crv": "X25519", "x": "AA"}])
    def test_what_is_no_key_for_signatures_is_refused(self, value: Any) -> None:
        with pytest.raises(UnusableKey):
            key_from_jwk(value)

    def test_numbers_have_one_spelling(self) -> None:
        """Threat 10: RFC 7518 (2) wants the fewest bytes."""
        found = jwk_of(RSA)
        with pytest.raises(UnusableKey, match="one spelling"):
            key_from_jwk({**found, "e": "AAEAAQ"})
        with pytest.raises(UnusableKey, match="one spelling"):
            key_from_jwk({**found, "n": "A" * 1400 + str(found["n"])})

    def test_edwards_points_of_small_order_are_refused_here_too(self) -> None:
        """Threat 11."""
        with pytest.raises(UnusableKey, match="small order"):
            key_from_jwk({"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(b"\x01" + bytes(31))})


def method(**changes: Any) -> dict[str, Any]:
    return {"id": f"{DID}#1", "type": "JsonWebKey", "controller": DID, "publicKeyJwk": jwk_of(P256), **changes}


def document(*methods: Any, **more: Any) -> dict[str, Any]:
    return {"id": DID, "verificationMethod": list(methods), "assertionMethod": [f"{DID}#1"], **more}


class TestDidDocuments:
    @pytest.mark.parametrize("kind", PAIRS)
    def test_each_kind_of_key_is_read_as_multikey_and_as_json_web_key(self, kind: str) -> None:
        key = PAIRS[kind].public
        name = f"{DID}#{key.multikey}"
        assert DidDocument.parse(did_document(DID, [key])).assertion_keys == {name: key}
        for form in ("JsonWebKey", "JsonWebKey2020"):
            found = DidDocument.parse(document(method(type=form, publicKeyJwk=jwk_of(key))))
            assert found.assertion_keys == {f"{DID}#1": key}

    @pytest.mark.parametrize("kind", PAIRS)
    def test_a_did_that_spells_out_its_key_is_its_own_document(self, kind: str) -> None:
        key = PAIRS[kind].public
        by_key = DidDocument.parse(did_key_document(did_key(key)))
        assert by_key.assertion_keys == {f"{did_key(key)}#{key.multikey}": key}
        did = f"did:jwk:{base64url_encode(canonical_json(jwk_of(key)))}"
        by_jwk = DidDocument.parse(did_key_document(did))
        assert by_jwk.assertion_keys == by_jwk.authentication_keys == {f"{did}#0": key}

    @pytest.mark.parametrize("text", ["did:jwk:", "did:jwk:e30=", "did:jwk:AA", "did:jwk:W10", "did:example:1"])
    def test_a_did_that_spells_out_no_key_is_refused(self, text: str) -> None:
        with pytest.raises((UnreadableDid, UnusableKey)):
            key_of_did(text)

    @pytest.mark.parametrize(
        "other",
        [
            {"controller": "did:web:thief.example"},
            {"controller": None},
            {"type": "EcdsaSecp256k1VerificationKey2019"},
            {"type": "Multikey"},
            {"publicKeyJwk": {"kty": "OKP", "crv": "X25519", "x": "AA"}},
            {"publicKeyJwk": {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}},
            {"publicKeyJwk": {**jwk_of(P256), "use": "enc"}},
            {"publicKeyJwk": "https://thief.example/key"},
        ],
    )
    def test_methods_that_cannot_vouch_here_are_passed_over(self, other: dict[str, Any]) -> None:
        """Threat 12."""
        given = document(method(**other))
        if other.get("type") == "Multikey":
            with pytest.raises(UnreadableDidDocument, match="publicKeyMultibase"):
                DidDocument.parse(given)
        else:
            assert DidDocument.parse(given).assertion_keys == {}

    @pytest.mark.parametrize(
        ("bad", "said"),
        [
            ({"publicKeyJwk": {**jwk_of(P256), "d": "AA"}}, "private"),
            ({"privateKeyJwk": {}}, "private key"),
            ({"secretKeyMultibase": "z"}, "private key"),
            ({"publicKeyMultibase": P256.multikey}, "once"),
            ({"publicKeyJwk": {"kty": "RSA", "n": "_w", "e": "AQAB"}}, "8 bits"),
            ({"publicKeyJwk": {**jwk_of(P256), "y": jwk_of(P256)["x"]}}, "not a point"),
            ({"publicKeyJwk": {**jwk_of(P256), "alg": "HS256"}}, "HS256"),
        ],
    )
    def test_a_weak_or_exposed_key_spoils_the_document(self, bad: dict[str, Any], said: str) -> None:
        """Threat 11."""
        with pytest.raises(UnreadableDidDocument, match=said):
            DidDocument.parse(document(method(**bad)))

    def test_the_key_type_of_2020_holds_edwards_keys_alone(self) -> None:
        old = {"id": f"{DID}#1", "type": "Ed25519VerificationKey2020", "controller": DID}
        ed = PAIRS["Ed25519"].public
        assert isinstance(ed, PublicKey)
        found = DidDocument.parse(document({**old, "publicKeyMultibase": ed.multikey}))
        assert found.assertion_keys == {f"{DID}#1": ed}
        assert DidDocument.parse(document({**old, "publicKeyMultibase": P256.multikey})).assertion_keys == {}

    def test_another_key_of_the_same_curve_does_not_verify(self) -> None:
        signature = PAIRS["P-256"].sign(b"m")
        assert P256.verify(b"m", signature)
        assert not ecdsa(number=1_000_033).public.verify(b"m", signature)
