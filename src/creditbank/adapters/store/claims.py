"""Requests that must happen once: the row decides who answers, on either database."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from creditbank.adapters.store.session import Tables, known, rows_by, values
from creditbank.adapters.store.tables import answers, learners
from creditbank.adapters.store.tables_claims import claims
from creditbank.canonical import Digest
from creditbank.services.claim_records import Claim

_NAMED: Final = rows_by(claims, "name")
_ERASED: Final = exists().where(learners.c.id == claims.c.subject, learners.c.erased.is_not(None))
_OPEN: Final = update(claims).where(claims.c.name == bindparam("of"), claims.c.answer.is_(None), ~_ERASED)
_BEFORE: Final = [
    select(one).where(answers.c.key == bindparam("before")).scalar_subquery()
    for one in (answers.c.request, answers.c.answer)
]
_CLAIM: Final = {
    "sqlite": sqlite_insert(claims).on_conflict_do_nothing().returning(*_BEFORE),
    "postgresql": postgres_insert(claims).on_conflict_do_nothing().returning(*_BEFORE),
}


class Claims(Tables):
    """The part of `ports.Transaction` that lets a request happen once."""

    def claim(self, claim: Claim) -> Claim:
        """Of two at once the second waits here for the first one's commit, and then finds its row."""
        statement = _CLAIM[self._connection.dialect.name]
        claimed = self._connection.execute(statement, values(claim) | {"before": f"answer:{claim.name}"}).one_or_none()
        if claimed is not None:
            asked, answer = claimed
            return claim if answer is None else self._known_before(claim, asked, answer)
        table = claims.c
        silent = (table.name == claim.name) & (table.asked == claim.asked) & table.answer.is_(None)
        taken = update(claims).where(silent & (table.until <= claim.begun))
        if self._connection.execute(taken.values(holder=claim.holder, until=claim.until)).rowcount == 1:
            return claim
        return self._request(claim.name)

    def _known_before(self, claim: Claim, asked: Digest, answer: bytes) -> Claim:
        """The claim as a version answered it that kept answers elsewhere, from now on here."""
        told = {"asked": asked, "answer": answer, "answered": claim.begun, "lasting": True}
        self._connection.execute(update(claims).where(claims.c.name == claim.name).values(**told))
        return replace(claim, **told)  # type: ignore[arg-type]

    def keep_claims(self, names: Collection[str], *, holder: str, until: datetime) -> int:
        mine = claims.c.name.in_(list(names)) & (claims.c.holder == holder) & claims.c.answer.is_(None)
        return self._connection.execute(update(claims).where(mine).values(until=until)).rowcount

    def answer_claim(self, claim: Claim) -> Claim:
        written = {"answer": claim.answer, "answered": claim.answered, "lasting": claim.lasting}
        if self._connection.execute(_OPEN, {"of": claim.name, **written}).rowcount == 1:
            return claim
        standing = self._request(claim.name)
        return standing if standing.answer is not None else replace(claim, answer=None, answered=None)

    def release_claim(self, claim: Claim, *, now: datetime) -> None:
        mine = (claims.c.name == claim.name) & (claims.c.holder == claim.holder) & claims.c.answer.is_(None)
        self._connection.execute(update(claims).where(mine).values(holder="", until=now))

    def prune_claims(self, *, before: datetime) -> int:
        old = (claims.c.begun < before) & claims.c.lasting.is_(False) & (claims.c.until < before)
        return self._connection.execute(delete(claims).where(old)).rowcount

    def _request(self, name: str) -> Claim:
        return known(self._one(Claim, _NAMED, name=name), f"request {name}")
