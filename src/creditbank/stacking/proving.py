"""State a yes as a stacking proof, and a no as a refutation."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from creditbank.canonical import Digest, JsonObject
from creditbank.errors import Refused
from creditbank.framework.qualification import Qualification
from creditbank.stacking.certificate import Ground
from creditbank.stacking.checker import check, chosen_decision, chosen_policy, recount
from creditbank.stacking.disproof import Refutation, Weighing
from creditbank.stacking.evaluation import WORK, Evaluation, Verdict
from creditbank.stacking.excepting import pins, under_exceptions, without_pins
from creditbank.stacking.front import Front
from creditbank.stacking.problem import Problem
from creditbank.stacking.proof import Attempt, DocumentRef, StackingProof, Use
from creditbank.stacking.refutation import Certificate, refute
from creditbank.stacking.refuting import check_refutation, colliding, grounds
from creditbank.stacking.rule import lot_key, weighs_attempts
from creditbank.stacking.setting import Candidate, Setting, acceptances_used, level_codes
from creditbank.stacking.solver import Effort, TooComplex
from creditbank.stacking.weighing import build
from creditbank.stacking.wording import told_apart


class NothingToProve(Refused):
    """Only an evaluation that adds up by what is earned can be stated as a proof."""

    slug = "nothing-to-prove"


def stacking_proof(
    evaluation: Evaluation,
    qualification: Qualification,
    candidates: Sequence[Candidate],
    setting: Setting,
    *,
    id: str,
    award: str,
    learner: str,
    engine: str,
) -> JsonObject:
    """The proof of an evaluation, for one award (by id) to one learner (a DID).

    `engine` names the program and version that found the sum. The checker confirms the proof before it is
    handed out. Raises `NothingToProve` for a what-if, for an evaluation without an allocation, or one of other rules,
    units or dates.
    """
    if evaluation.what_if is not None:
        raise NothingToProve(
            setting.wording.say("what-if.nothing-to-prove"),
            next_step="Evaluate again once these units are earned.",
        )
    if evaluation.allocation is None:
        raise NothingToProve(
            f"The evaluation of {evaluation.qualification.id} does not add up, so there is nothing to prove.",
            next_step="Evaluate again once what is missing has been earned.",
        )
    facts = {candidate.digest: candidate.facts for candidate in candidates}
    original, qualification = qualification, _as_excepted(evaluation, qualification, setting, learner)
    sum_ = recount(qualification, evaluation.allocation, facts, setting, attempted=evaluation.attempted)
    decided: tuple[Use | Attempt, ...] = (*evaluation.allocation, *evaluation.attempted)
    policies = sorted({item.conversion for item in decided if item.conversion is not None})
    decisions = sorted({item.recognition for item in decided if item.recognition is not None})
    levels = [setting.frameworks[qualification.framework]] if level_codes(qualification) else []
    proof = StackingProof(
        id=id,
        award=award,
        learner=learner,
        awarding=evaluation.awarding,
        date=evaluation.date,
        engine=engine,
        evaluation=evaluation.digest,
        qualification=evaluation.qualification,
        counted=sum_.counted,
        uses=evaluation.allocation,
        totals=sum_.totals,
        frameworks=tuple(DocumentRef.of(framework) for framework in levels),
        conversions=tuple(DocumentRef.of(found) for name in policies if (found := chosen_policy(name, setting))),
        acceptances=tuple(map(DocumentRef.of, acceptances_used(qualification, setting))),
        registers=(DocumentRef.of(setting.register),) if setting.register and qualification.admits.accredited else (),
        gives_up=evaluation.gives_up,
        recognitions=tuple(DocumentRef.of(made) for name in decisions if (made := chosen_decision(name, setting))),
        exceptions=tuple(DocumentRef.of(one.exception) for one in evaluation.exceptions),
        attempted=evaluation.attempted,
    )
    faults = check(proof, original, facts, setting)
    if faults:
        raise NothingToProve(
            f"The evaluation does not belong to these rules, units and learner: {faults[0].sentence}",
            next_step="Evaluate again, and prove that evaluation.",
        )
    return proof.to_json()


def _as_excepted(evaluation: Evaluation, qualification: Qualification, setting: Setting, learner: str) -> Qualification:
    """The rules as the evaluation read them: without the pins that had nothing to hold."""
    rules = under_exceptions(qualification, setting, learner)
    held = {one.exception.id for one in evaluation.exceptions}
    return without_pins(rules, [pin for pin in pins(rules) if pin.id not in held])


def refutation_proof(
    evaluation: Evaluation,
    qualification: Qualification,
    candidates: Sequence[Candidate],
    setting: Setting,
    *,
    id: str,
    learner: str,
    engine: str,
    stated: Digest | None = None,
    limit: int = WORK,
) -> JsonObject:
    """The proof of an evaluation that falls short, for one learner (a DID).

    `stated` is the digest of the evaluation as it was kept, where that says more than the one given (a way on).

    Where it can be had, the proof takes nobody's word: it holds even if all of every unit were left. Else it names what
    the bank said of which unit; so it does where a unit is pinned, which binds only what may count. The checker
    confirms the proof before it is handed out. Raises `NothingToProve` for a what-if, for an evaluation that does not
    fall short, or one of other rules, units or dates, and where no certificate was found within `limit`.
    """
    _require_no(evaluation, candidates, setting)
    excepted = under_exceptions(qualification, setting, learner)
    tries = [] if pins(excepted) else [_in_full(candidates, excepted)]
    absorbed = {held.qualification for one in candidates for held in one.held} & set(qualification.absorbs)
    if not absorbed:  # what a lower award gives back is more than what is left now
        tries.append(list(candidates))
    on = grounds(excepted, setting)
    for given in tries:
        try:
            problem, _ = build(excepted, [_plain(candidate, setting) for candidate in given], setting)
        except TooComplex:
            continue
        certificate = _certificate(evaluation, problem, limit)
        if certificate is None:
            continue
        rules = colliding(Ground(problem), certificate.proof)
        proof = Refutation(
            id=id,
            learner=learner,
            awarding=evaluation.awarding,
            date=evaluation.date,
            engine=engine,
            evaluation=evaluation.digest if stated is None else stated,
            qualification=evaluation.qualification,
            candidates=_weighed(given, setting),
            rules=rules,
            sentence=_sentence(evaluation, qualification, setting, rules),
            certificate=certificate.proof,
            frameworks=on["frameworks"],
            conversions=on["conversions"],
            recognitions=on["recognitions"],
            acceptances=on["acceptances"],
            registers=on["registers"],
            exceptions=on["exceptions"],
        )
        faults = check_refutation(proof, qualification, {item.digest: item.facts for item in candidates}, setting)
        if faults:
            raise NothingToProve(
                f"The evaluation does not belong to these rules, units and learner: {faults[0].sentence}",
                next_step="Evaluate again, and prove that evaluation.",
            )
        return proof.to_json()
    raise NothingToProve(
        f"No proof was found within {limit} steps that nothing satisfies {evaluation.qualification.id}.",
        next_step="The evaluation stands; only a proof of it cannot be handed out.",
    )


def _require_no(evaluation: Evaluation, candidates: Sequence[Candidate], setting: Setting) -> None:
    if evaluation.what_if is not None:
        raise NothingToProve(
            setting.wording.say("what-if.nothing-to-prove"),
            next_step="Evaluate again once these units are earned.",
        )
    if evaluation.verdict is not Verdict.FALLS_SHORT:
        raise NothingToProve(
            f"The evaluation of {evaluation.qualification.id} does not say no, so there is no no to prove.",
            next_step="A yes is proven by its stacking proof.",
        )
    ends = {(one.facts.issuer, lot_key(one.facts), one.expires) for one in candidates}
    if len({end[:2] for end in ends}) < len(ends):  # the end says which of them stands, and a proof does not tell ends
        raise NothingToProve(
            "Several credentials of one issue end on different days, and a proof of a no does not speak of that.",
            next_step="Evaluate the one of them that stands, alone.",
        )


def _in_full(candidates: Sequence[Candidate], qualification: Qualification) -> list[Candidate]:
    """The units as their issuers signed them: all of each left, whatever the bank says, so that more can be counted.

    That one was revoked is kept where it changes what else there is: which of an issue's credentials stands, or what
    was attempted.
    """
    issues = Counter((one.facts.issuer, lot_key(one.facts)) for one in candidates)
    tries = weighs_attempts(qualification)
    return [
        replace(
            one,
            available=one.facts.credits.credits,
            expires=None,
            revoked=one.revoked and (tries or issues[one.facts.issuer, lot_key(one.facts)] > 1),
            held=(),
        )
        for one in candidates
    ]


def _certificate(evaluation: Evaluation, problem: Problem, limit: int) -> Certificate | None:
    """A certificate from the rules that collide alone, so that it is as short as can be; else from any.

    Where there are more ways to use units than are asked about, a sum that is seen at first sight does as well.
    """
    if evaluation.conflict is not None:
        found = refute(problem, Effort(limit), rules=frozenset(evaluation.conflict.rules))
        if found is not None:
            return found
    found = refute(problem, Effort(limit))
    seen = Front(problem).refusal() if found is None else None
    return found if seen is None else Certificate(seen)


def _plain(candidate: Candidate, setting: Setting) -> Candidate:
    """The unit without a time that is not over: what a proof does not speak of must not order its units."""
    over = candidate.expires is not None and candidate.expires < setting.date
    return replace(candidate, expires=candidate.expires if over else None, held=())


def _weighed(candidates: Sequence[Candidate], setting: Setting) -> tuple[Weighing, ...]:
    found = set()
    for item in (_plain(candidate, setting) for candidate in candidates):
        left = None if item.available >= item.facts.credits.credits else item.available
        found.add(
            (
                item.facts.credential,
                item.digest,
                Weighing(item.facts.credential, item.digest, left, item.expires, item.revoked),
            )
        )
    return tuple(weighing for _, _, weighing in sorted(found, key=lambda one: one[:2]))


def _sentence(evaluation: Evaluation, qualification: Qualification, setting: Setting, rules: tuple[str, ...]) -> str:
    """What the evaluation says of the conflict, where it names the same rules; else the rules alone."""
    if evaluation.conflict is not None and evaluation.conflict.rules == rules:
        return evaluation.conflict.sentence
    nodes = told_apart(qualification)
    titles = [nodes[path].title for path in rules]
    if not titles:
        return setting.wording.say("conflict.policy")
    if len(titles) == 1:
        return setting.wording.say("conflict.one-rule", rule=setting.wording.titles(titles))
    return setting.wording.say("conflict.all", rules=setting.wording.titles(titles))
