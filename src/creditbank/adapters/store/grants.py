"""What OAuth clients were allowed, and the tokens that say so."""

from datetime import datetime

from sqlalchemy import delete, select, update

from creditbank.adapters.store.session import Tables, known, values
from creditbank.adapters.store.tables_grants import grant_tokens, grants
from creditbank.canonical import Digest
from creditbank.services.grant_records import Grant, GrantToken


class Grants(Tables):
    """The part of `ports.Transaction` that knows grants: implements `grant_records.GrantTable`."""

    def add_grant(self, grant: Grant) -> None:
        self._add(grants, values(grant), f"Grant {grant.id}")

    def get_grant(self, id: str) -> Grant:
        return known(self._one(Grant, select(grants).where(grants.c.id == id)), f"grant {id}")

    def find_grant_by_code(self, code: Digest) -> Grant | None:
        return self._one(Grant, select(grants).where(grants.c.code == code))

    def use_code(self, grant: str, when: datetime) -> bool:
        fresh = (grants.c.id == grant) & grants.c.used.is_(None) & grants.c.revoked.is_(None)
        return self._connection.execute(update(grants).where(fresh).values(used=when)).rowcount == 1

    def end_grant(self, grant: str, when: datetime) -> None:
        standing = (grants.c.id == grant) & grants.c.revoked.is_(None)
        self._connection.execute(update(grants).where(standing).values(revoked=when))

    def end_grants_by(self, person: str, when: datetime) -> int:
        standing = (grants.c.person == person) & grants.c.revoked.is_(None)
        return self._connection.execute(update(grants).where(standing).values(revoked=when)).rowcount

    def grants_of(self, subject: str) -> list[Grant]:
        query = select(grants).where(grants.c.subject == subject, grants.c.revoked.is_(None))
        return self._all(Grant, query.order_by(grants.c.row))

    def add_grant_token(self, token: GrantToken) -> None:
        self._add(grant_tokens, values(token), "This token")

    def find_grant_token(self, hash: Digest) -> GrantToken | None:
        return self._one(GrantToken, select(grant_tokens).where(grant_tokens.c.hash == hash))

    def spend_grant_token(self, hash: Digest, when: datetime) -> bool:
        fresh = (grant_tokens.c.hash == hash) & grant_tokens.c.spent.is_(None)
        return self._connection.execute(update(grant_tokens).where(fresh).values(spent=when)).rowcount == 1

    def forget_grant_tokens(self, before: datetime) -> None:
        self._connection.execute(delete(grant_tokens).where(grant_tokens.c.expires < before))
