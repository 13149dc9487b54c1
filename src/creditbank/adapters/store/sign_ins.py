"""People, how they sign in, and the sessions of their browsers."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from creditbank.adapters.store.session import Tables, known, unknown, values
from creditbank.adapters.store.tables import learners
from creditbank.adapters.store.tables_people import (
    challenges,
    devices,
    links,
    people,
    recovery_codes,
    sessions,
    sign_ins,
)
from creditbank.canonical import Digest
from creditbank.services.people_records import Person, Session, SignIn, SignInKind
from creditbank.services.records import Learner


class SignIns(Tables):
    """The part of `ports.Transaction` that knows people: implements `people_ports.PeopleTransaction`."""

    def add_person(self, person: Person) -> None:
        self._add(people, values(person), f"Person {person.id}")

    def get_person(self, id: str) -> Person:
        return known(
            self._one(Person, select(people).where(people.c.id == id, people.c.closed.is_(None))), f"person {id}"
        )

    def rename_person(self, id: str, name: str) -> None:
        self._change(people, people.c.id == id, f"person {id}", name=name)

    def closed_at(self, id: str) -> datetime | None:
        return self._connection.scalar(select(people.c.closed).where(people.c.id == id))

    def close_person(self, id: str, when: datetime) -> None:
        if self._connection.dialect.name == "sqlite":  # or it would leave the bytes in the file, on pages it calls free
            self._connection.exec_driver_sql("PRAGMA secure_delete=ON")
        addresses = select(sign_ins.c.handle).where(sign_ins.c.person == id, sign_ins.c.kind == SignInKind.PASSWORD)
        self._connection.execute(delete(links).where((links.c.person == id) | links.c.address.in_(addresses)))
        asked = select(challenges.c.hash, challenges.c.content)
        about = [row.hash for row in self._connection.execute(asked) if row.content.get("person") == id]
        self._connection.execute(delete(challenges).where(challenges.c.hash.in_(about)))
        for table in (sign_ins, sessions, devices, recovery_codes):
            self._connection.execute(delete(table).where(table.c.person == id))
        self._change(people, people.c.id == id, f"person {id}", name="", ways=0, closed=when)

    def learners_of(self, person: str) -> list[Learner]:
        return self._all(Learner, select(learners).where(learners.c.person == person).order_by(learners.c.row))

    def give_learner(self, learner: str, person: str) -> bool:
        free = (learners.c.id == learner) & learners.c.person.is_(None)
        return self._connection.execute(update(learners).where(free).values(person=person)).rowcount == 1

    def add_sign_in(self, sign_in: SignIn, *, most: int) -> bool:
        room = (people.c.id == sign_in.person) & (people.c.ways < most)
        if self._connection.execute(update(people).where(room).values(ways=people.c.ways + 1)).rowcount != 1:
            return False
        self._add(sign_ins, values(sign_in), "This sign-in")
        return True

    def find_sign_in(self, kind: SignInKind, handle: str) -> SignIn | None:
        return self._one(SignIn, select(sign_ins).where(sign_ins.c.kind == kind, sign_ins.c.handle == handle))

    def sign_ins_of(self, person: str) -> list[SignIn]:
        return self._all(SignIn, select(sign_ins).where(sign_ins.c.person == person).order_by(sign_ins.c.row))

    def remove_sign_in(self, person: str, id: str) -> bool:
        with self._atomically():
            more = (people.c.id == person) & (people.c.ways > 1)
            if self._connection.execute(update(people).where(more).values(ways=people.c.ways - 1)).rowcount != 1:
                return False
            its = (sign_ins.c.person == person) & (sign_ins.c.id == id)
            if self._connection.execute(delete(sign_ins).where(its)).rowcount != 1:
                unknown(f"sign-in {id}")
            return True

    def use_sign_in(self, id: str, *, when: datetime, counter: int) -> bool:
        """A counter that rises, or one that stays at zero for a device that keeps none (WebAuthn 3, 6.1.1)."""
        rises = (sign_ins.c.counter < counter) | ((sign_ins.c.counter == 0) & (counter == 0))
        its = (sign_ins.c.id == id) & rises
        changed = update(sign_ins).where(its).values(used=when, counter=counter)
        return self._connection.execute(changed).rowcount == 1

    def change_secret(self, id: str, secret: str, *, before: str) -> bool:
        its = (sign_ins.c.id == id) & (sign_ins.c.secret == before)
        return self._connection.execute(update(sign_ins).where(its).values(secret=secret)).rowcount == 1

    def add_session(self, session: Session) -> None:
        self._add(sessions, values(session), "This session")

    def find_session(self, hash: Digest) -> Session | None:
        return self._one(Session, select(sessions).where(sessions.c.hash == hash))

    def sessions_of(self, person: str) -> list[Session]:
        return self._all(Session, select(sessions).where(sessions.c.person == person).order_by(sessions.c.created))

    def see_session(self, hash: Digest, when: datetime) -> None:
        self._connection.execute(update(sessions).where(sessions.c.hash == hash).values(seen=when))

    def end_session(self, hash: Digest) -> bool:
        return self._end(sessions.c.hash == hash) == 1

    def end_session_of(self, person: str, id: str) -> bool:
        return self._end((sessions.c.person == person) & (sessions.c.id == id)) == 1

    def end_sessions(self, person: str, *, but: Digest | None = None) -> int:
        mine = sessions.c.person == person
        return self._end(mine if but is None else mine & (sessions.c.hash != but))

    def _end(self, which: ColumnElement[bool]) -> int:
        return self._connection.execute(delete(sessions).where(which)).rowcount
