"""Where an organisation's status lists stand, and how each is put in the place of the one before.

An organisation begins another pair of lists, of revocations and of suspensions, once the newest is half full. A *place*
counts through all of them: number 1 has the places below `STATUS_LIST_SIZE`, number 2 those that follow.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

from creditbank.canonical import JsonObject, load_object
from creditbank.credential import StatusEntry, StatusList, build_status_list, read_sequence
from creditbank.credential.status import Purpose
from creditbank.services.failpoints import reach
from creditbank.services.looking import Looks
from creditbank.services.ports import (
    Clock,
    Entropy,
    SigningCapReached,
    SigningPurpose,
    Store,
    Transaction,
)
from creditbank.services.records import KeyState, Organisation, PublicDocument
from creditbank.services.signatures import NoSigningKey, Signatures, signed_with

STATUS_LIST_SIZE: Final = 131_072
STATUS_LIFETIME: Final = timedelta(hours=1)
RENEWED: Final = STATUS_LIFETIME / 2
HAND: Final = 30
"""How many places are drawn, at least, to tell whether a list is half full."""
SIGNING: Final = frozenset({KeyState.CURRENT, KeyState.RETIRING})
"""The states of a key in which what it signed is still taken in and anchored."""


_NAME: Final = re.compile(r"/status/([^/]{1,60})(?:/([2-9]|[1-9][0-9]{1,5}))?(/suspended)?")


def status_list_id(base_url: str, organisation: Organisation, number: int = 1) -> str:
    """The address under which an organisation's revocation list of that number is published."""
    first = f"{base_url}/status/{organisation.id.removeprefix('urn:uuid:')}"
    return first if number == 1 else f"{first}/{number}"


def suspension_list_id(base_url: str, organisation: Organisation, number: int = 1) -> str:
    """The address under which an organisation's list of suspensions of that number is published."""
    return f"{status_list_id(base_url, organisation, number)}/suspended"


def list_number(place: int) -> int:
    """In which of an organisation's lists a place is."""
    return place // STATUS_LIST_SIZE + 1


def status_entry(base_url: str, organisation: Organisation, place: int) -> StatusEntry:
    """The entries of a new credential: the same one in the list of revocations and in that of suspensions."""
    number, index = list_number(place), place % STATUS_LIST_SIZE
    revocations = status_list_id(base_url, organisation, number)
    return StatusEntry(revocations, index, suspension_list_id(base_url, organisation, number))


@dataclass(frozen=True, slots=True)
class ListName:
    """What the address of one of the bank's status lists says: whose it is, which number, and of which purpose."""

    organisation: str
    number: int
    purpose: Purpose

    @classmethod
    def read(cls, base_url: str, list_id: str) -> "ListName | None":
        """Read an address; None for one that is no list of this bank's."""
        found = _NAME.fullmatch(list_id.removeprefix(base_url)) if list_id.startswith(f"{base_url}/") else None
        if found is None:
            return None
        purpose: Purpose = "suspension" if found[3] else "revocation"
        return cls(f"urn:uuid:{found[1]}", int(found[2] or 1), purpose)


def free_places(tx: Transaction, entropy: Entropy, organisation: str, count: int) -> list[int]:
    """So many random places that nobody holds, in the newest list that is not half full (threat 32).

    Whether a list is half full is told by a hand of places drawn from it. Nobody else gives a place of this
    organisation away before the transaction ends.
    """
    return places_after(tx, entropy, organisation, count, tx.newest_place(organisation))


def places_after(tx: Transaction, entropy: Entropy, organisation: str, count: int, last: int) -> list[int]:
    """The same for whoever holds the organisation's row already, and knows a place that is in a list begun by now."""
    number, found = list_number(last), list[int]()
    while len(found) < count:
        begins, wanted = (number - 1) * STATUS_LIST_SIZE, count - len(found)
        drawn = {begins + entropy.below(STATUS_LIST_SIZE): None for _ in range(2 * wanted + HAND)}
        taken = tx.taken_places(organisation, list(drawn))
        free = [place for place in drawn if place not in taken and place not in found]
        found += free[:wanted]
        if 2 * len(taken) >= len(drawn):
            number += 1
    return found


@dataclass(frozen=True, slots=True)
class StatusLists:
    """Every organisation's lists of one purpose: `id_of` says where each stands, `places_of` what is set in it.

    Each list has a number, one more than the list before it (threat 31). A list is put in the place of exactly the one
    it was numbered after, so two processes never publish two lists of one number, nor a list that has forgotten what
    the other one says.
    """

    store: Store
    signatures: Signatures
    clock: Clock
    purpose: Purpose
    id_of: Callable[[Organisation, int], str]
    places_of: Callable[[Transaction, Organisation, int], frozenset[int]]

    def named(self, name: ListName) -> PublicDocument | None:
        """The list that an address names, as `current` gives it; None for one that no organisation has begun."""
        with self.store.glancing() as tx:
            document, fresh = self.standing_in(Looks(tx), name)
        return document if fresh else self.renewed(document, name)

    def standing_in(self, looks: Looks, name: ListName) -> tuple[PublicDocument | None, bool]:
        """What `named` gives, and True; or the last list that was signed, if any, and False, as it is to be renewed."""
        owner = looks.body(name.organisation) if name.purpose == self.purpose else None
        if owner is None:
            return None, True
        if name.number > 1 and name.number > list_number(looks.tx.last_place(owner.id)):
            return None, True
        return self._standing(looks, owner, name.number)

    def renewed(self, document: PublicDocument | None, name: ListName) -> PublicDocument:
        """The list signed anew; the last one where nobody may sign. Raises as `current` does."""
        return self._renewed(document, name.organisation, name.number)

    def current(self, organisation: str, number: int = 1) -> PublicDocument:
        """The organisation's list, signed anew when half of its hour is over or its key gave way.

        Where nobody may sign for it any more, the last list stands, and its own dates tell how old it is. Raises
        `NoSigningKey` and `SigningCapReached` where there is none.
        """
        with self.store.glancing() as tx:
            document, fresh = self._standing(Looks(tx), tx.get_organisation(organisation), number)
        return document if document is not None and fresh else self._renewed(document, organisation, number)

    def _standing(self, looks: Looks, owner: Organisation, number: int) -> tuple[PublicDocument | None, bool]:
        """The list as it was signed last, and whether it can be handed out as it is."""
        document = looks.document(self.id_of(owner, number))
        if document is None or self.clock.now() - document.updated > RENEWED:
            return document, False
        keys = {key.multikey for key in looks.keys(owner.id) if key.state in SIGNING}
        return document, _signed_with(document.content) <= keys

    def _renewed(self, document: PublicDocument | None, organisation: str, number: int) -> PublicDocument:
        try:
            return self.refresh(organisation, number)
        except (NoSigningKey, SigningCapReached):
            if document is None:
                raise
            return document

    def refresh(self, organisation: str, number: int = 1) -> PublicDocument:
        """Sign the organisation's list anew, good for one hour, and publish it.

        Where another process published one meanwhile, that one is the answer if it says the same, and else the list
        is signed once more, after it. Each lost race is another's list gone out, and costs one of the day's signatures.
        """
        lost = False
        while True:
            now = self.clock.now()
            with self.store.transaction() as tx:
                issuer = tx.get_organisation(organisation)
                before = tx.find_document(self.id_of(issuer, number))
                listed = StatusList.empty(STATUS_LIST_SIZE).with_set(self.places_of(tx, issuer, number))
            standing = None if before is None else load_object(before.content)
            unsigned = build_status_list(
                id=self.id_of(issuer, number),
                issuer=issuer.did,
                purpose=self.purpose,
                status_list=listed,
                valid_from=now,
                valid_until=now + STATUS_LIFETIME,
                sequence=1 + (0 if standing is None else read_sequence(standing) or 0),
            )
            if lost and before is not None and standing is not None and _places(standing) == _places(unsigned):
                return before
            signed = self.signatures.sign(unsigned, issuer.id, issuer.did, now, purpose=SigningPurpose.STATUS_LIST)
            reach("status.list.signed")
            document = PublicDocument(self.id_of(issuer, number), "status-list", "application/vc", signed, now)
            with self.store.transaction() as tx:
                if tx.replace_document(document, before=before):
                    return document
            lost = True


@lru_cache(maxsize=256)
def _signed_with(content: bytes) -> frozenset[str]:
    return signed_with(content)


def _places(listed: JsonObject) -> object:
    """What a list of this bank says, in the one spelling that it gives to the same places."""
    subject = listed["credentialSubject"]
    assert isinstance(subject, dict), "a list that this bank signed has one subject"
    return subject["encodedList"]
