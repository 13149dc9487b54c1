"""May this body issue, and who says so? The check `issuer.registered`, answered by the sources that a policy accepts.

A register says so about a time, a pinned list and a published list of issuers about a name, a domain about its own
document. Unknown is unknown: a source that has nothing to say does not say no.
"""

from collections.abc import Sequence
from typing import NamedTuple

from creditbank.canonical import json_digest, load_object
from creditbank.errors import CreditBankError
from creditbank.signing import DidDocument
from creditbank.units import instant_text
from creditbank.verification.anchors import Anchored
from creditbank.verification.check import Findings, Outcome
from creditbank.verification.evidence import Evidence
from creditbank.verification.policy import Policy, Voucher
from creditbank.verification.proofs import Signature
from creditbank.verification.trust import IssuerFacts, admitted_at


class Word(NamedTuple):
    """What one source says of an issuer, and who it is."""

    kind: Voucher
    outcome: Outcome
    sentence: str
    source: str


def check_registered(
    findings: Findings,
    issuer: str,
    signatures: Sequence[Signature],
    anchored: Anchored | None,
    evidence: Evidence,
    policy: Policy,
) -> None:
    """Answer `issuer.registered`: one source that the policy accepts says yes, and none of them says no."""
    words = [word for word in _words(issuer, signatures, anchored, evidence) if word.kind in policy.vouchers]
    how = " ".join(f"{word.outcome.capitalize()} by the {_NAMES[word.kind]}: {word.source}." for word in words)
    compared = f"{issuer} with {_kinds(policy)}"
    for outcome, say in ((Outcome.FAILED, findings.failed), (Outcome.UNCHECKED, findings.unchecked)):
        against = [word for word in words if word.outcome is outcome]
        if against:
            say("issuer.registered", against[0].sentence, compared=compared, how=how)
            return
    if not words:
        findings.unchecked(
            "issuer.registered",
            f"No source we trust says anything about {issuer[:200]}, so we cannot say whether it may issue.",
            compared=compared,
            how=_unheard(issuer, signatures, anchored, evidence, policy),
        )
        return
    source = "; ".join(dict.fromkeys(word.source for word in words))
    findings.passed("issuer.registered", words[0].sentence, compared=compared, how=how, source=source)


_NAMES = {
    Voucher.REGISTER: "register",
    Voucher.PINNED: "pinned list",
    Voucher.ISSUER_LIST: "list of issuers",
    Voucher.DOMAIN: "domain",
}


def _kinds(policy: Policy) -> str:
    return ", ".join(_NAMES[kind] for kind in Voucher if kind in policy.vouchers) or "no source at all"


def _words(issuer: str, signatures: Sequence[Signature], anchored: Anchored | None, evidence: Evidence) -> list[Word]:
    words = [*_by_register(issuer, anchored, evidence), *_by_pins(issuer, signatures, evidence)]
    return [*words, *_by_lists(issuer, evidence), *_by_domain(issuer, signatures, evidence)]


def _unheard(
    issuer: str, signatures: Sequence[Signature], anchored: Anchored | None, evidence: Evidence, policy: Policy
) -> str:
    """Who would have said something, had the policy asked."""
    kinds = [word.kind for word in _words(issuer, signatures, anchored, evidence)]
    named = ", ".join(_NAMES[kind] for kind in Voucher if kind in kinds)
    return f"The policy {policy.name} does not take the word of: {named}." if named else ""


def _by_register(issuer: str, anchored: Anchored | None, evidence: Evidence) -> list[Word]:
    """The registers' one answer: where two disagree, the no counts."""
    trust = evidence.trust
    facts = [] if trust is None else trust.issuer(issuer, anchored.chain.id if anchored else None)
    if trust is None or not facts:
        return []
    source = "; ".join(dict.fromkeys(trust.told_by(fact) for fact in facts))
    return [Word(Voucher.REGISTER, *_registered(facts, anchored), source)]


def _registered(facts: Sequence[IssuerFacts], anchored: Anchored | None) -> tuple[Outcome, str]:
    name = facts[0].name
    if any(fact.admitted is None for fact in facts):
        return Outcome.FAILED, f"{name} is not admitted as an issuer."
    if anchored is None and any(fact.withdrawn is not None for fact in facts):
        return (
            Outcome.UNCHECKED,
            f"{name} was withdrawn from the register, and without an anchor we cannot say if that was later.",
        )
    if anchored is not None and not all(admitted_at(fact, anchored.time) for fact in facts):
        return (
            Outcome.FAILED,
            f"{name} was not admitted as an issuer when this was anchored, {instant_text(anchored.time)}.",
        )
    return Outcome.PASSED, f"{name} is registered as an issuer."


def _by_pins(issuer: str, signatures: Sequence[Signature], evidence: Evidence) -> list[Word]:
    words = []
    for pin in [] if evidence.trust is None else evidence.trust.pins(issuer):
        source = evidence.trust.told_by(pin) if evidence.trust else ""
        if not pin.accepted:
            said = Outcome.FAILED, f"{pin.name} is on the list of issuers that are refused here."
        elif pin.keys and not signatures:
            said = Outcome.UNCHECKED, f"{pin.name} is accepted with certain keys, and no signature holds."
        elif pin.keys and any(signature.key.multikey not in pin.keys for signature in signatures):
            said = Outcome.FAILED, f"{pin.name} is accepted with certain keys, and this was signed with another."
        else:
            said = Outcome.PASSED, f"{pin.name} is an issuer that is accepted here."
        words.append(Word(Voucher.PINNED, *said, source))
    return words


def _by_lists(issuer: str, evidence: Evidence) -> list[Word]:
    words = []
    for listed in [] if evidence.trust is None else evidence.trust.issuer_lists:
        source = f"{listed.name}, told by {evidence.trust.told_by(listed)}" if evidence.trust else ""
        if issuer in listed.issuers:
            said = Outcome.PASSED, f"{listed.issuers[issuer]} is a known issuer on the list {listed.name}."
        elif listed.complete:
            said = Outcome.FAILED, f"{issuer[:200]} is not on the list {listed.name}, which is taken for complete here."
        else:
            continue
        words.append(Word(Voucher.ISSUER_LIST, *said, source))
    return words


def _by_domain(issuer: str, signatures: Sequence[Signature], evidence: Evidence) -> list[Word]:
    """What the domain of a did:web itself served: its document lists the keys that signed, or it does not."""
    fetched = evidence.fetched.get(issuer)
    if fetched is None or not issuer.startswith("did:web:"):
        return []
    try:
        value = load_object(fetched.data, place=fetched.url)
        json_digest(value)
        document = DidDocument.parse(value)
    except CreditBankError:
        return [Word(Voucher.DOMAIN, Outcome.FAILED, f"{fetched.url} serves no usable DID document.", fetched.source)]
    listed = {key.multikey for key in document.assertion_keys.values()}
    if document.id != issuer:
        said = Outcome.FAILED, f"{fetched.url} serves the document of another body."
    elif not signatures:
        said = Outcome.UNCHECKED, "No signature holds, so there is no key that the domain could vouch for."
    elif any(signature.key.multikey not in listed for signature in signatures):
        said = Outcome.FAILED, f"The document at {fetched.url} does not list the key that signed this."
    else:
        said = Outcome.PASSED, f"The domain of {issuer[:200]} itself lists the key that signed this."
    return [Word(Voucher.DOMAIN, *said, fetched.source)]
