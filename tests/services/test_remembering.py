"""What is remembered of the chain is remembered for one block, and only facts are."""

from typing import Any

import pytest

from creditbank.services.ports import Call, ChainRefused
from creditbank.services.remembering import Remembering


class Asked:
    """A chain that counts what it is asked, and says so in its answers."""

    def __init__(self) -> None:
        self.block, self.asked, self.refuses, self.indexed = 1, 0, False, True

    def head(self) -> tuple[int, str, Any]:
        return self.block, f"0x{self.block:064x}", None

    def read(self, call: Call) -> object:
        self.asked += 1
        if self.refuses:
            raise ChainRefused("NotNow", "The contract refused.")
        return self.asked

    def mined(self, transaction: str) -> Any:
        self.asked += 1
        return (transaction, self.asked) if self.indexed else None


@pytest.fixture
def chain() -> Asked:
    return Asked()


@pytest.fixture
def remembering(chain: Asked) -> Remembering:
    return Remembering(chain)  # type: ignore[arg-type]


WHICH = Call("issuers", "termsOf", (b"one",))


def test_a_question_is_asked_once_for_each_block(chain: Asked, remembering: Remembering) -> None:
    assert [remembering.at_head().read(WHICH) for _ in range(3)] == [1, 1, 1]
    chain.block += 1
    assert remembering.at_head().read(WHICH) == 2


def test_another_question_is_another_answer(remembering: Remembering) -> None:
    newest = remembering.at_head()
    assert newest.read(WHICH) != newest.read(Call("issuers", "termsOf", (b"two",)))


def test_a_late_answer_of_an_older_block_is_never_taken_for_a_newer_one(chain: Asked, remembering: Remembering) -> None:
    older = remembering.at_head()
    chain.block += 1
    newer = remembering.at_head()
    assert older.read(WHICH) == 1
    assert newer.read(WHICH) == 2


def test_a_refusal_is_not_remembered(chain: Asked, remembering: Remembering) -> None:
    chain.refuses = True
    with pytest.raises(ChainRefused):
        remembering.at_head().read(WHICH)
    chain.refuses = False
    assert remembering.at_head().read(WHICH) == 2


def test_a_transaction_that_no_block_holds_yet_is_asked_for_again(chain: Asked, remembering: Remembering) -> None:
    chain.indexed = False
    newest = remembering.at_head()
    assert newest.mined("0xaa") is None
    chain.indexed = True
    assert newest.mined("0xaa") == ("0xaa", 2)
    assert newest.mined("0xaa") == ("0xaa", 2)
