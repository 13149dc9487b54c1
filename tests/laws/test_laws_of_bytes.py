"""Two laws of signed documents: a byte that changes the meaning is noticed, and a spelling that does not is not."""

import json
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis.strategies import DataObject, data, integers, sampled_from
from verification_samples import KEYS, NOW, PROVIDER, SIGNED, make_world, sign, unsigned_unit

from creditbank.adapters.documents import bundled_contexts
from creditbank.canonical import canonical_json, load_object
from creditbank.credential import read_credential, unit_facts
from creditbank.signing import TokenProfile, canonicalize_rdfc, sign_jwt, without_proof
from creditbank.verification import Policy, Report, Verdict, verify_credential

WORLD = make_world()
LIBRARY = bundled_contexts()
SUITES = {
    "eddsa-rdfc-2022": WORLD.unit,
    "eddsa-jcs-2022": sign(unsigned_unit(1), PROVIDER, suite="eddsa-jcs-2022"),
    "both": sign(sign(unsigned_unit(1), PROVIDER), PROVIDER, suite="eddsa-jcs-2022"),
}
TOKENS = [
    sign_jwt(
        unsigned_unit(1),
        profile=profile,
        key_id=f"{PROVIDER}#{KEYS[PROVIDER].public.multikey}",
        algorithm="EdDSA",
        sign=KEYS[PROVIDER].sign,
        signed=SIGNED,
    )
    for profile in TokenProfile
]
SIGNATURE = Policy(
    "signature",
    "The signature holds, by the issuer's own key",
    frozenset(
        [
            "format.readable",
            "format.credential",
            "format.context",
            "proof.present",
            "proof.signature",
            "proof.purpose",
            "issuer.method",
            "issuer.document",
        ]
    ),
    None,
)
LAW = settings(max_examples=120, deadline=None)


def judged(given_bytes: bytes) -> Report:
    return verify_credential(given_bytes, WORLD.evidence, policy=SIGNATURE, now=NOW)


def meaning(document: dict[str, Any]) -> tuple[Any, ...]:
    """What it says: as statements, to whoever decides, and to whoever counts."""
    view = read_credential(document)
    decides = (view.id, view.issuer, view.subject, view.types, view.valid_from, view.valid_until, view.status)
    return canonicalize_rdfc(without_proof(document), LIBRARY), decides, unit_facts(document)


@LAW
@given(data())
def test_a_byte_that_changes_the_meaning_of_a_credential_is_noticed(choose: DataObject) -> None:
    """Any byte, replaced by any other, under each cryptosuite; what is still accepted says the same as before."""
    original = SUITES[choose.draw(sampled_from(sorted(SUITES)))]
    written = bytearray(json.dumps(original, ensure_ascii=False).encode())
    written[choose.draw(integers(0, len(written) - 1))] = choose.draw(integers(0, 255))
    if judged(bytes(written)).verdict is Verdict.ACCEPTED:
        assert meaning(load_object(bytes(written))) == meaning(original)


@LAW
@given(data())
def test_a_byte_of_a_token_has_no_second_spelling(choose: DataObject) -> None:
    """Threat 10: whatever byte of a token is another one, it is not accepted."""
    token = choose.draw(sampled_from(TOKENS)).encode()
    at, byte = choose.draw(integers(0, len(token) - 1)), choose.draw(integers(0, 255))
    changed = token[:at] + bytes([byte]) + token[at + 1 :]
    assert (judged(changed).verdict is Verdict.ACCEPTED) == (changed == token)


@LAW
@given(sampled_from(sorted(SUITES)), integers(0, 2**32 - 1).map(Random))
def test_another_spelling_of_the_same_json_is_accepted_as_before(suite: str, random: Random) -> None:
    """White space, the order of keys and escapes are no part of what is signed."""
    spelled = respelled(SUITES[suite], random)
    assert canonical_json(load_object(spelled)) == canonical_json(SUITES[suite])
    assert judged(spelled).verdict is Verdict.ACCEPTED
    if suite == "eddsa-rdfc-2022":  # the very document that was anchored
        assert WORLD.report(spelled).verdict is Verdict.ACCEPTED


def respelled(value: Any, random: Random) -> bytes:
    """The same JSON as another writer might put it."""

    def space() -> str:
        return "".join(random.choice(" \t\r\n") for _ in range(random.choice((0, 0, 0, 1, 3))))

    def text(word: str) -> str:
        return '"' + "".join(character(one) for one in word) + '"'

    def character(one: str) -> str:
        plain = json.dumps(one, ensure_ascii=False)[1:-1]
        units = one.encode("utf-16-be")
        escaped = "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
        return escaped if random.random() < 0.1 else "\\/" if one == "/" and random.random() < 0.3 else plain

    def write(item: Any) -> str:
        if isinstance(item, dict):
            pairs = list(item.items())
            random.shuffle(pairs)
            inside = ",".join(f"{space()}{text(key)}{space()}:{write(inner)}" for key, inner in pairs)
            return f"{space()}{{{inside}{space()}}}{space()}"
        if isinstance(item, list):
            return f"{space()}[{','.join(write(inner) for inner in item)}]{space()}"
        return f"{space()}{text(item) if isinstance(item, str) else json.dumps(item)}{space()}"

    return write(value).encode()
