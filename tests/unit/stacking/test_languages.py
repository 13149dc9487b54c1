"""What a catalogue must hold before a sentence is said from it, and into which plural form a number falls."""

from fractions import Fraction

import pytest

from creditbank.framework import DocumentFaults
from creditbank.stacking.languages import PLURALS, faults_in, read_wording
from creditbank.stacking.messages import ENGLISH, IN_ENGLISH, Wording
from creditbank.units import Credits

TWO = ("one", "other")


def told(changes: dict[str, str | None], categories: tuple[str, ...] = TWO) -> list[tuple[str, str, str]]:
    """What is said against the English catalogue with these messages changed or, at None, left out."""
    changed = {name: text for name, text in {**ENGLISH, **changes}.items() if text is not None}
    return [(fault.slug, fault.path, fault.sentence) for fault in faults_in(changed, categories)]


def test_the_english_catalogue_is_whole() -> None:
    assert faults_in(ENGLISH, TWO) == ()


def test_a_message_that_is_missing_is_named_with_what_it_says_in_english() -> None:
    [(slug, path, sentence)] = told({"gap.nothing": None})
    assert (slug, path) == ("missing-message", "gap.nothing")
    assert sentence == "This message is missing. In English: 'Nothing is missing.'."


def test_a_message_that_nobody_says_is_named() -> None:
    assert told({"gap.nothng": "x"}) == [("unknown-message", "gap.nothng", "The engine says no message with this id.")]


def test_a_value_that_is_left_out_or_misspelt_is_named() -> None:
    assert told({"gap.for": "{amuont} for «{title}»"}) == [
        ("missing-value", "gap.for", "It does not say {amount}."),
        ("unknown-value", "gap.for", "There is no value {amuont} to say."),
    ]


@pytest.mark.parametrize("text", ["{amount", "{amount.__class__} {title}", "{amount!r} {title}", "{title:>9}", "{} {}"])
def test_a_template_holds_names_in_braces_and_nothing_else(text: str) -> None:
    assert [slug for slug, _, _ in told({"gap.for": text})] == ["unreadable-message"]


def test_values_may_be_said_in_another_order() -> None:
    assert told({"gap.for": "«{title}»: {amount}"}) == []


def test_a_message_that_says_nothing_is_named() -> None:
    assert ("empty-message", "gap.nothing", "It says nothing.") in told({"gap.nothing": ""})


def test_each_plural_form_of_the_language_is_asked_for() -> None:
    missing = told({}, PLURALS["east-slavic"].categories)
    assert {slug for slug, _, _ in missing} == {"missing-message"}
    assert {"words.units.few", "words.units.many"} <= {path for _, path, _ in missing}
    assert ("missing-message", "words.units.one") in [(slug, path) for slug, path, _ in told({"words.units.one": None})]


def test_a_plural_form_that_the_language_does_not_have_is_refused() -> None:
    assert ("unknown-message", "words.units.one") in [(slug, path) for slug, path, _ in told({}, ("other",))]


def test_a_language_is_taken_whole_or_refused_with_everything_that_is_wrong() -> None:
    with pytest.raises(DocumentFaults) as refusal:
        read_wording("xx", "one", {"gap.nothing": "x {y}"}, place="xx.json")
    assert len(refusal.value.faults) == len(ENGLISH)
    with pytest.raises(DocumentFaults, match="none of these rules"):
        read_wording("xx", "dual", ENGLISH)
    assert read_wording("en", "one", ENGLISH).messages == IN_ENGLISH.messages


@pytest.mark.parametrize(
    ("rule", "number", "category"),
    [
        ("one", Fraction(1), "one"),
        ("one", Fraction(0), "other"),
        ("one", Fraction(3, 2), "other"),
        ("zero-and-one", Fraction(0), "one"),
        ("zero-and-one", Fraction(3, 2), "one"),
        ("zero-and-one", Fraction(2), "other"),
        ("none", Fraction(1), "other"),
        ("east-slavic", Fraction(21), "one"),
        ("east-slavic", Fraction(11), "many"),
        ("east-slavic", Fraction(3), "few"),
        ("east-slavic", Fraction(13), "many"),
        ("east-slavic", Fraction(5), "many"),
        ("east-slavic", Fraction(5, 2), "other"),
    ],
)
def test_numbers_fall_into_the_categories_of_cldr(rule: str, number: Fraction, category: str) -> None:
    assert PLURALS[rule].of(number) == category
    assert category in PLURALS[rule].categories


def test_lists_numbers_and_days_are_written_as_the_language_writes_them() -> None:
    changes = {
        "words.decimal": ",",
        "words.date": "{day}/{month}/{year}",
        "words.list-two": "{before} & {after}",
        "words.list-middle": "{before}; {after}",
        "words.list-end": "{before} & finally {after}",
    }
    other = Wording("xx", {**ENGLISH, **changes})
    assert other.listed([]) == ""
    assert other.listed(["a"]) == "a"
    assert other.listed(["a", "b"]) == "a & b"
    assert other.listed(["a", "b", "c", "d"]) == "a; b; c & finally d"
    assert other.credits(2500) == "2,5 credits"
    assert other.shown(Credits(1)) == "0,001"
    assert IN_ENGLISH.listed(["a", "b", "c"]) == "a, b and c"
