"""What is good once (links, codes, challenges), counts of tries, mail on its way, and organisations' issuers."""

from datetime import datetime

from sqlalchemy import ColumnElement, Table, case, delete, func, select, update

from creditbank.adapters.store.session import Record, Tables, record, values
from creditbank.adapters.store.tables_people import (
    challenges,
    devices,
    letters,
    links,
    providers,
    recovery_codes,
    sessions,
    throttles,
)
from creditbank.canonical import Digest
from creditbank.services.people_records import Challenge, IdentityProvider, Link, LinkPurpose, StoredLetter


class Challenges(Tables):
    """The part of `people_ports.PeopleTransaction` that keeps what is good once, and counts."""

    def add_device(self, hash: Digest, person: str, when: datetime) -> None:
        self._put(devices, {"hash": hash, "person": person, "seen": when})

    def find_device(self, hash: Digest) -> str | None:
        return self._connection.scalar(select(devices.c.person).where(devices.c.hash == hash))

    def forget_devices(self, person: str) -> None:
        self._connection.execute(delete(devices).where(devices.c.person == person))

    def add_link(self, link: Link) -> None:
        self._add(links, values(link), "This link")

    def find_link(self, hash: Digest, purpose: LinkPurpose, now: datetime) -> Link | None:
        return self._one(Link, select(links).where(_good(hash, purpose, now)))

    def take_link(self, hash: Digest, purpose: LinkPurpose, now: datetime) -> Link | None:
        return self._take(Link, links, _good(hash, purpose, now))

    def forget_links(self, person: str) -> None:
        self._connection.execute(delete(links).where(links.c.person == person))

    def put_recovery_codes(self, person: str, hashes: list[Digest], when: datetime) -> None:
        self._connection.execute(delete(recovery_codes).where(recovery_codes.c.person == person))
        for each in hashes:
            self._add(recovery_codes, {"hash": each, "person": person, "made": when}, "This code")

    def count_recovery_codes(self, person: str) -> int:
        query = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.person == person)
        return int(self._connection.scalar(query) or 0)

    def take_recovery_code(self, hash: Digest) -> str | None:
        taken = delete(recovery_codes).where(recovery_codes.c.hash == hash).returning(recovery_codes.c.person)
        return self._connection.scalar(taken)

    def add_challenge(self, challenge: Challenge) -> None:
        self._add(challenges, values(challenge), "This challenge")

    def take_challenge(self, hash: Digest, kind: str, now: datetime) -> Challenge | None:
        found = self._take(Challenge, challenges, challenges.c.hash == hash)
        return found if found is not None and found.kind == kind and found.expires > now else None

    def throttle(self, name: Digest, *, now: int, interval: int, burst: int) -> int:
        """The generic cell rate algorithm (ITU-T I.371) in one statement: no two processes read the same count."""
        started = case((throttles.c.ready < now, now), else_=throttles.c.ready) + interval
        counted = self._insert(throttles).values(name=name, ready=now + interval)
        counted = counted.on_conflict_do_update(
            index_elements=["name"], set_={"ready": started}, where=throttles.c.ready <= now + (burst - 1) * interval
        )
        if self._connection.execute(counted.returning(throttles.c.ready)).first() is not None:
            return 0
        ready = self._connection.scalar(select(throttles.c.ready).where(throttles.c.name == name))
        return max(1, int(ready or now) - now - (burst - 1) * interval)

    def forget_throttle(self, name: Digest) -> None:
        self._connection.execute(delete(throttles).where(throttles.c.name == name))

    def unthrottle(self, name: Digest, *, interval: int) -> None:
        back = update(throttles).where(throttles.c.name == name).values(ready=throttles.c.ready - interval)
        self._connection.execute(back)

    def add_letter(self, letter: StoredLetter) -> None:
        self._add(letters, values(letter), f"Letter {letter.id}")

    def take_letter(self, now: datetime, *, until: datetime) -> StoredLetter | None:
        first = select(letters).where(letters.c.due <= now).order_by(letters.c.row).limit(1)
        found = self._one(StoredLetter, first.with_for_update(skip_locked=True))
        if found is not None:
            later = {"due": until, "tries": found.tries + 1}
            self._connection.execute(update(letters).where(letters.c.id == found.id).values(**later))
        return found

    def letters(self) -> list[StoredLetter]:
        return self._all(StoredLetter, select(letters).order_by(letters.c.row))

    def remove_letter(self, id: str) -> None:
        self._connection.execute(delete(letters).where(letters.c.id == id))

    def put_identity_provider(self, provider: IdentityProvider) -> None:
        row = values(provider)
        changed = {name: value for name, value in row.items() if name != "organisation"}
        statement = self._insert(providers).values(**row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["organisation"], set_=changed))

    def remove_identity_provider(self, organisation: str) -> bool:
        its = delete(providers).where(providers.c.organisation == organisation)
        return self._connection.execute(its).rowcount == 1

    def find_identity_provider(self, organisation: str) -> IdentityProvider | None:
        return self._one(IdentityProvider, select(providers).where(providers.c.organisation == organisation))

    def identity_providers(self) -> list[IdentityProvider]:
        return self._all(IdentityProvider, select(providers).order_by(providers.c.row))

    def forget_old(self, now: datetime) -> int:
        over = [(table, table.c.expires <= now) for table in (sessions, links, challenges)]
        over.append((throttles, throttles.c.ready < int(now.timestamp() * 1000)))
        return sum(self._connection.execute(delete(table).where(which)).rowcount for table, which in over)

    def _take(self, kind: type[Record], table: Table, which: ColumnElement[bool]) -> Record | None:
        row = self._connection.execute(delete(table).where(which).returning(*table.c)).one_or_none()
        return None if row is None else record(kind, row)


def _good(hash: Digest, purpose: LinkPurpose, now: datetime) -> ColumnElement[bool]:
    return (links.c.hash == hash) & (links.c.purpose == purpose) & (links.c.expires > now)
