"""Who: organisations, learners, and the hashes of their tokens."""

from sqlalchemy import select

from creditbank.adapters.store.session import Tables, known, values
from creditbank.adapters.store.tables import learners, organisations, tokens
from creditbank.adapters.store.tables_holders import learner_dids
from creditbank.canonical import Digest
from creditbank.services.records import Learner, Organisation, Token


class People(Tables):
    """The part of `ports.Transaction` that knows who is who."""

    def add_organisation(self, organisation: Organisation) -> None:
        self._add(organisations, values(organisation), f"Organisation {organisation.id} or its DID")

    def get_organisation(self, id: str) -> Organisation:
        found = self._one(Organisation, select(organisations).where(organisations.c.id == id))
        return known(found, f"organisation {id}")

    def find_organisation_by_did(self, did: str) -> Organisation | None:
        return self._one(Organisation, select(organisations).where(organisations.c.did == did))

    def organisations(self) -> list[Organisation]:
        return self._all(Organisation, select(organisations).order_by(organisations.c.row))

    def add_learner(self, learner: Learner) -> None:
        self._add(learners, values(learner), f"Learner {learner.id} or their DID")

    def get_learner(self, id: str) -> Learner:
        return known(self.find_learner(id), f"learner {id}")

    def find_learner(self, id: str) -> Learner | None:
        return self._one(Learner, select(learners).where(learners.c.id == id, learners.c.erased.is_(None)))

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
        return self._one(Token, select(tokens).where(tokens.c.hash == hash))
