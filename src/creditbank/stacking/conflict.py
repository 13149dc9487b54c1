"""Why not: the fewest rules that cannot hold together with these units, and a sentence that says so in
numbers.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from creditbank.canonical import JsonObject
from creditbank.framework.qualification import Group, Leaf, Limit, Requirement, Sharing, credits_of
from creditbank.stacking.allocation import Formulation, feasible, formulate, inside_terms
from creditbank.stacking.certificate import Certificate, always_needed
from creditbank.stacking.enumeration import refuted
from creditbank.stacking.explanation import attempts_words, doubt_words
from creditbank.stacking.gap import Gap
from creditbank.stacking.messages import Wording
from creditbank.stacking.problem import Bound, Problem
from creditbank.stacking.refutation import refute
from creditbank.stacking.rule import over_attempted
from creditbank.stacking.setting import begun_by
from creditbank.stacking.solver import Effort, TooComplex, minimise
from creditbank.stacking.wording import (
    bounded_words,
    different_words,
    need_words,
    policy_words,
    portion_words,
    same_words,
    told_apart,
)
from creditbank.units import Credits

Lack = tuple[str, int]
"""What is missing: the measure, `credits` or `units`, and how much of it, credits in thousandths."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules (by path) that collide: without any one of them the rest could hold, where that could be found out.

    `proven` tells that a second, exact route came to the same no; `certificate` is its proof, where that is one which
    can be handed on. `lacks` is what the sentence says is missing by these rules alone.
    """

    rules: tuple[str, ...]
    sentence: str
    proven: bool
    certificate: Certificate | None = None
    lacks: Lack | None = None

    def to_json(self) -> JsonObject:
        """The conflict as it stands in an evaluation."""
        return {"rules": list(self.rules), "sentence": self.sentence, "proven": self.proven}


def find_conflict(problem: Problem, effort: Effort, known: Certificate | None = None) -> Conflict:
    """Leave rules out as long as the answer stays no: long runs of them first, at last one by one, in document order.

    The problem must have no answer; `known` may be a certificate of that. Raises `TooComplex`. A no that the second
    route contradicts is a broken promise.
    """
    search = _Collisions(problem, effort, known)
    rules = problem.leaves
    size = max(1, len(rules) // 2)
    while size:
        at = 0
        while at < len(rules):
            fewer = rules[:at] + rules[at + size :]
            if search.collide(fewer):
                rules = fewer
            else:
                at += size
        size //= 2
    certificate = search.certificate_of(rules)
    second = True if certificate is not None else refuted(problem, rules)
    assert second is not False, f"two exact routes disagree about {rules}"
    sentence, lacks = _sentence(problem, rules, effort)
    return Conflict(rules, sentence, proven=second is True, certificate=certificate, lacks=lacks)


def certified_conflict(problem: Problem, certificate: Certificate, effort: Effort) -> Conflict:
    """The rules that a certificate rests on: they collide, and there may be fewer that do."""
    named = set(certificate.rules)
    rules = tuple(path for path in problem.leaves if path in named)
    sentence, lacks = _sentence(problem, rules, effort)
    return Conflict(rules, sentence, proven=True, certificate=certificate, lacks=lacks)


def told_with_gap(conflict: Conflict | None, gap: Gap | None, wording: Wording) -> list[str]:
    """The sentences of both. Where the numbers of one are not those of the other, a sentence says what each is of."""
    said = [conflict.sentence] if conflict is not None else []
    if conflict is not None and gap is not None and conflict.lacks is not None:
        measure, amount = conflict.lacks
        missing = gap.credits.thousandths if measure == "credits" else gap.units
        if missing > amount and not {short.node for short in gap.shortfalls} <= set(conflict.rules):
            said.append(wording.say("conflict.others-lack"))
        elif missing > amount:
            said.append(wording.say("conflict.more-is-missing"))
        elif 0 < missing < amount:
            said.append(wording.say("conflict.less-is-missing"))
    return said + ([gap.sentence] if gap is not None else [])


@dataclass
class _Collisions:
    """Which sets of rules cannot hold together. What was found out about one set answers for others."""

    problem: Problem
    effort: Effort
    known: Certificate | None

    def collide(self, rules: Sequence[str]) -> bool:
        """Whether these rules cannot hold together; a certificate that rests on no others answers without a search."""
        if self.known is not None and set(self.known.rules) - {""} <= set(rules):
            return True
        dropped = frozenset(self.problem.leaves) - frozenset(rules)
        return not feasible(self.problem, self.effort, dropped=dropped, wary=True)

    def certificate_of(self, rules: Sequence[str]) -> Certificate | None:
        """The certificate that rests on these rules alone, or None."""
        if self.known is not None and set(self.known.rules) - {""} <= set(rules):
            return self.known
        return refute(self.problem, self.effort, rules=frozenset(rules))


def _sentence(problem: Problem, rules: Sequence[str], effort: Effort) -> tuple[str, Lack | None]:
    """Why they collide, with the limits on sharing that play a part in it; and what these rules say is missing."""
    sentence, lacks = _of_rules(problem, rules, effort)
    limits = [words for entry in _shared_too_much(problem, rules, effort) for words in _sharing_words(entry, problem)]
    if not limits:
        return sentence, lacks
    wording = problem.setting.wording
    return wording.sentences(sentence, wording.say("conflict.sharing", limits=wording.listed(limits))), lacks


def _of_rules(problem: Problem, rules: Sequence[str], effort: Effort) -> tuple[str, Lack | None]:
    nodes = told_apart(problem.qualification)
    leaves: dict[str, Leaf] = {path: node for path in rules if not isinstance(node := nodes[path], Group)}
    wants = [path for path, node in leaves.items() if _asks(node)]
    caps = [path for path in leaves if path not in wants]
    plain = set(rules) <= set(always_needed(problem))
    begun = begun_by(problem.qualification, problem.setting.date)
    if not rules and begun is not None:
        return problem.setting.wording.say("conflict.begun", day=begun), None
    if not rules:
        return problem.setting.wording.say("conflict.policy"), None
    if plain and len(wants) == 1:
        try:
            return _one_want(problem, wants[0], leaves, caps, effort)
        except TooComplex:  # the rules are known, only the numbers are not
            return _collide(problem, leaves), None
    alone = not problem.sharing_places.intersection(wants)
    if plain and alone and len(wants) > 1 and not caps and all(isinstance(leaves[path], Requirement) for path in wants):
        return _shared(problem, wants, leaves), None
    return _collide(problem, leaves, enough=not plain), None


def _shared_too_much(problem: Problem, rules: Sequence[str], effort: Effort) -> list[Sharing]:
    """The permissions to share without whose limits these rules could hold: as few of them as do, in document order."""
    if len(problem.sharing_places.intersection(rules)) < 2:
        return []
    dropped = frozenset(problem.leaves) - frozenset(rules)
    limited = [number for number, entry in enumerate(problem.qualification.sharing) if _is_limited(entry)]

    def possible(free: Collection[int]) -> bool:
        return feasible(_sharing_freely(problem, free), effort, dropped=dropped, wary=True)

    try:
        if not limited or not possible(limited):
            return []
        free: set[int] = set()
        for number in limited:
            if not possible({*free, number}):
                free.add(number)
    except TooComplex:
        return []
    return [problem.qualification.sharing[number] for number in limited if number not in free]


def _is_limited(entry: Sharing) -> bool:
    ends = (entry.credits_at_most, entry.units_at_most)
    return ends != (None, None) or entry.places_at_most < len(entry.between)


def _sharing_freely(problem: Problem, free: Collection[int]) -> Problem:
    """The problem without the limits of these permissions (by number)."""
    sharing = tuple(
        entry.model_copy(update={"credits_at_most": None, "units_at_most": None, "places_at_most": len(entry.between)})
        if number in free
        else entry
        for number, entry in enumerate(problem.qualification.sharing)
    )
    bounds = tuple(bound for bound in problem.bounds if bound.sharing not in free)
    return replace(problem, qualification=problem.qualification.model_copy(update={"sharing": sharing}), bounds=bounds)


def _sharing_words(entry: Sharing, problem: Problem) -> Iterator[str]:
    wording = problem.setting.wording
    amount = credits_of(entry.credits_at_most)
    if amount is not None:
        most = wording.credits(amount.thousandths)
        yield wording.say("conflict.sharing-amount", title=entry.title, most=most)
    if entry.units_at_most is not None:
        yield wording.say("conflict.sharing-amount", title=entry.title, most=wording.units(entry.units_at_most))
    if entry.places_at_most < len(entry.between):
        yield wording.say("conflict.sharing-places", title=entry.title, count=entry.places_at_most)


def _collide(problem: Problem, leaves: Mapping[str, Leaf], *, enough: bool = False) -> str:
    """The sentence for rules whose collision no simple sum shows."""
    wording = problem.setting.wording
    titles = wording.titles([node.title for node in leaves.values()])
    path, node = next(iter(leaves.items()))
    if len(leaves) == 1 and over_attempted(node):
        have, need = attempts_words(problem, path, node), need_words(node, wording)
        said = wording.say("conflict.attempted", title=node.title, have=have, need=need)
        return wording.sentences(said, *doubt_words(problem, node))
    if len(leaves) == 1:
        return wording.say("conflict.one-rule-says", title=node.title, rule=_alone_words(problem, path, node))
    return wording.say("conflict.enough" if enough else "conflict.all", rules=titles)


def _alone_words(problem: Problem, path: str, node: Leaf) -> str:
    """What a rule says that cannot hold by itself, and the most that the learner has of it, where that is a sum."""
    wording = problem.setting.wording
    says = need_words(node, wording) if isinstance(node, Requirement) else bounded_words(node, wording)
    have = _most_of_all(problem, path, node) if isinstance(node, Limit) else ""
    return wording.say("conflict.rule-over", rule=says, over=have) if have else says


def _most_of_all(problem: Problem, path: str, node: Limit) -> str:
    """What all units together come to: so many institutions, so much in the fullest portion, so many points."""
    wording = problem.setting.wording
    for spread in (one for one in problem.spreads if one.node == path and one.least):
        amounts = dict.fromkeys(spread.names, 0)
        for unit, names, step in zip(problem.units, spread.portions, spread.steps, strict=True):
            amounts.update({name: amounts[name] + step * unit.steps for name in names})
        if not spread.reach:
            return different_words(node, len(amounts), wording)
        if amounts:
            fullest = max(amounts, key=lambda name: (amounts[name], name))
            portion = portion_words(node, fullest, problem.setting, problem.titles)
            return wording.say("conflict.over", amount=Credits(amounts[fullest]), portion=portion)
        return wording.say("explanation.have-nothing")
    for bound in problem.bounds if node.points_at_least is not None else ():
        if bound.node == path and bound.least:
            have = sum(max(0, weight) * unit.steps for weight, unit in zip(bound.weights, problem.units, strict=True))
            points = Fraction(have, bound.least) * Fraction(node.points_at_least or 0)
            return wording.say("explanation.have-points", points=wording.points(points))
    return ""


def _asks(node: Leaf) -> bool:
    """Whether a rule asks for credits or units. A share asks for nothing where nothing is counted."""
    if isinstance(node, Requirement):
        return True
    if not isinstance(node, Limit) or node.over == "attempted":
        return False
    return node.credits_at_least is not None or node.units_at_least is not None


def _one_want(
    problem: Problem, want: str, leaves: Mapping[str, Leaf], caps: Sequence[str], effort: Effort
) -> tuple[str, Lack | None]:
    """One rule asks for more than the others let through."""
    node = leaves[want]
    bounds = [bound for bound in problem.bounds if bound.node == want and bound.least is not None]
    bound = next((item for item in bounds if _most(problem, item, caps, effort) < (item.least or 0)), None)
    if bound is None:
        return _collide(problem, leaves), None
    have, can = _most(problem, bound, (), effort), _most(problem, bound, caps, effort)
    converted: list[str] = []
    if problem.policies:
        shares = [one for one, _ in problem.policies]
        unbound = replace(problem, bounds=tuple(one for one in problem.bounds if one not in shares))
        without = _most(unbound, bound, (), effort)
        if without > have:
            converted = [policy_words(policy, problem.setting.wording) for _, policy in problem.policies]
            have = without
    wording, least = problem.setting.wording, bound.least or 0
    full = 1000 if bound.measure == "credits" else 1 if problem.qualification.admits.half_units is None else 2
    number = Fraction(least, full)

    def said(amount: int) -> str:
        return wording.credits(amount) if bound.measure == "credits" else wording.units(Fraction(amount, full))

    assert isinstance(node, Requirement | Limit), "only these ask for credits or units"
    lacks = ("credits", least - can) if bound.measure == "credits" else ("units", -(-(least - can) // full))
    reasons = [*(_cap_words(problem, path, leaves[path]) for path in caps), *converted]
    everything = node.where.everything and not (isinstance(node, Limit) and node.within)
    if not reasons and isinstance(node, Requirement) and node.same is not None:
        told = {"have": said(have), "each": same_words(node, wording), "title": node.title, "need": said(least)}
        return wording.count("conflict.too-few-same", number, **told), lacks
    if not reasons and everything:
        return wording.count("conflict.too-few", number, have=said(have), need=said(least)), lacks
    if not reasons:
        return wording.count("conflict.too-few-for", number, have=said(have), title=node.title, need=said(least)), lacks
    rules = wording.listed(reasons)
    if everything:
        first = wording.say("conflict.capped", have=said(have), rules=rules)
    else:
        first = wording.say("conflict.capped-for", have=said(have), title=node.title, rules=rules)
    message = "conflict.so-at-most" if can else "conflict.so-none"
    second = wording.count(message, number, can=said(can), need=said(least))
    return wording.sentences(first, second), lacks


def _cap_words(problem: Problem, path: str, node: Leaf) -> str:
    """A bound in words, with what the learner has that goes beyond it, or is too little in a portion."""
    wording = problem.setting.wording
    words = bounded_words(node, wording)
    if not isinstance(node, Limit):
        return words
    over = []
    seen: set[str] = set()
    for bound in problem.bounds:
        if bound.node != path or bound.measure != "credits" or node.share is not None or not bound.portion:
            continue
        have = sum(weight * unit.steps for weight, unit in zip(bound.weights, problem.units, strict=True))
        beyond = have < (bound.least or 0) if bound.most is None else have > bound.most
        if beyond and bound.portion not in seen:  # a minimum in each portion is stated for each unit in it
            seen.add(bound.portion)
            portion = portion_words(node, bound.portion, problem.setting, problem.titles)
            over.append(wording.say("conflict.over", amount=Credits(have), portion=portion))
    return wording.say("conflict.rule-over", rule=words, over=wording.listed(over)) if over else words


def _most(problem: Problem, bound: Bound, caps: Sequence[str], effort: Effort) -> int:
    """The most that a bound's sum can come to while only `caps` and the rules outside the tree bind."""
    bounds = tuple(replace(item, least=0) if item.node == bound.node else item for item in problem.bounds)
    free = replace(problem, bounds=bounds)
    keep = {bound.node, *caps}
    form = formulate(free, dropped=frozenset(path for path in problem.leaves if path not in keep))
    return _maximum(form, bound, effort)


def _maximum(form: Formulation, bound: Bound, effort: Effort) -> int:
    terms: dict[int, int] = {}
    for index, weight in enumerate(bound.weights):
        if not weight:
            continue
        if bound.within:
            for own, part in inside_terms(form, index, bound.within, bound.measure).items():
                terms[own] = terms.get(own, 0) + weight * part
            continue
        if bound.place and bound.node not in form.placed[index]:
            continue
        if bound.measure == "credits":
            variable = form.filled[index][bound.node] if bound.place else form.amount[index]
        else:
            variable = form.placed[index][bound.node] if bound.place else form.entire[index]
        terms[variable] = weight
    values = minimise(form.model, {variable: -weight for variable, weight in terms.items()}, effort)
    if values is None:
        return 0
    return sum(weight * values[variable] for variable, weight in terms.items())


def _shared(problem: Problem, wants: Sequence[str], leaves: Mapping[str, Leaf]) -> str:
    """Requirements that want the same units: what they ask together, and what all their units come to."""
    wording = problem.setting.wording
    titles = wording.titles([leaves[path].title for path in wants])
    fitting = [index for index, places in enumerate(problem.places) if any(path in places for path in wants)]
    places = [leaf for path in wants if isinstance(leaf := leaves[path], Requirement)]
    if all(leaf.units_at_least is not None for leaf in places):
        need = sum(leaf.units_at_least or 0 for leaf in places)
        if len(fitting) >= need:
            return _collide(problem, leaves)
        return wording.say("conflict.shared", rules=titles, have=wording.units(len(fitting)), need=wording.units(need))
    amounts = [credits_of(leaf.credits_at_least) for leaf in places]
    asked = sum(amount.thousandths for amount in amounts if amount is not None)
    have = sum(problem.units[index].most for index in fitting)
    told = {"rules": titles, "have": wording.credits(have), "need": wording.credits(asked)}
    if have < asked:
        return wording.say("conflict.shared", **told)
    heads = sum(leaf.units_at_least or 0 for leaf in places if leaf.credits_at_least is None)
    told |= {"need": wording.amounts(asked, heads), "units": wording.units(len(fitting))}
    return wording.count("conflict.undivided", len(fitting), **told)
