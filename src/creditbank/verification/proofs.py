"""Who signed this, and does the signature hold? The checks `proof.*`, `issuer.method`, `issuer.document`."""

from dataclasses import dataclass
from datetime import datetime

from creditbank.canonical import JsonObject, digest_text, json_digest, load_object
from creditbank.errors import CreditBankError
from creditbank.signing import (
    ContextLibrary,
    ContextRefused,
    DidDocument,
    NoCanonicalForm,
    ProofInvalid,
    ProofMalformed,
    PublicKey,
    UncoveredContent,
    UndefinedTerm,
    canonicalize_rdfc,
    did_key_document,
    proofs_of,
    verify_proof,
    without_proof,
)
from creditbank.units import UnreadableInstant, instant_text, parse_instant
from creditbank.verification.check import Findings, Outcome
from creditbank.verification.evidence import Evidence, Found
from creditbank.verification.given import Secured

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

    key: PublicKey
    created: datetime | None


def check_signatures(
    findings: Findings, given: Secured | JsonObject, signer: str, purpose: str, evidence: Evidence
) -> tuple[Signature, ...]:
    """Answer `SIGNATURE_CHECKS` for a document that `signer` (a DID) should have signed for `purpose`.

    Every proof of the document must hold (threat 13). Returns the signatures, empty unless all of them do.
    """
    if isinstance(given, Secured) and given.token is not None:
        findings.passed("proof.present", "The document came as a signed token.")
        findings.unchecked("proof.signature", "The signature of a token is not checked here yet.")
        return ()
    secured = given.document if isinstance(given, Secured) else given
    try:
        proofs = proofs_of(secured)
    except CreditBankError as cause:
        findings.failed("proof.present", cause.sentence, how="Read the field `proof` of the document.")
        _check_meaning(findings, secured, evidence.contexts)
        return ()
    findings.passed("proof.present", f"The document carries {_count(len(proofs), 'proof')}.")
    document = _find_signer(findings, signer, evidence)
    _check_methods(findings, proofs, signer)
    keys = _check_purpose(findings, proofs, purpose, document)
    signatures = _check_each(findings, secured, proofs, keys, evidence.contexts)
    if "format.context" not in findings.checks:
        _check_meaning(findings, secured, evidence.contexts)
    return signatures


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


def _check_methods(findings: Findings, proofs: list[JsonObject], signer: str) -> None:
    """The key's controller and the issuer are one and the same, to the letter (threat 12)."""
    for proof in proofs:
        method = proof.get("verificationMethod")
        controller = method.partition("#")[0] if isinstance(method, str) else ""
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
    findings: Findings, proofs: list[JsonObject], purpose: str, document: DidDocument | None
) -> list[PublicKey] | None:
    """Each proof is for `purpose`, by a key listed for it. Returns the keys in the order of the proofs."""
    for proof in proofs:
        if proof.get("proofPurpose") != purpose:
            findings.failed(
                "proof.purpose",
                f"A proof was made for {str(proof.get('proofPurpose'))[:60]!r}; {purpose!r} is needed here.",
            )
            return None
    if document is None:
        findings.unchecked(
            "proof.purpose",
            "We have no usable DID document of the signer, so we cannot say whether its key may sign this.",
        )
        return None
    listed = document.assertion_keys if purpose == "assertionMethod" else document.authentication_keys
    keys: list[PublicKey] = []
    for proof in proofs:
        key = listed.get(str(proof.get("verificationMethod")))
        if key is None:
            findings.failed(
                "proof.purpose",
                f"The signer's DID document does not list {str(proof.get('verificationMethod'))[:300]!r}"
                f" for {purpose}.",
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
    secured: JsonObject,
    proofs: list[JsonObject],
    keys: list[PublicKey] | None,
    contexts: ContextLibrary,
) -> tuple[Signature, ...]:
    if keys is None:
        findings.unchecked("proof.signature", "We have no key to check the signature with.")
        return ()
    signatures: list[Signature] = []
    for proof, key in zip(proofs, keys, strict=True):
        try:
            verify_proof(secured, proof, key, contexts)
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
        if expired := _expired(proof, findings.now):
            findings.failed("proof.signature", f"The proof was valid only until {expired}.")
            return ()
        signatures.append(Signature(key, _moment(proof.get("created"))))
    _meaning_is_fixed(findings)
    findings.passed(
        "proof.signature",
        f"{_count(len(signatures), 'signature').capitalize()} over the whole document"
        f" {'holds' if len(signatures) == 1 else 'hold'}: nothing was changed since it was signed.",
        compared=f"the signature with the key {signatures[0].key.multikey}",
        how=f"Cryptosuite {proofs[0].get('cryptosuite')}, computed here.",
    )
    return tuple(signatures)


def _moment(value: object) -> datetime | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except UnreadableInstant:
        return None


def _expired(proof: JsonObject, now: datetime) -> str:
    expires = _moment(proof.get("expires"))
    return instant_text(expires) if expires is not None and expires <= now else ""


def _find_signer(findings: Findings, did: str, evidence: Evidence) -> DidDocument | None:
    """The signer's keys, and how far the document that lists them can be believed (`issuer.document`)."""
    if did.startswith("did:key:"):
        try:
            document = DidDocument.parse(did_key_document(did))
        except CreditBankError as cause:
            findings.failed("issuer.document", f"The identifier {did[:120]} holds no usable key. {cause.sentence}")
            return None
        findings.not_applicable("issuer.document", "A did:key spells its key out; there is no document to find.")
        return document
    found = evidence.find(did)
    if found is None:
        findings.unchecked(
            "issuer.document",
            f"We could not find the DID document of {did[:200]}, so we cannot say whose key signed this.",
            how="Looked among the documents given; nothing is fetched here.",
        )
        return None
    try:
        value = load_object(found.data, place=did)
        document = DidDocument.parse(value)
    except CreditBankError as cause:
        findings.failed("issuer.document", f"The DID document of {did[:200]} cannot be used. {cause.sentence}")
        return None
    if document.id != did:
        findings.failed("issuer.document", f"What was given as the document of {did[:200]} describes another DID.")
        return None
    _judge_document(findings, did, value, found, evidence)
    return document


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
    elif any(fact.documents for fact in facts):
        findings.failed(
            "issuer.document",
            "The DID document that came along is not one that was registered.",
            compared=compared,
        )
    else:
        findings.unchecked(
            "issuer.document",
            "The DID document came along with the credential and no source we trust knows it, so we cannot"
            " say whether these are the issuer's keys.",
            compared=compared,
        )


def unsettled(findings: Findings, names: tuple[str, ...]) -> str:
    """The sentence of the first of these checks that did not pass, or an empty text."""
    for name in names:
        check = findings.checks.get(name)
        if check is None or check.outcome in (Outcome.FAILED, Outcome.UNCHECKED):
            return f"{name} was not looked at." if check is None else check.sentence
    return ""
