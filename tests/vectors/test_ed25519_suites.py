"""Wycheproof and CCTV for Ed25519, through the very operation that testers in other languages use."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from creditbank.cli.conformance import answer_to

HERE = Path(__file__).parent
Counted = Callable[..., None]


def answer(key: str, message: str, signature: str) -> str:
    """`yes`, or the name of what stands in the way."""
    request = {"op": "sig.verify", "raw_key_hex": key, "message_hex": message, "signature_hex": signature}
    given = answer_to(json.dumps(request).encode())
    return "yes" if given["ok"] else str(given["error"])


def test_wycheproof_is_answered_as_published(counted: Counted) -> None:
    """Threats 10 and 11."""
    suite = json.loads((HERE / "wycheproof" / "ed25519_test.json").read_bytes())
    run = 0
    for group in suite["testGroups"]:
        for case in group["tests"]:
            expected = "yes" if case["result"] == "valid" else "signature-does-not-hold"
            assert answer(group["publicKey"]["pk"], case["msg"], case["sig"]) == expected, case["tcId"]
            run += 1
    assert run == suite["numberOfTests"] == 151
    counted("Wycheproof Ed25519", run)


def test_edge_cases_of_points_and_scalars_are_answered_by_one_rule(counted: Counted) -> None:
    """Threat 11. CCTV names what is odd about each vector; which of that is refused is this rule, and nothing else."""
    suite = json.loads((HERE / "cctv" / "ed25519vectors.json").read_bytes())
    found: Counter[str] = Counter()
    for case in suite:
        odd = set(case["flags"] or ())
        if odd & {"low_order_A", "non_canonical_A"}:
            expected = "unusable-key"  # one signature fits many messages, or one key has two names
        elif odd & {"low_order_residue", "non_canonical_R"}:
            expected = "signature-does-not-hold"  # holds only up to the cofactor, or has a second spelling
        else:
            expected = "yes"
        given = answer(case["key"], case["msg"].encode().hex(), case["sig"])
        assert given == expected, case["number"]
        found[given] += 1
    assert found == {"unusable-key": 526, "signature-does-not-hold": 302, "yes": 86}
    counted("CCTV Ed25519", len(suite))
