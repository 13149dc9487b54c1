"""Everything that was handed in together: which documents are judged, and which are judged inside another's report.

Command line, pages and API all come through here, so that the same files get the same reports at every door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditbank.canonical import Digest, JsonObject, load_object, sha256
from creditbank.credential import NotAnAward, award_facts
from creditbank.errors import CreditBankError
from creditbank.verification.evidence import Evidence
from creditbank.verification.given import Secured
from creditbank.verification.policy import Policy
from creditbank.verification.report import Report
from creditbank.verification.rules import Rules
from creditbank.verification.verifier import verify_credential, verify_presentation

MAX_PROOF_BYTES: Final = 24 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One signed document, and where it came from (a file name)."""

    place: str
    secured: Secured

    @property
    def value(self) -> JsonObject:
        """What the document says, also when it came as a token."""
        return self.secured.document


@dataclass(frozen=True, slots=True)
class Submission:
    """The signed documents of one request, by what they say they are, and the stacking proofs among the rest."""

    awards: tuple[HandedIn, ...] = ()
    presentations: tuple[HandedIn, ...] = ()
    credentials: tuple[HandedIn, ...] = ()
    proofs: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A document that was handed in, and the report on it."""

    place: str
    report: Report


@dataclass(frozen=True, slots=True)
class Bench:
    """By what everything is judged: the rules and evidence at hand, the policy, the moment.

    `challenge` and `domain` are what this verifier asked the holder of a presentation to sign.
    """

    rules: Rules
    evidence: Evidence
    policy: Policy
    now: datetime
    challenge: str | None = None
    domain: str | None = None


def verify_submission(submission: Submission, bench: Bench) -> list[Judged]:
    """Report on every signed document: awards first, then presentations, then credentials.

    A credential that an award rests on is reported inside the award's report, and only there. It is told by digest and
    not by id: an altered copy bears the id of the genuine one, and gets a report of its own.
    """
    policy, now, evidence = bench.policy, bench.now, bench.evidence
    judged = verify_awards(submission, bench)
    inside = {
        digest
        for award, item in zip(submission.awards, judged, strict=True)
        if item.report.parts
        for digest in _used_by(proof_of(award.value, submission.proofs))
    }
    for one in submission.presentations:
        report = verify_presentation(
            one.secured, evidence, policy=policy, now=now, challenge=bench.challenge, domain=bench.domain
        )
        judged.append(Judged(one.place, report))
    for one in submission.credentials:
        if one.secured.digest not in inside:
            judged.append(Judged(one.place, verify_credential(one.secured, evidence, policy=policy, now=now)))
    return judged


def verify_awards(submission: Submission, bench: Bench) -> list[Judged]:
    """Report on every award alone: as a credential, every credential it was built from, and the sum."""
    if not submission.awards:
        return []
    from creditbank.verification.award import verify_award  # loads rule documents and the checker of sums

    held = [credential.secured for credential in submission.credentials]
    return [
        Judged(
            award.place,
            verify_award(
                award.secured,
                proof_of(award.value, submission.proofs),
                held,
                bench.rules,
                bench.evidence,
                policy=bench.policy,
                now=bench.now,
            ),
        )
        for award in submission.awards
    ]


def proof_of(award: JsonObject, proofs: Sequence[bytes]) -> bytes | None:
    """The proof that was signed into the award, whatever else claims to be; without it, one that claims to be."""
    try:
        facts = award_facts(award)
    except NotAnAward:
        return None
    for proof in proofs:
        if sha256(proof) == facts.proof_digest:
            return proof
    return next((proof for proof in proofs if _speaks_of(proof, facts.credential)), None)


def _speaks_of(proof: bytes, award: str) -> bool:
    try:
        return load_object(proof, max_bytes=MAX_PROOF_BYTES).get("award") == award
    except CreditBankError:
        return False


def _used_by(proof: bytes | None) -> set[Digest]:
    if proof is None:
        return set()
    from creditbank.stacking import UnreadableProof, read_proof

    try:
        return set(read_proof(load_object(proof, max_bytes=MAX_PROOF_BYTES)).named)
    except (UnreadableProof, CreditBankError):
        return set()
