"""Requests that must happen once: the row decides who answers, on either database."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, update

from creditbank.adapters.store.session import Tables, known, rows_by, values
from creditbank.adapters.store.tables_claims import claims
from creditbank.services.claim_records import Claim

_NAMED: Final = rows_by(claims, "name")
_OPEN: Final = update(claims).where(claims.c.name == bindparam("of"), claims.c.answer.is_(None))


class Claims(Tables):
    """The part of `ports.Transaction` that lets a request happen once."""

    def claim(self, claim: Claim) -> Claim:
        """Of two at once the second waits here for the first one's commit, and then finds its row."""
        if self._insert_new(claims, values(claim)):
            return claim
        table = claims.c
        silent = (table.name == claim.name) & (table.asked == claim.asked) & table.answer.is_(None)
        taken = update(claims).where(silent & (table.until <= claim.begun))
        if self._connection.execute(taken.values(holder=claim.holder, until=claim.until)).rowcount == 1:
            return claim
        return self._request(claim.name)

    def keep_claims(self, names: Collection[str], *, holder: str, until: datetime) -> int:
        mine = claims.c.name.in_(list(names)) & (claims.c.holder == holder) & claims.c.answer.is_(None)
        return self._connection.execute(update(claims).where(mine).values(until=until)).rowcount

    def answer_claim(self, claim: Claim) -> Claim:
        written = {"answer": claim.answer, "answered": claim.answered, "lasting": claim.lasting}
        if self._connection.execute(_OPEN, {"of": claim.name, **written}).rowcount == 1:
            return claim
        return self._request(claim.name)

    def release_claim(self, claim: Claim, *, now: datetime) -> None:
        mine = (claims.c.name == claim.name) & (claims.c.holder == claim.holder) & claims.c.answer.is_(None)
        self._connection.execute(update(claims).where(mine).values(holder="", until=now))

    def prune_claims(self, *, before: datetime) -> int:
        old = (claims.c.begun < before) & claims.c.lasting.is_(False) & (claims.c.until < before)
        return self._connection.execute(delete(claims).where(old)).rowcount

    def _request(self, name: str) -> Claim:
        return known(self._one(Claim, _NAMED, name=name), f"request {name}")
