"""What the registers say that a verifier trusts: the newest snapshot of each, and who vouches for it.

Loaded only where a register is at hand, since reading one loads every kind of rule document.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from creditbank.canonical import Digest, JsonObject, digest_text
from creditbank.credential import Achievement, AwardFacts, UnitFacts
from creditbank.errors import CreditBankError
from creditbank.framework import (
    Accreditation,
    Entitlement,
    Provision,
    Reason,
    Refusal,
    Register,
    document_digest,
    newest,
)
from creditbank.verification.accreditation import Asked, nobody
from creditbank.verification.anchors import Anchored
from creditbank.verification.check import Findings
from creditbank.verification.evidence import Evidence
from creditbank.verification.moments import allowing

TEACHING_OUT: Final = timedelta(days=92)
"""How long after an accreditation has ended what was earned under it may still be anchored: results are confirmed and
credentials issued within a term."""

FURTHEST_ZONE: Final = timedelta(hours=14)  # where a day begins first, ahead of UTC

Answer: TypeAlias = Accreditation | Entitlement | Refusal
Question: TypeAlias = Callable[[Register, date], Answer]


@dataclass(frozen=True, slots=True)
class _Trusted:
    """A register that counts, and who vouches for it."""

    register: Register
    voucher: str

    @property
    def told(self) -> str:
        """How a report names it: publisher, id, day, digest and voucher."""
        digest = digest_text(document_digest(self.register))
        return f"Told by {self.register.label}, {digest}; vouched for by {self.voucher}."


def provision_of(achievement: Achievement) -> Provision:
    """What a register is asked about a unit: its fields, its levels, its kind and its id."""
    levels = (achievement.level, *achievement.further_levels)
    return Provision(
        tuple(sorted(one.code for one in achievement.fields)),
        tuple((one.framework, one.code) for one in levels if one is not None),
        achievement.achievement_type,
        achievement.id,
    )


def answer(findings: Findings, name: str, asked: Asked, anchored: Anchored | None, evidence: Evidence) -> None:
    """Answer the check `name` by the registers that count."""
    trusted, disputed = _trusted(evidence, allowing(findings.now, FURTHEST_ZONE).date())
    if disputed or not trusted:
        findings.unchecked(name, disputed or nobody(asked, evidence))
        return
    compared = f"{asked.body} and {asked.on} with {len(trusted)} register{'' if len(trusted) == 1 else 's'}"
    question = _question(asked)
    refusals: list[tuple[_Trusted, Refusal]] = []
    for one in trusted:
        found = question(one.register, asked.on)
        if isinstance(found, Refusal):
            refusals.append((one, found))
            continue
        if late := _late(asked, question, one.register, anchored):
            findings.unchecked(name, late, compared=compared, how=one.told)
            return
        findings.passed(name, _yes(asked, found), compared=compared, how=one.told, source=one.register.label)
        return
    known = [(one, found) for one, found in refusals if found.known]
    one, first = (known or refusals)[0]
    say = findings.failed if known else findings.unchecked
    say(name, first.sentence, compared=compared, how=one.told)


def _yes(asked: Asked, found: Accreditation | Entitlement) -> str:
    if isinstance(found, Entitlement):
        return f"The body was {asked.words} on {asked.on}."
    conditions = f" Its conditions: {'; '.join(found.conditions)}" if found.conditions else ""
    return f"The body was {asked.words} on {asked.on}, by {found.by[:200]} ({found.id}).{conditions}"


def _late(asked: Asked, question: Question, register: Register, anchored: Anchored | None) -> str:
    """Why the day that is asked about cannot be believed, or an empty text."""
    if anchored is None:
        return ""
    day = anchored.time.date()
    if not _over(question(register, day)):
        return ""
    latest = max(asked.on, date.fromordinal(max(1, day.toordinal() - TEACHING_OUT.days)))
    if not _over(question(register, latest)):
        return ""
    return (
        f"By its own date of {asked.on} the body was {asked.words}, but it was anchored on {day}, more than"
        f" {TEACHING_OUT.days} days after that had ended; nothing shows that it is older."
    )


def _over(found: Answer) -> bool:
    return isinstance(found, Refusal) and found.reason in (Reason.LAPSED, Reason.WITHDRAWN)


def _question(asked: Asked) -> Question:
    facts = asked.facts
    if isinstance(facts, AwardFacts):
        levels = () if facts.level is None else ((facts.level.framework, facts.level.code),)
        wanted = Provision((), levels, facts.kind, facts.qualification)
        return lambda register, on: register.entitlement(facts.issuer, on, facts.qualification, facts.version, wanted)
    provision = _provision(asked.document, facts)
    return lambda register, on: register.accreditation_of(facts.issuer, on, provision)


def _provision(document: JsonObject, unit: UnitFacts) -> Provision:
    """A credential of our own making states further levels; of another's the facts that every unit has are taken."""
    subject = document.get("credentialSubject")
    try:
        return provision_of(Achievement.from_json(subject.get("achievement") if isinstance(subject, dict) else None))
    except CreditBankError:
        levels = () if unit.level is None else ((unit.level.framework, unit.level.code),)
        return Provision(tuple(sorted(unit.fields)), levels, unit.kind, unit.achievement)


def _trusted(evidence: Evidence, latest: date) -> tuple[list[_Trusted], str]:
    """The newest trusted snapshot of each register; or what to say when those that are trusted say nothing.

    A snapshot that claims to be taken after `latest` would speak of days that nobody has seen, so it does not count.
    """
    vouchers: dict[Digest, str] = {document_digest(one): evidence.source for one in evidence.registers}
    held = {document_digest(one): one for one in (*evidence.register_claims, *evidence.registers)}
    trust = evidence.trust
    if trust is not None:
        for digest, one in held.items():
            for fact in trust.rule(one.id, one.version):
                if fact.digest == digest:
                    vouchers.setdefault(digest, trust.told_by(fact))
    counted = {digest: held[digest] for digest in vouchers}
    if disputed := _disputed(counted.values(), evidence):
        return [], disputed
    ahead = [one for one in counted.values() if one.taken > latest.isoformat()]
    counted = {digest: one for digest, one in counted.items() if one not in ahead}
    if ahead and not counted:
        return [], f"The register {ahead[0].id} is dated {ahead[0].taken}, a day that has not come, so it says nothing."
    last = {document_digest(one) for one in newest(counted.values())}
    return [_Trusted(one, vouchers[digest]) for digest, one in sorted(counted.items()) if digest in last], ""


def _disputed(registers: Iterable[Register], evidence: Evidence) -> str:
    """Which snapshot those we trust have in two texts, or an empty text."""
    seen: dict[tuple[str, str], Digest] = {}
    trust = evidence.trust
    for one in registers:
        key, digest = (one.id, one.taken), document_digest(one)
        facts = [] if trust is None else trust.rule(one.id, one.version)
        if seen.setdefault(key, digest) != digest or any(fact.digest != digest for fact in facts):
            return (
                f"Those you trust have two different texts of the register {one.id} of {one.taken}, so it says nothing."
            )
    return ""
