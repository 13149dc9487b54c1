"""A unit as a document: what a draft may leave out, and what is refused even in a draft."""

from fractions import Fraction

import pytest
from sample_units import sample_unit, unit_with

from creditbank.framework import DocumentFaults, UnitDocument, document_digest, hours_of, load_document

DRAFT = 'document: creditbank/unit/v1\nid: urn:example:unit\nversion: "1"\ntitle: Statistics\n'


def faults_of(*lines: str) -> list[tuple[str, str]]:
    """The path and sentence of each fault of a draft with these further lines."""
    with pytest.raises(DocumentFaults) as caught:
        load_document((DRAFT + "\n".join(lines) + "\n").encode(), "unit.yaml")
    return [(fault.path, fault.sentence) for fault in caught.value.faults]


def test_a_draft_needs_an_id_a_version_and_a_title() -> None:
    unit = load_document(DRAFT.encode())
    assert isinstance(unit, UnitDocument)
    assert unit.outcomes == ()
    with pytest.raises(DocumentFaults) as caught:
        load_document(b"document: creditbank/unit/v1\n")
    assert [fault.path for fault in caught.value.faults] == ["id", "version", "title"]


def test_keys_at_their_default_do_not_change_a_digest() -> None:
    plain, spelled = load_document(DRAFT.encode()), load_document((DRAFT + "sample: false\noutcomes: []\n").encode())
    assert document_digest(plain) == document_digest(spelled)
    assert document_digest(load_document((DRAFT + "sample: true\n").encode())) != document_digest(plain)


@pytest.mark.parametrize(
    ("text", "hours"), [("PT60H", Fraction(60)), ("PT7H30M", Fraction(15, 2)), ("PT90M", Fraction(3, 2))]
)
def test_a_workload_is_hours_and_minutes(text: str, hours: Fraction) -> None:
    unit = load_document(f"{DRAFT}workload: {text}\n".encode())
    assert isinstance(unit, UnitDocument)
    assert unit.workload is not None
    assert hours_of(unit.workload) == hours


@pytest.mark.parametrize(
    ("text", "meant", "written"),
    [("P60M", "60 months", "PT60H"), ("P2W", "2 weeks", "PT2H"), ("P10D", "10 days", "PT10H")],
)
def test_a_workload_in_months_is_flagged_as_months(text: str, meant: str, written: str) -> None:
    ((path, sentence),) = faults_of(f"workload: {text}")
    assert path == "workload"
    assert f"{text} means {meant}" in sentence
    assert written in sentence


@pytest.mark.parametrize("text", ["PT", "PT0H", "60 hours", "PT60", "P", "PT1.5H"])
def test_other_times_of_work_are_refused(text: str) -> None:
    ((path, sentence),) = faults_of(f'workload: "{text}"')
    assert path == "workload"
    assert "PT60H" in sentence


def test_months_as_an_activitys_workload_are_flagged_too() -> None:
    ((path, sentence),) = faults_of("activities:", "  - {id: a, title: A, workload: P20M}")
    assert path == "activities[0].workload"
    assert "20 months" in sentence


@pytest.mark.parametrize(
    ("credit", "path"),
    [
        ('{points: "2"}', "credits[0].system"),
        ("{system: eu-ects}", "credits[0].points"),
        ("{system: eu-ects, points: 2}", "credits[0].points"),
        ("{system: eu-ects, points: 2.5}", "credits[0].points"),
        ('{system: eu-ects, points: "-2"}', "credits[0].points"),
        ('{system: eu-ects, points: "0.0"}', "credits[0].points"),
    ],
)
def test_credits_are_decimals_in_quotes_with_their_system(credit: str, path: str) -> None:
    assert [found for found, _ in faults_of(f"credits: [{credit}]")] == [path]


CONTRADICTIONS = {
    "a field twice": (['fields: ["0542", "0542"]'], "fields[1]", "stands here twice"),
    "a credit system twice": (
        ['credits: [{system: eu-ects, points: "2"}, {system: eu-ects, points: "3"}]'],
        "credits[1].system",
        "twice",
    ),
    "an outcome twice": (["outcomes: [{id: a, text: A}, {id: a, text: B}]"], "outcomes[1].id", "twice"),
    "a level twice": (
        ['levels: [{framework: eu-eqf, version: "2017", code: "5"}, {framework: eu-eqf, version: "2017", code: "6"}]'],
        "levels[1]",
        "twice",
    ),
    "a skill twice": (
        [
            "outcomes:",
            "  - id: a",
            "    text: A",
            '    skills: ["http://data.europa.eu/esco/skill/S2.4.1", "http://data.europa.eu/esco/skill/S2.4.1"]',
        ],
        "outcomes[0].skills[1]",
        "twice",
    ),
    "a dangling outcome": (
        ["outcomes: [{id: a, text: A}]", "assessments: [{id: t, outcomes: [a, b]}]"],
        "assessments[0].outcomes[1]",
        "has the id 'b'",
    ),
    "a dangling outcome of content": (
        ["content: [{id: c, title: C, outcomes: [x]}]"],
        "content[0].outcomes[0]",
        "outcomes are: none",
    ),
    "weights beyond the whole": (
        ["outcomes: [{id: a, text: A, weight: 3/4}, {id: b, text: B, weight: 1/2}]"],
        "outcomes",
        "5/4",
    ),
    "weights short of the whole": (
        ["outcomes: [{id: a, text: A, weight: 1/4}, {id: b, text: B, weight: 1/2}]"],
        "outcomes",
        "3/4",
    ),
    "no weight": (["outcomes: [{id: a, text: A, weight: 0/1}, {id: b, text: B}]"], "outcomes[0].weight", "nothing"),
    "an end before the start": (
        ["valid_from: 2026-02-01", "valid_until: 2026-01-31"],
        "valid_until",
        "before it starts",
    ),
    "an accreditation that ends before it starts": (
        ["quality_assurance: [{type: review, valid_from: 2026-02-01, valid_until: 2026-01-31}]"],
        "quality_assurance[0].valid_until",
        "before it starts",
    ),
    "a version in place of itself": (['supersedes: "1"'], "supersedes", "itself"),
    "itself as prerequisite": (["prerequisites: [{unit: 'urn:example:unit'}]"], "prerequisites[0].unit", "itself"),
    "an empty prerequisite": (["prerequisites: [{outcome: a}]"], "prerequisites[0]", "names a `unit`"),
    "more contact than work": (["workload: PT60H", "contact: PT61H"], "contact", "more than the whole"),
    "an activity beyond the workload": (
        ["workload: PT60H", "activities: [{id: a, title: A, workload: PT61H}]"],
        "activities[0].workload",
        "more than",
    ),
    "stand-alone and stacking": (
        ["stackability: {kind: stand-alone, counts_towards: [mt-mqf-award]}"],
        "stackability.counts_towards",
        "stand-alone",
    ),
    "itself as equivalent": (
        ["stackability: {kind: stackable, equivalents: ['urn:example:unit']}"],
        "stackability.equivalents[0]",
        "itself",
    ),
    "excluded and equivalent": (
        ["stackability: {kind: stackable, excludes: ['urn:x:1'], equivalents: ['urn:x:1']}"],
        "stackability.equivalents[0]",
        "excluded",
    ),
    "more than all of it": (["stackability: {kind: stackable, max_share: 3/2}"], "stackability.max_share", "share"),
    "a scale nobody described": (
        ["scales: [{id: ten, title: Ten}]", "assessments: [{id: t, grading: five}]"],
        "assessments[0].grading",
        "scales are: ten",
    ),
    "a pass that is no grade": (
        ["scales: [{id: ten, title: Ten, grades: [F, P], passes_from: C}]"],
        "scales[0].passes_from",
        "F, P",
    ),
    "two titles in one language": (["language: en", "titles: {en: Other}"], "titles.en", "another one"),
}


@pytest.mark.parametrize(("lines", "path", "said"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_unit_that_contradicts_itself_is_refused(lines: list[str], path: str, said: str) -> None:
    found = faults_of(*lines)
    assert path in [at for at, _ in found]
    assert said in next(sentence for at, sentence in found if at == path)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("version: 1", "version"),
        ('country: "india"', "country"),
        ("language: English", "language"),
        ("mode: hybrid", "mode"),
        ('fields: ["statistics"]', "fields[0]"),
        ("occupations: ['https://data.europa.eu/esco/occupation/1']", "occupations[0]"),
        ("outcomes: [{id: a, text: A, dimension: attitude}]", "outcomes[0].dimension"),
        ("outcomes: [{id: a, text: A, skills: ['http://data.europa.eu/esco/skill/python']}]", "outcomes[0].skills[0]"),
        ("shelf_life: P7H", "shelf_life"),
        ("supervision: none", "supervision"),
        ("achievement_type: BachelorDegree", "achievement_type"),
        ("titel: Statistik", "titel"),
        ("stackability: {kind: stackable, counts_towards: ['two words']}", "stackability.counts_towards[0]"),
    ],
)
def test_what_is_malformed_is_refused_even_in_a_draft(line: str, path: str) -> None:
    lines = DRAFT.replace('version: "1"\n', "") if line.startswith("version") else DRAFT
    with pytest.raises(DocumentFaults) as caught:
        load_document(f"{lines}{line}\n".encode(), "unit.yaml")
    assert path in [fault.path for fault in caught.value.faults]


def test_faults_of_form_and_contradictions_are_told_together_with_their_lines() -> None:
    text = f"{DRAFT}workload: P60M\ncountry: in\noutcomes:\n  - {{id: a, text: A}}\n  - {{id: a, text: B}}\n"
    with pytest.raises(DocumentFaults) as caught:
        load_document(text.encode(), "unit.yaml")
    assert [(fault.place, fault.path) for fault in caught.value.faults] == [
        ("unit.yaml:5", "workload"),
        ("unit.yaml:6", "country"),
        ("unit.yaml:9", "outcomes[1].id"),
    ]


def test_the_sample_units_say_that_they_are_samples() -> None:
    assert [sample_unit(name).sample for name in ("statistics", "energy-audit", "listening")] == [True, True, True]


def test_an_outcome_is_found_by_its_id() -> None:
    unit = unit_with()
    outcome = unit.outcome("analysis")
    assert outcome is not None
    assert outcome.dimension == "skills"
    assert unit.outcome("nothing") is None
