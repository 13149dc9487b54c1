"""Learners' own side: how providers know them, what waits for them, and what they were offered."""

from datetime import datetime
from typing import Final

from sqlalchemy import func, or_, select, update

from creditbank.adapters.store.session import Tables, known, rows_by, values
from creditbank.adapters.store.tables import credentials, learners, metadata
from creditbank.adapters.store.tables_holders import (
    TRIES,
    claim_tries,
    confirmations,
    deposited,
    enrolments,
    holder_challenges,
    learner_dids,
    mergers,
    offers,
    waiting,
)
from creditbank.canonical import Digest
from creditbank.services.holder_records import (
    Deposited,
    Enrolment,
    HolderChallenge,
    LearnerDid,
    Merger,
    Occasion,
    Offer,
    OfferState,
    Waiting,
    WaitingState,
)
from creditbank.services.records import Accepts

_STAYING: Final = frozenset({"intents", "learner_dids", "claim_tries", "holder_challenges", "mergers"})
"""What goes on to name an account that was merged into another: who asks a second time finds it as it was."""
_MERGER: Final = rows_by(mergers, "source")
_DID: Final = rows_by(learner_dids, "did")


class Holders(Tables):
    """The part of `ports.Transaction` that learners' own acts change."""

    def set_accepts(self, learner: str, accepts: Accepts) -> None:
        self._change(learners, learners.c.id == learner, f"learner {learner}", accepts=accepts)

    # -- enrolments

    def add_enrolment(self, enrolment: Enrolment) -> None:
        self._add(enrolments, values(enrolment), f"Number {enrolment.number} of this organisation")

    def find_enrolment(self, organisation: str, number: str) -> Enrolment | None:
        table = enrolments.c
        query = select(enrolments).where(table.organisation == organisation, table.number == number)
        return self._one(Enrolment, query)

    def hold_enrolment(self, id: str) -> Enrolment:
        query = select(enrolments).where(enrolments.c.id == id).with_for_update()
        return known(self._one(Enrolment, query), f"enrolment {id}")

    def find_enrolment_by_claim(self, claim: Digest) -> Enrolment | None:
        return self._one(Enrolment, select(enrolments).where(enrolments.c.claim == claim))

    def enrolments_of(self, subject: str, *, after: str = "", limit: int = 1000) -> list[Enrolment]:
        table = enrolments.c
        query = select(enrolments).where(or_(table.organisation == subject, table.learner == subject))
        if after:
            query = query.where(table.row > select(table.row).where(table.id == after).scalar_subquery())
        return self._all(Enrolment, query.order_by(table.row).limit(limit))

    def set_claim(self, enrolment: str, claim: Digest | None, expires: datetime | None) -> None:
        key = enrolments.c.id == enrolment
        self._change(enrolments, key, f"enrolment {enrolment}", claim=claim, expires=expires)

    def bind_enrolment(self, enrolment: str, learner: str, when: datetime, *, claim: Digest) -> bool:
        table = enrolments.c
        free = (table.id == enrolment) & (table.claim == claim) & (table.expires > when) & table.learner.is_(None)
        bound = update(enrolments).where(free).values(learner=learner, claimed=when)
        return self._connection.execute(bound).rowcount == 1

    def unbind_enrolment(self, enrolment: str, *, since: str) -> bool:
        table = enrolments.c
        bound = update(enrolments).where(table.id == enrolment, table.learner == since)
        freed = bound.values(learner=None, claimed=None, claim=None, expires=None)
        return self._connection.execute(freed).rowcount == 1

    def add_try(self, learner: str, hour: int) -> bool:
        table = claim_tries.c
        last = select(func.max(table.number)).where(table.learner == learner, table.hour == hour)
        while (number := (self._connection.scalar(last) or 0) + 1) <= TRIES:
            if self._insert_new(claim_tries, {"learner": learner, "hour": hour, "number": number}):
                return True
        return False

    def add_waiting(self, one: Waiting) -> None:
        self._add(waiting, values(one), f"Request {one.request}")

    def find_waiting(self, request: str) -> Waiting | None:
        return self._one(Waiting, select(waiting).where(waiting.c.request == request))

    def waiting_for(self, enrolment: str) -> list[Waiting]:
        query = select(waiting).where(waiting.c.enrolment == enrolment).order_by(waiting.c.row)
        return self._all(Waiting, query)

    def claimed_and_waiting(self) -> list[Waiting]:
        query = select(waiting).join(enrolments, enrolments.c.id == waiting.c.enrolment).order_by(waiting.c.row)
        ripe = query.where(waiting.c.state == WaitingState.WAITING, enrolments.c.learner.is_not(None))
        return self._all(Waiting, ripe)

    def end_waiting(self, request: str, state: WaitingState, *, credential: str | None = None, why: str = "") -> bool:
        still = (waiting.c.request == request) & (waiting.c.state == WaitingState.WAITING)
        ended = update(waiting).where(still).values(state=state, credential=credential, why=why)
        return self._connection.execute(ended).rowcount == 1

    # -- offers

    def add_offer(self, offer: Offer) -> None:
        self._add(offers, values(offer), f"An offer of {offer.credential}")

    def get_offer(self, id: str) -> Offer:
        return known(self._one(Offer, select(offers).where(offers.c.id == id)), f"offer {id}")

    def last_offer(self, credential: str) -> Offer | None:
        query = select(offers).where(offers.c.credential == credential).order_by(offers.c.number.desc()).limit(1)
        return self._one(Offer, query)

    def offers_of(self, subject: str, *, after: str = "", limit: int = 1000) -> list[Offer]:
        table = offers.c
        query = select(offers).where(or_(table.organisation == subject, table.learner == subject))
        if after:
            query = query.where(table.row < select(table.row).where(table.id == after).scalar_subquery())
        return self._all(Offer, query.order_by(table.row.desc()).limit(limit))

    def decide_offer(self, id: str, state: OfferState, when: datetime, *, why: str = "") -> bool:
        still = (offers.c.id == id) & (offers.c.state == OfferState.OFFERED)
        decided = update(offers).where(still).values(state=state, decided=when, why=why)
        return self._connection.execute(decided).rowcount == 1

    # -- DIDs

    def add_did(self, did: LearnerDid) -> None:
        self._add(learner_dids, values(did), f"The DID {did.did}")

    def find_did(self, did: str) -> LearnerDid | None:
        return self._one(LearnerDid, _DID, did=did)

    def dids_of(self, learner: str) -> list[LearnerDid]:
        query = select(learner_dids).where(learner_dids.c.learner == learner).order_by(learner_dids.c.row)
        return self._all(LearnerDid, query)

    def change_did(self, learner: str, did: str, when: datetime, *, since: str) -> bool:
        now = (learners.c.id == learner) & (learners.c.did == since)
        if self._connection.execute(update(learners).where(now).values(did=did)).rowcount != 1:
            return False
        table = learner_dids.c
        ends = update(learner_dids).where(table.learner == learner, table.did == since)
        self._connection.execute(ends.values(until=when))
        again = update(learner_dids).where(table.learner == learner, table.did == did)
        self._connection.execute(again.values(until=None))
        return True

    def issued_between(self, organisation: str, learner: str) -> bool:
        table = credentials.c
        one = select(table.id).where(table.learner == learner, table.organisation == organisation).limit(1)
        return self._connection.execute(one).first() is not None

    def add_confirmation(self, organisation: str, did: str, when: datetime) -> bool:
        return self._insert_new(confirmations, {"organisation": organisation, "did": did, "at": when})

    def is_confirmed(self, organisation: str, did: str) -> bool:
        table = confirmations.c
        one = select(table.did).where(table.organisation == organisation, table.did == did)
        return self._connection.execute(one).first() is not None

    def add_holder_challenge(self, challenge: HolderChallenge) -> None:
        self._add(holder_challenges, values(challenge), "This challenge")

    def use_holder_challenge(self, nonce: str, learner: str, occasion: Occasion, when: datetime) -> bool:
        table = holder_challenges.c
        own = (table.nonce == nonce) & (table.learner == learner) & (table.occasion == occasion)
        used = update(holder_challenges).where(own, table.used.is_(None), table.expires > when).values(used=when)
        return self._connection.execute(used).rowcount == 1

    def find_holder_challenge(self, nonce: str) -> HolderChallenge | None:
        return self._one(HolderChallenge, select(holder_challenges).where(holder_challenges.c.nonce == nonce))

    # -- two accounts of one person

    def hold_learners(self, *ids: str) -> None:
        held = select(learners.c.row).where(learners.c.id.in_(ids)).order_by(learners.c.id)
        self._connection.execute(held.with_for_update()).all()

    def add_merger(self, merger: Merger) -> None:
        self._add(mergers, values(merger), f"The merger of {merger.source}")

    def find_merger(self, source: str) -> Merger | None:
        return self._one(Merger, _MERGER, source=source)

    def mergers_into(self, target: str) -> list[Merger]:
        return self._all(Merger, select(mergers).where(mergers.c.target == target).order_by(mergers.c.at))

    def hand_over(self, source: str, target: str) -> None:
        for table in metadata.sorted_tables:
            for key in table.foreign_keys:
                if key.column is learners.c.id and table.name not in _STAYING:
                    of_source = update(table).where(key.parent == source)
                    self._connection.execute(of_source.values({key.parent.name: target}))
        self._connection.execute(update(mergers).where(mergers.c.target == source).values(target=target))

    def take_dids(self, source: str, target: str, when: datetime) -> None:
        table = learner_dids.c
        open_ones = update(learner_dids).where(table.learner == source, table.until.is_(None))
        self._connection.execute(open_ones.values(until=when))
        self._connection.execute(update(learner_dids).where(table.learner == source).values(learner=target))

    # -- what learners bring

    def add_deposited(self, one: Deposited) -> None:
        self._add(deposited, values(one), f"Credential {one.id}")

    def deposited_under(self, request: str) -> list[Deposited]:
        return self._all(Deposited, select(deposited).where(deposited.c.request == request).order_by(deposited.c.row))

    def find_deposited(self, id: str) -> Deposited | None:
        return self._one(Deposited, select(deposited).where(deposited.c.id == id))
