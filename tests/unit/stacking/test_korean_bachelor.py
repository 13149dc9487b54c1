"""The Korean credit bank's bachelor (facts 6.1), with sample learners worked out by hand."""

from datetime import date

from stacking_samples import acbs, acbs_learner, changed, facts_of, semester_days, setting_of, unit

from creditbank.stacking import Candidate, Evaluation, Status, Verdict, evaluate, recount
from creditbank.units import Credits

A, B, C = "did:web:a.example", "did:web:b.example", "did:web:c.example"
NAMES = {A: "Sample College A", B: "Sample College B", C: "Sample College C"}
SETTING = setting_of(names=NAMES)


def weigh(candidates: list[Candidate], *catalogue: Candidate) -> Evaluation:
    return evaluate(acbs(), candidates, SETTING, catalogue=catalogue)


def status_of(found: Evaluation) -> dict[str, Status]:
    return {child.id: child.status for child in found.tree.children if child.kind != "person"}


def exactly_140() -> list[Candidate]:
    """46 units of three credits and one of two; 35 of the three-credit ones (105 credits) from institution A."""
    found = acbs_learner(35, 11)
    return [*found, unit("last", "2", provider="b", earned=date(2020, 3, 2), categories=["kr-acbs:elective"])]


def test_141_credits_with_105_from_one_institution_add_up() -> None:
    found = weigh(acbs_learner(35, 12))
    assert found.verdict is Verdict.ADDS_UP
    assert found.sentence == (
        "It adds up: 141 credits are counted towards «Bachelor by the Academic Credit Bank System (Korea)»"
        f" of did:web:awarding.example. {len(acbs().checked_by_people)} conditions remain for a person to check."
    )
    assert (found.totals.counted, found.totals.needed) == (Credits(141_000), Credits(140_000))
    assert set(status_of(found).values()) == {Status.MET}
    assert found.proven
    assert found.gap is None
    assert found.conflict is None
    assert found.path is None


def test_exactly_140_credits_add_up() -> None:
    found = weigh(exactly_140())
    assert found.verdict is Verdict.ADDS_UP
    assert found.totals.counted == Credits(140_000)


def test_139_credits_do_not() -> None:
    shorter = [*exactly_140()[:-1], unit("last", "1", provider="b", earned=date(2020, 3, 2))]
    found = weigh(shorter)
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.conflict is not None
    assert found.conflict.rules == ("bachelor/total",)
    assert found.conflict.sentence == "You have 139 credits that can count, and 140 credits are needed."
    assert found.gap is not None
    assert found.gap.sentence == "At least 1 credit is missing, for «140 credits in all»."


def test_141_credits_with_108_from_one_institution_are_refused_for_that_cap_only() -> None:
    offers = [
        unit("more-of-a", "3", provider="a", earned=date(2026, 3, 2)),
        unit("elsewhere", "3", provider="c", earned=date(2026, 3, 2)),
        unit("large", "6", provider="c", earned=date(2026, 3, 2)),
    ]
    found = weigh(acbs_learner(36, 11), *offers)
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.proven
    assert found.conflict is not None
    assert found.conflict.rules == ("bachelor/total", "bachelor/one-institution")
    assert found.conflict.sentence == (
        "You have 141 credits, but at most 105 credits may come from one institution"
        " under «At most 105 from one institution» (you have 108 from Sample College A)."
        " So at most 138 credits can count, and 140 credits are needed."
    )
    assert found.gap is not None
    assert found.gap.credits == Credits(2_000)
    assert {name for name, status in status_of(found).items() if status is not Status.MET} == {"total"}
    assert found.path is not None
    assert [step.credential for step in found.path.steps] == ["urn:uuid:elsewhere"]
    assert found.path.sentence == (
        "With 1 unit more it adds up: «Sample unit elsewhere» (3 credits, from Sample College C)."
        " Then 141 credits are counted."
    )
    assert found.path.proven
    [left] = found.not_counted
    assert left.slug == "over-limit"
    assert left.sentence == (
        "With what is counted it would be too much: at most 105 credits may come from one institution"
        " under «At most 105 from one institution»."
    )


def test_a_fix_from_the_same_institution_is_no_path() -> None:
    found = weigh(acbs_learner(36, 11), unit("more-of-a", "3", provider="a", earned=date(2026, 3, 2)))
    assert found.path is None


def full_semester(*last: str) -> list[Candidate]:
    """140 credits of which one semester (spring 2020) holds seven units of three credits and those given last."""
    days = semester_days(8)
    plain = [unit(f"p{index:02d}", provider="ab"[index % 2], earned=days[index // 6]) for index in range(37)]
    full = [unit(f"s{index}", provider="ab"[index % 2], earned=date(2022, 3, 2)) for index in range(7)]
    tail = [unit(f"t{index}", credits, provider="b", earned=date(2022, 8, 31)) for index, credits in enumerate(last)]
    rest = 140 - 37 * 3 - 21 - sum(map(int, last))
    later = [unit("later", str(rest), provider="b", earned=date(2022, 9, 1))]
    everything = [*plain, *full, *tail, *later]
    return [
        changed(item, categories=frozenset({"kr-acbs:major" if index < 21 else "kr-acbs:general-education"}))
        for index, item in enumerate(everything)
    ]


def test_24_credits_in_a_semester_count_and_a_25th_does_not() -> None:
    assert weigh(full_semester("3")).verdict is Verdict.ADDS_UP
    found = weigh(full_semester("2", "2"))
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.conflict is not None
    assert found.conflict.rules == ("bachelor/total", "bachelor/per-semester")
    assert found.conflict.sentence == (
        "You have 140 credits, but at most 24 credits may count in one semester"
        " under «At most 24 of classes in a semester» (you have 25 in the one begun 2022-03-01)."
        " So at most 138 credits can count, and 140 credits are needed."
    )


def test_the_semester_ends_on_the_last_day_of_august() -> None:
    moved = [
        changed(item, earned=date(2022, 9, 1)) if item.facts.credential == "urn:uuid:t1" else item
        for item in full_semester("2", "2")
    ]
    assert weigh(moved).verdict is Verdict.ADDS_UP


def test_university_credits_do_not_fall_under_the_semester_cap() -> None:
    freed = [
        changed(item, source_type="university-credits") if item.facts.credential == "urn:uuid:t1" else item
        for item in full_semester("2", "2")
    ]
    assert weigh(freed).verdict is Verdict.ADDS_UP


def test_57_credits_in_the_major_need_3_more_for_the_major() -> None:
    candidates = acbs_learner(35, 12)
    candidates[0] = changed(candidates[0], categories=frozenset({"kr-acbs:elective"}))
    found = weigh(candidates)
    assert found.conflict is not None
    assert found.conflict.rules == ("bachelor/major",)
    assert found.conflict.sentence == (
        "You have 57 credits that can count for «Credits in the major», and 60 credits are needed."
    )
    assert found.gap is not None
    assert found.gap.sentence == "At least 3 credits are missing, for «Credits in the major»."
    assert status_of(found)["major"] is Status.NEEDS_MORE
    [major] = [child for child in found.tree.children if child.id == "major"]
    assert major.sentence == "57 credits; at least 60 credits: needs 3 credits more."
    assert len(major.met_by) == 19


def test_a_unit_in_both_categories_fills_only_one_of_them() -> None:
    candidates = acbs_learner(35, 12)
    both = frozenset({"kr-acbs:major", "kr-acbs:general-education"})
    candidates[0] = changed(candidates[0], categories=both)
    assert weigh(candidates).verdict is Verdict.ADDS_UP
    candidates[29] = changed(candidates[29], categories=frozenset())
    found = weigh(candidates)
    assert found.conflict is not None
    assert found.conflict.rules == ("bachelor/major", "bachelor/general-education")
    assert found.conflict.sentence == (
        "«Credits in the major» and «Credits in general education» share only 87 credits of yours,"
        " and together they need 90 credits."
    )


def test_of_four_qualifications_three_count_and_of_those_outside_the_major_one() -> None:
    def certificate(name: str, *categories: str) -> Candidate:
        return unit(name, "20", provider="c", source="qualification", categories=categories)

    base = acbs_learner(35, 12)[:27]  # 81 credits: 60 in the major, 21 in general education
    general = [
        unit(f"g{index}", "3", provider="b", source="university-credits", categories=["kr-acbs:general-education"])
        for index in range(3)
    ]
    majors = [certificate(f"m{index}", "kr-acbs:major") for index in range(4)]
    assert weigh([*base, *general, *majors[:3]]).verdict is Verdict.ADDS_UP
    other = [certificate("x0"), certificate("x1")]
    assert weigh([*base, *general, *majors[:2], other[0]]).verdict is Verdict.ADDS_UP
    found = weigh([*base, *general, majors[0], *other])
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.conflict is not None
    assert found.conflict.rules == ("bachelor/total", "bachelor/general-qualifications")


def test_the_checker_finds_no_fault_with_the_answer() -> None:
    candidates = exactly_140()
    found = weigh(candidates)
    assert recount(acbs(), found.uses, facts_of(candidates), SETTING).faults == ()
