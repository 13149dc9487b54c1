"""What learners share, who looked, and what they agreed to."""

from datetime import datetime

from sqlalchemy import select, update

from creditbank.adapters.store.session import Tables, known, limited, record, values
from creditbank.adapters.store.tables_shares import consents, share_views, shares
from creditbank.canonical import Digest
from creditbank.services.listing_ports import Listed, Page
from creditbank.services.share_records import Consent, Share, ShareView


class Shares(Tables):
    """The part of `ports.Transaction` that keeps shares and consents."""

    def add_share(self, share: Share) -> None:
        self._add(shares, values(share), f"Share {share.id}")

    def get_share(self, id: str) -> Share:
        return known(self._one(Share, select(shares).where(shares.c.id == id)), f"share {id}")

    def find_share(self, request: str) -> Share | None:
        return self._one(Share, select(shares).where(shares.c.request == request))

    def find_share_by_link(self, link: Digest) -> Share | None:
        return self._one(Share, select(shares).where(shares.c.link == link))

    def list_shares(self, page: Page, *, learner: str = "", organisation: str = "") -> Listed[Share]:
        mine = shares.c.learner == learner if learner else shares.c.organisation == organisation
        found = self._connection.execute(limited(select(shares).where(mine), page, shares.c.row))
        return [(row.row, record(Share, row)) for row in found]

    def withdraw_share(self, id: str, when: datetime) -> None:
        standing = (shares.c.id == id) & shares.c.withdrawn.is_(None)
        self._connection.execute(update(shares).where(standing).values(withdrawn=when))

    def count_wrong_pin(self, id: str, most: int) -> bool:
        counted = update(shares).where(shares.c.id == id, shares.c.wrong < most).values(wrong=shares.c.wrong + 1)
        return self._connection.execute(counted).rowcount == 1

    def uncount_pin(self, id: str) -> None:
        counted = shares.c.id == id, shares.c.wrong > 0
        self._connection.execute(update(shares).where(*counted).values(wrong=shares.c.wrong - 1))

    def add_view(self, view: ShareView) -> None:
        self._insert_new(share_views, values(view))

    def views_of(self, share: str, limit: int = 200) -> list[ShareView]:
        query = select(share_views).where(share_views.c.share == share)
        return self._all(ShareView, query.order_by(share_views.c.at.desc(), share_views.c.organisation).limit(limit))

    def add_consent(self, consent: Consent) -> None:
        self._add(consents, values(consent), f"Consent {consent.id}")

    def get_consent(self, id: str) -> Consent:
        return known(self._one(Consent, select(consents).where(consents.c.id == id)), f"consent {id}")

    def find_consent(self, request: str) -> Consent | None:
        return self._one(Consent, select(consents).where(consents.c.request == request))

    def list_consents(self, page: Page, learner: str) -> Listed[Consent]:
        mine = consents.c.learner == learner
        found = self._connection.execute(limited(select(consents).where(mine), page, consents.c.row))
        return [(row.row, record(Consent, row)) for row in found]

    def consents_for(self, learner: str, organisation: str) -> list[Consent]:
        mine = (consents.c.learner == learner) & (consents.c.organisation == organisation)
        return self._all(Consent, select(consents).where(mine).order_by(consents.c.row.desc()))

    def withdraw_consent(self, id: str, when: datetime) -> None:
        standing = (consents.c.id == id) & consents.c.withdrawn.is_(None)
        self._connection.execute(update(consents).where(standing).values(withdrawn=when))

    def withdraw_consents_of(self, source: str, when: datetime) -> None:
        standing = (consents.c.source == source) & consents.c.withdrawn.is_(None)
        self._connection.execute(update(consents).where(standing).values(withdrawn=when))

    def forget_shares_of(self, learner: str, when: datetime) -> None:
        for table in (shares, consents):
            standing = (table.c.learner == learner) & table.c.withdrawn.is_(None)
            self._connection.execute(update(table).where(standing).values(withdrawn=when))
            said = {"audience": "", "purpose": ""}
            self._connection.execute(update(table).where(table.c.learner == learner).values(**said))
