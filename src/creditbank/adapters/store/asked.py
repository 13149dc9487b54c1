"""Who asked for what: written with the claim of a request, and read when somebody asks what came of a token."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, insert, select

from creditbank.adapters.store.session import Tables, limited, record, values
from creditbank.adapters.store.tables import awards, endorsements, intents
from creditbank.adapters.store.tables_asked import asked
from creditbank.adapters.store.tables_ledger import redemptions, reservations
from creditbank.services.asked_records import Asked, CameOf
from creditbank.services.correcting import OWN, TRANSCRIPT
from creditbank.services.listing_ports import Listed, Page


class AskedRows(Tables):
    """The part of `ports.Transaction` that notes who asked for what."""

    def note_asked(self, asked_for: Asked) -> None:
        self._connection.execute(insert(asked), values(asked_for))

    def list_asked(
        self, page: Page, organisation: str, actors: Collection[str] | None = None, since: datetime | None = None
    ) -> Listed[CameOf]:
        name = asked.c.request
        made = (
            select(intents.c.credential).where(intents.c.request.in_([name, TRANSCRIPT + name, OWN + name])),
            select(awards.c.id).where(awards.c.request == name),
            select(endorsements.c.id).where(endorsements.c.request == name),
            select(redemptions.c.request).where(redemptions.c.request == name),
            select(reservations.c.request).where(reservations.c.request == name),
        )
        query = select(asked, func.coalesce(*(one.limit(1).scalar_subquery() for one in made)).label("made"))
        query = query.where(asked.c.organisation == organisation)
        if actors is not None:
            query = query.where(asked.c.actor.in_(sorted(actors)))
        if since is not None:
            query = query.where(asked.c.at >= since)
        found = self._connection.execute(limited(query, page, asked.c.row))
        return [(row.row, CameOf(record(Asked, row), row.made)) for row in found]
