"""Verify an award: the award as a credential, each credential it was built from, then the sum.

The arithmetic itself stands in `creditbank.stacking.checker`; here is asked whether what goes into it may be
believed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Protocol, TypeVar

from creditbank.canonical import Digest, digest_text, load_object, sha256
from creditbank.credential import (
    AwardFacts,
    NotAnAward,
    NotAUnit,
    UnitFacts,
    award_facts,
    read_credential,
    unit_facts,
)
from creditbank.errors import CreditBankError
from creditbank.framework import (
    Acceptance,
    AnyDocument,
    ConversionPolicy,
    CreditSystem,
    Framework,
    Qualification,
    Recognition,
    Register,
    RuleException,
    document_digest,
)
from creditbank.stacking.checker import check
from creditbank.stacking.disproof import Refutation
from creditbank.stacking.proof import DocumentRef, StackingProof, read_proof
from creditbank.stacking.setting import Setting
from creditbank.units import instant_text
from creditbank.verification.accreditation import check_entitled
from creditbank.verification.anchors import LATE, Anchored
from creditbank.verification.check import AWARD_CHECKS, CREDENTIAL_CHECKS, Findings, Outcome
from creditbank.verification.decisions import (
    Decision,
    Finding,
    SignedDecision,
    decider_of,
    judge_signature,
    out_of_force,
    revoked_by,
    version_of,
)
from creditbank.verification.evidence import Evidence
from creditbank.verification.given import Given, Secured, read_secured
from creditbank.verification.moments import allowing
from creditbank.verification.policy import Policy
from creditbank.verification.report import Kind, Report
from creditbank.verification.rules import Rules
from creditbank.verification.spending import check_spent
from creditbank.verification.trust import TrustFacts, admitted_at
from creditbank.verification.verifier import (
    Examined,
    check_parts,
    examine,
    merged_chains,
    merged_sources,
    title_of,
    verify_credential,
)

NO_PROOF: Final = "there is no stacking proof that the award is bound to"
D = TypeVar("D", Framework, Qualification, ConversionPolicy, Recognition, Acceptance, RuleException, Register)


class Standing(NamedTuple):
    """A rule document that a proof names: found or not, vouched for by whom, contradicted by whom."""

    document: AnyDocument | None
    voucher: str
    contradiction: str

    @property
    def disputed(self) -> str:
        """What to say when those we trust have different texts of one version, or an empty text."""
        if not (self.voucher and self.contradiction):
            return ""
        return f"{self.voucher} has this text and {self.contradiction} has another one under the same version"


class Table(Protocol):
    """What a stated sum, or a stated no, is weighed with: the statement, the rules at hand, and the evidence."""

    rules: Rules
    evidence: Evidence

    @property
    def proof(self) -> StackingProof | Refutation:
        """The statement, whose documents and decisions are looked at."""

    @property
    def trust(self) -> TrustFacts | None:
        """The facts that the verifying party trusts."""

    def overstated(self, rules: Qualification) -> str:
        """How what was signed claims to be something else than its rules give, or an empty text."""


@dataclass(slots=True)
class _Bench:
    """Everything on the table while one award is weighed."""

    proof: StackingProof
    award: AwardFacts
    rules: Rules
    evidence: Evidence
    given: dict[Digest, Secured]
    facts: dict[Digest, UnitFacts] = field(default_factory=dict)

    @property
    def trust(self) -> TrustFacts | None:
        return self.evidence.trust

    def overstated(self, rules: Qualification) -> str:
        return _overstated(self.award, rules)

    @property
    def missing(self) -> list[str]:
        """The credentials that the proof names and nobody gave us."""
        return [credential for digest, credential in self.proof.named.items() if digest not in self.given]


def verify_award(
    award: Given,
    proof: bytes | None,
    credentials: Sequence[Given],
    rules: Rules,
    evidence: Evidence,
    *,
    policy: Policy,
    now: datetime,
) -> Report:
    """Re-check an award from its documents alone: no database, no solver, no network.

    `proof` are the exact bytes of the stacking proof; `credentials` may hold more than the proof counts. The
    report's `parts` are the reports of the credentials that count. Never raises for a bad award.
    """
    findings = Findings(now)
    examined = examine(findings, award, evidence, policy)
    given = _by_digest(credentials)
    parts: tuple[Report, ...] = ()
    if examined.document is not None and examined.view is not None:
        check_entitled(findings, examined.document, examined.anchored, evidence)
        bench = _bind(findings, examined, proof, rules, evidence, given)
        if bench is not None:
            used = [given[digest] for digest in bench.proof.named if digest in given]
            parts = tuple(verify_credential(item, evidence, policy=policy, now=now) for item in used)
            _check_awarder(findings, bench, examined.anchored)
            _check_credentials(findings, bench, parts)
            _check_learner(findings, bench)
            check_spent(findings, bench.award, bench.proof.uses, bench.facts, bench.trust, bench.proof.gives_up)
            _check_sum(findings, bench, examined.anchored)
    names = findings.with_ways((*CREDENTIAL_CHECKS, *AWARD_CHECKS), policy.required)
    because = examined.because if examined.view is None else NO_PROOF
    return Report(
        kind=Kind.AWARD,
        id=examined.id,
        title=title_of(examined.document),
        issuer=examined.issuer,
        policy=policy,
        required=policy.required_of(names) - examined.excused,
        checks=findings.in_order(names, because),
        sources=merged_sources(findings, (*parts, *examined.parts)),
        chains=tuple(dict.fromkeys((*examined.chains, *merged_chains((*parts, *examined.parts))))),
        checked_at=now,
        parts=(*parts, *examined.parts),
        lists=tuple(findings.lists),
    )


def _by_digest(credentials: Sequence[Given]) -> dict[Digest, Secured]:
    """The credentials by digest; one that cannot be read has none and so cannot be counted."""
    found: dict[Digest, Secured] = {}
    for item in credentials:
        try:
            secured = read_secured(item)
            found[secured.digest] = secured
        except CreditBankError:
            continue
    return found


def _bind(
    findings: Findings,
    examined: Examined,
    proof: bytes | None,
    rules: Rules,
    evidence: Evidence,
    given: dict[Digest, Secured],
) -> _Bench | None:
    """Answer `award.proof-bound`: is this the proof that was signed into the award, and of this award?"""
    name = "award.proof-bound"
    try:
        award = award_facts(examined.document)
    except NotAnAward as cause:
        findings.failed(name, f"This credential is not an award. {cause.sentence}", how=f"At {cause.place}.")
        return None
    if proof is None:
        findings.unchecked(name, "We were given no stacking proof, so we cannot say what this award was built from.")
        return None
    digest = sha256(proof)
    compared = f"the digest of the proof {digest_text(digest)} with the signed one {digest_text(award.proof_digest)}"
    if digest != award.proof_digest:
        findings.failed(name, "This stacking proof is not the one that the award was signed with.", compared=compared)
        return None
    try:
        read = read_proof(load_object(proof, max_bytes=16 * 1024 * 1024))
    except CreditBankError as cause:
        findings.failed(name, f"The stacking proof cannot be read. {cause.sentence}", how=f"At {cause.place}.")
        return None
    if reason := _another(read, award) or _postdated(award, examined.anchored):
        findings.failed(name, reason, compared=compared)
        return None
    findings.passed(name, "The award is bound by its signature to exactly this stacking proof.", compared=compared)
    return _Bench(read, award, rules, evidence, given)


def _another(proof: StackingProof, award: AwardFacts) -> str:
    """How the proof speaks of something else than the award, or an empty text."""
    pairs = (
        ("award", proof.award, award.credential),
        ("proof id", proof.id, award.proof),
        ("qualification", proof.qualification.id, award.qualification),
        ("version of the rules", proof.qualification.version, award.version),
    )
    for what, stated, signed in pairs:
        if stated != signed:
            return f"The stacking proof is of another {what}: {stated[:120]!r}; the award says {signed[:120]!r}."
    if proof.date > award.awarded:
        return f"The stacking proof is dated {proof.date}, after the award of {award.awarded}."
    return ""


def _postdated(award: AwardFacts, anchored: Anchored | None) -> str:
    """How an award claims a day on which it was long anchored, or an empty text."""
    if anchored is None or award.awarded <= allowing(anchored.time, LATE).date():
        return ""
    return f"The award is dated {award.awarded}, after the block that anchors it ({instant_text(anchored.time)})."


def _check_awarder(findings: Findings, bench: _Bench, anchored: Anchored | None) -> None:
    name, awarder = "award.awarder", bench.award.issuer
    if bench.proof.awarding != awarder:
        findings.failed(
            name,
            f"The sum was made for awards of {bench.proof.awarding[:200]}, but {awarder[:200]} signed.",
            compared="the awarding body of the proof with the issuer of the award",
        )
        return
    trust = bench.trust
    facts = [] if trust is None else trust.awarder(awarder)
    if trust is None or not facts:
        findings.unchecked(
            name,
            f"No source we trust says anything about {awarder[:200]} as an awarding body, so we cannot say.",
        )
        return
    source = "; ".join(dict.fromkeys(trust.told_by(fact) for fact in facts))
    moment = anchored.time if anchored is not None else findings.now
    if all(admitted_at(fact, moment) for fact in facts):
        findings.passed(
            name,
            "The body that signed is admitted to award.",
            compared=f"{awarder} with the admitted awarders",
            how=f"Told by {source}.",
            source=source,
        )
    else:
        findings.failed(
            name,
            f"{awarder[:200]} was not admitted to award on {instant_text(moment)}.",
            how=f"Told by {source}.",
        )


def _check_credentials(findings: Findings, bench: _Bench, parts: tuple[Report, ...]) -> None:
    name = "stack.credentials"
    for digest, secured in bench.given.items():
        try:
            bench.facts[digest] = unit_facts(secured.document)
        except NotAUnit:
            continue
    without = bench.given.keys() - bench.facts.keys()
    no_units = [credential for digest, credential in bench.proof.named.items() if digest in without]
    if no_units:
        findings.failed(name, f"{no_units[0][:120]} stands in the sum, but is not a unit of credit.")
    elif reason := _untimely(bench):
        findings.failed(name, reason, compared="the dates of each credential with the day of the sum")
    elif bench.missing:
        findings.unchecked(
            name,
            f"{len(bench.missing)} of {len(bench.proof.named)} credentials that count were not given, first"
            f" {bench.missing[0][:120]}, so we cannot say whether they are good.",
        )
    else:
        check_parts(findings, name, parts)


def _untimely(bench: _Bench) -> str:
    """Which credential was not yet issued, or no longer good, on the day of the sum; or an empty text.

    A university that dates a sum back chooses which rules and decisions were in force; it cannot date it back
    before the credentials that it counts.
    """
    day = bench.proof.date
    for digest in (digest for digest in bench.proof.named if digest in bench.facts):
        view = read_credential(bench.given[digest].document)
        if view.valid_from is not None and view.valid_from.date() > day:
            return f"{view.id[:120]} was issued {instant_text(view.valid_from)}, after the day of the sum, {day}."
        if view.valid_until is not None and view.valid_until.date() < day:
            return f"{view.id[:120]} was good until {instant_text(view.valid_until)}; the sum is of {day}."
    return ""


def _check_learner(findings: Findings, bench: _Bench) -> None:
    """Award, proof and every credential that counts speak of one person."""
    name, learner = "award.learner", bench.award.subject
    compared = "the subject of the award with that of the proof and of each credential"
    others = [
        credential
        for digest, credential in bench.proof.named.items()
        if digest in bench.facts and bench.facts[digest].subject != learner
    ]
    if bench.proof.learner != learner:
        findings.failed(name, "The sum was made for another learner than the award names.", compared=compared)
    elif others:
        findings.failed(name, f"{others[0][:120]} was issued to somebody else.", compared=compared)
    elif bench.missing:
        findings.unchecked(name, "Not every credential was given, so we cannot say if all are one learner's.")
    else:
        findings.passed(name, "The award and every credential in it were issued to one learner.", compared=compared)


def _check_sum(findings: Findings, bench: _Bench, anchored: Anchored | None) -> None:
    """Answer `stack.*` but the credentials: may these rules be used, and does the sum hold under them?"""
    proof = bench.proof
    found = check_documents(findings, bench, anchored)
    name = "stack.arithmetic"
    if found is None:
        findings.unchecked(name, "Not every rule document was given, so the sum could not be added up again.")
        return
    if bench.missing:
        findings.unchecked(name, "Not every credential was given, so the sum could not be added up again.")
        return
    qualification, setting = found
    faults = check(proof, qualification, bench.facts, setting)
    if faults:
        listed = " ".join(dict.fromkeys(fault.sentence for fault in faults[:5]))
        findings.failed(
            name,
            f"The sum does not hold. {listed}",
            compared=f"{len(proof.uses)} uses with the rules of {qualification.id} {qualification.version}",
            how=", ".join(dict.fromkeys(f"{fault.slug} {fault.node}".strip() for fault in faults[:20])),
        )
    else:
        findings.passed(
            name,
            f"Added up again from signed credentials: {proof.counted} credits from {len(proof.uses)} units"
            f" satisfy every rule of «{qualification.title}», version {qualification.version}.{_over(proof)}",
            compared=f"{len(proof.uses)} uses with the rules of {qualification.id} {qualification.version}",
            how="Re-added here, without the engine that found the allocation.",
        )


def check_documents(
    findings: Findings, bench: Table, anchored: Anchored | None
) -> tuple[Qualification, Setting] | None:
    """Answer for the rules and each kind of decision that the statement names; return what they are, if all are here.

    The setting holds these documents and no others.
    """
    proof = bench.proof
    qualification = _check_rules(findings, bench)
    conversions = _check_decisions(findings, bench, "stack.conversions", proof.conversions, ConversionPolicy, anchored)
    recognitions = _check_decisions(findings, bench, "stack.recognitions", proof.recognitions, Recognition, anchored)
    acceptances = _check_decisions(findings, bench, "stack.acceptances", proof.acceptances, Acceptance, anchored)
    exceptions = _check_decisions(findings, bench, "stack.exceptions", proof.exceptions, RuleException, anchored)
    frameworks = [_found(bench, ref, Framework) for ref in proof.frameworks]
    registers = [_found(bench, ref, Register) for ref in proof.registers]
    decisions = (*conversions, *recognitions, *acceptances, *exceptions)
    if qualification is None or None in (*decisions, *frameworks, *registers):
        return None
    return qualification, Setting(
        date=proof.date,
        awarding=proof.awarding,
        frameworks={item.id: item for item in frameworks if item is not None},
        systems={item.id: item for item in bench.rules.own if isinstance(item, CreditSystem)},
        conversions=tuple(item for item in conversions if item is not None),
        recognitions=tuple(item for item in recognitions if item is not None),
        acceptances=tuple(item for item in acceptances if item is not None),
        exceptions=tuple(item for item in exceptions if item is not None),
        register=registers[0] if registers else None,
    )


def adopted_besides(bench: Table, now: datetime) -> list[Decision]:
    """Decisions that lie here, that the awarding body signed and had in force on the day, and that are not named.

    An exception for another learner is nobody's business here.
    """
    named = {ref.digest for ref in bench.proof.decisions}
    found = [
        one
        for one in bench.rules.signed
        if one.digest not in named
        and one.by == bench.proof.awarding
        and not (isinstance(one.decision, RuleException) and one.decision.learner != bench.proof.learner)
    ]
    return [one.decision for one in found if _judge_signed(bench, one, now, None).outcome is Outcome.PASSED]


def _over(proof: StackingProof) -> str:
    """What a sum over attempted units cannot show, or an empty text."""
    if not proof.attempted:
        return ""
    return (
        f" Some of them run over all attempted units: {len(proof.attempted)} were listed, and no credential shows that"
        " nothing was left out."
    )


def _check_rules(findings: Findings, bench: Table) -> Qualification | None:
    """Answer `stack.rules` for the qualification, its frameworks and its register; return the first if at hand."""
    name, proof = "stack.rules", bench.proof
    qualification = _found(bench, proof.qualification, Qualification)
    refs = [(proof.qualification, _stand(bench, proof.qualification, Qualification))]
    refs += [(ref, _stand(bench, ref, Framework)) for ref in proof.frameworks]
    refs += [(ref, _stand(bench, ref, Register)) for ref in proof.registers]
    compared = ", ".join(f"{ref.id} {ref.version} {digest_text(ref.digest)}" for ref, _ in refs)
    for ref, standing in refs:
        if standing.contradiction and not standing.voucher:
            findings.failed(
                name,
                f"The proof rests on {ref.id} {ref.version} in another text than {standing.contradiction} has.",
                compared=compared,
            )
            return qualification
    if qualification is not None and (reason := bench.overstated(qualification)):
        findings.failed(name, reason, compared=compared)
        return qualification
    for ref, standing in refs:
        why = "came along, and no source we trust lists it" if not standing.voucher else standing.disputed
        if standing.document is None or why:
            findings.unchecked(
                name,
                f"The rules {ref.id} {ref.version}: the document {why if standing.document else 'was not given'}, so"
                " we cannot say if it is real.",
                compared=compared,
            )
            return qualification
    voucher = refs[0][1].voucher
    findings.passed(
        name,
        f"The rules are {proof.qualification.id}, version {proof.qualification.version}, as we know them.",
        compared=compared,
        how=f"Vouched for by {voucher}.",
        source=voucher,
    )
    return qualification


def _overstated(award: AwardFacts, rules: Qualification) -> str:
    """How the award claims to be something else than its rules give, or an empty text."""
    level = None if award.level is None else (award.level.framework, award.level.code)
    given = None if rules.level is None else (rules.framework, rules.level)
    for what, stated, right in (
        ("level", _spelled(level), _spelled(given)),
        ("name", award.title, rules.title),
        ("kind of achievement", award.kind or "none", rules.achievement_type),
    ):
        if stated != right:
            return f"The award states the {what} {stated[:200]!r}, where its rules give {right!r}."
    return ""


def _spelled(level: tuple[str, str] | None) -> str:
    return "none" if level is None else f"{level[1]} of {level[0]}"


def _check_decisions(
    findings: Findings,
    bench: Table,
    name: str,
    refs: tuple[DocumentRef, ...],
    kind: type[D],
    anchored: Anchored | None,
) -> list[D | None]:
    """Whether each decision is one that we trust, or that the awarding body adopted with its own signature."""
    found = [_found(bench, ref, kind) for ref in refs]
    if not refs:
        findings.not_applicable(name, "Nothing in this sum rests on such a decision.")
        return found
    words: list[str] = []
    for ref, document in zip(refs, found, strict=True):
        verdict = _adoption(bench, ref, document, _stand(bench, ref, kind), findings.now, anchored)
        if verdict.outcome is not Outcome.PASSED:
            say = findings.failed if verdict.outcome is Outcome.FAILED else findings.unchecked
            say(name, verdict.sentence, compared="each decision with what its body signed")
            return found
        words.append(verdict.sentence)
    findings.passed(
        name,
        f"Every decision used is named and adopted: {'; '.join(words)}.",
        compared="each decision with what its body signed, and who decided with who awards",
        how="The award's signature covers the decisions by their digests.",
    )
    return found


def _adoption(
    bench: Table,
    ref: DocumentRef,
    document: AnyDocument | None,
    standing: Standing,
    now: datetime,
    anchored: Anchored | None,
) -> Finding:
    """Whose decision this is and whether it may be used, as a sentence; when it may, as part of one."""
    if not isinstance(document, Decision):
        return _posing(bench, ref, now, anchored)
    if standing.contradiction:
        disputed = standing.disputed or f"{standing.contradiction} has another text under the same version"
        outcome = Outcome.UNCHECKED if standing.voucher else Outcome.FAILED
        return Finding(outcome, f"The decision {ref.id} {ref.version}: {disputed}.")
    decider, day = decider_of(document), bench.proof.date
    if not document.valid_on(day):
        return Finding(Outcome.FAILED, f"The decision {ref.id} is not in force on the day of the sum, {day}.")
    if isinstance(document, RuleException) and (reason := _not_for_this(bench, document)):
        return Finding(Outcome.FAILED, reason)
    sample = " (a sample)" if document.sample else ""
    if standing.voucher:
        by = "the awarding body" if decider == bench.proof.awarding else decider
        return Finding(Outcome.PASSED, f"{ref.id}{sample} by {by}, listed by {standing.voucher}")
    if decider != bench.proof.awarding:
        return Finding(
            Outcome.UNCHECKED if bench.trust is None else Outcome.FAILED,
            f"{ref.id} was decided by {decider[:200]}, which is not the awarding body, and no source we trust"
            " lists it.",
        )
    return _signed_by_awarder(bench, ref, sample, now, anchored)


def _not_for_this(bench: Table, exception: RuleException) -> str:
    """Why an exception holds nothing in this sum, whoever decided it, or an empty text."""
    if exception.learner != bench.proof.learner:
        return f"The exception {exception.id} is for another learner than the one whose sum this is."
    if exception.rules.digest != digest_text(bench.proof.qualification.digest):
        rules = f"{exception.rules.id} {exception.rules.version}"
        return f"The exception {exception.id} is about another text of the rules {rules} than the sum rests on."
    return ""


def _signed_by_awarder(
    bench: Table, ref: DocumentRef, sample: str, now: datetime, anchored: Anchored | None
) -> Finding:
    """Look for this text among the decisions that the awarding body signed; any good signature will do."""
    judged = [_judge_signed(bench, one, now, anchored) for one in bench.rules.signed if one.digest == ref.digest]
    for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.UNCHECKED):
        for finding in judged:
            if finding.outcome is outcome:
                passed = f"{ref.id}{sample} by the awarding body, which {finding.sentence}"
                return Finding(outcome, passed if outcome is Outcome.PASSED else finding.sentence)
    return Finding(
        Outcome.UNCHECKED,
        f"The decision {ref.id} came along without the signature of the body that adopted it, and no source we trust"
        " lists it, so we cannot say whether it is adopted.",
    )


def _judge_signed(bench: Table, one: SignedDecision, now: datetime, anchored: Anchored | None) -> Finding:
    name, day = one.decision.id, bench.proof.date
    if one.by != bench.proof.awarding:
        return Finding(Outcome.FAILED, f"The decision {name} was signed by {one.by[:200]}, not by the awarding body.")
    signature = judge_signature(one.value, one.by, bench.evidence, now, anchored)
    if signature.outcome is not Outcome.PASSED:
        return Finding(signature.outcome, f"The signed decision {name}: {signature.sentence}")
    if reason := out_of_force(one, day):
        return Finding(Outcome.FAILED, f"The decision did not apply on the day of the sum: {reason}")
    revoked = [item for item in revoked_by(one, bench.rules.revocations, bench.evidence, now) if item.since <= day]
    if revoked:
        since = min(item.since for item in revoked)
        return Finding(Outcome.FAILED, f"The awarding body revoked {name} from {since} on; the sum is of {day}.")
    return Finding(Outcome.PASSED, f"adopted it on {one.adopted}")


def _posing(bench: Table, ref: DocumentRef, now: datetime, anchored: Anchored | None) -> Finding:
    """The text that the proof names is not at hand: is another one given in its place?"""
    for one in bench.rules.signed:
        if (one.decision.id, version_of(one.decision)) != (ref.id, ref.version):
            continue
        signature = judge_signature(one.value, one.by, bench.evidence, now, anchored)
        if signature.outcome is Outcome.FAILED:
            return Finding(Outcome.FAILED, f"The signed decision given as {ref.id}: {signature.sentence}")
        if ref.version:
            return Finding(
                Outcome.FAILED,
                f"The signed decision given as {ref.id} {ref.version} has another text than the one the sum rests on.",
            )
    return Finding(Outcome.UNCHECKED, f"The decision {ref.id} was not given, so we cannot say whose it is.")


def _found(bench: Table, ref: DocumentRef, kind: type[D]) -> D | None:
    document = _stand(bench, ref, kind).document
    return document if isinstance(document, kind) else None


def _stand(bench: Table, ref: DocumentRef, kind: type[AnyDocument]) -> Standing:
    """Find the document of this digest, and who vouches for it or has another text of that version.

    A framework and its credit system may share an id, so only documents of one kind are compared. Decisions
    without versions may follow one another, so another text of one contradicts nothing.
    """
    rules, trust, evidence = bench.rules, bench.trust, bench.evidence
    mine, claimed = (*rules.own, *evidence.registers), (*rules.came, *evidence.register_claims)
    own = {document_digest(item): item for item in mine if item.id == ref.id and isinstance(item, kind)}
    came = {document_digest(item): item for item in claimed if item.id == ref.id and isinstance(item, kind)}
    told = {digest: rules.source for digest, item in own.items() if getattr(item, "version", "") == ref.version}
    if trust is not None:
        told |= {fact.digest: trust.told_by(fact) for fact in trust.rule(ref.id, ref.version)}
    voucher = told.pop(ref.digest, "")
    contradiction = next(iter(told.values()), "") if ref.version else ""
    return Standing(own.get(ref.digest) or came.get(ref.digest), voucher, contradiction)
