"""Bulk uploads and their rows."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, delete, func, insert, select, update

from creditbank.adapters.store.session import Tables, known, limited, record, values
from creditbank.adapters.store.tables import intents
from creditbank.adapters.store.tables_bulk import upload_parts, upload_rows, uploads
from creditbank.services.bulk_records import BulkRow, BulkState, BulkUpload, RowState
from creditbank.services.listing_ports import Listed, Page
from creditbank.services.records import IssueIntent

MOST_GROUPS = 200


class Bulk(Tables):
    """The part of `ports.Transaction` that keeps bulk uploads."""

    def add_upload(self, upload: BulkUpload) -> None:
        self._add(uploads, values(upload), f"The upload {upload.id}")

    def get_upload(self, id: str) -> BulkUpload:
        return known(self._one(BulkUpload, select(uploads).where(uploads.c.id == id)), f"upload {id}")

    def find_upload(self, request: str) -> BulkUpload | None:
        return self._one(BulkUpload, select(uploads).where(uploads.c.request == request))

    def list_uploads(self, page: Page, organisation: str) -> Listed[BulkUpload]:
        mine = uploads.c.organisation == organisation
        newest_first = self._connection.execute(limited(select(uploads).where(mine), page, uploads.c.row))
        return [(row.row, record(BulkUpload, row)) for row in newest_first]

    def move_upload(self, upload: BulkUpload, *, since: BulkState) -> bool:
        own = (uploads.c.id == upload.id) & (uploads.c.state == since)
        return self._connection.execute(update(uploads).where(own).values(values(upload))).rowcount == 1

    def remove_upload(self, id: str) -> None:
        self.drop_parts(id)
        unread = (uploads.c.id == id) & (uploads.c.state == BulkState.RECEIVING)
        self._connection.execute(delete(uploads).where(unread))

    def add_part(self, upload: str, number: int, content: bytes) -> None:
        row = {"upload": upload, "number": number, "content": content}
        self._add(upload_parts, row, f"Part {number} of upload {upload}")

    def find_part(self, upload: str, number: int) -> bytes | None:
        part = (upload_parts.c.upload == upload) & (upload_parts.c.number == number)
        return self._connection.scalars(select(upload_parts.c.content).where(part)).one_or_none()

    def drop_parts(self, upload: str) -> None:
        self._connection.execute(delete(upload_parts).where(upload_parts.c.upload == upload))

    def add_bulk_rows(self, rows: Sequence[BulkRow]) -> None:
        if rows:
            self._connection.execute(insert(upload_rows), [values(row) for row in rows])

    def bulk_rows(
        self, upload: str, states: Collection[RowState] = (), *, after: int = 0, limit: int = 1000
    ) -> list[BulkRow]:
        query = select(upload_rows).where(upload_rows.c.upload == upload, upload_rows.c.number > after)
        if states:
            query = query.where(upload_rows.c.state.in_(sorted(states)))
        return self._all(BulkRow, query.order_by(upload_rows.c.number).limit(limit))

    def end_bulk_rows(self, rows: Sequence[BulkRow]) -> None:
        if not rows:
            return
        own = (upload_rows.c.upload == bindparam("of")) & (upload_rows.c.number == bindparam("at"))
        names = ("state", "cells", "field", "fault", "why", "credential")
        ended = [{"of": row.upload, "at": row.number, **{name: getattr(row, name) for name in names}} for row in rows]
        self._connection.execute(
            update(upload_rows).where(own).values({name: bindparam(name) for name in names}), ended
        )

    def drop_bulk_rows(self, upload: str) -> None:
        self._connection.execute(delete(upload_rows).where(upload_rows.c.upload == upload))

    def count_bulk_rows(self, upload: str) -> Mapping[RowState, int]:
        query = select(upload_rows.c.state, func.count()).where(upload_rows.c.upload == upload)
        return {row[0]: row[1] for row in self._connection.execute(query.group_by(upload_rows.c.state))}

    def rows_asked(self, upload: str, asked: Collection[str]) -> Mapping[str, int]:
        query = select(upload_rows.c.asked, upload_rows.c.number)
        query = query.where(upload_rows.c.upload == upload, upload_rows.c.asked.in_(list(asked)))
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def intents_for(self, requests: Collection[str]) -> Mapping[str, IssueIntent]:
        query = select(intents).where(intents.c.request.in_(list(requests)))
        found = [record(IssueIntent, row) for row in self._connection.execute(query)]
        return {intent.request: intent for intent in found}

    def bulk_units(self, upload: str) -> list[tuple[str, str, RowState, int]]:
        kinds = (upload_rows.c.achievement, upload_rows.c.version, upload_rows.c.state)
        query = select(*kinds, func.count().label("rows")).where(upload_rows.c.upload == upload).group_by(*kinds)
        found = self._connection.execute(query.order_by(func.count().desc(), *kinds).limit(MOST_GROUPS))
        return [(row[0], row[1], row[2], row[3]) for row in found]

    def bulk_faults(self, upload: str) -> list[tuple[str, str, int]]:
        kinds = (upload_rows.c.field, upload_rows.c.fault)
        faulty = (upload_rows.c.upload == upload) & (upload_rows.c.fault != "")
        query = select(*kinds, func.count()).where(faulty).group_by(*kinds)
        found = self._connection.execute(query.order_by(func.count().desc(), *kinds).limit(MOST_GROUPS))
        return [(row[0], row[1], row[2]) for row in found]

    def forget_rows_of(self, learner: str) -> None:
        about = update(upload_rows).where(upload_rows.c.learner == learner)
        self._connection.execute(about.values(cells={}, learner=None))
