"""Where an organisation's status lists stand, and how each is put in the place of the one before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from creditbank.canonical import JsonObject, load_object
from creditbank.credential import StatusEntry, StatusList, build_status_list, read_sequence
from creditbank.credential.status import Purpose
from creditbank.services.ports import Clock, SigningCapReached, SigningPurpose, Store, Transaction
from creditbank.services.records import KeyState, Organisation, PublicDocument
from creditbank.services.signatures import NoSigningKey, Signatures, signed_with

STATUS_LIST_SIZE: Final = 131_072
STATUS_LIFETIME: Final = timedelta(hours=1)
RENEWED: Final = STATUS_LIFETIME / 2
SIGNING: Final = frozenset({KeyState.CURRENT, KeyState.RETIRING})
"""The states of a key in which what it signed is still taken in and anchored."""


def status_list_id(base_url: str, organisation: Organisation) -> str:
    """The address under which an organisation's revocation list is published."""
    return f"{base_url}/status/{organisation.id.removeprefix('urn:uuid:')}"


def suspension_list_id(base_url: str, organisation: Organisation) -> str:
    """The address under which an organisation's list of suspensions is published."""
    return f"{status_list_id(base_url, organisation)}/suspended"


def status_entry(base_url: str, organisation: Organisation, index: int) -> StatusEntry:
    """The places of a new credential: the same one in the list of revocations and in that of suspensions."""
    return StatusEntry(status_list_id(base_url, organisation), index, suspension_list_id(base_url, organisation))


@dataclass(frozen=True, slots=True)
class StatusLists:
    """Every organisation's list of one purpose: `id_of` says where it stands, `places_of` what is set in it.

    Each list has a number, one more than the list before it (threat 31). A list is put in the place of exactly the one
    it was numbered after, so two processes never publish two lists of one number, nor a list that has forgotten what
    the other one says.
    """

    store: Store
    signatures: Signatures
    clock: Clock
    purpose: Purpose
    id_of: Callable[[Organisation], str]
    places_of: Callable[[Transaction, Organisation], frozenset[int]]

    def current(self, organisation: str) -> PublicDocument:
        """The organisation's list, signed anew when half of its hour is over or its key gave way.

        Where nobody may sign for it any more, the last list stands, and its own dates tell how old it is. Raises
        `NoSigningKey` and `SigningCapReached` where there is none.
        """
        with self.store.transaction() as tx:
            document = tx.find_document(self.id_of(tx.get_organisation(organisation)))
            keys = {key.multikey for key in tx.keys_of(organisation) if key.state in SIGNING}
        fresh = document is not None and self.clock.now() - document.updated <= RENEWED
        if document is not None and fresh and signed_with(document.content) <= keys:
            return document
        try:
            return self.refresh(organisation)
        except (NoSigningKey, SigningCapReached):
            if document is None:
                raise
            return document

    def refresh(self, organisation: str) -> PublicDocument:
        """Sign the organisation's list anew, good for one hour, and publish it.

        Where another process published one meanwhile, that one is the answer if it says the same, and else the list
        is signed once more, after it. Each lost race is another's list gone out, and costs one of the day's signatures.
        """
        lost = False
        while True:
            now = self.clock.now()
            with self.store.transaction() as tx:
                issuer = tx.get_organisation(organisation)
                before = tx.find_document(self.id_of(issuer))
                listed = StatusList.empty(STATUS_LIST_SIZE).with_set(self.places_of(tx, issuer))
            standing = None if before is None else load_object(before.content)
            unsigned = build_status_list(
                id=self.id_of(issuer),
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
            document = PublicDocument(self.id_of(issuer), "status-list", "application/vc", signed, now)
            with self.store.transaction() as tx:
                if tx.replace_document(document, before=before):
                    return document
            lost = True


def _places(listed: JsonObject) -> object:
    """What a list of this bank says, in the one spelling that it gives to the same places."""
    subject = listed["credentialSubject"]
    assert isinstance(subject, dict), "a list that this bank signed has one subject"
    return subject["encodedList"]
