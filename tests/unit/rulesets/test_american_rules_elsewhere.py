"""Rules of universities in Canada, the United States and Brazil, with learners whose sums were done by hand."""

import pytest
from elsewhere_samples import AWARDING, Desk

from creditbank.stacking import Candidate

WATERLOO = Desk("ca-waterloo-breadth")
OPTION = Desk("ca-waterloo-option")
MIT = Desk("us-mit-hass")
STOLAF = Desk("us-stolaf-mathematics")
CORNELL = Desk("us-cornell-arts")
UFABC = Desk("br-ufabc-computing")


class TestWaterlooBreadthAndDepth:
    """Half a unit a course: 2 humanities, 2 social, 1 pure, 1 pure or applied; 3 of one subject, one of level 300."""

    def breadth(self) -> list[Candidate]:
        return [
            *WATERLOO.many("hist", 2, "0.5", "humanities hist"),
            *WATERLOO.many("psych", 2, "0.5", "social psych"),
            WATERLOO.take("phys", "0.5", "pure phys"),
            WATERLOO.take("kin", "0.5", "applied"),
        ]

    def test_two_courses_of_the_depth_serve_the_breadth_too(self) -> None:
        # 6 courses of breadth, and one more of psychology at the 300 level: 7 x 0.5 = 3.5; without sharing it were 4.5.
        WATERLOO.adds_up([*self.breadth(), WATERLOO.take("psych-300", "0.5", "social psych upper")], "3.5")

    def test_without_a_course_at_the_300_level_half_a_unit_is_missing(self) -> None:
        offers = [
            WATERLOO.take("hist-300", "0.5", "humanities hist upper"),
            WATERLOO.take("psych-200", "0.5", "social psych"),
        ]
        # Psychology and history lack the upper course alone. Physics and economics lack it too.
        by = "psych-upper hist-upper phys-upper|phys-more econ-upper|econ-more"
        WATERLOO.falls_short(self.breadth(), by=by, gap=("0.5", 0), fewest=1, offers=offers)

    def test_one_course_of_physics_is_not_both_pure_and_applied(self) -> None:
        courses = [one for one in self.breadth() if "kin" not in one.facts.credential]
        courses.append(WATERLOO.take("psych-300", "0.5", "social psych upper"))
        offers = [WATERLOO.take("chem", "0.5", "pure"), WATERLOO.take("bus", "0.5", "social")]
        WATERLOO.falls_short(courses, by="pure applied", gap=("0.5", 0), fewest=1, offers=offers)

    def test_a_course_of_two_kinds_is_put_where_it_is_needed(self) -> None:
        # Of the three that are humanities or social, one is social only and one humanities only.
        both = WATERLOO.many("both", 2, "0.5", "humanities social")
        courses = [
            *both,
            WATERLOO.take("hist-1", "0.5", "humanities hist"),
            WATERLOO.take("psych-1", "0.5", "social psych"),
            WATERLOO.take("chem", "0.5", "pure"),
            WATERLOO.take("bio", "0.5", "pure"),
            *WATERLOO.many("econ", 2, "0.5", "econ"),
            WATERLOO.take("econ-300", "0.5", "econ upper"),
        ]
        WATERLOO.adds_up(courses, "4.5")  # 6 of breadth and 3 of economics, none of them shared

    def test_the_sum_for_lists_that_need_courses_of_their_own_is_added(self) -> None:
        # No science at all: one course for each of the two places, which may not share it: 1 unit, two courses.
        courses = [
            *WATERLOO.many("hist", 2, "0.5", "humanities hist"),
            *WATERLOO.many("psych", 2, "0.5", "social psych"),
            WATERLOO.take("psych-300", "0.5", "social psych upper"),
        ]
        offers = WATERLOO.many("chem", 3, "0.5", "pure")
        WATERLOO.falls_short(courses, by="pure|applied", gap=("1", 0), fewest=2, offers=offers)


class TestWaterlooAtMostTwice:
    """Four lists of two courses each: eight places, and a course may fill two of them."""

    def test_three_courses_fill_each_list_alone_and_no_assignment_fills_all(self) -> None:
        courses = OPTION.many("any", 3, "0.5", "l1 l2 l3 l4")  # 3 x 2 = 6 places of 8
        found = OPTION.falls_short(
            courses,
            by="list-1 list-2 list-3 list-4",
            gap=("0", 1),
            fewest=1,
            offers=OPTION.many("more", 2, "0.5", "l1 l2 l3 l4"),
        )
        assert found.conflict is not None
        assert found.conflict.proven
        for one in ("list-1", "list-2", "list-3", "list-4"):
            assert f"option/{one}" in found.conflict.rules

    def test_with_one_course_more_there_is_an_assignment(self) -> None:
        found = OPTION.adds_up(OPTION.many("any", 4, "0.5", "l1 l2 l3 l4"), "2")  # 4 x 2 = 8
        assert sorted(len(use.places) for use in found.uses) == [2, 2, 2, 2]

    def test_enough_places_in_all_may_still_be_the_wrong_ones(self) -> None:
        # a stands on lists 1, 2 and 3, and each of these has but two courses, so a is wanted three times.
        courses = [
            OPTION.take("a", "0.5", "l1 l2 l3"),
            OPTION.take("b", "0.5", "l1"),
            OPTION.take("c", "0.5", "l2"),
            OPTION.take("d", "0.5", "l3"),
            *OPTION.many("e", 2, "0.5", "l4"),
        ]
        helps = OPTION.take("one-more", "0.5", "l3 l4")
        OPTION.falls_short(
            courses,
            by="list-1 list-2 list-3",
            gap=("0", 1),
            fewest=1,
            offers=[helps, OPTION.take("useless", "0.5", "l4")],
        )
        OPTION.adds_up(
            [*courses, helps], "3"
        )  # a twice, b, c, d, one-more in list 3 (or a elsewhere) and list 4, one e


class TestHumanitiesAtTheInstituteOfTechnology:
    """Eight subjects: one of each kind, three of a concentration, one for both, two intensive in communication."""

    def eight(self, **changes: str) -> list[Candidate]:
        kinds = {
            "art": "hass a",
            "history": "hass h ci-h",
            "economics": "hass s ci-h",
            "first": "hass h concentration",
            "second": "hass h concentration",
            "third": "hass h concentration",
            "free-1": "hass",
            "free-2": "hass",
            **changes,
        }
        return [MIT.take(name, "12", kind) for name, kind in kinds.items() if kind]

    def test_eight_subjects_of_twelve_units_are_96(self) -> None:
        MIT.adds_up(self.eight(), "96")

    def test_seven_are_one_too_few(self) -> None:
        offers = [MIT.take("film", "9", "hass a"), MIT.take("short", "6", "hass a")]
        MIT.falls_short(self.eight(**{"free-2": ""}), by="eight", gap=("0", 1), fewest=1, offers=offers)

    def test_a_subject_of_six_units_is_none(self) -> None:
        courses = [*self.eight(**{"free-2": ""}), MIT.take("short", "6", "hass a")]
        found = MIT.falls_short(courses, by="eight", gap=("0", 1))
        assert [item.slug for item in found.not_counted] == ["not-admitted"]

    def test_one_subject_serves_the_distribution_and_the_concentration(self) -> None:
        MIT.adds_up(self.eight(economics="hass s ci-h concentration", third="hass"), "96")

    def test_a_second_one_does_not(self) -> None:
        # Three of the concentration are first, history and economics, and two of these are wanted twice.
        courses = self.eight(
            history="hass h ci-h concentration",
            economics="hass s ci-h concentration",
            second="hass",
            third="hass",
            first="hass concentration",
        )
        offers = [MIT.take("another", "9", "hass h")]
        MIT.falls_short(courses, by="humanities social concentration", gap=("0", 1), fewest=1, offers=offers)

    def test_of_two_humanities_one_may_be_the_art(self) -> None:
        MIT.adds_up(self.eight(art="hass a h", history="hass h ci-h"), "96")
        MIT.falls_short(
            self.eight(art="hass", history="hass a h ci-h", first="hass concentration", second="hass concentration",
                       third="hass concentration"),
            by="arts humanities",
            gap=("0", 1),
            fewest=1,
            offers=[MIT.take("poems", "9", "hass h")],
        )  # fmt: skip

    def test_one_intensive_subject_is_one_too_few(self) -> None:
        MIT.falls_short(
            self.eight(economics="hass s"),
            by="communication",
            gap=("0", 1),
            fewest=1,
            offers=[MIT.take("writing", "12", "hass ci-h")],
        )


class TestMathematicsAtStOlaf:
    """Three courses to begin with and seven electives: ten courses of one credit."""

    def ten(self, **changes: str | None) -> list[Candidate]:
        electives: dict[str, str | None] = {
            "math-230": "elective m",
            "math-330": "elective upper m",
            "math-232": "elective d",
            "math-242": "elective",
            "math-244": "elective transition a",
            "math-252": "elective transition",
            "math-344": "elective upper a",
            **changes,
        }
        basics = ["math-120", "math-126", "math-220"]
        return [
            *(STOLAF.take(name, "1", achievement=f"urn:stolaf:{name}") for name in basics),
            *(
                STOLAF.take(name, "1", kind, achievement=f"urn:stolaf:{name}")
                for name, kind in electives.items()
                if kind is not None
            ),
        ]

    def test_ten_courses_are_a_major(self) -> None:
        # Perspectives m (230, 330), d (232), a (244, 344): three, in five courses. The sequence is 230 and 330.
        STOLAF.adds_up(self.ten(), "10")

    def test_six_electives_are_one_too_few(self) -> None:
        offers = [STOLAF.take("math-262", "1", "elective", achievement="urn:stolaf:math-262")]
        STOLAF.falls_short(self.ten(**{"math-242": None}), by="electives", gap=("0", 1), fewest=1, offers=offers)

    def test_of_two_introductions_to_statistics_one_counts(self) -> None:
        changes = {
            "math-242": None,
            "stat-212": "elective other-subject introduction-to-statistics",
            "math-252": None,
            "stat-272": "elective other-subject introduction-to-statistics",
            "math-344": "elective upper transition a",
        }
        offers = [STOLAF.take("math-226", "1", "elective c", achievement="urn:stolaf:math-226")]
        STOLAF.falls_short(self.ten(**changes), by="electives statistics", gap=("0", 1), fewest=1, offers=offers)

    def test_of_three_courses_of_other_subjects_two_count(self) -> None:
        changes: dict[str, str | None] = {
            "math-242": "elective other-subject",
            "math-232": "elective other-subject d",
            "math-252": "elective other-subject transition",
        }
        offers = [STOLAF.take("math-226", "1", "elective", achievement="urn:stolaf:math-226")]
        STOLAF.falls_short(self.ten(**changes), by="electives other-subjects", gap=("0", 1), fewest=1, offers=offers)

    def test_three_perspectives_lie_in_three_courses(self) -> None:
        # a and c in one course, d in another: three perspectives, two courses.
        changes: dict[str, str | None] = {
            "math-230": "elective",
            "math-330": "elective upper",
            "math-232": "elective d",
            "math-244": "elective transition a c",
            "math-344": "elective upper",
        }
        offers = [STOLAF.take("math-226", "1", "elective c", achievement="urn:stolaf:math-226")]
        STOLAF.falls_short(self.ten(**changes), by="perspective-courses", gap=("0", 1), fewest=1, offers=offers)

    def test_without_a_sequence_one_more_course_makes_one(self) -> None:
        changes: dict[str, str | None] = {"math-330": None, "math-344": None}
        changes |= {"math-340": "elective upper a", "math-364x": "elective upper m"}
        begun = {"220", "230", "232", "244", "252"}  # 340 goes on from 226, which is missing
        by = " ".join(
            f"goes-on-{name}" if name in begun else f"begins-{name}|goes-on-{name}" if name != "226" else "begins-226"
            for name in ("220", "224", "226", "230", "232", "244", "252", "262")
        )
        offers = [
            STOLAF.take("math-226", "1", "", achievement="urn:stolaf:math-226"),
            STOLAF.take("stat-322", "1", "other-subject", achievement="urn:stolaf:stat-322"),
        ]
        STOLAF.falls_short(self.ten(**changes), by=by, gap=("0", 1), fewest=1, offers=offers)

    def test_a_course_taken_twice_counts_once(self) -> None:
        again = STOLAF.take("again", "1", "elective", achievement="urn:stolaf:math-244")
        assert "electives" in " ".join(STOLAF.weigh([*self.ten(**{"math-242": None}), again]).conflict.rules)  # type: ignore[union-attr]


class TestArtsAndSciencesAtCornell:
    """120 credits, of them 100 of the college."""

    def test_100_of_the_college_and_20_of_anywhere(self) -> None:
        courses = [
            *CORNELL.many("college", 25, "4", "college"),
            *CORNELL.many("placed", 5, "4", source="advanced-placement"),
        ]
        CORNELL.adds_up(courses, "120")

    @pytest.mark.parametrize("how", ["elsewhere", "placed"])
    def test_what_is_of_elsewhere_or_of_an_examination_is_not_of_the_college(self, how: str) -> None:
        kind = {"provider": "other"} if how == "elsewhere" else {"source": "advanced-placement"}
        courses = [*CORNELL.many("college", 24, "4", "college"), *CORNELL.many("more", 6, "4", "college", **kind)]
        # 24 x 4 = 96 of the college, and 120 in all.
        CORNELL.falls_short(
            courses, by="college", gap=("4", 0), fewest=1, offers=CORNELL.many("last", 2, "4", "college")
        )
        assert all(use.node == "arts/courses" for use in CORNELL.weigh(courses).uses)

    def test_one_credit_short_of_both_is_one_course(self) -> None:
        courses = [*CORNELL.many("college", 24, "4", "college"), CORNELL.take("small", "3", "college")]
        courses += CORNELL.many("placed", 5, "4", provider=AWARDING, source="advanced-placement")
        # 99 of the college and 119 in all: one credit helps both.
        CORNELL.falls_short(
            courses, by="courses|college", gap=("1", 0), fewest=1, offers=CORNELL.many("last", 2, "4", "college")
        )


class TestComputingInTheAbc:
    """84 + 118 + 24 + 16 = 242 credits."""

    def courses(self, limited: int, free: int) -> list[Candidate]:
        return [
            *UFABC.many("bct", 21, "4", "bct"),
            *UFABC.many("bcc", 29, "4", "bcc"),
            UFABC.take("bcc-seminar", "2", "bcc"),
            *UFABC.many("limited", limited, "4", "limited"),
            *UFABC.many("free", free, "4"),
        ]

    def test_exactly_242_credits(self) -> None:
        UFABC.adds_up(self.courses(6, 4), "242")

    def test_one_course_of_the_limited_list_too_few_cannot_be_made_up_by_free_ones(self) -> None:
        UFABC.falls_short(
            self.courses(5, 6), by="limited", gap=("4", 0), fewest=1, offers=UFABC.many("more", 2, "4", "limited")
        )

    def test_what_is_left_of_the_limited_list_is_free(self) -> None:
        UFABC.adds_up(self.courses(10, 0), "242")  # 40 = 24 + 16

    def test_but_no_course_is_both(self) -> None:
        # 9 x 4 = 36 of the 40 that both ask for; and a free course may be of any kind, so all four places are involved.
        UFABC.falls_short(
            self.courses(9, 0),
            by="first-cycle obligatory limited free",
            gap=("4", 0),
            fewest=1,
            offers=UFABC.many("more", 2, "4", "bcc"),
        )

    def test_a_course_in_excess_of_the_obligatory_ones_is_free_too(self) -> None:
        UFABC.adds_up([*self.courses(6, 3), UFABC.take("bcc-extra", "4", "bcc")], "242")
