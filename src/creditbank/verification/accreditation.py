"""Was the issuer accredited for this, and may this body make this award? As registers that the verifier trusts say.

A register is trusted when the verifying party holds it itself, or when a source it trusts lists its digest as a rule.
One that merely came along with a credential is a claim, and is named as such.

The day that is asked about stands in the credential and is its issuer's own word. So what was anchored long after an
accreditation had ended is not taken for earned before it ended: nothing shows that it was.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from creditbank.canonical import JsonObject
from creditbank.credential import (
    AWARD_TYPE,
    AwardFacts,
    NotAnAward,
    NotAUnit,
    UnitFacts,
    award_facts,
    awards_nothing,
    unit_facts,
)
from creditbank.verification.anchors import Anchored
from creditbank.verification.check import Findings
from creditbank.verification.evidence import Evidence

ACCREDITED: Final = "issuer.accredited"
ENTITLED: Final = "award.entitled"


def check_accredited(
    findings: Findings, document: JsonObject, issuer: str, anchored: Anchored | None, evidence: Evidence
) -> None:
    """Answer `issuer.accredited`: for the field, level and kind of this unit, on the day it was earned.

    An award that is looked at without its sum is asked what `award.entitled` asks.
    """
    if claims_award(
        document
    ):  # most do not, and to read one as an award only to be refused takes as long as to read it
        try:
            _answer(findings, ACCREDITED, _award_asked(document), anchored, evidence)
            return
        except NotAnAward:
            pass
    try:
        unit = unit_facts(document)
    except NotAUnit:
        if awards_nothing(document):
            findings.not_applicable(ACCREDITED, "It awards no learning itself; what stands inside is asked about.")
            return
        findings.unchecked(
            ACCREDITED,
            f"It is no unit of credit, so we cannot say for what {issuer[:200]} would have to be accredited.",
        )
        return
    _answer(findings, ACCREDITED, _unit_asked(document, unit), anchored, evidence)


def claims_award(document: JsonObject) -> bool:
    """Whether a document has the type of an award, without which it is none."""
    types = document.get("type")
    return AWARD_TYPE in (types if isinstance(types, list) else [types])


def check_entitled(findings: Findings, document: JsonObject, anchored: Anchored | None, evidence: Evidence) -> None:
    """Answer `award.entitled`: may this body award this version of this qualification, on the date of the award?

    Where a register does not list a body's qualifications one by one, its accreditation for awards of that level and
    kind answers.
    """
    findings.not_applicable(ACCREDITED, "This is an award: whether its body may make it is asked by award.entitled.")
    try:
        asked = _award_asked(document)
    except NotAnAward:
        return
    _answer(findings, ENTITLED, asked, anchored, evidence)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question for a register: about whom, as of which day, in which words, and the facts that it turns on."""

    body: str
    on: date
    words: str
    facts: UnitFacts | AwardFacts
    document: JsonObject


def _unit_asked(document: JsonObject, unit: UnitFacts) -> Asked:
    return Asked(unit.issuer, unit.earned, "accredited for this", unit, document)


def _award_asked(document: JsonObject) -> Asked:
    award = award_facts(document)
    return Asked(award.issuer, award.awarded, f"entitled to award {award.qualification[:200]}", award, document)


def _answer(findings: Findings, name: str, asked: Asked, anchored: Anchored | None, evidence: Evidence) -> None:
    if not evidence.registers and not evidence.register_claims:
        findings.unchecked(name, nobody(asked, evidence))
        return
    from creditbank.verification.registers import answer  # loads every kind of rule document

    answer(findings, name, asked, anchored, evidence)


def nobody(asked: Asked, evidence: Evidence) -> str:
    """What to say where no register counts."""
    if evidence.register_claims:
        return (
            "A register came along with it, which is a claim: name a register that you trust yourself, or nobody"
            f" can say whether {asked.body[:200]} was {asked.words}."
        )
    return f"No register was given, so we cannot say whether {asked.body[:200]} was {asked.words}."
