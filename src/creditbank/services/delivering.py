"""Credentials that a provider signs itself, outside the bank, and delivers.

The provider has the bank prepare the credential, signs exactly that with a key it registered, and delivers it; or it
makes the whole credential itself, with a status list of its own. Either way the bank believes nothing: the signature
must hold under a registered key, and the credential must say what the published unit says. Then it is kept byte for
byte, with its lot and its leaf, like any other.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from creditbank.canonical import JsonObject, canonical_json, load_object
from creditbank.credential import (
    Achievement,
    CredentialView,
    StatusReference,
    UnitFacts,
    check_grades,
    read_credential,
    read_status,
    unit_facts,
)
from creditbank.errors import BadInput, Conflict, Refused
from creditbank.services.accrediting import Accrediting
from creditbank.services.correcting import OWN
from creditbank.services.crediting import credit
from creditbank.services.drafting import NotAProvider
from creditbank.services.halting import require_running
from creditbank.services.issuing import IssueRequest, Issuing, require_offered, require_signing
from creditbank.services.looking_again import looking_again
from creditbank.services.ports import Clock, Entropy, Store, Transaction, UnknownRecord
from creditbank.services.records import IssuedCredential, IssueState, Leaf, Organisation, PublicDocument, Role
from creditbank.services.signatures import signed_with
from creditbank.signing import ContextLibrary, without_proof
from creditbank.units import instant_text, parse_instant
from creditbank.verification import (
    LIVE,
    Evidence,
    Outcome,
    Secured,
    provision_of,
    read_secured,
    verify_credential,
)

SKEW: Final = timedelta(minutes=5)
NEEDED: Final = (
    "format.readable",
    "format.credential",
    "format.context",
    "proof.present",
    "proof.signature",
    "proof.purpose",
    "issuer.method",
)
_ID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class DeliveryRefused(Refused):
    """A check that every verifier would make does not pass, so the credential is not taken in."""

    slug = "delivery-refused"

    def __init__(self, check: str, sentence: str) -> None:
        self.check = check
        super().__init__(f"{check}: {sentence}", next_step="Correct it, sign it anew, and deliver it again.")


class NotTheirsToDeliver(Refused):
    """A provider delivers credentials of which it is the issuer, and no others."""

    slug = "not-theirs-to-deliver"


class NotAsPublished(Refused):
    """The credential says something else than the published unit, or than what was prepared."""

    slug = "not-as-published"


class UnusableCredentialId(BadInput):
    """The id of a credential is a random UUID as a URN: nobody can guess it, and it never names two things."""

    slug = "unusable-credential-id"


class CredentialIdTaken(Conflict):
    """Another credential has this id."""

    slug = "credential-id-taken"


class StatusNotKept(Refused):
    """Nothing would tell whether this credential was revoked."""

    slug = "status-not-kept"


class TokenNotTaken(BadInput):
    """Delivered credentials carry their proof inside."""

    slug = "token-not-taken"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A credential that waits for the provider's own signature: sign exactly this."""

    credential: str
    unsigned: JsonObject


class Delivering:
    """Prepares credentials for other signers, and takes signed ones in."""

    def __init__(
        self,
        store: Store,
        issuing: Issuing,
        accrediting: Accrediting,
        contexts: ContextLibrary,
        clock: Clock,
        entropy: Entropy,
        base_url: str,
    ) -> None:
        self._store, self._issuing, self._accrediting = store, issuing, accrediting
        self._contexts, self._clock, self._entropy, self._base_url = contexts, clock, entropy, base_url

    def prepare(
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
    ) -> Prepared:
        """Write down an intent, with a place in the bank's status list, and give what is to be signed.

        The same request again gives the same. Raises what `Issuing.issue` raises before it signs.
        """
        asked = IssueRequest(organisation, learner, achievement, version, earned, result, scale)
        intent = self._issuing.intend(OWN + request, asked)
        return Prepared(intent.credential, self._issuing.unsigned(intent))

    def deliver(self, signed: bytes, *, organisation: str) -> IssuedCredential:
        """Take in a credential that `organisation` signed itself; the same one again gives the first answer.

        Raises what reading and `unit_facts` raise, `TokenNotTaken`, `UnusableCredentialId`, `CredentialIdTaken`,
        `NotTheirsToDeliver`, `NotAProvider`, `UnknownRecord` for an unknown learner, `NotAsPublished`, `StatusNotKept`,
        `DeliveryRefused` with the check that failed, `KeyNoLongerSigns`, what the offer and its accreditation refuse,
        and `LotAlreadyOpen` for a second credential of one first issue.
        """
        secured = _with_proof(signed)
        facts = unit_facts(secured.document)
        if _ID.fullmatch(facts.credential) is None:
            raise UnusableCredentialId(
                f"{facts.credential[:80]!r} is not the id of a credential here.",
                place="/id",
                next_step="Use urn:uuid: and a random UUID (version 4).",
            )
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            if (first := _standing(tx, body, secured, facts)) is not None:
                return first
            learner = self._require_published(tx, body, secured.document, facts)
            document = tx.find_document(body.did)
        assert document is not None, "an organisation is stored together with its DID document"
        self._require_signature(body, secured, document.content)
        now = self._clock.now()
        with self._store.transaction() as tx:
            if (first := _standing(tx, body, secured, facts)) is not None:
                return first
            require_running(tx, organisation)
            self._require_keys(tx, body, secured, now)
            return self._keep(tx, body, learner, signed, secured, facts, now)

    def deliver_status(self, signed: bytes, *, organisation: str) -> PublicDocument:
        """Take in the newest of a provider's own status lists, and let the lots of what it revokes lapse.

        Only a list that a delivered credential names is kept, and only a newer one than the one before. Raises
        `TokenNotTaken`, `StatusNotKept`, `NotTheirsToDeliver`, `DeliveryRefused`, `KeyNoLongerSigns`, and what reading
        raises. While an account of the list changes hands it is looked at again, with nothing of the list kept before.
        """
        secured = _with_proof(signed)
        return looking_again(lambda: self._status_kept(secured, signed, organisation))

    def _status_kept(self, secured: Secured, signed: bytes, organisation: str) -> PublicDocument:
        listed = read_credential(secured.document)
        now = self._clock.now()
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            document = tx.find_document(body.did)
            named = [one for one in tx.credentials_in(listed.id) if one.organisation == body.id]
            before = tx.find_document(listed.id)
        assert document is not None, "an organisation is stored together with its DID document"
        if listed.issuer != body.did:
            raise NotTheirsToDeliver(
                f"The list is in the name of {listed.issuer[:200]}, and {body.name} is {body.did}.", place="/issuer"
            )
        if not named or listed.id.startswith(f"{self._base_url}/"):
            raise StatusNotKept(
                f"No credential that {body.name} delivered names {listed.id[:200]} as its status list.",
                place="/id",
                next_step="Deliver the credential first.",
            )
        _require_no_others(before, listed.id, body)
        self._require_signature(body, secured, document.content)
        _require_newer(listed, before)
        revoked = [one for one in named if read_status(secured.document, index=one.status_index, purpose="revocation")]
        kept = PublicDocument(listed.id, "status-list", "application/vc", signed, now)
        with self._store.transaction() as tx:
            self._require_keys(tx, body, secured, now)
            if not tx.replace_document(kept, before=before):
                raise StatusNotKept(
                    f"Another list of {listed.id[:200]} was delivered in the same moment.",
                    place="/id",
                    next_step="Deliver the newest list again.",
                )
            known = tx.revoked_indices(listed.id)
            for one in sorted(revoked, key=lambda one: (one.learner, one.id)):  # two lists wait, and never in a ring
                if one.status_index not in known:
                    self._issuing.revoke_in(tx, one, reason="revoked in the provider's own status list", when=now)
        return kept

    # -- what it must be

    def _require_published(self, tx: Transaction, body: Organisation, document: JsonObject, facts: UnitFacts) -> str:
        """The learner's id, once the credential says what the published unit and nothing else says."""
        if facts.issuer != body.did:
            raise NotTheirsToDeliver(
                f"The credential is in the name of {facts.issuer[:200]}, and {body.name} is {body.did}.",
                place="/issuer",
                next_step="Let its issuer deliver it.",
            )
        offered = tx.find_achievement(facts.achievement, facts.achievement_version)
        if offered is None or Role.PROVIDER not in body.roles or offered.organisation != body.id:
            raise NotAProvider(f"{body.name} does not offer {facts.achievement[:200]}, so it cannot issue it.")
        learner = tx.find_learner_by_did(facts.subject)
        if learner is None:
            raise UnknownRecord(
                f"No learner here is known as {facts.subject[:200]}.", next_step="Use the DID of the learner's account."
            )
        achievement = Achievement.from_json(offered.document)
        asked = IssueRequest(body.id, learner.id, facts.achievement, facts.achievement_version, facts.earned)
        require_offered(offered, asked, self._clock.now())
        check_grades(achievement, facts.grades)
        self._accrediting.require_accredited(tx, body.did, provision_of(achievement), facts.earned)
        intent = tx.find_intent_for(facts.credential)
        if intent is not None and intent.organisation == body.id and intent.request.startswith(OWN):
            prepared = self._issuing.unsigned_in(tx, intent)
            if canonical_json(without_proof(document)) != canonical_json(prepared):
                where = _difference(without_proof(document), prepared)
                raise NotAsPublished(
                    f"The credential differs from what was prepared, at {where}.",
                    next_step="Sign exactly what was prepared, or prepare anew.",
                )
            return learner.id
        for entry in self._require_own_status(document):
            _require_no_others(tx.find_document(entry.list_id), entry.list_id, body)
        subject = document["credentialSubject"]
        stated = subject.get("achievement") if isinstance(subject, dict) else None
        published = achievement.to_json()
        if canonical_json(stated) != canonical_json(published):
            raise NotAsPublished(
                "The achievement in the credential is not the one that was published, at "
                f"{_difference(stated, published, '/credentialSubject/achievement')}.",
                next_step="Put the published achievement into it: creditbank achievement show.",
            )
        return learner.id

    def _require_own_status(self, document: JsonObject) -> tuple[StatusReference, ...]:
        """A status list of the provider's own, for what the bank did not prepare and gave no place in its list."""
        entries = read_credential(document).status
        if not [entry for entry in entries if entry.purpose == "revocation"]:
            raise StatusNotKept(
                "The credential names no status list that says whether it was revoked.",
                place="/credentialStatus",
                next_step="Have it prepared with a place in the bank's list: creditbank credential prepare.",
            )
        for entry in entries:
            if refusal := self._unusable(entry):
                raise StatusNotKept(
                    refusal, place="/credentialStatus", next_step="Name a list of your own, or prepare."
                )
        return entries

    def _unusable(self, entry: StatusReference) -> str:
        if entry.index is None:
            return f"A status of the kind {entry.kind[:60]!r} is not read here."
        if not entry.list_id.startswith("https://"):
            return f"The status list {entry.list_id[:120]!r} is not at an https address."
        if entry.list_id.startswith(f"{self._base_url}/"):
            return "The place in the bank's own status list was not given to this credential."
        return ""

    def _require_signature(self, body: Organisation, secured: Secured, document: bytes) -> None:
        """Every check that a verifier can make of an unanchored credential must pass, by the registered document."""
        evidence = Evidence(self._contexts, documents={body.did: document}, source="the registered document")
        report = verify_credential(secured, evidence, policy=LIVE, now=self._clock.now())
        failed = [check for check in report.checks if check.outcome is Outcome.FAILED]
        lacking = [check for check in report.checks if check.name in NEEDED and check.outcome is not Outcome.PASSED]
        for check in (*failed, *lacking):
            raise DeliveryRefused(check.name, check.sentence)

    def _require_keys(self, tx: Transaction, body: Organisation, secured: Secured, now: datetime) -> None:
        proof = secured.document["proof"]
        for multikey in sorted(signed_with(canonical_json(secured.document))):
            key = tx.hold_key(multikey)
            require_signing(key if key and key.organisation == body.id else None, multikey)
            assert key is not None, "a key that signs is recorded"
            begins = (key.current or key.announced) - SKEW
            for one in proof if isinstance(proof, list) else [proof]:
                created = one.get("created") if isinstance(one, dict) else None
                if not isinstance(created, str) or not begins <= parse_instant(created) <= now + SKEW:
                    raise DeliveryRefused(
                        "dates.signed", "The proof is not dated between the registration of its key and now."
                    )

    def _keep(
        self,
        tx: Transaction,
        body: Organisation,
        learner: str,
        signed: bytes,
        secured: Secured,
        facts: UnitFacts,
        now: datetime,
    ) -> IssuedCredential:
        """The bytes as delivered, their leaf and their lot or offer: all together or not at all."""
        entry = next(entry for entry in read_credential(secured.document).status if entry.purpose == "revocation")
        assert entry.index is not None, "a status that cannot be read was refused"
        issued = IssuedCredential(
            facts.credential, body.id, learner, signed, secured.digest, now, entry.list_id, entry.index
        )
        intent = tx.find_intent_for(facts.credential)
        if intent is None:
            tx.add_delivered(issued)
        else:
            assert intent.state is IssueState.INTENDED, "an issued intent has a credential"
            tx.add_credential(issued, request=intent.request)
        tx.add_leaf(Leaf(issued.id, body.did, self._entropy.bytes(16), issued.digest, None, None))
        credit(tx, issued, facts, self._entropy)
        return issued


def _with_proof(signed: bytes) -> Secured:
    secured = read_secured(signed)
    if secured.token is not None:
        raise TokenNotTaken(
            "It is delivered as JSON with its proof inside, not as a token.",
            next_step="Sign it with a Data Integrity proof.",
        )
    return secured


def _require_no_others(standing: PublicDocument | None, list_id: str, body: Organisation) -> None:
    """What is kept at the address of a list is this body's own list: nobody takes another's place."""
    if standing is not None and read_credential(load_object(standing.content)).issuer != body.did:
        raise NotTheirsToDeliver(
            f"The list {list_id[:200]} is another body's.", next_step="Name a list at an address of your own."
        )


def _require_newer(listed: CredentialView, before: PublicDocument | None) -> None:
    """A list says since when it speaks, and never earlier than the one before it (threat 31)."""
    if listed.valid_from is None:
        raise StatusNotKept(
            "The list does not say since when it speaks, so nobody could tell an old one.",
            place="/validFrom",
            next_step="Sign it with a validFrom.",
        )
    last = None if before is None else read_credential(load_object(before.content)).valid_from
    if last is not None and listed.valid_from < last:
        raise StatusNotKept(
            f"The list is of {instant_text(listed.valid_from)}, and one of {instant_text(last)} is here already.",
            place="/validFrom",
            next_step="Deliver the newest list.",
        )


def _standing(tx: Transaction, body: Organisation, secured: Secured, facts: UnitFacts) -> IssuedCredential | None:
    """The first answer for these bytes; raises `CredentialIdTaken` when the id stands for something else."""
    standing = tx.find_credential(facts.credential)
    if standing is not None and (standing.organisation, standing.digest) == (body.id, secured.digest):
        return standing
    intent = tx.find_intent_for(facts.credential)
    ours = intent is not None and intent.organisation == body.id and intent.request.startswith(OWN)
    if standing is not None or (intent is not None and not ours):
        raise CredentialIdTaken(
            f"The id {facts.credential} stands for another credential.",
            place="/id",
            next_step="Give every credential an id of its own; a correction names the first issue.",
        )
    return None


def _difference(found: object, wanted: object, place: str = "") -> str:
    """The JSON pointer of the first place where two values differ."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in sorted({*found, *wanted}):
            if key not in found or key not in wanted:
                return f"{place}/{key}"
            if found[key] != wanted[key]:
                return _difference(found[key], wanted[key], f"{place}/{key}")
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for index, (one, other) in enumerate(zip(found, wanted, strict=True)):
            if one != other:
                return _difference(one, other, f"{place}/{index}")
    return place or "/"
