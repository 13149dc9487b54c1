"""Rules in plain language: what a qualification document says, in sentences that a registrar could sign."""

from typing import Final

from creditbank.canonical import JsonObject
from creditbank.cli.choices import (
    all_of,
    any_of,
    count,
    day_words,
    duration_words,
    share_words,
    where_words,
)
from creditbank.framework import Admission, Group, Limit, Qualification, Requirement, Where
from creditbank.framework.grading import GradeScale
from creditbank.framework.qualification import Bundle, Part, Sharing
from creditbank.framework.rules import AnyLeafOrGroup, Exclusion, Prerequisite

PORTIONS: Final = {
    "provider": ("From any one provider", "providers", "provider"),
    "broad-field": ("In any one broad field of study", "broad fields of study", "broad field of study"),
    "narrow-field": ("In any one narrow field of study", "narrow fields of study", "narrow field of study"),
    "detailed-field": ("In any one detailed field of study", "detailed fields of study", "detailed field of study"),
    "source-type": ("From any one kind of source", "kinds of source", "kind of source"),
    "achievement": ("Of any one achievement", "achievements", "achievement"),
    "category": ("In any one category", "categories", "category"),
}
"""Words for `per`: of each portion, of several, of one."""
ATTEMPTED: Final = "Of all units that were given, whether they count or not: "
NOT_SHOWN: Final = " No credential shows that nothing was left out of what was attempted."


def standing_sentences(rules: Qualification) -> list[str]:
    """How these rules stand among others: what they tighten, what they absorb, who may still finish under them."""
    said: list[str] = []
    if rules.tightens is not None:
        said.append(
            f"These rules contain those of {rules.tightens.id}, version {rules.tightens.version},"
            " and are nowhere less strict."
        )
    if rules.absorbs:
        said.append(
            f"On its ladder it stands above {all_of(rules.absorbs)}: credits counted for"
            f" {'that award' if len(rules.absorbs) == 1 else 'one of these'} may count here once it is given up."
        )
    if rules.transition is not None:
        said.append(
            f"After {rules.valid_until} these rules still serve, until {rules.transition.until}, whoever had earned"
            f" a unit that counts here by {rules.transition.begun_by}."
        )
    return said


def admission_sentences(admits: Admission) -> list[str]:
    """Which units may be weighed at all."""
    native = any_of(admits.frameworks) if admits.frameworks else "no framework"
    said = [
        f"Levels of {native} count as they stand; a unit of another framework needs a recognition decision.",
        "A unit counts whole or not at all." if admits.whole_units else "Part of a unit may count.",
        "Of several units with the same content, one counts.",
    ]
    if admits.half_units is not None:
        halves = where_words(admits.half_units)
        said.append(
            f"Where units are counted, a unit {halves} is half a unit." if halves else "Every unit is half one."
        )
    if admits.same_achievement == "count-once":
        said.append("An achievement that was earned twice counts once.")
    if admits.max_age:
        said.append(f"A credit may be used for {duration_words(admits.max_age)} after it was earned.")
    if admits.level_at_least:
        said.append(f"Every unit is at level {admits.level_at_least} or above.")
    if admits.accredited:
        said.append(
            "The provider was accredited for the unit's field, level and kind, by a register, on the day it was earned."
        )
    which = where_words(admits.where)
    if _only(admits.where):
        said.append(f"Only units {which}{',' if admits.where.excluding is not None else ''} are weighed.")
    elif admits.where.excluding is not None:
        said.append(f"No unit {where_words(admits.where.excluding)} is weighed.")
    return said


def _only(where: Where) -> bool:
    """Whether a choice names what it takes, and not only what it leaves out."""
    return bool(where.given()) and where.given() != ("excluding",)


def shared_sentences(rules: Qualification) -> list[str]:
    """What all rules share: windows, scales, what stands for what, which places share a unit."""
    said = [_calendar_sentence(name, calendar.starts) for name, calendar in rules.calendars.items()]
    said += [_scale_sentence(name, scale) for name, scale in rules.grading.items()]
    said += [
        f"{all_of(one.achievements)} are one in substance: a rule that names one means all, and one of them counts."
        for one in rules.equivalents
    ]
    said += [f"Instead of {one.instead_of}, {any_of(one.accepted)} is accepted." for one in rules.substitutes]
    said += [_bundle_sentence(one) for one in rules.bundles]
    said += [_sharing_sentence(rules, one) for one in rules.sharing]
    return said


def people_sentences(rules: Qualification) -> list[str]:
    """The conditions that a person has to check."""
    return [f"{one.text} [{one.id}]" for one in rules.checked_by_people]


def node_sentence(node: AnyLeafOrGroup) -> str:
    """What one node asks, in one sentence."""
    if isinstance(node, Group):
        return group_words(node)
    if isinstance(node, Requirement):
        return _requirement_sentence(node)
    match node:
        case Limit():
            said = _limit_sentence(node)
        case Prerequisite():
            said = _order_sentence(node)
        case Exclusion():
            said = _exclusion_sentence(node)
    return said if node.over == "counted" else f"{said}{NOT_SHOWN}"


def group_words(group: Group) -> str:
    """How many of a group's nodes must hold."""
    if group.kind == "all":
        return "All of these:" if len(group.of) > 1 else "This:"
    if group.kind == "any":
        return "Any one of these:"
    return f"Any {group.n} of these {len(group.of)}:"


def _calendar_sentence(name: str, starts: tuple[str, ...]) -> str:
    days = all_of([day_words(start) for start in starts])
    return f"{'Each' if len(starts) == 1 else 'A'} {name.replace('-', ' ')} begins on {days}."


def _scale_sentence(name: str, scale: GradeScale) -> str:
    if scale.numbers is not None:
        return f"Grades on the scale {name} run from {scale.numbers[0]}, the worst, to {scale.numbers[1]}, the best."
    worth = [
        f"{step.code} ({'no points' if step.points is None else count(step.points, 'point')})" for step in scale.grades
    ]
    return f"Grades on the scale {name}, the worst first: {', '.join(worth)}."


def _bundle_sentence(bundle: Bundle) -> str:
    parts = "; ".join(_part_words(part) for part in bundle.parts)
    return (
        f"A credential of {bundle.achievement} is weighed as its parts: {parts}. Each of them counts once, whether it"
        " was earned so or by itself."
    )


def _part_words(part: Part) -> str:
    said = f"{part.title or part.id}, which is {part.achievement}, with {count(part.credits, 'credit')} of it"
    if part.level is not None:
        said += f" at level {part.level}"
    if part.categories:
        said += f" in category {any_of(part.categories)}"
    if part.fields:
        said += f" in ISCED field {any_of(part.fields)}"
    return said


def _sharing_sentence(rules: Qualification, entry: Sharing) -> str:
    titles = {node.id: node.title for _, node in rules.nodes()}
    places = all_of([f"«{titles[name]}»" for name in entry.between])
    said = f"{entry.title}: one unit may fill a place in each of {places}"
    if len(entry.between) > 2:
        said += f", {entry.places_at_most} places at most"
    if entry.units_at_most is not None:
        said += f"; at most {count(str(entry.units_at_most), 'unit')} may be shared so"
    if entry.credits_at_most is not None:
        said += f"; at most {count(entry.credits_at_most, 'credit')} may be shared so"
    return f"{said}. In totals it counts once."


def _requirement_sentence(node: Requirement) -> str:
    which = where_words(node.where)
    more = _place_words(node)
    if node.credits_at_least == "0" and node.units_at_least is None:
        return f"Any further credits{f' from units {which}' if which else ''}; none are required here.{more}"
    units = f"at least {count(str(node.units_at_least), 'unit')}"
    if node.credits_at_least is None:
        return f"{units.capitalize()} {which or 'of any kind'}.{more}"
    asked = f"At least {count(node.credits_at_least, 'credit')}"
    if node.units_at_least is not None:
        asked += f" and {units}"
    return f"{asked}{f' from units {which}' if which else ' from any units'}.{more}"


def _place_words(node: Requirement) -> str:
    """What the place takes at most, and what its units have in common."""
    most = [count(node.credits_at_most, "credit")] if node.credits_at_most is not None else []
    most += [count(str(node.units_at_most), "unit")] if node.units_at_most is not None else []
    taken = f" The place takes at most {all_of(most)}." if most else ""
    return f"{taken} All of them are {_same_words(node.same)}." if node.same else taken


def _same_words(same: str) -> str:
    return "from one and the same provider" if same == "provider" else f"in one and the same {PORTIONS[same][2]}"


def _limit_sentence(node: Limit) -> str:
    said = _bound_sentence(node)
    if node.within:
        return f"Of what fills {any_of(node.within)}: {said[0].lower()}{said[1:]}"
    if node.over == "counted":
        return said
    return f"{ATTEMPTED}{said[0].lower()}{said[1:]}"


def _bound_sentence(node: Limit) -> str:
    bound = node.bound
    if bound.startswith("distinct"):
        return _distinct_sentence(node)
    if bound == "in_one_at_least":
        units = _of_units(node, "of units")
        return (
            f"At least {count(str(node.in_one_at_least), 'credit')}{units} come from one and the same"
            f" {_portion(node)}, whichever it is."
        )
    if bound == "in_each_at_least":
        units = _of_units(node, "of units") or " that count" if node.over == "counted" else _of_units(node, "of units")
        return (
            f"In each {_portion(node)} in which any{units} lie, at least"
            f" {count(str(node.in_each_at_least), 'credit')} of them do."
        )
    if bound == "last_at_least":
        last, units = count(str(node.last_at_least), "credit"), where_words(node.where) or "of any kind"
        if node.of_last is not None:
            among = f"of the last {count(node.of_last, 'credit')}, by the day they were earned,"
            return f"At least {node.last_at_least} {among} come from units {units}."
        return f"The last {last}, by the day they were earned, come from units {units}."
    if bound == "mean_at_least":
        weighed = "weighted by credits" if node.weigh_by == "credits" else "each unit alike"
        grades = f"The mean of the grades{_of_units(node)} on the scale {node.grading}"
        return f"{grades}, {weighed}, is {node.mean_at_least} or better.{_weights_words(node)}"
    if bound == "points_at_least":
        points = f"Credits times grade points{_of_units(node)}, on the scale {node.grading},"
        return f"{points} come to at least {node.points_at_least}.{_weights_words(node)}"
    if bound == "span_at_most":
        which = where_words(node.where)
        last = f"the last of the units {which}" if which else "the last unit"
        counts = " that counts" if node.over == "counted" and not which else ""
        return f"At most {duration_words(str(node.span_at_most))} pass from the first to {last}{counts}."
    return _amount_sentence(node)


def _weights_words(node: Limit) -> str:
    """Which units weigh how many times; of two that speak of a unit the first."""
    told = [f"units {where_words(one.where) or 'of any kind'} weigh {one.times} times" for one in node.weights]
    if not told:
        return ""
    first = ", the first of these that speaks of a unit" if len(told) > 1 else ""
    return f" In it {'; '.join(told)}{first}; all others weigh once."


def _of_units(node: Limit, word: str = "of units") -> str:
    """` of units …` for what a limit speaks of; nothing when that is everything."""
    which = where_words(node.where)
    return f" {word} {which}" if which else ""


def _distinct_sentence(node: Limit) -> str:
    least = node.distinct_at_least is not None
    number = node.distinct_at_least if least else node.distinct_at_most
    which = where_words(node.where)
    plural, single = PORTIONS.get(node.per or "", ("", f"{_portion(node)}s", _portion(node)))[1:]
    subject = f"Units {which} come" if which else "What counts comes" if node.over == "counted" else "They come"
    if node.per == "category" and len(node.where.category) > 1 and node.over == "counted":
        rest = where_words(node.where.model_copy(update={"category": ()}))
        subject = f"Of the categories {all_of(node.where.category)}, at {'least' if least else 'most'} {number}"
        return f"{subject} {'is' if number == 1 else 'are'} among what counts{f' of units {rest}' if rest else ''}."
    different = f"{number} different {plural}" if number != 1 else f"one {single}"
    return f"{subject} from at {'least' if least else 'most'} {different}."


def _portion(node: Limit) -> str:
    per = node.per or ""
    return PORTIONS[per][2] if per in PORTIONS else per.replace("-", " ")


def _amount_sentence(node: Limit) -> str:
    return f"{_plain_amount_sentence(node)}{_weights_words(node)}"


def _plain_amount_sentence(node: Limit) -> str:
    which = where_words(node.where)
    bound, noun = _amount(node)
    opening = bound
    if node.share is not None:
        opening = f"{bound} of {_whole_words(node)}"
        if node.base is not None:
            opening = f"Of {_whole_words(node)}, {bound[0].lower()}{bound[1:]}"
    if node.per is not None:
        window = PORTIONS[node.per][0] if node.per in PORTIONS else f"In any one {_portion(node)}"
        opening = f"{window}, {opening[0].lower()}{opening[1:]}"
    if which and node.per is None and node.over == "counted" and "0" in (node.credits_at_most, str(node.units_at_most)):
        return f"No unit {which}{',' if ',' in which else ''} counts."
    if not which:
        verb = "counts" if bound.endswith((" 1 unit", " 1 credit")) else "count"
        verb = "come from it" if node.share is not None and node.per else verb
        return f"{opening} {verb}{'' if node.per else ' in all'}."
    if noun == "units":
        return f"{opening} {'is' if bound.endswith(' 1 unit') else 'are'} {which}."
    return f"{opening} {'are' if node.weigh_by == 'units' else 'come from'} units {which}."


def _whole_words(node: Limit) -> str:
    """Of what a share is a part."""
    noun = "units" if node.weigh_by == "units" else "credits"
    counts = " that count" if node.over == "counted" and not node.within else ""
    within = " there" if node.base_per else ""
    if node.base is None:
        return f"the {noun}{counts}{within}"
    which = where_words(node.base) or "of any kind"
    return f"the {noun}{counts}{within} {which}" if noun == "units" else f"the credits{counts}{within} of units {which}"


def _amount(node: Limit) -> tuple[str, str]:
    """The bound of a limit in words, and what it counts: credits, units or a share."""
    if node.share is not None:
        return f"At {'least' if node.share_at_least else 'most'} {share_words(node.share)}", "share"
    if node.credits_at_least is not None or node.credits_at_most is not None:
        least = node.credits_at_least is not None
        number = node.credits_at_least if least else node.credits_at_most
        return f"At {'least' if least else 'most'} {count(str(number), 'credit')}", "credits"
    least = node.units_at_least is not None
    number = str(node.units_at_least if least else node.units_at_most)
    return f"At {'least' if least else 'most'} {count(number, 'unit')}", "units"


def _order_sentence(node: Prerequisite) -> str:
    later = f"Each unit {where_words(node.where)}".rstrip()
    enough = (
        count(node.credits_at_least, "credit") if node.credits_at_least else count(str(node.units_at_least), "unit")
    )
    first = where_words(node.needs)
    when = "no earlier than" if node.concurrent else "after"
    of_units = f" from units {first}" if node.credits_at_least and first else f" {first}" if first else ""
    counted = "counts only if it was earned" if node.over == "counted" else "that was given was earned"
    return f"{later} {counted} {when} at least {enough}{of_units}."


def _exclusion_sentence(node: Exclusion) -> str:
    kinds = "; ".join(f"units {where_words(where) or 'of any kind'}" for where in node.between)
    if node.over == "attempted":
        return f"Of these kinds, only one may be among the units given, whether they count or not: {kinds}."
    return f"Of these kinds, only one counts: {kinds}."


def rules_json(rules: Qualification) -> list[dict[str, str]]:
    """Every node with its path, its kind and its sentence."""
    return [
        {
            "path": path,
            "kind": node.kind,
            "title": node.title,
            "sentence": node_sentence(node),
            "note": node.note,
            "confidence": node.confidence,
        }
        for path, node in rules.nodes()
    ]


def explained_json(rules: Qualification) -> JsonObject:
    """Everything that the explanation says, for machines."""
    return {
        "standing": list(standing_sentences(rules)),
        "admits": list(admission_sentences(rules.admits)),
        "rules": [dict(item) for item in rules_json(rules)],
        "shared": list(shared_sentences(rules)),
        "checkedByPeople": list(people_sentences(rules)),
    }
