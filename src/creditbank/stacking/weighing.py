"""Which of a learner's credentials may be counted, as what, and the problem that they make.

A credential is weighed as the unit that it is, or as the parts that the rules take it apart into; what cannot be
counted says why. Of several issues of one credential one stands.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from creditbank.credential.facts import UnitFacts
from creditbank.errors import BadInput
from creditbank.framework.framework import ConversionPolicy, Recognition
from creditbank.framework.qualification import (
    Qualification,
)
from creditbank.stacking.checker import chosen_decision, chosen_policy
from creditbank.stacking.excepting import (
    rested_on,
    set_aside,
    under_exceptions,
    without_idle_pins,
)
from creditbank.stacking.problem import NotCounted, Problem, Unit, order_of, order_of_given
from creditbank.stacking.reading import Reading
from creditbank.stacking.rule import (
    Reason,
    Weighed,
    admit,
    attempt,
    bundle_of,
    converts,
    is_native,
    is_unsure,
    lot_key,
    parts_of,
    recognises,
)
from creditbank.stacking.setting import Candidate, Setting, Standing
from creditbank.stacking.stating import state
from creditbank.units import Credits


class TwoLearners(BadInput):
    """Units of different learners cannot be stacked together."""

    slug = "two-learners"


def weigh(
    candidate: Candidate,
    qualification: Qualification,
    setting: Setting,
    *,
    offered: bool = False,
    part: str = "",
    reading: Reading | None = None,
) -> Unit | Reason:
    """Weigh one candidate (or this part of it) by what the awarding body adopts, or say why it cannot count.

    Where several apply, the awarding body's own come first; then policies go by id, and of two versions the later
    counts; decisions go by date, the latest first, then by id.
    """
    facts = candidate.facts
    refusal = _spent_or_gone(candidate, qualification, setting)
    if refusal is not None:
        return refusal
    policy = None
    if reading is not None and not (part or setting.conversions or setting.recognitions):
        weighed = reading.admitted(facts)
    else:
        policy, decision = decisions_for(facts, qualification, setting)
        weighed = admit(facts, qualification, setting, conversion=policy, recognition=decision, part=part)
    if isinstance(weighed, Reason):
        return weighed
    whole, candidate = (candidate, _part_of(candidate, weighed)) if part else (None, candidate)
    facts = candidate.facts
    step, steps = _steps(weighed, candidate.available, whole=qualification.admits.whole_units)
    if step * steps == 0:
        say, sentence = setting.wording.say, setting.wording.say("problem.no-credits")
        if policy is not None:
            sentence = say("problem.converts-to-nothing", credits=facts.credits, policy=policy.id)
        return Reason("counts-nothing", sentence)
    return Unit(candidate, weighed, step, steps, offered, rested_on(weighed, qualification, setting), whole)


def _part_of(candidate: Candidate, weighed: Weighed) -> Candidate:
    """A part of a credential as a candidate: no more of it is left than of the credential."""
    return replace(candidate, facts=weighed.facts, available=min(weighed.facts.credits.credits, candidate.available))


def decisions_for(
    facts: UnitFacts, qualification: Qualification, setting: Setting
) -> tuple[ConversionPolicy | None, Recognition | None]:
    """The policy and the recognition by which a unit is weighed, where it needs any."""
    if not setting.conversions and not setting.recognitions:
        return None, None
    policies = [item for item in setting.conversions if converts(item, facts, qualification, setting)]
    policies.sort(key=lambda item: (item.issuer != setting.awarding, item.id))
    decisions = [item for item in setting.recognitions if recognises(item, facts, qualification, setting)]
    decisions.sort(
        key=lambda item: (
            item.by != setting.awarding,
            -datetime.date.fromisoformat(item.decided).toordinal(),
            item.id,
        )
    )
    policy = chosen_policy(policies[0].id, setting) if policies else None
    decision = chosen_decision(decisions[0].id, setting) if decisions else None
    if decision is not None and is_native(facts, qualification) and not is_unsure(facts, qualification, setting):
        decision = None
    return policy, decision


def _spent_or_gone(candidate: Candidate, qualification: Qualification, setting: Setting) -> Reason | None:
    own, left, say = candidate.facts.credits.credits, candidate.available, setting.wording.say
    stands = not candidate.revoked and candidate.standing is Standing.EARNED and candidate.expires is None
    if stands and own.thousandths == left.thousandths > 0:
        return None
    if candidate.revoked:
        return Reason("revoked", say("problem.revoked"))
    if candidate.standing is not Standing.EARNED:
        slug = candidate.standing.value.replace(" ", "-")
        return Reason(slug, setting.wording.say(f"standing.{slug}", day=candidate.facts.earned))
    if candidate.expires is not None and candidate.expires < setting.date:
        return Reason("expired", say("problem.expired", day=candidate.expires))
    if not left:
        return Reason("already-used", say("problem.already-used"))
    converted = candidate.facts.credits.system != qualification.credit_system
    if left < own and bundle_of(candidate.facts, qualification) and (converted or qualification.admits.whole_units):
        return Reason("partly-used", say("problem.partly-used-bundle", left=left, credits=own))
    if qualification.admits.whole_units and left < own:
        return Reason("partly-used", say("problem.partly-used", left=left, credits=own))
    assert left <= own, "no more can be left of a unit than it has"
    return None


def _steps(weighed: Weighed, available: Credits, *, whole: bool) -> tuple[int, int]:
    """In which steps, and in how many, a unit may be counted."""
    most = weighed.counted(available).thousandths
    policy = weighed.conversion
    if whole:
        return most, 1
    if policy is None:
        return 1, most
    numerator, denominator = map(int, policy.ratio.split("/"))
    step = Credits.parse(policy.rounding_unit).thousandths
    if numerator > step * denominator:  # a thousandth of the unit spans several steps: parts would not be exact
        return most, 1
    return step, most // step


def learner_of(candidates: Iterable[Candidate], setting: Setting) -> str:
    """The one learner whose units these are, or whom the setting names where there are none; empty where it is open."""
    subjects = {candidate.facts.subject for candidate in candidates} or {setting.learner}
    return subjects.pop() if len(subjects) == 1 else ""


def build(
    qualification: Qualification,
    candidates: Sequence[Candidate],
    setting: Setting,
    offers: Sequence[Candidate] = (),
    reading: Reading | None = None,
) -> tuple[Problem, tuple[NotCounted, ...]]:
    """State the problem for a learner's candidates, and for units `offers` that they could still take.

    `reading` is one of these rules in this setting, where somebody holds it for many learners.

    Raises `TwoLearners` when the candidates belong to different learners, and `TooComplex` where `state` does. An exact
    repetition of a candidate is listed as not counted, once for each repetition.
    """
    subjects = sorted({candidate.facts.subject for candidate in candidates})
    if len(subjects) > 1:
        raise TwoLearners(
            f"The units belong to {len(subjects)} learners: {', '.join(subjects[:3])}.",
            next_step="Evaluate the units of one learner at a time.",
        )
    learner = learner_of(candidates, setting)
    aside = set_aside(qualification, setting, learner)
    qualification = under_exceptions(qualification, setting, learner)
    units: list[Unit] = []
    refused: list[NotCounted] = []
    if reading is None or not reading.is_of(qualification, setting):
        reading = Reading(qualification, setting)
    issues, tries = _standing_issues(candidates), reading.weighs_attempts
    seen: set[tuple[str, bytes]] = set()
    given = [(candidate, False) for candidate in candidates] + [(offer, True) for offer in offers]
    for candidate, offered in given:
        facts = candidate.facts
        key = (facts.credential, candidate.digest)
        found: list[Unit | Reason]
        if key in seen:
            found = [Reason("given-twice", setting.wording.say("problem.given-twice"))]
        else:
            replaced = _replaced(candidate, issues, setting, each=not tries)
            found = [replaced] if replaced else _weighed_parts(candidate, reading, offered=offered)
        seen.add(key)
        units += [one for one in found if isinstance(one, Unit)]
        if len(found) > 1 or isinstance(found[0], Reason):
            refused += _refusals(facts, found, qualification)
    attempted = attempted_of(qualification, issues, setting) if tries else ()
    earned = (unit.weighed for unit in units if not unit.offered)
    qualification, idle = without_idle_pins(qualification, earned, setting)
    problem = state(qualification, units, setting, attempted, reading)
    if aside or idle:
        problem = replace(problem, set_aside=(*aside, *idle))
    return problem, tuple(sorted(refused, key=lambda item: (item.credential, item.slug)))


def _weighed_parts(candidate: Candidate, reading: Reading, *, offered: bool) -> list[Unit | Reason]:
    """A credential weighed as the units that it stands for: itself, or the parts of a bundle."""
    rules, setting = reading.qualification, reading.setting
    return [
        weigh(candidate, rules, setting, offered=offered, part=part, reading=reading)
        for part in parts_of(candidate.facts, rules)
    ]


def _refusals(facts: UnitFacts, found: Sequence[Unit | Reason], qualification: Qualification) -> list[NotCounted]:
    """Why what was weighed does not count: once for a credential, or by part where its parts differ."""
    reasons = [one for one in found if isinstance(one, Reason)]
    if not reasons:
        return []
    if len(reasons) == len(found) and len(set(reasons)) == 1:
        return [NotCounted(facts.credential, *reasons[0], facts.title)]
    bundle = bundle_of(facts, qualification)
    parts = bundle.parts if bundle is not None else ()
    return [
        NotCounted(facts.credential, *one, part.title or facts.title, part.id)
        for one, part in zip(found, parts, strict=True)
        if isinstance(one, Reason)
    ]


def _standing_issues(candidates: Sequence[Candidate]) -> dict[tuple[str, str], Candidate]:
    """For each issue, by its issuer and its first credential, the candidate that stands.

    A correction stands in the place of what was issued first. What is revoked or not earned yet stands for nothing.
    """
    found: dict[tuple[str, str], Candidate] = {}
    for candidate in candidates:
        key = (candidate.facts.issuer, lot_key(candidate.facts))
        if _is_attempt(candidate) and (key not in found or _first_to_stand(candidate) < _first_to_stand(found[key])):
            found[key] = candidate
    return found


def _is_attempt(candidate: Candidate) -> bool:
    return not candidate.revoked and candidate.standing is Standing.EARNED


def _first_to_stand(candidate: Candidate) -> tuple[bool, datetime.date, datetime.date, str, bytes]:
    facts = candidate.facts
    return (lot_key(facts) == facts.credential, *order_of_given(candidate))


def _replaced(
    candidate: Candidate, issues: Mapping[tuple[str, str], Candidate], setting: Setting, *, each: bool
) -> Reason | None:
    """Why one issue does not count beside another: it was corrected, or (but for `each`) another one stands."""
    facts = candidate.facts
    standing = issues.get((facts.issuer, lot_key(facts)))
    if standing is candidate or not _is_attempt(candidate) or standing is None or standing == candidate:
        return None
    other = standing.facts.credential
    if lot_key(facts) == facts.credential != other:
        return Reason("corrected", setting.wording.say("problem.corrected", credential=other))
    return None if each else Reason("same-issue", setting.wording.say("problem.other-issue", credential=other))


def attempted_of(
    qualification: Qualification, issues: Mapping[tuple[str, str], Candidate], setting: Setting
) -> tuple[Unit, ...]:
    """Every unit that was attempted by the day of the evaluation: of each issue the one that stands, whole."""
    found = []
    for candidate in issues.values():
        facts = candidate.facts
        if facts.earned > setting.date:
            continue
        policy, decision = decisions_for(facts, qualification, setting)
        for part in parts_of(facts, qualification):
            tried = attempt(facts, qualification, setting, conversion=policy, recognition=decision, part=part)
            size, whole = tried.size.thousandths if tried.worth_known else 0, tried.facts.credits.credits
            bundle = replace(candidate, available=facts.credits.credits) if part else None
            one = replace(candidate, facts=tried.facts, available=whole)
            found.append(Unit(one, tried, size, 1, bundle=bundle))
    return tuple(sorted(found, key=order_of))
