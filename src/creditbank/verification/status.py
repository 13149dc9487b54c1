"""Was it revoked or suspended? The checks `status.*`; a list that cannot be trusted leaves them unchecked."""

from datetime import datetime
from typing import NamedTuple

from creditbank.canonical import JsonObject, load_object
from creditbank.credential import (
    CredentialView,
    NotACredential,
    StatusReference,
    UnreadableStatusList,
    read_credential,
    read_status,
)
from creditbank.errors import CreditBankError
from creditbank.units import instant_text
from creditbank.verification.anchors import disowned
from creditbank.verification.check import Findings, Outcome
from creditbank.verification.evidence import Evidence
from creditbank.verification.moments import SKEW, allowing
from creditbank.verification.policy import Policy
from creditbank.verification.proofs import SIGNATURE_CHECKS, check_signatures, unsettled

WORDS = {"revocation": "revoked", "suspension": "suspended"}
LIST_BYTES = 24 * 1024 * 1024  # a list of 16 MiB of bits in base64, if nothing in it can be compressed


class Answer(NamedTuple):
    """What one list says of one credential."""

    outcome: Outcome
    sentence: str
    how: str = ""
    source: str = ""


def check_status(findings: Findings, view: CredentialView, evidence: Evidence, policy: Policy) -> None:
    """Answer `status.revocation` and `status.suspension`; an unreliable list never counts as "no"."""
    for purpose, word in WORDS.items():
        name = f"status.{purpose}"
        entries = [entry for entry in view.status if entry.purpose == purpose or entry.index is None]
        if not entries:
            findings.not_applicable(name, f"The credential names no list in which it could be {word}.")
            continue
        answers = [_ask(entry, purpose, view.issuer, findings.now, evidence, policy) for entry in entries]
        worst = max(answers, key=lambda answer: _GRAVITY[answer.outcome])
        if worst.outcome is Outcome.FAILED:
            findings.failed(name, worst.sentence, how=worst.how)
        elif worst.outcome is Outcome.UNCHECKED:
            findings.unchecked(name, worst.sentence, how=worst.how)
        else:
            findings.passed(name, worst.sentence, how=worst.how, source=worst.source)


_GRAVITY = {Outcome.PASSED: 0, Outcome.UNCHECKED: 1, Outcome.FAILED: 2}


def _ask(
    entry: StatusReference, purpose: str, issuer: str, now: datetime, evidence: Evidence, policy: Policy
) -> Answer:
    word = WORDS[purpose]

    def unknown(why: str) -> Answer:
        return Answer(Outcome.UNCHECKED, f"{why}, so we cannot say whether this credential was {word}.")

    if entry.index is None:
        return unknown(f"The credential names a status of the kind {entry.kind[:60]}, which is not read here")
    found = evidence.find(entry.list_id)
    if found is None:
        return unknown("We could not reach the status list")
    try:
        document = load_object(found.data, place=entry.list_id, max_bytes=LIST_BYTES)
        listed = read_credential(document)
        is_set = read_status(document, index=entry.index, purpose=purpose)
    except (NotACredential, UnreadableStatusList) as cause:
        return unknown(f"The status list cannot be read ({cause.sentence.rstrip('.')})")
    except CreditBankError as cause:
        return unknown(f"What we found as the status list cannot be used ({cause.sentence.rstrip('.')})")
    if doubt := _doubt(document, listed, entry, issuer, now, evidence) or _stale(listed, now, policy):
        return unknown(doubt)
    assert listed.valid_from is not None
    moment = instant_text(listed.valid_from)
    how = f"Entry {entry.index} of {entry.list_id}, signed by the issuer {moment}."
    if is_set:
        return Answer(Outcome.FAILED, f"The issuer has {word} this credential, as of {moment}.", how)
    source = evidence.source if found.own else ""
    return Answer(Outcome.PASSED, f"Not {word} as of {moment}.", how, source)


def _doubt(
    document: JsonObject,
    listed: CredentialView,
    entry: StatusReference,
    issuer: str,
    now: datetime,
    evidence: Evidence,
) -> str:
    """Why the list is not the issuer's word, or an empty text."""
    if listed.id != entry.list_id:
        return "What we found as the status list is another document"
    if listed.issuer != issuer:
        return "The status list is not the issuer's own"
    inner = Findings(now)
    signatures = check_signatures(inner, document, issuer, "assertionMethod", evidence)
    if why := unsettled(inner, SIGNATURE_CHECKS):
        return f"The status list is not to be trusted ({why.rstrip('.')})"
    if why := disowned(signatures, issuer, listed.valid_from or now, evidence.trust):
        return f"The status list was signed with a key that {why}"
    return ""


def _stale(listed: CredentialView, now: datetime, policy: Policy) -> str:
    """Why the list is too old, or not yet good, for this policy; or an empty text."""
    if listed.valid_from is None:
        return "The status list does not say when it was signed"
    moment = instant_text(listed.valid_from)
    if listed.valid_from > allowing(now, SKEW):
        return f"The status list is dated {moment}, which has not come yet"
    if policy.status_max_age is None:
        return ""
    if now - listed.valid_from > policy.status_max_age:
        return f"The status list we have was signed {moment}, too long ago for the policy {policy.name}"
    if listed.valid_until is not None and listed.valid_until <= now:
        return f"The status list we have was good only until {instant_text(listed.valid_until)}"
    return ""
