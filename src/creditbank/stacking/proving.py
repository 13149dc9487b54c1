"""State a yes as a stacking proof."""

from collections.abc import Sequence

from creditbank.canonical import JsonObject
from creditbank.errors import Refused
from creditbank.framework.qualification import Qualification
from creditbank.stacking.checker import check, chosen_decision, chosen_policy, recount
from creditbank.stacking.evaluation import Evaluation
from creditbank.stacking.proof import DocumentRef, StackingProof
from creditbank.stacking.setting import Candidate, Setting, acceptances_used, level_codes


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
    sum_ = recount(qualification, evaluation.allocation, facts, setting)
    policies = sorted({use.conversion for use in evaluation.allocation if use.conversion is not None})
    decisions = sorted({use.recognition for use in evaluation.allocation if use.recognition is not None})
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
    )
    faults = check(proof, qualification, facts, setting)
    if faults:
        raise NothingToProve(
            f"The evaluation does not belong to these rules, units and learner: {faults[0].sentence}",
            next_step="Evaluate again, and prove that evaluation.",
        )
    return proof.to_json()
