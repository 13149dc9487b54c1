"""Rule files made to hurt end at a verdict or at a named limit (threat 59): the same bytes twice, and no memory without
end.

Each instance is weighed in a process of its own under a cap on its memory. What is asserted is counted work; the wait
is only a guard, generous enough for a slow machine. `make soak` weighs the large ones too.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hostile_instances import INSTANCES, LARGE, deep_any
from pydantic import ValidationError

pytestmark = pytest.mark.slow

GUARD = 540
"""Seconds after which a process counts as hanging. Nothing is measured by it."""
NAMES = sorted(INSTANCES) if "CREDITBANK_SOAK" in os.environ else sorted(INSTANCES.keys() - LARGE)
DECIDED = {
    # More units are wanted than there are, whatever the places.
    "pigeonhole-20": "falls-short",
    "pigeonhole-40": "falls-short",
    "pigeonhole-60": "falls-short",
    "pigeonhole-unlike-20": "falls-short",
    "pigeonhole-unlike-40": "falls-short",
    "pigeonhole-unlike-60": "falls-short",
    "choice-of-choices": "falls-short",
    "choice-of-choices-wide": "falls-short",
    "wide-choice": "falls-short",
    "deep-any": "falls-short",
    "chain": "adds-up",
    "chain-broken": "falls-short",
    "chain-broken-200": "falls-short",
    "choice-of-choices-small": "falls-short",
    "huge-amounts": "adds-up",
    "closed-set": "adds-up",
    "colouring": "falls-short",
    "colouring-enough": "adds-up",
    "nodes": "adds-up",
    "circle": "falls-short",
}
"""Instances that look worse than they are: these must be decided."""
NEVER = {
    **{f"subset-sum-parity-{count}": "adds-up" for count in (40, 100, 200)},
    **{f"subset-sum-planted-{count}": "falls-short" for count in (40, 100, 200)},
    "colouring-large": "adds-up",
    "equivalents": "adds-up",
    "partial": "adds-up",
    "sharing": "adds-up",
    "windows": "adds-up",
    "equivalents-20": "adds-up",
    "partial-200": "adds-up",
    "windows-5": "adds-up",
    "portions": "falls-short",
}
"""What would be wrong, by the way an instance was made. Not knowing is never wrong."""
LIMITS = {"search-work", "model-size", "amounts", "pairs", "units", "exactness", "not-sought"}


def weighed(name: str) -> dict[str, Any]:
    here = Path(__file__).parent
    path = [str(here), *(entry for entry in sys.path if entry)]
    done = subprocess.run(
        [sys.executable, str(here / "hostile_instances.py"), name],
        capture_output=True,
        text=True,
        timeout=GUARD,
        env={"PYTHONPATH": ":".join(path), "PATH": "", "PYTHONHASHSEED": "random"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_rule_file_ends_at_a_verdict_or_a_named_limit(name: str) -> None:
    """Threat 59: subset sums, pigeonholes and deep choices end at an answer, or at a limit that is named."""
    found = weighed(name)
    first, second = found["digests"]
    assert first == second, "given in the reverse order, it is the same evaluation, byte for byte"
    verdict = found["verdict"]
    assert verdict == DECIDED.get(name, verdict)
    assert verdict != NEVER.get(name)
    assert all(limit in LIMITS for _, limit in found["stopped"])
    if verdict == "too-complex":
        assert found["stopped"][0][0] == "decision"
        assert not found["proven"]
    if verdict == "adds-up":
        assert found["proven"]


def test_what_is_nested_deeper_than_is_read_is_refused_before_it_is_weighed() -> None:
    """Threat 59: a definition that is too deep is refused."""
    with pytest.raises(ValidationError, match="nested deeper than 16 levels"):
        deep_any(32)
