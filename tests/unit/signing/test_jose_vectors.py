"""Wycheproof's JSON Web Signatures, Keys and Crypto, and its keys on secp256k1: every vector for an algorithm that is
read here is answered as published.

Vectors for other algorithms are all refused, the good ones too: HMAC, RSA-PSS, longer hashes, P-521, encryption,
secp256k1 (record 0021).
"""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from creditbank.signing import (
    EcdsaKey,
    Jws,
    ProofInvalid,
    UnreadableToken,
    UnusableKey,
    key_from_jwk,
    key_from_multikey,
    multibase_encode,
)

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


@pytest.mark.parametrize(("name", "number", "good"), [("json_web_key_test", 26, 5), ("json_web_crypto_test", 83, 6)])
def test_no_key_of_a_set_makes_a_vector_good_that_is_published_as_bad(
    name: str, number: int, good: int, counted: Callable[..., None]
) -> None:
    """Threat 9: each key of the set is tried by itself. Of the good ones those for HMAC and encryption are refused."""
    run = Counter[str]()
    for group in suite(name)["testGroups"]:
        for case in group["tests"]:
            given = {answer(jwk, case["jws"] if "jws" in case else case["jwe"]) for jwk in keys(group)}
            run[f"{case['result']}, {'valid' if 'valid' in given else 'refused'}"] += 1
            algorithms = {jwk.get("alg") for jwk in keys(group)}
            if case["result"] == "valid" and algorithms <= READ:
                assert "valid" in given, case["tcId"]
    assert run.total() == number
    assert run["invalid, valid"] == 0
    assert run["valid, valid"] + run["valid, refused"] == good
    assert run["valid, valid"] > 0
    counted(f"Wycheproof {name.removesuffix('_test')}", number, otherwise=run["valid, refused"])


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("ecdsa_secp256k1_sha256_p1363_test", 252),
        ("ecdsa_secp256k1_sha256_test", 476),
        ("ecdsa_secp256k1_sha256_bitcoin_test", 463),
    ],
)
def test_no_key_on_the_curve_of_the_chains_accounts_is_one_for_credentials(
    name: str, number: int, counted: Callable[..., None]
) -> None:
    """The key is refused however it is spelled, so none of its signatures can hold."""
    run = good = 0
    for group in suite(name)["testGroups"]:
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        compressed = bytes([2 + point[-1] % 2]) + point[1:33]
        with pytest.raises(UnusableKey):
            key_from_multikey(multibase_encode(b"\xe7\x01" + compressed))
        if "publicKeyJwk" in group:
            with pytest.raises(UnusableKey):
                key_from_jwk(group["publicKeyJwk"])
        run += len(group["tests"])
        good += sum(case["result"] == "valid" for case in group["tests"])
    assert run == number
    counted(f"Wycheproof {name.removesuffix('_test')}", run, otherwise=good)


def test_a_signature_in_der_is_never_taken_for_a_raw_one(counted: Callable[..., None]) -> None:
    """Threat 10: 484 vectors with signatures in DER, good and bad; raw r and s are the one spelling here."""
    run = good = 0
    for group in suite("ecdsa_secp256r1_sha256_test")["testGroups"]:
        point = group["publicKey"]
        key = EcdsaKey.from_point("P-256", int(point["wx"], 16), int(point["wy"], 16))
        for case in group["tests"]:
            assert not key.verify(bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])), case["tcId"]
            run, good = run + 1, good + (case["result"] == "valid")
    assert run == 484
    counted("Wycheproof ECDSA P-256 in DER", run, otherwise=good)
