"""Attempts to cheat, made with real keys, so that the verifier has something to say no to."""

from collections.abc import Callable
from typing import Any

from creditbank.canonical import (
    JsonObject,
    canonical_json,
    digest_sri,
    digest_text,
    json_digest,
    load_object,
    sha256,
)

Sign = Callable[[JsonObject], bytes]


def altered_value(signed: bytes) -> bytes:
    """The same credential with its credit raised by one: one signed value changed, the proof left as it was."""
    document: Any = load_object(signed)
    achievement = document["credentialSubject"]["achievement"]
    achievement["creditPoints"] = _one_more(achievement["creditPoints"])
    return canonical_json(document)


def inflated_allocation(proof: bytes, award: bytes, sign: Sign) -> tuple[bytes, bytes]:
    """A stacking proof in which one use counts for more than its credential carries, and an award bound to it.

    Seal and award are made anew with the university's own key, so only re-adding the sum can tell.
    """
    forged: Any = load_object(proof)
    use = forged["uses"][0]
    use["amount"], use["counted"] = _one_more(use["amount"]), _one_more(use["counted"])
    forged["counted"] = _one_more(forged["counted"])
    return _bound(forged, load_object(award), sign)


def second_award(proof: bytes, award: bytes, sign: Sign, id: str) -> tuple[bytes, bytes]:
    """The same sum once more, under another id: every part is genuine, and only the chain knows it was spent before."""
    forged: Any = load_object(proof)
    document: Any = load_object(award)
    forged["award"] = document["id"] = id
    forged["id"] = document["relatedResource"][0]["id"] = f"{id}#stacking-proof"
    return _bound(forged, document, sign)


def _bound(proof: Any, award: Any, sign: Sign) -> tuple[bytes, bytes]:
    """Seal a proof anew, bind an award to it, and sign."""
    del proof["seal"]
    proof["seal"] = digest_text(json_digest(proof))
    content = canonical_json(proof)
    del award["proof"]
    award["relatedResource"][0]["digestSRI"] = digest_sri(sha256(content))
    return content, sign(award)


def _one_more(amount: str) -> str:
    return str(int(amount) + 1)
