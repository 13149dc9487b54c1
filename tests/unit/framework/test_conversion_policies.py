"""Conversion between credit systems: exact, one way, never up past what was agreed."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from creditbank.framework import (
    ConversionPolicy,
    CreditSystem,
    PartExceedsWhole,
    conversion_interval,
    year_ratio,
)
from creditbank.units import Credits


def policy(**given_values: Any) -> ConversionPolicy:
    values: dict[str, Any] = {
        "document": "creditbank/conversion/v1",
        "id": "sample",
        "version": "1",
        "from_system": "uk",
        "to_system": "eu-ects",
        "ratio": "1/2",
        "basis": "agreement",
        "issuer": "did:web:university.example",
        "source": "sample agreement",
        "valid_from": "2020-01-01",
    }
    return ConversionPolicy(**(values | given_values))


def system(name: str, low: str | None, high: str | None, **more: Any) -> CreditSystem:
    return CreditSystem(
        document="creditbank/credit-system/v1",
        id=name,
        name=name,
        hours_min=low,
        hours_max=high,
        basis="for a test",
        confidence="H",
        sources=({"name": "test"},),  # type: ignore[arg-type]
        **more,
    )


amounts = st.integers(0, 400_000).map(Credits)
ratios = st.tuples(st.integers(1, 60), st.integers(1, 60)).map(lambda pair: f"{pair[0]}/{pair[1]}")
steps = st.sampled_from(["0.001", "0.01", "0.1", "0.25", "0.5", "1", "2.5"])
policies = st.builds(
    lambda ratio, step, rounding: policy(ratio=ratio, rounding_unit=step, rounding=rounding),
    ratios,
    steps,
    st.sampled_from(["down", "half-up"]),
)


def test_the_uk_custom_of_two_to_one_halves_a_module() -> None:
    assert policy().convert(Credits.parse("15")) == Credits.parse("7.5")


def test_the_common_microcredential_framework_and_custom_give_different_answers() -> None:
    framework = policy(ratio="2/5", id="cmf")
    assert framework.convert(Credits.parse("10")) == Credits.parse("4")
    assert policy().convert(Credits.parse("10")) == Credits.parse("5")


def test_a_third_is_rounded_down_to_the_unit() -> None:
    assert policy(ratio="1/3", basis="hours").convert(Credits.parse("20")) == Credits.parse("6.5")


def test_half_up_rounds_a_quarter_up_to_a_half() -> None:
    assert policy(ratio="1/4", rounding="half-up").convert(Credits.parse("5")) == Credits.parse("1.5")
    assert policy(ratio="1/4").convert(Credits.parse("5")) == Credits.parse("1")


@given(policies, amounts)
def test_a_result_is_a_whole_number_of_rounding_units(rule: ConversionPolicy, amount: Credits) -> None:
    units = rule.convert(amount).as_fraction() / Fraction(rule.rounding_unit)
    assert units.denominator == 1


@given(ratios, steps, amounts)
def test_rounding_down_never_gives_more_than_the_exact_value(ratio: str, step: str, amount: Credits) -> None:
    rule = policy(ratio=ratio, rounding_unit=step)
    exact = amount.as_fraction() * Fraction(ratio)
    result = rule.convert(amount).as_fraction()
    assert exact - Fraction(step) < result <= exact


@given(policies, amounts)
def test_half_up_is_never_further_than_half_a_unit_away(rule: ConversionPolicy, amount: Credits) -> None:
    exact = amount.as_fraction() * Fraction(rule.ratio)
    reach = Fraction(rule.rounding_unit) / (1 if rule.rounding == "down" else 2)
    assert abs(rule.convert(amount).as_fraction() - exact) <= reach


@given(policies, amounts, amounts)
def test_more_credits_never_convert_to_less(rule: ConversionPolicy, one: Credits, other: Credits) -> None:
    low, high = sorted((one, other))
    assert rule.convert(low) <= rule.convert(high)


@given(policies, st.lists(st.integers(1, 40_000).map(Credits), min_size=1, max_size=12))
def test_the_parts_of_a_unit_never_convert_to_more_than_the_whole(rule: ConversionPolicy, parts: list[Credits]) -> None:
    whole = Credits(sum(part.thousandths for part in parts))
    together = sum(rule.convert(part, whole=whole).thousandths for part in parts)
    assert together <= rule.convert(whole).thousandths


def test_more_than_the_whole_unit_is_refused() -> None:
    with pytest.raises(PartExceedsWhole):
        policy().convert(Credits.parse("3"), whole=Credits.parse("2"))


def test_a_policy_holds_on_both_of_its_end_days_and_on_no_other() -> None:
    rule = policy(valid_until="2024-12-31")
    held = [rule.valid_on(date(*day)) for day in ((2019, 12, 31), (2020, 1, 1), (2024, 12, 31), (2025, 1, 1))]
    assert held == [False, True, True, False]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ratio": "0/1"},
        {"ratio": "0.5"},
        {"ratio": "1/0"},
        {"ratio": "-1/2"},
        {"to_system": "uk"},
        {"rounding_unit": "0"},
        {"rounding": "up"},
        {"rounding": "half-up", "basis": "hours"},
        {"rounding": "half-up", "basis": "year"},
        {"max_share": "3/2"},
        {"max_share": "0/1"},
        {"valid_until": "2019-01-01"},
        {"valid_from": "2020-02-30"},
        {"issuer": "University"},
        {"chained": True},
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    """Threat 43: one that says more than a policy does is none either."""
    with pytest.raises(ValidationError):
        policy(**wrong)


def test_the_share_of_a_policy_is_exact() -> None:
    assert policy(max_share="1/3").share == Fraction(1, 3)
    assert policy().share == 1


def test_the_interval_by_hours_is_that_of_the_published_ranges() -> None:
    uk, ects = system("uk", "10", "10"), system("eu-ects", "25", "30")
    assert conversion_interval(uk, ects) == (Fraction(1, 3), Fraction(2, 5))
    assert conversion_interval(ects, uk) == (Fraction(5, 2), Fraction(3))


def test_class_hours_and_notional_hours_have_no_interval() -> None:
    korea = system("kr", "15", "15", hours_kind="class", full_time_year="35")
    ects = system("eu-ects", "25", "30", full_time_year="60")
    assert conversion_interval(korea, ects) is None
    assert year_ratio(korea, ects) == Fraction(12, 7)


def test_unknown_hours_and_unknown_years_say_nothing() -> None:
    silent = system("silent", None, None)
    assert conversion_interval(silent, system("eu-ects", "25", "30")) is None
    assert year_ratio(silent, silent) is None


@pytest.mark.parametrize(("low", "high"), [("30", "25"), ("0", "10"), (None, "10")])
def test_hours_that_form_no_range_are_refused(low: str | None, high: str | None) -> None:
    with pytest.raises(ValidationError):
        system("wrong", low, high)
