"""Accepting and declining: a learner who wants to be asked decides what enters the account.

Accepting opens the lot in the same transaction, with the acceptance in its first entry. Whoever decides first has
decided: a learner who accepts while the issuer revokes gets a lot that is revoked, or no lot, and never anything else.
"""

from datetime import datetime

from creditbank.canonical import JsonObject
from creditbank.credential import UnitFacts
from creditbank.errors import Conflict
from creditbank.services.correcting import facts_of, find_lot_of
from creditbank.services.crediting import open_lot, tell_offered
from creditbank.services.holder_records import Offer, OfferState
from creditbank.services.issuing import AlreadyRevoked, NotYourCredential
from creditbank.services.noticing import Noticing, to_organisation
from creditbank.services.ports import AlreadyRecorded, Clock, Entropy, Store, Transaction, UnknownRecord
from creditbank.services.records import Accepts, Learner
from creditbank.services.suspending import require_not_suspended


class OfferDeclined(Conflict):
    """The learner declined this offer, and that is final until the provider offers it anew."""

    slug = "offer-declined"


class OfferAccepted(Conflict):
    """The learner accepted this offer: its lot is open."""

    slug = "offer-accepted"


class OfferLapsed(Conflict):
    """The issuer revoked or corrected the credential before the learner decided."""

    slug = "offer-lapsed"


class OfferOpen(Conflict):
    """The learner was offered this credential and has not decided yet."""

    slug = "offer-open"


class Accepting:
    """Keeps what learners say to what they are offered."""

    def __init__(self, store: Store, noticing: Noticing, clock: Clock, entropy: Entropy) -> None:
        self._store, self._noticing, self._clock, self._entropy = store, noticing, clock, entropy

    def prefer(self, learner: str, accepts: Accepts) -> Learner:
        """Say how an account takes credentials from now on; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            tx.set_accepts(learner, accepts)
            return tx.get_learner(learner)

    def offers(self, subject: str, *, after: str = "", limit: int = 1000) -> list[tuple[Offer, UnitFacts]]:
        """The offers made to a learner, or by an organisation, newest first, each with what it offers."""
        with self._store.transaction() as tx:
            found = tx.offers_of(subject, after=after, limit=limit)
            return [(one, facts_of(tx.get_credential(one.credential))) for one in found]

    def get(self, offer: str, *, subject: str) -> tuple[Offer, UnitFacts]:
        """An offer, for the learner it is made to and the organisation that made it; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            found = tx.get_offer(offer)
            if subject not in (found.learner, found.organisation):
                raise _foreign(offer)
            return found, facts_of(tx.get_credential(found.credential))

    def accept(self, offer: str, *, by: str) -> Offer:
        """Open the lot of what was offered; asking again gives the first answer.

        Raises `UnknownRecord` also for another learner's offer (threat 42), `OfferDeclined`, `OfferLapsed`,
        `AlreadyRevoked`, `CreditSuspended` while the credential is suspended, and `LotAlreadyOpen`.
        """
        with self._store.transaction() as tx:
            tx.hold_learners(by)  # who merges this account away waits for us, or we for them
            found = _own(tx, offer, by)
            now = self._clock.now()
            if not tx.decide_offer(offer, OfferState.ACCEPTED, now):
                return _as_before(tx.get_offer(offer), OfferState.ACCEPTED)
            # from here on a revocation waits for this transaction, and then finds the lot
            if tx.is_revoked(found.credential):
                raise AlreadyRevoked(f"{found.credential} was revoked, so there is nothing to accept.")
            require_not_suspended(tx, found.credential)
            issued = tx.get_credential(found.credential)
            open_lot(tx, issued, facts_of(issued), now, reason=f"accepted: {offer}")
            self._tell(tx, found, "offer-accepted")
            return tx.get_offer(offer)

    def decline(self, offer: str, *, by: str, why: str = "") -> Offer:
        """Say no, for good unless the provider offers it anew; asking again gives the first answer.

        Raises `UnknownRecord` also for another learner's offer (threat 42), `OfferAccepted` and `OfferLapsed`.
        """
        with self._store.transaction() as tx:
            found = _own(tx, offer, by)
            if not tx.decide_offer(offer, OfferState.DECLINED, self._clock.now(), why=" ".join(why.split())):
                return _as_before(tx.get_offer(offer), OfferState.DECLINED)
            self._tell(tx, found, "offer-declined")
            return tx.get_offer(offer)

    def offer_anew(self, credential: str, *, by: str) -> Offer:
        """Offer a credential again that the learner declined; an open offer is given back as it is.

        Raises `UnknownRecord`, `NotYourCredential`, `OfferAccepted` where there is a lot, and `AlreadyRevoked`.
        """
        with self._store.transaction() as tx:
            issued = tx.get_credential(credential)
            if issued.organisation != by:
                raise NotYourCredential("Only the provider that issued a credential can offer it.")
            facts, last = facts_of(issued), tx.last_offer(credential)
            if tx.is_revoked(credential):
                raise AlreadyRevoked(f"{credential} was revoked, and what was revoked is not offered.")
            if last is not None and last.state is OfferState.OFFERED:
                return last
            if find_lot_of(tx, facts) is not None or last is None:
                raise OfferAccepted(f"The credit of {credential} is in the learner's account already.")
            anew = _following(last, self._entropy.urn(), self._clock.now())
            try:
                tx.add_offer(anew)
            except AlreadyRecorded:  # offered anew at the same moment
                standing = tx.last_offer(credential)
                assert standing is not None, "an offer was in the way"
                return standing
            tell_offered(tx, anew, self._entropy)
            return anew

    def _tell(self, tx: Transaction, offer: Offer, kind: str) -> None:
        document: JsonObject = {"offer": offer.id, "credential": offer.credential}
        self._noticing.tell(tx, to_organisation(offer.organisation), kind, document)


def _following(last: Offer, id: str, at: datetime) -> Offer:
    return Offer(id, last.credential, last.number + 1, last.organisation, last.learner, OfferState.OFFERED, at)


def _own(tx: Transaction, offer: str, learner: str) -> Offer:
    found = tx.get_offer(offer)
    if found.learner != learner:
        raise _foreign(offer)
    return found


def _foreign(offer: str) -> UnknownRecord:
    return UnknownRecord(f"There is no offer {offer}.")


def _as_before(offer: Offer, wanted: OfferState) -> Offer:
    """The first answer, where it is the one that is asked for."""
    if offer.state is wanted:
        return offer
    if offer.state is OfferState.LAPSED:
        raise OfferLapsed(
            f"{offer.credential} was {'corrected' if offer.why.startswith('superseded') else 'revoked'} before you"
            " decided.",
            next_step="Look at your offers: a correction is offered in its place.",
        )
    if offer.state is OfferState.DECLINED:
        raise OfferDeclined(
            f"You declined {offer.credential}, and that is final.",
            next_step="Ask the provider to offer it anew, if you want it after all.",
        )
    raise OfferAccepted(
        f"You accepted {offer.credential}, and its credit is in your account.",
        next_step="If it should not be there, ask the provider to revoke it.",
    )
