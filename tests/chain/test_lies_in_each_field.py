"""A node that lies in one field of one of its answers, whichever it is: nothing false is final, nothing is sent twice,
nothing is stuck when it stops, and whatever is raised has words for it (threats 22 to 25).

What stands in an answer is not written down here but looked up in the honest ones, so that no field is forgotten.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from faulty_rpc import faulty, lie
from nodes import anvil
from senders import GWEI, Office, founded

from creditbank.adapters.chain import FeeAboveCap
from creditbank.services.ports import ChainRefused, ChainUnavailable
from creditbank.services.records import AttemptState
from creditbank.services.sending import NotMinedYet

pytestmark = [pytest.mark.anvil, pytest.mark.slow]

METHODS = (
    "eth_blockNumber",
    "eth_chainId",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_getBalance",
    "eth_getBlockByNumber",
    "eth_getBlockReceipts",
    "eth_getCode",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_sendRawTransaction",
)
GONE = object()


def _other(told: Any) -> Any:
    """Another value of the same kind: a hash of something else, a number that is one more."""
    if not isinstance(told, str) or len(told) < 3:
        return told
    return told[:-1] + ("0" if told[-1] != "0" else "1")


LIES: dict[str, Callable[[Any], Any]] = {
    "another": _other,
    "gone": lambda told: GONE,
    "huge": lambda told: "0x" + "f" * 64,
    "nothing": lambda told: None,
    "zero": lambda told: "0x0",
    "empty": lambda told: "0x",
    "a list": lambda told: [told],
    "a number": lambda told: 7,
}


def paths(told: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where values stand in an answer; of a list the first and the last."""
    yield path
    if isinstance(told, dict):
        for name, value in told.items():
            yield from paths(value, (*path, name))
    elif isinstance(told, list):
        for at in sorted({0, len(told) - 1}) if told else ():
            yield from paths(told[at], (*path, at))


def spoilt(told: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """The answer with another value in one place; as it was where it has no such place."""
    if not path:
        found = change(told)
        return None if found is GONE else found
    if not isinstance(told, dict | list) or (isinstance(told, dict) and path[0] not in told):
        return told
    if isinstance(told, list) and path[0] >= len(told):
        return told
    new = dict(told) if isinstance(told, dict) else list(told)
    value = spoilt(told[path[0]], path[1:], change)
    if len(path) == 1 and change(told[path[0]]) is GONE:
        del new[path[0]]
    else:
        new[path[0]] = value
    return new


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with anvil() as (url, control), faulty(url) as node:
        ground = founded(node, control)
        control("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        control("evm_mine")
        opened = Office(ground, Path(tmp_path_factory.mktemp("office")))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def places(office: Office) -> dict[str, set[tuple[Any, ...]]]:
    """Every place in every answer that a transaction takes to become final."""
    seen: dict[str, set[tuple[Any, ...]]] = {}

    def note(method: str) -> Callable[[Any], Any]:
        def change(told: Any) -> Any:
            seen.setdefault(method, set()).update(paths(told))
            return told

        return change

    for method in METHODS:
        office.ground.node.on(method, lie(note(method)), 1000)
    assert office.settle("batch:honest").final
    office.ground.node.honest()
    return seen


def believed_only_if_true(office: Office, purpose: str) -> None:
    """Step a few times; whatever counts as final must be so on the node itself."""
    for _ in range(4):
        mined = None
        with suppress(ChainUnavailable, ChainRefused, FeeAboveCap, NotMinedYet):  # whatever else came would be a fault
            mined = office.step(purpose)
        if mined is not None and mined.final:
            receipt = office.ground.control("eth_getTransactionReceipt", mined.transaction)
            newest = int(office.ground.control("eth_blockNumber"), 16)
            assert receipt["status"] == "0x1"
            assert (receipt["blockHash"], int(receipt["blockNumber"], 16)) == (mined.block_hash, mined.block_number)
            assert newest - mined.block_number >= 2
        office.ground.control("evm_mine")


@pytest.mark.parametrize("method", METHODS)
def test_a_lie_in_any_field_makes_nothing_false_final_and_sends_nothing_twice(
    office: Office, places: dict[str, set[tuple[Any, ...]]], method: str
) -> None:
    """Each place is lied about in two of the ways, in turn; of an answer that is one value, in all."""
    assert places[method], "the answer was seen"
    names = sorted(LIES)
    for number, path in enumerate(sorted(places[method], key=str)):
        chosen = names if len(places[method]) == 1 else [names[number % len(names)], names[(number + 3) % len(names)]]
        for name in chosen:
            purpose, before = f"batch:{method} {path} {name}", office.nonce()
            told = lie(lambda told, path=path, name=name: spoilt(told, path, LIES[name]))
            office.ground.node.on(method, told, 60)
            believed_only_if_true(office, purpose)
            office.ground.node.honest()
            mined = office.settle(purpose, tries=10)
            assert (mined.succeeded, mined.final) == (True, True)
            assert office.nonce() == before + 1, purpose
            assert office.states(purpose).count(AttemptState.MINED) == 1
