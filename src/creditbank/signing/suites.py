"""Data Integrity proofs: `eddsa-rdfc-2022` and `eddsa-jcs-2022` (W3C vc-di-eddsa 1.0, 3.2 and 3.3) are made and
checked, `ecdsa-rdfc-2019` and `ecdsa-jcs-2019` (W3C vc-di-ecdsa 1.0, 3.2 and 3.3) of others are checked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256, sha384
from itertools import takewhile
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from creditbank.canonical import Json, JsonObject, canonical_json
from creditbank.errors import BadInput, Refused
from creditbank.signing.contexts import ContextLibrary
from creditbank.signing.keys import KeyKind, VerificationKey
from creditbank.signing.multikey import UnreadableMultibase, multibase_decode, multibase_encode
from creditbank.signing.rdf import canonicalize_rdfc
from creditbank.signing.rdfc import HashName
from creditbank.units import UnreadableInstant, instant_text, parse_instant

Suite = Literal["eddsa-rdfc-2022", "eddsa-jcs-2022"]
SUITES: Final[tuple[Suite, ...]] = ("eddsa-rdfc-2022", "eddsa-jcs-2022")
"""The cryptosuites that documents are signed with here."""

MAX_PROOFS: Final = 4


class _Rules(NamedTuple):
    """How a cryptosuite makes the bytes that are signed, and the length of a signature, by the kind of key."""

    canonical: Literal["rdfc", "jcs"]
    signature: Mapping[KeyKind, int]


_EDDSA: Final[Mapping[KeyKind, int]] = MappingProxyType({"Ed25519": 64})
_ECDSA: Final[Mapping[KeyKind, int]] = MappingProxyType({"P-256": 64, "P-384": 96})
_RULES: Final[Mapping[str, _Rules]] = MappingProxyType(
    {
        "eddsa-rdfc-2022": _Rules("rdfc", _EDDSA),
        "eddsa-jcs-2022": _Rules("jcs", _EDDSA),
        "ecdsa-rdfc-2019": _Rules("rdfc", _ECDSA),
        "ecdsa-jcs-2019": _Rules("jcs", _ECDSA),
    }
)
READ_SUITES: Final = tuple(_RULES)
"""The cryptosuites whose proofs are checked."""


class ProofMissing(BadInput):
    """The document carries no proof."""

    slug = "proof-missing"


class ProofMalformed(BadInput):
    """A proof is not shaped as its specification says."""

    slug = "proof-malformed"


class ProofInvalid(Refused):
    """The signature does not fit the document and the key: one of the three is not what it was."""

    slug = "proof-invalid"


def add_proof(
    document: JsonObject,
    *,
    suite: Suite = "eddsa-rdfc-2022",
    verification_method: str,
    created: datetime,
    purpose: str,
    sign: Callable[[bytes], bytes],
    contexts: ContextLibrary,
    challenge: str | None = None,
    domain: str | None = None,
) -> JsonObject:
    """Return the document with one more proof (vc-di-eddsa, 3.2.1 and 3.3.1); `sign` signs 64 bytes.

    A document that has proofs already keeps them beside the new one (a proof set). Raises what
    `canonicalize_rdfc` raises, and `ProofMalformed` when the document carries `MAX_PROOFS` already.
    """
    begun = begin_proof(
        document,
        suite=suite,
        verification_method=verification_method,
        created=created,
        purpose=purpose,
        contexts=contexts,
        challenge=challenge,
        domain=domain,
    )
    return begun.signed(sign(begun.message))


@dataclass(frozen=True, slots=True)
class BegunProof:
    """A document whose new proof lacks nothing but the signature of `message`."""

    message: bytes
    unsecured: JsonObject
    earlier: tuple[JsonObject, ...]
    proof: JsonObject

    def signed(self, signature: bytes) -> JsonObject:
        """The document with its proof."""
        complete: JsonObject = {**self.proof, "proofValue": multibase_encode(signature)}
        return {**self.unsecured, "proof": [*self.earlier, complete] if self.earlier else complete}


def begin_proof(
    document: JsonObject,
    *,
    suite: Suite = "eddsa-rdfc-2022",
    verification_method: str,
    created: datetime,
    purpose: str,
    contexts: ContextLibrary,
    challenge: str | None = None,
    domain: str | None = None,
) -> BegunProof:
    """What `add_proof` does before the signature, for a signer that signs several documents at a time."""
    proof: JsonObject = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": instant_text(created),
        "verificationMethod": verification_method,
        "proofPurpose": purpose,
    }
    if challenge is not None:
        proof["challenge"] = challenge
    if domain is not None:
        proof["domain"] = domain
    if suite == "eddsa-jcs-2022" and "@context" in document:
        proof["@context"] = _comparable(document["@context"])
    earlier = proofs_of(document) if "proof" in document else []
    if len(earlier) >= MAX_PROOFS:
        raise ProofMalformed(f"The document has {len(earlier)} proofs; at most {MAX_PROOFS} are read.", place="/proof")
    unsecured = without_proof(document)
    message = signed_bytes(_with_context_of(unsecured, proof), proof, contexts)
    return BegunProof(message, unsecured, tuple(earlier), proof)


def verify_proof(secured: JsonObject, proof: JsonObject, key: VerificationKey, contexts: ContextLibrary) -> None:
    """Check one proof of a document against a key (vc-di-eddsa, 3.2.2 and 3.3.2; vc-di-ecdsa, 3.2.2).

    Returns when the signature holds. The key decides the algorithm: a suite for keys of another kind does not hold.
    Raises `ProofInvalid` when it does not, `ProofMalformed` for a proof
    that cannot be read, and what `canonicalize_rdfc` raises. Whether the key may speak for the issuer, and
    when, is another matter.
    """
    _check_form(proof)
    length = _RULES[str(proof["cryptosuite"])].signature.get(key.kind)
    if length is None:
        raise ProofInvalid(
            f"A proof of {proof['cryptosuite']} is not made with a key of the kind {key.kind}.", place="/proof"
        )
    signature = _signature(proof.get("proofValue"), length)
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    unsecured = _with_context_of(_with_previous(secured, proof), config)
    if "@context" in proof:
        contexts.check({"@context": proof["@context"]})  # under RDFC nothing of it is signed: it could say anything
    if unsecured.get("@context") != secured.get("@context"):
        contexts.check(secured)  # those that the proof does not name are not signed, and give words their meaning
    if not key.verify(signed_bytes(unsecured, config, contexts, key.kind), signature):
        raise ProofInvalid(
            "The signature does not fit: the document was altered after signing, or another key signed it.",
            place="/proof",
        )


def signed_bytes(
    unsecured: JsonObject, config: JsonObject, contexts: ContextLibrary, kind: KeyKind = "Ed25519"
) -> bytes:
    """The bytes that are signed: the hash of the proof configuration, then that of the document (3.2.4, 3.3.4).

    The hash is SHA-256, and SHA-384 for keys on P-384 (vc-di-ecdsa, 3.2.4).
    """
    proof_form, document_form = canonical_forms(unsecured, config, contexts, kind)
    algorithm = sha384 if kind == "P-384" else sha256
    return algorithm(proof_form).digest() + algorithm(document_form).digest()


def canonical_forms(
    unsecured: JsonObject, config: JsonObject, contexts: ContextLibrary, kind: KeyKind = "Ed25519"
) -> tuple[bytes, bytes]:
    """The canonical proof configuration and document, as the suite named in `config` writes them.

    Nameless nodes are told apart by the same hash that is signed (vc-di-ecdsa, 3.2.3).
    """
    if _RULES[str(config["cryptosuite"])].canonical == "jcs":
        contexts.check(unsecured)
        return canonical_json(config), canonical_json(unsecured)
    in_context: JsonObject = {**config, "@context": unsecured.get("@context")}
    algorithm: HashName = "sha384" if kind == "P-384" else "sha256"
    return canonicalize_rdfc(in_context, contexts, algorithm), canonicalize_rdfc(unsecured, contexts, algorithm)


def without_proof(document: JsonObject) -> JsonObject:
    """The document as it was before any proof."""
    return {name: value for name, value in document.items() if name != "proof"}


def proofs_of(secured: JsonObject) -> list[JsonObject]:
    """Every proof of a document, in order; all of them must hold (threat 13).

    Raises `ProofMissing` when there is none, `ProofMalformed` when one is no object or there are more than
    `MAX_PROOFS`.
    """
    value = secured.get("proof")
    proofs = value if isinstance(value, list) else [value]
    if value is None or not proofs:
        raise ProofMissing("The document carries no proof.", place="/proof")
    if len(proofs) > MAX_PROOFS:
        raise ProofMalformed(f"The document has {len(proofs)} proofs; at most {MAX_PROOFS} are read.", place="/proof")
    found: list[JsonObject] = []
    for proof in proofs:
        if not isinstance(proof, dict):
            raise ProofMalformed("A proof must be a JSON object.", place="/proof")
        found.append(proof)
    return found


def _check_form(proof: JsonObject) -> None:
    if proof.get("type") != "DataIntegrityProof" or proof.get("cryptosuite") not in READ_SUITES:
        kind = f"{str(proof.get('type'))[:40]} {str(proof.get('cryptosuite') or '')[:40]}".strip()
        raise ProofMalformed(
            f"A proof of the kind {kind} cannot be checked here.",
            place="/proof",
            next_step=f"Read are DataIntegrityProof with {', '.join(READ_SUITES)}.",
        )
    for name in ("verificationMethod", "proofPurpose"):
        if not isinstance(proof.get(name), str) or not proof[name]:
            raise ProofMalformed(f"The proof does not say its {name}.", place=f"/proof/{name}")
    for name in ("created", "expires"):
        if name in proof:
            _check_instant(proof[name], name)


def _check_instant(value: Json, name: str) -> None:
    try:
        parse_instant(value if isinstance(value, str) else "")
    except UnreadableInstant:
        raise ProofMalformed(
            f"{str(value)[:40]!r} is not a date and time with a zone.", place=f"/proof/{name}"
        ) from None


def _signature(value: Json, length: int) -> bytes:
    text = value if isinstance(value, str) else ""
    try:
        signature = multibase_decode(text)
    except UnreadableMultibase as cause:
        raise ProofMalformed(f"The signature cannot be read: {cause.sentence}", place="/proof/proofValue") from None
    if len(signature) != length or multibase_encode(signature) != text:
        raise ProofMalformed(
            f"A signature of this suite and key has {length} bytes, in one spelling.", place="/proof/proofValue"
        )
    return signature


def _with_previous(secured: JsonObject, proof: JsonObject) -> JsonObject:
    """The document a proof was made over: with the proofs it names as previous (VC Data Integrity 1.0,
    4.5).
    """
    unsecured = without_proof(secured)
    named = proof.get("previousProof")
    if named is None:
        return unsecured
    wanted = named if isinstance(named, list) else [named]
    previous: list[Json] = []
    for name in wanted:
        matching = [other for other in proofs_of(secured) if isinstance(name, str) and other.get("id") == name]
        if len(matching) != 1:
            raise ProofMalformed(
                f"The proof builds on {str(name)[:80]!r}, which the document lacks.",
                place="/proof/previousProof",
            )
        previous.append(matching[0])
    unsecured["proof"] = previous
    return unsecured


def _with_context_of(unsecured: JsonObject, config: JsonObject) -> JsonObject:
    """Give the document the proof's own contexts, which must be the first of its own (3.3.2, step 4).

    Only a JCS proof has its own: under RDFC, every context of the document gives it its meaning.
    """
    if "@context" not in config or _RULES[str(config["cryptosuite"])].canonical != "jcs":
        return unsecured
    of_proof, of_document = _entries(config["@context"]), _entries(unsecured.get("@context"))
    if of_document[: len(of_proof)] != of_proof:
        raise ProofMalformed("The proof was made in other contexts than the document's.", place="/proof/@context")
    return {**unsecured, "@context": config["@context"]}


def _comparable(contexts: Json) -> Json:
    """The contexts that a JCS proof names: the document's, up to the first that stands there in full.

    A verifier compares them one by one, and @digitalbazaar/vc takes two objects of the same content for different ones.
    """
    entries = _entries(contexts)
    urls = list(takewhile(lambda entry: isinstance(entry, str), entries))
    return contexts if len(urls) in (0, len(entries)) else urls


def _entries(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


__all__ = [
    "MAX_PROOFS",
    "READ_SUITES",
    "SUITES",
    "BegunProof",
    "ProofInvalid",
    "ProofMalformed",
    "ProofMissing",
    "Suite",
    "add_proof",
    "begin_proof",
    "canonical_forms",
    "proofs_of",
    "signed_bytes",
    "verify_proof",
    "without_proof",
]
