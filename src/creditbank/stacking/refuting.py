"""Check a proof of a no: state the problem anew from rules and signed facts, and add its certificate up.

Nothing here searches. What is confirmed is this: from these credentials, under these rules, with these decisions, by
no choice of what to count and where, do the rules hold. Whether the credentials are genuine is for verification to
ask first; whether the learner holds others, nobody can show.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from creditbank.canonical import Digest
from creditbank.credential.facts import UnitFacts
from creditbank.errors import CreditBankError
from creditbank.framework.decision import Acceptance
from creditbank.framework.exception import RuleException
from creditbank.framework.framework import ConversionPolicy, Framework, Recognition
from creditbank.framework.qualification import Group, Qualification
from creditbank.framework.register import Register
from creditbank.stacking.certificate import Branch, Ground, Proof, Weights, confirms
from creditbank.stacking.checker import Fault
from creditbank.stacking.disproof import Refutation, Weighing
from creditbank.stacking.enumeration import TooMuch
from creditbank.stacking.excepting import applied, under_exceptions
from creditbank.stacking.proof import DocumentRef
from creditbank.stacking.setting import Candidate, Setting, acceptances_used, level_codes, require_applicable
from creditbank.stacking.solver import TooComplex
from creditbank.stacking.weighing import build

MAX_LOOKS: Final = 2_000_000
"""How many times one credential is looked at in all, at most."""
MAX_WORK: Final = 20_000_000
"""How many ways to use a credential, bounds and rules are looked at in all, at most."""


def check_refutation(
    refutation: Refutation, qualification: Qualification, facts: Mapping[Digest, UnitFacts], setting: Setting
) -> tuple[Fault, ...]:
    """Every fault of a proof of a no; an empty answer confirms it, as far as `refutation.by_word` may be believed.

    `facts` holds what each verified credential says, by the credential's digest; one of the learner's that the proof
    did not weigh is a fault. The decisions of `setting` must be the ones that the proof names: a no under fewer
    decisions is another no. Never raises for a wrong proof.
    """
    try:
        rules = under_exceptions(qualification, setting, refutation.learner)
        require_applicable(rules, setting)
    except CreditBankError as cause:
        return (Fault(cause.slug, "", cause.sentence),)
    faults = [
        *_statement(refutation, rules, setting),
        *_candidates(refutation, facts),
        *_left_out(refutation, facts),
    ]
    if faults:
        return tuple(faults)
    looks = size(refutation.certificate) * (len(refutation.candidates) + 1)
    try:
        ground = _ground(refutation, rules, facts, setting)
    except TooComplex as reached:
        return (Fault(reached.limit, "", reached.sentence),)
    if looks > MAX_LOOKS or work(ground, refutation.certificate) > MAX_WORK:
        return (Fault("too-long", "", "The certificate is too long to be added up for so many credentials."),)
    if not confirms(ground, refutation.certificate):
        return (Fault("proves-nothing", "", "The certificate does not show that these rules cannot hold."),)
    if refutation.rules != colliding(ground, refutation.certificate):
        return (Fault("other-conflict", "", "The rules that are said to collide are not those that the proof uses."),)
    return ()


def proves(
    refutation: Refutation, qualification: Qualification, facts: Mapping[Digest, UnitFacts], setting: Setting
) -> bool:
    """Whether its certificate alone shows the no in this setting, whatever the document says beside it.

    `facts` has to hold what every credential says that was weighed.
    """
    rules = under_exceptions(qualification, setting, refutation.learner)
    try:
        return confirms(_ground(refutation, rules, facts, setting), refutation.certificate)
    except TooComplex:
        return False


def _ground(
    refutation: Refutation, qualification: Qualification, facts: Mapping[Digest, UnitFacts], setting: Setting
) -> Ground:
    candidates = [_candidate(one, facts) for one in refutation.candidates]
    problem, _ = build(qualification, candidates, replace(setting, learner=refutation.learner))
    return Ground(problem)


def grounds(qualification: Qualification, setting: Setting) -> dict[str, tuple[DocumentRef, ...]]:
    """The documents that a no rests on, by kind: every one of the setting that could have made it a yes.

    Exceptions are those that stand in the rules already.
    """
    day = setting.date
    levels = [setting.frameworks[qualification.framework]] if level_codes(qualification) else []
    conversions = [
        one for one in setting.conversions if one.to_system == qualification.credit_system and one.valid_on(day)
    ]
    recognitions = [
        one for one in setting.recognitions if one.framework == qualification.framework and one.valid_on(day)
    ]
    registers = [setting.register] if setting.register is not None and qualification.admits.accredited else []
    return {
        "frameworks": _refs(levels),
        "conversions": _refs(conversions),
        "recognitions": _refs(recognitions),
        "acceptances": _refs(acceptances_used(qualification, setting)),
        "registers": _refs(registers),
        "exceptions": _refs(applied(qualification)),
    }


def _refs(
    documents: Iterable[Framework | ConversionPolicy | Recognition | Acceptance | RuleException | Register],
) -> tuple[DocumentRef, ...]:
    found = {DocumentRef.of(document) for document in documents}
    return tuple(sorted(found, key=lambda ref: (ref.id, ref.version, ref.digest)))


def colliding(ground: Ground, proof: Proof) -> tuple[str, ...]:
    """The requirements, limits and other leaves that a certificate rests on, in document order."""
    used = set(_used(ground, proof, Branch()))
    nodes = ground.problem.qualification.nodes()
    return tuple(path for path, node in nodes if path in used and not isinstance(node, Group))


def size(proof: Proof) -> int:
    """How many branchings and sums a certificate has."""
    return 1 if isinstance(proof, Weights) else 1 + sum(size(way) for way in proof.ways)


def work(ground: Ground, proof: Proof) -> int:
    """How much is looked at to confirm a certificate: for each sum and each bound in it, every way to use a unit."""
    try:
        ways = sum(len(ground.fillings[places]) for places in ground.problem.places)
    except TooMuch:  # then nothing is looked at at all
        return 0
    return (size(proof) + _terms(proof)) * (ways + len(ground.gauges) + len(ground.problem.qualification.nodes()))


def _terms(proof: Proof) -> int:
    return len(proof.times) if isinstance(proof, Weights) else sum(map(_terms, proof.ways))


def _used(ground: Ground, proof: Proof, branch: Branch) -> Iterator[str]:
    """What is branched on, what is added up, and what no branch can fulfil."""
    if isinstance(proof, Weights):
        yield from (key.partition("[")[0].partition(" ")[0] for key, times in proof.times.items() if times)
        yield from ground.impossible(branch)
        return
    if proof.about in ("rule", "case", "portion"):
        yield proof.node
    for number, way in enumerate(proof.ways):
        yield from _used(ground, way, branch.assuming(proof, number))


def _statement(refutation: Refutation, qualification: Qualification, setting: Setting) -> Iterator[Fault]:
    """The proof must speak of these rules, this date, this body, and name exactly the documents at hand."""
    if refutation.date != setting.date:
        yield Fault("other-date", "", f"The proof is of {refutation.date}, and was checked for {setting.date}.")
    if refutation.awarding != setting.awarding:
        yield Fault("other-body", "", f"The proof is of {refutation.awarding}, not of {setting.awarding}.")
    if refutation.qualification != DocumentRef.of(qualification):
        yield Fault("other-rules", "", "The proof was made under other rules than these.")
    for kind, expected in grounds(qualification, setting).items():
        if getattr(refutation, kind) != expected:
            words = kind.removesuffix("s")
            yield Fault(f"other-{kind}", "", f"The proof does not name exactly the {words} documents that bear on it.")


def _candidates(refutation: Refutation, facts: Mapping[Digest, UnitFacts]) -> Iterator[Fault]:
    """Each credential is known, the learner's own, and no more is said of it than there is."""
    listed = [(one.credential, one.digest) for one in refutation.candidates]
    if listed != sorted(set(listed)):
        yield Fault("wrong-order", "", "The credentials are not named once each, in order.")
    for one in refutation.candidates:
        unit = facts.get(one.digest)
        if unit is None or unit.credential != one.credential:
            yield Fault("unknown-credential", "", f"No verified credential has the digest of {one.credential}.")
            continue
        if unit.subject != refutation.learner:
            yield Fault("other-learner", "", f"{one.credential} was not issued to {refutation.learner}.")
        own = unit.credits.credits
        if one.available is not None and one.available >= own:
            told = f"{one.available} of the {own} credits of {one.credential} are said to be left, which is not less."
            yield Fault("wrong-amount", "", told)
        if one.expired is not None and one.expired >= refutation.date:
            yield Fault("not-expired", "", f"{one.credential} could be counted until {one.expired}.")


def _left_out(refutation: Refutation, facts: Mapping[Digest, UnitFacts]) -> Iterator[Fault]:
    """A credential of the learner that lies here, was earned by then, and was not weighed."""
    weighed = {one.digest for one in refutation.candidates}
    for digest, unit in facts.items():
        if digest not in weighed and unit.subject == refutation.learner and unit.earned <= refutation.date:
            yield Fault("not-weighed", "", f"{unit.credential} was earned by {refutation.date}, and was not weighed.")


def _candidate(one: Weighing, facts: Mapping[Digest, UnitFacts]) -> Candidate:
    unit = facts[one.digest]
    available = unit.credits.credits if one.available is None else one.available
    return Candidate(unit, one.digest, available, one.expired, revoked=one.revoked)


__all__ = ["check_refutation", "colliding", "grounds", "proves"]
