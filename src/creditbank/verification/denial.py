"""Verify the proof of a no: each credential it weighed, the documents behind it, then its certificate.

What can be shown from files is that these credentials do not add up to the qualification, whatever is counted and
where. That the learner holds no others can be shown by nobody, and the report says so. A credential that was revoked
or is out of date does not weaken a no, because even with it nothing holds; but for rules over all attempted units, and
where it stands in the way of another credential of its issue.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from creditbank.canonical import Digest, JsonObject, digest_text, load_object, sha256
from creditbank.credential import NotAUnit, UnitFacts, read_credential, unit_facts
from creditbank.errors import CreditBankError
from creditbank.framework import Acceptance, ConversionPolicy, Qualification, Recognition, RuleException
from creditbank.stacking.disproof import Refutation, Weighing, read_refutation
from creditbank.stacking.refuting import check_refutation, proves
from creditbank.stacking.rule import lot_key, weighs_attempts
from creditbank.stacking.setting import Setting
from creditbank.verification.award import adopted_besides, check_documents
from creditbank.verification.check import DENIAL_CHECKS, Findings, Outcome, Verdict
from creditbank.verification.evidence import Evidence
from creditbank.verification.given import Given, read_secured
from creditbank.verification.policy import Policy
from creditbank.verification.report import Kind, Report
from creditbank.verification.rules import Rules
from creditbank.verification.trust import TrustFacts
from creditbank.verification.verifier import merged_chains, merged_sources, verify_credential

MAX_BYTES: Final = 16 * 1024 * 1024
OF_TIME: Final = ("status.", "dates.")
"""What can only take a credential away, and so leaves a no as it is."""


@dataclass(slots=True)
class _Table:
    """Everything on the table while one no is weighed."""

    proof: Refutation
    rules: Rules
    evidence: Evidence
    reports: dict[Digest, Report] = field(default_factory=dict)
    documents: dict[Digest, JsonObject] = field(default_factory=dict)
    facts: dict[Digest, UnitFacts] = field(default_factory=dict)

    @property
    def trust(self) -> TrustFacts | None:
        return self.evidence.trust

    def overstated(self, rules: Qualification) -> str:
        """A no claims nothing but its rules."""
        return ""

    @property
    def missing(self) -> list[str]:
        """The credentials that were weighed and nobody gave us."""
        return [one.credential for one in self.proof.candidates if one.digest not in self.documents]

    @property
    def besides(self) -> list[UnitFacts]:
        """Units of the learner that lie here, hold, were earned by the day of the no, and were not weighed."""
        weighed = {one.digest for one in self.proof.candidates}
        return [
            unit
            for digest, unit in self.facts.items()
            if digest not in weighed
            and unit.subject == self.proof.learner
            and unit.earned <= self.proof.date
            and self.reports[digest].verdict is not Verdict.REJECTED
        ]


def verify_denial(
    denial: bytes,
    credentials: Sequence[Given],
    rules: Rules,
    evidence: Evidence,
    *,
    policy: Policy,
    now: datetime,
) -> Report:
    """Re-check the proof of a no from its documents alone: no database, no solver, no network.

    `credentials` are those that it weighed, and any others of the learner: one that it did not weigh speaks against it.
    The report's `parts` are the reports of those that it weighed. Never raises for a bad proof.
    """
    findings = Findings(now)
    proof = _read(findings, denial)
    parts: tuple[Report, ...] = ()
    if proof is not None:
        table = _Table(proof, rules, evidence)
        _examine(table, credentials, policy, now)
        parts = tuple(table.reports[one.digest] for one in proof.candidates if one.digest in table.reports)
        _check_credentials(findings, table)
        _check_learner(findings, table)
        _check_complete(findings, table)
        _check_word(findings, table)
        _check_no(findings, table)
    return Report(
        kind=Kind.DENIAL,
        id=proof.id if proof else "",
        title=f"No to {proof.qualification.id}, version {proof.qualification.version}" if proof else "",
        issuer=proof.awarding if proof else "",
        policy=policy,
        required=policy.required_of(DENIAL_CHECKS),
        checks=findings.in_order(DENIAL_CHECKS, "the document is no proof of a no"),
        sources=merged_sources(findings, parts),
        chains=merged_chains(parts),
        checked_at=now,
        parts=parts,
    )


def _read(findings: Findings, denial: bytes) -> Refutation | None:
    try:
        value = load_object(denial, max_bytes=MAX_BYTES)
    except CreditBankError as cause:
        findings.failed("format.readable", cause.sentence)
        return None
    findings.passed("format.readable", "The document is one JSON object that every reader reads alike.")
    try:
        proof = read_refutation(value)
    except CreditBankError as cause:
        findings.failed("no.form", cause.sentence, how=f"At {cause.place}.")
        return None
    findings.passed(
        "no.form",
        f"This is a proof of a no of {proof.date}, and nothing in it was changed since it was sealed. A seal is no"
        " signature: whose document it is, it does not show.",
        compared=f"the seal with the content of {digest_text(sha256(denial))}",
    )
    return proof


def _examine(table: _Table, credentials: Sequence[Given], policy: Policy, now: datetime) -> None:
    """Read and verify every credential that was weighed, and every other one of the learner."""
    weighed = {one.digest for one in table.proof.candidates}
    for item in credentials:
        try:
            secured = read_secured(item)
            digest, document = secured.digest, secured.document
            facts = unit_facts(document)
        except NotAUnit:
            facts = None
        except CreditBankError:
            continue
        if facts is not None:
            table.facts[digest] = facts
        if digest in weighed or (facts is not None and facts.subject == table.proof.learner):
            table.documents[digest] = document
            table.reports[digest] = verify_credential(secured, table.evidence, policy=policy, now=now)


def _check_credentials(findings: Findings, table: _Table) -> None:
    """Each credential that was weighed says what its issuer signed."""
    name, weighed = "stack.credentials", table.proof.candidates
    no_units = [one.credential for one in weighed if one.digest in table.documents.keys() - table.facts.keys()]
    if no_units:
        findings.failed(name, f"{no_units[0][:120]} was weighed, but is not a unit of credit.")
        return
    for outcome, say in ((Outcome.FAILED, findings.failed), (Outcome.UNCHECKED, findings.unchecked)):
        for one in weighed:
            report = table.reports.get(one.digest)
            reason = _in_the_way(report, outcome) if report is not None else ""
            if report is not None and reason:
                say(name, f"«{(report.title or report.id)[:120]}» cannot be relied on. {reason}")
                return
    if table.missing:
        findings.unchecked(
            name,
            f"{len(table.missing)} of {len(weighed)} credentials that were weighed were not given, first"
            f" {table.missing[0][:120]}, so we cannot say what they are.",
        )
    else:
        findings.passed(name, f"Each of the {len(weighed)} credentials that were weighed is as its issuer signed it.")


def _in_the_way(report: Report, outcome: Outcome) -> str:
    """The first required check with this outcome that bears on a no."""
    for check in report.checks:
        if check.outcome is outcome and check.name in report.required and not check.name.startswith(OF_TIME):
            return check.sentence
    return ""


def _check_learner(findings: Findings, table: _Table) -> None:
    name, learner = "no.learner", table.proof.learner
    others = [
        one.credential
        for one in table.proof.candidates
        if one.digest in table.facts and table.facts[one.digest].subject != learner
    ]
    if others:
        findings.failed(name, f"{others[0][:120]} was issued to somebody else.")
    elif table.missing:
        findings.unchecked(name, "Not every credential was given, so we cannot say if all are one learner's.")
    else:
        findings.passed(name, f"Every credential that was weighed was issued to {learner[:200]}.")


def _check_complete(findings: Findings, table: _Table) -> None:
    name, besides, day = "no.complete", table.besides, table.proof.date
    if day > findings.now.date():  # by then every unit may be too old, and every decision over
        findings.failed(
            name,
            f"The no is of {day}, a day to come: nobody can say what the learner will have earned by then.",
            compared=f"the day of the no with {findings.now.date()}",
        )
    elif besides:
        findings.failed(
            name,
            f"«{besides[0].title[:120]}» is the learner's, was earned by {day}, and was not weighed.",
            compared="the credentials given with those that were weighed",
        )
    else:
        findings.passed(
            name,
            "Every credential of this learner that lies here was weighed. That the learner holds no others, no document"
            " can show.",
            compared="the credentials given with those that were weighed",
        )


def _so_many(credentials: int) -> str:
    return "the credential" if credentials == 1 else f"{credentials} credentials, first"


def _check_word(findings: Findings, table: _Table) -> None:
    """What the bank said of a credential beside what was signed: another source says it too, or it stays its word."""
    name, claims = "no.bank-word", table.proof.by_word
    open_ = [claim for claim in claims if not _borne_out(table, claim)]
    if not claims:
        findings.passed(
            name, "Nobody's word is taken: the no holds even if all of every credential were left and in force."
        )
    elif open_:
        findings.unchecked(
            name,
            f"The no rests on what the bank says of {_so_many(len(open_))} {open_[0].credential[:120]}"
            f" ({_claim(open_[0])}). Only its ledger can show that.",
        )
    else:
        findings.passed(name, f"What is said of {len(claims)} credentials stands in status lists and credentials too.")


def _borne_out(table: _Table, claim: Weighing) -> bool:
    """Whether the credential itself, or its status list, says what the bank says."""
    report, document = table.reports.get(claim.digest), table.documents.get(claim.digest)
    if report is None or document is None or claim.available is not None:
        return False
    revoked = not claim.revoked or report.check("status.revocation").outcome is Outcome.FAILED
    until = read_credential(document).valid_until
    expired = claim.expired is None or (until is not None and until.date() <= claim.expired)
    return revoked and expired


def _claim(claim: Weighing) -> str:
    if claim.revoked:
        return "that it was revoked"
    if claim.expired is not None:
        return f"that it could be counted until {claim.expired}"
    return f"that {claim.available} credits of it are left"


def _check_no(findings: Findings, table: _Table) -> None:
    """Answer `stack.*` for the documents, and whether the certificate shows what it says."""
    proof = table.proof
    found = check_documents(findings, table, None)
    if found is None or table.missing:
        because = "rule document" if found is None else "credential"
        findings.unchecked("no.decisions", f"Not every {because} was given, so this could not be asked.")
        findings.unchecked(
            "no.certificate", f"Not every {because} was given, so the certificate could not be added up."
        )
        return
    qualification, setting = found
    weighed = {one.digest: table.facts[one.digest] for one in proof.candidates if one.digest in table.facts}
    if reason := _still_standing(table, qualification):
        findings.failed("no.certificate", reason, compared="what was weighed with the status lists")
        findings.unchecked("no.decisions", "What is not shown with the decisions named is not asked of others.")
        return
    faults = check_refutation(proof, qualification, weighed, setting)
    compared = f"{len(proof.candidates)} credentials with the rules of {qualification.id} {qualification.version}"
    if faults:
        findings.failed(
            "no.certificate",
            f"The no is not shown. {' '.join(dict.fromkeys(fault.sentence for fault in faults[:5]))}",
            compared=compared,
            how=", ".join(dict.fromkeys(fault.slug for fault in faults[:20])),
        )
        findings.unchecked("no.decisions", "What is not shown with the decisions named is not asked of others.")
        return
    nodes = dict(qualification.nodes())
    rules = ", ".join(f"«{nodes[path].title}»" for path in proof.rules)
    findings.passed(
        "no.certificate",
        f"Added up again from signed credentials: whatever counts of these {len(proof.candidates)}, and wherever,"
        f" «{qualification.title}», version {qualification.version}, does not hold"
        + (f". What cannot hold together: {rules}." if rules else "."),
        compared=compared,
        how="Re-added here in whole numbers, without the engine that found it.",
    )
    _check_decisions_besides(findings, table, qualification, weighed, setting)


def _still_standing(table: _Table, rules: Qualification) -> str:
    """Which revoked credential the no takes for one in force although that changes what else there is; or nothing.

    A revoked unit was not attempted, and gives way to another credential of its issue.
    """
    listed = [table.facts[one.digest] for one in table.proof.candidates]
    issues = Counter((unit.issuer, lot_key(unit)) for unit in listed)
    for one, unit in zip(table.proof.candidates, listed, strict=True):
        alone = issues[unit.issuer, lot_key(unit)] == 1 and not weighs_attempts(rules)
        revoked = table.reports[one.digest].check("status.revocation").outcome is Outcome.FAILED
        if revoked and not one.revoked and not alone:
            return f"«{unit.title[:120]}» was revoked, and the no takes it for a unit that stands."
    return ""


def _check_decisions_besides(
    findings: Findings, table: _Table, qualification: Qualification, facts: dict[Digest, UnitFacts], setting: Setting
) -> None:
    """A decision that the body had signed, and did not weigh, must change nothing."""
    name, more = "no.decisions", adopted_besides(table, findings.now)
    compared = "the decisions that lie here with those that the no names"
    if not more:
        findings.passed(
            name, "Every decision of the awarding body that lies here and was in force was weighed.", compared=compared
        )
        return
    wider = replace(
        setting,
        conversions=(*setting.conversions, *(one for one in more if isinstance(one, ConversionPolicy))),
        recognitions=(*setting.recognitions, *(one for one in more if isinstance(one, Recognition))),
        acceptances=(*setting.acceptances, *(one for one in more if isinstance(one, Acceptance))),
        exceptions=(*setting.exceptions, *(one for one in more if isinstance(one, RuleException))),
    )
    first = more[0].id
    if proves(table.proof, qualification, facts, wider):
        findings.passed(
            name, f"{first} and {len(more) - 1} other decisions lie here and change nothing.", compared=compared
        )
    else:
        findings.failed(
            name,
            f"The awarding body had adopted {first} by that day, the no does not name it, and with it the no is not"
            " shown.",
            compared=compared,
        )


__all__ = ["verify_denial"]
