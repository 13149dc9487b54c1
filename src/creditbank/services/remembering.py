"""What the chain answered at its newest block, remembered until there is a newer one.

Every verification asks the same few questions of the same contracts, and a block's state never changes: so a question
is asked once for each block, and the head is asked for every time. What spends or admits asks the chain itself.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from creditbank.services.ports import Call, Chain, ChainUnavailable, Mined

MOST: Final = 50_000
"""Answers that are kept of one block."""


@dataclass(frozen=True, slots=True)
class AtHead:
    """The chain as of one block, as far as it was asked; safe to share between threads."""

    chain: Chain
    number: int
    hash: str
    time: datetime
    answers: dict[Call, object] = field(default_factory=dict)
    places: dict[str, Mined] = field(default_factory=dict)

    def read(self, call: Call) -> object:
        """The contract's answer; raises what `Chain.read` does, and remembers no refusal."""
        if call not in self.answers:
            answer = self.chain.read(call)
            if len(self.answers) >= MOST:
                return answer
            self.answers[call] = answer
        return self.answers[call]

    def mined(self, transaction: str) -> Mined | None:
        """The transaction's place in the canonical chain, or None; raises what `Chain.mined` does."""
        place = self.places.get(transaction)
        if place is None:  # not remembered: a node may learn of a transaction later than of its block
            place = self.chain.mined(transaction)
            if place is not None and len(self.places) < MOST:
                self.places[transaction] = place
        return place


class Remembering:
    """Gives the chain as of its newest block.

    Those who ask while somebody asks the chain wait, and then share the next answer: each gets a head that the chain
    was asked for after they came, and the chain is asked once for all of them.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain, self._turn = chain, threading.Condition()
        self._newest: AtHead | None = None
        self._asking, self._next = False, _Round()

    def at_head(self) -> AtHead:
        """What is known as of the newest block, which the chain is asked for; raises `ChainUnavailable`."""
        with self._turn:
            mine = self._next
            self._turn.wait_for(lambda: mine.done or not self._asking)
            leads = not mine.done
            if leads:
                self._asking, self._next = True, _Round()
        if leads:
            self._ask(mine)
        if mine.refusal is not None:
            raise mine.refusal.with_traceback(None)
        assert mine.found is not None, "a head was found or refused"
        return mine.found

    def _ask(self, mine: "_Round") -> None:
        mine.refusal = ChainUnavailable("The question for the newest block was cut off.")
        try:
            number, hash, time = self._chain.head()
            if self._newest is None or self._newest.hash != hash:  # who asks is alone here
                self._newest = AtHead(self._chain, number, hash, time)
            mine.found, mine.refusal = self._newest, None
        except ChainUnavailable as refusal:
            mine.refusal = refusal
        finally:
            with self._turn:
                mine.done, self._asking = True, False
                self._turn.notify_all()


@dataclass(slots=True)
class _Round:
    """One question for the newest block, and whoever waits for its answer."""

    done: bool = False
    found: AtHead | None = None
    refusal: ChainUnavailable | None = None
