"""Who: organisations, learners, and the hashes of their tokens."""

from typing import Final

from sqlalchemy import select

from creditbank.adapters.store.session import Tables, known, rows_by, values
from creditbank.adapters.store.tables import learners, organisations, tokens
from creditbank.adapters.store.tables_holders import learner_dids
from creditbank.canonical import Digest
from creditbank.services.records import Learner, Organisation, Token

_ORGANISATION: Final = rows_by(organisations, "id")
_ORGANISATION_BY_DID: Final = rows_by(organisations, "did")
_LEARNER: Final = rows_by(learners, "id").where(learners.c.erased.is_(None))
_TOKEN: Final = rows_by(tokens, "hash")


class People(Tables):
    """The part of `ports.Transaction` that knows who is who."""

    def add_organisation(self, organisation: Organisation) -> None:
        self._add(organisations, values(organisation), f"Organisation {organisation.id} or its DID")

    def get_organisation(self, id: str) -> Organisation:
        return known(self._one(Organisation, _ORGANISATION, id=id), f"organisation {id}")

    def find_organisation_by_did(self, did: str) -> Organisation | None:
        return self._one(Organisation, _ORGANISATION_BY_DID, did=did)

    def organisations(self) -> list[Organisation]:
        return self._all(Organisation, select(organisations).order_by(organisations.c.row))

    def add_learner(self, learner: Learner) -> None:
        self._add(learners, values(learner), f"Learner {learner.id} or their DID")

    def get_learner(self, id: str) -> Learner:
        return known(self.find_learner(id), f"learner {id}")

    def find_learner(self, id: str) -> Learner | None:
        return self._one(Learner, _LEARNER, id=id)

    def find_learner_by_did(self, did: str) -> Learner | None:
        recorded = select(learner_dids.c.learner).where(learner_dids.c.did == did)
        owner = self._one(Learner, select(learners).where(learners.c.id.in_(recorded)))
        return owner or self._one(Learner, select(learners).where(learners.c.did == did))

    def learners(self) -> list[Learner]:
        return self._all(Learner, select(learners).order_by(learners.c.row))

    def learners_after(self, id: str, limit: int) -> list[Learner]:
        query = (
            select(learners).where(learners.c.id > id, learners.c.erased.is_(None)).order_by(learners.c.id).limit(limit)
        )
        return self._all(Learner, query)

    def add_token(self, token: Token) -> None:
        self._add(tokens, values(token), "This token")

    def find_token(self, hash: Digest) -> Token | None:
        return self._one(Token, _TOKEN, hash=hash)
