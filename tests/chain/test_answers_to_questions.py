"""An answer counts for the question that it answers, and for no other."""

from typing import Any

import pytest
import requests

from creditbank.adapters.chain.rpc import Node, Provider
from creditbank.services.ports import ChainUnavailable


class Answering(Provider):
    """A node that answers the question whose number it was told, in whatever form."""

    def __init__(self, answer: Any) -> None:
        super().__init__("http://127.0.0.1:1", requests.Session())
        self._answer = answer

    def _exchange(self, question: Any) -> Any:
        return self._answer(question)


def _asked(answer: Any) -> Any:
    node = Node("http://127.0.0.1:1")
    node._provider = Answering(answer)
    return node.ask("eth_blockNumber")


@pytest.mark.parametrize(
    "answer",
    [
        lambda question: {"jsonrpc": "2.0", "id": question["id"] + 1, "result": "0x1"},
        lambda question: {"jsonrpc": "2.0", "id": None, "result": "0x1"},
        lambda question: {"jsonrpc": "2.0", "result": "0x1"},
        lambda question: [{"jsonrpc": "2.0", "id": question["id"], "result": "0x1"}],
        lambda question: "0x1",
    ],
)
def test_an_answer_to_another_question_is_none(answer: Any) -> None:
    """Threat 25: a proxy that mixes up two callers says what is true of something else."""
    with pytest.raises(ChainUnavailable):
        _asked(answer)


def test_an_answer_to_the_question_counts() -> None:
    assert _asked(lambda question: {"jsonrpc": "2.0", "id": question["id"], "result": "0x1"}) == "0x1"
