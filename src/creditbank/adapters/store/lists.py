"""Lists in pages: by the row's own number, which only grows, and never by an offset (threat 55)."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, or_, select

from creditbank.adapters.store.endorsements import STANDS
from creditbank.adapters.store.journal import lot_of_row
from creditbank.adapters.store.session import Record, Tables, limited, record
from creditbank.adapters.store.tables import (
    achievements,
    batches,
    credentials,
    endorsements,
    entries,
    evaluations,
    intents,
    lots,
)
from creditbank.adapters.store.tables_jobs import jobs
from creditbank.adapters.store.tables_ledger import notices, reservations
from creditbank.adapters.store.tables_standing import applications, award_flags
from creditbank.adapters.store.tables_trail import trail
from creditbank.ledger import Entry, Lot
from creditbank.services.correcting import TRANSCRIPT
from creditbank.services.job_records import JobRecord
from creditbank.services.ledger_records import Notice, Reservation
from creditbank.services.listing_ports import Listed, Page
from creditbank.services.records import (
    BatchRecord,
    EndorsementRecord,
    EvaluationRecord,
    IssuedCredential,
    PublishedAchievement,
)
from creditbank.services.standing_records import Application, ApplicationState, AwardFlag
from creditbank.services.trail_records import TrailEntry


class Lists(Tables):
    """The part of `ports.Transaction` that lists."""

    def list_batches(self, page: Page) -> Listed[BatchRecord]:
        return self._page(BatchRecord, page, batches)

    def list_jobs(self, page: Page, owner: str, kinds: Collection[str] | None = None) -> Listed[JobRecord]:
        of_these = () if kinds is None else (jobs.c.kind.in_(list(kinds)),)
        return self._page(JobRecord, page, jobs, *of_these, owner=owner)

    def list_achievements(self, page: Page, organisation: str | None = None) -> Listed[PublishedAchievement]:
        return self._page(PublishedAchievement, page, achievements, organisation=organisation)

    def list_credentials(
        self, page: Page, *, organisation: str | None = None, learner: str | None = None
    ) -> Listed[IssuedCredential]:
        there = credentials.c.erased.is_(None)
        return self._page(IssuedCredential, page, credentials, there, organisation=organisation, learner=learner)

    def list_transcripts(
        self, page: Page, *, organisation: str | None = None, learner: str | None = None
    ) -> Listed[IssuedCredential]:
        asked = intents.c.request.startswith(TRANSCRIPT, autoescape=True)
        named = credentials.c.id.in_(select(intents.c.credential).where(asked)) & credentials.c.erased.is_(None)
        return self._page(IssuedCredential, page, credentials, named, organisation=organisation, learner=learner)

    def list_endorsements(self, page: Page, organisation: str) -> Listed[EndorsementRecord]:
        signed = endorsements.c.signed.is_not(None) & STANDS
        return self._page(EndorsementRecord, page, endorsements, signed, organisation=organisation)

    def list_evaluations(
        self, page: Page, *, organisation: str | None = None, learner: str | None = None
    ) -> Listed[EvaluationRecord]:
        return self._page(EvaluationRecord, page, evaluations, organisation=organisation, learner=learner)

    def list_applications(
        self, page: Page, subject: str, states: Collection[ApplicationState] | None = None
    ) -> Listed[Application]:
        own = or_(applications.c.learner == subject, applications.c.organisation == subject)
        in_these = () if states is None else (applications.c.state.in_(list(states)),)
        return self._page(Application, page, applications, own, *in_these)

    def list_flags(self, page: Page, subject: str | None = None) -> Listed[AwardFlag]:
        own = or_(award_flags.c.learner == subject, award_flags.c.organisation == subject)
        return self._page(AwardFlag, page, award_flags, *(() if subject is None else (own,)))

    def newest_reservations(self, limit: int, organisation: str | None = None) -> list[Reservation]:
        query = select(reservations).order_by(reservations.c.created.desc(), reservations.c.request).limit(limit)
        mine = query if organisation is None else query.where(reservations.c.organisation == organisation)
        return self._all(Reservation, mine)

    def list_notices(self, page: Page, audience: str) -> Listed[Notice]:
        return self._page(Notice, page, notices, audience=audience)

    def list_lots(self, page: Page, account: str) -> Listed[Lot]:
        query = limited(select(lots).where(lots.c.account == account), page, lots.c.row)
        return [(row.row, lot_of_row(row)) for row in self._connection.execute(query)]

    def list_entries(self, page: Page, account: str, lot: str | None = None) -> Listed[Entry]:
        return self._page(Entry, page, entries, place=entries.c.sequence, account=account, lot=lot)

    def list_trail(self, page: Page, chain: str) -> Listed[TrailEntry]:
        return self._page(TrailEntry, page, trail, place=trail.c.number, chain=chain)

    def _page(
        self,
        kind: type[Record],
        page: Page,
        table: Table,
        *where: ColumnElement[bool],
        place: "Column[Any] | None" = None,
        **of: str | None,
    ) -> Listed[Record]:
        by = table.c.row if place is None else place
        narrowed = [table.c[name] == value for name, value in of.items() if value is not None]
        query = limited(select(table).where(*where, *narrowed), page, by)
        return [(row._mapping[by.name], record(kind, row)) for row in self._connection.execute(query)]
