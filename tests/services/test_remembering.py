"""What is remembered of the chain is remembered for one block, and only facts are."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from creditbank.services.ports import Call, ChainRefused, ChainUnavailable
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


def test_those_who_come_while_the_chain_is_asked_share_the_next_head_and_never_that_one(chain: Asked) -> None:
    """A head that was asked for before somebody came may be older than what they were told elsewhere."""
    begun, may_end, heads = threading.Event(), threading.Event(), list[int]()

    class Slow(Asked):
        def head(self) -> tuple[int, str, Any]:
            found = super().head()
            heads.append(self.block)
            begun.set()
            assert may_end.wait(20)
            return found

    slow = Slow()
    remembering = Remembering(slow)  # type: ignore[arg-type]
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(remembering.at_head)
        assert begun.wait(20)
        slow.block += 1
        others = [pool.submit(remembering.at_head) for _ in range(8)]
        while len(remembering._turn._waiters) < 8:  # type: ignore[attr-defined]
            assert not any(one.done() for one in others)
        may_end.set()
        assert first.result(timeout=20).number == 1
        assert {one.result(timeout=20).number for one in others} == {2}
    assert heads == [1, 2]


def test_a_chain_that_does_not_answer_is_told_to_all_who_waited_and_asked_again_by_the_next(chain: Asked) -> None:
    remembering = Remembering(chain)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "head", lambda: (_ for _ in ()).throw(ChainUnavailable("Silent.")))
        for _ in range(2):
            with pytest.raises(ChainUnavailable, match="Silent"):
                remembering.at_head()
    assert remembering.at_head().number == 1
