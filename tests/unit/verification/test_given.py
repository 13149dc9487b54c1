"""A document comes as JSON or as a token, and either way what was signed is never lost."""

import base64
import json

import pytest

from creditbank.canonical import UnreadableJson, canonical_json, json_digest, sha256
from creditbank.signing import ClaimsDisagree, UnreadableToken
from creditbank.verification import Secured, read_secured

CREDENTIAL = {"id": "urn:uuid:1", "type": ["VerifiableCredential"], "issuer": {"id": "did:web:a.example"}}


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token(payload: object, **header: object) -> str:
    return f"{part({'alg': 'EdDSA', 'typ': 'vc+jwt', **header})}.{part(payload)}.{part('a signature')}"


def test_json_is_named_by_its_canonical_digest_however_it_is_spaced() -> None:
    found = read_secured(json.dumps(CREDENTIAL, indent=3).encode())
    assert found == Secured(CREDENTIAL, json_digest(CREDENTIAL))
    assert read_secured(canonical_json(CREDENTIAL)).digest == found.digest
    assert read_secured(found) is found


def test_a_token_is_named_by_its_own_characters() -> None:
    text = token(CREDENTIAL)
    assert read_secured(text) == Secured(CREDENTIAL, sha256(text.encode()), text)
    assert read_secured(text.encode()) == read_secured(text)


def test_an_envelope_is_opened_and_says_nothing_else() -> None:
    text = token(CREDENTIAL)
    envelope = {"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{text}"}
    assert read_secured(envelope) == read_secured(text)
    with pytest.raises(UnreadableToken, match="says nothing beside"):
        read_secured({**envelope, "issuer": "did:web:another.example"})
    with pytest.raises(UnreadableToken, match="starts with"):
        read_secured({**envelope, "id": f"data:text/plain,{text}"})


@pytest.mark.parametrize("text", ["", "x", "a.b", "a.b.c.d", "{}.{}.{}"])
def test_what_is_neither_json_nor_token_is_refused(text: str) -> None:
    with pytest.raises(UnreadableToken):
        read_secured(text)
    with pytest.raises((UnreadableToken, UnreadableJson)):
        read_secured(text.encode())


def test_a_token_that_says_two_things_is_refused() -> None:
    with pytest.raises(ClaimsDisagree, match="claim iss"):
        read_secured(token({**CREDENTIAL, "iss": "did:web:b.example"}))
