"""Noticing: telling a learner or a body what happened, in the transaction in which it happened.

A notice is appended and never edited; that it was seen is noted beside it. The notices of a body are its stream of
events, in the order of writing.
"""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Final

from creditbank.canonical import JsonObject
from creditbank.services.ledger_records import Notice
from creditbank.services.ports import Clock, Entropy, Store, Transaction

KIND: Final = re.compile(r"[a-z]+(-[a-z]+)*")
MOST: Final = 200


def to_learner(learner: str) -> str:
    """The audience that is one learner."""
    return f"learner:{learner}"


def to_organisation(organisation: str) -> str:
    """The audience that is one body, all its members together."""
    return f"organisation:{organisation}"


class Noticing:
    """Tells, and shows what was told."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        self._store, self._clock, self._entropy = store, clock, entropy

    def now(self) -> datetime:
        """The moment that a notice told now would bear."""
        return self._clock.now()

    def tell(
        self, tx: Transaction, audience: str, kind: str, document: JsonObject, *, once: str | None = None
    ) -> Notice | None:
        """Tell `audience` inside a transaction that the caller holds; with it the notice stands or falls.

        `document` names things by their ids alone. With `once` the same audience hears of that matter the first time
        only, and None is returned ever after.
        """
        assert KIND.fullmatch(kind), "a kind is words with hyphens"
        assert audience.startswith(("learner:", "organisation:")), "an audience is a learner or a body"
        notice = Notice(self._entropy.urn(), audience, kind, document, self._clock.now(), once)
        if not tx.add_notice(notice):
            return None
        kind_of, _, whose = audience.partition(":")
        if kind_of == "organisation":
            tx.queue_deliveries(notice, whose)
        return notice

    def told(self, audience: str, *, after: str | None = None, limit: int = MOST, unseen: bool = False) -> list[Notice]:
        """What the audience was told, oldest first, beginning behind the notice `after`.

        Raises `UnknownRecord` when `after` is no notice of this audience.
        """
        with self._store.transaction() as tx:
            return tx.notices_of(audience, after=after, limit=min(limit, MOST), unseen=unseen)

    def latest(self, audience: str, limit: int = MOST) -> list[Notice]:
        """What the audience was told last, newest first."""
        with self._store.transaction() as tx:
            return tx.latest_notices(audience, min(limit, MOST))

    def waiting(self, audience: str) -> int:
        """How many notices nobody of the audience has read yet."""
        with self._store.transaction() as tx:
            return tx.count_unseen(audience)

    def see(self, audience: str, notices: Collection[str]) -> int:
        """Note that these were read; how many of them had not been. What is not the audience's is left alone."""
        with self._store.transaction() as tx:
            return tx.see_notices(audience, notices, self._clock.now())
