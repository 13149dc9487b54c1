"""What changed between two versions is told rule by rule, with what it means for learners."""

import pytest
from rule_samples import FRAMEWORK, nodes, qualification

from creditbank.framework import Framework
from creditbank.framework.comparison import Change, compare

LIMIT = "kind: limit, over: counted"
TREE = nodes(
    'id: place, kind: requirement, credits_at_least: "10", where: {category: [a], level_at_least: "5"}',
    f"id: cap, {LIMIT}, where: {{mode: [online]}}, share_at_most: 1/2",
    "id: way, kind: n-of, n: 2, of: [{id: x, title: X, kind: requirement, units_at_least: 1}, "
    "{id: y, title: Y, kind: requirement, units_at_least: 1}, {id: z, title: Z, kind: requirement, units_at_least: 1}]",
)
HEAD = """\
calendars: {year: {starts: ["03-01"]}}
admits: {frameworks: [sample], max_age: P7Y}
sharing: [{id: s, title: S, between: [place, way], units_at_most: 2}]
checked_by_people: [{id: home, text: Lives here.}]
"""


def changes(old: str, new: str, *, tree: bool = True) -> list[Change]:
    """What changed once a piece of the rules is written otherwise."""
    source = TREE if tree else HEAD
    assert source.count(old) == 1, old
    other = source.replace(old, new)
    assert isinstance(FRAMEWORK, Framework)
    return compare(
        qualification(TREE, HEAD), qualification(other if tree else TREE, HEAD if tree else other), FRAMEWORK
    )


def test_rules_that_say_the_same_have_no_changes_whatever_their_version() -> None:
    assert compare(qualification(TREE, HEAD), qualification(TREE, HEAD, id="other", version="2")) == []


@pytest.mark.parametrize(
    ("old", "new", "what", "effect", "path", "told"),
    [
        ('"10"', '"12"', "changed", "stricter", "root/place", "Least credits: 10, now 12."),
        ('"10"', '"8"', "changed", "looser", "root/place", "Least credits: 10, now 8."),
        ('"5"', '"6"', "changed", "stricter", "root/place", "Which units: (category a; level at least 5), now"),
        ("category: [a]", "category: [b]", "changed", "unclear", "root/place", "Which units"),
        ("category: [a]", "category: [a, b]", "changed", "looser", "root/place", "Which units"),
        ("1/2", "2/5", "changed", "stricter", "root/cap", "Largest share: 1/2, now 2/5."),
        ("mode: [online]", "mode: [online, blended]", "changed", "stricter", "root/cap", "Which units"),
        ("n: 2", "n: 1", "changed", "looser", "root/way", "How many must hold: 2, now 1."),
        ("kind: n-of, n: 2", "kind: all", "changed", "stricter", "root/way", "Kind: n-of, now all."),
        ("title: Place", "title: Room", "changed", "none", "root/place", "Title: Place, now Room."),
        ("title: Cap", "note: words, title: Cap", "changed", "none", "root/cap", "Note: rewritten."),
        ("title: Cap", "confidence: L, title: Cap", "changed", "none", "root/cap", "Confidence: H, now L."),
    ],
)
def test_a_rule_that_says_something_else_is_told_with_its_effect(
    old: str, new: str, what: str, effect: str, path: str, told: str
) -> None:
    (change,) = changes(old, new)
    assert (change.what, change.effect, change.path, change.subject) == (what, effect, path, "rule")
    assert told in change.sentence


def test_a_rule_more_is_stricter_and_a_rule_less_is_looser() -> None:
    more = TREE + nodes('id: extra, kind: requirement, credits_at_least: "3"')
    (added,) = compare(qualification(TREE, HEAD), qualification(more, HEAD))
    assert (added.what, added.effect, added.path) == ("added", "stricter", "root/extra")
    (removed,) = compare(qualification(more, HEAD), qualification(TREE, HEAD))
    assert (removed.what, removed.effect, removed.path) == ("removed", "looser", "root/extra")
    offer = TREE + nodes('id: extra, kind: requirement, credits_at_least: "0"')
    (offered,) = compare(qualification(TREE, HEAD), qualification(offer, HEAD))
    assert offered.effect == "none"


def test_one_way_more_is_looser_and_one_way_less_is_stricter() -> None:
    way = "{id: v, title: V, kind: requirement, units_at_least: 1}, {id: x,"
    (added,) = changes("{id: x,", way)
    assert (added.what, added.effect, added.path) == ("added", "looser", "root/way/v")
    (removed,) = changes("{id: z, title: Z, kind: requirement, units_at_least: 1}", "")
    assert (removed.what, removed.effect) == ("removed", "stricter")


def test_a_rule_that_stands_elsewhere_has_moved() -> None:
    place = TREE.splitlines(keepends=True)[0]
    inner = place.strip().removeprefix("- ")
    moved = TREE.replace(place, "").replace("of: [{id: x", f"of: [{inner}, {{id: x")
    head = HEAD.replace("sharing: [{id: s, title: S, between: [place, way], units_at_most: 2}]\n", "")
    (change,) = compare(qualification(TREE, head), qualification(moved, head))
    assert (change.what, change.effect, change.path) == ("moved", "unclear", "root/way/place")
    assert change.sentence == "«Place» stood in «Root», and stands in «Way»."


def test_a_root_of_another_name_is_the_root() -> None:
    other = qualification(TREE, HEAD)
    other = other.model_copy(update={"requires": other.requires.model_copy(update={"id": "degree", "title": "Degree"})})
    (change,) = compare(qualification(TREE, HEAD), other)
    assert (change.path, change.effect) == ("degree", "none")


BUNDLE = (
    "{id: b, achievement: w, parts: [{id: x, achievement: x, credits: '1'}, {id: y, achievement: y, credits: '2'}]}"
)


@pytest.mark.parametrize(
    ("old", "new", "effect", "path"),
    [
        ("max_age: P7Y", "max_age: P5Y", "stricter", "admits.max_age"),
        (", max_age: P7Y", "", "looser", "admits.max_age"),
        ("frameworks: [sample]", "frameworks: [sample, other]", "looser", "admits.frameworks"),
        ("frameworks: [sample]", "frameworks: [other]", "unclear", "admits.frameworks"),
        ("max_age", "accredited: true, max_age", "stricter", "admits.accredited"),
        ("max_age", "where: {mode: [online]}, max_age", "stricter", "admits.where"),
        ('["03-01"]', '["03-01", "09-01"]', "unclear", "calendars.year"),
        ("units_at_most: 2", "units_at_most: 1", "unclear", "sharing.s"),
        ("sharing: [{id: s, title: S, between: [place, way], units_at_most: 2}]", "", "stricter", "sharing.s"),
        ("text: Lives here.", "text: Lives there.", "unclear", "checked_by_people.home"),
        ("{id: home, text: Lives here.}", "", "looser", "checked_by_people.home"),
        ("text: Lives here.", "text: Lives here., note: words", "none", "checked_by_people.home"),
        ("admits:", "absorbs: [lower]\nadmits:", "looser", "absorbs"),
        ("admits:", 'tightens: {id: national, version: "1"}\nadmits:', "none", "tightens"),
        ("admits:", "level: '6'\nadmits:", "unclear", "level"),
        ("admits:", "title: Another\nadmits:", "none", "title"),
        ("admits:", "equivalents: [{id: e, achievements: [a, b]}]\nadmits:", "unclear", "equivalents.e"),
        ("admits:", "substitutes: [{id: t, instead_of: a, accepted: [b]}]\nadmits:", "looser", "substitutes.t"),
        ("admits:", f"bundles: [{BUNDLE}]\nadmits:", "unclear", "bundles.b"),
    ],
)
def test_what_rules_share_is_compared_too(old: str, new: str, effect: str, path: str) -> None:
    (change,) = changes(old, new, tree=False)
    assert (change.path, change.effect, change.subject) == (path, effect, "document")
    assert change.sentence


def test_every_key_of_a_document_is_compared() -> None:
    names = set(type(qualification(TREE, HEAD)).model_fields)
    head = {
        "title",
        "framework",
        "level",
        "credit_system",
        "achievement_type",
        "valid_from",
        "valid_until",
        "transition",
    }
    head |= {"confidence", "summary", "sources", "tightens", "absorbs"}
    lists = {"calendars", "grading", "equivalents", "substitutes", "bundles", "sharing", "checked_by_people"}
    assert names - head - lists == {"document", "id", "version", "admits", "requires"}
