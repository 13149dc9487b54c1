"""Wycheproof's JSON Web Signatures and Keys: every vector for an algorithm that is read here is answered as published.

Vectors for other algorithms are all refused, the good ones too: HMAC, RSA-PSS, longer hashes, P-521 (record 0021).
"""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from creditbank.signing import Jws, ProofInvalid, UnreadableToken, UnusableKey, key_from_jwk

WYCHEPROOF = Path(__file__).parents[2] / "vectors" / "wycheproof"
READ = {"ES256", "RS256"}


def suite(name: str) -> Any:
    return json.loads(gzip.decompress((WYCHEPROOF / f"{name}.json.gz").read_bytes()))


def answer(jwk: Any, token: str) -> str:
    try:
        key = key_from_jwk(jwk)
    except UnusableKey:
        return "key refused"
    try:
        Jws.read(token).verify(key)
    except (UnreadableToken, ProofInvalid):
        return "invalid"
    return "valid"


def test_every_signature_of_an_algorithm_that_is_read_is_answered_as_published(counted: Callable[..., None]) -> None:
    """Threats 9 and 10: 401 vectors, of which 272 are for ES256 and RS256."""
    found: Counter[str] = Counter()
    for group in suite("json_web_signature_test")["testGroups"]:
        jwk = group.get("public") or group["private"]
        for case in group["tests"]:
            given = answer(jwk, case["jws"])
            if jwk.get("alg") in READ:
                assert given == case["result"], case["tcId"]
            else:
                assert given == "key refused", case["tcId"]
            found[given] += 1
    assert found == {"valid": 10, "invalid": 262, "key refused": 129}
    counted("Wycheproof JWS", found.total())


def keys(group: Any) -> list[Any]:
    given = group.get("public") or group["private"]
    found: list[Any] = given.get("keys", [given])
    return found


WEAK = {
    7: "generator",
    8: "1024 bits",
    9: "exponent",
    19: "cannot be one for",
    21: "not meant",
    22: "point",
    23: "bytes",
}


@pytest.mark.parametrize("number", WEAK)
def test_each_weak_or_contradictory_key_is_refused_for_its_own_reason(number: int) -> None:
    groups = suite("json_web_key_test")["testGroups"]
    (group,) = [one for one in groups if any(case["tcId"] == number for case in one["tests"])]
    (jwk,) = keys(group)
    with pytest.raises(UnusableKey) as refused:
        key_from_jwk(jwk)
    assert WEAK[number] in refused.value.sentence
