"""Rules of bodies in Germany, Norway, Finland, Sweden, France, the Netherlands, Italy and the United Kingdom, with
learners whose sums were done by hand.
"""

from datetime import date

import pytest
from elsewhere_samples import Desk

from creditbank.stacking import Candidate

OPEN = Desk("uk-ou-open")
KEELE = Desk("uk-keele-midwifery")
MUNICH = Desk("de-tum-informatics")
OSLO = Desk("no-oslo-european")
HELSINKI = Desk("fi-helsinki-bachelor")
KTH = Desk("se-kth-master")
PARIS = Desk("fr-paris-semester")
UTRECHT = Desk("nl-utrecht-bsa")
ITALY = Desk("it-laurea-l31")


class TestOpenDegree:
    """360 credits, 240 of them above the first level and 120 at the third; at most 240 from elsewhere."""

    def modules(self, first: int, second: int, third: int, **more: str) -> list[Candidate]:
        return [
            one
            for level, count in (("4", first), ("5", second), ("6", third))
            for one in OPEN.many(f"level-{level}", count, "30", level=level, **more)
        ]

    def test_120_at_each_level(self) -> None:
        OPEN.adds_up(self.modules(4, 4, 4), "360")

    def test_150_at_the_first_level_are_30_too_many(self) -> None:
        # 210 above the first level; a module of the second level makes 240, and 360 need one of the first less.
        OPEN.falls_short(
            self.modules(5, 3, 4),
            by="second",
            gap=("30", 0),
            fewest=1,
            offers=[OPEN.take("more", "30", level="5"), OPEN.take("small", "15", level="6")],
        )

    def test_more_at_the_second_level_does_not_make_up_for_the_third(self) -> None:
        OPEN.falls_short(
            self.modules(4, 5, 3),
            by="third",
            gap=("30", 0),
            fewest=2,
            offers=[OPEN.take("half", "15", level="6"), OPEN.take("other-half", "15", level="6")],
        )

    def test_270_from_elsewhere_are_30_too_many(self) -> None:
        courses = [*self.modules(4, 4, 1, provider="elsewhere"), *OPEN.many("own", 3, "30", level="6")]
        # 9 x 30 from elsewhere, of which 240 count, and 3 x 30: 330.
        found = OPEN.falls_short(
            courses, by="modules transfer", gap=("30", 0), fewest=1, offers=[OPEN.take("more", "30", level="4")]
        )
        assert "240" in found.sentence

    def test_240_from_elsewhere_are_not(self) -> None:
        OPEN.adds_up([*self.modules(4, 4, 0, provider="elsewhere"), *OPEN.many("own", 4, "30", level="6")], "360")


class TestFirstClassAtKeele:
    """120 credits at each level, and a mean of 70 in which level 6 weighs twice; or of 68 with 60 credits at 70."""

    def modules(self, fifth: list[int], sixth: list[int]) -> list[Candidate]:
        marks = {"4": [55] * 8, "5": fifth, "6": sixth}
        return [
            KEELE.take(f"level-{level}-{n}", "15", level=level, grade=("mark", str(mark)))
            for level, own in marks.items()
            for n, mark in enumerate(own)
        ]

    def test_64_and_73_are_70_where_the_last_level_weighs_twice(self) -> None:
        KEELE.adds_up(self.modules([64] * 8, [73] * 8), "360")

    def test_a_mark_less_is_69_92_and_half_of_the_last_level_is_at_70(self) -> None:
        KEELE.adds_up(self.modules([64] * 8, [73] * 7 + [72]), "360")

    def test_79_and_65_are_72_on_average_and_209_thirds_by_weight(self) -> None:
        # (79 + 2 x 65) / 3 is 69.67, and nothing of level 6 is at 70. With a module of 80 there it is 70.92.
        KEELE.falls_short(
            self.modules([79] * 8, [65] * 8),
            by="level-6 average-70 sixty",
            gap=("15", 0),
            fewest=1,
            offers=[KEELE.take("more", "15", level="6", grade=("mark", "80"))],
        )

    def test_three_modules_at_79_are_no_half_of_the_last_level(self) -> None:
        # 3 x 79 and 5 x 69 are 72.75, with 64 at level 5 that is 69.83; a fourth at 70 in the place of a 69 does.
        KEELE.falls_short(
            self.modules([64] * 8, [79] * 3 + [69] * 5),
            by="level-5 level-6 average-70 sixty",
            gap=("15", 0),
            fewest=1,
            offers=[KEELE.take("fourth", "15", level="6", grade=("mark", "70"))],
        )

    def test_a_module_at_39_is_not_passed(self) -> None:
        KEELE.falls_short(
            self.modules([75] * 8, [75] * 7 + [39]),
            by="level-6",
            gap=("15", 0),
            fewest=1,
            offers=[KEELE.take("again", "15", level="6", grade=("mark", "40"))],
        )


class TestElectivesInMunich:
    """52 credits: 18 in one area, 8 in two others; formal methods or algorithms among the three."""

    def modules(self, **credits: list[str]) -> list[Candidate]:
        return [
            MUNICH.take(f"{area}-{n}", size, area) for area, sizes in credits.items() for n, size in enumerate(sizes)
        ]

    def test_18_and_8_and_8_and_18_anywhere(self) -> None:
        MUNICH.adds_up(self.modules(db=["6", "6", "6"], fma=["8"], se=["8"], ai=["6", "6"], net=["6"]), "52")

    def test_the_focus_may_be_the_area_of_theory(self) -> None:
        MUNICH.adds_up(self.modules(awr=["6", "6", "6"], db=["8"], se=["8"], ai=["6", "6", "6"]), "52")

    def test_17_in_one_area_are_no_focus(self) -> None:
        courses = self.modules(db=["6", "6", "5"], fma=["8"], se=["8"], ai=["6", "6"], net=["7"])
        focuses = " ".join(f"focus-{area}" for area in ("fma", "awr", "se", "db", "ai", "net"))
        offers = [MUNICH.take("seminar", "2", "db"), MUNICH.take("lecture", "5", "ai")]
        MUNICH.falls_short(courses, by=focuses, gap=("1", 0), fewest=1, offers=offers)

    def test_three_areas_without_theory_are_not_enough(self) -> None:
        courses = self.modules(db=["6", "6", "6"], ai=["8"], se=["8"], net=["6", "6", "6"])
        offers = [MUNICH.take("logic", "5", "fma"), MUNICH.take("proofs", "3", "fma"), MUNICH.take("other", "8", "ai")]
        MUNICH.falls_short(courses, by="theory-fma theory-awr", gap=("8", 0), fewest=2, offers=offers)

    def test_theory_of_five_credits_is_not_one_of_the_three(self) -> None:
        courses = self.modules(db=["6", "6", "6"], ai=["8"], se=["8", "8"], awr=["5"], net=["5"])
        MUNICH.falls_short(
            courses,
            by="theory-fma theory-awr",
            gap=("3", 0),
            fewest=1,
            offers=[MUNICH.take("algorithms", "5", "awr"), MUNICH.take("logic", "5", "fma")],
        )


class TestEuropeanStudiesInOslo:
    """80 in one subject, 40 in one other, 180 in all."""

    def courses(self, history: int, english: int, politics: int, free: int) -> list[Candidate]:
        found = OSLO.many("history", history, "10", "history", fields=["0222"])
        found += OSLO.many("english", english, "10", "english", fields=["0231"])
        found += OSLO.many("politics", politics, "10", "politics", fields=["0312"])
        return found + [OSLO.take(f"free-{n}", "10", fields=[f"07{n:02d}"]) for n in range(10, 10 + free)]

    def test_eight_and_four_and_six_free_ones(self) -> None:
        OSLO.adds_up(self.courses(8, 4, 0, 6), "180")

    def test_two_and_two_of_different_subjects_are_no_support(self) -> None:
        # Two more of English, or two more of politics, make 40; the free ones are each of a field of their own.
        by = "history-support english-main|english-support politics-main|politics-support"
        offers = [OSLO.take(f"more-{n}", "10", "english", fields=["0231"]) for n in range(3)]
        OSLO.falls_short(self.courses(8, 2, 2, 6), by=by, gap=("20", 0), fewest=2, offers=offers)

    def test_what_is_left_of_the_main_subject_is_no_support(self) -> None:
        by = "history-support english-main|english-support politics-main|politics-support"
        offers = [OSLO.take(f"more-{n}", "10", "politics", fields=["0312"]) for n in range(2)]
        OSLO.falls_short(self.courses(12, 0, 3, 3), by=by, gap=("10", 0), fewest=1, offers=offers)

    def test_seventeen_courses_are_one_too_few(self) -> None:
        offers = [OSLO.take("more", "10", fields=["0411"])]
        OSLO.falls_short(self.courses(8, 4, 0, 5), by="total", gap=("10", 0), fewest=1, offers=offers)

    def test_the_other_subject_may_be_the_main_one(self) -> None:
        OSLO.adds_up(self.courses(4, 8, 0, 6), "180")


class TestBachelorInHelsinki:
    """25 + 35 (with a thesis of 6) + 10 + 3, and 180 to 200 in all."""

    def core(self, thesis: str = "6") -> list[Candidate]:
        return [
            *HELSINKI.many("basic", 5, "5", "basic"),
            HELSINKI.take("thesis", thesis, "thesis"),
            *HELSINKI.many("intermediate", 6, "5", "intermediate"),
            *HELSINKI.many("language", 2, "5", "language"),
            HELSINKI.take("digital", "3", "digital"),
        ]  # 25 + 6 + 30 + 10 + 3 = 74

    def test_exactly_180(self) -> None:
        HELSINKI.adds_up([*self.core(), *HELSINKI.many("minor", 10, "10"), HELSINKI.take("last", "6")], "180")

    def test_a_thesis_of_five_is_one_credit_short(self) -> None:
        courses = [*self.core(thesis="5"), *HELSINKI.many("minor", 12, "10")]
        HELSINKI.falls_short(
            courses, by="thesis", gap=("1", 0), fewest=1, offers=[HELSINKI.take("real", "6", "thesis")]
        )

    def test_a_block_of_130_leads_from_too_little_to_too_much(self) -> None:
        # 74, or 204: nothing in between, and no more than 200 may count. Of further credits 106 would do. Whichever
        # place asked for less, enough of it could be left out; only the three digital credits are no way out: 201.
        courses = [*self.core(), HELSINKI.take("block", "130")]
        offers = HELSINKI.many("minor", 3, "53")
        HELSINKI.falls_short(
            courses, by="basic thesis courses languages total most", gap=("106", 0), fewest=2, offers=offers
        )

    def test_a_block_of_126_is_the_most(self) -> None:
        HELSINKI.adds_up([*self.core(), HELSINKI.take("block", "126")], "200")


class TestMasterInStockholm:
    """120 credits, 60 at the advanced level with a project of 30."""

    def test_exactly(self) -> None:
        KTH.adds_up(
            [KTH.take("project", "30", "project advanced"), *KTH.many("advanced", 4, "7.5", "advanced"),
             *KTH.many("basic", 8, "7.5")],
            "120",
        )  # fmt: skip

    def test_52_and_a_half_at_the_advanced_level(self) -> None:
        courses = [KTH.take("project", "30", "project advanced"), *KTH.many("advanced", 3, "7.5", "advanced")]
        courses += KTH.many("basic", 9, "7.5")
        KTH.falls_short(courses, by="advanced", gap=("7.5", 0), fewest=1, offers=[KTH.take("more", "7.5", "advanced")])

    def test_without_a_project(self) -> None:
        courses = [*KTH.many("advanced", 10, "7.5", "advanced"), *KTH.many("basic", 6, "7.5")]
        offers = [KTH.take("small", "15", "project advanced"), KTH.take("project", "30", "project advanced")]
        KTH.falls_short(courses, by="project", gap=("30", 0), fewest=1, offers=offers)


class TestSemesterInParis:
    """30 credits, each course at 10 of 20; or a mean of 10."""

    def courses(self, *marks: str) -> list[Candidate]:
        return [PARIS.take(f"ue-{n}", "6", grade=("marks", mark)) for n, mark in enumerate(marks)]

    def test_each_course_at_ten(self) -> None:
        PARIS.adds_up(self.courses("10", "10", "10", "10", "10"), "30")

    def test_a_mean_of_exactly_ten_makes_up_for_a_mark_below(self) -> None:
        PARIS.adds_up(self.courses("8", "12", "10", "9.5", "10.5"), "30")  # 50 / 5

    def test_a_mean_slightly_below_does_not(self) -> None:
        # 6 x (8 - 10) + 6 x (11.9 - 10) = -0.6; a tenth of that at twenty of twenty makes it up: 0.06 credits.
        PARIS.falls_short(self.courses("8", "11.9", "10", "10", "10"), by="each courses mean", gap=("0.06", 0))

    def test_a_course_without_a_mark_is_no_part_of_a_semester(self) -> None:
        courses = [*self.courses("10", "10", "10", "15"), PARIS.take("sport", "6")]
        PARIS.falls_short(courses, by="each courses", gap=("6", 0))


class TestStudyAdviceInUtrecht:
    """45 credits of the first year, passed with a six."""

    def courses(self, count: int, **more: object) -> list[Candidate]:
        return UTRECHT.many("course", count, "7.5", **{"grade": ("dutch", "6"), "earned": date(2025, 1, 31), **more})

    def test_six_courses_of_eight(self) -> None:
        UTRECHT.adds_up(self.courses(6), "45")

    @pytest.mark.parametrize("last", [{"earned": date(2025, 9, 1)}, {"grade": ("dutch", "5.9")}, {"grade": None}])
    def test_a_course_too_late_or_not_passed_is_none(self, last: dict[str, object]) -> None:
        courses = [*self.courses(5), UTRECHT.take("last", "7.5", **{"grade": ("dutch", "6"), **last})]
        UTRECHT.falls_short(courses, by="first-year", gap=("7.5", 0))

    def test_the_first_and_the_last_day_count(self) -> None:
        days = [date(2024, 9, 1), date(2025, 8, 31)]
        ends = [UTRECHT.take(f"end-{n}", "7.5", grade=("dutch", "10"), earned=day) for n, day in enumerate(days)]
        UTRECHT.adds_up([*self.courses(4), *ends], "45")


class TestLaureaInItaly:
    """12 + 18 of base, 60, 18 related, 12 free, 180 in all, at most nineteen examinations beside the free ones."""

    def courses(self, characterising: int = 12, more: int = 0, size: str = "9") -> list[Candidate]:
        return [
            *ITALY.many("mathematics", 2, "9", "mathematics"),
            *ITALY.many("informatics", 2, "9", "informatics"),
            *ITALY.many("characterising", characterising, size, "characterising"),
            *ITALY.many("related", 2, "9", "related"),
            *ITALY.many("free", 2, "6", "free"),
            ITALY.take("final-test", "6", "no-examination"),
            *ITALY.many("more", more, "6", "related"),
        ]

    def test_eighteen_examinations_and_the_free_ones(self) -> None:
        # 18 + 18 + 12 x 9 + 18 + 12 + 6 = 180, with 2 + 2 + 12 + 2 = 18 examinations.
        ITALY.adds_up(self.courses(), "180")

    def test_twenty_small_examinations_are_one_too_many(self) -> None:
        # 18 + 18 + 60 + 18 + 12 + 6 = 132 with 16 examinations of 9 and 6; 48 more by eight of 6 are 24. The largest
        # nineteen beside the free ones: 6 x 9 + 13 x 6 = 132, with 12 + 6 = 150.
        found = ITALY.falls_short(
            self.courses(characterising=10, size="6", more=8), by="total examinations", gap=("30", 0)
        )
        assert found.totals.needed is not None

    def test_base_that_is_left_over_is_related(self) -> None:
        courses = [one for one in self.courses() if "related-2" not in one.facts.credential]
        courses.append(ITALY.take("mathematics-3", "9", "mathematics"))
        ITALY.adds_up(courses, "180")

    def test_eleven_of_free_choice(self) -> None:
        courses = [one for one in self.courses(characterising=13) if "free-2" not in one.facts.credential]
        courses.append(ITALY.take("free-5", "5", "free"))
        offers = [ITALY.take("free-1cfu", "1", "free"), ITALY.take("related-1cfu", "1", "related")]
        ITALY.falls_short(courses, by="free", gap=("1", 0), fewest=1, offers=offers)
