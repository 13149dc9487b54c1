"""The Indian undergraduate certificate with the rules of the Academic Bank of Credits (facts 2.8, 6.2), by hand."""

from datetime import date

import pytest
from stacking_samples import AWARDING, conversion, recognition, setting_of, ug_certificate, unit

from creditbank.credential import Level
from creditbank.stacking import Candidate, Evaluation, Setting, Verdict, evaluate
from creditbank.units import Credits

NATIVE = Level("in-ncrf", "4.5")
FOREIGN = Level("eu-eqf", "5")


def indian(name: str, credits: str = "4", *, own: bool = False, level: str = "4.5", **more: object) -> Candidate:
    provider = AWARDING if own else "did:web:other.example"
    return unit(name, credits, provider=provider, system="in-ncrf", level=Level("in-ncrf", level), **more)  # type: ignore[arg-type]


def thirty_six() -> list[Candidate]:
    """Six units of four credits from the awarding institution, three from another: 36 credits."""
    return [indian(f"own{index}", own=True) for index in range(6)] + [indian(f"other{index}") for index in range(3)]


def european(credits: str = "6") -> Candidate:
    return unit("europe", credits, provider="did:web:europe.example", system="eu-ects", level=FOREIGN)


def weigh(candidates: list[Candidate], setting: Setting | None = None) -> Evaluation:
    return evaluate(ug_certificate(), candidates, setting or setting_of())


RECOGNISED = recognition("urn:achievement:europe")


def test_forty_credits_half_of_them_from_the_awarding_institution_add_up() -> None:
    found = weigh([indian(f"own{n}", own=True) for n in range(5)] + [indian(f"other{n}") for n in range(5)])
    assert found.verdict is Verdict.ADDS_UP
    assert found.totals.counted == Credits(40_000)


def test_less_than_half_from_the_awarding_institution_does_not() -> None:
    found = weigh([indian(f"own{n}", own=True) for n in range(4)] + [indian(f"other{n}") for n in range(6)])
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.conflict is not None
    assert found.conflict.rules == ("certificate/year-one", "certificate/from-awarding-institution")
    assert found.conflict.sentence == (
        "You have 40 credits for «First-year credits», but at least half of the counted credits must come under"
        " «At least half from the institution that awards». So at most 32 credits can count, and 40 credits are needed."
    )
    assert found.gap is not None
    assert found.gap.credits == Credits(4_000), "36 counted with 16 of its own, and 4 more of its own: 20 of 40"


def test_sixteen_of_forty_credits_may_be_online_and_twenty_may_not() -> None:
    def learner(online: int) -> list[Candidate]:
        return [indian(f"own{n}", own=True, mode="online" if n < online else "on-site") for n in range(10)]

    assert weigh(learner(4)).verdict is Verdict.ADDS_UP
    found = weigh(learner(5))
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.conflict is not None
    assert "at most 40 % of the counted credits may come under «At most 40 % online»" in found.conflict.sentence


def test_a_credit_lasts_seven_years_to_the_day() -> None:
    def learner(earned: date) -> list[Candidate]:
        return [indian(f"own{n}", own=True) for n in range(9)] + [indian("oldest", own=True, earned=earned)]

    assert weigh(learner(date(2019, 6, 1))).verdict is Verdict.ADDS_UP
    found = weigh(learner(date(2019, 5, 31)))
    assert found.verdict is Verdict.FALLS_SHORT
    [reason] = found.not_counted
    assert reason.slug == "too-old"
    assert reason.sentence == "It was earned on 2019-05-31; units earned before 2019-06-01 no longer count."


def test_a_unit_below_the_level_fills_nothing() -> None:
    found = weigh([*(indian(f"own{n}", own=True) for n in range(9)), indian("school", own=True, level="4")])
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.conflict is not None
    assert found.conflict.sentence == (
        "You have 36 credits that can count for «First-year credits», and 40 credits are needed."
    )


def test_a_european_unit_counts_by_a_named_policy_and_a_recognition() -> None:
    found = weigh([*thirty_six(), european()], setting_of(conversions=[conversion()], recognitions=[RECOGNISED]))
    assert found.verdict is Verdict.ADDS_UP
    assert found.totals.counted == Credits(41_000)
    [use] = [use for use in found.uses if use.system == "eu-ects"]
    assert (use.amount, use.counted) == (Credits(6_000), Credits(5_000))
    assert (use.conversion, use.recognition) == ("sample-ects-to-ncrf", "sample-recognition")
    assert use.node == "certificate/year-one"


def test_without_a_policy_it_does_not_and_the_refusal_shows_the_interval() -> None:
    found = weigh([*thirty_six(), european()], setting_of(recognitions=[RECOGNISED]))
    assert found.verdict is Verdict.FALLS_SHORT
    [reason] = found.not_counted
    assert reason.slug == "no-conversion"
    assert reason.sentence == (
        "Its credits are eu-ects credits, and no policy in force converts them to in-ncrf credits."
        " By hours alone one would be worth between 5/6 and 1, by a full-time year alone 2/3; somebody has to decide."
    )
    assert found.gap is not None
    assert found.gap.credits == Credits(4_000)


def test_without_a_recognition_it_has_no_level_here() -> None:
    found = weigh([*thirty_six(), european()], setting_of(conversions=[conversion()]))
    assert found.verdict is Verdict.FALLS_SHORT
    [reason] = found.not_counted
    assert reason.slug == "not-recognised"
    assert reason.sentence == ("It belongs to eu-eqf, and no recognition decision says where it stands in in-ncrf.")


@pytest.mark.parametrize(
    "policy",
    [
        conversion(from_system="uk"),
        conversion(to_system="kr"),
        conversion(valid_until="2026-05-31"),
        conversion(valid_from="2026-06-02"),
    ],
)
def test_a_policy_for_other_credits_or_another_day_does_not_help(policy: object) -> None:
    found = weigh([*thirty_six(), european()], setting_of(conversions=[policy], recognitions=[RECOGNISED]))  # type: ignore[list-item]
    assert [reason.slug for reason in found.not_counted] == ["no-conversion"]


def test_two_policies_are_never_chained() -> None:
    chain = [conversion(id="one", to_system="uk", ratio="2/1"), conversion(id="two", from_system="uk", ratio="1/3")]
    found = weigh([*thirty_six(), european()], setting_of(conversions=chain, recognitions=[RECOGNISED]))
    assert [reason.slug for reason in found.not_counted] == ["no-conversion"]


def test_a_policy_may_bound_what_comes_through_it() -> None:
    tight = setting_of(conversions=[conversion(max_share="1/10")], recognitions=[RECOGNISED])
    assert weigh([*thirty_six(), european()], tight).verdict is Verdict.FALLS_SHORT
    wide = setting_of(conversions=[conversion(max_share="1/8")], recognitions=[RECOGNISED])
    assert weigh([*thirty_six(), european()], wide).verdict is Verdict.ADDS_UP  # 5 of 41 credits
