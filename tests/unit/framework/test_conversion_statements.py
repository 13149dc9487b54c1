"""Published statements about credits: side by side, labelled, one way, never chained, deciding nothing."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.framework import (
    ConversionPolicy,
    ConversionStatement,
    CreditSystem,
    DocumentFaults,
    SameCreditSystem,
    check_conversion,
    compare,
    load_document,
)
from creditbank.units import Credits

CATALOGUE = Catalogue.load(builtin_data("frameworks"))
STATEMENTS = {one.id: one for one in CATALOGUE.conversion_statements()}
DECISIONS = Path(__file__).resolve().parents[3] / "docs" / "examples" / "decisions"


def worth(amount: str, source: str, target: str) -> dict[str, Fraction]:
    systems = CATALOGUE.credit_systems()
    found = compare(Credits.parse(amount), systems[source], systems[target], STATEMENTS.values())
    return {one.id: value for one, value in found.stated}


def decision(name: str) -> ConversionPolicy:
    path = DECISIONS / f"sample-uk-by-{name}.yaml"
    document = load_document(path.read_bytes(), str(path))
    assert isinstance(document, ConversionPolicy)
    return document


def statement(**given_values: Any) -> ConversionStatement:
    values: dict[str, Any] = {
        "document": "creditbank/conversion-statement/v1",
        "id": "sample",
        "from_system": "uk",
        "to_system": "eu-ects",
        "ratio": "1/2",
        "basis": "agreement",
        "stated_by": "Sample Agency",
        "scope": "for a test",
        "confidence": "L",
        "sources": ({"name": "test"},),
    }
    return ConversionStatement(**(values | given_values))


@pytest.mark.parametrize(
    ("id", "ratio", "confidence"),
    [
        ("emc-cmf.uk.eu-ects", "2/5", "H"),
        ("emc-cmf.us-sch.eu-ects", "2", "H"),
        ("emc-cmf.uk.us-sch", "1/5", "H"),
        ("uk-custom.uk.eu-ects", "1/2", "H"),
        ("uk-custom.uk.us-sch", "1/4", "M"),
        ("us-custom.us-qch.us-sch", "2/3", "H"),
        ("cl-sct.cl-sct.eu-ects", "1", "M"),
    ],
)
def test_each_published_agreement_is_kept_with_its_ratio_and_how_sure_we_are(
    id: str, ratio: str, confidence: str
) -> None:
    assert (STATEMENTS[id].exact, STATEMENTS[id].confidence) == (Fraction(ratio), confidence)


def test_the_microcredential_framework_gives_its_own_sizes_at_both_ends() -> None:
    for uk, ects, us in (("10", "4", "2"), ("15", "6", "3")):
        assert worth(uk, "uk", "eu-ects")["emc-cmf.uk.eu-ects"] == Fraction(ects)
        assert worth(us, "us-sch", "eu-ects")["emc-cmf.us-sch.eu-ects"] == Fraction(ects)
        assert worth(uk, "uk", "us-sch")["emc-cmf.uk.us-sch"] == Fraction(us)


def test_framework_and_custom_stand_side_by_side_under_their_own_names() -> None:
    assert worth("10", "uk", "eu-ects") == {"emc-cmf.uk.eu-ects": 4, "uk-custom.uk.eu-ects": 5}
    assert worth("15", "uk", "eu-ects") == {"emc-cmf.uk.eu-ects": 6, "uk-custom.uk.eu-ects": Fraction("7.5")}


def test_a_statement_is_not_turned_round() -> None:
    assert worth("6", "eu-ects", "uk") == {}


def test_two_statements_never_make_a_third() -> None:
    assert worth("3", "us-qch", "us-sch") == {"us-custom.us-qch.us-sch": 2}
    assert worth("2", "us-sch", "eu-ects") == {"emc-cmf.us-sch.eu-ects": 4}
    assert worth("3", "us-qch", "eu-ects") == {}


def test_credits_are_not_compared_with_their_own_kind() -> None:
    uk = CATALOGUE.credit_system("uk")
    with pytest.raises(SameCreditSystem):
        compare(Credits.parse("10"), uk, uk, ())


SECTION_FIVE = [
    ("uk", ("1/3", "2/5"), "1/2"),
    ("nz", ("1/3", "2/5"), "1/2"),
    ("za", ("1/3", "2/5"), "1/2"),
    ("pac-pqf", ("1/3", "2/5"), "1/2"),
    ("us-sch", ("3/2", "9/5"), "2"),
    ("in-ncrf", ("1", "6/5"), "3/2"),
    ("my-mqf", ("4/3", "8/5"), "3/2"),
    ("kr", None, "12/7"),
    ("cl-sct", ("4/5", "31/25"), "1"),
]


@pytest.mark.parametrize(("system", "hours", "year"), SECTION_FIVE)
def test_hours_and_years_are_computed_exactly_for_one_credit(
    system: str, hours: tuple[str, str] | None, year: str
) -> None:
    systems = CATALOGUE.credit_systems()
    found = compare(Credits.parse("1"), systems[system], systems["eu-ects"], ())
    assert found.hours == (None if hours is None else (Fraction(hours[0]), Fraction(hours[1])))
    assert found.year == Fraction(year)


def test_class_hours_are_said_to_be_not_comparable() -> None:
    systems = CATALOGUE.credit_systems()
    found = compare(Credits.parse("1"), systems["kr"], systems["eu-ects"], ())
    assert found.no_hours.startswith("not comparable: kr credits count time in class")


def test_hours_that_nobody_states_are_said_to_be_missing() -> None:
    uk, ects = CATALOGUE.credit_system("uk"), CATALOGUE.credit_system("eu-ects")
    silent = CreditSystem(**(uk.model_dump() | {"id": "silent", "hours_min": None, "hours_max": None}))
    found = compare(Credits.parse("1"), silent, ects, ())
    assert (found.hours, found.no_hours) == (None, "not known: the hours of a silent credit are not stated")


@pytest.mark.parametrize(
    ("name", "adopts", "ten", "fifteen"),
    [("cmf", "emc-cmf.uk.eu-ects", "4", "6"), ("custom", "uk-custom.uk.eu-ects", "5", "7.5")],
)
def test_a_body_adopts_either_by_name_and_counts_by_that_one(name: str, adopts: str, ten: str, fifteen: str) -> None:
    policy = decision(name)
    assert policy.adopts == adopts
    assert check_conversion(policy, STATEMENTS.values()) == []
    assert policy.convert(Credits.parse("10")) == Credits.parse(ten)
    assert policy.convert(Credits.parse("15")) == Credits.parse(fifteen)


def test_the_sample_decisions_load_beside_the_published_data() -> None:
    found = Catalogue.load(builtin_data("frameworks"), DECISIONS)
    assert [one.adopts for one in found.conversions()] == ["emc-cmf.uk.eu-ects", "uk-custom.uk.eu-ects"]


def test_each_unit_is_rounded_by_itself_and_the_sum_never() -> None:
    policy = decision("cmf").model_copy(update={"rounding_unit": "1"})
    units = [Credits.parse("4")] * 3
    assert [policy.convert(one) for one in units] == [Credits.parse("1")] * 3
    assert policy.convert(Credits.parse("12")) == Credits.parse("4")


@pytest.mark.parametrize(
    ("changed", "slug", "paths"),
    [
        ({"ratio": "1/2"}, "not-as-adopted", ["ratio"]),
        ({"from_system": "nz"}, "not-as-adopted", ["from_system"]),
        ({"to_system": "us-sch"}, "not-as-adopted", ["to_system"]),
        (
            {"from_system": "eu-ects", "to_system": "uk", "ratio": "5/2"},
            "not-as-adopted",
            ["from_system", "to_system", "ratio"],
        ),
        ({"adopts": "emc-cmf.uk.nowhere"}, "unknown-document-named", ["adopts"]),
    ],
)
def test_a_policy_that_differs_from_what_it_adopts_is_a_fault(
    changed: dict[str, str], slug: str, paths: list[str]
) -> None:
    found = check_conversion(decision("cmf").model_copy(update=changed), STATEMENTS.values())
    assert ({fault.slug for fault in found}, [fault.path for fault in found]) == ({slug}, paths)


def test_the_same_ratio_written_otherwise_is_the_same() -> None:
    assert check_conversion(decision("cmf").model_copy(update={"ratio": "4/10"}), STATEMENTS.values()) == []


def test_a_policy_of_its_own_adopts_nothing_and_may_say_what_it_likes() -> None:
    policy = decision("cmf").model_copy(update={"adopts": None, "ratio": "3/7"})
    assert check_conversion(policy, STATEMENTS.values()) == []


def test_a_folder_with_a_policy_that_misquotes_is_refused_with_file_and_line(tmp_path: Path) -> None:
    text = (DECISIONS / "sample-uk-by-cmf.yaml").read_text(encoding="utf-8")
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace("ratio: 2/5", "ratio: 1/2"), encoding="utf-8")
    with pytest.raises(DocumentFaults) as refused:
        Catalogue.load(builtin_data("frameworks"), tmp_path)
    (fault,) = refused.value.faults
    assert (fault.slug, fault.place) == ("not-as-adopted", f"{file}:7")


@pytest.mark.parametrize(
    "wrong",
    [
        {"ratio": "0/1"},
        {"ratio": "0.4"},
        {"to_system": "uk"},
        {"scope": ""},
        {"sources": ()},
        {"year": "20"},
        {"basis": "habit"},
        {"issuer": "did:web:university.example"},
    ],
)
def test_a_statement_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        statement(**wrong)


def test_a_statement_of_a_credit_system_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    text = statement(from_system="atlantis").model_dump_json(exclude_defaults=True)
    (tmp_path / "one.json").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentFaults) as refused:
        Catalogue.load(builtin_data("frameworks"), tmp_path)
    assert [fault.path for fault in refused.value.faults] == ["from_system"]
