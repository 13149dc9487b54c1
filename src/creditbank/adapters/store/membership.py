"""Members, invitations, and the keys of programs."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, func, select, update

from creditbank.adapters.store.session import Tables, known, unknown, values
from creditbank.adapters.store.tables_grants import grants
from creditbank.adapters.store.tables_membership import access_keys, invitations, memberships, ownerships
from creditbank.canonical import Digest
from creditbank.services.membership_records import AccessKey, Invitation, MembershipRecord
from creditbank.services.rights import MemberRole


class Members(Tables):
    """The part of `ports.Transaction` that knows members: implements `membership_records.MembershipTable`."""

    def add_membership(self, record: MembershipRecord) -> None:
        self._add(memberships, values(record), f"A membership of {record.person}")
        if MemberRole.OWNER in record.roles:
            self._one_owner_more(record.organisation)

    def end_membership(self, id: str, when: datetime, *, then: MembershipRecord | None = None) -> bool:
        standing = self._one(MembershipRecord, _lasting(memberships.c.id == id).with_for_update())
        if standing is None:
            return False
        was, stays = MemberRole.OWNER in standing.roles, then is not None and MemberRole.OWNER in then.roles
        if was and not stays and not self._one_owner_less(standing.organisation):
            return False
        self._connection.execute(update(memberships).where(memberships.c.id == id).values(until=when))
        if then is not None:
            self._add(memberships, values(then), f"A membership of {then.person}")
        if stays and not was:
            self._one_owner_more(standing.organisation)
        return True

    def _one_owner_more(self, organisation: str) -> None:
        statement = self._insert(ownerships).values(organisation=organisation, owners=1)
        more = {"owners": ownerships.c.owners + 1}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["organisation"], set_=more))

    def _one_owner_less(self, organisation: str) -> bool:
        others = (ownerships.c.organisation == organisation) & (ownerships.c.owners > 1)
        fewer = update(ownerships).where(others).values(owners=ownerships.c.owners - 1)
        return self._connection.execute(fewer).rowcount == 1

    def find_membership(self, organisation: str, person: str) -> MembershipRecord | None:
        its = (memberships.c.organisation == organisation) & (memberships.c.person == person)
        return self._one(MembershipRecord, _lasting(its))

    def members_of(self, organisation: str) -> list[MembershipRecord]:
        return self._all(MembershipRecord, _lasting(memberships.c.organisation == organisation))

    def memberships_in(self, organisation: str) -> list[MembershipRecord]:
        query = select(memberships).where(memberships.c.organisation == organisation)
        return self._all(MembershipRecord, query.order_by(memberships.c.row))

    def memberships_of(self, person: str) -> list[MembershipRecord]:
        return self._all(MembershipRecord, _lasting(memberships.c.person == person))

    def add_invitation(self, invitation: Invitation) -> None:
        self._add(invitations, values(invitation), "This invitation")

    def find_invitation(self, hash: Digest) -> Invitation | None:
        return self._one(Invitation, select(invitations).where(invitations.c.hash == hash))

    def find_invitation_by_request(self, request: str) -> Invitation | None:
        return self._one(Invitation, select(invitations).where(invitations.c.request == request))

    def invitations_of(self, organisation: str) -> list[Invitation]:
        query = select(invitations).where(invitations.c.organisation == organisation)
        return self._all(Invitation, query.order_by(invitations.c.row))

    def accept_invitation(self, id: str, person: str, when: datetime) -> bool:
        still = _open(id) & (invitations.c.expires > when)
        taken = update(invitations).where(still).values(accepted=when, accepted_by=person)
        return self._connection.execute(taken).rowcount == 1

    def withdraw_invitation(self, id: str, when: datetime) -> bool:
        return self._connection.execute(update(invitations).where(_open(id)).values(withdrawn=when)).rowcount == 1

    def add_access_key(self, key: AccessKey) -> None:
        self._add(access_keys, values(key), "This key")

    def get_access_key(self, id: str) -> AccessKey:
        return known(self._one(AccessKey, select(access_keys).where(access_keys.c.id == id)), f"key {id}")

    def find_access_key(self, hash: Digest) -> AccessKey | None:
        return self._one(AccessKey, select(access_keys).where(access_keys.c.hash == hash))

    def find_access_key_by_request(self, request: str) -> AccessKey | None:
        return self._one(AccessKey, select(access_keys).where(access_keys.c.request == request))

    def access_keys_of(self, organisation: str) -> list[AccessKey]:
        query = select(access_keys).where(access_keys.c.organisation == organisation)
        return self._all(AccessKey, query.order_by(access_keys.c.row))

    def count_unused_clients(self) -> int:
        return int(self._connection.scalar(select(func.count()).select_from(access_keys).where(_unused())) or 0)

    def forget_unused_clients(self, before: datetime) -> int:
        old = _unused() & (access_keys.c.created < before)
        return self._connection.execute(delete(access_keys).where(old)).rowcount

    def revoke_access_key(self, id: str, when: datetime) -> bool:
        standing = (access_keys.c.id == id) & access_keys.c.revoked.is_(None)
        return self._connection.execute(update(access_keys).where(standing).values(revoked=when)).rowcount == 1

    def use_access_key(self, id: str, hour: datetime) -> None:
        if self._connection.execute(update(access_keys).where(access_keys.c.id == id).values(used=hour)).rowcount != 1:
            unknown(f"key {id}")


def _lasting(which: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    return select(memberships).where(which, memberships.c.until.is_(None)).order_by(memberships.c.row)


def _unused() -> ColumnElement[bool]:
    itself = access_keys.c.organisation.is_(None) & access_keys.c.used.is_(None)
    return itself & access_keys.c.id.not_in(select(grants.c.key))


def _open(id: str) -> ColumnElement[bool]:
    return (invitations.c.id == id) & invitations.c.accepted.is_(None) & invitations.c.withdrawn.is_(None)
