"""Every construct of the rules loads, and every wrong use of one is refused with a sentence, at its line."""

from typing import Any

import pytest
import yaml

from creditbank.framework import DocumentFaults, Fault, Qualification, Requirement, load_document

DOCUMENT = """\
document: creditbank/qualification/v1
id: sample
version: "1"
title: Sample
framework: sample
credit_system: sample
valid_from: 2024-01-01
confidence: L
summary: A sample.
sources: [{name: test}]
calendars:
  year: {starts: [03-01]}
grading:
  letters: {grades: [{code: F, points: "0"}, {code: B, points: "3"}, {code: A, points: "4"}, {code: P}]}
  german: {numbers: ["5", "1"]}
  plain: {grades: [{code: fail}, {code: pass}]}
admits: {frameworks: [sample]}
requires:
  id: root
  title: Root
  kind: all
  of:
    - id: major
      title: Major
      kind: requirement
      credits_at_least: "10"
    - id: minors
      title: Minors
      kind: all
      of:
        - {id: minor, title: Minor, kind: requirement, units_at_least: 1}
"""
NODE_LINE = 1 + DOCUMENT.count("\n")
"""Where the node that a test adds stands."""


def with_node(node: str) -> str:
    return f"{DOCUMENT}    - {{id: extra, title: Extra, {node}}}\n"


def with_head(lines: str) -> str:
    return DOCUMENT.replace("admits:", f"{lines}\nadmits:", 1)


def with_admits(keys: str) -> str:
    return DOCUMENT.replace("frameworks: [sample]", f"frameworks: [sample], {keys}", 1)


def loaded(text: str) -> Qualification:
    found = load_document(text.encode(), "rules.yaml")
    assert isinstance(found, Qualification)
    return found


def one_fault(text: str) -> Fault:
    with pytest.raises(DocumentFaults) as refused:
        load_document(text.encode(), "rules.yaml")
    assert len(refused.value.faults) == 1, str(refused.value)
    return refused.value.faults[0]


LIMIT = "kind: limit, over: counted"
MEAN = f'{LIMIT}, mean_at_least: "2.0", grading: letters'

NODES = [
    'kind: requirement, credits_at_least: "6", credits_at_most: "12"',
    "kind: requirement, units_at_least: 1, units_at_most: 1",
    'kind: requirement, credits_at_least: "6", same: provider',
    'kind: requirement, credits_at_least: "6", same: broad-field',
    'kind: limit, over: attempted, credits_at_most: "180"',
    f'{LIMIT}, credits_at_most: "12", per: provider',
    f'{LIMIT}, credits_at_most: "12", per: year',
    f'{LIMIT}, credits_at_most: "12", per: source-type',
    f'{LIMIT}, credits_at_most: "12", per: narrow-field',
    f"{LIMIT}, units_at_most: 1, per: achievement",
    f"{LIMIT}, units_at_most: 0, where: {{mode: [online]}}",
    f"{LIMIT}, share_at_most: 1/2, per: provider",
    f"{LIMIT}, share_at_most: 2/5, per: year, base_per: true, where: {{mode: [online]}}",
    f"{LIMIT}, share_at_most: 2/5, weigh_by: units",
    f"{LIMIT}, share_at_least: 1/2, base: {{category: [major]}}",
    f"{LIMIT}, distinct_at_least: 2, per: provider",
    f"{LIMIT}, distinct_at_most: 3, per: year",
    f'{LIMIT}, in_one_at_least: "18", per: detailed-field',
    f'{LIMIT}, mean_at_least: "2.0", grading: letters',
    f'{LIMIT}, mean_at_least: "2.5", grading: german, weigh_by: units',
    'kind: limit, over: attempted, mean_at_least: "2.0", grading: letters',
    f'{LIMIT}, points_at_least: "240", grading: letters',
    f'{LIMIT}, mean_at_least: "3.0", grading: letters, weights: [{{where: {{level_at_least: "6"}}, times: "3"}}]',
    f'{LIMIT}, points_at_least: "9", grading: letters, weights: [{{where: {{mode: [online]}}, times: "0.5"}}]',
    f"{LIMIT}, span_at_most: P6Y",
    f'{LIMIT}, last_at_least: "24", of_last: "30", where: {{provider: [awarding]}}',
    f'{LIMIT}, share_at_least: 181/360, weights: [{{where: {{level_at_least: "6"}}, times: "2"}}]',
    f"{LIMIT}, units_at_most: 2, per: narrow-field, within: [minors]",
    f"{LIMIT}, share_at_least: 1/2, where: {{provider: [awarding]}}, within: [major, minor]",
    'kind: prerequisite, over: counted, where: {category: [b]}, needs: {category: [a]}, credits_at_least: "6"',
    "kind: prerequisite, over: attempted, where: {}, needs: {}, units_at_least: 1, concurrent: true",
    "kind: exclusion, over: counted, between: [{achievement: [a]}, {achievement: [b]}]",
    "kind: exclusion, over: attempted, between: [{mode: [online]}, {mode: [blended]}, {mode: [on-site]}]",
    "kind: requirement, units_at_least: 1, note: words, confidence: M",
]
WHERES = [
    "mode: [online, on-site, blended, volunteering, work-experience]",
    "achievement_type: [Course, MicroCredential]",
    'field: ["06", "061", "0612"]',
    "dimension: [knowledge, skills, values]",
    "language: [en, cym]",
    "country: [IN, KR]",
    "grade: {scale: letters, at_least: B}",
    "grade: {scale: letters, at_least: B, at_most: A}",
    'grade: {scale: german, at_least: "2.3"}',
    'grade: {scale: german, at_least: "4.0", at_most: "1.3"}',
    "grade: {scale: plain}",
    'size_at_least: "2", size_at_most: "6"',
    "earned_from: 2020-03-01, earned_until: 2020-03-01",
    "any_of: [{mode: [online]}, {category: [a], excluding: {mode: [on-site]}}]",
]


@pytest.mark.parametrize("node", NODES)
def test_every_kind_of_node_and_bound_is_read(node: str) -> None:
    written = yaml.safe_load(f"{{id: extra, title: Extra, {node}}}")
    read = loaded(with_node(node)).requires.of[-1].model_dump(mode="json")
    assert {key: plain(read[key]) for key in written} == {key: plain(value) for key, value in written.items()}


def plain(value: Any) -> Any:
    """A value of the model without what stands at its default."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if inner not in (None, [], "", {})}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("where", WHERES)
def test_every_key_of_a_choice_is_read_wherever_a_choice_may_stand(where: str) -> None:
    choice = f"{{{where}}}"
    node = loaded(with_node(f"kind: requirement, units_at_least: 1, where: {{any_of: [{choice}]}}")).requires.of[-1]
    assert isinstance(node, Requirement)
    assert node.where.any_of == (loaded(with_admits(f"where: {choice}")).admits.where,)
    prerequisite = f"kind: prerequisite, over: counted, units_at_least: 1, where: {choice}, needs: {choice}"
    assert len(list(loaded(with_node(prerequisite)).every_choice())) >= 4
    share = f"{LIMIT}, share_at_most: 1/2, where: {{excluding: {choice}}}, base: {choice}"
    assert len(list(loaded(with_node(share)).every_choice())) >= 6


HEADS = [
    "absorbs: [sample-certificate]",
    'tightens: {id: national, version: "2021"}',
    "valid_until: 2025-12-31\ntransition: {begun_by: 2025-06-30, until: 2027-12-31}",
    "equivalents: [{id: statistics, achievements: [urn:a, urn:b], note: words}]",
    "substitutes: [{id: thesis, instead_of: urn:a, accepted: [urn:b, urn:c]}]",
    "sharing: [{id: both, title: Both, between: [major, minor]}]",
    "sharing: [{id: both, title: Both, between: [major, minors], units_at_most: 2}]",
    'sharing: [{id: both, title: Both, between: [major, minor], credits_at_most: "6", places_at_most: 2}]',
    "checked_by_people: [{id: residence, text: Has lived here for a year., note: words, confidence: M}]",
]


@pytest.mark.parametrize("lines", HEADS)
def test_everything_that_rules_share_is_read(lines: str) -> None:
    read = loaded(with_head(lines)).model_dump(mode="json")
    for key, value in yaml.safe_load(lines.replace("2025-12-31", '"2025-12-31"')).items():
        assert read[key]
        if isinstance(value, list) and isinstance(value[0], dict):
            assert {name: plain(read[key][0][name]) for name in value[0]} == value[0]


@pytest.mark.parametrize("keys", ["accredited: true", "same_achievement: count-once", "whole_units: false"])
def test_everything_that_admission_says_is_read(keys: str) -> None:
    (name, value), *_ = yaml.safe_load(f"{{{keys}}}").items()
    assert getattr(loaded(with_admits(keys)).admits, name) == value


@pytest.mark.parametrize(
    ("node", "told"),
    [
        ('kind: requirement, credits_at_least: "6", credits_at_most: "5"', "asks for 6 credits and takes at most 5"),
        ("kind: requirement, units_at_least: 3, units_at_most: 2", "asks for 3 units and takes at most 2"),
        ('kind: requirement, credits_at_most: "5"', "asks for credits_at_least or units_at_least"),
        ("kind: requirement, units_at_least: 0", "at least 1, is expected here, not 0"),
        ('kind: requirement, units_at_least: "3"', "without quotes"),
        ("kind: requirement, units_at_least: 1, same: continent", "provider, broad-field"),
        (f'{LIMIT}, credits_at_most: "5", units_at_most: 3', "exactly one bound; this one has 2"),
        (LIMIT, "exactly one bound; one of credits_at_least"),
        ('kind: limit, credits_at_most: "5"', "The key `over` is missing"),
        ('kind: limit, over: everything, credits_at_most: "5"', "allowed are: counted or attempted"),
        (f'{LIMIT}, credits_at_least: "5", per: provider', "`per` goes with credits_at_most"),
        (f"{LIMIT}, units_at_least: 5, per: year", "`per` goes with credits_at_most"),
        (f"{LIMIT}, share_at_least: 1/2, per: year", "`per` goes with credits_at_most"),
        (f"{LIMIT}, span_at_most: P1Y, per: year", "`per` goes with credits_at_most"),
        (f'{LIMIT}, mean_at_least: "2", grading: letters, per: year', "`per` goes with credits_at_most"),
        (f'{LIMIT}, credits_at_most: "5", per: term', "no calendar named 'term'; this document's calendars: year"),
        (f"{LIMIT}, distinct_at_least: 2", "distinct_at_least needs `per`"),
        (f'{LIMIT}, in_one_at_least: "18"', "in_one_at_least needs `per`"),
        (f'{LIMIT}, mean_at_least: "2.0"', "`grading` belongs to mean_at_least"),
        (f'{LIMIT}, credits_at_least: "2", grading: letters', "`grading` belongs to mean_at_least"),
        (f'{LIMIT}, mean_at_least: "2.0", grading: numbers', "no grading scale named 'numbers'"),
        (f'{LIMIT}, mean_at_least: "2.0", grading: plain', "no grade of the scale 'plain' has points"),
        (f'{LIMIT}, points_at_least: "20", grading: german', "less is better"),
        (f'{LIMIT}, mean_at_least: "2,0", grading: letters', "points in quotes"),
        (f"{LIMIT}, mean_at_least: 2, grading: letters", "2 without quotes is a number"),
        (f'{LIMIT}, credits_at_least: "2", base: {{}}', "`base` and `base_per` belong to shares"),
        (f"{LIMIT}, share_at_most: 1/2, base_per: true", "so it needs `per`"),
        (f'{LIMIT}, credits_at_least: "2", weigh_by: units', "`weigh_by` belongs to shares and means"),
        (
            f'{LIMIT}, credits_at_least: "2", weights: [{{where: {{}}, times: "3"}}]',
            "`weights` belong to shares, mean_at_least",
        ),
        (f'{MEAN}, weights: [{{where: {{}}, times: "0"}}]', "left out by `where` (of a share by `base`)"),
        (f'{MEAN}, weights: [{{where: {{}}, times: "-1"}}]', "points in quotes"),
        (f'{MEAN}, weights: [{{where: {{grade: {{scale: none}}}}, times: "2"}}]', "no grading scale named 'none'"),
        (f'{LIMIT}, last_at_least: "24", of_last: "23.5"', "`of_last` belongs to last_at_least"),
        (f'{LIMIT}, credits_at_least: "24", of_last: "30"', "`of_last` belongs to last_at_least"),
        (f"{LIMIT}, units_at_most: 2, within: [mayor]", "no node has the id 'mayor'"),
        (f"{LIMIT}, units_at_most: 2, within: [extra]", "no unit fills 'extra' (limit)"),
        (f"{LIMIT}, units_at_most: 2, within: [minor, minor]", "'minor' stands twice"),
        (f"{LIMIT}, span_at_most: P6Y, within: [minor]", "`within` goes with what is counted"),
        ("kind: limit, over: attempted, units_at_most: 2, within: [minor]", "`within` goes with what is counted"),
        ("kind: requirement, units_at_least: 2, within: [minor]", "`within`"),
        (f"{LIMIT}, share_at_most: 3/2", "between 0/1 and 1/1"),
        (f"{LIMIT}, share_at_most: 1/0", "is not a fraction of whole numbers"),
        (f"{LIMIT}, span_at_most: six years", "is not a duration"),
        (f"{LIMIT}, share_at_most: 1/2, base_per: yes please", "`true` or `false` is expected here"),
        ("kind: prerequisite, over: counted, where: {}, units_at_least: 1", "The key `needs` is missing"),
        ("kind: prerequisite, over: counted, needs: {}, units_at_least: 1", "The key `where` is missing"),
        ("kind: prerequisite, where: {}, needs: {}, units_at_least: 1", "The key `over` is missing"),
        ("kind: prerequisite, over: counted, where: {}, needs: {}", "either credits_at_least or units_at_least"),
        (
            'kind: prerequisite, over: counted, where: {}, needs: {}, units_at_least: 1, credits_at_least: "6"',
            "either credits_at_least or units_at_least",
        ),
        (
            'kind: prerequisite, over: counted, where: {}, needs: {}, credits_at_most: "6"',
            "Did you mean `credits_at_least`?",
        ),
        ("kind: exclusion, between: [{}, {}]", "The key `over` is missing"),
        ("kind: exclusion, over: counted", "The key `between` is missing"),
        ("kind: exclusion, over: counted, between: [{}]", "A list of at least 2 items"),
        ("kind: exclusion, over: counted, between: {}", "A list is expected here"),
        ("kind: average", "all, any, n-of, requirement, limit, prerequisite, exclusion"),
        ("over: counted", "The key `kind` is missing; allowed are: all, any, n-of, requirement, limit, prereq"),
        ("kind: any, of: []", "A list of at least 1 item"),
    ],
)
def test_a_node_that_cannot_be_meant_is_refused_at_its_line(node: str, told: str) -> None:
    fault = one_fault(with_node(node))
    assert told.lower() in f"{fault.sentence} {fault.next_step}".lower()
    assert fault.path.startswith("requires.of[2]")
    assert fault.place == f"rules.yaml:{NODE_LINE}"


@pytest.mark.parametrize(
    ("where", "told", "path"),
    [
        ("mode: [telepathic]", "allowed are: online, on-site", "mode[0]"),
        ("dimension: [feelings]", "knowledge, skills or values", "dimension[0]"),
        ("field: [6]", "6 without quotes is a number", "field[0]"),
        ('field: ["6"]', "ISCED-F 2013", "field[0]"),
        ("language: [English]", "small letters", "language[0]"),
        ("country: [in]", "two capital letters", "country[0]"),
        ("country: IN", "A list is expected here", "country"),
        ("grade: B", "Keys with values are expected", "grade"),
        ("grade: {at_least: B}", "The key `scale` is missing", "grade.scale"),
        ("grade: {scale: numbers}", "this document's `grading` has: german, letters, plain", "grade.scale"),
        ("grade: {scale: letters, at_least: C}", "it has: F, B, A, P", "grade.at_least"),
        ('grade: {scale: german, at_least: "0.7"}', "from 5 (worst) to 1 (best)", "grade.at_least"),
        ("grade: {scale: letters, at_least: A, at_most: B}", "no grade is 'A' or better and also 'B'", "grade"),
        ('grade: {scale: german, at_least: "1", at_most: "2"}', "no grade is '1' or better", "grade"),
        ('size_at_least: "six"', "decimal in quotes", "size_at_least"),
        ("earned_within: 7 years", "duration", "earned_within"),
        ("earned_from: 2020-02-30", "not a day of the calendar", "earned_from"),
        ("earned_from: 2021-01-01, earned_until: 2020-12-31", "no day lies from 2021-01-01", ""),
        ("levle_at_least: x", "Did you mean `level_at_least`?", "levle_at_least"),
        ("any_of: {}", "A list is expected here", "any_of"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "{{any_of: [{}]}}", "{{excluding: {{any_of: [{{}}, {}]}}}}"])
def test_a_choice_that_cannot_be_meant_is_refused_however_deep_it_stands(
    where: str, told: str, path: str, around: str
) -> None:
    choice = around.format(f"{{{where}}}")
    fault = one_fault(with_node(f"kind: exclusion, over: counted, between: [{{}}, {choice}]"))
    assert told.lower() in f"{fault.sentence} {fault.next_step}".lower()
    assert fault.path.startswith("requires.of[2].between[1]")
    assert fault.path.endswith(path)
    assert fault.place == f"rules.yaml:{NODE_LINE}"


@pytest.mark.parametrize(
    ("lines", "told", "path"),
    [
        ("tightens: national", "Keys with values are expected", "tightens"),
        ("tightens: {id: national}", "The key `version` is missing", "tightens.version"),
        ('tightens: {id: sample, version: "1"}', "tighten others, not themselves", "tightens"),
        ("absorbs: [sample]", "absorbs others, not itself", "absorbs[0]"),
        ("absorbs: [lower, lower]", "'lower' stands twice", "absorbs[1]"),
        ("transition: {begun_by: 2025-06-30, until: 2027-12-31}", "only a version that ends", "transition"),
        (
            "valid_until: 2025-12-31\ntransition: {begun_by: 2025-06-30, until: 2025-12-31}",
            "ends before the version itself does",
            "transition.until",
        ),
        (
            "valid_until: 2025-12-31\ntransition: {begun_by: 2023-06-30, until: 2027-12-31}",
            "nobody began under this version",
            "transition.begun_by",
        ),
        ("equivalents: [{id: a, achievements: [urn:a]}]", "A list of at least 2 items", "equivalents[0].achievements"),
        (
            "equivalents: [{id: a, achievements: [urn:a, urn:a]}]",
            "'urn:a' stands twice",
            "equivalents[0].achievements[1]",
        ),
        (
            "equivalents: [{id: a, achievements: [a, b]}, {id: c, achievements: [b, d]}]",
            "'b' belongs to 'a' already",
            "equivalents[1].achievements[0]",
        ),
        (
            "equivalents: [{id: a, achievements: [a, b]}, {id: a, achievements: [c, d]}]",
            "the id 'a' stands twice",
            "equivalents[1].id",
        ),
        ("substitutes: [{id: s, instead_of: a, accepted: []}]", "A list of at least 1 item", "substitutes[0].accepted"),
        (
            "substitutes: [{id: s, instead_of: a, accepted: [b, a]}]",
            "'a' would stand for itself",
            "substitutes[0].accepted[1]",
        ),
        ("sharing: [{id: s, title: S, between: [major]}]", "A list of at least 2 items", "sharing[0].between"),
        ("sharing: [{id: s, title: S, between: [major, major]}]", "a node stands twice", "sharing[0]"),
        ("sharing: [{id: s, title: S, between: [major, majr]}]", "no node has the id 'majr'", "sharing[0].between[1]"),
        ("sharing: [{id: s, title: S, between: [minors, minor]}]", "'minor' stands below", "sharing[0].between[0]"),
        (
            'sharing: [{id: s, title: S, between: [major, minor], units_at_most: 1, credits_at_most: "6"}]',
            "not by both",
            "sharing[0]",
        ),
        (
            "sharing: [{id: s, title: S, between: [major, minor], places_at_most: 3}]",
            "only 2 nodes are named",
            "sharing[0]",
        ),
        (
            "sharing: [{id: s, title: S, between: [major, minor]}, {id: t, title: T, between: [minors, major]}]",
            "may share a unit by 's' already",
            "sharing[1].between",
        ),
        ("checked_by_people: [{id: a}]", "The key `text` is missing", "checked_by_people[0].text"),
        (
            "checked_by_people: [{id: a, text: A}, {id: a, text: B}]",
            "the id 'a' stands twice",
            "checked_by_people[1].id",
        ),
    ],
)
def test_what_rules_share_is_refused_at_its_line_when_it_cannot_be_meant(lines: str, told: str, path: str) -> None:
    fault = one_fault(with_head(lines))
    assert told.lower() in fault.sentence.lower()
    assert fault.path == path
    assert fault.place == f"rules.yaml:{16 + len(lines.splitlines())}"


@pytest.mark.parametrize(
    ("scale", "told", "path"),
    [
        ("{}", "either `grades` or `numbers`", ""),
        ('{grades: [{code: A}], numbers: ["0", "1"]}', "either `grades` or `numbers`", ""),
        ('{numbers: ["0"]}', "Item 2 of this list is missing", ".numbers[1]"),
        ('{numbers: ["0", "1", "2"]}', "A list of at most 2 items", ".numbers"),
        ('{numbers: ["1", "1.0"]}', "the worst and the best number are the same", ".numbers"),
        ("{numbers: [0, 100]}", "0 without quotes is a number", ".numbers[0]"),
        ("{grades: [{code: A}, {code: A}]}", "the grade 'A' stands twice", ".grades[1].code"),
        ('{grades: [{code: A, points: "4"}, {code: B, points: "3"}]}', "worst first", ".grades[1].points"),
        ('{grades: [{points: "4"}]}', "The key `code` is missing", ".grades[0].code"),
    ],
)
def test_a_grading_scale_that_orders_nothing_is_refused(scale: str, told: str, path: str) -> None:
    text = DOCUMENT.replace("  german: ", f"  extra: {scale}\n  german: ", 1)
    with pytest.raises(DocumentFaults) as refused:
        load_document(text.encode(), "rules.yaml")
    first = refused.value.faults[0]
    assert told.lower() in first.sentence.lower()
    assert first.path == f"grading.extra{path}"
    assert first.place == "rules.yaml:15"


def test_a_word_for_portions_is_no_name_of_a_calendar() -> None:
    fault = one_fault(DOCUMENT.replace("  year: ", "  provider: {starts: [01-01]}\n  year: "))
    assert (fault.path, fault.place) == ("calendars.provider", "rules.yaml:12")


def test_references_are_told_together_with_faults_of_other_kinds() -> None:
    text = with_head("sharing: [{id: s, title: S, between: [major, majr]}]").replace('"10"', "10", 1)
    text += '    - {id: mean, title: M, kind: limit, over: counted, mean_at_least: "2", grading: none}\n'
    text += "    - {id: mean, title: M, kind: exclusion, over: counted, between: [{grade: {scale: x}}, {}]}\n"
    with pytest.raises(DocumentFaults) as refused:
        load_document(text.encode(), "rules.yaml")
    assert {fault.path for fault in refused.value.faults} == {
        "sharing[0].between[1]",
        "requires.of[0].credits_at_least",
        "requires.of[2].grading",
        "requires.of[3].between[0].grade.scale",
        "requires.of[3].id",
    }


def test_a_grade_that_is_out_of_reach_of_a_broken_scale_is_told_once() -> None:
    text = DOCUMENT.replace('numbers: ["5", "1"]', 'numbers: ["5", "x"]')
    text += '    - {id: mean, title: M, kind: limit, over: counted, mean_at_least: "2", grading: german}\n'
    assert one_fault(text).path == "grading.german.numbers[1]"


@pytest.mark.parametrize(
    ("numbers", "better", "worse"),
    [(("0", "100"), "70", "69.999"), (("5", "1"), "1.3", "1.7"), (("10", "6"), "6", "7")],
)
def test_on_a_scale_of_numbers_the_direction_says_which_is_better(
    numbers: tuple[str, str], better: str, worse: str
) -> None:
    text = DOCUMENT.replace('numbers: ["5", "1"]', f'numbers: ["{numbers[0]}", "{numbers[1]}"]')
    scale = loaded(text).grading["german"]
    best, other = scale.rank(better), scale.rank(worse)
    assert best is not None
    assert other is not None
    assert best > other
    assert scale.rank("101") is None
    assert scale.rank("A") is None


def test_rules_without_a_place_are_told_that_one_of_no_credits_takes_any() -> None:
    before = DOCUMENT[: DOCUMENT.index("    - id: major")]
    only = before + f'    - {{id: total, title: Total, {LIMIT}, credits_at_least: "10"}}\n'
    assert one_fault(only).sentence.endswith("so no unit has a place; one of 0 credits takes any.")
    any_ = '    - {id: any, title: Any, kind: requirement, credits_at_least: "0"}\n'
    assert loaded(only + any_).requires.of[-1].id == "any"
