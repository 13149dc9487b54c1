"""Rules that say they tighten others: whatever is looser is refused, whatever is stricter is taken."""

import re

import pytest
from rule_samples import FRAMEWORK, nodes, qualification

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.framework import Framework, Qualification, load_document
from creditbank.framework.qualification import Bundle
from creditbank.framework.tightening import loosenings

LIMIT = "kind: limit, over: counted"
HEAD = """\
admits:
  frameworks: [sample, other]
  max_age: P7Y
  level_at_least: "4"
  where: {excluding: {mode: [volunteering]}}
  accredited: true
  same_achievement: count-once
calendars: {year: {starts: ["03-01"]}}
equivalents: [{id: e, achievements: ["urn:a", "urn:b"]}]
substitutes: [{id: s, instead_of: "urn:c", accepted: ["urn:d", "urn:f"]}]
sharing: [{id: both, title: Both, between: [major, minor], units_at_most: 2}]
checked_by_people: [{id: home, text: Lives here.}]
"""
PARENT = f"""\
- {{id: major, title: Major, kind: requirement, credits_at_least: "60", credits_at_most: "90", same: narrow-field,
   where: {{category: [major, core], level_at_least: "5"}}}}
- {{id: minor, title: Minor, kind: requirement, units_at_least: 2, where: {{field: ["06"]}}}}
- {{id: thesis, title: Thesis, kind: requirement, units_at_least: 1, where: {{achievement: ["urn:a", "urn:c"]}}}}
- {{id: way, title: Way, kind: n-of, n: 2, of: [
    {{id: x, title: X, kind: requirement, units_at_least: 1}},
    {{id: y, title: Y, kind: requirement, units_at_least: 1}},
    {{id: z, title: Z, kind: requirement, units_at_least: 1}}]}}
- {{id: total, title: Total, {LIMIT}, credits_at_least: "140"}}
- {{id: pace, title: Pace, {LIMIT}, per: year, credits_at_most: "42"}}
- {{id: online, title: Online, {LIMIT}, where: {{mode: [online]}}, share_at_most: 2/5}}
- {{id: home, title: Home, {LIMIT}, where: {{provider: [awarding]}}, share_at_least: 1/2, base: {{category: [major]}}}}
- {{id: few, title: Few, {LIMIT}, where: {{source_type: [test]}}, units_at_most: 3}}
- {{id: houses, title: Houses, {LIMIT}, distinct_at_least: 2, per: provider}}
- {{id: depth, title: Depth, {LIMIT}, in_one_at_least: "18", per: narrow-field}}
- {{id: mean, title: Mean, {LIMIT}, mean_at_least: "2.5", grading: letters}}
- {{id: note, title: Note, {LIMIT}, mean_at_least: "2.5", grading: german}}
- {{id: points, title: Points, {LIMIT}, points_at_least: "240", grading: letters}}
- {{id: span, title: Span, {LIMIT}, span_at_most: P6Y}}
- {{id: given, title: Given, kind: limit, over: attempted, credits_at_least: "150"}}
- {{id: order, title: Order, kind: prerequisite, over: counted, where: {{category: [advanced]}},
   needs: {{category: [basic, middle]}}, credits_at_least: "6"}}
- {{id: apart, title: Apart, kind: exclusion, over: counted,
   between: [{{category: [p]}}, {{category: [q]}}]}}
"""


def parent() -> Qualification:
    return qualification(PARENT, HEAD, id="parent")


def found(old: str, new: str, *, tree: bool = True) -> list[str]:
    """What is looser once a piece of the parent is written otherwise; each with its path."""
    source = PARENT if tree else HEAD
    assert source.count(old) == 1, old
    changed = source.replace(old, new)
    child = qualification(changed if tree else PARENT, HEAD if tree else changed, id="child")
    assert isinstance(FRAMEWORK, Framework)
    return [f"{fault.path}: {fault.sentence}" for fault in loosenings(child, parent(), FRAMEWORK)]


def test_rules_tighten_themselves() -> None:
    assert isinstance(FRAMEWORK, Framework)
    assert loosenings(parent(), parent(), FRAMEWORK) == []


STRICTER = [
    ('credits_at_least: "60"', 'credits_at_least: "66"'),
    ('credits_at_most: "90"', 'credits_at_most: "80"'),
    ('credits_at_most: "90"', 'credits_at_most: "90", units_at_most: 12'),
    ("same: narrow-field", "same: detailed-field"),
    ("category: [major, core]", "category: [core]"),
    ("category: [major, core]", "category: [major, core], mode: [on-site]"),
    ('level_at_least: "5"}', 'level_at_least: "6", level_at_most: "7"}'),
    ('field: ["06"]', 'field: ["0613", "061"]'),
    ("units_at_least: 2, where", 'units_at_least: 3, credits_at_least: "12", where'),
    ('achievement: ["urn:a", "urn:c"]', 'achievement: ["urn:a"]'),
    ('achievement: ["urn:a", "urn:c"]', 'achievement: ["urn:b", "urn:c"]'),
    ("n: 2", "n: 3"),
    ("kind: n-of, n: 2", "kind: all"),
    ("    {id: z, title: Z, kind: requirement, units_at_least: 1}]}", "    ]}"),
    (
        "{id: x, title: X, kind: requirement, units_at_least: 1}",
        "{id: x, title: X, kind: requirement, units_at_least: 2}",
    ),
    ('credits_at_least: "140"', 'credits_at_least: "150"'),
    ('credits_at_least: "140"', 'credits_at_least: "140", where: {level_at_least: "5"}'),
    ('per: year, credits_at_most: "42"', 'per: year, credits_at_most: "40"'),
    ('per: year, credits_at_most: "42"', 'credits_at_most: "42"'),
    ("where: {mode: [online]}, share_at_most: 2/5", "where: {mode: [online, blended]}, share_at_most: 1/3"),
    ("where: {mode: [online]}, share_at_most: 2/5", "share_at_most: 2/5"),
    ("share_at_least: 1/2", "share_at_least: 2/3"),
    ("units_at_most: 3", "units_at_most: 2"),
    ("where: {source_type: [test]}, ", ""),
    ("source_type: [test]", "source_type: [test, exam]"),
    ("distinct_at_least: 2", "distinct_at_least: 3"),
    ('in_one_at_least: "18"', 'in_one_at_least: "24"'),
    ('mean_at_least: "2.5", grading: letters', 'mean_at_least: "3", grading: letters'),
    ('mean_at_least: "2.5", grading: german', 'mean_at_least: "2.0", grading: german'),
    ('points_at_least: "240"', 'points_at_least: "300"'),
    ("span_at_most: P6Y", "span_at_most: P60M"),
    ("kind: limit, over: attempted", "kind: limit, over: counted"),
    (f"title: Few, {LIMIT}", "title: Few, kind: limit, over: attempted"),
    ("needs: {category: [basic, middle]}", "needs: {category: [basic]}"),
    ("where: {category: [advanced]}", "where: {category: [advanced, master]}"),
    ('credits_at_least: "6"', 'credits_at_least: "12"'),
    ("kind: exclusion, over: counted", "kind: exclusion, over: attempted"),
    ("{category: [p]}, {category: [q]}", "{category: [q, r]}, {category: [p]}, {mode: [blended]}"),
    ("title: Total", "title: All in all, note: words, confidence: M"),
]


@pytest.mark.parametrize(("old", "new"), STRICTER)
def test_what_is_stricter_is_taken(old: str, new: str) -> None:
    assert found(old, new) == []


def test_further_rules_may_stand_beside_those_that_are_kept() -> None:
    more = nodes(
        'id: extra, kind: requirement, credits_at_least: "6"',
        f'id: cap, {LIMIT}, credits_at_most: "200"',
        "id: other, kind: any, of: [{id: o, title: O, kind: requirement, units_at_least: 1}]",
    )
    child = qualification(PARENT + more, HEAD, id="child")
    assert loosenings(child, parent()) == []


def test_a_limit_over_what_fills_a_group_runs_over_the_same_places() -> None:
    inside = nodes(f"id: here, {LIMIT}, share_at_least: 1/2, within: [pool]",
                   "id: pool, kind: all, of: [{id: one, title: O, kind: requirement, units_at_least: 1}]")  # fmt: skip
    more = inside.replace(
        "units_at_least: 1}]", "units_at_least: 1}, {id: two, title: T, kind: requirement, units_at_least: 1}]"
    )
    above = qualification(PARENT + inside, HEAD)
    assert loosenings(qualification(PARENT + inside, HEAD, id="child"), above) == []
    [fault] = loosenings(qualification(PARENT + more, HEAD, id="child"), above)
    assert fault.sentence == "«here» runs over what fills other places than there."


LOOSER = [
    ('credits_at_least: "60"', 'credits_at_least: "59.999"', "requires.of[0]: It asks for 59.999 credits, and there"),
    ('credits_at_least: "60", ', "units_at_least: 10, ", "It asks for no number of credits"),
    ('credits_at_most: "90"', 'credits_at_most: "91"', "It takes 91 credits, and there at most 90."),
    (', credits_at_most: "90"', "", "It takes any number of credits"),
    ("same: narrow-field", "same: broad-field", "need not be of the same narrow field"),
    ("same: narrow-field", "same: provider", "need not be of the same narrow field"),
    ("category: [major, core]", "category: [major, core, minor]", "units that could not fill it there"),
    ('category: [major, core], level_at_least: "5"', 'level_at_least: "5"', "units that could not fill it there"),
    ('level_at_least: "5"}', 'level_at_least: "4"}', "units that could not fill it there"),
    ('field: ["06"]', 'field: ["06", "05"]', "requires.of[1]: It may be filled by units"),
    ('field: ["06"]', 'any_of: [{field: ["0613"]}, {field: ["0512"]}]', "requires.of[1]: It may be filled by units"),
    ("units_at_least: 2, where", "units_at_least: 1, where", "It asks for 1 unit, and there for 2"),
    ('achievement: ["urn:a", "urn:c"]', 'achievement: ["urn:a", "urn:x"]', "requires.of[2]: It may be filled"),
    ("n: 2", "n: 1", "«way» may hold with 1 of the 3 nodes"),
    ("kind: n-of, n: 2", "kind: any", "«way» may hold with 1 of the 3 nodes"),
    (
        "{id: z, title: Z,",
        "{id: v, title: V, kind: requirement, units_at_least: 1}, {id: z, title: Z,",
        "«way» may hold with 1 of the 3 nodes",
    ),
    ("{id: z, title: Z,", "{id: v, title: V,", "«z» no longer stands in «way»"),
    ("    {id: x, title: X, kind: requirement, units_at_least: 1},\n", "", ""),
    ("- {id: total,", "- {id: sum,", "requires: «total» no longer stands in «root»"),
    (f"id: total, title: Total, {LIMIT}", "id: total, title: Total, kind: requirement", "is a requirement here"),
    ('credits_at_least: "140"', 'credits_at_least: "139"', "Its bound is 139, and there 140."),
    ('credits_at_least: "140"', "units_at_least: 140", "It bounds units_at_least, and there credits_at_least."),
    (f'{LIMIT}, credits_at_least: "140"', 'kind: limit, over: attempted, credits_at_least: "140"', "what is attempted"),
    ('per: year, credits_at_most: "42"', 'per: year, credits_at_most: "43"', "Its bound is 43"),
    ('per: year, credits_at_most: "42"', 'per: provider, credits_at_most: "42"', "It is taken per provider"),
    ('per: year, credits_at_most: "42"', 'per: year, where: {mode: [online]}, credits_at_most: "42"', "fewer units"),
    ("share_at_most: 2/5", "share_at_most: 1/2", "Its bound is 1/2"),
    ("share_at_most: 2/5", "share_at_most: 2/5, weigh_by: units", "Its `weigh_by` is another one"),
    ("where: {mode: [online]}, share", "where: {mode: [online], category: [a]}, share", "It may speak of fewer units"),
    ("share_at_least: 1/2", "share_at_least: 1/3", "Its bound is 1/3"),
    (", base: {category: [major]}", "", "Its `base` is another one there"),
    ("where: {provider: [awarding]}, ", "", "It may speak of more units than there."),
    ("distinct_at_least: 2", "distinct_at_least: 1", "Its bound is 1"),
    ("distinct_at_least: 2, per: provider", "distinct_at_least: 2, per: achievement", "It is taken per achievement"),
    ('in_one_at_least: "18", per: narrow-field', 'in_one_at_least: "18", per: broad-field', "It is taken per broad"),
    ('mean_at_least: "2.5", grading: letters', 'mean_at_least: "2.4", grading: letters', "Its bound is 2.4"),
    ('mean_at_least: "2.5", grading: german', 'mean_at_least: "2.6", grading: german', "Its bound is 2.6"),
    ("share_at_most: 2/5", "share_at_most: 2/5, within: [way]", "Its `within` is another one"),
    (
        'mean_at_least: "2.5", grading: letters',
        'mean_at_least: "2.5", grading: letters, weights: [{where: {mode: [online]}, times: "2"}]',
        "Its `weights` is another one",
    ),
    ('mean_at_least: "2.5", grading: letters', 'mean_at_least: "2.5", grading: german', "Its `grading` is another one"),
    ('"2.5", grading: letters', '"2.5", grading: letters, where: {level_at_least: "6"}', "a mean of other units"),
    ("span_at_most: P6Y", "span_at_most: P72M", ""),
    ("span_at_most: P6Y", "span_at_most: P73M", "Its bound is P73M"),
    ("needs: {category: [basic, middle]}", "needs: {}", "met by units that do not meet it there"),
    ("where: {category: [advanced]}", "where: {category: [advanced], mode: [online]}", "It may bind fewer units"),
    ('credits_at_least: "6"', 'credits_at_least: "5"', "It asks for 5 credits before"),
    ('credits_at_least: "6"', "units_at_least: 2", "It asks for no number of credits before"),
    ('credits_at_least: "6"', 'credits_at_least: "6", concurrent: true', "The same day is early enough here"),
    ("kind: prerequisite, over: counted", "kind: prerequisite, over: attempted", "what is attempted"),
    ("{category: [p]}, {category: [q]}", "{category: [p]}, {category: [r]}", "It may keep fewer units apart"),
    ("{category: [p]}, {category: [q]}", "{category: [p, q]}, {category: [r]}", "It may keep fewer units apart"),
]


@pytest.mark.parametrize(("old", "new", "told"), LOOSER)
def test_what_is_looser_is_refused_with_a_sentence(old: str, new: str, told: str) -> None:
    said = found(old, new)
    if not told:  # a boundary: this one is not looser
        assert said == []
    else:
        assert len(said) == 1, said
        assert told in said[0]


STRICTER_HEAD = [
    ("frameworks: [sample, other]", "frameworks: [sample]"),
    ("max_age: P7Y", "max_age: P5Y"),
    ('level_at_least: "4"', 'level_at_least: "5"'),
    ("{excluding: {mode: [volunteering]}}", "{excluding: {mode: [volunteering, online]}}"),
    ("{excluding: {mode: [volunteering]}}", "{mode: [on-site]}"),
    ("units_at_most: 2", "units_at_most: 1"),
    ('accepted: ["urn:d", "urn:f"]', 'accepted: ["urn:d"]'),
    (
        'substitutes: [{id: s, instead_of: "urn:c", accepted: ["urn:d", "urn:f"]}]',
        (
            'substitutes: [{id: s, instead_of: "urn:c", accepted: ["urn:d", "urn:f"]}, '
            '{id: t, instead_of: "urn:new", accepted: ["urn:other"]}]'
        ),
    ),
    (
        '[{id: e, achievements: ["urn:a", "urn:b"]}]',
        '[{id: e, achievements: ["urn:a", "urn:b"]}, {id: g, achievements: ["urn:x", "urn:y"]}]',
    ),
    ("sharing: [{id: both, title: Both, between: [major, minor], units_at_most: 2}]", "sharing: []"),
    ("{id: home, text: Lives here.}", "{id: home, text: Lives here.}, {id: more, text: And more.}"),
]


@pytest.mark.parametrize(("old", "new"), STRICTER_HEAD)
def test_what_rules_share_may_be_stricter(old: str, new: str) -> None:
    assert found(old, new, tree=False) == []


def test_new_places_may_share_a_unit_with_old_ones() -> None:
    more = nodes('id: extra, kind: requirement, credits_at_least: "6"')
    entry = "{id: more, title: More, between: [major, extra], units_at_most: 9}, {id: both"
    child = qualification(PARENT + more, HEAD.replace("{id: both", entry), id="child")
    assert loosenings(child, parent()) == []


LOOSER_HEAD = [
    (
        "frameworks: [sample, other]",
        "frameworks: [sample, third]",
        "admits.frameworks[1]: Units of third count as they",
    ),
    ("max_age: P7Y", "max_age: P8Y", "A unit may be older here (P8Y) than P7Y."),
    ("  max_age: P7Y\n", "", "A unit may be older here (any age)"),
    ('  level_at_least: "4"\n', "", "Units below level 4 may count here."),
    ("{excluding: {mode: [volunteering]}}", "{excluding: {mode: [online]}}", "admits.where: It may let units in"),
    ("{excluding: {mode: [volunteering]}}", "{}", "admits.where: It may let units in"),
    ("accredited: true", "accredited: false", "not accredited"),
    ("accredited: true", "accredited: true\n  whole_units: false", "Parts of units may count here."),
    ("same_achievement: count-once", "same_achievement: count-each", "may count twice here"),
    ('starts: ["03-01"]', 'starts: ["03-01", "09-01"]', "calendars.year: Its windows start on other days"),
    ('["urn:a", "urn:b"]', '["urn:a", "urn:b", "urn:x"]', "widens the rules that name urn:a"),
    ('[{id: e, achievements: ["urn:a", "urn:b"]}]', "[]", "What «e» makes equivalent no longer counts as one."),
    ('accepted: ["urn:d", "urn:f"]', 'accepted: ["urn:d", "urn:x"]', "What is accepted instead of urn:c is not"),
    ("units_at_most: 2", "units_at_most: 3", "sharing[0]: units_at_most is 3 here, and 2 there."),
    (", units_at_most: 2", "", "sharing[0]: units_at_most is open here"),
    ("units_at_most: 2", 'credits_at_most: "2"', "units_at_most is open here"),
    ("[major, minor]", "[major, thesis]", "lets a unit fill places of which the rules it tightens let it fill one"),
    ("[major, minor]", "[major, minor, x]", "lets a unit fill places of which the rules it tightens let it fill one"),
    ("{id: home, text: Lives here.}", "{id: house, text: Lives here.}", "The condition «home»"),
    ("text: Lives here.", "text: Lives somewhere.", "checked_by_people[0].text: The condition «home» has another text"),
]


@pytest.mark.parametrize(("old", "new", "told"), LOOSER_HEAD)
def test_what_rules_share_may_not_be_looser(old: str, new: str, told: str) -> None:
    (said,) = found(old, new, tree=False)
    assert told in said


def test_one_permission_to_share_is_not_used_twice() -> None:
    twice = (
        "sharing: [{id: one, title: One, between: [x, y], units_at_most: 1}, "
        "{id: two, title: Two, between: [x, z], units_at_most: 1}]\n"
    )
    once = "sharing: [{id: all, title: All, between: [x, y, z], units_at_most: 1, places_at_most: 2}]\n"
    rest = HEAD.replace("sharing: [{id: both, title: Both, between: [major, minor], units_at_most: 2}]\n", "")
    child, above = (qualification(PARENT, rest + shared) for shared in (twice, once))
    (fault,) = loosenings(child, above)
    assert fault.path == "sharing[1]"
    assert "doubles it" in fault.sentence


def test_a_scale_of_one_name_is_one_scale() -> None:
    head = HEAD + 'grading: {letters: {numbers: ["0", "4"]}, german: {numbers: ["5", "1"]}}\n'
    child = qualification(PARENT, head, id="child")
    assert "grading.letters" in {fault.path for fault in loosenings(child, parent())}


@pytest.mark.parametrize("key", ["framework", "credit_system", "level"])
def test_rules_of_other_credits_or_another_level_do_not_compare(key: str) -> None:
    child = parent().model_copy(update={key: "other"})
    assert [fault.path for fault in loosenings(child, parent())] == [key]


def test_a_cap_that_names_an_achievement_keeps_what_stands_in_for_it() -> None:
    cap = nodes(f'id: cap, {LIMIT}, units_at_most: 1, where: {{achievement: ["urn:c"]}}')
    child = qualification(PARENT + cap, HEAD.replace('["urn:d", "urn:f"]', '["urn:d"]'))
    above = qualification(PARENT + cap, HEAD)
    assert [fault.path for fault in loosenings(child, above)] == ["substitutes"]


def test_levels_compare_only_by_their_framework() -> None:
    old, new = 'level_at_least: "5"}', 'level_at_least: "6"}'
    child = qualification(PARENT.replace(old, new), HEAD)
    assert isinstance(FRAMEWORK, Framework)
    assert loosenings(child, parent(), FRAMEWORK) == []
    assert [fault.path for fault in loosenings(child, parent())] == ["requires.of[0]"]


def test_the_larger_example_of_the_page_tightens_the_small_one() -> None:
    page = (builtin_data("frameworks") / "README.md").read_text(encoding="utf-8")
    small, large = (
        load_document(text.encode())
        for text in re.findall(r"```yaml\n(document: creditbank/qualification/v1\n.*?)```", page, re.DOTALL)
    )
    assert isinstance(small, Qualification)
    assert isinstance(large, Qualification)
    framework = Catalogue.load(builtin_data("frameworks")).framework("in-ncrf")
    assert loosenings(large, small, framework) == []
    assert loosenings(small, large, framework)


def test_some_shipped_rules_tighten_others_and_do_so() -> None:
    catalogue = Catalogue.load(builtin_data("frameworks"))
    pairs = [
        (rules, catalogue.qualification(rules.tightens.id, rules.tightens.version))
        for rules in catalogue.qualifications()
        if rules.tightens is not None
    ]
    assert pairs
    for child, above in pairs:
        framework = catalogue.framework(child.framework)
        assert loosenings(child, above, framework) == []
        assert loosenings(above, child, framework) != []


def test_a_credential_is_taken_apart_as_in_the_rules_that_are_tightened() -> None:
    parts = [{"id": name, "achievement": f"urn:{name}", "credits": "5"} for name in "xy"]
    bundle = Bundle.model_validate({"id": "b", "achievement": "urn:w", "parts": parts})
    more = bundle.model_copy(update={"parts": (*bundle.parts, bundle.parts[0].model_copy(update={"id": "z"}))})
    renamed = bundle.model_copy(update={"parts": (bundle.parts[0].model_copy(update={"title": "X"}), bundle.parts[1])})
    plain = Qualification.model_validate(
        {
            "document": "creditbank/qualification/v1",
            "id": "sample",
            "version": "1",
            "title": "Sample",
            "framework": "sample",
            "credit_system": "sample",
            "valid_from": "2020-01-01",
            "confidence": "H",
            "summary": "Made for a test.",
            "sources": [{"name": "made for a test"}],
            "admits": {"frameworks": ["sample"]},
            "requires": {
                "id": "root",
                "title": "Root",
                "kind": "all",
                "of": [{"id": "a", "title": "A", "kind": "requirement", "units_at_least": 1}],
            },
        }
    )
    parent = plain.model_copy(update={"bundles": (bundle,)})
    for child, looser in (((bundle,), False), ((renamed,), False), ((more,), True), ((), True)):
        assert bool(loosenings(plain.model_copy(update={"bundles": child}), parent)) is looser
    assert loosenings(parent, plain)
