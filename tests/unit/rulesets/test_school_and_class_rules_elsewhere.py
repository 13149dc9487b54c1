"""Rules of bodies in New Zealand, South Africa, Turkey, Austria, England and California, and of the International
Baccalaureate, with learners whose sums were done by hand before any of them was weighed.
"""

from elsewhere_samples import Desk

from creditbank.stacking import Candidate

IB = Desk("ch-ib-diploma")
TRANSFER = Desk("us-igetc-uc")
NCEA = Desk("nz-ncea-2-merit")
CANTERBURY = Desk("nz-canterbury-arts")
SENIOR = Desk("za-nsc-bachelor")
OPEN = Desk("uk-ou-first")
GAZI = Desk("tr-gazi-semester")
VIENNA = Desk("at-vienna-extension")


class TestDiplomaOfTheInternationalBaccalaureate:
    """24 points, 12 and 9 at the two levels, at most two of 2 and three of 3 or below."""

    @staticmethod
    def subject(level: str, mark: str, name: str = "") -> Candidate:
        return IB.take(name or f"{level}-{mark}", "1", level, grade=("ib", mark))

    def subjects(self, higher: str, standard: str, core: str = "") -> list[Candidate]:
        levels = [("higher", mark) for mark in higher] + [("standard", mark) for mark in standard]
        found = [self.subject(level, mark, f"{level}-{n}") for n, (level, mark) in enumerate(levels)]
        return found + [IB.take("core", "1", "core", grade=("ib", mark)) for mark in core]

    def test_six_fours_are_24(self) -> None:
        IB.adds_up(self.subjects("444", "444"), "6")

    def test_23_need_a_point_of_the_core(self) -> None:
        # A seventh of a subject at 7 would be that point.
        IB.falls_short(
            self.subjects("543", "443"),
            by="points",
            gap=("0.143", 0),
            fewest=1,
            offers=[IB.take("core", "1", "core", grade=("ib", "1"))],
        )
        IB.adds_up(self.subjects("543", "443", core="1"), "7")

    def test_nine_at_higher_level_are_three_too_few(self) -> None:
        IB.falls_short(
            self.subjects("333", "665"),
            by="higher-points",
            gap=("0.429", 0),
            fewest=1,
            offers=[self.subject("higher", "6")],
        )

    def test_three_of_2_are_one_too_many(self) -> None:
        # 25 points, and 23 without one of the three: a place is then open, and a point is lacking.
        IB.falls_short(
            self.subjects("772", "225"),
            by="points twos",
            gap=("0.143", 1),
            fewest=1,
            offers=[self.subject("standard", "3")],
        )

    def test_a_1_fills_no_place(self) -> None:
        IB.falls_short(
            self.subjects("771", "555"), by="higher", gap=("0", 1), fewest=1, offers=[self.subject("higher", "2")]
        )


class TestTransferInCalifornia:
    """34 units with a C; the laboratory may be part of a science course."""

    def courses(self, *, disciplines: str = "12", laboratory: bool = True, thinking: str = "C") -> list[Candidate]:
        areas = [("1a", "C"), ("1b", thinking), ("2", "C"), ("3a", "B"), ("3b", "A"), ("3a", "C")]
        taken = [
            TRANSFER.take(f"{area}-{n}", "3", area, grade=("letters", mark)) for n, (area, mark) in enumerate(areas)
        ]
        for n, number in enumerate((disciplines[0], disciplines[0], disciplines[1])):
            taken.append(TRANSFER.take(f"social-{n}", "3", "4", fields=[f"031{number}"], grade=("letters", "C")))
        taken.append(TRANSFER.take("physics", "3", "5a", grade=("letters", "C")))
        return [*taken, TRANSFER.take("life", "4", "5b 5c" if laboratory else "5b", grade=("letters", "C"))]

    def test_18_and_9_and_7(self) -> None:
        TRANSFER.adds_up(self.courses(), "34")

    def test_three_courses_of_one_discipline(self) -> None:
        other = TRANSFER.take("other", "3", "4", fields=["0312"], grade=("letters", "C"))
        TRANSFER.falls_short(self.courses(disciplines="11"), by="disciplines", gap=("0", 1), fewest=1, offers=[other])

    def test_a_d_is_none(self) -> None:
        again = [TRANSFER.take("again", "3", "1b", grade=("letters", mark)) for mark in "C"]
        TRANSFER.falls_short(self.courses(thinking="D"), by="thinking|total", gap=("3", 1), fewest=1, offers=again)

    def test_no_laboratory(self) -> None:
        found = self.courses(laboratory=False)
        offers = [TRANSFER.take("bench", "1", "5c", grade=("letters", "C"))]
        TRANSFER.falls_short(found, by="laboratory", gap=("0", 1), fewest=1, offers=offers)


class TestCertificateOfNewZealand:
    """80 credits, 60 at level 2, ten and ten of literacy and numeracy, 50 with merit."""

    def standards(self, merit: list[str], achieved: list[str], first: list[tuple[str, str]]) -> list[Candidate]:
        second = [("M", size) for size in merit] + [("A", size) for size in achieved]
        found = [
            NCEA.take(f"second-{n}", size, level="2", grade=("ncea", mark)) for n, (mark, size) in enumerate(second)
        ]
        return found + [
            NCEA.take(f"first-{n}", size, word, level="1", grade=("ncea", "A")) for n, (size, word) in enumerate(first)
        ]

    BASIC = (("5", "literacy"), ("5", "literacy"), ("5", "numeracy"), ("5", "numeracy"))

    def test_54_with_merit_and_6_and_20(self) -> None:
        NCEA.adds_up(self.standards(["6"] * 9, ["6"], [*self.BASIC]), "80")

    def test_59_at_the_level(self) -> None:
        courses = self.standards(["6"] * 9, ["5"], [*self.BASIC, ("5", "")])
        offers = [NCEA.take("more", "1", level="3", grade=("ncea", "A"))]
        NCEA.falls_short(courses, by="at-level", gap=("1", 0), fewest=1, offers=offers)

    def test_48_with_merit(self) -> None:
        courses = self.standards(["6"] * 8, ["6", "6"], [*self.BASIC])
        offers = [
            NCEA.take("achieved", "2", level="2", grade=("ncea", "A")),
            NCEA.take("excellent", "3", level="2", grade=("ncea", "E")),
        ]
        NCEA.falls_short(courses, by="merit", gap=("2", 0), fewest=1, offers=offers)

    def test_five_of_literacy(self) -> None:
        courses = self.standards(["6"] * 9, ["6"], [("5", ""), *self.BASIC[1:]])
        offers = [NCEA.take(f"read-{size}", size, "literacy", level="1", grade=("ncea", "A")) for size in ("2", "3")]
        NCEA.falls_short(courses, by="literacy", gap=("5", 0), fewest=2, offers=offers)


class TestBachelorOfCanterbury:
    """360 points, 225 above the first level and 90 at the third; a major of 60 + 45 + 30 and a minor of 45 + 30."""

    def courses(
        self, history: tuple[int, int, int], english: tuple[int, int, int], other: tuple[int, int]
    ) -> list[Candidate]:
        found = [CANTERBURY.take("te-reo", "15", "schedule-e")]
        for subject, numbers in (("history", history), ("english", english)):
            for level, number in zip(("100", "200", "300"), numbers, strict=True):
                words = f"{subject}-{level} at-{level} schedule-v"
                found += CANTERBURY.many(f"{subject}-{level}", number, "15", words)
        found += CANTERBURY.many("other-100", other[0], "15", "at-100")
        return found + CANTERBURY.many("other-200", other[1], "15", "at-200")

    def test_24_courses(self) -> None:
        # Above the first level 7 + 5 + 3 = 15, at the third 4 + 2 = 6, of the schedule 9 + 7 = 16.
        CANTERBURY.adds_up(self.courses((2, 3, 4), (2, 3, 2), (4, 3)), "360")

    def test_14_above_the_first_level(self) -> None:
        offers = [CANTERBURY.take("more", "15", "at-200")]
        courses = self.courses((2, 3, 4), (2, 3, 2), (5, 2))
        CANTERBURY.falls_short(courses, by="above", gap=("15", 0), fewest=1, offers=offers)

    def test_three_at_the_third_level_of_the_major(self) -> None:
        offers = [CANTERBURY.take("last", "15", "history-300 at-300 schedule-v")]
        courses = self.courses((2, 4, 3), (2, 3, 2), (4, 3))
        CANTERBURY.falls_short(courses, by="major-300|third", gap=("15", 0), fewest=1, offers=offers)

    def test_two_of_the_minor_above_the_first_level(self) -> None:
        offers = [CANTERBURY.take("novel", "15", "english-200 at-200 schedule-v")]
        courses = self.courses((2, 3, 6), (4, 2, 0), (2, 4))
        CANTERBURY.falls_short(courses, by="minor-200", gap=("15", 0), fewest=1, offers=offers)


class TestSeniorCertificate:
    """Six of seven: the home language at 40, four at 50, one at 30; the language of teaching at 30."""

    def subjects(
        self, home: str, others: list[str], life: str = "30", *more: str, spoken: bool = True
    ) -> list[Candidate]:
        words = "home-language teaching-language" if spoken else "home-language"
        found = [SENIOR.take("home", "1", words, grade=("percent", home))]
        found += [SENIOR.take(f"s{n}", "1", "subject", grade=("percent", mark)) for n, mark in enumerate(others)]
        found.append(SENIOR.take("life", "1", grade=("percent", life)))
        return found + [SENIOR.take(f"m{n}", "1", "subject", grade=("percent", mark)) for n, mark in enumerate(more)]

    def test_40_and_four_of_50_and_30(self) -> None:
        SENIOR.adds_up(self.subjects("40", ["50"] * 4, "30", "20"), "6")

    def test_39_in_the_home_language(self) -> None:
        offers = [SENIOR.take("again", "1", "home-language teaching-language", grade=("percent", "40"))]
        SENIOR.falls_short(
            self.subjects("39", ["50"] * 4, "30", "20"), by="home", gap=("0", 1), fewest=1, offers=offers
        )

    def test_49_is_not_50_and_life_orientation_is_none_of_the_four(self) -> None:
        offers = [SENIOR.take("again", "1", "subject", grade=("percent", "50"))]
        courses = self.subjects("70", ["50", "50", "50", "49"], "90", "40")
        SENIOR.falls_short(courses, by="four", gap=("0", 1), fewest=1, offers=offers)

    def test_six_taken_and_six_passed(self) -> None:
        SENIOR.falls_short(
            self.subjects("60", ["60"] * 4), by="seven", gap=("0", 1), fewest=1, offers=[SENIOR.take("seventh", "1")]
        )

    def test_29_in_another_language_of_teaching(self) -> None:
        english = SENIOR.take("english", "1", "subject teaching-language", grade=("percent", "29"))
        again = SENIOR.take("again", "1", "subject teaching-language", grade=("percent", "30"))
        courses = [*self.subjects("60", ["60"] * 4, spoken=False), english]
        SENIOR.falls_short(courses, by="teaching", gap=("0", 1), fewest=1, offers=[again])


class TestFirstOfTheOpenUniversity:
    """Credits times grades, level 3 twice: 630 at most, or 690 with 60 credits of level 3 at grade 1."""

    def modules(self, second: str, third: str) -> list[Candidate]:
        """Modules of 30 credits, or of 60 where there are two, by their grades."""
        found = []
        for level, grades in (("level-2", second), ("level-3", third)):
            size = str(120 // len(grades))
            found += [OPEN.take(f"{level}-{n}", size, level, grade=("pass", mark)) for n, mark in enumerate(grades)]
        return found

    MORE = OPEN.take("more", "30", "level-3", grade=("pass", "1"))

    def test_240_and_360(self) -> None:
        OPEN.adds_up(self.modules("22", "12"), "240")

    def test_660_with_half_of_the_last_level_at_1(self) -> None:
        OPEN.adds_up(self.modules("32", "12"), "240")

    def test_660_with_a_quarter_of_it(self) -> None:
        # A further 30 at grade 1 in the place of 30 at grade 2 make 630.
        OPEN.falls_short(
            self.modules("22", "1222"),
            by="stage-2 stage-3 sum-630 sixty",
            gap=("30", 0),
            fewest=1,
            offers=[self.MORE],
        )

    def test_720(self) -> None:
        # The same makes 660, and 60 at grade 1. All that stage 2 has lies too far above, with any of stage 3.
        OPEN.falls_short(
            self.modules("32", "1222"), by="stage-2 sum-630 sum-690|sixty", gap=("30", 0), fewest=1, offers=[self.MORE]
        )


class TestSemesterInAnkara:
    """A DC counts where the mean of all that was taken is 2.00, an FD never."""

    def courses(self, *grades: str) -> list[Candidate]:
        return [GAZI.take(f"course-{n}", "6", grade=("letters", mark)) for n, mark in enumerate(grades)]

    BEST = GAZI.take("best", "6", grade=("letters", "AA"))

    def test_a_mean_of_exactly_two(self) -> None:
        GAZI.adds_up(self.courses("CB", "CC", "CC", "CC", "DC"), "30")

    def test_a_mean_of_1_9(self) -> None:
        # 30 x 0.1 grade points below; 1.5 credits of an AA are 3 above.
        GAZI.falls_short(
            self.courses("CC", "CC", "CC", "CC", "DC"), by="each mean", gap=("1.5", 0), fewest=1, offers=[self.BEST]
        )

    def test_an_fd_does_not_count_and_weighs(self) -> None:
        GAZI.falls_short(
            self.courses("CC", "CC", "CC", "CC", "FD"),
            by="each passed|mean",
            gap=("6", 0),
            fewest=1,
            offers=[self.BEST],
        )

    def test_an_exemption_is_left_out_of_the_mean(self) -> None:
        GAZI.falls_short(self.courses("CC", "CC", "CC", "DC", "M"), by="each mean", gap=("1.5", 0))


class TestEmphasisInVienna:
    """30 of one extension curriculum, 15 of each of two, or 15 of one and 15 of anything."""

    def test_one_large(self) -> None:
        VIENNA.adds_up(VIENNA.many("large", 6, "5", "large"), "30")

    def test_two_small(self) -> None:
        courses = [*VIENNA.many("africa", 3, "5", "africa"), *VIENNA.many("turkey", 3, "5", "turkey")]
        VIENNA.adds_up(courses, "30")

    def test_what_is_no_whole_curriculum_is_free_choice(self) -> None:
        courses = [*VIENNA.many("africa", 3, "5", "africa"), *VIENNA.many("turkey", 2, "5", "turkey")]
        VIENNA.adds_up([*courses, VIENNA.take("free", "5")], "30")

    def test_14_of_one_and_16_of_anything(self) -> None:
        courses = [VIENNA.take(f"africa-{n}", size, "africa") for n, size in enumerate(("5", "5", "4"))]
        VIENNA.falls_short(
            [*courses, *VIENNA.many("free", 2, "8")],
            by="large turkey development africa-alone turkey-alone development-alone",
            gap=("1", 0),
            fewest=1,
            offers=[VIENNA.take("small", "1", "africa"), VIENNA.take("any", "1")],
        )
