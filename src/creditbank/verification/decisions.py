"""Signed decisions: is this policy, recognition, acceptance or exception really the body's own, and still in force?

A body adopts a decision by signing it: an envelope names the body and the day and holds the decision itself, and an
`eddsa-jcs-2022` proof covers all of it. It takes a decision back, from a day on, by signing a revocation; nothing that
was signed is ever edited.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, NamedTuple, TypeAlias

from creditbank.anchoring.fields import Fields
from creditbank.canonical import Digest, JsonObject, canonical_json, digest_text, json_digest, load_object
from creditbank.errors import BadInput, CreditBankError
from creditbank.framework import (
    Acceptance,
    ConversionPolicy,
    Recognition,
    RuleException,
    document_digest,
    load_document,
)
from creditbank.signing import DATA_INTEGRITY_CONTEXT
from creditbank.units import instant_text
from creditbank.verification.anchors import Anchored, unfit
from creditbank.verification.check import DECISION_CHECKS, Findings, Outcome
from creditbank.verification.evidence import Evidence
from creditbank.verification.policy import Policy
from creditbank.verification.proofs import SIGNATURE_CHECKS, Signature, check_signatures
from creditbank.verification.report import Kind, Report
from creditbank.verification.vouching import check_registered

SIGNED_DECISION: Final = "creditbank/signed-decision/v1"
REVOCATION: Final = "creditbank/decision-revocation/v1"
SUITE: Final = "eddsa-jcs-2022"
ASKED: Final = tuple(name for name in SIGNATURE_CHECKS if name != "format.context")
"""What is asked of a signature here. The one context is compared when the envelope is read, and defines nothing."""

Decision: TypeAlias = ConversionPolicy | Recognition | Acceptance | RuleException
"""What a body may decide and sign."""


class NotASignedDecision(BadInput):
    """This is not a signed decision, nor the revocation of one; `place` is the JSON pointer of what is wrong."""

    slug = "not-a-signed-decision"


def decider_of(decision: Decision) -> str:
    """The DID of the body in whose name a decision is written."""
    return decision.issuer if isinstance(decision, ConversionPolicy) else decision.by


def version_of(decision: Decision) -> str:
    """Its version; empty where its kind has none."""
    return decision.version if isinstance(decision, ConversionPolicy) else ""


@dataclass(frozen=True, slots=True)
class SignedDecision:
    """A decision as a body signed it. Well formed, and not believed before its signature was checked.

    `by` adopted it on the day `adopted`; `value` is the whole signed document.
    """

    by: str
    adopted: date
    decision: Decision
    value: JsonObject = field(repr=False)

    @property
    def digest(self) -> Digest:
        """The digest of the decision itself, by which stacking proofs name it."""
        return document_digest(self.decision)

    @property
    def kind(self) -> str:
        """`conversion`, `recognition`, `acceptance` or `exception`."""
        return self.decision.document.split("/")[1]


@dataclass(frozen=True, slots=True)
class DecisionRevocation:
    """A body's signed word that a decision of its own, named by digest, holds no longer from the day `since` on."""

    by: str
    decision: Digest
    since: date
    stated: date
    reason: str
    value: JsonObject = field(repr=False)


def unsigned_decision(decision: Decision, by: str, adopted: date) -> JsonObject:
    """The envelope that a body signs to adopt a decision; values at their default are left out, as in its digest."""
    return {
        "@context": [DATA_INTEGRITY_CONTEXT],
        "document": SIGNED_DECISION,
        "by": by,
        "adopted": adopted.isoformat(),
        "decision": decision.model_dump(mode="json", by_alias=True, exclude_defaults=True),
    }


def unsigned_revocation(decision: Digest, by: str, *, since: date, stated: date, reason: str) -> JsonObject:
    """What a body signs, on the day `stated`, to take a decision back from the day `since` on."""
    return {
        "@context": [DATA_INTEGRITY_CONTEXT],
        "document": REVOCATION,
        "by": by,
        "decision": digest_text(decision),
        "since": since.isoformat(),
        "stated": stated.isoformat(),
        "reason": reason,
    }


def read_signed_decision(value: JsonObject) -> SignedDecision:
    """Read a signed decision strictly; raise `NotASignedDecision`. Its signature is not looked at."""
    fields = Fields.of(value, NotASignedDecision, "signed decision", SIGNED_DECISION)
    _check_envelope(fields)
    given = fields.object("decision").value
    try:
        decision = load_document(canonical_json(given))
    except CreditBankError as cause:
        raise fields.wrong("decision", f"cannot be read ({cause.sentence.rstrip('.')})") from None
    if not isinstance(decision, Decision):
        raise fields.wrong("decision", f"is a {decision.document}, which is no decision of a body")
    read = SignedDecision(fields.text("by"), _day(fields, "adopted"), decision, dict(value))
    fields.close()
    return read


def read_revocation(value: JsonObject) -> DecisionRevocation:
    """Read the revocation of a decision strictly; raise `NotASignedDecision`. Its signature is not looked at."""
    fields = Fields.of(value, NotASignedDecision, "revocation of a decision", REVOCATION)
    _check_envelope(fields)
    read = DecisionRevocation(
        fields.text("by"),
        fields.digest("decision"),
        _day(fields, "since"),
        _day(fields, "stated"),
        fields.text("reason"),
        dict(value),
    )
    if read.since < read.stated:
        raise fields.wrong("since", f"is {read.since}, before it was stated; what was decided under it stands")
    fields.close()
    return read


def _check_envelope(fields: Fields) -> None:
    if fields.texts("@context") != (DATA_INTEGRITY_CONTEXT,):
        raise fields.wrong("@context", f"is not the one context {DATA_INTEGRITY_CONTEXT}")
    if fields.object("proof").value.get("cryptosuite") != SUITE:
        raise fields.wrong("proof/cryptosuite", f"is not {SUITE}, which covers the document to the letter")


def _day(fields: Fields, name: str) -> date:
    text = fields.text(name)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise fields.wrong(name, "is not a day such as 2026-07-28") from None
    if day.isoformat() != text:
        raise fields.wrong(name, "is not a day such as 2026-07-28")
    return day


class Finding(NamedTuple):
    """What came of looking at a signature: yes, no or not to be told, and why."""

    outcome: Outcome
    sentence: str


def judge_signature(
    value: JsonObject, by: str, evidence: Evidence, now: datetime, anchored: Anchored | None
) -> Finding:
    """Whether `by` signed this with a key of its own that was good.

    `anchored` is the anchor of a document that binds this one by digest: at its time the key must have been good.
    Without one nothing shows the time, and a key that was ever revoked or suspected vouches for nothing.
    """
    inner = Findings(now)
    signatures = check_signatures(inner, value, by, "assertionMethod", evidence)
    for outcome in (Outcome.FAILED, Outcome.UNCHECKED):
        for name in ASKED:
            if inner.outcome(name) is outcome:
                check = inner.checks.get(name)
                return Finding(outcome, check.sentence if check else f"{name} was not looked at.")
    if reason := unfit(signatures, by, anchored, evidence.trust):
        return Finding(Outcome.FAILED, reason)
    return Finding(Outcome.PASSED, "The body signed it, and nothing in it was changed since.")


def out_of_force(signed: SignedDecision, day: date) -> str:
    """Why a decision does not apply on a day by its own dates, or an empty text."""
    decision = signed.decision
    if day < signed.adopted:
        return f"{decision.id} was adopted on {signed.adopted}, after {day}."
    if not decision.valid_on(day):
        return f"{decision.id} is in force from {starts_on(decision)} {_until(decision)}, not on {day}."
    return ""


def starts_on(decision: Decision) -> str:
    """The first day on which it may apply, as written in it."""
    return decision.valid_from if isinstance(decision, ConversionPolicy) else decision.decided


def _until(decision: Decision) -> str:
    return f"until {decision.valid_until}" if decision.valid_until else "on"


def revoked_by(
    signed: SignedDecision,
    revocations: Iterable[DecisionRevocation],
    evidence: Evidence,
    now: datetime,
) -> list[DecisionRevocation]:
    """The revocations of this decision that its own body signed; all others are nobody's word and count for nothing.

    A key that was revoked since still counts here: a body that took a decision back did not mean to restore it.
    """
    return [
        one
        for one in revocations
        if (one.decision, one.by) == (signed.digest, signed.by)
        and check_signatures(Findings(now), one.value, one.by, "assertionMethod", evidence)
    ]


def verify_decision(
    secured: JsonObject | bytes,
    evidence: Evidence,
    *,
    policy: Policy,
    now: datetime,
    on: date | None = None,
    revocations: Iterable[DecisionRevocation] = (),
) -> Report:
    """Check one signed decision from documents alone: signature, key, body, and whether it is in force on the day `on`.

    `on` is the day of `now` unless it is given. Never raises for a bad decision: what is wrong stands in the report.
    """
    findings = Findings(now)
    signed, because = _read(findings, secured)
    if signed is not None:
        day = on or now.date()
        signatures = _check_signature(findings, signed, evidence)
        check_registered(findings, signed.by, signatures, None, evidence, policy)
        _check_body(findings, signed)
        _check_dates(findings, signed, day)
        _check_revoked(findings, signed, day, revoked_by(signed, revocations, evidence, now))
    return Report(
        kind=Kind.DECISION,
        id="" if signed is None else signed.decision.id,
        title="" if signed is None else _title(signed),
        issuer="" if signed is None else signed.by,
        policy=policy,
        required=policy.required_of(DECISION_CHECKS),
        checks=findings.in_order(DECISION_CHECKS, because),
        sources=tuple(findings.sources),
        chains=(),
        checked_at=now,
    )


def _title(signed: SignedDecision) -> str:
    sample = " (a sample)" if signed.decision.sample else ""
    version = f", version {version_of(signed.decision)}" if version_of(signed.decision) else ""
    return f"{signed.kind} {signed.decision.id}{version}{sample}"


def _read(findings: Findings, secured: JsonObject | bytes) -> tuple[SignedDecision | None, str]:
    try:
        value = load_object(secured) if isinstance(secured, bytes) else secured
        json_digest(value)
    except CreditBankError as cause:
        findings.failed("format.readable", cause.sentence, how=_at(cause))
        return None, "the document could not be read"
    findings.passed("format.readable", "The document is one JSON object that every reader reads alike.")
    try:
        signed = read_signed_decision(value)
    except CreditBankError as cause:
        findings.failed("decision.form", cause.sentence, how=_at(cause))
        return None, "the document is not a signed decision"
    findings.passed("decision.form", f"This is a {signed.kind}, in an envelope that {signed.by[:200]} signed.")
    return signed, ""


def _at(cause: CreditBankError) -> str:
    return f"At {cause.place}." if cause.place else ""


def _check_signature(findings: Findings, signed: SignedDecision, evidence: Evidence) -> tuple[Signature, ...]:
    inner = Findings(findings.now)
    signatures = check_signatures(inner, signed.value, signed.by, "assertionMethod", evidence)
    findings.adopt(replace(inner, checks={name: inner.checks[name] for name in ASKED if name in inner.checks}))
    name = "decision.key-valid"
    if not signatures:
        findings.unchecked(name, "No signature holds, so there is no key to look up.")
    elif reason := unfit(signatures, signed.by, None, evidence.trust):
        findings.failed(name, reason, how="Nothing here shows when it was signed.")
    elif evidence.trust is None or not any(fact.keys for fact in evidence.trust.issuer(signed.by)):
        findings.unchecked(
            name, f"No source we trust lists the keys of {signed.by[:200]}, so we cannot say whether this one holds."
        )
    else:
        findings.passed(name, "The key is the body's, and was never revoked or suspected.")
    return signatures


def _check_body(findings: Findings, signed: SignedDecision) -> None:
    name, decider = "decision.body", decider_of(signed.decision)
    compared = "who decides with who signed"
    if decider != signed.by:
        findings.failed(
            name, f"The decision is in the name of {decider[:200]}, and {signed.by[:200]} signed it.", compared=compared
        )
    else:
        findings.passed(name, "The body that decides is the one that signed.", compared=compared)


def _check_dates(findings: Findings, signed: SignedDecision, day: date) -> None:
    name = "decision.in-force"
    if reason := out_of_force(signed, day):
        findings.failed(name, reason, compared=f"its dates with {day}")
    else:
        findings.passed(name, f"It was adopted on {signed.adopted} and is in force on {day}.", compared="its dates")


def _check_revoked(findings: Findings, signed: SignedDecision, day: date, revoked: list[DecisionRevocation]) -> None:
    name = "decision.revocation"
    in_effect = [one for one in revoked if one.since <= day]
    if in_effect:
        first = min(in_effect, key=lambda one: one.since)
        findings.failed(name, f"The body revoked it from {first.since} on: {first.reason[:500]}")
    elif revoked:
        first = min(revoked, key=lambda one: one.since)
        findings.passed(name, f"The body revoked it, but only from {first.since} on.")
    else:
        findings.passed(
            name,
            "No revocation of it is among the documents given.",
            how=f"Looked for a revocation signed by the body; as of {instant_text(findings.now)}.",
        )
