"""What the chain answered at its newest block, remembered until there is a newer one.

Every verification asks the same few questions of the same contracts, and a block's state never changes: so a question
is asked once for each block, and the head is asked for every time. What spends or admits asks the chain itself.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from creditbank.services.ports import Call, Chain, Mined

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
    """Gives the chain as of its newest block."""

    def __init__(self, chain: Chain) -> None:
        self._chain, self._lock = chain, threading.Lock()
        self._newest: AtHead | None = None

    def at_head(self) -> AtHead:
        """What is known as of the newest block, which the chain is asked for; raises `ChainUnavailable`."""
        number, hash, time = self._chain.head()
        with self._lock:
            if self._newest is None or self._newest.hash != hash:
                self._newest = AtHead(self._chain, number, hash, time)
            return self._newest
