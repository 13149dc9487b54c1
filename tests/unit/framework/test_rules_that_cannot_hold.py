"""Rules that contradict one another are refused; rules that can hold are not."""

import pytest
from rule_samples import FRAMEWORK, nodes, qualification

from creditbank.framework import CodeLists, Fault, Framework, Qualification, check_qualification
from creditbank.framework.lint import qualification_warnings


def faults(rules: Qualification, **more: object) -> list[Fault]:
    assert isinstance(FRAMEWORK, Framework)
    return check_qualification(rules, {"sample": FRAMEWORK}, {"sample"}, **more)  # type: ignore[arg-type]


def warnings(rules: Qualification) -> list[Fault]:
    assert isinstance(FRAMEWORK, Framework)
    return qualification_warnings(rules, FRAMEWORK)


ASK = 'id: place, kind: requirement, credits_at_least: "10"'
OTHER = "id: other, kind: requirement, units_at_least: 1"
ONLINE = 'id: online, kind: requirement, credits_at_least: "6", where: {mode: [online]}'
LIMIT = "kind: limit, over: counted"

CONTRADICTIONS = [
    (
        [ASK, f'id: cap, {LIMIT}, credits_at_most: "9"'],
        1,
        "«Place» asks for at least 10 credits, and this lets at most 9",
    ),
    (
        [ASK, 'id: two, kind: requirement, credits_at_least: "5"', f'id: cap, {LIMIT}, credits_at_most: "12"'],
        2,
        "«Place» and «Two» together ask for at least 15 credits",
    ),
    ([ASK, 'id: cap, kind: limit, over: attempted, credits_at_most: "9"'], 1, "at most 9 count"),
    ([ONLINE, f'id: cap, {LIMIT}, where: {{mode: [online, blended]}}, credits_at_most: "5"'], 1, "at most 5 count"),
    ([ONLINE, f"id: cap, {LIMIT}, where: {{mode: [online]}}, units_at_most: 0"], 1, "1 unit, and this lets at most 0"),
    ([ONLINE, f"id: cap, {LIMIT}, where: {{mode: [online]}}, units_at_most: 0, per: year"], 1, "at most 0 count"),
    ([ONLINE, f"id: cap, {LIMIT}, where: {{mode: [online]}}, share_at_most: 0/1"], 1, "nothing of this may count"),
    (
        [
            "id: a, kind: requirement, units_at_least: 3",
            "id: b, kind: requirement, units_at_least: 2",
            f"id: cap, {LIMIT}, units_at_most: 4",
        ],
        2,
        "together ask for at least 5 units",
    ),
    (
        [
            'id: one, kind: requirement, credits_at_least: "10", same: provider',
            f'id: cap, {LIMIT}, credits_at_most: "9", per: provider',
        ],
        1,
        "«One» asks for at least 10 credits",
    ),
    (
        [ASK, f'id: low, {LIMIT}, credits_at_least: "9"', f'id: high, {LIMIT}, credits_at_most: "8"'],
        1,
        "asks for at least 9 credits, and «High» lets at most 8 credits count",
    ),
    (
        [
            ASK,
            f"id: low, {LIMIT}, where: {{mode: [online]}}, share_at_least: 1/2",
            f"id: high, {LIMIT}, where: {{mode: [online, blended]}}, share_at_most: 2/5",
        ],
        1,
        "1/2 of the whole, and «High» lets at most 2/5",
    ),
    (
        [
            ASK,
            f"id: low, {LIMIT}, distinct_at_least: 4, per: provider",
            f"id: high, {LIMIT}, distinct_at_most: 3, per: provider",
        ],
        1,
        "4 portions, and «High» lets at most 3 portions",
    ),
    (
        [
            ASK,
            f'id: low, {LIMIT}, in_one_at_least: "18", per: provider',
            f'id: high, {LIMIT}, credits_at_most: "15", per: provider',
        ],
        1,
        "18 credits in one portion",
    ),
    (
        [
            ASK,
            f"id: half, {LIMIT}, where: {{mode: [online]}}, share_at_least: 1/2",
            f"id: more, {LIMIT}, where: {{mode: [on-site]}}, share_at_least: 3/5",
        ],
        1,
        "«Half» and «More» speak of different units, and their shares come to 11/10",
    ),
    ([ASK, f"id: cap, {LIMIT}, share_at_most: 1/2"], 1, "which are the whole and not 1/2 of it"),
    (
        [
            'id: a, kind: requirement, units_at_least: 1, where: {achievement: ["urn:a"]}',
            'id: b, kind: requirement, units_at_least: 1, where: {achievement: ["urn:b"]}',
            'id: x, kind: exclusion, over: counted, between: [{achievement: ["urn:a"]}, {achievement: ["urn:b"]}]',
        ],
        2,
        "«A» and «B» need units of two kinds that it keeps apart",
    ),
    (
        [
            ASK,
            (
                'id: p, kind: prerequisite, over: counted, where: {achievement: ["urn:a"]}, '
                'needs: {achievement: ["urn:b"]}, units_at_least: 1'
            ),
            (
                'id: q, kind: prerequisite, over: counted, where: {achievement: ["urn:b"]}, '
                'needs: {achievement: ["urn:a"]}, units_at_least: 1'
            ),
        ],
        1,
        "in a circle with «Q», each unit waits for another",
    ),
    (
        [ASK, "id: p, kind: prerequisite, over: counted, where: {}, needs: {category: [basic]}, units_at_least: 1"],
        1,
        "what has to come first is itself what has to wait",
    ),
    (
        ['id: small, kind: requirement, credits_at_least: "10", units_at_most: 2, where: {size_at_most: "4"}'],
        0,
        "2 units of at most 4 credits never come to 10",
    ),
    (
        [ASK, f'id: many, {LIMIT}, distinct_at_least: 2, per: provider, where: {{provider: ["did:web:a.example"]}}'],
        1,
        "its `where` names 1",
    ),
    (
        [OTHER, f'id: a, {LIMIT}, credits_at_least: "9", within: [other]', f'id: b, {LIMIT}, credits_at_most: "8"'],
        1,
        "it asks for at least 9 credits",
    ),
    ([ASK, f'id: mean, {LIMIT}, mean_at_least: "4.5", grading: letters'], 1, "no grade of 'letters' is as good as 4.5"),
    ([ASK, f'id: mean, {LIMIT}, mean_at_least: "0.9", grading: german'], 1, "no grade of 'german' is as good as 0.9"),
]


@pytest.mark.parametrize(("written", "place", "told"), CONTRADICTIONS)
def test_rules_that_cannot_hold_together_are_refused_where_they_stand(
    written: list[str], place: int, told: str
) -> None:
    found = faults(qualification(nodes(*written)))
    assert found
    assert found[0].address[:3] == ("requires", "of", place)
    assert told in found[0].sentence
    assert any(words in found[0].sentence for words in ("can never hold", "shares come to", "could ever count"))


SOUND = [
    [
        ASK,
        f"id: a, {LIMIT}, where: {{mode: [online]}}, share_at_least: 2/3",
        f'id: b, {LIMIT}, where: {{mode: [blended]}}, share_at_least: 2/3, weights: [{{where: {{}}, times: "2"}}]',
    ],
    [ASK, OTHER, f'id: cap, {LIMIT}, credits_at_most: "9", within: [other]'],
    [ASK, OTHER, f"id: cap, {LIMIT}, share_at_most: 1/2, within: [other]"],
    [ASK, OTHER, f'id: a, {LIMIT}, credits_at_least: "9"', f'id: b, {LIMIT}, credits_at_most: "8", within: [other]'],
    [
        ASK,
        OTHER,
        f"id: a, {LIMIT}, where: {{mode: [online]}}, share_at_least: 2/3",
        f"id: b, {LIMIT}, where: {{mode: [blended]}}, share_at_least: 2/3, within: [other]",
    ],
    [ASK, f'id: cap, {LIMIT}, credits_at_most: "10"'],
    [ASK, f'id: cap, {LIMIT}, where: {{mode: [online]}}, credits_at_most: "0"'],
    [ASK, f'id: cap, {LIMIT}, credits_at_most: "9", per: provider'],
    [ASK, f'id: cap, {LIMIT}, credits_at_most: "9", per: year'],
    [ONLINE, f"id: cap, {LIMIT}, where: {{mode: [blended]}}, units_at_most: 0"],
    [
        ASK,
        f'id: low, {LIMIT}, credits_at_least: "9"',
        f'id: high, {LIMIT}, where: {{mode: [online]}}, credits_at_most: "8"',
    ],
    [
        ASK,
        f"id: half, {LIMIT}, where: {{category: [a]}}, share_at_least: 1/2",
        f"id: more, {LIMIT}, where: {{category: [b]}}, share_at_least: 3/5",
    ],
    [
        ASK,
        f"id: half, {LIMIT}, where: {{provider: [awarding]}}, share_at_least: 1/2",
        f'id: more, {LIMIT}, where: {{provider: ["did:web:a.example"]}}, share_at_least: 3/5',
    ],
    [
        'id: a, kind: requirement, units_at_least: 1, where: {achievement: ["urn:a", "urn:c"]}',
        'id: b, kind: requirement, units_at_least: 1, where: {achievement: ["urn:b"]}',
        'id: x, kind: exclusion, over: counted, between: [{achievement: ["urn:a"]}, {achievement: ["urn:b"]}]',
    ],
    [
        ASK,
        (
            'id: p, kind: prerequisite, over: counted, where: {achievement: ["urn:a"]}, '
            'needs: {achievement: ["urn:b", "urn:c"]}, units_at_least: 1'
        ),
        (
            'id: q, kind: prerequisite, over: counted, where: {achievement: ["urn:b"]}, '
            'needs: {achievement: ["urn:a"]}, units_at_least: 1'
        ),
    ],
    [
        ASK,
        (
            "id: p, kind: prerequisite, over: counted, where: {}, needs: {category: [basic]}, units_at_least: 1, "
            "concurrent: true"
        ),
    ],
    [ASK, f'id: mean, {LIMIT}, mean_at_least: "4", grading: letters'],
    [ASK, f'id: mean, {LIMIT}, mean_at_least: "1", grading: german'],
]


@pytest.mark.parametrize("written", SOUND)
def test_rules_that_can_hold_together_are_taken(written: list[str]) -> None:
    assert faults(qualification(nodes(*written))) == []


def test_places_that_may_share_a_unit_do_not_add_up_against_a_cap() -> None:
    written = nodes(
        ASK, 'id: two, kind: requirement, credits_at_least: "10"', f'id: cap, {LIMIT}, credits_at_most: "12"'
    )
    assert faults(qualification(written))
    assert faults(qualification(written, "sharing: [{id: s, title: S, between: [place, two]}]")) == []


CHOICES = [
    ('size_at_least: "6", size_at_most: "5"', "No unit has at least 6 credits and at most 5.", ()),
    ('level_at_least: "6", level_at_most: "5"', "No level is at least 6 and at most 5.", ()),
    ('size_at_most: "0"', "No unit that counts has no credits.", ()),
    ("mode: [online], excluding: {mode: [online, blended]}", "It excludes every unit that it speaks of.", ()),
    ("category: [major], excluding: {category: [major, minor]}", "It excludes every unit that it speaks of.", ()),
    ("excluding: {}", "It excludes every unit that it speaks of.", ()),
    ('field: ["0613"], excluding: {field: ["06"]}', "It excludes every unit that it speaks of.", ()),
    ("mode: [online], any_of: [{mode: [on-site]}]", "None of the choices in `any_of` fits", ()),
    (
        "mode: [online], any_of: [{mode: [on-site]}, {category: [a]}]",
        "No unit that fits this also fits what stands around it.",
        ("any_of", 0),
    ),
    ("any_of: [{language: [en], excluding: {language: [en, mt]}}, {}]", "It excludes every unit", ("any_of", 0)),
]


@pytest.mark.parametrize(("where", "told", "inside"), CHOICES)
def test_a_choice_that_no_unit_fits_is_refused_wherever_it_stands(
    where: str, told: str, inside: tuple[str | int, ...]
) -> None:
    for text, at in (
        (f"id: other, kind: requirement, units_at_least: 1, where: {{{where}}}", ("where",)),
        (f"id: other, {LIMIT}, share_at_most: 1/2, where: {{mode: [online]}}, base: {{{where}}}", ("base",)),
        (f"id: other, kind: exclusion, over: counted, between: [{{mode: [online]}}, {{{where}}}]", ("between", 1)),
        (
            (
                f"id: other, kind: prerequisite, over: counted, where: {{mode: [online]}}, needs: {{{where}}}, "
                "units_at_least: 1"
            ),
            ("needs",),
        ),
        (f"id: other, {LIMIT}, units_at_most: 3, where: {{excluding: {{{where}}}}}", ("where", "excluding")),
    ):
        found = faults(qualification(nodes(ASK, text)))
        assert (("requires", "of", 1, *at, *inside), told) in [
            (fault.address, fault.sentence[: len(told)]) for fault in found
        ]
    found = faults(qualification(nodes(ASK), f"admits: {{frameworks: [sample], where: {{{where}}}}}"))
    assert ("admits", "where", *inside) in [fault.address for fault in found]


@pytest.mark.parametrize(
    ("admits", "where"),
    [
        ("where: {mode: [online]}", "mode: [on-site]"),
        ("where: {excluding: {mode: [online]}}", "mode: [online]"),
        ('level_at_least: "5"', 'level_at_most: "4"'),
        ("where: {any_of: [{language: [en]}, {language: [mt]}]}", "language: [fr]"),
        ('where: {achievement: ["urn:a"]}', 'achievement: ["urn:b"]'),
        ("where: {earned_from: 2020-01-01}", "earned_until: 2019-12-31"),
        ("where: {grade: {scale: letters, at_least: B}}", "grade: {scale: letters, at_most: C}"),
    ],
)
def test_a_place_for_units_that_are_never_admitted_is_refused(admits: str, where: str) -> None:
    head = f"admits: {{frameworks: [sample], {admits}}}".replace("2020-01-01", '"2020-01-01"')
    where = where.replace("2019-12-31", '"2019-12-31"')
    (fault,) = faults(
        qualification(nodes(f"id: place, kind: requirement, units_at_least: 1, where: {{{where}}}"), head)
    )
    assert "no unit that `admits` lets in fits it" in fault.sentence
    offered = nodes(ASK, f'id: offer, kind: requirement, credits_at_least: "0", where: {{{where}}}')
    assert faults(qualification(offered, head)) == []


def test_equivalents_keep_two_names_from_being_apart() -> None:
    head = 'admits: {frameworks: [sample], where: {achievement: ["urn:a"]}}'
    place = nodes('id: place, kind: requirement, units_at_least: 1, where: {achievement: ["urn:b"]}')
    assert faults(qualification(place, head))
    for more in (
        'equivalents: [{id: e, achievements: ["urn:a", "urn:b"]}]',
        'substitutes: [{id: s, instead_of: "urn:a", accepted: ["urn:b"]}]',
    ):
        assert faults(qualification(place, f"{head}\n{more}")) == []


def test_a_branch_that_can_never_be_taken_is_refused_where_it_stands() -> None:
    branch = (
        "- {id: way, title: Way, kind: any, of: ["
        "{id: few, title: Few, kind: requirement, units_at_least: 1}, "
        '{id: far, title: Far, kind: all, of: [{id: f, title: F, kind: requirement, credits_at_least: "20"}]}]}\n'
    )
    cap = nodes(f'id: cap, {LIMIT}, credits_at_most: "12"')
    (fault,) = faults(qualification(cap + branch))
    assert (fault.slug, fault.address) == ("unreachable", ("requires", "of", 1, "of", 1))
    assert fault.sentence.startswith("«Far» can never hold here: «Cap» can never hold")
    assert faults(qualification(cap.replace("12", "20") + branch)) == []


def test_a_branch_that_contradicts_itself_is_refused_and_one_beside_it_is_not() -> None:
    inner = (
        '{id: a, title: A, kind: requirement, credits_at_least: "5"}, '
        '{id: cap, title: Cap, kind: limit, over: counted, credits_at_most: "4"}'
    )
    written = (
        f"- {{id: way, title: Way, kind: n-of, n: 1, of: [{{id: x, title: X, kind: all, of: [{inner}]}}, {{id: y, "
    )
    written += "title: Y, kind: requirement, units_at_least: 1}]}"
    (fault,) = faults(qualification(written))
    assert fault.address == ("requires", "of", 0, "of", 0)


def test_alternatives_are_not_taken_to_hold_together() -> None:
    written = (
        "- {id: way, title: Way, kind: any, of: ["
        '{id: a, title: A, kind: requirement, credits_at_least: "5"}, '
        '{id: cap, title: Cap, kind: limit, over: counted, credits_at_most: "4"}]}'
    )
    assert faults(qualification(written)) == []


def test_all_faults_of_a_document_are_told_at_once() -> None:
    written = nodes(
        'id: a, kind: requirement, credits_at_least: "10", where: {level_at_least: "9", language: [xx]}',
        f'id: cap, {LIMIT}, credits_at_most: "5"',
        f'id: b, {LIMIT}, units_at_most: 1, where: {{country: [UK], field: ["0699"]}}',
    )
    head = "admits: {frameworks: [other]}\nabsorbs: [lower]\ntightens: {id: above, version: '1'}"
    codes = CodeLists({"GB": "United Kingdom"}, {"en": "English"}, {}, {}, {})
    found = faults(qualification(written, head), codes=codes, others=[])
    assert {fault.path for fault in found} == {
        "admits.frameworks[0]",
        "requires.of[0].where.level_at_least",
        "requires.of[0].where.language[0]",
        "requires.of[1]",
        "requires.of[2].where.country[0]",
        "requires.of[2].where.field[0]",
        "absorbs[0]",
        "tightens.id",
    }


def test_without_lists_of_codes_and_other_rules_neither_is_asked() -> None:
    rules = qualification(nodes(f"{ASK}, where: {{country: [XX]}}"), "absorbs: [lower]")
    assert faults(rules) == []


def test_a_level_of_another_version_of_the_framework_is_told_as_such() -> None:
    assert isinstance(FRAMEWORK, Framework)
    old = FRAMEWORK.model_copy(
        update={
            "version": "2019",
            "valid_from": "2019-01-01",
            "valid_until": "2025-12-31",
            "levels": FRAMEWORK.levels[:2],
        }
    )
    editions = {"sample": [old, FRAMEWORK]}
    rules = qualification(nodes(f'{ASK}, where: {{level_at_least: "7"}}'), valid_from="2020-01-01")
    (fault,) = faults(rules, editions=editions)
    assert "sample (2019) has no level '7'" in fault.sentence
    assert fault.next_step == "It is a level of version 2026."
    assert faults(rules.model_copy(update={"valid_from": "2026-01-01"}), editions=editions) == []


def test_awards_do_not_absorb_one_another_in_a_circle() -> None:
    low = qualification(nodes(ASK), "absorbs: [high]", id="low")
    mid = qualification(nodes(ASK), "absorbs: [low]", id="mid")
    high = qualification(nodes(ASK), "absorbs: [mid]", id="high")
    for rules in (low, mid, high):
        (fault,) = faults(rules, others=[low, mid, high])
        assert (fault.slug, fault.path) == ("cycle", "absorbs[0]")
    bottom = qualification(nodes(ASK), id="low")
    assert [faults(rules, others=[bottom, mid, high]) for rules in (bottom, mid, high)] == [[], [], []]


def test_rules_do_not_tighten_one_another_in_a_circle() -> None:
    one = qualification(nodes(ASK), "tightens: {id: two, version: '1'}", id="one")
    two = qualification(nodes(ASK), "tightens: {id: one, version: '1'}", id="two")
    (fault,) = faults(one, others=[one, two])
    assert (fault.slug, fault.path) == ("cycle", "tightens")


def test_rules_that_are_looser_than_those_they_tighten_are_refused() -> None:
    parent = qualification(nodes(ASK), id="parent")
    child = qualification(nodes(ASK.replace("10", "9")), "tightens: {id: parent, version: '1'}", id="child")
    (fault,) = faults(child, others=[child, parent])
    assert (fault.slug, fault.path) == ("loosened", "requires.of[0]")
    (missing,) = faults(child, others=[child])
    assert missing.slug == "unknown-document-named"


WARNED = [
    (
        [
            ASK,
            (
                "id: way, kind: any, of: [{id: a, title: A, kind: requirement, units_at_least: 1}, "
                '{id: b, title: B, kind: requirement, credits_at_least: "0"}]'
            ),
        ],
        "«Way» always holds, because of «B»; the rest of it is never needed.",
        "requires.of[1]",
    ),
    ([ASK, f"id: idle, {LIMIT}, share_at_most: 1/1"], "«Idle» always holds, so it bounds nothing.", "requires.of[1]"),
    ([ASK, f'id: idle, {LIMIT}, credits_at_least: "0"'], "«Idle» always holds", "requires.of[1]"),
]


@pytest.mark.parametrize(("written", "told", "path"), WARNED)
def test_what_holds_and_is_hardly_meant_is_warned_of_and_not_refused(written: list[str], told: str, path: str) -> None:
    rules = qualification(nodes(*written), "calendars: {}\ngrading: {}")
    (warned,) = warnings(rules)
    assert warned.sentence.startswith(told)
    assert warned.path == path
    assert faults(rules) == []


def test_names_that_nothing_uses_are_warned_of() -> None:
    rules = qualification(nodes(ASK), 'substitutes: [{id: s, instead_of: "urn:a", accepted: ["urn:b"]}]')
    assert [warned.path for warned in warnings(rules)] == [
        "calendars.year",
        "grading.letters",
        "grading.german",
        "substitutes[0].instead_of",
    ]
    used = nodes(
        f'{ASK}, where: {{achievement: ["urn:a"], grade: {{scale: letters}}}}',
        f'id: cap, {LIMIT}, credits_at_most: "20", per: year',
        f'id: mean, {LIMIT}, mean_at_least: "3", grading: german',
    )
    assert warnings(qualification(used, 'substitutes: [{id: s, instead_of: "urn:a", accepted: ["urn:b"]}]')) == []


def test_a_permission_to_share_that_no_unit_can_use_is_warned_of() -> None:
    written = nodes(
        'id: a, kind: requirement, units_at_least: 1, where: {level_at_most: "5"}',
        'id: b, kind: requirement, units_at_least: 1, where: {level_at_least: "6"}',
    )
    head = "calendars: {}\ngrading: {}\nsharing: [{id: s, title: Both, between: [a, b]}]"
    assert [warned.path for warned in warnings(qualification(written, head))] == ["sharing[0]"]
    assert warnings(qualification(written.replace('"6"', '"5"'), head)) == []
