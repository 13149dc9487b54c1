"""The law of templates: whatever fits a child fits its parent."""

import json
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st
from sample_templates import book, template

from creditbank.framework import UnitDocument, check_template, faults_against, resolve
from creditbank.framework.inheriting import loosenings

MODES = ["online", "on-site", "blended"]
FIELDS = ["05", "054", "0541", "0542", "061"]
LANGUAGES = ["en", "en-GB", "fr"]
DIMENSIONS = ["knowledge", "skills", "values"]
HOURS = st.integers(1, 6).map(lambda hours: f"PT{hours}H")
SHARES = st.sampled_from(["1/5", "1/3", "1/2"])
POINTS = st.integers(1, 5).map(str)
SYSTEMS = ["eu-ects", "uk", "nz"]
CODES = ["4", "5", "6", "7"]


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


def spans(**named: str) -> st.SearchStrategy[list[dict[str, str]]]:
    values = POINTS if "system" in named else st.sampled_from(CODES)
    ends = st.fixed_dictionaries({"at_least": values}, optional={"at_most": values})
    return ends.map(lambda span: [{**named, **span}])


COUNTS = st.integers(0, 4)
SAYS: dict[tuple[str, ...], st.SearchStrategy[Any]] = {
    ("fields", "title", "required"): st.booleans(),
    ("fields", "title", "without_words"): some(["data", "Data", "master"]),
    ("fields", "mode", "required"): st.booleans(),
    ("fields", "mode", "fixed"): st.sampled_from(MODES),
    ("fields", "mode", "allowed"): some(MODES),
    ("fields", "fields", "allowed"): some(FIELDS),
    ("fields", "fields", "one_of"): some(FIELDS),
    ("fields", "fields", "all_of"): some(FIELDS),
    ("fields", "fields", "entries_at_most"): COUNTS,
    ("fields", "language", "required"): st.booleans(),
    ("fields", "language", "allowed"): some(LANGUAGES),
    ("fields", "language", "default"): st.sampled_from(LANGUAGES),
    ("fields", "workload", "required"): st.booleans(),
    ("fields", "workload", "at_least"): HOURS,
    ("fields", "workload", "at_most"): HOURS,
    ("fields", "outcomes", "entries_at_least"): COUNTS,
    ("fields", "outcomes", "entries_at_most"): COUNTS,
    ("fields", "outcomes.dimension", "required"): st.booleans(),
    ("fields", "outcomes.dimension", "allowed"): some(DIMENSIONS),
    ("fields", "outcomes.dimension", "all_of"): some(DIMENSIONS),
    ("credits", "one_of"): some(SYSTEMS),
    ("credits", "ranges"): spans(system="uk"),
    ("levels", "one_of"): some(["eu-eqf", "uk-fheq"]),
    ("levels", "ranges"): spans(framework="eu-eqf", version="2017"),
    ("dimension_shares", "values"): SHARES,
    ("coverage",): some(["taught", "practised", "assessed"]),
}
"""Everything a template can say in these tests, by where it stands."""


def put(plain: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    for part in place[:-1]:
        plain = plain.setdefault(part, {})
    plain[place[-1]] = value


@st.composite
def two(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a parent and a child say: often about the same, so that the one may loosen the other."""
    above: dict[str, Any] = {}
    below: dict[str, Any] = {}
    for place in draw(st.lists(st.sampled_from(sorted(SAYS)), min_size=1, max_size=3, unique=True)):
        if draw(st.integers(0, 5)):
            put(above, place, draw(SAYS[place]))
        if draw(st.integers(0, 5)):
            put(below, place, draw(SAYS[place]))
    return above, below


@st.composite
def units(draw: st.DrawFn) -> UnitDocument:
    dimensions = draw(st.lists(st.sampled_from([*DIMENSIONS, None]), max_size=4))
    outcomes = [{"id": f"o{n}", "text": "Explain it.", "dimension": one} for n, one in enumerate(dimensions)]
    ids = [one["id"] for one in outcomes]
    covered = st.lists(st.sampled_from(ids), unique=True) if ids else st.just([])
    plain = {
        "document": "creditbank/unit/v1",
        "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "version": "1",
        "title": draw(st.sampled_from(["Describing data", "Master it", "A unit"])),
        "mode": draw(st.sampled_from([*MODES, None])),
        "fields": draw(st.lists(st.sampled_from(FIELDS), max_size=3, unique=True)),
        "language": draw(st.sampled_from([*LANGUAGES, None])),
        "workload": draw(st.none() | HOURS),
        "outcomes": outcomes,
        "assessments": [{"id": "a", "outcomes": draw(covered)}],
        "activities": [{"id": "t", "title": "t", "kind": "taught", "outcomes": draw(covered)},
                       {"id": "p", "title": "p", "kind": "practised", "outcomes": draw(covered)}],
        "credits": [{"system": name, "points": draw(POINTS)} for name in draw(st.lists(st.sampled_from(SYSTEMS),
                                                                                    unique=True))],
        "levels": [{"framework": "eu-eqf", "version": "2017", "code": draw(st.sampled_from(CODES))}],
    }  # fmt: skip
    return UnitDocument.model_validate_json(json.dumps(plain), strict=True)


def readable(id: str, says: dict[str, Any], **more: Any) -> Any:
    try:
        return template(id, **says, **more)
    except ValueError:
        return None


@settings(max_examples=600, deadline=None)
@given(two(), st.lists(units(), min_size=4, max_size=12))
def test_a_unit_that_fits_a_child_fits_its_parent(
    said: tuple[dict[str, Any], dict[str, Any]], tried: list[UnitDocument]
) -> None:
    parent, child = readable("parent", said[0]), readable("child", said[1], extends="parent")
    if parent is None or child is None:
        event("a template that cannot be read")
        return
    shelf = book(parent, child)
    if check_template(parent, shelf) or check_template(child, shelf):
        event("a template that may not stand")
        return
    above, below = resolve(parent, shelf), resolve(child, shelf)
    fitting = [unit for unit in tried if not faults_against(unit, below)]
    event("some unit fits" if fitting else "no unit fits")
    assert [faults_against(unit, above) for unit in fitting] == [[] for _ in fitting]


@settings(max_examples=200, deadline=None)
@given(two(), units())
def test_a_template_extended_without_a_word_asks_the_same(
    said: tuple[dict[str, Any], dict[str, Any]], unit: UnitDocument
) -> None:
    parent = readable("parent", said[0])
    if parent is None or check_template(parent, book(parent)):
        return
    child = template("child", extends="parent")
    shelf = book(parent, child)
    assert faults_against(unit, resolve(child, shelf)) == faults_against(unit, resolve(parent, shelf))


@settings(max_examples=200, deadline=None)
@given(two())
def test_a_child_that_says_what_its_parent_says_loosens_nothing(
    said: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    parent, child = readable("parent", said[0]), readable("child", said[0], extends="parent")
    if parent is None or check_template(parent, book(parent)):
        return
    shelf = book(parent, child)
    assert loosenings(child, resolve(parent, shelf), shelf) == []
