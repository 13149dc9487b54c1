"""Issuing credentials: intent first, then the signature, then the exact signed bytes with their lot and their leaf.

A crash between the steps leaves an intent, which `resume` completes; a request id that comes twice issues once.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final

from creditbank.canonical import JsonObject, canonical_json, load_object, sha256
from creditbank.credential import (
    Achievement,
    Identity,
    IssuerProfile,
    StatusEntry,
    build_credential,
    check_grades,
    unit_facts,
)
from creditbank.errors import BadInput, Conflict, CreditBankError, Refused, Unavailable
from creditbank.framework import day_after
from creditbank.ledger import LotAlreadyOpen, LotChanged, revoke
from creditbank.services.accrediting import Accrediting
from creditbank.services.claim_ports import Alongside, NothingAlongside
from creditbank.services.correcting import (
    AWARD,
    OWN,
    TRANSCRIPT,
    CorrectionChangesCredits,
    CorrectionOfSuspended,
    CorrectionUnderWay,
    CreditsInUse,
    check_request,
    correction_request,
    corrects,
    facts_of,
    find_lot_of,
    first_issue_of,
    plain_result,
    require_reinstated,
    require_unused,
    standing_id,
)
from creditbank.services.crediting import credit, deposited, inherit, lapse
from creditbank.services.drafting import NotAProvider, read_unit, withdrawn
from creditbank.services.flags import flag_awards
from creditbank.services.halting import Halted, require_running
from creditbank.services.holding import require_confirmed
from creditbank.services.issuing_ports import BeforeIssuing, Signed
from creditbank.services.noticing import Noticing
from creditbank.services.ports import (
    AlreadyRecorded,
    Clock,
    Entropy,
    KeyVault,
    Store,
    Transaction,
    UnknownRecord,
)
from creditbank.services.records import (
    Accepts,
    EndorsementRecord,
    IssuedCredential,
    IssueIntent,
    IssueState,
    Leaf,
    Learner,
    Organisation,
    OrganisationKey,
    PublicDocument,
    PublishedAchievement,
    Role,
)
from creditbank.services.signatures import Signatures, proven_with
from creditbank.services.statuses import (
    SIGNING,
    STATUS_LIST_SIZE,
    ListName,
    StatusLists,
    free_places,
    list_number,
    places_after,
    status_entry,
)
from creditbank.services.statuses import status_list_id as status_list_id  # said to be importable from here
from creditbank.verification import provision_of

_REASON: Final = "\n\n"  # between what a correction states and why, which is one line
REVOKED: Final = "the issuer revoked the credential"
"""What the ledger says of it, for ever. The issuer's own words stand with the credential, and go when it is erased."""
TRIES: Final = 5
"""How often a revocation looks at a lot whose credits move at that very moment."""
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


class StatusListElsewhere(Refused):
    """The provider keeps the status list of this credential itself."""

    slug = "status-list-elsewhere"


class EndorsementDoesNotFit(Refused):
    """An endorsement that is put into a credential stands, and speaks for its achievement or its issuer."""

    slug = "endorsement-does-not-fit"


class KeyNoLongerSigns(Conflict):
    """What a retired or revoked key signed is not taken in any more, because no anchor could make it good."""

    slug = "key-no-longer-signs"


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """What a provider asks for: this learner earned this version of this achievement on that day.

    `endorsements` are ids of those that it wants seen in the credential.
    """

    organisation: str
    learner: str
    achievement: str
    version: str
    earned: date
    result: str | None = None
    scale: str | None = None
    endorsements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Begun:
    """A credential that is written down as an intent and about to be signed: by whom, and exactly what."""

    intent: IssueIntent
    provider: Organisation
    unsigned: JsonObject
    label: str


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
        self._accrediting, self._noticing = accrediting, Noticing(store, clock, entropy)
        self._clock, self._entropy, self._base_url = clock, entropy, base_url
        self._lists = StatusLists(store, signatures, clock, "revocation", self.list_id, self._places)

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
        endorsements: Sequence[str] = (),
        identities: Sequence[tuple[str, str]] = (),
        along: Alongside[IssuedCredential] | None = None,
    ) -> IssuedCredential:
        """Issue one credential for `request`; the same request again gives the first answer.

        What the caller writes `along` stands together with the intent, and then with the credential. `result` is a
        grade on `scale`, one of the achievement's, or a result on no scale. `endorsements` are ids of what others said
        of the achievement or the issuer. `identities` are by what the learner asked to be known beside the key, each a
        kind and a value, of which only a hash with a salt of its own is kept.

        Raises `RequestReused` when the id stands for other facts, `UnknownRecord` for an unknown learner, provider,
        achievement or endorsement, `NotAProvider` when the achievement is another organisation's,
        `AchievementWithdrawn`, `EarnedInFuture`, `EarnedWhenNotOffered`, `NotAccredited` where the bank demands
        accreditation, `UnknownScale` or `UnknownGrade` for a result that cannot be stated, `EndorsementDoesNotFit`,
        `UnusableIdentity`, and `RequestReserved` for an id of the bank's own form.
        """
        check_request(request)
        asked = IssueRequest(organisation, learner, achievement, version, earned, result, scale, tuple(endorsements))
        beside = along or NothingAlongside()
        try:
            begun = self._begin(request, asked, identities, beside)
        except AlreadyRecorded:  # the same request at the same moment: the other one's intent is ours
            begun = self._begin(request, asked, identities, beside)
        beside.begun()
        if isinstance(begun, IssuedCredential):
            return begun
        try:
            return self._sign(begun, beside)
        except AlreadyRecorded:
            with self._store.transaction() as tx:
                issued = tx.get_credential(begun.intent.credential)
                beside.end(tx, issued)
            return issued

    def _begin(
        self,
        request: str,
        asked: IssueRequest,
        identities: Sequence[tuple[str, str]],
        beside: Alongside[IssuedCredential],
    ) -> "_Begun | IssuedCredential":
        """Write the intent down and say what is to be signed and by which key; or give what was issued before."""
        with self._store.transaction() as tx:
            beside.begin(tx)
            intent, fresh = self._intend_in(tx, request, asked, identities=identities)
            if intent.state is IssueState.ISSUED:
                issued = tx.get_credential(intent.credential)
                beside.end(tx, issued)
                return issued
            if fresh is None:  # a crash left it behind, and a halt may have come since
                require_running(tx, intent.organisation)
                provider, unsigned = tx.get_organisation(intent.organisation), self.unsigned_in(tx, intent)
                fresh = _Begun(intent, provider, unsigned, self._signatures.label_in(tx, provider.id))
            return fresh

    def _sign(self, begun: "_Begun", beside: Alongside[IssuedCredential]) -> IssuedCredential:
        intent, provider = begun.intent, begun.provider

        def kept(label: str | None) -> IssuedCredential:
            signed = self._signatures.sign(begun.unsigned, provider.id, provider.did, self._clock.now(), label=label)
            with self._store.transaction() as tx:
                issued = self._store_running(tx, intent, signed, provider)
                beside.end(tx, issued)
            return issued

        try:
            return kept(begun.label)
        except KeyNoLongerSigns:  # it was rotated and retired, or revoked, between signing and storing
            return kept(None)

    def reissue(
        self,
        credential: str,
        *,
        by: str,
        reason: str,
        earned: date | None = None,
        version: str | None = None,
        result: str | None = None,
        scale: str | None = None,
    ) -> IssuedCredential:
        """Issue the correction of a credential, and revoke the one before; what is not given stays as it was.

        Asking again gives the first answer, also after a crash at any step. Raises `NotYourCredential`,
        `AlreadyRevoked`, `CorrectionOfSuspended`, `CreditsInUse` where an award rests on the credential,
        `CorrectionChangesCredits`, `RequestReused` when it was corrected otherwise before, and what `issue` raises.
        """
        with self._store.transaction() as tx:
            before, first = tx.get_credential(credential), tx.find_intent_for(credential)
        if before.organisation != by:
            raise NotYourCredential("Only the provider that issued a credential can correct it.")
        with self._store.transaction() as tx:
            self._require_own_list(before, tx.get_organisation(by))
        asked = replace(_corrected(before, earned, version, result, scale), endorsements=_endorsements(first))
        try:
            intent = self.intend(correction_request(credential), asked, reason)
        except AlreadyRecorded:
            intent = self.intend(correction_request(credential), asked, reason)
        if intent.state is not IssueState.ISSUED:
            with suppress(AlreadyRecorded):  # another process completed it
                self._complete(intent)
        self.refresh_for(before)
        return self._issued(intent)

    def issue_many(self, wanted: Mapping[str, IssueRequest]) -> dict[str, "IssuedCredential | CreditBankError"]:
        """Issue several credentials of one provider, each once for its request id; each has an answer of its own.

        Two transactions and one write to the audit of signatures for all of them. An answer is the error that `issue`
        would raise for that request. What concerns all of them is raised: a halt, that nobody may sign, a database
        that does not answer. After a crash the same requests are completed.
        """
        answers = self._many(wanted) if wanted else {}
        for request, one in answers.items():
            if isinstance(one, AlreadyRecorded):  # another process asked for it at the same moment: its intent is ours
                answers[request] = self._once_more(request, wanted[request])
        return answers

    def _once_more(self, request: str, asked: IssueRequest) -> "IssuedCredential | CreditBankError":
        try:
            intent = self.intend(request, asked)
        except Unavailable:
            raise
        except CreditBankError as error:
            return error
        return self._issued(intent) if intent.state is IssueState.ISSUED else self._told(intent)

    def _many(self, wanted: Mapping[str, IssueRequest]) -> dict[str, "IssuedCredential | CreditBankError"]:
        with self._store.transaction() as tx:
            provider = tx.get_organisation(next(iter(wanted.values())).organisation)
            require_running(tx, provider.id)
            answers, intents = self._intend_many(tx, wanted)
            intents.sort(key=lambda one: one.request)  # two that keep the same ones never wait for each other
            offers: dict[tuple[str, str], tuple[Achievement, bytes | None]] = {}
            unsigned = []
            people = tx.learners_named([intent.learner for intent in intents])
            for intent in intents:
                asked, name = wanted[intent.request], (intent.achievement, intent.achievement_version)
                if name not in offers:
                    found = tx.get_achievement(*name)
                    offers[name] = (Achievement.from_json(found.document), found.unit)
                learner = people.get(asked.learner) or tx.get_learner(asked.learner)
                unsigned.append(self._document(intent, asked, provider, learner, *offers[name]))
        signed = self._signatures.sign_many(unsigned, provider.id, provider.did, self._clock.now())
        try:
            with self._store.transaction() as tx:
                made = self._store_many(tx, provider, list(zip(intents, signed, strict=True)))
            return {**answers, **{intent.request: one for intent, one in zip(intents, made, strict=True)}}
        except (
            AlreadyRecorded,
            LotAlreadyOpen,
            KeyNoLongerSigns,
            UnknownRecord,
        ):  # one by one, to see for which of them that holds
            return {**answers, **{intent.request: self._told(intent) for intent in intents}}

    def _intend_many(
        self, tx: Transaction, wanted: Mapping[str, IssueRequest]
    ) -> tuple[dict[str, "IssuedCredential | CreditBankError"], list[IssueIntent]]:
        """The answers that are clear already, and the intents that wait for a signature, all written down."""
        answers: dict[str, IssuedCredential | CreditBankError] = {}
        intents: list[IssueIntent] = []
        standing = dict(tx.intents_for(wanted))
        fresh = self._fresh_intents(tx, {name: one for name, one in wanted.items() if name not in standing}, answers)
        added = tx.add_intents(list(fresh.values()))
        standing |= fresh
        for request, asked in wanted.items():
            if request in answers:
                continue
            intent = standing[request]
            try:
                if request in fresh and request not in added:
                    raise AlreadyRecorded(f"Request {request} is recorded already.", next_step="Send it again.")
                _require_same(intent, asked, ())
            except CreditBankError as error:
                answers[request] = error
                continue
            if intent.state is IssueState.ISSUED:
                answers[request] = tx.get_credential(intent.credential)
            else:
                intents.append(intent)
        return answers, intents

    def _fresh_intents(
        self,
        tx: Transaction,
        wanted: Mapping[str, IssueRequest],
        answers: dict[str, "IssuedCredential | CreditBankError"],
    ) -> dict[str, IssueIntent]:
        """An intent for each new request that can be issued; what refuses the others is among the `answers`."""
        if not wanted:
            return {}
        ids = [asked.learner for asked in wanted.values()]
        people, doubtful = tx.learners_named(ids), tx.doubtful_learners(ids)
        offered: set[IssueRequest] = set()  # what is stated of a class is looked at once, and of each its learner
        found: dict[str, IssueIntent] = {}
        places: list[int] = []
        for request, asked in wanted.items():
            try:
                learner = people.get(asked.learner) or tx.get_learner(asked.learner)
                if learner.id in doubtful:
                    require_confirmed(tx, asked.organisation, learner)
                if (stated := replace(asked, learner="")) not in offered:
                    self.require_offer(tx, asked)
                    offered.add(stated)
            except CreditBankError as error:
                answers[request] = error
                continue
            places = places or free_places(tx, self._entropy, asked.organisation, len(wanted))
            found[request] = self._intent(request, asked, places.pop())
        return found

    def _store_many(
        self, tx: Transaction, provider: Organisation, signed: Sequence[tuple[IssueIntent, bytes]]
    ) -> list[IssuedCredential]:
        """Keep several that were signed for one provider, with their lots or offers: all of them, or raise."""
        documents = [load_object(text) for _, text in signed]
        for multikey in sorted(set().union(*map(proven_with, documents))):
            require_signing(tx.hold_key(multikey), multikey)
        made = [
            self._made(intent, text, document, provider)
            for (intent, text), document in zip(signed, documents, strict=True)
        ]
        tx.keep_issued(made)
        ids = {intent.learner for intent, _ in signed}
        people, doubtful = tx.learners_named(ids), tx.doubtful_learners(ids)
        lots = []
        for one, document in zip(made, documents, strict=True):
            issued, facts = one.credential, unit_facts(document)
            learner = people.get(issued.learner)
            if learner is None or learner.id in doubtful or learner.accepts is Accepts.ASK:
                credit(tx, issued, facts, self._entropy)
            else:
                lots.append(deposited(issued, facts, issued.issued, document))
        tx.open_lots(lots)
        return [one.credential for one in made]

    def _told(self, intent: IssueIntent) -> "IssuedCredential | CreditBankError":
        try:
            return self._complete(intent)
        except AlreadyRecorded:
            return self._issued(intent)
        except Unavailable:
            raise
        except CreditBankError as error:
            return error

    def _issued(self, intent: IssueIntent) -> IssuedCredential:
        with self._store.transaction() as tx:
            return tx.get_credential(intent.credential)

    def resume(self) -> list[IssuedCredential]:
        """Complete every intent that a crash left behind; a correction that can no longer be made stays open."""
        with self._store.transaction() as tx:
            others = (AWARD, OWN, TRANSCRIPT)
            open_intents = [intent for intent in tx.open_intents() if not intent.request.startswith(others)]
        completed: list[IssuedCredential] = []
        for intent in open_intents:
            try:
                completed.append(self._complete(intent))
            except (AlreadyRevoked, CorrectionOfSuspended, CreditsInUse, Halted):
                continue
        for corrected in filter(None, (corrects(intent.request) for intent in open_intents)):
            with self._store.transaction() as tx:
                before = tx.get_credential(corrected)
            self.refresh_for(before)
        return completed

    def intend(
        self, request: str, asked: IssueRequest, reason: str = "", *, identities: Sequence[tuple[str, str]] = ()
    ) -> IssueIntent:
        """Write down that a credential is about to be signed; the same request again gives the first intent.

        Raises what `issue` raises, and `AlreadyRecorded` when another caller writes the same at the same moment.
        """
        with self._store.transaction() as tx:
            return self._intend_in(tx, request, asked, reason, identities=identities)[0]

    def _intend_in(
        self,
        tx: Transaction,
        request: str,
        asked: IssueRequest,
        reason: str = "",
        *,
        identities: Sequence[tuple[str, str]] = (),
    ) -> tuple[IssueIntent, _Begun | None]:
        """The intent, and if it is new and no correction, what is to be signed for it."""
        seen = None if corrects(request) else _seen(tx, request, asked)
        if seen is not None:
            learner, provider, unit, last = seen.learner, seen.provider, seen.offered.unit, seen.last_place
            offered = self._checked(tx, asked, provider, seen.offered)
        else:
            standing = tx.find_intent(request)
            if standing is not None:
                _require_same(standing, asked, identities)
                return standing, None
            require_running(tx, asked.organisation)
            learner = tx.get_learner(asked.learner)
            require_confirmed(tx, asked.organisation, learner)
            provider, offered, unit = self._offer(tx, asked, corrects(request))
            last = tx.newest_place(provider.id)
        reason = f"{_REASON}{' '.join(reason.split())}" if corrects(request) else ""
        besides = self._besides(tx, request, asked, provider, identities)
        place = places_after(tx, self._entropy, provider.id, 1, last)[0]
        intent = self._intent(request, asked, place, reason=reason, besides=besides)
        tx.add_intent(intent)
        if corrects(request):
            return intent, None
        said = [one for one in map(tx.get_endorsement, asked.endorsements) if one.stands]
        unsigned = self._document(intent, asked, provider, learner, offered, unit, said=said)
        label = self._signatures.label_in(tx, provider.id) if seen is None else seen.label
        return intent, _Begun(intent, provider, unsigned, label)

    def require_offer(self, tx: Transaction, asked: IssueRequest) -> Organisation:
        """The provider, once it is clear that it may state this, whoever the learner is; raises as `issue`."""
        return self._offer(tx, asked)[0]

    def _offer(
        self, tx: Transaction, asked: IssueRequest, corrected: str = ""
    ) -> tuple[Organisation, Achievement, bytes | None]:
        """The provider, what it offers, and the unit as it was published."""
        _check_day(asked, self._clock.now())
        provider = tx.get_organisation(asked.organisation)
        offered = tx.get_achievement(asked.achievement, asked.version)
        return provider, self._checked(tx, asked, provider, offered, corrected), offered.unit

    def _checked(
        self,
        tx: Transaction,
        asked: IssueRequest,
        provider: Organisation,
        offered: PublishedAchievement,
        corrected: str = "",
    ) -> Achievement:
        """What is offered, once it is clear that this provider may state this of it."""
        _check_day(asked, self._clock.now())
        if Role.PROVIDER not in provider.roles or offered.organisation != provider.id:
            raise NotAProvider(f"{provider.name} does not offer {asked.achievement}, so it cannot issue it.")
        unchanged = self._check_correction(tx, corrected, offered)
        achievement = Achievement.from_json(offered.document)
        _check_offer(offered, achievement, asked, withdrawn_too=unchanged)
        self._accrediting.require_accredited(tx, provider.did, provision_of(achievement), asked.earned)
        return achievement

    def _intent(
        self, request: str, asked: IssueRequest, place: int, *, reason: str = "", besides: JsonObject | None = None
    ) -> IssueIntent:
        return IssueIntent(
            request,
            self._entropy.urn(),
            asked.organisation,
            asked.learner,
            asked.achievement,
            asked.version,
            _earned_text(asked) + reason,
            place,
            IssueState.INTENDED,
            self._clock.now(),
            besides,
        )

    def _besides(
        self,
        tx: Transaction,
        request: str,
        asked: IssueRequest,
        provider: Organisation,
        identities: Sequence[tuple[str, str]],
    ) -> JsonObject | None:
        """What goes into the credential beside the unit; a correction keeps that of the credential before."""
        if before := corrects(request):
            first = tx.find_intent_for(before)
            return None if first is None else first.besides
        for name in asked.endorsements:
            said = tx.get_endorsement(name)
            if not said.stands or said.endorsed not in (asked.achievement, provider.did):
                raise EndorsementDoesNotFit(
                    f"{name} does not stand, or speaks for neither {asked.achievement} nor {provider.name}.",
                    next_step="`creditbank endorsement list --of` shows those that stand.",
                )
        made = [Identity.of(value, kind=kind, salt=self._entropy.bytes(16).hex()) for kind, value in identities]
        if not asked.endorsements and not made:
            return None
        return {"endorsements": list(asked.endorsements), "identities": [one.to_json() for one in made]}

    def _check_correction(self, tx: Transaction, credential: str, offered: PublishedAchievement) -> bool:
        """Raise unless the credential may be corrected into this version; whether it is the version it has."""
        if not credential:
            return False
        facts = facts_of(tx.get_credential(credential))
        lot = find_lot_of(tx, facts)
        if tx.is_revoked(credential) if lot is None else lot.revoked:
            raise AlreadyRevoked(f"{credential} was revoked, and what was revoked is not corrected.")
        require_unused(lot)
        require_reinstated(tx, credential)
        if Achievement.from_json(offered.document).credits != facts.credits:
            raise CorrectionChangesCredits(
                f"{facts.title} gave {facts.credits}, and version {offered.version} gives another amount.",
                next_step="Revoke the credential, and issue a new one.",
            )
        return facts.achievement_version == offered.version

    def _complete(self, intent: IssueIntent) -> IssuedCredential:
        with self._store.transaction() as tx:
            require_running(tx, intent.organisation)
            provider = tx.get_organisation(intent.organisation)
        unsigned = self.unsigned(intent)
        try:
            signed = self._signatures.sign(unsigned, provider.id, provider.did, self._clock.now())
            return self.store_signed(intent, signed, with_lot=True)
        except KeyNoLongerSigns:  # it was rotated and retired, or revoked, between signing and storing
            signed = self._signatures.sign(unsigned, provider.id, provider.did, self._clock.now())
            return self.store_signed(intent, signed, with_lot=True)

    def unsigned(self, intent: IssueIntent) -> JsonObject:
        """What is to be signed for an intent: the same each time it is asked for."""
        with self._store.transaction() as tx:
            return self.unsigned_in(tx, intent)

    def unsigned_in(self, tx: Transaction, intent: IssueIntent) -> JsonObject:
        """The same, inside the caller's transaction."""
        asked = _facts_of(intent)
        provider = tx.get_organisation(asked.organisation)
        before, learner = corrects(intent.request), tx.get_learner(asked.learner)
        first_issue = facts_of(tx.get_credential(before)).first_issue if before else None
        found = tx.get_achievement(asked.achievement, asked.version)
        offered = (Achievement.from_json(found.document), found.unit)
        said = [one for one in map(tx.get_endorsement, asked.endorsements) if one.stands]
        return self._document(intent, asked, provider, learner, *offered, first_issue=first_issue, said=said)

    def _document(
        self,
        intent: IssueIntent,
        asked: IssueRequest,
        provider: Organisation,
        learner: Learner,
        offered: Achievement,
        unit: bytes | None,
        *,
        first_issue: str | None = None,
        said: Sequence[EndorsementRecord] = (),
    ) -> JsonObject:
        return build_credential(
            offered,
            id=intent.credential,
            issuer=issuer_profile(provider),
            subject=learner.did,
            earned=asked.earned,
            valid_from=intent.created,
            valid_until=_ends(unit, asked.earned, intent.created),
            status=status_entry(self._base_url, provider, intent.status_index),
            result=asked.result if asked.scale is None else None,
            grades=grades_of(asked),
            first_issue=first_issue,
            supersedes=corrects(intent.request) or None,
            identities=_identities(intent),
            endorsements=_signed([one for one in said if one.endorsed != provider.did]),
            issuer_endorsements=_signed([one for one in said if one.endorsed == provider.did]),
        )

    def store_signed(self, intent: IssueIntent, signed: bytes, *, with_lot: bool) -> IssuedCredential:
        """Keep signed bytes, their leaf and, for a unit, its lot or its offer: all together or not at all.

        A correction opens no lot; it takes the place of the one before, which is revoked with the same stroke.
        Raises `KeyNoLongerSigns` when the key was retired or revoked since: nothing it signed is anchored any more.
        """
        with self._store.transaction() as tx:
            return self.store_in(tx, intent, signed, with_lot=with_lot)

    def store_in(
        self,
        tx: Transaction,
        intent: IssueIntent,
        signed: bytes,
        *,
        with_lot: bool,
        provider: Organisation | None = None,
    ) -> IssuedCredential:
        """The same, inside the caller's transaction."""
        document = load_object(signed)
        provider = provider or tx.get_organisation(intent.organisation)
        for multikey in sorted(proven_with(document)):
            require_signing(tx.hold_key(multikey), multikey)
        made = self._made(intent, signed, document, provider)
        tx.keep_issued([made])
        if before := corrects(intent.request):
            self._take_place(tx, before, made.credential, intent)
        elif with_lot:
            credit(tx, made.credential, unit_facts(document), self._entropy)
        return made.credential

    def _store_running(
        self, tx: Transaction, intent: IssueIntent, signed: bytes, provider: Organisation
    ) -> IssuedCredential:
        """The same for a unit, where neither bank nor provider is halted by now; raises `Halted`."""
        document = load_object(signed)
        keys = proven_with(document)
        accepts = None
        if len(keys) == 1 and not corrects(intent.request):
            accepts = tx.before_storing(next(iter(keys)), organisation=provider.id, learner=intent.learner)
        if accepts is None:
            require_running(tx, provider.id)
            return self.store_in(tx, intent, signed, with_lot=True, provider=provider)
        made = self._made(intent, signed, document, provider)
        tx.keep_issued([made])
        credit(tx, made.credential, unit_facts(document), self._entropy, accepts=accepts)
        return made.credential

    def _made(self, intent: IssueIntent, signed: bytes, document: JsonObject, provider: Organisation) -> Signed:
        issued = IssuedCredential(
            intent.credential,
            intent.organisation,
            intent.learner,
            signed,
            sha256(canonical_json(document)),
            self._clock.now(),
            status_list_id(self._base_url, provider, list_number(intent.status_index)),
            intent.status_index % STATUS_LIST_SIZE,
        )
        leaf = Leaf(issued.id, provider.did, self._entropy.bytes(16), issued.digest, None, None)
        return Signed(intent.request, issued, leaf)

    def _take_place(self, tx: Transaction, before: str, issued: IssuedCredential, intent: IssueIntent) -> None:
        inherit(tx, before, issued, self._entropy)  # first: who accepts the one before waits for us, or we for them
        require_unused(find_lot_of(tx, facts_of(issued)))
        require_reinstated(tx, before)
        reason = f"superseded by {issued.id}: {intent.earned.rpartition(_REASON)[2]}"
        try:
            tx.revoke_credential(before, when=issued.issued, reason=reason)
        except AlreadyRecorded:
            raise AlreadyRevoked(f"{before} was revoked, and what was revoked is not corrected.") from None

    def free_status_index(self, tx: Transaction, organisation: str) -> int:
        """A random place in the organisation's status lists that nobody holds (threat 32)."""
        return free_places(tx, self._entropy, organisation, 1)[0]

    def revoke(self, credential: str, *, by: str, reason: str) -> None:
        """Withdraw a credential: its lot can no longer be used, and the issuer's status list says so at once.

        What was already redeemed stays recorded. Raises `NotYourCredential`, `AlreadyRevoked` (also for one that was
        superseded), and `CorrectionUnderWay`.
        """
        for attempt in range(TRIES):
            try:
                issued = self._revoke(credential, by, reason)
                break
            except LotChanged:  # it was redeemed or changed hands between the look and the act: look again
                if attempt == TRIES - 1:
                    raise
        self.refresh_for(issued)

    def _revoke(self, credential: str, by: str, reason: str) -> IssuedCredential:
        now = self._clock.now()
        with self._store.transaction() as tx:
            issued = tx.get_credential(credential)
            if issued.organisation != by:
                raise NotYourCredential("Only the provider that issued a credential can revoke it.")
            self._require_own_list(issued, tx.get_organisation(by))
            if issued.status_index in tx.revoked_indices(issued.status_list):
                raise AlreadyRevoked(f"{credential} is already revoked.")
            if tx.find_intent(correction_request(credential)) is not None:
                raise CorrectionUnderWay(
                    f"A correction of {credential} was begun.",
                    next_step="Finish it with the same command, and revoke the correction.",
                )
            self.revoke_in(tx, issued, reason=reason, when=now)
        return issued

    def _require_own_list(self, issued: IssuedCredential, issuer: Organisation) -> None:
        if (listed := ListName.read(self._base_url, issued.status_list)) is None or listed.organisation != issuer.id:
            raise StatusListElsewhere(
                f"Whether {issued.id} is revoked is said by its provider's own list, {issued.status_list}.",
                next_step="Set its bit there, and deliver the list: creditbank credential deliver LIST.",
            )

    def revoke_in(self, tx: Transaction, issued: IssuedCredential, *, reason: str, when: datetime) -> None:
        """Record a revocation and let the credential's lot lapse, in the caller's transaction."""
        lapse(tx, issued.id, at=when, why=f"revoked: {reason}")  # first: who accepts now waits for us, or we for them
        tx.revoke_credential(issued.id, when=when, reason=reason)
        first = first_issue_of(tx, issued.id)
        lot = tx.lot_opened_by(first)
        if lot is not None:  # from here on nobody else moves what is free of it
            tx.lock_account(lot.account)
            lot = tx.lot_opened_by(first)
        if lot is not None and standing_id(tx, lot.credential) == issued.id:
            tx.post(revoke(lot, request=f"revoke:{issued.id}", reason=REVOKED, at=when))
            flag_awards(tx, lot, issued.id, reason, self._noticing, self._entropy)

    def list_id(self, organisation: Organisation, number: int = 1) -> str:
        """The address of an organisation's revocation list of that number."""
        return status_list_id(self._base_url, organisation, number)

    def revocation_entry(self, organisation: Organisation, place: int) -> StatusEntry:
        """The entry of what can be revoked and not suspended."""
        return replace(status_entry(self._base_url, organisation, place), suspension=None)

    def current_status(self, organisation: str, number: int = 1) -> PublicDocument:
        """The organisation's revocation list, as fresh as the bank can sign it; raises as `StatusLists.current`."""
        return self._lists.current(organisation, number)

    def list_name(self, list_id: str) -> ListName | None:
        """What the address of a status list says; None for one that is no list of this bank's."""
        return ListName.read(self._base_url, list_id)

    def list_at(self, list_id: str) -> PublicDocument | None:
        """The revocation list at an address, as fresh as can be; None where the bank keeps none."""
        name = self.list_name(list_id)
        return None if name is None else self._lists.named(name)

    @property
    def lists(self) -> StatusLists:
        """The status lists of this purpose."""
        return self._lists

    def refresh_status(self, organisation: str, number: int = 1) -> PublicDocument:
        """Sign the organisation's revocation list anew, with what is revoked by now (threat 31)."""
        return self._lists.refresh(organisation, number)

    def refresh_for(self, issued: IssuedCredential) -> None:
        """Sign the list anew in which a credential has its place, if the bank keeps that list."""
        name = ListName.read(self._base_url, issued.status_list)
        if name is not None:
            self.refresh_status(name.organisation, name.number)

    def _places(self, tx: Transaction, organisation: Organisation, number: int) -> frozenset[int]:
        endorsed = tx.revoked_endorsements(organisation.id)
        indices = (place % STATUS_LIST_SIZE for place in endorsed if list_number(place) == number)
        return tx.revoked_indices(self.list_id(organisation, number)) | frozenset(indices)


def _seen(tx: Transaction, request: str, asked: IssueRequest) -> BeforeIssuing | None:
    """What a new request rests on, in one look; None where something about it needs a closer one."""
    return tx.before_issuing(
        request,
        organisation=asked.organisation,
        learner=asked.learner,
        achievement=asked.achievement,
        version=asked.version,
    )


def is_request_for(standing: IssueIntent, asked: IssueRequest) -> bool:
    """Whether an intent was written for what is asked."""
    return _facts_of(standing) == asked


def _require_same(standing: IssueIntent, asked: IssueRequest, identities: Sequence[tuple[str, str]]) -> None:
    """Raise `RequestReused` unless a request id stands for what is asked under it once more."""
    if _facts_of(standing) != asked or not (corrects(standing.request) or _known_by(standing, identities)):
        raise RequestReused(
            f"The request id {standing.request} was used before for another credential.",
            next_step="Use a new id for a new request; of what was corrected, correct the correction.",
        )


def require_signing(key: OrganisationKey | None, multikey: str) -> None:
    """Raise `KeyNoLongerSigns` unless what a key signed may still be anchored."""
    if key is None or key.state not in SIGNING:
        raise KeyNoLongerSigns(
            f"The key {multikey} no longer signs: it is {key.state if key else 'not registered'}.",
            next_step="Sign again with the key that is current now; creditbank key list shows it.",
        )


def grades_of(asked: IssueRequest) -> list[tuple[str, str]]:
    """The grade that a request states on a scale; none when it names no scale."""
    return [] if asked.scale is None else [(asked.scale, asked.result or "")]


def _corrected(
    before: IssuedCredential, earned: date | None, version: str | None, result: str | None, scale: str | None
) -> IssueRequest:
    """What a correction states: what is given, and for the rest what the credential stated."""
    facts = facts_of(before)
    stated = IssueRequest(
        before.organisation,
        before.learner,
        facts.achievement,
        version or facts.achievement_version,
        earned or facts.earned,
        *((facts.grades[0][1], facts.grades[0][0]) if facts.grades else (plain_result(before), None)),
    )
    if result is None:
        return stated
    return replace(stated, result=result, scale=scale or stated.scale)


def _endorsements(intent: IssueIntent | None) -> tuple[str, ...]:
    """The ids of the endorsements that a credential was asked to show; none for one that was signed elsewhere."""
    asked: Any = (intent.besides if intent is not None else None) or {}
    return tuple(asked.get("endorsements", ()))


def _identities(intent: IssueIntent) -> list[Identity]:
    asked: Any = intent.besides or {}
    return [Identity(one["identityType"], one["identityHash"], one["salt"]) for one in asked.get("identities", ())]


def _known_by(intent: IssueIntent, identities: Sequence[tuple[str, str]]) -> bool:
    """Whether an intent states exactly these identities, of which it has the hashes."""
    kept = _identities(intent)
    pairs = zip(kept, identities, strict=False)
    return len(kept) == len(identities) and all(one.kind == kind and one.matches(value) for one, (kind, value) in pairs)


def _signed(said: Sequence[EndorsementRecord]) -> list[JsonObject]:
    return [load_object(one.signed) for one in said if one.signed is not None]


def require_offered(offered: PublishedAchievement, asked: IssueRequest, now: datetime) -> None:
    """Raise unless the version is offered on the day it was earned, which has come."""
    _check_day(asked, now)
    _check_offer(offered, Achievement.from_json(offered.document), asked)


def _check_day(asked: IssueRequest, now: datetime) -> None:
    if asked.earned > (now + FURTHEST_ZONE).date():
        raise EarnedInFuture(
            f"{asked.earned} has not come yet, so nothing was earned then.", next_step="Correct the day."
        )


def _check_offer(
    offered: PublishedAchievement, achievement: Achievement, asked: IssueRequest, *, withdrawn_too: bool = False
) -> None:
    """Raise unless the version is offered on that day, and the result can be stated for it.

    A version that was withdrawn since may still be stated right (`withdrawn_too`).
    """
    if offered.withdrawn is not None and not withdrawn_too:
        raise withdrawn(offered)
    check_grades(achievement, grades_of(asked))
    if offered.unit is None:
        return
    first, last = _days(offered.unit)
    day = asked.earned.isoformat()
    if (first or day) <= day <= (last or day):
        return
    raise EarnedWhenNotOffered(
        f"Version {offered.version} of {offered.id} is offered from {first or 'its beginning'} to "
        f"{last or 'any day'}, and not on {day}.",
        next_step="Correct the day, or issue the version that was offered then.",
    )


def _ends(unit: bytes | None, earned: date, created: datetime) -> datetime | None:
    """When the shelf life that a unit states ends for what was earned on a day; at once for what is older than that."""
    stated = None if unit is None or b"shelf_life" not in unit else _shelf_life(unit)
    if stated is None or (last := day_after(earned, stated)) == date.max:
        return None
    return max(datetime.combine(last + timedelta(days=1), time(), UTC), created.replace(microsecond=0))


@lru_cache(maxsize=256)
def _shelf_life(unit: bytes) -> str | None:
    return read_unit(unit)[0].shelf_life


@lru_cache(maxsize=128)
def _days(unit: bytes) -> tuple[str | None, str | None]:
    """The first and the last day on which the unit of these very bytes is offered."""
    document, _ = read_unit(unit)
    return document.valid_from, document.valid_until


def _earned_text(asked: IssueRequest) -> str:
    """Day, scale and result as one text: `2026-06-30@five-point A`."""
    scale = f"@{asked.scale}" if asked.scale is not None else ""
    return f"{asked.earned.isoformat()}{scale}" + (f" {asked.result}" if asked.result is not None else "")


def _facts_of(intent: IssueIntent) -> IssueRequest:
    """What was asked for; the intent of a correction also keeps its reason, on a line of its own."""
    earned = intent.earned.rpartition(_REASON)[0] if corrects(intent.request) else intent.earned
    when, has_result, result = earned.partition(" ")
    day, has_scale, scale = when.partition("@")
    return IssueRequest(
        intent.organisation,
        intent.learner,
        intent.achievement,
        intent.achievement_version,
        date.fromisoformat(day),
        result if has_result else None,
        scale if has_scale else None,
        _endorsements(intent),
    )
