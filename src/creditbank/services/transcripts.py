"""Transcripts: what an institution and others signed for one learner, put together under the institution's signature.

A transcript is a credential of the bank, with a place in its issuer's status list and a leaf; it opens no lot, and the
badges inside are the lots that they were (threat 39). Its issuer puts its own badges in; others only where the learner
presents them to it, and that signed presentation is kept with the intent.
"""

from collections.abc import Sequence
from typing import Any, Final

from creditbank.canonical import MAX_BYTES, Digest, JsonObject, canonical_json, load_object
from creditbank.credential import (
    TRANSCRIPT_TYPE,
    NotForATranscript,
    build_transcript,
    presented_credentials,
)
from creditbank.errors import Refused
from creditbank.services.correcting import TRANSCRIPT, check_request
from creditbank.services.halting import Halted, require_running
from creditbank.services.holding import dids_of
from creditbank.services.issuing import Issuing, KeyNoLongerSigns, RequestReused, issuer_profile
from creditbank.services.listing_ports import Listed, Page
from creditbank.services.ports import AlreadyRecorded, Clock, Entropy, Store, Transaction, UnknownRecord
from creditbank.services.records import IssuedCredential, IssueIntent, IssueState, Learner, Organisation, Role
from creditbank.services.sharing import NotInThisAccount, Sharing, holder_named
from creditbank.services.signatures import Signatures
from creditbank.services.statuses import status_entry
from creditbank.signing import ContextLibrary
from creditbank.verification import LIVE, Evidence, Outcome, read_secured, verify_presentation

NEEDED: Final = ("presentation.readable", "presentation.signature", "presentation.audience", "presentation.holder")
LARGEST: Final = MAX_BYTES - 4096
"""What is signed leaves room for its proof: readers take documents of `MAX_BYTES` at most."""
ISSUERS: Final = frozenset({Role.PROVIDER, Role.UNIVERSITY})


class NotAnInstitution(Refused):
    """Only a body that teaches or awards issues transcripts."""

    slug = "not-an-institution"


class ConsentMissing(Refused):
    """What another body issued stands in a transcript only when the learner presents it."""

    slug = "consent-missing"


class ConsentDoesNotHold(Refused):
    """The presentation is not this learner's, or not for this transcript."""

    slug = "consent-does-not-hold"


class DoesNotStand(Refused):
    """What is revoked, superseded or suspended does not go into a transcript."""

    slug = "does-not-stand"


class NothingToList(Refused):
    """There is nothing that could stand in this transcript."""

    slug = "nothing-to-list"


class Transcripts:
    """Issues transcripts, once for each request."""

    def __init__(
        self,
        store: Store,
        signatures: Signatures,
        sharing: Sharing,
        issuing: Issuing,
        contexts: ContextLibrary,
        clock: Clock,
        entropy: Entropy,
        base_url: str,
    ) -> None:
        self._store, self._signatures, self._sharing, self._issuing = store, signatures, sharing, issuing
        self._contexts, self._clock, self._entropy, self._base_url = contexts, clock, entropy, base_url

    def consent(self, challenge: str, *, organisation: str, learner: str, credentials: Sequence[str]) -> bytes:
        """The learner presents these credentials to an institution, for one transcript: that of this challenge.

        The challenge is the request id of the transcript, or what its issuer names beside it.

        Raises `NotInThisAccount` for a credential that the learner does not hold.
        """
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
        return self._sharing.present(learner, credentials, challenge=challenge, domain=body.did)

    def issue(
        self,
        request: str,
        *,
        organisation: str,
        learner: str,
        credentials: Sequence[str] = (),
        consent: bytes | None = None,
        challenge: str | None = None,
    ) -> IssuedCredential:
        """Issue the transcript of chosen credentials; the same request again gives the first answer.

        Without a choice it holds all of the institution's own that stand, and all that the learner presents in
        `consent`, signed for `challenge`, which is the request id unless it is named. It says that it is partial where
        the institution leaves out one of its own.

        Raises `UnknownRecord`, `NotAnInstitution`, `NotInThisAccount`, `ConsentMissing`, `ConsentDoesNotHold`,
        `DoesNotStand`, `NothingToList`, `NotForATranscript`, `RequestReused` when the id stands for another transcript,
        `RequestReserved`, and what signing raises.
        """
        check_request(request)
        asked: JsonObject = {
            "credentials": list(credentials),
            "consent": None if consent is None else load_object(consent),
        }
        try:
            intent = self._intend(request, organisation, learner, asked, challenge or request)
        except AlreadyRecorded:  # the same request at the same moment: the other one's intent is ours
            intent = self._intend(request, organisation, learner, asked, challenge or request)
        if intent.state is not IssueState.ISSUED:
            try:
                return self._complete(intent)
            except AlreadyRecorded:  # by another caller of the same request
                pass
        return self.get(intent.credential)

    def get(self, transcript: str) -> IssuedCredential:
        """A transcript of this bank; raises `UnknownRecord`, also for a credential that is none."""
        with self._store.transaction() as tx:
            found = tx.get_credential(transcript)
        if not _is_transcript(found):
            raise UnknownRecord(
                f"There is no transcript {transcript}.", next_step="It is a credential of another kind."
            )
        return found

    def of(
        self, page: Page, *, organisation: str | None = None, learner: str | None = None
    ) -> Listed[IssuedCredential]:
        """The transcripts that an organisation issued, or of a learner, newest first."""
        with self._store.reading() as tx:
            return tx.list_transcripts(page, organisation=organisation, learner=learner)

    def resume(self) -> list[IssuedCredential]:
        """Complete every transcript that a crash left behind; one that can no longer be issued stays open."""
        with self._store.transaction() as tx:
            waiting = [intent for intent in tx.open_intents() if intent.request.startswith(TRANSCRIPT)]
        done = []
        for intent in waiting:
            try:
                done.append(self._complete(intent))
            except (DoesNotStand, AlreadyRecorded, Halted):
                continue
        return done

    # -- the steps

    def _intend(self, request: str, organisation: str, learner: str, asked: JsonObject, challenge: str) -> IssueIntent:
        name = TRANSCRIPT + request
        with self._store.transaction() as tx:
            standing = tx.find_intent(name)
            if standing is not None:
                if (standing.organisation, standing.learner, (standing.besides or {}).get("asked")) != (
                    organisation,
                    learner,
                    asked,
                ):
                    raise RequestReused(
                        f"The request id {request} was used before for another transcript.",
                        next_step="Use a new id for a new request.",
                    )
                return standing
            require_running(tx, organisation)
            body, person = tx.get_organisation(organisation), tx.get_learner(learner)
            if not ISSUERS & body.roles:
                raise NotAnInstitution(f"{body.name} neither teaches nor awards, so it issues no transcripts.")
            held = tx.credentials_of(learner)
            presented = self._presented(tx, body, person, asked["consent"], challenge, held)
            chosen, partial = _choice(tx, body, held, [str(one) for one in _list(asked["credentials"])], presented)
            intent = IssueIntent(
                name,
                self._entropy.urn(),
                body.id,
                person.id,
                TRANSCRIPT_TYPE,
                "2.0",
                self._clock.now().date().isoformat(),
                self._issuing.free_status_index(tx, body.id),
                IssueState.INTENDED,
                self._clock.now(),
                {"asked": asked, "holds": [*chosen], "partial": partial},
            )
            if len(canonical_json(self._unsigned(tx, intent))) > LARGEST:  # refused before anything is written
                raise NotForATranscript(
                    "These credentials are too large for one document.", next_step="Choose fewer of them."
                )
            tx.add_intent(intent)
        return intent

    def _presented(
        self,
        tx: Transaction,
        body: Organisation,
        person: Learner,
        consent: Any,
        challenge: str,
        held: Sequence[IssuedCredential],
    ) -> frozenset[str]:
        """The ids of the credentials that the learner presents to this institution for this challenge."""
        if consent is None:
            return frozenset()
        secured = read_secured(consent)
        names = {one.did for one in dids_of(tx, person.id)}
        evidence = Evidence(self._contexts, documents={}, source="the learner's own key")
        report = verify_presentation(
            secured, evidence, policy=LIVE, now=self._clock.now(), challenge=challenge, domain=body.did
        )
        lacking = [one for one in report.checks if one.name in NEEDED and one.outcome is not Outcome.PASSED]
        if lacking or report.issuer not in names:
            raise ConsentDoesNotHold(
                lacking[0].sentence if lacking else f"The presentation is not by the learner {person.id}.",
                next_step="Let the learner present the credentials for this request: creditbank transcript consent.",
            )
        by_digest = {one.digest: one.id for one in held}
        digests = [read_secured(one).digest for one in presented_credentials(secured.document)]
        return frozenset(_held_id(by_digest, digest) for digest in digests)

    def _complete(self, intent: IssueIntent) -> IssuedCredential:
        with self._store.transaction() as tx:
            require_running(tx, intent.organisation)
            body, unsigned = tx.get_organisation(intent.organisation), self._unsigned(tx, intent)
        try:
            signed = self._signatures.sign(unsigned, body.id, body.did, self._clock.now())
            return self._issuing.store_signed(intent, signed, with_lot=False)
        except KeyNoLongerSigns:  # it was rotated and retired, or revoked, between signing and storing
            signed = self._signatures.sign(unsigned, body.id, body.did, self._clock.now())
            return self._issuing.store_signed(intent, signed, with_lot=False)

    def _unsigned(self, tx: Transaction, intent: IssueIntent) -> JsonObject:
        """What is to be signed for an intent; raises `DoesNotStand` where a badge fell since it was written."""
        body, person = tx.get_organisation(intent.organisation), tx.get_learner(intent.learner)
        holds: Any = (intent.besides or {})["holds"]
        badges = [tx.get_credential(one) for one in holds]
        for badge in badges:
            if not _stands(tx, badge):
                raise DoesNotStand(
                    f"{badge.id} is revoked, superseded or suspended, and no transcript would be accepted with it.",
                    next_step="Leave it out, or take what took its place, with a new request id.",
                )
        return build_transcript(
            [_inside(badge) for badge in badges],
            id=intent.credential,
            issuer=issuer_profile(body),
            subject=holder_named(badges, person.did),
            name=f"Transcript of {body.name}",
            valid_from=intent.created,
            status=status_entry(self._base_url, body, intent.status_index),
            partial=bool((intent.besides or {})["partial"]),
        )


def _choice(
    tx: Transaction,
    body: Organisation,
    held: Sequence[IssuedCredential],
    asked: Sequence[str],
    presented: frozenset[str],
) -> tuple[list[str], bool]:
    """What the transcript holds, in the order of issue, and whether the institution knows of more of its own."""
    badges = {one.id: one for one in held if not _is_transcript(one)}
    own = {one.id for one in badges.values() if one.organisation == body.id and _stands(tx, one)}
    for name in (*asked, *sorted(presented)):
        if name not in badges:
            raise NotInThisAccount(f"The account holds no badge or award {name[:120]}.")
    wanted = frozenset(asked) or own | presented
    for name in sorted(wanted):
        if badges[name].organisation != body.id and name not in presented:
            raise ConsentMissing(
                f"{name} was issued by another body, and the learner did not present it for this transcript.",
                next_step="Let the learner present it: creditbank transcript consent.",
            )
    if not wanted:
        raise NothingToList(
            f"{body.name} issued nothing to this learner that stands, and nothing was presented to it.",
            next_step="Let the learner present credentials: creditbank transcript consent.",
        )
    return [one for one in badges if one in wanted], bool(own - wanted)


def _inside(badge: IssuedCredential) -> JsonObject:
    if badge.token:
        raise NotForATranscript(
            f"{badge.id} was brought as a token, and what stands in a transcript here is JSON with its proof inside.",
            next_step="Leave it out; it counts all the same.",
        )
    return badge.document


def _held_id(by_digest: dict[Digest, str], digest: Digest) -> str:
    if digest not in by_digest:
        raise NotInThisAccount("The presentation holds a credential that is not in the learner's account here.")
    return by_digest[digest]


def _stands(tx: Transaction, issued: IssuedCredential) -> bool:
    history = tx.suspensions_of(issued.id)
    return not tx.is_revoked(issued.id) and not (history and history[-1].suspended)


def _is_transcript(issued: IssuedCredential) -> bool:
    return TRANSCRIPT_TYPE in _list(issued.document.get("type"))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
