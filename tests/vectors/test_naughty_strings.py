"""The big list of naughty strings, as names in credentials: signed and read byte for byte, and markup nowhere."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from markup import read_page
from worlds import unit

from creditbank.adapters.documents import bundled_contexts
from creditbank.canonical import UnreadableJson, canonical_json, load_object, pretty_json
from creditbank.cli.terminal import TURNING, plain
from creditbank.credential import IssuerProfile, UnreadableAchievement, build_credential
from creditbank.signing import PrivateKey, add_proof, did_key, proofs_of, verify_proof
from creditbank.verification.verifier import title_of
from creditbank_api.web.rendering import TEMPLATES
from creditbank_api.web.reports import in_words

NAUGHTY: Final[list[str]] = json.loads((Path(__file__).parent / "blns" / "blns.json").read_bytes())
NAMES: Final = [text for text in NAUGHTY if text.strip()]
BLANK: Final = [text for text in NAUGHTY if not text.strip()]
KEY: Final = PrivateKey.from_seed(b"n" * 32)
ISSUER: Final = did_key(KEY.public)
SIGNED: Final = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
LIBRARY: Final = bundled_contexts()
PLAIN: Final = unit("writing")


def named(name: str, suite: str) -> dict[str, Any]:
    unsigned = build_credential(
        replace(PLAIN, name=name),
        id="urn:uuid:00000000-0000-4000-8000-000000000002",
        issuer=IssuerProfile(ISSUER, name, None, "IN"),
        subject=ISSUER,
        earned=date(2026, 4, 1),
        valid_from=SIGNED,
        status=None,
    )
    return add_proof(
        unsigned,
        suite=suite,  # type: ignore[arg-type]
        verification_method=f"{ISSUER}#{KEY.public.multikey}",
        created=SIGNED,
        purpose="assertionMethod",
        sign=KEY.sign,
        contexts=LIBRARY,
    )


def name_in(credential: dict[str, Any]) -> str:
    return str(credential["credentialSubject"]["achievement"]["name"])


def test_a_name_of_nothing_but_space_is_no_name(counted: Callable[..., None]) -> None:
    for name in BLANK:
        with pytest.raises(UnreadableAchievement):
            named(name, "eddsa-jcs-2022")
    assert (len(NAMES), len(BLANK)) == (513, 2)
    counted("Naughty strings that are blank", len(BLANK))


@pytest.mark.parametrize(("suite", "every"), [("eddsa-jcs-2022", 1), ("eddsa-rdfc-2022", 10)])
def test_a_naughty_name_is_signed_and_read_byte_for_byte(suite: str, every: int, counted: Callable[..., None]) -> None:
    """Threat 8: names are the bytes that were signed, never normalised, and never told apart by how they look."""
    tried = NAMES[::every]
    for name in tried:
        signed = named(name, suite)
        for spelled in (canonical_json(signed), pretty_json(signed), json.dumps(signed).encode()):
            assert load_object(spelled) == signed
            assert name_in(load_object(spelled)).encode() == name.encode()
        (proof,) = proofs_of(signed)
        verify_proof(signed, proof, KEY.public, LIBRARY)
    counted(f"Naughty strings as names ({suite})", len(tried))


def test_a_naughty_name_stays_a_name_on_pages_and_terminals(counted: Callable[..., None]) -> None:
    """Threat 48: the page has the elements it has with any name, and the terminal no control characters."""
    facts = TEMPLATES.get_template("components.html").module.facts  # type: ignore[attr-defined]
    usual = [element.tag for element in read_page(facts(in_words(named("A name", "eddsa-jcs-2022")))).walk()]
    for name in NAMES:
        signed = named(name, "eddsa-jcs-2022")
        page = read_page(facts(in_words(signed)))
        assert [element.tag for element in page.walk()] == usual, name
        shown = [element.text for element in page.walk() if element.tag == "dd"]
        assert " ".join(name.split()) in shown, name
        steering = [
            one for one in plain(title_of(signed)) if one in TURNING or ord(one) < 32 or 0x7F <= ord(one) < 0xA0
        ]
        assert steering == [], name
    counted("Naughty strings on pages", len(NAMES))


def test_no_naughty_string_is_told_apart_by_a_reader_that_normalises() -> None:
    """Threat 8: NFC and NFD of one name are two names, under both cryptosuites."""
    composed, decomposed = "Universit\u00e9", "Universite\u0301"
    assert canonical_json(composed) != canonical_json(decomposed)
    with pytest.raises(UnreadableJson):
        load_object(b'{"name": "\\ud800"}')
