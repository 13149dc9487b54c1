"""Issuing credentials: intent first, then the signature, then the exact signed bytes with their lot and their leaf.

A crash between the steps leaves an intent, which `resume` completes; a request id that comes twice issues once.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from creditbank.canonical import canonical_json, load_object, sha256
from creditbank.credential import (
    Achievement,
    IssuerProfile,
    StatusEntry,
    StatusList,
    build_credential,
    build_status_list,
    check_grades,
    unit_facts,
)
from creditbank.errors import BadInput, Conflict, Refused
from creditbank.ledger import Lot, deposit, revoke
from creditbank.services.accrediting import Accrediting
from creditbank.services.drafting import NotAProvider, read_unit, withdrawn
from creditbank.services.ports import AlreadyRecorded, Clock, Entropy, KeyVault, SigningPurpose, Store, Transaction
from creditbank.services.records import (
    IssuedCredential,
    IssueIntent,
    IssueState,
    Leaf,
    Organisation,
    PublicDocument,
    PublishedAchievement,
    Role,
)
from creditbank.services.signatures import Signatures
from creditbank.verification import provision_of

STATUS_LIST_SIZE: Final = 131_072
STATUS_LIFETIME: Final = timedelta(hours=1)
FURTHEST_ZONE: Final = timedelta(hours=14)  # where a day begins first, ahead of UTC


class RequestReused(Conflict):
    """This request id already stands for another request."""

    slug = "request-reused"


class EarnedInFuture(BadInput):
    """Nothing is earned on a day that has not come yet, anywhere on earth."""

    slug = "earned-in-future"


class EarnedWhenNotOffered(BadInput):
    """A unit is earned between the first and the last day of its version."""

    slug = "earned-when-not-offered"


class NotYourCredential(Refused):
    """Only the issuer of a credential may revoke it."""

    slug = "not-your-credential"


class AlreadyRevoked(Conflict):
    """This credential was revoked before."""

    slug = "already-revoked"


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """What a provider asks for: this learner earned this version of this achievement on that day."""

    organisation: str
    learner: str
    achievement: str
    version: str
    earned: date
    result: str | None = None
    scale: str | None = None


def status_list_id(base_url: str, organisation: Organisation) -> str:
    """The address under which an organisation's revocation list is published."""
    return f"{base_url}/status/{organisation.id.removeprefix('urn:uuid:')}"


def issuer_profile(organisation: Organisation) -> IssuerProfile:
    """How an organisation presents itself inside the credentials it signs."""
    return IssuerProfile(organisation.did, organisation.name, None, organisation.country)


class Issuing:
    """Issues and revokes credentials, and keeps the issuers' status lists."""

    def __init__(
        self,
        store: Store,
        vault: KeyVault,
        signatures: Signatures,
        clock: Clock,
        entropy: Entropy,
        base_url: str,
        accrediting: Accrediting,
    ) -> None:
        self._store, self._vault, self._signatures = store, vault, signatures
        self._accrediting = accrediting
        self._clock, self._entropy, self._base_url = clock, entropy, base_url

    def issue(
        self,
        request: str,
        *,
        organisation: str,
        learner: str,
        achievement: str,
        version: str,
        earned: date,
        result: str | None = None,
        scale: str | None = None,
    ) -> IssuedCredential:
        """Issue one credential for `request`; the same request again gives the first answer.

        `result` is a grade on `scale`, one of the achievement's, or a result on no scale. Raises `RequestReused` when
        the id stands for other facts, `UnknownRecord` for an unknown learner, provider or achievement, `NotAProvider`
        when the achievement is another organisation's, `AchievementWithdrawn`, `EarnedInFuture`,
        `EarnedWhenNotOffered`, `NotAccredited` where the bank demands accreditation, and `UnknownScale` or
        `UnknownGrade` for a result that cannot be stated.
        """
        asked = IssueRequest(organisation, learner, achievement, version, earned, result, scale)
        try:
            intent = self._intend(request, asked)
        except AlreadyRecorded:  # the same request at the same moment: the other one's intent is ours
            intent = self._intend(request, asked)
        if intent.state is IssueState.ISSUED:
            return self._issued(intent)
        try:
            return self._complete(intent)
        except AlreadyRecorded:
            return self._issued(intent)

    def _issued(self, intent: IssueIntent) -> IssuedCredential:
        with self._store.transaction() as tx:
            return tx.get_credential(intent.credential)

    def resume(self) -> list[IssuedCredential]:
        """Complete every intent that a crash left behind."""
        with self._store.transaction() as tx:
            open_intents = [intent for intent in tx.open_intents() if not intent.request.startswith("award:")]
        return [self._complete(intent) for intent in open_intents]

    def _intend(self, request: str, asked: IssueRequest) -> IssueIntent:
        with self._store.transaction() as tx:
            standing = tx.find_intent(request)
            if standing is not None:
                if _facts_of(standing) != asked:
                    raise RequestReused(
                        f"The request id {request} was used before for another credential.",
                        next_step="Use a new id for a new request.",
                    )
                return standing
            if asked.earned > (self._clock.now() + FURTHEST_ZONE).date():
                raise EarnedInFuture(
                    f"{asked.earned} has not come yet, so nothing was earned then.", next_step="Correct the day."
                )
            provider = tx.get_organisation(asked.organisation)
            tx.get_learner(asked.learner)
            offered = tx.get_achievement(asked.achievement, asked.version)
            if Role.PROVIDER not in provider.roles or offered.organisation != provider.id:
                raise NotAProvider(f"{provider.name} does not offer {asked.achievement}, so it cannot issue it.")
            _check_offer(offered, asked)
            unit = provision_of(Achievement.from_json(offered.document))
            self._accrediting.require_accredited(tx, provider.did, unit, asked.earned)
            intent = IssueIntent(
                request,
                self._entropy.urn(),
                asked.organisation,
                asked.learner,
                asked.achievement,
                asked.version,
                _earned_text(asked),
                self.free_status_index(tx, provider.id),
                IssueState.INTENDED,
                self._clock.now(),
            )
            tx.add_intent(intent)
        return intent

    def _complete(self, intent: IssueIntent) -> IssuedCredential:
        asked = _facts_of(intent)
        with self._store.transaction() as tx:
            provider = tx.get_organisation(asked.organisation)
            learner = tx.get_learner(asked.learner)
            offered = Achievement.from_json(tx.get_achievement(asked.achievement, asked.version).document)
        unsigned = build_credential(
            offered,
            id=intent.credential,
            issuer=issuer_profile(provider),
            subject=learner.did,
            earned=asked.earned,
            valid_from=intent.created,
            status=StatusEntry(status_list_id(self._base_url, provider), intent.status_index),
            result=asked.result if asked.scale is None else None,
            grades=grades_of(asked),
        )
        signed = self._signatures.sign(unsigned, provider.id, provider.did, self._clock.now())
        return self.store_signed(intent, signed, with_lot=True)

    def store_signed(self, intent: IssueIntent, signed: bytes, *, with_lot: bool) -> IssuedCredential:
        """Keep signed bytes, their leaf and, for a unit, its lot: all together or not at all."""
        document = load_object(signed)
        with self._store.transaction() as tx:
            provider = tx.get_organisation(intent.organisation)
            issued = IssuedCredential(
                intent.credential,
                intent.organisation,
                intent.learner,
                signed,
                sha256(canonical_json(document)),
                self._clock.now(),
                status_list_id(self._base_url, provider),
                intent.status_index,
            )
            tx.add_credential(issued, request=intent.request)
            tx.add_leaf(Leaf(issued.id, provider.did, self._entropy.bytes(16), issued.digest, None, None))
            if with_lot:
                facts = unit_facts(document)
                lot = Lot.of(
                    account=intent.learner,
                    credential=issued.id,
                    issuer=facts.issuer,
                    first_issue=facts.first_issue,
                    amount=facts.credits,
                    opened=issued.issued,
                )
                tx.open_lot(lot, deposit(lot, request=f"deposit:{issued.id}", at=issued.issued))
        return issued

    def free_status_index(self, tx: Transaction, organisation: str) -> int:
        """A random position of the organisation's status list that nobody holds (threat 32)."""
        used = tx.used_status_indices(organisation)
        assert len(used) < STATUS_LIST_SIZE // 2, "a status list is replaced before it is half full"
        while (index := self._entropy.below(STATUS_LIST_SIZE)) in used:
            pass
        return index

    def revoke(self, credential: str, *, by: str, reason: str) -> None:
        """Withdraw a credential: its lot can no longer be used, and the issuer's status list says so at once.

        What was already redeemed stays recorded. Raises `NotYourCredential` and `AlreadyRevoked`.
        """
        now = self._clock.now()
        with self._store.transaction() as tx:
            issued = tx.get_credential(credential)
            if issued.organisation != by:
                raise NotYourCredential("Only the provider that issued a credential can revoke it.")
            if issued.status_index in tx.revoked_indices(by):
                raise AlreadyRevoked(f"{credential} is already revoked.")
            tx.revoke_credential(credential, when=now, reason=reason)
            for lot in tx.lots_of(issued.learner):
                if lot.credential == credential:
                    tx.post(revoke(lot, request=f"revoke:{credential}", reason=reason, at=now))
        self.refresh_status(by)

    def list_id(self, organisation: Organisation) -> str:
        """The address of an organisation's revocation list."""
        return status_list_id(self._base_url, organisation)

    def current_status(self, organisation: str) -> PublicDocument:
        """The organisation's revocation list, signed anew when half of its hour is over."""
        with self._store.transaction() as tx:
            document = tx.find_document(self.list_id(tx.get_organisation(organisation)))
        if document is None or self._clock.now() - document.updated > STATUS_LIFETIME / 2:
            return self.refresh_status(organisation)
        return document

    def refresh_status(self, organisation: str) -> PublicDocument:
        """Sign the organisation's revocation list anew; it is good for one hour (threat 31)."""
        now = self._clock.now()
        with self._store.transaction() as tx:
            issuer = tx.get_organisation(organisation)
            revoked = tx.revoked_indices(organisation)
        list_id = status_list_id(self._base_url, issuer)
        unsigned = build_status_list(
            id=list_id,
            issuer=issuer.did,
            purpose="revocation",
            status_list=StatusList.empty(STATUS_LIST_SIZE).with_set(revoked),
            valid_from=now,
            valid_until=now + STATUS_LIFETIME,
        )
        signed = self._signatures.sign(unsigned, issuer.id, issuer.did, now, purpose=SigningPurpose.STATUS_LIST)
        document = PublicDocument(list_id, "status-list", "application/vc", signed, now)
        with self._store.transaction() as tx:
            tx.put_document(document)
        return document


def grades_of(asked: IssueRequest) -> list[tuple[str, str]]:
    """The grade that a request states on a scale; none when it names no scale."""
    return [] if asked.scale is None else [(asked.scale, asked.result or "")]


def _check_offer(offered: PublishedAchievement, asked: IssueRequest) -> None:
    """Raise unless the version is offered on that day, and the result can be stated for it."""
    if offered.withdrawn is not None:
        raise withdrawn(offered)
    check_grades(Achievement.from_json(offered.document), grades_of(asked))
    if offered.unit is None:
        return
    unit, _ = read_unit(offered.unit)
    day = asked.earned.isoformat()
    if (unit.valid_from or day) <= day <= (unit.valid_until or day):
        return
    raise EarnedWhenNotOffered(
        f"Version {offered.version} of {offered.id} is offered from {unit.valid_from or 'its beginning'} to "
        f"{unit.valid_until or 'any day'}, and not on {day}.",
        next_step="Correct the day, or issue the version that was offered then.",
    )


def _earned_text(asked: IssueRequest) -> str:
    """Day, scale and result as one text: `2026-06-30@five-point A`."""
    scale = f"@{asked.scale}" if asked.scale is not None else ""
    return f"{asked.earned.isoformat()}{scale}" + (f" {asked.result}" if asked.result is not None else "")


def _facts_of(intent: IssueIntent) -> IssueRequest:
    when, has_result, result = intent.earned.partition(" ")
    day, has_scale, scale = when.partition("@")
    return IssueRequest(
        intent.organisation,
        intent.learner,
        intent.achievement,
        intent.achievement_version,
        date.fromisoformat(day),
        result if has_result else None,
        scale if has_scale else None,
    )
