"""Figures for alarms, each read by a query whose work is bounded by what is unfinished and not by what there is."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, Text, func, or_, select, type_coerce

from creditbank.adapters.store.session import Tables, values
from creditbank.adapters.store.tables import attempts, batches, credentials, documents, evaluations, leaves
from creditbank.adapters.store.tables_halts import halts
from creditbank.adapters.store.tables_jobs import jobs
from creditbank.adapters.store.tables_sending import fee_waits
from creditbank.adapters.store.tables_watching import checkups
from creditbank.adapters.store.tables_webhooks import deliveries
from creditbank.services.job_records import JobState
from creditbank.services.records import AttemptState, BatchState
from creditbank.services.watching_records import Checkup, Figures
from creditbank.services.webhook_records import DeliveryState

LOOKED_AT = 1000
TRIED = timedelta(minutes=15)
UNFINISHED = (JobState.QUEUED, JobState.RUNNING, JobState.FAILED)


class Watching(Tables):
    """The part of `ports.Transaction` that tells how the bank stands."""

    def figures(self, now: datetime) -> Figures:
        in_flight = attempts.c.state.in_([AttemptState.RECORDED, AttemptState.SENT])
        tried = fee_waits.c.seen > now - TRIED
        due = (jobs.c.state == JobState.QUEUED) & (jobs.c.due <= now)
        return Figures(
            leaves_waiting=self._number(select(func.count()).where(leaves.c.batch.is_(None))),
            oldest_unanchored=self._oldest_unanchored(),
            batches=self._by(batches.c.state, select(batches.c.state, func.count()), BatchState),
            attempts_in_flight=self._number(select(func.count()).select_from(attempts).where(in_flight)),
            oldest_attempt=self._connection.scalar(select(func.min(attempts.c.recorded)).where(in_flight)),
            jobs=self._by(
                jobs.c.state, select(jobs.c.state, func.count()).where(jobs.c.state.in_(UNFINISHED)), JobState
            ),
            oldest_job=self._connection.scalar(select(func.min(jobs.c.due)).where(due)),
            halts=self._halts(),
            oldest_status_list=self._connection.scalar(
                select(func.min(documents.c.updated)).where(documents.c.kind == "status-list")
            ),
            too_complex=self._too_complex(),
            webhooks_waiting=self._number(
                select(func.count()).select_from(deliveries).where(deliveries.c.state == DeliveryState.WAITING)
            ),
            batches_set_aside=self._number(
                select(func.count()).select_from(batches).where(batches.c.quarantined.is_not(None))
            ),
            finality_undone=self._number(select(func.sum(batches.c.undone))),
            fee_waits=self._number(select(func.count()).select_from(fee_waits).where(tried)),
            oldest_fee_wait=self._connection.scalar(select(func.min(fee_waits.c.since)).where(tried)),
            checks=tuple(self.checkups()),
        )

    def put_checkup(self, checkup: Checkup) -> None:
        self._put(checkups, values(checkup))

    def checkups(self) -> list[Checkup]:
        return self._all(Checkup, select(checkups).order_by(checkups.c.name))

    def _number(self, query: Select[Any]) -> int:
        return int(self._connection.scalar(query) or 0)

    def _by(self, column: Any, query: Select[Any], words: Any) -> dict[str, int]:
        found = {str(state): int(count) for state, count in self._connection.execute(query.group_by(column))}
        return {str(word): found.get(str(word), 0) for word in words}

    def _oldest_unanchored(self) -> datetime | None:
        """When the oldest leaf that is not final was made; sealing for one that belongs to no credential."""
        open_ones = select(batches.c.id).where(batches.c.state != BatchState.FINAL)
        waits = or_(leaves.c.batch.is_(None), leaves.c.batch.in_(open_ones))
        first = select(leaves.c.credential, leaves.c.batch).where(waits).order_by(leaves.c.row).limit(1)
        row = self._connection.execute(first).first()
        if row is None:
            return None
        owner = row.credential.partition("#")[0]
        issued = self._connection.scalar(select(credentials.c.issued).where(credentials.c.id == owner))
        sealed = self._connection.scalar(select(batches.c.sealed).where(batches.c.id == row.batch))
        return issued or sealed

    def _halts(self) -> dict[str, int]:
        counts = {"all": 0, "redemption": 0, "organisation": 0}
        for scope in self._connection.scalars(select(halts.c.scope).where(halts.c.lifted.is_(None))):
            counts[scope.partition(":")[0]] += 1
        return counts

    def _too_complex(self) -> int:
        newest = self._connection.scalar(select(func.max(evaluations.c.row))) or 0
        lately = evaluations.c.row > newest - LOOKED_AT
        named = type_coerce(evaluations.c.document, Text).contains('"verdict":"too-complex"')
        return self._number(select(func.count()).select_from(evaluations).where(lately, named))
