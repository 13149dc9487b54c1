"""Suspending a credential and giving it back: what its issuer says for a while, in a list of its own.

A suspension is an event that is appended, and so is its end; the newest one counts. Revocation outranks both and has no
way back. While a credential is suspended its credits cannot be reserved for an award; what counts goes on counting.
"""

from creditbank.credential import CredentialView, read_credential
from creditbank.errors import Conflict
from creditbank.services.correcting import standing_id
from creditbank.services.issuing import AlreadyRevoked, NotYourCredential
from creditbank.services.ports import Clock, Store, Transaction
from creditbank.services.records import IssuedCredential, Organisation, PublicDocument, Suspension
from creditbank.services.signatures import Signatures
from creditbank.services.statuses import ListName, StatusLists, status_list_id, suspension_list_id
from creditbank.verification import read_secured


class AlreadySuspended(Conflict):
    """This credential is suspended already."""

    slug = "already-suspended"


class NotSuspended(Conflict):
    """This credential is not suspended, so there is nothing to end."""

    slug = "not-suspended"


class NotSuspendable(Conflict):
    """This credential names no list in which a suspension could show, so nobody would learn of it."""

    slug = "not-suspendable"


class CreditSuspended(Conflict):
    """The issuer suspended the credential, so its credits cannot be used until it gives it back."""

    slug = "credit-suspended"


class Suspending:
    """Suspends and reinstates credentials, and keeps the issuers' lists of suspensions."""

    def __init__(self, store: Store, signatures: Signatures, clock: Clock, base_url: str) -> None:
        self._store, self._clock, self._base_url = store, clock, base_url
        self._lists = StatusLists(store, signatures, clock, "suspension", self.list_id, self._places)

    def suspend(self, credential: str, *, by: str, reason: str) -> Suspension:
        """Say that a credential does not count for now; its issuer's list says so at once.

        Raises `NotYourCredential`, `AlreadyRevoked`, `AlreadySuspended` and `NotSuspendable`.
        """
        return self._append(credential, by=by, reason=reason, suspended=True)

    def reinstate(self, credential: str, *, by: str, reason: str) -> Suspension:
        """End a suspension; raises `NotYourCredential`, `AlreadyRevoked` and `NotSuspended`."""
        return self._append(credential, by=by, reason=reason, suspended=False)

    def history(self, credential: str) -> list[Suspension]:
        """Every suspension of a credential and its end, the oldest first."""
        with self._store.transaction() as tx:
            return tx.suspensions_of(credential)

    def _append(self, credential: str, *, by: str, reason: str, suspended: bool) -> Suspension:
        with self._store.transaction() as tx:
            issued = tx.get_credential(credential)
            if issued.organisation != by:
                raise NotYourCredential("Only the provider that issued a credential can suspend it or give it back.")
            if tx.is_revoked(credential):
                raise AlreadyRevoked(f"{credential} is revoked, which no suspension changes.")
            before = tx.suspensions_of(credential)
            name = ListName.read(self._base_url, issued.status_list)
            number = 1 if name is None else name.number
            place = self.list_id(tx.get_organisation(by), number)
            _check_change(issued, before, place, suspended=suspended)
            event = Suspension(credential, len(before) + 1, suspended, reason, self._clock.now())
            tx.add_suspension(event)
        self.refresh(by, number)
        return event

    def list_id(self, organisation: Organisation, number: int = 1) -> str:
        """The address of an organisation's list of suspensions of that number."""
        return suspension_list_id(self._base_url, organisation, number)

    def current(self, organisation: str, number: int = 1) -> PublicDocument:
        """The organisation's list of suspensions, as fresh as can be; raises as `StatusLists.current`."""
        return self._lists.current(organisation, number)

    def list_at(self, list_id: str) -> PublicDocument | None:
        """The list of suspensions at an address, as fresh as can be; None where the bank keeps none."""
        name = ListName.read(self._base_url, list_id)
        return None if name is None else self._lists.named(name)

    @property
    def lists(self) -> StatusLists:
        """The status lists of this purpose."""
        return self._lists

    def refresh(self, organisation: str, number: int = 1) -> PublicDocument:
        """Sign the organisation's list of suspensions anew, with what is suspended by now (threat 31)."""
        return self._lists.refresh(organisation, number)

    def _places(self, tx: Transaction, organisation: Organisation, number: int) -> frozenset[int]:
        return tx.suspended_indices(status_list_id(self._base_url, organisation, number))


def _check_change(issued: IssuedCredential, before: list[Suspension], place: str, *, suspended: bool) -> None:
    standing = bool(before) and before[-1].suspended
    if suspended and standing:
        raise AlreadySuspended(f"{issued.id} is suspended already.", next_step="Reinstate it, or revoke it for good.")
    if not suspended and not standing:
        raise NotSuspended(f"{issued.id} is not suspended.")
    if suspended and place not in {entry.list_id for entry in _view(issued).status}:
        raise NotSuspendable(
            f"{issued.id} was issued without a place in a list of suspensions.",
            next_step="Revoke it, or reissue it: the correction has such a place.",
        )


def _view(issued: IssuedCredential) -> CredentialView:
    return read_credential(read_secured(issued.signed).document)


def require_not_suspended(tx: Transaction, credential: str) -> None:
    """Raise `CreditSuspended` when the credential that stands for this one today is suspended."""
    standing = standing_id(tx, credential)
    events = tx.suspensions_of(standing)
    if events and events[-1].suspended:
        raise CreditSuspended(
            f"The issuer suspended the credential {standing}, so its credits cannot be used for now.",
            next_step="Ask the provider why, wait until it is given back, or leave the unit out.",
        )
