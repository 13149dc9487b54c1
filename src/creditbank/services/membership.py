"""Members of organisations: who may do what for whom, given by those who hold it, and by invitation.

Nobody gives more than they hold, nobody takes from somebody who holds more, and an organisation that has an owner
never loses its last one (the store's guard decides, also between two requests at once). An invitation is a code for
one use that soon expires; it names nobody, and counts only while whoever made it may still give what it gives. Acts
concerning one organisation follow one another, and each stands in its audit trail.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from creditbank.errors import BadInput, Conflict, NotFound, Refused
from creditbank.services.membership_records import AccessKey, Invitation, MembershipRecord
from creditbank.services.ports import Clock, Entropy, Store, Transaction
from creditbank.services.records import Organisation
from creditbank.services.rights import (
    ALL,
    LEARNERS,
    Acting,
    CallerRole,
    MemberRole,
    Scope,
    callers_of,
    fits,
    scopes_of,
)
from creditbank.services.secret_texts import Prefix, is_secret, kept, new_secret
from creditbank.services.trail import OPERATOR, Trail

INVITED_DAYS: Final = 7
MOST_DAYS: Final = 30
MOST_OPEN: Final = 100
PERSON: Final = "person:"
KEY: Final = "token:"


class NotAMember(NotFound):
    """The organisation has no such member."""

    slug = "not-a-member"


class BeyondOwnRights(Refused):
    """Nobody gives, or takes from others, more than they hold themselves."""

    slug = "beyond-own-rights"


class LastOwner(Conflict):
    """Without an owner nobody could ever give the organisation's rights again."""

    slug = "last-owner"


class RoleDoesNotFit(BadInput):
    """The organisation has no use for this role of a member."""

    slug = "role-does-not-fit"


class InvitationNotOpen(NotFound):
    """The code is no invitation that could be accepted: whether there ever was one is not told."""

    slug = "invitation-not-open"


class TooManyInvitations(Refused):
    """An organisation has a limited number of open invitations."""

    slug = "too-many-invitations"


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives or takes rights: `actor` as it stands in the trail, with what they hold.

    What a person holds is read again inside the transaction; for a key it is what the key holds.
    """

    actor: str
    scopes: frozenset[Scope]
    owner: bool = False


AT_THE_MACHINE: Final = Giver(OPERATOR, ALL, owner=True)
"""The operator of the bank, who makes an organisation's first owner."""


class Membership:
    """Gives and takes roles, and knows for whom a person may act."""

    def __init__(self, store: Store, trail: Trail, clock: Clock, entropy: Entropy) -> None:
        self._store, self._trail, self._clock, self._entropy = store, trail, clock, entropy

    def acting(self, person: str) -> tuple[Acting, ...]:
        """Everybody for whom a person may act: their own learner's accounts first, then organisations."""
        with self._store.transaction() as tx:
            learners = tx.learners_of(person)
            bodies = [(tx.get_organisation(record.organisation), record) for record in tx.memberships_of(person)]
        return (
            *(Acting(one.id, "learner", frozenset({CallerRole.LEARNER}), LEARNERS) for one in learners),
            *(
                Acting(body.id, "organisation", callers_of(body.roles), scopes_of(record.roles, body.roles))
                for body, record in bodies
            ),
        )

    def members(self, organisation: str) -> list[tuple[MembershipRecord, str]]:
        """The members of an organisation with their names, oldest first; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            tx.get_organisation(organisation)
            return [(record, tx.get_person(record.person).name) for record in tx.members_of(organisation)]

    def invitations(self, organisation: str) -> list[Invitation]:
        """The invitations of an organisation that are open, oldest first; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            tx.get_organisation(organisation)
            return self._open(tx, organisation)

    def invite(
        self,
        request: str,
        *,
        organisation: str,
        roles: Iterable[MemberRole],
        by: Giver,
        days: int = INVITED_DAYS,
    ) -> tuple[Invitation, str | None]:
        """Make an invitation and its code, once: asked again with the same `request`, it has no code to show.

        Raises `BeyondOwnRights`, `RoleDoesNotFit` and `TooManyInvitations`.
        """
        given = frozenset(roles)
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            self._trail.hold(tx, organisation)
            if (standing := tx.find_invitation_by_request(request)) is not None:
                return standing, None
            _require_fit(given, body)
            _require_all(standing_of(tx, body, by), given, body)
            if len(self._open(tx, organisation)) >= MOST_OPEN:
                raise TooManyInvitations(
                    f"{MOST_OPEN} invitations wait already.", next_step="Withdraw those that nobody will accept."
                )
            code, now = new_secret(Prefix.INVITATION, self._entropy), self._clock.now()
            made = Invitation(
                id=self._entropy.urn(),
                request=request,
                organisation=organisation,
                hash=kept(code),
                roles=given,
                by=by.actor,
                created=now,
                expires=now + timedelta(days=min(max(days, 1), MOST_DAYS)),
            )
            tx.add_invitation(made)
            self._tell(tx, by, "invitation.made", made.id, organisation, given)
        return made, code

    def accept(self, code: str, person: str) -> MembershipRecord:
        """Make the person a member, by their own act; who is one already gets the further roles.

        The same person accepting the same invitation again finds the membership. Raises `InvitationNotOpen`, alike for
        a code that never was, was used by another, was withdrawn, has expired, or whose giver may no longer give it.
        """
        with self._store.transaction() as tx:
            found = tx.find_invitation(kept(code)) if is_secret(Prefix.INVITATION, code) else None
            if found is None:
                raise _not_open()
            body = tx.get_organisation(found.organisation)
            self._trail.hold(tx, body.id)
            standing = tx.find_membership(body.id, tx.get_person(person).id)
            found = tx.find_invitation(found.hash) or found  # as it stands now that nobody else acts on it
            if found.accepted_by == person and standing is not None:
                return standing
            if not self._may_still_give(tx, found, body) or not tx.accept_invitation(
                found.id, person, self._clock.now()
            ):
                raise _not_open()
            roles = found.roles if standing is None else found.roles | standing.roles
            record = self._record(body.id, person, roles, f"invitation:{found.id}")
            self._put(tx, record, standing)
            self._tell(tx, Giver(f"{PERSON}{person}", ALL), "invitation.accepted", found.id, body.id, roles)
        return record

    def withdraw(self, organisation: str, invitation: str, *, by: Giver) -> None:
        """Take an open invitation back; raises `InvitationNotOpen` and `BeyondOwnRights`."""
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            self._trail.hold(tx, organisation)
            _require_manager(standing_of(tx, body, by))
            known = any(one.id == invitation for one in tx.invitations_of(organisation))
            if not known or not tx.withdraw_invitation(invitation, self._clock.now()):
                raise _not_open()
            self._tell(tx, by, "invitation.withdrawn", invitation, organisation)

    def change(self, organisation: str, person: str, roles: Iterable[MemberRole], *, by: Giver) -> MembershipRecord:
        """Give a member these roles and no others; the same ones again change nothing.

        Raises `NotAMember`, `BeyondOwnRights`, `RoleDoesNotFit` and `LastOwner`.
        """
        wanted = frozenset(roles)
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            self._trail.hold(tx, organisation)
            standing, giver = _known(tx.find_membership(organisation, person)), standing_of(tx, body, by)
            _require_manager(giver)
            if standing.roles == wanted:
                return standing
            _require_fit(wanted, body)
            return self.change_in(tx, body, standing, wanted, by=by)

    def change_in(
        self,
        tx: Transaction,
        body: Organisation,
        standing: MembershipRecord,
        wanted: frozenset[MemberRole],
        *,
        by: Giver,
    ) -> MembershipRecord:
        """Give a member these roles, in the transaction of a caller who holds the organisation's trail.

        Raises `BeyondOwnRights` and `LastOwner`.
        """
        _require_all(standing_of(tx, body, by), wanted | standing.roles, body)
        record = self._record(body.id, standing.person, wanted, by.actor)
        self._put(tx, record, standing)
        self._drop_keys(tx, record, scopes_of(wanted, body.roles))
        self._tell(tx, by, "member.changed", standing.person, body.id, wanted)
        return record

    def remove(self, organisation: str, person: str, *, by: Giver) -> None:
        """End a membership; everybody may end their own. Keys that the member made go with it.

        Raises `NotAMember`, `BeyondOwnRights` and `LastOwner`.
        """
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            self._trail.hold(tx, organisation)
            if by.actor != f"{PERSON}{person}":
                _require_manager(standing_of(tx, body, by))
            self.remove_in(tx, body, _known(tx.find_membership(organisation, person)), by=by)

    def remove_in(self, tx: Transaction, body: Organisation, standing: MembershipRecord, *, by: Giver) -> None:
        """End a membership, in the transaction of a caller who holds the organisation's trail.

        Raises `BeyondOwnRights` and `LastOwner`.
        """
        if by.actor != f"{PERSON}{standing.person}":
            _require_all(standing_of(tx, body, by), standing.roles, body)
        if not tx.end_membership(standing.id, self._clock.now()):
            raise _last_owner()
        self._drop_keys(tx, standing, frozenset())
        self._tell(tx, by, "member.removed", standing.person, body.id, standing.roles)

    def end_in(self, tx: Transaction, organisation: str, person: str) -> None:
        """End somebody's own membership with the keys that they made, in the caller's transaction.

        Raises `NotAMember`, and `LastOwner` where the store's guard says so.
        """
        self._trail.hold(tx, organisation)
        standing = _known(tx.find_membership(organisation, person))
        self.remove_in(tx, tx.get_organisation(organisation), standing, by=Giver(f"{PERSON}{person}", ALL))

    def _may_still_give(self, tx: Transaction, found: Invitation, body: Organisation) -> bool:
        if found.by.startswith(KEY):
            id, now = found.by.removeprefix(KEY), self._clock.now()
            return any(key.id == id and key.revoked is None and key.expires > now for key in tx.access_keys_of(body.id))
        if not found.by.startswith(PERSON):
            return True
        giver = standing_of(tx, body, Giver(found.by, frozenset()))
        return _holds(giver, found.roles, body)

    def _record(self, organisation: str, person: str, roles: frozenset[MemberRole], by: str) -> MembershipRecord:
        return MembershipRecord(self._entropy.urn(), organisation, person, roles, self._clock.now(), by)

    def _put(self, tx: Transaction, record: MembershipRecord, standing: MembershipRecord | None) -> None:
        if standing is None:
            tx.add_membership(record)
        elif not tx.end_membership(standing.id, record.since, then=record):
            raise _last_owner()

    def _drop_keys(self, tx: Transaction, record: MembershipRecord, left: frozenset[Scope]) -> None:
        """Revoke the keys that a member made, or that such a key made, and that hold more than the member does now."""
        maker = f"{PERSON}{record.person}"
        for key in made_by(tx.access_keys_of(record.organisation), maker):
            if not key.scopes <= left and tx.revoke_access_key(key.id, self._clock.now()):
                self._trail.tell(
                    tx, maker, "key.revoked", key.id, "its maker lost the right", organisation=record.organisation
                )

    def _open(self, tx: Transaction, organisation: str) -> list[Invitation]:
        now = self._clock.now()
        return [
            one
            for one in tx.invitations_of(organisation)
            if one.accepted is None and one.withdrawn is None and one.expires > now
        ]

    def _tell(
        self,
        tx: Transaction,
        by: Giver,
        action: str,
        about: str,
        organisation: str,
        roles: frozenset[MemberRole] = frozenset(),
    ) -> None:
        self._trail.tell(tx, by.actor, action, about, " ".join(sorted(roles)), organisation=organisation)


def standing_of(tx: Transaction, body: Organisation, by: Giver) -> Giver:
    """What a giver holds now, read in the caller's transaction where it is a person or a key."""
    if (key := maker_of(tx, by)) is not None:
        return Giver(by.actor, by.scopes & key.scopes if key.revoked is None else frozenset())
    if not by.actor.startswith(PERSON):
        return by
    record = tx.find_membership(body.id, by.actor.removeprefix(PERSON))
    if record is None:
        return Giver(by.actor, frozenset())
    return Giver(by.actor, scopes_of(record.roles, body.roles), MemberRole.OWNER in record.roles)


def maker_of(tx: Transaction, by: Giver) -> AccessKey | None:
    """The key that acts, as it stands now; None where somebody else does."""
    return tx.get_access_key(by.actor.removeprefix(KEY)) if by.actor.startswith(KEY) else None


def require_unrevoked(tx: Transaction, actor: str) -> None:
    """Where a key acts, it is not revoked; the caller holds the organisation's trail. Raises `BeyondOwnRights`."""
    key = maker_of(tx, Giver(actor, frozenset()))
    if key is not None and key.revoked is not None:
        raise BeyondOwnRights("This key was revoked.", next_step="Ask an owner or administrator for a new one.")


def made_by(keys: Iterable[AccessKey], maker: str) -> Iterator[AccessKey]:
    """Of an organisation's keys, oldest first, those that `maker` made and those that these made in their turn."""
    makers = {maker}
    for key in keys:  # no key is older than the one that made it
        if key.by in makers:
            makers.add(f"{KEY}{key.id}")
            yield key


def _holds(giver: Giver, roles: frozenset[MemberRole], body: Organisation) -> bool:
    """Whether everything that these roles give is held by the giver too, and the owner's role by an owner."""
    enough = scopes_of(roles, body.roles) <= giver.scopes and Scope.MEMBERS_MANAGE in giver.scopes
    return enough and (giver.owner or MemberRole.OWNER not in roles)


def _require_manager(giver: Giver) -> None:
    if Scope.MEMBERS_MANAGE not in giver.scopes:
        raise BeyondOwnRights(
            "Only who manages the members of the organisation does this.", next_step="Ask an owner or administrator."
        )


def _require_all(giver: Giver, roles: frozenset[MemberRole], body: Organisation) -> None:
    _require_manager(giver)
    if not _holds(giver, roles, body):
        raise BeyondOwnRights(
            f"To give or take {' and '.join(sorted(roles))}, somebody must hold all that it gives.",
            next_step="Ask an owner of the organisation.",
        )


def _require_fit(roles: frozenset[MemberRole], body: Organisation) -> None:
    if not roles:
        raise RoleDoesNotFit("A member has at least one role.", next_step="Name a role, or remove the member.")
    for role in sorted(roles):
        if not fits(role, body.roles):
            kinds = " and ".join(sorted(body.roles))
            raise RoleDoesNotFit(
                f"A {kinds} has no use for the role {role}.", next_step="Choose a role that belongs to what it is."
            )


def _known(record: MembershipRecord | None) -> MembershipRecord:
    if record is None:
        raise NotAMember("The organisation has no such member.", next_step="Read the list of its members.")
    return record


def _last_owner() -> LastOwner:
    return LastOwner(
        "This is the organisation's only owner.", next_step="Make somebody else an owner first, then try again."
    )


def _not_open() -> InvitationNotOpen:
    return InvitationNotOpen(
        "This code opens no invitation: it was used, withdrawn or has expired, or was never given out.",
        next_step="Ask the organisation for a new one.",
    )
