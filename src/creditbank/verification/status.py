"""Was it revoked or suspended? The checks `status.*`; a list that cannot be trusted leaves them unchecked.

Two kinds of list are read: W3C Bitstring Status List 1.0, which its issuer signs and dates, and 1EdTech's revocation
list, which has no signature: that one is believed only as its own address serves it over https, or from the verifying
party's own documents.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from creditbank.canonical import JsonObject
from creditbank.credential import (
    ENTRY_1EDTECH,
    CredentialView,
    NotACredential,
    StatusList,
    StatusReference,
    UnreadableStatusList,
    encoded_list,
    read_credential,
    read_revocation_list,
    read_sequence,
)
from creditbank.errors import CreditBankError
from creditbank.units import instant_text
from creditbank.verification.anchors import disowned
from creditbank.verification.check import Findings, Outcome
from creditbank.verification.evidence import SHELVED_BYTES, Evidence, Found
from creditbank.verification.given import Secured, read_secured
from creditbank.verification.moments import SKEW, allowing
from creditbank.verification.policy import Policy
from creditbank.verification.proofs import SIGNATURE_CHECKS, check_signatures, unsettled
from creditbank.verification.trust import StatusFact

WORDS: Final = {"revocation": "revoked", "suspension": "suspended"}
LIFETIME: Final = timedelta(hours=1)
"""How long a list of ours is good: what is issued meanwhile has its place in it already (threat 31)."""
LIST_BYTES: Final = 24 * 1024 * 1024  # a list of 16 MiB of bits in base64, if nothing in it can be compressed


class Answer(NamedTuple):
    """What one list says of one credential; `read` is the list, once it proved to be the issuer's word."""

    outcome: Outcome
    sentence: str
    how: str = ""
    source: str = ""
    read: StatusFact | None = None
    numbered: bool = True


class _Asked(NamedTuple):
    """One question: this entry, for this purpose, of this credential."""

    entry: StatusReference
    purpose: str
    view: CredentialView
    now: datetime
    evidence: Evidence
    policy: Policy
    issued: datetime | None = None

    @property
    def word(self) -> str:
        return WORDS[self.purpose]

    def unknown(self, why: str, read: StatusFact | None = None) -> Answer:
        sentence = f"{why}, so we cannot say whether this credential was {self.word}."
        return Answer(Outcome.UNCHECKED, sentence, read=read)


def check_status(
    findings: Findings, view: CredentialView, evidence: Evidence, policy: Policy, issued: datetime | None = None
) -> None:
    """Answer `status.revocation`, `status.suspension` and `status.current`; an unreliable list never counts as "no".

    `issued` is when the credential was, as far as anything says so.
    """
    every: list[Answer] = []
    for purpose, word in WORDS.items():
        name = f"status.{purpose}"
        entries = [entry for entry in view.status if _speaks_of(entry, purpose)]
        if not entries:
            findings.not_applicable(name, f"The credential names no list in which it could be {word}.")
            continue
        answers = [_ask(_Asked(entry, purpose, view, findings.now, evidence, policy, issued)) for entry in entries]
        every.extend(answers)
        worst = max(answers, key=lambda answer: _GRAVITY[answer.outcome])
        if worst.outcome is Outcome.FAILED:
            findings.failed(name, worst.sentence, how=worst.how)
        elif worst.outcome is Outcome.UNCHECKED:
            findings.unchecked(name, worst.sentence, how=worst.how)
        else:
            findings.passed(name, worst.sentence, how=worst.how, source=worst.source)
    findings.lists.extend(answer.read for answer in every if answer.read is not None)
    _check_current(findings, every, evidence)


_GRAVITY: Final = {Outcome.PASSED: 0, Outcome.NOT_APPLICABLE: 0, Outcome.UNCHECKED: 1, Outcome.FAILED: 2}


def _speaks_of(entry: StatusReference, purpose: str) -> bool:
    """Whether an entry is asked for a purpose; one of an unknown kind may mean either."""
    return entry.purpose == purpose or (entry.index is None and entry.kind != ENTRY_1EDTECH)


def _ask(asked: _Asked) -> Answer:
    entry = asked.entry
    if entry.index is None and entry.kind != ENTRY_1EDTECH:
        return asked.unknown(f"The credential names a status of the kind {entry.kind[:60]}, which is not read here")
    found = asked.evidence.find(entry.list_id)
    if found is None:
        return asked.unknown(f"We could not reach the status list{_why_not(entry.list_id, asked.evidence)}")
    try:
        settled = asked.evidence.settled
        secured = settled(found, ("list", found.data), lambda: read_secured(found.data, max_bytes=LIST_BYTES))
        if entry.index is None:
            return _in_plain_list(asked, secured.document, found)
        listed = settled(found, ("listed", found.data), lambda: read_credential(secured.document))
        said = ("said", found.data, asked.purpose)
        encoded = settled(found, said, lambda: encoded_list(secured.document, purpose=asked.purpose))
        is_set = _bits(asked.evidence, found, encoded).get(entry.index)
    except (NotACredential, UnreadableStatusList) as cause:
        return asked.unknown(f"The status list cannot be read ({cause.sentence.rstrip('.')})")
    except CreditBankError as cause:
        return asked.unknown(f"What we found as the status list cannot be used ({cause.sentence.rstrip('.')})")
    if doubt := _foreign(asked, listed) or _unsigned(asked, secured, listed, found):
        return asked.unknown(doubt)
    read = StatusFact(asked.view.issuer, listed.id, secured.digest, read_sequence(secured.document), listed.valid_from)
    if doubt := _stale(listed, asked.now, asked.policy) or _too_early(listed, found, asked.issued):
        return asked.unknown(doubt, read)
    assert listed.valid_from is not None
    moment = instant_text(listed.valid_from)
    how = f"Entry {entry.index} of {entry.list_id}, signed by {_signer(asked, listed)} {moment}{_whence(found)}."
    if is_set:
        return Answer(Outcome.FAILED, f"The issuer has {asked.word} this credential, as of {moment}.", how, read=read)
    return Answer(Outcome.PASSED, f"Not {asked.word} as of {moment}.", how, _source(found, asked.evidence), read)


def _why_not(list_id: str, evidence: Evidence) -> str:
    why = evidence.unfetched.get(list_id, "")
    return f" ({why.rstrip('.')})" if why else ""


def _whence(found: Found) -> str:
    return f", {found.fetched.source}" if found.fetched else ""


def _source(found: Found, evidence: Evidence) -> str:
    if found.fetched:
        return found.fetched.source
    return evidence.source if found.own else ""


def _signer(asked: _Asked, listed: CredentialView) -> str:
    if listed.issuer == asked.view.issuer:
        return "the issuer"
    named = {} if asked.evidence.trust is None else asked.evidence.trust.successors(asked.view.issuer)
    return f"{listed.issuer[:200]}, its successor by {named.get(listed.issuer, 'nobody')},"


def _in_plain_list(asked: _Asked, document: JsonObject, found: Found) -> Answer:
    """What a list of 1EdTech's kind says. Without a signature it is the issuer's word only where it was served."""
    view, list_id = asked.view, asked.entry.list_id
    is_set = read_revocation_list(document, id=list_id, issuer=view.issuer, credential=view.id)
    if not found.own and found.fetched is None:
        return asked.unknown("The revocation list came along without a signature, and anybody can write one")
    how = f"The list {list_id} has no signature{_whence(found)}."
    if is_set:
        return Answer(Outcome.FAILED, "The issuer's list names this credential as revoked.", how, numbered=False)
    if found.fetched is not None:
        age = asked.policy.status_max_age
        if age is not None and asked.now - found.fetched.at > age:
            return asked.unknown(f"The revocation list was {found.fetched.source}, too long ago")
        sentence = f"Not revoked as of {instant_text(found.fetched.at)}."
    elif asked.policy.status_max_age is not None:
        return asked.unknown("The revocation list at hand states no date")
    else:
        sentence = "Not revoked by the list at hand, which states no date."
    return Answer(Outcome.PASSED, sentence, how, _source(found, asked.evidence), numbered=False)


def _foreign(asked: _Asked, listed: CredentialView) -> str:
    """Why the list is neither the issuer's nor that of a successor that a register names; or an empty text."""
    issuer, trust = asked.view.issuer, asked.evidence.trust
    if listed.id != asked.entry.list_id:
        return "What we found as the status list is another document"
    if listed.issuer != issuer and (trust is None or listed.issuer not in trust.successors(issuer)):
        return "The status list is not the issuer's own"
    return ""


def _bits(evidence: Evidence, found: Found, encoded: str) -> StatusList:
    """The bits of a list; a large one is kept for this verification only (threat 33)."""
    if len(encoded) > SHELVED_BYTES:
        return evidence.inflated.of(encoded)
    kept = evidence.settled(found, ("bits", encoded), lambda: _small(evidence.inflated.of(encoded)))
    return evidence.inflated.of(encoded) if kept is None else kept


def _small(listed: StatusList) -> StatusList | None:
    return listed if len(listed.bits) <= SHELVED_BYTES else None


def _unsigned(asked: _Asked, secured: Secured, listed: CredentialView, found: Found) -> str:
    """Why the list is not the word of whom it names; or an empty text."""
    evidence, now = asked.evidence, asked.now

    def work() -> str:
        inner = Findings(now)
        signatures = check_signatures(inner, secured, listed.issuer, "assertionMethod", evidence, found)
        if why := unsettled(inner, SIGNATURE_CHECKS):
            return f"The status list is not to be trusted ({why.rstrip('.')})"
        if why := disowned(signatures, listed.issuer, listed.valid_from or now, evidence.trust):
            return f"The status list was signed with a key that {why}"
        return ""

    return evidence.once(("unsigned", secured.digest, evidence.find(listed.issuer), now), work)


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


def _too_early(listed: CredentialView, found: Found, issued: datetime | None) -> str:
    """Why a list that came along says nothing of a credential of later; or an empty text.

    Whoever hands a credential over may pick the list. One that its own address serves, or that the verifying party
    keeps, may be older: some issuers sign a new one only when somebody is revoked.
    """
    if found.own or found.fetched is not None or issued is None or listed.valid_from is None:
        return ""
    if allowing(listed.valid_from, LIFETIME) >= issued:
        return ""
    return f"The status list we have was signed {instant_text(listed.valid_from)}, before the credential was issued"


def _check_current(findings: Findings, answers: Sequence[Answer], evidence: Evidence) -> None:
    """Answer `status.current`: no list of the same address is known that is newer than the one we read (threat 31)."""
    name, compared = "status.current", "the status list with those that the chain names and those seen here before"
    if not answers:
        findings.not_applicable(name, "The credential names no status list.")
        return
    judged = [
        (outcome, sentence, fact)
        for answer in answers
        if answer.read is not None
        for fact in _known(answer.read, evidence)
        for outcome, sentence in [_beside(answer.read, fact)]
    ]
    for outcome, say in ((Outcome.FAILED, findings.failed), (Outcome.UNCHECKED, findings.unchecked)):
        against = [(sentence, fact) for found, sentence, fact in judged if found is outcome]
        if against:
            sentence, fact = against[0]
            say(name, sentence, compared=compared, how=f"Told by {fact.source}.")
            return
    if any(answer.read is None and answer.numbered for answer in answers):
        findings.unchecked(name, "A status list could not be read, so we cannot say whether it is the newest.")
    elif judged:
        source = "; ".join(dict.fromkeys(fact.source for _, _, fact in judged))
        findings.passed(name, "No newer status list is known.", compared=compared, how=f"Told by {source}.")
    else:
        findings.not_applicable(name, "No other list of this address is known here, so there is none to compare with.")


def _known(read: StatusFact, evidence: Evidence) -> list[StatusFact]:
    told = [] if evidence.trust is None else evidence.trust.statuses_of(read.issuer, read.list)
    return [*told, *(fact for fact in evidence.seen if (fact.issuer, fact.list) == (read.issuer, read.list))]


def _beside(read: StatusFact, known: StatusFact) -> tuple[Outcome, str]:
    """How the list we read stands to one that is known: by number where both have one, else by date."""
    if read.digest == known.digest:
        return Outcome.PASSED, ""
    if read.sequence is not None and known.sequence is not None:
        if read.sequence == known.sequence:
            return Outcome.FAILED, f"Two different status lists carry the number {read.sequence}: one is not true."
        older, mark = read.sequence < known.sequence, f"number {known.sequence} after number {read.sequence}"
    elif read.signed is not None and known.signed is not None:
        older, mark = read.signed < known.signed, f"signed {instant_text(known.signed)}"
    else:
        return Outcome.UNCHECKED, "Another status list is known that has no number and no date to compare by."
    return (
        (Outcome.FAILED, f"A newer status list is known, {mark}; this one is old.") if older else (Outcome.PASSED, "")
    )
