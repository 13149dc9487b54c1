"""What somebody made for an organisation, shown and ended as a whole: for when a key or a session was in wrong hands.

Revoking a key ends the keys that descend from it (`access`). Whoever stole it may have made more: invitations, members
who came by them, roles, webhooks, and everything that those made in their turn. Nothing here guesses: the records and
the trail say by whom each came about. A member who was one before keeps the roles of then, and what they made stays.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from creditbank.errors import NotFound
from creditbank.services.asked_records import CameOf
from creditbank.services.listing_ports import Page
from creditbank.services.membership import KEY, PERSON, BeyondOwnRights, Giver, Membership, standing_of
from creditbank.services.membership_records import AccessKey, Invitation, MembershipRecord
from creditbank.services.ports import Clock, Store, Transaction
from creditbank.services.rights import MemberRole, Scope
from creditbank.services.trail import Trail
from creditbank.services.trail_records import TrailEntry
from creditbank.services.webhook_records import Webhook, WebhookState

ENDING: Final = frozenset({Scope.TOKENS_MANAGE, Scope.MEMBERS_MANAGE, Scope.WEBHOOKS_MANAGE})
"""What somebody must hold to end what another made: all that it takes to end each by itself."""
MOST: Final = 200
"""So many requests are shown with what came of somebody; all of them are a list of their own (`list_asked`)."""
RENEWED: Final = "webhook.renewed"
WHY: Final = "everything that its maker made was ended"


class NobodyActedSo(NotFound):
    """Neither a key of the organisation nor a person has this name."""

    slug = "nobody-acted-so"


@dataclass(frozen=True, slots=True)
class Gained:
    """A member who came in, or has other roles; `before` are those they had, none for whoever came in."""

    record: MembershipRecord
    before: frozenset[MemberRole]


@dataclass(frozen=True, slots=True)
class Made:
    """What stands of all that somebody made, and that came of it, oldest first.

    `added` webhooks are called at an address that they chose, and of the `seen` ones they know the secret. `acts` are
    the entries of the trail by them and by whatever they let in, also those of what has ended since. `asked` is what
    all of them asked for, the newest first: what was issued, redeemed, awarded, revoked; `more`: there are others.
    """

    keys: tuple[AccessKey, ...]
    invitations: tuple[Invitation, ...]
    members: tuple[Gained, ...]
    added: tuple[Webhook, ...]
    seen: tuple[Webhook, ...]
    acts: tuple[TrailEntry, ...]
    asked: tuple[CameOf, ...] = ()
    more: bool = False


class Undoing:
    """Finds what somebody made for an organisation, and ends it."""

    def __init__(self, store: Store, membership: Membership, trail: Trail, clock: Clock) -> None:
        self._store, self._membership, self._trail, self._clock = store, membership, trail, clock

    def made_by(self, organisation: str, actor: str, *, since: datetime | None = None) -> Made:
        """What stands of what a key (`token:`) or a person (`person:`) made since then; raises `NobodyActedSo`."""
        with self._store.transaction() as tx:
            return self._made(tx, organisation, actor, since)

    def end(self, organisation: str, actor: str, *, by: Giver, since: datetime | None = None) -> Made:
        """End all that stands of it, and the key itself, in one transaction; what was ended. Again finds nothing.

        Webhooks that it added are removed; those whose secret it saw are paused until somebody renews the secret. A
        person stays a member, and only what they made since then ends: theirs was a session that somebody stole.
        Raises `NobodyActedSo`, and `BeyondOwnRights`.
        """
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            self._trail.hold(tx, organisation)
            if not standing_of(tx, body, by).scopes >= ENDING:
                raise BeyondOwnRights(
                    f"To end what another made takes {', '.join(sorted(ENDING))}.",
                    next_step="Ask an owner or administrator.",
                )
            made = self._made(tx, organisation, actor, since)
            now = self._clock.now()
            for key in made.keys:
                tx.revoke_access_key(key.id, now)
                self._tell(tx, by, "key.revoked", key.id, organisation)
            for invitation in made.invitations:
                tx.withdraw_invitation(invitation.id, now)
                self._tell(tx, by, "invitation.withdrawn", invitation.id, organisation)
            for gained in made.members:
                if gained.before:
                    self._membership.change_in(tx, body, gained.record, gained.before, by=by)
                else:
                    self._membership.remove_in(tx, body, gained.record, by=by)
            for state, webhooks in ((WebhookState.REMOVED, made.added), (WebhookState.PAUSED, made.seen)):
                for webhook in webhooks:
                    if webhook.state is state:
                        continue  # it was ended before, and waits for a new secret
                    tx.change_webhook(replace(webhook, state=state))
                    self._tell(tx, by, f"webhook.{state}", webhook.id, organisation)
        return made

    def _tell(self, tx: Transaction, by: Giver, action: str, about: str, organisation: str) -> None:
        self._trail.tell(tx, by.actor, action, about, WHY, organisation=organisation)

    def _made(self, tx: Transaction, organisation: str, actor: str, since: datetime | None) -> Made:
        tx.get_organisation(organisation)
        keys, records = tx.access_keys_of(organisation), tx.memberships_in(organisation)
        invitations = tx.invitations_of(organisation)
        if actor not in {*_names(keys), *(f"{PERSON}{one.person}" for one in records)}:
            raise NobodyActedSo(
                "The organisation has, and had, no such token, client or member.",
                next_step="Read its tokens, its members, or its trail.",
            )

        def of(some: Collection[str], by: str, at: datetime) -> bool:
            return by in some and (since is None or at >= since)

        them = {actor}
        while True:  # each round finds what the ones found before made, until there is no more
            opened = {f"invitation:{one.id}" for one in invitations if of(them, one.by, one.created)}
            gained = _gained(records, {one.id for one in records if of(them | opened, one.by, one.since)})
            more = _names(key for key in keys if of(them, key.by, key.created))
            more |= {_name(one) for one in gained if not one.before}
            if more <= them:
                break
            them |= more
        acts = [one for one in tx.trail_by(organisation, them) if since is None or one.at >= since]
        asked = tx.list_asked(Page(MOST + 1), organisation, them, since)
        hooks = tx.webhooks_of(organisation)
        renewed = {one.object: one.actor for one in tx.trail_about(organisation, RENEWED, [one.id for one in hooks])}
        added, seen = _webhooks(hooks, acts, {id for id, by in renewed.items() if by in them})
        return Made(
            keys=tuple(key for key in keys if f"{KEY}{key.id}" in them and self._good(key)),
            invitations=tuple(one for one in invitations if f"invitation:{one.id}" in opened and self._open(one)),
            members=tuple(one for one in gained if one.record.until is None and _name(one) != actor),
            added=added,
            seen=seen,
            acts=tuple(acts),
            asked=tuple(one for _, one in asked[:MOST]),
            more=len(asked) > MOST,
        )

    def _good(self, key: AccessKey) -> bool:
        return key.revoked is None and key.expires > self._clock.now()

    def _open(self, one: Invitation) -> bool:
        return one.accepted is None and one.withdrawn is None and one.expires > self._clock.now()


def _names(keys: Iterable[AccessKey]) -> set[str]:
    return {f"{KEY}{key.id}" for key in keys}


def _name(one: Gained) -> str:
    return f"{PERSON}{one.record.person}"


def _gained(records: list[MembershipRecord], sly: set[str]) -> list[Gained]:
    """Whose last roles are of their making, also who has left since, each with the last roles that are not."""
    last, clean = dict[str, MembershipRecord](), dict[str, frozenset[MemberRole]]()
    for one in records:  # oldest first: of one person each begins where the one before ends, or after a time away
        before = last.get(one.person)
        if one.id not in sly:
            clean[one.person] = one.roles
        elif before is None or before.until != one.since:
            clean[one.person] = frozenset()
        last[one.person] = one
    return [Gained(one, clean[one.person]) for one in last.values() if one.id in sly]


def _webhooks(
    standing: list[Webhook], acts: list[TrailEntry], theirs: set[str]
) -> tuple[tuple[Webhook, ...], tuple[Webhook, ...]]:
    """Those that they added, and those whose secret they were shown and nobody else renewed since."""
    added = {one.object for one in acts if one.action == "webhook.added"}
    seen = {one.object for one in acts if one.action == RENEWED and one.object in theirs} - added
    return tuple(one for one in standing if one.id in added), tuple(one for one in standing if one.id in seen)
