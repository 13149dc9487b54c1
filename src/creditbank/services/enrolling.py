"""How providers know people: each by a number of its own, bound to an account by the person's own act.

Nobody is matched by name (issue of one name to two people, and of two names to one, is common). The provider hands a
claim code over by its own ways; whoever types it in while signed in binds the number to that account. What the provider
issued before waits, since a credential names its holder's DID, and is issued at the claim.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from creditbank.canonical import Digest, JsonObject, sha256
from creditbank.errors import BadInput, Conflict, CreditBankError, NotFound, Unavailable
from creditbank.services.correcting import check_request
from creditbank.services.holder_records import Enrolment, Waiting, WaitingState
from creditbank.services.holding import require_account
from creditbank.services.issuing import IssueRequest, Issuing, RequestReused
from creditbank.services.noticing import Noticing, to_organisation
from creditbank.services.ports import AlreadyRecorded, Clock, Entropy, Store, Transaction, UnknownRecord
from creditbank.services.records import IssuedCredential
from creditbank.services.trail import OPERATOR, Trail

CLAIM_LIFETIME: Final = timedelta(days=30)
MAX_NUMBER: Final = 100
_LOOKALIKES: Final = str.maketrans("OIL", "011")
_ALPHABET: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


class UnusableNumber(BadInput):
    """A number is one line of at most 100 characters, without spaces at its ends."""

    slug = "unusable-number"


class NumberTaken(Conflict):
    """The provider enrolled somebody under this number before, by another name."""

    slug = "number-taken"


class EnrolmentClaimed(Conflict):
    """An account is bound to this number; a new code comes only after it is freed."""

    slug = "enrolment-claimed"


class UnknownClaim(NotFound):
    """No enrolment waits for this code: it is mistyped, used, outworn, or was never given out."""

    slug = "unknown-claim"


class TooManyClaims(Unavailable):
    """One account tries only so many codes within an hour."""

    slug = "too-many-claims"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An enrolment with the code that claims it, which is seen this once."""

    enrolment: Enrolment
    code: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """An enrolment that is bound to its learner's account, and what had waited for that."""

    enrolment: Enrolment
    waited: tuple[Waiting, ...]


class Enrolling:
    """Enrols people under their providers' numbers, and binds the numbers to accounts."""

    def __init__(
        self, store: Store, issuing: Issuing, trail: Trail, noticing: Noticing, clock: Clock, entropy: Entropy
    ) -> None:
        self._store, self._issuing, self._trail, self._noticing = store, issuing, trail, noticing
        self._clock, self._entropy = clock, entropy

    def resolve(self, organisation: str, number: str) -> str | None:
        """The account behind a provider's number; None where nobody claimed it, or nobody is enrolled under it."""
        with self._store.transaction() as tx:
            found = tx.find_enrolment(organisation, number)
        return None if found is None else found.learner

    def find(self, organisation: str, number: str) -> Enrolment | None:
        """The enrolment under a provider's number; None where there is none."""
        with self._store.transaction() as tx:
            return tx.find_enrolment(organisation, number)

    def of(self, subject: str, *, after: str = "", limit: int = 1000) -> list[Enrolment]:
        """The enrolments of a provider, or those that a learner claimed."""
        with self._store.transaction() as tx:
            return tx.enrolments_of(subject, after=after, limit=limit)

    def get(self, enrolment: str, *, subject: str) -> tuple[Enrolment, list[Waiting]]:
        """An enrolment and what waits for it, for its provider and its learner; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            found = _for(tx, enrolment, subject)
            return found, tx.waiting_for(enrolment)

    def enrol(self, organisation: str, *, number: str, name: str = "") -> Enrolment:
        """Write down that a provider knows somebody by this number; the same again gives the first answer.

        Raises `UnusableNumber`, `UnknownRecord`, and `NumberTaken` where the number stands for another name.
        """
        name, number = " ".join(name.split())[:400], _number(number)
        made = Enrolment(
            self._entropy.urn(), organisation, number, name, None, None, None, self._clock.now(), claimed=None
        )
        with self._store.transaction() as tx:
            tx.get_organisation(organisation)
            try:
                tx.add_enrolment(made)
            except AlreadyRecorded:
                standing = tx.find_enrolment(organisation, number)
                assert standing is not None, "a number in the way can be read"
                if standing.name != name:
                    raise NumberTaken(
                        f"The number {number} stands for somebody you enrolled by another name.",
                        next_step="Give everybody a number of their own.",
                    ) from None
                return standing
        return made

    def code(self, enrolment: str, *, by: str, actor: str = OPERATOR) -> Enrolled:
        """Make the code that claims an enrolment; the one before is void. Only its hash is kept.

        `actor` is who asked, as the audit trail names them. Raises `UnknownRecord` also for another provider's
        enrolment, and `EnrolmentClaimed`.
        """
        secret = self._entropy.bytes(16)
        with self._store.transaction() as tx:
            found = tx.hold_enrolment(enrolment)
            if found.organisation != by:
                raise _foreign(enrolment)
            if found.learner is not None:
                raise EnrolmentClaimed(
                    f"The number {found.number} is bound to an account.",
                    next_step="Free it first, if it is bound to the wrong one.",
                )
            tx.set_claim(enrolment, _hash(spelt(secret)), self._clock.now() + CLAIM_LIFETIME)
            self._trail.tell(tx, actor, "enrolment.code-made", enrolment, organisation=by)
            return Enrolled(tx.hold_enrolment(enrolment), spelt(secret))

    def claim(self, learner: str, code: str, *, actor: str = OPERATOR) -> Claimed:
        """Bind the enrolment of this code to an account, and issue what waited; again by the same account, the same.

        Raises `TooManyClaims`, and `UnknownClaim` alike for a code that is wrong, outworn, void or somebody else's.
        """
        now, claim = self._clock.now(), _hash(code)
        with self._store.transaction() as tx:
            tx.get_learner(learner)
            require_account(tx, learner)
            if not tx.add_try(learner, int(now.timestamp()) // 3600):
                raise TooManyClaims(
                    "This account has tried too many codes within the hour.",
                    next_step="Wait an hour, and type the code from what your provider gave you.",
                )
        with self._store.transaction() as tx:
            tx.hold_learners(learner)  # who merges this account away waits for us, or we for them
            require_account(tx, learner)
            found = tx.find_enrolment_by_claim(claim)
            if found is None:
                raise _unknown_claim()
            bound = tx.bind_enrolment(found.id, learner, now, claim=claim)
            if bound:
                self._trail.tell(tx, actor, "enrolment.claimed", found.id, organisation=found.organisation)
                told = to_organisation(found.organisation)
                self._noticing.tell(tx, told, "enrolment-claimed", {"enrolment": found.id})
            found = tx.hold_enrolment(found.id)
            if not bound and found.learner != learner:
                raise _unknown_claim()
        self._issue_waiting(found)
        return self._claimed(found.id)

    def free(self, enrolment: str, *, by: str, why: str = "", actor: str = OPERATOR) -> Enrolment:
        """Unbind a number from an account, by its provider or its learner; what was issued stays where it is.

        Freeing it again changes nothing. The audit trail keeps who did it, and why where the operator says so: what
        others write about a person would outlive the account there. Raises `UnknownRecord`.
        """
        with self._store.transaction() as tx:
            found = tx.hold_enrolment(enrolment)
            _require_for(found, by)
            said = why if actor == OPERATOR else ""
            if found.learner is not None and tx.unbind_enrolment(enrolment, since=found.learner):
                self._trail.tell(tx, actor, "enrolment.freed", enrolment, said, organisation=found.organisation)
            return tx.hold_enrolment(enrolment)

    # -- what waits for a claim

    def issue(
        self,
        request: str,
        *,
        organisation: str,
        number: str,
        achievement: str,
        version: str,
        earned: date,
        result: str | None = None,
        scale: str | None = None,
        endorsements: Sequence[str] = (),
    ) -> IssuedCredential | Waiting:
        """Issue a credential to whom a provider knows by this number, at once or when they claim it.

        The same request again gives what became of the first. Raises what `Issuing.issue` raises, `UnknownRecord` for a
        number nobody is enrolled under, and `RequestReused`.
        """
        check_request(request)
        asked = IssueRequest(organisation, "", achievement, version, earned, result, scale, tuple(endorsements))
        with self._store.transaction() as tx:
            found = tx.find_enrolment(organisation, number)
            if found is None:
                raise UnknownRecord(f"Nobody is enrolled under the number {number[:MAX_NUMBER]}.")
            standing = tx.find_waiting(request)
            if standing is not None and (standing.enrolment, standing.asked) != (found.id, _document(asked)):
                raise RequestReused(f"The request id {request} was used before for another credential.")
            if standing is None and found.learner is None:
                standing = self._wait(tx, request, found, asked)
        if standing is not None:
            return self._outcome(standing)
        assert found.learner is not None, "what does not wait has a learner"
        return self._issue(request, asked, found.learner)

    def withdraw(self, request: str, *, by: str) -> Waiting:
        """Take back what still waits; of what was issued meanwhile the answer says so. Raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            found = tx.find_waiting(request)
            if found is None or found.organisation != by:
                raise UnknownRecord(f"Nothing waits under the request {request[:200]}.")
            tx.end_waiting(request, WaitingState.WITHDRAWN)
            ended = tx.find_waiting(request)
        assert ended is not None, "what waited is kept"
        return ended

    def resume(self) -> None:
        """Issue what waited for a claim that was made, where a crash came between the two."""
        with self._store.transaction() as tx:
            ripe = tx.claimed_and_waiting()
        for one in ripe:
            self._issue_one(one)

    def _wait(self, tx: Transaction, request: str, found: Enrolment, asked: IssueRequest) -> Waiting:
        self._issuing.require_offer(tx, asked)
        tx.hold_enrolment(found.id)  # a claim that is under way sees this row, or we see the claim
        made = Waiting(request, found.organisation, found.id, _document(asked), WaitingState.WAITING, self._clock.now())
        tx.add_waiting(made)
        return made

    def _outcome(self, one: Waiting) -> IssuedCredential | Waiting:
        self._issue_one(one)
        with self._store.transaction() as tx:
            now = tx.find_waiting(one.request)
            assert now is not None, "what waited is kept"
            return now if now.credential is None else tx.get_credential(now.credential)

    def _issue_waiting(self, enrolment: Enrolment) -> None:
        with self._store.transaction() as tx:
            rows = tx.waiting_for(enrolment.id)
        for one in rows:
            self._issue_one(one)

    def _issue_one(self, one: Waiting) -> None:
        """Issue what waited, once somebody claimed it; a refusal is kept, so that the provider can be told."""
        if one.state is not WaitingState.WAITING:
            return
        with self._store.transaction() as tx:
            begun = tx.find_intent(one.request)  # the number may be bound to another account since
            learner = tx.hold_enrolment(one.enrolment).learner if begun is None else begun.learner
        if learner is None:
            return
        state, credential, why = WaitingState.ISSUED, None, ""
        try:
            credential = self._issue(one.request, _read(one), learner).id
        except Unavailable:  # the same may succeed later: it goes on waiting
            return
        except CreditBankError as refusal:
            state, why = WaitingState.REFUSED, refusal.slug
        with self._store.transaction() as tx:
            if tx.end_waiting(one.request, state, credential=credential, why=why) and why:
                document: JsonObject = {"enrolment": one.enrolment, "request": one.request, "problem": why}
                self._noticing.tell(tx, to_organisation(one.organisation), "waiting-refused", document)

    def _issue(self, request: str, asked: IssueRequest, learner: str) -> IssuedCredential:
        return self._issuing.issue(
            request,
            organisation=asked.organisation,
            learner=learner,
            achievement=asked.achievement,
            version=asked.version,
            earned=asked.earned,
            result=asked.result,
            scale=asked.scale,
            endorsements=asked.endorsements,
        )

    def _claimed(self, enrolment: str) -> Claimed:
        with self._store.transaction() as tx:
            return Claimed(tx.hold_enrolment(enrolment), tuple(tx.waiting_for(enrolment)))


def spelt(secret: bytes) -> str:
    """A code as it is read aloud and typed: 26 letters and digits without lookalikes, in groups."""
    text = base64.b32encode(secret).decode().rstrip("=").translate(_ALPHABET)
    return "-".join(text[at : at + 5] for at in range(0, len(text), 5))


def plain_code(code: str) -> str:
    """A code without what people add or mistake: spaces, hyphens, case, letters that look like digits."""
    return "".join(one for one in code.upper() if one.isalnum()).translate(_LOOKALIKES)


def _hash(code: str) -> Digest:
    """The hash of a code however it was typed: 128 random bits need no slow one."""
    return sha256(b"creditbank/claim/v1\n" + plain_code(code).encode())


def _number(text: str) -> str:
    if not 0 < len(text) <= MAX_NUMBER or text != text.strip() or not text.isprintable():
        raise UnusableNumber(
            f"A number has 1 to {MAX_NUMBER} characters that can be printed, and no spaces at its ends.",
            next_step="Give the number as it stands in your own register.",
        )
    return text


def _document(asked: IssueRequest) -> JsonObject:
    return {
        "achievement": asked.achievement,
        "version": asked.version,
        "earned": asked.earned.isoformat(),
        "result": asked.result,
        "scale": asked.scale,
        "endorsements": list(asked.endorsements),
    }


def _read(one: Waiting) -> IssueRequest:
    asked: Any = one.asked
    return replace(
        IssueRequest(
            one.organisation,
            "",
            asked["achievement"],
            asked["version"],
            date.fromisoformat(asked["earned"]),
            asked["result"],
            asked["scale"],
        ),
        endorsements=tuple(asked["endorsements"]),
    )


def _for(tx: Transaction, enrolment: str, subject: str) -> Enrolment:
    found = tx.hold_enrolment(enrolment)
    _require_for(found, subject)
    return found


def _require_for(found: Enrolment, subject: str) -> None:
    if subject not in (found.organisation, found.learner):
        raise _foreign(found.id)


def _foreign(enrolment: str) -> UnknownRecord:
    return UnknownRecord(f"There is no enrolment {enrolment}.")


def _unknown_claim() -> UnknownClaim:
    return UnknownClaim(
        "No enrolment waits for this code.",
        next_step="Type it as your provider gave it to you; a code works once, and for thirty days.",
    )
