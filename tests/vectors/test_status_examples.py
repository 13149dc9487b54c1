"""The examples of W3C's Bitstring Status List 1.0."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from creditbank.credential import StatusList, UnreadableStatusList, read_credential, read_status

EXAMPLES = Path(__file__).parent / "vc-bitstring-status-list"


def example(number: int) -> Any:
    return json.loads((EXAMPLES / f"example-{number}.json").read_bytes())


def test_the_examples_say_what_they_say(counted: Callable[..., None]) -> None:
    both, alone = read_credential(example(1)).status, read_credential(example(3)).status
    assert [(entry.purpose, entry.index) for entry in both] == [("revocation", 94567), ("suspension", 23452)]
    assert [(entry.purpose, entry.index) for entry in alone] == [("revocation", 94567)]
    for number in (2, 4):
        listed = example(number)
        assert read_credential(listed).id == alone[0].list_id
        assert StatusList.decode(listed["credentialSubject"]["encodedList"]).size == 131_072
        assert read_status(listed, index=94567, purpose="revocation") is False
        assert read_status(listed, index=131_071, purpose="revocation") is False
        with pytest.raises(UnreadableStatusList, match="none at 131072"):
            read_status(listed, index=131_072, purpose="revocation")
        with pytest.raises(UnreadableStatusList, match="does not speak of suspension"):
            read_status(listed, index=94567, purpose="suspension")
    counted("Bitstring Status List examples (W3C)", 4)
