"""Who signed this, and does the signature hold? The checks `proof.*`, `issuer.method`, `issuer.document`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from creditbank.canonical import Digest, JsonObject, digest_text, json_digest, load_object
from creditbank.errors import CreditBankError
from creditbank.signing import (
    ContextLibrary,
    ContextRefused,
    CredentialToken,
    DidDocument,
    NoCanonicalForm,
    ProofInvalid,
    ProofMalformed,
    TokenProfile,
    UncoveredContent,
    UndefinedTerm,
    VerificationKey,
    canonicalize_rdfc,
    did_key_document,
    proofs_of,
    spells_its_key,
    verify_proof,
    without_proof,
)
from creditbank.units import UnreadableInstant, instant_text, parse_instant
from creditbank.verification.check import Findings, Outcome
from creditbank.verification.evidence import Evidence, Found
from creditbank.verification.given import Secured, read_secured
from creditbank.verification.moments import SKEW, allowing

_MEANING = (ContextRefused, UndefinedTerm, UncoveredContent, NoCanonicalForm)
SIGNATURE_CHECKS = (
    "format.context",
    "proof.present",
    "proof.signature",
    "proof.purpose",
    "issuer.method",
    "issuer.document",
)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that holds: whose key made it, and the moment it claims (never evidence of time)."""

    key: VerificationKey
    created: datetime | None


class _Claimed(Protocol):
    """A signature that a document claims to carry, before anything about it is believed."""

    @property
    def purpose(self) -> str:
        """What it says it was made for, or an empty text where its form has no word for that."""

    @property
    def form(self) -> str:
        """How it was made, for a report."""

    @property
    def created(self) -> datetime | None:
        """When it says it was made."""

    @property
    def window(self) -> tuple[datetime | None, datetime | None]:
        """From when and until when it says it is good."""

    def controller(self, signer: str) -> str:
        """The DID whose key it names."""

    def method(self, listed: Mapping[str, VerificationKey], signer: str) -> str:
        """The verification method it names, among those that the signer lists; an empty text for none."""

    def verify(self, key: VerificationKey, contexts: ContextLibrary) -> None:
        """Return when it is this key's over the whole document, whose words have their meaning from `contexts`."""


@dataclass(frozen=True, slots=True)
class _Embedded:
    """A Data Integrity proof inside the document."""

    secured: JsonObject
    proof: JsonObject

    @property
    def purpose(self) -> str:
        return str(self.proof.get("proofPurpose"))

    @property
    def form(self) -> str:
        return f"Cryptosuite {self.proof.get('cryptosuite')}"

    @property
    def created(self) -> datetime | None:
        return _moment(self.proof.get("created"))

    @property
    def window(self) -> tuple[datetime | None, datetime | None]:
        return None, _moment(self.proof.get("expires"))

    def controller(self, signer: str) -> str:
        method = self.proof.get("verificationMethod")
        return method.partition("#")[0] if isinstance(method, str) else ""

    def method(self, listed: Mapping[str, VerificationKey], signer: str) -> str:
        return str(self.proof.get("verificationMethod"))

    def verify(self, key: VerificationKey, contexts: ContextLibrary) -> None:
        verify_proof(self.secured, self.proof, key, contexts)


@dataclass(frozen=True, slots=True)
class _Around:
    """The signature of the token that the document came in."""

    token: CredentialToken

    @property
    def purpose(self) -> str:
        return ""

    @property
    def form(self) -> str:
        return f"JSON Web Signature {self.token.jws.algorithm}, profile {self.token.profile}"

    @property
    def created(self) -> datetime | None:
        return self.token.signed

    @property
    def window(self) -> tuple[datetime | None, datetime | None]:
        """Open Badges tokens repeat the credential's own dates, which `dates.valid` judges."""
        document = self.token.document if self.token.profile is TokenProfile.OPEN_BADGES else {}
        starts = None if "validFrom" in document else self.token.starts
        return starts, None if "validUntil" in document else self.token.ends

    def controller(self, signer: str) -> str:
        name = self.token.jws.key_id
        return name.partition("#")[0] if ":" in name else signer

    def method(self, listed: Mapping[str, VerificationKey], signer: str) -> str:
        return self.token.jws.method_among(listed, signer)

    def verify(self, key: VerificationKey, contexts: ContextLibrary) -> None:
        contexts.check(self.token.document)  # every byte is signed, so no word can fall out; its meaning must be pinned
        self.token.jws.verify(key)


def check_signatures(
    findings: Findings,
    given: Secured | JsonObject,
    signer: str,
    purpose: str,
    evidence: Evidence,
    again: Found | None = None,
) -> tuple[Signature, ...]:
    """Answer `SIGNATURE_CHECKS` for a document that `signer` (a DID) should have signed for `purpose`.

    Every signature must hold: that of the token it came in, and every proof inside it (threat 13). Returns the
    signatures, empty unless all of them do. `again` is the document as it was found, where many others rest on it: that
    its very bytes were signed by a key is then worked out once, and all the rest each time.
    """
    secured = given if isinstance(given, Secured) else read_secured(given)
    try:
        claimed = _claimed(secured)
    except CreditBankError as cause:
        findings.failed("proof.present", cause.sentence, how="Read the field `proof` of the document.")
        _check_meaning(findings, secured.document, evidence.contexts)
        return ()
    what = _count(len(claimed), "proof") if secured.token is None else _signatures_around(len(claimed) - 1)
    findings.passed("proof.present", f"The document carries {what}.")
    document = _find_signer(findings, signer, evidence)
    _check_methods(findings, claimed, signer)
    keys = _check_purpose(findings, claimed, signer, purpose, document)

    def verify(position: int, one: _Claimed, key: VerificationKey) -> bool:
        def work() -> bool:
            one.verify(key, evidence.contexts)
            return True

        name = ("holds", secured.digest, position, key.multikey)
        return work() if again is None else evidence.settled(again, name, work)

    signatures = _check_each(findings, claimed, keys, verify)
    if "format.context" not in findings.checks:
        _check_meaning(findings, secured.document, evidence.contexts)
    return signatures


def _claimed(secured: Secured) -> list[_Claimed]:
    document = secured.document
    around: list[_Claimed] = [] if secured.token is None else [_Around(CredentialToken.read(secured.token))]
    if around and "proof" not in document:
        return around
    return [*around, *(_Embedded(document, proof) for proof in proofs_of(document))]


def _signatures_around(embedded: int) -> str:
    return "the signature of its token" + (f" and {_count(embedded, 'proof')}" if embedded else "")


def _count(number: int, noun: str) -> str:
    return f"one {noun}" if number == 1 else f"{number} {noun}s"


def _check_meaning(findings: Findings, secured: JsonObject, contexts: ContextLibrary) -> None:
    """Whether every word has a meaning in pinned contexts, where no signature could be tried."""
    try:
        canonicalize_rdfc(without_proof(secured), contexts)
    except _MEANING as cause:
        findings.failed("format.context", cause.sentence, how=_at(cause))
    else:
        _meaning_is_fixed(findings)


def _meaning_is_fixed(findings: Findings) -> None:
    findings.passed(
        "format.context",
        "Every word of the document has its meaning from a context that we hold, pinned by its hash.",
        compared="the document's contexts with the pinned list",
    )


def _at(cause: CreditBankError) -> str:
    return f"At {cause.place}." if cause.place else ""


def _check_methods(findings: Findings, claimed: list[_Claimed], signer: str) -> None:
    """The key's controller and the issuer are one and the same, to the letter (threat 12)."""
    for one in claimed:
        controller = one.controller(signer)
        if controller != signer:
            findings.failed(
                "issuer.method",
                f"A proof was made with a key of {controller[:200] or 'nobody'}, but the document is in the"
                f" name of {signer[:200]}.",
                compared="the DID of the verification method with the DID of the issuer",
            )
            return
    findings.passed(
        "issuer.method",
        f"The key belongs to the body that the document names, {signer[:200]}.",
        compared="the DID of the verification method with the DID of the issuer",
    )


def _check_purpose(
    findings: Findings, claimed: list[_Claimed], signer: str, purpose: str, document: DidDocument | None
) -> list[VerificationKey] | None:
    """Each signature is for `purpose`, by a key listed for it. Returns the keys in the order of the signatures."""
    for one in claimed:
        if one.purpose not in ("", purpose):
            findings.failed(
                "proof.purpose",
                f"A proof was made for {one.purpose[:60]!r}; {purpose!r} is needed here.",
            )
            return None
    if document is None:
        findings.unchecked(
            "proof.purpose",
            "We have no usable DID document of the signer, so we cannot say whether its key may sign this.",
        )
        return None
    listed = document.assertion_keys if purpose == "assertionMethod" else document.authentication_keys
    keys: list[VerificationKey] = []
    for one in claimed:
        method = one.method(listed, signer)
        key = listed.get(method)
        if key is None:
            findings.failed(
                "proof.purpose",
                f"The signer's DID document does not list {method[:300]!r} for {purpose}."
                if method
                else f"The token names no key that the signer's DID document lists for {purpose}, or more than one.",
                compared=f"the verification method with the {purpose} list of {document.id}",
            )
            return None
        keys.append(key)
    findings.passed(
        "proof.purpose",
        f"The signer's DID document lists the key for this purpose ({purpose}).",
        compared=f"the verification method with the {purpose} list of {document.id}",
    )
    return keys


def _check_each(
    findings: Findings,
    claimed: list[_Claimed],
    keys: list[VerificationKey] | None,
    verify: Callable[[int, _Claimed, VerificationKey], bool],
) -> tuple[Signature, ...]:
    if keys is None:
        findings.unchecked("proof.signature", "We have no key to check the signature with.")
        return ()
    signatures: list[Signature] = []
    for position, (one, key) in enumerate(zip(claimed, keys, strict=True)):
        try:
            verify(position, one, key)
        except _MEANING as cause:
            findings.failed("format.context", cause.sentence, how=_at(cause))
            findings.unchecked(
                "proof.signature",
                "The words of the document have no fixed meaning, so no signature can cover it.",
            )
            return ()
        except (ProofInvalid, ProofMalformed) as cause:
            findings.failed("proof.signature", cause.sentence, compared=f"the signature with the key {key.multikey}")
            return ()
        if outside := _outside(one, findings.now):
            findings.failed("proof.signature", outside)
            return ()
        signatures.append(Signature(key, one.created))
    _meaning_is_fixed(findings)
    findings.passed(
        "proof.signature",
        f"{_count(len(signatures), 'signature').capitalize()} over the whole document"
        f" {'holds' if len(signatures) == 1 else 'hold'}: nothing was changed since it was signed.",
        compared=f"the signature with the key {signatures[0].key.multikey}",
        how=f"{'; '.join(dict.fromkeys(one.form for one in claimed))}, computed here.",
    )
    return tuple(signatures)


def _moment(value: object) -> datetime | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except UnreadableInstant:
        return None


def _outside(one: _Claimed, now: datetime) -> str:
    """How the moment lies outside of what the signature says of itself, or an empty text."""
    starts, ends = one.window
    if starts is not None and starts > allowing(now, SKEW):
        return f"The proof is valid only from {instant_text(starts)}."
    return f"The proof was valid only until {instant_text(ends)}." if ends is not None and ends <= now else ""


def _find_signer(findings: Findings, did: str, evidence: Evidence) -> DidDocument | None:
    """The signer's keys, and how far the document that lists them can be believed (`issuer.document`)."""
    if spells_its_key(did):
        try:
            document = DidDocument.parse(did_key_document(did))
        except CreditBankError as cause:
            findings.failed("issuer.document", f"The identifier {did[:120]} holds no usable key. {cause.sentence}")
            return None
        findings.not_applicable("issuer.document", "The identifier spells its key out; there is no document to find.")
        return document
    found = evidence.find(did)
    if found is None:
        findings.unchecked(
            "issuer.document",
            f"We could not find the DID document of {did[:200]}, so we cannot say whose key signed this.",
            how=_looked(did, evidence),
        )
        return None
    try:
        value, document = evidence.settled(found, ("did-document", did, found.data), lambda: _parsed(found.data, did))
    except CreditBankError as cause:
        findings.failed("issuer.document", f"The DID document of {did[:200]} cannot be used. {cause.sentence}")
        return None
    if document.id != did:
        findings.failed("issuer.document", f"What was given as the document of {did[:200]} describes another DID.")
        return None
    _judge_document(findings, did, value, found, evidence)
    return document


def _parsed(data: bytes, did: str) -> tuple[JsonObject, DidDocument]:
    value = load_object(data, place=did)
    return value, DidDocument.parse(value)


def _judge_document(findings: Findings, did: str, value: JsonObject, found: Found, evidence: Evidence) -> None:
    """A document that came along is a claim until its digest stands in a register."""
    digest = json_digest(value)
    facts = [] if evidence.trust is None else evidence.trust.issuer(did)
    compared = f"the document's digest {digest_text(digest)} with the registered ones"
    matching = [fact for fact in facts if digest in fact.documents]
    if matching and evidence.trust is not None:
        source = evidence.trust.told_by(matching[0])
        findings.passed(
            "issuer.document",
            "The issuer's DID document is the one that was registered.",
            compared=compared,
            how=f"Told by {source}.",
            source=source,
        )
    elif found.own:
        findings.passed(
            "issuer.document",
            f"The issuer's DID document comes from {evidence.source}.",
            how="Documents that the verifying party holds itself need no other voucher.",
            source=evidence.source,
        )
    elif pinned := _pinning(value, digest, did, evidence):
        findings.passed(
            "issuer.document",
            "The issuer's DID document holds what the verifying party has pinned for it.",
            compared=compared,
            how=f"Told by {pinned}.",
            source=pinned,
        )
    elif any(fact.documents for fact in facts):
        findings.failed(
            "issuer.document",
            "The DID document that came along is not one that was registered.",
            compared=compared,
        )
    elif found.fetched is not None and did.startswith("did:web:"):
        findings.passed(
            "issuer.document",
            "The issuer's DID document is the one that its domain serves.",
            compared=compared,
            how=f"It was {found.fetched.source}. That says who holds the domain, not who may issue.",
            source=found.fetched.source,
        )
    else:
        findings.unchecked(
            "issuer.document",
            "The DID document came along with the credential and no source we trust knows it, so we cannot"
            " say whether these are the issuer's keys.",
            compared=compared,
        )


def _looked(did: str, evidence: Evidence) -> str:
    why = evidence.unfetched.get(did, "")
    return (
        f"Looked among the documents given, and asked its domain: {why}" if why else "Looked among the documents given."
    )


def _pinning(value: JsonObject, digest: Digest, did: str, evidence: Evidence) -> str:
    """Who pinned this document, or every key it lists, for whatever purpose; or an empty text."""
    document = DidDocument.parse(value)
    listed = {key.multikey for key in (*document.assertion_keys.values(), *document.authentication_keys.values())}
    for pin in [] if evidence.trust is None else evidence.trust.pins(did):
        if pin.accepted and (digest in pin.documents or (listed and listed.issubset(pin.keys))):
            return "" if evidence.trust is None else evidence.trust.told_by(pin)
    return ""


def unsettled(findings: Findings, names: tuple[str, ...]) -> str:
    """The sentence of the first of these checks that did not pass, or an empty text."""
    for name in names:
        check = findings.checks.get(name)
        if check is None or check.outcome in (Outcome.FAILED, Outcome.UNCHECKED):
            return f"{name} was not looked at." if check is None else check.sentence
    return ""
