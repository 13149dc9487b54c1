"""What the store keeps for learners' own side; `ports.Transaction` has it among the rest."""

from datetime import datetime
from typing import Protocol

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


class HolderTables(Protocol):
    """Enrolments, offers, DIDs and deposits; guarded changes say whether they were made."""

    def set_accepts(self, learner: str, accepts: Accepts) -> None:
        """Say how an account takes credentials."""
        ...

    # how providers know learners
    def add_enrolment(self, enrolment: Enrolment) -> None:
        """Record an enrolment; `AlreadyRecorded` when the organisation has the number."""
        ...

    def find_enrolment(self, organisation: str, number: str) -> Enrolment | None: ...
    def hold_enrolment(self, id: str) -> Enrolment:
        """An enrolment that nobody changes before this transaction ends."""
        ...

    def find_enrolment_by_claim(self, claim: Digest) -> Enrolment | None: ...
    def enrolments_of(self, subject: str, *, after: str = "", limit: int = 1000) -> list[Enrolment]:
        """Those of an organisation, or those that a learner claimed, in the order of writing, after the one named."""
        ...

    def set_claim(self, enrolment: str, claim: Digest | None, expires: datetime | None) -> None: ...
    def bind_enrolment(self, enrolment: str, learner: str, when: datetime, *, claim: Digest) -> bool:
        """Bind it to an account if this code still claims it; whether it did."""
        ...

    def unbind_enrolment(self, enrolment: str, *, since: str) -> bool:
        """Free it from this account, and void its code; whether it was bound to it."""
        ...

    def add_try(self, learner: str, hour: int) -> bool:
        """Count a claim code that an account tries; False when it tried too many within the hour."""
        ...

    def add_waiting(self, one: Waiting) -> None: ...
    def find_waiting(self, request: str) -> Waiting | None: ...
    def waiting_for(self, enrolment: str) -> list[Waiting]: ...
    def claimed_and_waiting(self) -> list[Waiting]:
        """What could be issued by now, because its enrolment is claimed."""
        ...

    def end_waiting(self, request: str, state: WaitingState, *, credential: str | None = None, why: str = "") -> bool:
        """Say what became of it, unless that was said before."""
        ...

    # offers
    def add_offer(self, offer: Offer) -> None:
        """Record an offer; `AlreadyRecorded` while another one of the credential is open or accepted."""
        ...

    def get_offer(self, id: str) -> Offer: ...
    def last_offer(self, credential: str) -> Offer | None:
        """The newest offer of a credential."""
        ...

    def offers_of(self, subject: str, *, after: str = "", limit: int = 1000) -> list[Offer]:
        """Those made to a learner or by an organisation, newest first, from the one named on."""
        ...

    def decide_offer(self, id: str, state: OfferState, when: datetime, *, why: str = "") -> bool:
        """Close an open offer; False when it was closed before, and then it stays as it is."""
        ...

    # DIDs
    def add_did(self, did: LearnerDid) -> None:
        """Record a DID; `AlreadyRecorded` when it is anybody's already."""
        ...

    def find_did(self, did: str) -> LearnerDid | None: ...
    def dids_of(self, learner: str) -> list[LearnerDid]:
        """The DIDs of a learner that were recorded, oldest first; one that the bank made may be missing."""
        ...

    def change_did(self, learner: str, did: str, when: datetime, *, since: str) -> bool:
        """Give an account another DID, unless it has left `since` meanwhile; whether it did."""
        ...

    def issued_between(self, organisation: str, learner: str) -> bool:
        """Whether this organisation ever issued anything to this learner."""
        ...

    def add_confirmation(self, organisation: str, did: str, when: datetime) -> bool:
        """Note that an organisation knows a holder under a DID; False where it was noted before."""
        ...

    def is_confirmed(self, organisation: str, did: str) -> bool: ...
    def add_holder_challenge(self, challenge: HolderChallenge) -> None: ...
    def use_holder_challenge(self, nonce: str, learner: str, occasion: Occasion, when: datetime) -> bool:
        """Use a challenge up; False for one that is unknown, another's, for another occasion, used or expired."""
        ...

    def find_holder_challenge(self, nonce: str) -> HolderChallenge | None: ...

    # two accounts of one person
    def hold_learners(self, *ids: str) -> None:
        """Let nobody write anything new of these accounts before this transaction ends."""
        ...

    def add_merger(self, merger: Merger) -> None:
        """Record a merger; `AlreadyRecorded` where the source was merged before."""
        ...

    def find_merger(self, source: str) -> Merger | None: ...
    def mergers_into(self, target: str) -> list[Merger]:
        """The accounts that were merged into this one, oldest first."""
        ...

    def hand_over(self, source: str, target: str) -> None:
        """Let everything that is recorded of one account be the other's, but the intents of requests and the DIDs."""
        ...

    def take_dids(self, source: str, target: str, when: datetime) -> None:
        """Let the recorded DIDs of one account be earlier ones of the other."""
        ...

    # what learners bring
    def add_deposited(self, one: Deposited) -> None:
        """Keep a credential that its holder brought; `AlreadyRecorded` where one has its id or its digest."""
        ...

    def deposited_under(self, request: str) -> list[Deposited]:
        """What was brought under a request, in order."""
        ...

    def find_deposited(self, id: str) -> Deposited | None: ...
