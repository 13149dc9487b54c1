"""Rules of bodies in Australia, Japan, the Philippines, Singapore, India, Kenya and South Africa, with learners whose
sums were done by hand.
"""

from datetime import date

from elsewhere_samples import Desk

from creditbank.stacking import Candidate

MELBOURNE = Desk("au-melbourne-science")
OUJ = Desk("jp-ouj-arts")
KEIO = Desk("jp-keio-law")
CHED = Desk("ph-ched-it")
NUS = Desk("sg-nus-computing")
DELHI = Desk("in-iitd-technology")
NAIROBI = Desk("ke-nairobi-arts")
UNISA = Desk("za-unisa-arts")
BIOLOGY, CHEMISTRY, PHYSICS = ["0511"], ["0531"], ["0533"]


class TestScienceInMelbourne:
    """24 subjects of 12.5 points: 18 of science, 4 of breadth, 2 of either."""

    def science(self, name: str, count: int, level: int, field: list[str]) -> list[Candidate]:
        kinds = f"science science-{level}" + (" major-3" if name == "major" else "")
        return MELBOURNE.many(f"{name}-{level}", count, "12.5", kinds, fields=field)

    def subjects(self, biology: int = 3, chemistry: int = 2, second: int = 7, physics: int = 1) -> list[Candidate]:
        return [
            *self.science("biology", biology, 1, BIOLOGY),
            *self.science("chemistry", chemistry, 1, CHEMISTRY),
            *self.science("physics", physics, 1, PHYSICS),
            *self.science("biology", second, 2, BIOLOGY),
            *self.science("major", 4, 3, BIOLOGY),
            *self.science("biology", 2, 3, BIOLOGY),
            *MELBOURNE.many("breadth-1", 3, "12.5", "breadth breadth-1"),
            *MELBOURNE.many("breadth-2", 1, "12.5", "breadth breadth-2"),
        ]

    def test_24_subjects_with_ten_at_level_1(self) -> None:
        # Level 1: 3 + 3 + 1 of science and 3 of breadth are 10 x 12.5 = 125, the most. Science 7 + 7 + 6 = 20.
        MELBOURNE.adds_up(self.subjects(chemistry=3), "300")

    def test_an_eleventh_subject_of_level_1_does_not_count(self) -> None:
        # 11 at level 1, of which 10 count: 23 subjects in all.
        offers = [
            MELBOURNE.take("more", "12.5", "breadth breadth-3"),
            MELBOURNE.take("easy", "12.5", "breadth breadth-1"),
        ]
        MELBOURNE.falls_short(
            self.subjects(chemistry=3, physics=2, second=6),
            by="science-points breadth either level-1",
            gap=("12.5", 0),
            fewest=1,
            offers=offers,
        )

    def test_of_five_first_subjects_of_biology_three_count(self) -> None:
        # Science that counts: 3 + 2 + 1 at level 1, 6 and 6 above: 18; with breadth 22 subjects of 24.
        MELBOURNE.falls_short(
            self.subjects(biology=5, second=6),
            by="science-points breadth either one-area",
            gap=("25", 0),
            fewest=2,
            offers=self.science("zoology", 3, 2, BIOLOGY),
        )

    def test_first_subjects_of_one_area_only_are_37_and_a_half(self) -> None:
        found = MELBOURNE.weigh(self.subjects(biology=6, chemistry=0, physics=0))
        assert not found.adds_up
        assert found.proven

    def test_a_major_of_three_subjects_is_one_too_few(self) -> None:
        courses = [one for one in self.subjects(chemistry=3) if "major-3-4" not in one.facts.credential]
        courses += self.science("zoology", 1, 3, BIOLOGY)
        MELBOURNE.falls_short(
            courses, by="major", gap=("12.5", 0), fewest=1, offers=self.science("major", 5, 3, BIOLOGY)[4:]
        )


class TestLiberalArtsInJapan:
    """124: 74 by broadcast, 20 face to face or online; 14 to 48 of foundation, two of them foreign."""

    def courses(self, broadcast: int = 46, face: int = 20, foundation: int = 6, foreign: int = 1) -> list[Candidate]:
        return [
            *OUJ.many("broadcast", broadcast, "2", "broadcast"),
            *OUJ.many("face", face, "1", "face"),
            *OUJ.many("foundation", foundation - foreign, "2", "broadcast foundation"),
            *OUJ.many("foreign", foreign, "2", "broadcast foundation foreign"),
        ]

    def test_exactly(self) -> None:
        # 46 x 2 + 20 + 6 x 2 = 124, but only 12 of foundation. With 45 and 7 there are 14.
        OUJ.falls_short(
            self.courses(),
            by="foundation",
            gap=("2", 0),
            fewest=1,
            offers=OUJ.many("more", 1, "2", "foundation online"),
        )
        OUJ.adds_up(self.courses(broadcast=45, foundation=7), "124")

    def test_nineteen_face_to_face(self) -> None:
        OUJ.falls_short(
            self.courses(broadcast=46, face=19, foundation=7),
            by="in-person",
            gap=("1", 0),
            fewest=1,
            offers=[OUJ.take("web", "1", "online"), OUJ.take("tv", "2", "broadcast")],
        )

    def test_without_a_foreign_language(self) -> None:
        OUJ.falls_short(
            self.courses(broadcast=45, foundation=7, foreign=0),
            by="foreign",
            gap=("2", 0),
            fewest=1,
            offers=[OUJ.take("english", "2", "broadcast foundation foreign")],
        )

    def test_of_60_of_foundation_48_count(self) -> None:
        # 22 x 2 + 20 + 30 x 2 = 124, of which 12 do not count.
        OUJ.falls_short(
            self.courses(broadcast=22, foundation=30),
            by="courses foundation-most",
            gap=("12", 0),
            fewest=6,
            offers=[*OUJ.many("more", 7, "2", "broadcast"), *OUJ.many("easy", 3, "2", "broadcast foundation")],
        )

    def test_too_much_of_a_class_does_not_make_up_for_broadcasts(self) -> None:
        OUJ.falls_short(
            self.courses(broadcast=29, face=52, foundation=7),
            by="broadcast",
            gap=("2", 0),
            fewest=1,
            offers=OUJ.many("more", 1, "2", "broadcast"),
        )


class TestLawsByCorrespondence:
    """48 of general education with 32 of three fields and 8 of one language, 68 of law, 8 for the thesis."""

    def courses(self, text: int = 16, classes: int = 8, english: str = "english") -> list[Candidate]:
        return [
            *KEIO.many("text", text, "2", "general fields fields-text"),
            *KEIO.many("class", classes, "1", "general fields fields-class"),
            *KEIO.many("language-text", 3, "2", f"general {english}"),
            *KEIO.many("language-class", 2, "1", f"general {english} {english}-class"),
            *KEIO.many("law", 34, "2", "law"),
            KEIO.take("thesis", "8", "thesis"),
        ]

    def test_exactly_124(self) -> None:
        # Fields 32 + 8 (of 40 that are there), language 8: 48; law 68; thesis 8.
        KEIO.adds_up(self.courses(), "124")

    def test_of_sixteen_in_class_twelve_count(self) -> None:
        # 12 x 2 by text and 12 of 16 in class: 36 and 8 of language are 44.
        KEIO.falls_short(
            self.courses(text=12, classes=16),
            by="general in-class",
            gap=("4", 0),
            fewest=2,
            offers=[
                *KEIO.many("more", 2, "2", "general fields fields-text"),
                *KEIO.many("easy", 4, "1", "general fields fields-class"),
            ],
        )  # fmt: skip

    def test_22_by_text_are_two_too_few(self) -> None:
        courses = [*self.courses(text=11, classes=12), *KEIO.many("sport", 6, "1", "general")]
        KEIO.falls_short(
            courses,
            by="by-text",
            gap=("2", 0),
            fewest=1,
            offers=KEIO.many("more", 1, "2", "general fields fields-text"),
        )

    def test_four_of_one_language_and_four_of_another_are_not_eight_of_one(self) -> None:
        courses = [one for one in self.courses() if "language-" not in one.facts.credential]
        courses += [KEIO.take(f"{one}-text", "2", f"general {one}") for one in ("english", "german")]
        courses += [KEIO.take(f"{one}-class", "2", f"general {one} {one}-class") for one in ("english", "german")]
        by = "english-all german-all french-all|french-class"
        offers = [KEIO.take(f"english-more-{n}", "2", "general english") for n in range(3)]
        KEIO.falls_short(courses, by=by, gap=("4", 0), fewest=2, offers=offers)


class TestInformationTechnologyInThePhilippines:
    """54 + 18 + 48 + 12 + 8 + 6 = 146 units."""

    def courses(self, professional: int = 16, electives: int = 4, physical: int = 4) -> list[Candidate]:
        return [
            *CHED.many("general", 18, "3", "general"),
            *CHED.many("common", 6, "3", "common"),
            *CHED.many("professional", professional, "3", "professional"),
            *CHED.many("elective", electives, "3", "electives"),
            *CHED.many("physical", physical, "2", "physical"),
            *CHED.many("service", 2, "3", "service"),
        ]

    def test_exactly_146(self) -> None:
        CHED.adds_up(self.courses(), "146")

    def test_physical_education_in_excess_makes_up_for_nothing(self) -> None:
        CHED.falls_short(
            self.courses(electives=3, physical=8),
            by="professional electives",
            gap=("3", 0),
            fewest=1,
            offers=CHED.many("more", 2, "3", "electives"),
        )

    def test_a_professional_course_in_excess_is_an_elective(self) -> None:
        CHED.adds_up(self.courses(professional=18, electives=2), "146")
        CHED.falls_short(
            self.courses(professional=18, electives=1),
            by="professional electives",
            gap=("3", 0),
            fewest=1,
            offers=CHED.many("more", 1, "3", "professional"),
        )


class TestComputingInSingapore:
    """160 modular credits, five pillars, an average of 2.00."""

    def modules(self, *grades: str) -> list[Candidate]:
        pillars = ["questions", "cultures", "reasoning", "singapore", "expression"]
        kinds = [*pillars, *[""] * 35]
        marks = [*grades, *["C"] * (40 - len(grades))]
        return [
            NUS.take(f"m{n}", "4", kind, grade=("cap", mark) if mark else None)
            for n, (kind, mark) in enumerate(zip(kinds, marks, strict=True))
        ]

    def test_forty_modules_at_exactly_two(self) -> None:
        NUS.adds_up(self.modules(), "160")
        NUS.adds_up(self.modules("D", "B-"), "160")  # 1 + 3 = 2 + 2

    def test_one_d_too_many(self) -> None:
        # 4 x (1 - 2) = -4 points; at the best grade, 3 above, 1.334 credits make that up.
        NUS.falls_short(self.modules("D"), by="questions|total average", gap=("1.334", 0))
        found = NUS.weigh(self.modules("C", "C", "C", "C", "C", "D"))
        assert {rule.rpartition("/")[2] for rule in found.conflict.rules} == {"total", "average"}  # type: ignore[union-attr]

    def test_two_pillars_in_one_module_are_one(self) -> None:
        courses = self.modules()
        both = NUS.take("m0", "4", "questions cultures", grade=("cap", "C"))
        plain = NUS.take("m1", "4", grade=("cap", "C"))
        NUS.falls_short(
            [both, plain, *courses[2:]],
            by="questions cultures",
            gap=("0", 1),
            fewest=1,
            offers=NUS.many("more", 1, "4", "cultures"),
        )

    def test_a_module_without_a_grade_counts_and_is_no_part_of_the_average(self) -> None:
        NUS.adds_up(self.modules("C", "C", "C", "C", "C", ""), "160")


class TestTechnologyInDelhi:
    """65 of the department with 10 of electives, 22, 18, 15 of humanities in their order, 145 in all."""

    def courses(self, *humanities: tuple[str, int, date], rest: str = "25") -> list[Candidate]:
        taken = humanities or tuple((f"hu-2{n}", 200, date(2024, 1 + n, 1)) for n in range(3))
        found = [
            *DELHI.many("core", 11, "5", "core"),
            *DELHI.many("elective", 2, "5", "elective"),
            *DELHI.many("basic", 11, "2", "basic"),
            *DELHI.many("engineering", 6, "3", "engineering"),
            DELHI.take("rest", rest),
        ]
        for name, level, day in taken:
            found.append(DELHI.take(name, "4" if level == 200 else "3", f"humanities-{level}", earned=day))
        return found

    def three(self, last: date, *, seconds: int = 3) -> list[Candidate]:
        levels = [(f"hu-2{n}", 200, date(2024, 1 + n, 1)) for n in range(seconds)]
        return self.courses(*levels, ("hu-300", 300, last))

    def test_three_of_the_200_level_and_one_after_them(self) -> None:
        # 65 + 22 + 18 + 15 + 25 = 145
        DELHI.adds_up(self.three(date(2024, 6, 1)), "145")

    def test_two_before_it_are_enough_and_one_is_not(self) -> None:
        DELHI.adds_up(self.three(date(2024, 2, 2)), "145")
        found = DELHI.falls_short(
            self.three(date(2024, 2, 1)),
            by="humanities order",
            gap=("3", 0),
            fewest=1,
            offers=[DELHI.take("later", "3", "humanities-300"), DELHI.take("small", "2", "humanities-200")],
        )
        assert found.path is not None
        assert [step.title for step in found.path.steps] == ["Sample unit later"]

    def test_nine_of_electives_are_one_too_few(self) -> None:
        courses = [one for one in self.three(date(2024, 6, 1)) if "elective-2" not in one.facts.credential]
        courses += [DELHI.take("small", "4", "elective"), DELHI.take("core-12", "5", "core")]
        DELHI.falls_short(courses, by="electives", gap=("1", 0), fewest=1, offers=[DELHI.take("more", "3", "elective")])

    def test_one_credit_short_in_all(self) -> None:
        courses = [one for one in self.three(date(2024, 6, 1)) if "rest" not in one.facts.credential]
        DELHI.falls_short(
            [*courses, DELHI.take("rest", "24")], by="total", gap=("1", 0), fewest=1, offers=DELHI.many("more", 1, "1")
        )


class TestArtsInNairobi:
    """44 units, at most seven in a semester, at most fourteen from elsewhere."""

    def units(self, *loads: int, elsewhere: int = 0) -> list[Candidate]:
        found = []
        for term, load in enumerate(loads):
            day = date(2020 + term // 2, 8 if term % 2 else 2, 1)
            for n in range(load):
                provider = "other" if len(found) < elsewhere else "did:web:awarding.example"
                found.append(NAIROBI.take(f"t{term}u{n}", "3", provider=provider, earned=day))
        return found

    def test_44_in_seven_semesters(self) -> None:
        NAIROBI.adds_up(self.units(7, 7, 7, 7, 7, 7, 2, elsewhere=14), "132")

    def test_of_eight_in_a_semester_seven_count(self) -> None:
        NAIROBI.falls_short(
            self.units(8, 7, 7, 7, 7, 7, 1),
            by="units load",
            gap=("0", 1),
            fewest=1,
            offers=NAIROBI.many("more", 1, "3"),
        )

    def test_of_fifteen_from_elsewhere_fourteen_count(self) -> None:
        NAIROBI.falls_short(
            self.units(7, 7, 7, 7, 7, 7, 2, elsewhere=15),
            by="units transfer",
            gap=("0", 1),
            fewest=1,
            offers=[*NAIROBI.many("more", 1, "3"), NAIROBI.take("other", "3", provider="other")],
        )

    def test_both_caps_hit_different_units(self) -> None:
        # Fifteen of elsewhere in the first two semesters of eight and seven; of the eight, one goes by either cap.
        NAIROBI.falls_short(
            self.units(8, 7, 7, 7, 7, 7, 1, elsewhere=15), by="units transfer|load", gap=("0", 1),
            fewest=1, offers=NAIROBI.many("more", 2, "3"),
        )  # fmt: skip


class TestArtsInSouthAfrica:
    """Thirty modules: eight at level 5 at most, ten at level 7 at least, twelve of group B at most."""

    def modules(self, fifth: int = 8, sixth: int = 12, seventh: int = 10, group_b: int = 12) -> list[Candidate]:
        found = []
        for level, count in (("5", fifth), ("6", sixth), ("7", seventh)):
            for n in range(count):
                kinds = "fundamental" if level == "5" and n < 5 else ""
                if len(found) >= 5 and len(found) < 5 + group_b:
                    kinds += " group-b"
                found.append(UNISA.take(f"m{level}-{n}", "12", kinds, level=level))
        return found

    def test_thirty_modules(self) -> None:
        UNISA.adds_up(self.modules(), "360")

    def test_a_ninth_at_level_5_does_not_count(self) -> None:
        UNISA.falls_short(
            self.modules(fifth=9, sixth=11),
            by="total level-5",
            gap=("12", 0),
            fewest=1,
            offers=[UNISA.take("easy", "12", level="5"), UNISA.take("more", "12", level="6")],
        )

    def test_a_thirteenth_of_group_b_does_not_count(self) -> None:
        UNISA.falls_short(
            self.modules(group_b=13),
            by="total group-b",
            gap=("12", 0),
            fewest=1,
            offers=[UNISA.take("b", "12", "group-b", level="6"), UNISA.take("a", "12", level="6")],
        )

    def test_nine_at_level_7(self) -> None:
        UNISA.falls_short(
            self.modules(sixth=13, seventh=9),
            by="level-7",
            gap=("0", 1),
            fewest=1,
            offers=[UNISA.take("six", "12", level="6"), UNISA.take("seven", "12", level="7")],
        )

    def test_a_module_of_elsewhere_needs_the_size_and_the_level(self) -> None:
        courses = [*self.modules(seventh=9), UNISA.take("small", "10", level="7"), UNISA.take("unknown", "12")]
        found = UNISA.falls_short(courses, by="level-7", gap=("0", 1))
        assert {"not-admitted"} == {item.slug for item in found.not_counted if item.credential.endswith("small")}
