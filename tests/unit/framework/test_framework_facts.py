"""The numbers of the framework files, compared with the published ones written down here a second time.

A number in a file that slips is found by its table. What the sources do not say must not stand in a file either:
the tables name every level and every kind of award.
"""

import pytest

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.framework import Framework, QualificationType


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(builtin_data("frameworks"))


def kinds(framework: Framework) -> dict[str, QualificationType]:
    return {kind.code: kind for kind in framework.qualification_types}


def numbers(count: int) -> list[str]:
    return [str(number) for number in range(1, count + 1)]


LEVELS = {
    "eu-eqf": numbers(8),
    "ehea-qf": ["short", "first", "second", "third"],
    "uk-rqf": ["Entry 1", "Entry 2", "Entry 3", *numbers(8)],
    "uk-cqfw": ["Entry 1", "Entry 2", "Entry 3", *numbers(8)],
    "uk-fheq": ["4", "5", "6", "7", "8"],
    "uk-scqf": numbers(12),
    "ie-nfq": numbers(10),
    "au-aqf": numbers(10),
    "nz-nzqcf": numbers(10),
    "hk-hkqf": numbers(7),
    "my-mqf": numbers(8),
    "ph-pqf": numbers(8),
    "th-nqf": numbers(8),
    "in-ncrf": ["1", "2", "3", "4", "4.5", "5", "5.5", "6", "6.5", "7", "8"],
    "in-nheqf": ["4.5", "5", "5.5", "6", "6.5", "7", "8"],
    "asean-aqrf": numbers(8),
    "pac-pqf": numbers(10),
    "au-union-acqf": numbers(10),
    "mt-mqf": ["A", "B", *numbers(8)],
    "za-nqf": numbers(10),
    "mv-mnqf": numbers(10),
    "cn-cbof": numbers(10),
    "kr-acbs": [],
    "us-sch": [],
    "cn-shcb": [],
    "in-abc": [],
    "sg-wsq": [],
    "eu-microcredentials": [],
    "unesco-microcredentials": [],
    "emc-cmf": [],
    "nl-microcredentials": [],
    "nz-microcredentials": [],
    "au-nmf": [],
    "my-microcredentials": [],
}

CREDITS = {
    "eu-eqf": None,
    "ehea-qf": "eu-ects",
    "uk-rqf": "uk",
    "uk-cqfw": "uk",
    "uk-fheq": "uk",
    "uk-scqf": "uk",
    "ie-nfq": "eu-ects",
    "au-aqf": None,
    "nz-nzqcf": "nz",
    "hk-hkqf": "hk",
    "my-mqf": "my-mqf",
    "ph-pqf": None,
    "th-nqf": "th",
    "in-ncrf": "in-ncrf",
    "in-nheqf": "in-ncrf",
    "in-abc": "in-ncrf",
    "asean-aqrf": None,
    "pac-pqf": "pac-pqf",
    "au-union-acqf": None,
    "mt-mqf": "mt",
    "za-nqf": "za",
    "kr-acbs": "kr",
    "us-sch": "us-sch",
    "sg-wsq": None,
}


@pytest.mark.parametrize("name", sorted(LEVELS))
def test_levels_are_those_published_and_in_their_order(catalogue: Catalogue, name: str) -> None:
    assert [level.code for level in catalogue.framework(name).levels] == LEVELS[name]


def test_the_table_of_levels_forgets_no_framework(catalogue: Catalogue) -> None:
    assert set(LEVELS) == set(catalogue.ids("framework"))


@pytest.mark.parametrize("name", sorted(CREDITS))
def test_a_framework_counts_in_its_own_credits_or_in_none(catalogue: Catalogue, name: str) -> None:
    assert catalogue.framework(name).credit_system == CREDITS[name]


@pytest.mark.parametrize(
    ("name", "domains"),
    [
        ("eu-eqf", 3),
        ("ehea-qf", 5),
        ("asean-aqrf", 2),
        ("au-union-acqf", 3),
        ("au-aqf", 3),
        ("hk-hkqf", 4),
        ("my-mqf", 5),
        ("ph-pqf", 3),
        ("uk-scqf", 5),
    ],
)
def test_domains_are_as_many_as_published(catalogue: Catalogue, name: str, domains: int) -> None:
    assert len(catalogue.framework(name).domains) == domains


def test_every_level_of_the_european_framework_is_described_in_every_domain(catalogue: Catalogue) -> None:
    european = catalogue.framework("eu-eqf")
    assert european.domains == ("knowledge", "skills", "responsibility-and-autonomy")
    for level in european.levels:
        assert set(level.summary) == set(european.domains)
    assert len({text for level in european.levels for text in level.summary.values()}) == 24


QAA = {
    "certificate-he": ("4", "120", "90", "M"),
    "diploma-he": ("5", "240", "90", "M"),
    "foundation-degree": ("5", "240", "90", "M"),
    "ordinary-bachelor": ("6", "300", "60", "M"),
    "bachelor-honours": ("6", "360", "90", None),
    "graduate-certificate": ("6", "40", "40", None),
    "graduate-diploma": ("6", "80", "80", None),
    "pg-certificate": ("7", "60", "40", None),
    "pg-diploma": ("7", "120", "90", None),
    "master": ("7", "180", "150", None),
    "integrated-master": ("7", "480", "120", None),
    "professional-doctorate": ("8", "540", "360", None),
}


def test_english_minima_are_those_of_the_credit_framework(catalogue: Catalogue) -> None:
    found = {
        code: (kind.level, kind.credits_min, kind.credits_at_level_min, kind.at_level_confidence)
        for code, kind in kinds(catalogue.framework("uk-fheq")).items()
    }
    assert found == QAA


def test_totals_of_the_english_framework_are_sure_where_only_the_part_at_level_is_not(catalogue: Catalogue) -> None:
    english = catalogue.framework("uk-fheq")
    assert english.confidence == "H"
    assert {kind.confidence for kind in english.qualification_types} == {None}


SCOTLAND = {
    "hnc": ("7", "96", None),
    "hnd": ("8", "240", None),
    "ordinary-bachelor": ("9", "360", "60"),
    "bachelor-honours": ("10", "480", "90"),
    "master": ("11", "180", "150"),
    "integrated-master": ("11", "600", "120"),
    "professional-doctorate": ("12", "540", "420"),
    "doctorate-research": ("12", None, None),
}


def test_scottish_minima_are_those_of_the_partnership(catalogue: Catalogue) -> None:
    found = {
        code: (kind.level, kind.credits_min, kind.credits_at_level_min)
        for code, kind in kinds(catalogue.framework("uk-scqf")).items()
    }
    assert found == SCOTLAND


def test_bologna_cycles_have_their_ranges(catalogue: Catalogue) -> None:
    found = {
        kind.level: (kind.credits_min, kind.credits_max, kind.credits_at_level_min)
        for kind in catalogue.framework("ehea-qf").qualification_types
    }
    assert found == {
        "short": ("90", "120", None),
        "first": ("180", "240", None),
        "second": ("90", "120", "60"),
        "third": (None, None, None),
    }


AUSTRALIA = {
    "certificate-1": (("1",), "0.5", "1"),
    "certificate-2": (("2",), "0.5", "1"),
    "certificate-3": (("3",), "1", "2"),
    "certificate-4": (("4",), "0.5", "2"),
    "diploma": (("5",), "1", "2"),
    "advanced-diploma": (("6",), "1.5", "2"),
    "associate-degree": (("6",), "2", "2"),
    "bachelor": (("7",), "3", "4"),
    "vocational-degree": (("7",), None, None),
    "bachelor-honours": (("8",), "1", "1"),
    "graduate-certificate": (("8",), "0.5", "1"),
    "graduate-diploma": (("8",), "1", "2"),
    "master-research": (("9",), "1", "2"),
    "master-coursework": (("9",), "1", "2"),
    "master-extended": (("9",), "3", "4"),
    "doctorate": (("10",), "3", "4"),
    "undergraduate-certificate": (("5", "6", "7"), "0.5", "0.5"),
    "senior-secondary": ((), None, None),
}


def test_australia_measures_years_and_no_credits(catalogue: Catalogue) -> None:
    australia = catalogue.framework("au-aqf")
    found = {code: (kind.at_levels, kind.years_min, kind.years_max) for code, kind in kinds(australia).items()}
    assert found == AUSTRALIA
    assert australia.hours_per_year == "1200"
    assert {kind.credits_min for kind in australia.qualification_types} == {None}
    assert kinds(australia)["bachelor-honours"].after == "bachelor"
    assert kinds(australia)["vocational-degree"].confidence == "M"


NEW_ZEALAND = {
    "certificate": (("1", "2", "3", "4"), "40", None, None, None, None),
    "certificate-5": (("5",), "40", None, None, None, None),
    "certificate-6": (("6",), "40", None, None, None, None),
    "diploma-5": (("5",), "120", "4", "72", None, None),
    "diploma-6": (("6",), "120", "5", "72", None, None),
    "diploma-7": (("7",), None, None, None, None, None),
    "graduate-certificate": (("7",), "60", None, "40", "M", None),
    "graduate-diploma": (("7",), "120", None, "72", None, None),
    "bachelor": (("7",), "360", "5", "72", None, None),
    "pg-certificate": (("8",), "60", "8", None, None, None),
    "pg-diploma": (("8",), "120", "7", "72", None, None),
    "bachelor-honours-after": (("8",), "120", "8", None, None, None),
    "bachelor-honours": (("8",), "480", None, "120", None, None),
    "master": (("9",), "120", "8", "40", None, None),
    "doctorate": (("10",), "360", None, None, "M", None),
    "micro-credential": (tuple(numbers(10)), None, None, None, None, None),
}


def test_new_zealand_minima_say_from_which_level_they_run(catalogue: Catalogue) -> None:
    found = {
        code: (
            kind.at_levels,
            kind.credits_min,
            kind.credits_from_level,
            kind.credits_at_level_min,
            kind.confidence,
            kind.at_level_confidence,
        )
        for code, kind in kinds(catalogue.framework("nz-nzqcf")).items()
    }
    assert found == NEW_ZEALAND
    assert kinds(catalogue.framework("nz-nzqcf"))["master"].credits_max == "240"
    assert kinds(catalogue.framework("nz-nzqcf"))["micro-credential"].credits_max == "40"


@pytest.mark.parametrize(("version", "least", "most"), [("2018", "5", "40"), ("2022", None, "40")])
def test_a_micro_credential_of_new_zealand_had_a_least_size_only_until_the_rules_of_2022(
    catalogue: Catalogue, version: str, least: str | None, most: str
) -> None:
    (kind,) = catalogue.framework("nz-microcredentials", version).qualification_types
    assert (kind.credits_min, kind.credits_max) == (least, most)


MALAYSIA = {
    "certificate-1": ("1", "15", "M"),
    "certificate-2": ("2", "30", "M"),
    "certificate-3": ("3", "60", "M"),
    "diploma": ("4", "90", "M"),
    "advanced-diploma": ("5", "40", "M"),
    "graduate-certificate": ("6", "34", "M"),
    "graduate-diploma": ("6", "64", "M"),
    "bachelor": ("6", "120", None),
    "pg-certificate": ("7", "20", None),
    "pg-diploma": ("7", "30", None),
    "master": ("7", "40", None),
    "master-research": ("7", None, None),
    "doctorate": ("8", "80", None),
    "doctorate-research": ("8", None, None),
}


def test_malaysian_minima_are_those_of_the_edition_of_2024(catalogue: Catalogue) -> None:
    newest = catalogue.framework("my-mqf")
    found = {code: (kind.level, kind.credits_min, kind.confidence) for code, kind in kinds(newest).items()}
    assert (newest.version, found) == ("2024", MALAYSIA)
    assert [code for code, kind in kinds(newest).items() if kind.uncredited] == [
        "master-research",
        "doctorate-research",
    ]


MALTA = {
    "introductory-a": ("A", "30", None),
    "introductory-b": ("B", "30", None),
    "qualification-1": ("1", "40", None),
    "qualification-2": ("2", "60", None),
    "qualification-3": ("3", "60", None),
    "qualification-4": ("4", "120", None),
    "pre-tertiary-certificate": ("4", "30", "60"),
    "qualification-5": ("5", "60", "120"),
    "ug-certificate": ("5", "30", None),
    "ug-diploma": ("5", "60", "90"),
    "ug-higher-diploma": ("5", "90", "120"),
    "foundation-degree": ("5", "120", None),
    "bachelor": ("6", "180", "240"),
    "pg-certificate": ("7", "30", None),
    "pg-diploma": ("7", "60", None),
    "master": ("7", "90", "120"),
    "doctorate": ("8", None, None),
}


def test_maltese_awards_become_qualifications_at_these_sizes(catalogue: Catalogue) -> None:
    malta = kinds(catalogue.framework("mt-mqf"))
    assert malta["award"].at_levels == ("A", "B", "1", "2", "3", "4", "5", "6", "7")
    found = {code: (kind.level, kind.credits_min, kind.credits_max) for code, kind in malta.items() if code != "award"}
    assert found == MALTA


@pytest.mark.parametrize("name", ["in-ncrf", "in-nheqf"])
def test_indian_exits_are_forty_credits_a_year(catalogue: Catalogue, name: str) -> None:
    india = kinds(catalogue.framework(name))
    found = {code: (india[code].level, india[code].credits_min) for code in ("ug-certificate", "ug-diploma")}
    found |= {code: (india[code].level, india[code].credits_min) for code in ("bachelor-3", "bachelor-4")}
    assert found == {
        "ug-certificate": ("4.5", "40"),
        "ug-diploma": ("5", "80"),
        "bachelor-3": ("5.5", "120"),
        "bachelor-4": ("6", "160"),
    }
    assert (india["master-technology"].level, india["master-technology"].confidence) == ("7", "M")
    assert india["doctorate"].level == "8"


@pytest.mark.parametrize("name", ["in-ncrf", "in-nheqf"])
def test_indian_masters_stand_at_level_six_and_a_half_and_of_technology_at_seven(
    catalogue: Catalogue, name: str
) -> None:
    india = catalogue.framework(name)
    assert catalogue.framework("in-ncrf", "2022-draft").level("6.5").code == "6.5"
    assert (india.confidence_of("6.5"), india.confidence_of("7")) == ("H", "H")
    assert india.order("6") < india.order("6.5") < india.order("7")


def test_the_higher_education_framework_of_2022_had_no_half_levels(catalogue: Catalogue) -> None:
    draft, final = (catalogue.framework("in-nheqf", version) for version in ("2022-draft", "2023"))
    assert "6.5" not in [level.code for level in draft.levels]
    assert {code: kinds(final)[code].level for code in ("master-after-4", "master-after-3")} == {
        "master-after-4": "6.5",
        "master-after-3": "6.5",
    }


def test_the_draft_sizes_of_indian_postgraduate_awards_come_on_top_of_the_bachelor(catalogue: Catalogue) -> None:
    draft = kinds(catalogue.framework("in-ncrf", "2022-draft"))
    found = {code: (kind.level, kind.credits_min, kind.after) for code, kind in draft.items() if kind.after}
    assert found == {
        "pg-diploma-after-3": ("6", "40", "bachelor-3"),
        "pg-diploma-after-4": ("6.5", "40", "bachelor-4"),
        "master-after-4": ("6.5", "40", "bachelor-4"),
        "master-after-3": ("6.5", "80", "bachelor-3"),
        "master-technology": ("7", "80", "bachelor-4"),
    }


def test_the_first_draft_of_indian_higher_education_numbered_levels_otherwise(catalogue: Catalogue) -> None:
    draft = catalogue.framework("in-nheqf", "2022-draft")
    assert [level.code for level in draft.levels] == ["5", "6", "7", "8", "9", "10"]


def test_korea_and_america_have_sizes_and_no_levels(catalogue: Catalogue) -> None:
    korea, america = kinds(catalogue.framework("kr-acbs")), kinds(catalogue.framework("us-sch"))
    assert {code: kind.credits_min for code, kind in korea.items()} == {
        "bachelor": "140",
        "associate-3": "120",
        "associate-2": "80",
    }
    assert {code: kind.credits_min for code, kind in america.items()} == {
        "associate": "60",
        "bachelor": "120",
        "master": "30",
    }
    assert catalogue.framework("us-sch").kind == "custom"


def test_maldivian_certificates_have_their_published_sizes(catalogue: Catalogue) -> None:
    found = {
        kind.level: (kind.credits_min, kind.credits_at_level_min)
        for kind in catalogue.framework("mv-mnqf").qualification_types
    }
    assert found == {
        "1": ("10", None),
        "2": ("30", None),
        "3": ("40", None),
        "4": ("120", "90"),
        "5": ("120", "90"),
    }


def test_one_micro_credential_is_sized_in_hours_and_three_credits_that_do_not_agree(catalogue: Catalogue) -> None:
    (kind,) = catalogue.framework("emc-cmf").qualification_types
    assert (kind.hours_min, kind.hours_max) == ("100", "150")
    assert {size.credit_system: (size.credits_min, size.credits_max) for size in kind.sizes} == {
        "uk": ("10", "15"),
        "eu-ects": ("4", "6"),
        "us-sch": ("2", "3"),
    }


def test_dutch_and_australian_micro_credentials_have_their_bounds(catalogue: Catalogue) -> None:
    dutch = kinds(catalogue.framework("nl-microcredentials"))
    assert (dutch["micro-credential"].credits_min, dutch["micro-credential"].credits_max) == ("3", "30")
    assert dutch["university-trial"].credits_min == "1"
    assert dutch["mbo"].hours_min == "240"
    (australian,) = catalogue.framework("au-nmf").qualification_types
    assert australian.hours_min == "1"


SYSTEMS = {
    "eu-ects": ("25", "30", "60", "notional", "H", "H"),
    "uk": ("10", "10", "120", "notional", "H", "H"),
    "nz": ("10", "10", "120", "notional", "H", "H"),
    "hk": ("10", "10", "120", "notional", "H", "M"),
    "pac-pqf": ("10", "10", "120", "notional", "H", "H"),
    "za": ("10", "10", "120", "notional", "H", "H"),
    "my-mqf": ("40", "40", "40", "notional", "H", "M"),
    "in-ncrf": ("30", "30", "40", "notional", "H", "H"),
    "us-sch": ("45", "45", "30", "notional", "H", "H"),
    "us-qch": ("30", "30", "45", "notional", "H", "H"),
    "kr": ("15", "15", "35", "class", "H", "M"),
    "cl-sct": ("24", "31", "60", "notional", "H", "H"),
    "clar": ("24", "33", "60", "notional", "M", "M"),
    "mt": ("25", "25", "60", "notional", "H", "H"),
    "th": ("15", "15", None, "class", "M", "M"),
    "mv": (None, None, "120", "notional", "H", "H"),
    "au-csu": (None, None, "64", "notional", "H", "H"),
    "cn-shcb": (None, None, None, "notional", "M", "M"),
}


def test_credit_systems_have_the_hours_and_years_of_the_table(catalogue: Catalogue) -> None:
    found = {
        name: (
            one.hours_min,
            one.hours_max,
            one.full_time_year,
            one.hours_kind,
            one.hours_confidence or one.confidence,
            one.year_confidence or one.confidence,
        )
        for name, one in catalogue.credit_systems().items()
    }
    assert found == SYSTEMS


def test_what_was_read_second_hand_says_so(catalogue: Catalogue) -> None:
    pacific = catalogue.framework("pac-pqf")
    assert {pacific.confidence_of(level.code) for level in pacific.levels} == {"M"}
    assert pacific.confidence == "H"
    assert {name for name, one in catalogue.frameworks().items() if one.confidence == "M"} == {"th-nqf", "us-sch"}
    assert {name for name, one in catalogue.frameworks().items() if one.indicative_levels} == {"cn-cbof"}


def table(text: str) -> dict[str, tuple[str, ...]]:
    """Read `10:8; 8:; 7:7,8`: level 10 has counterpart 8, level 8 has none, level 7 has two."""
    rows = [row.split(":") for row in text.split("; ")]
    return {level: tuple(code for code in to.split(",") if code) for level, to in rows}


EIGHT = "8:8; 7:7; 6:6; 5:5; 4:4; 3:3; 2:2; 1:1"
RQF_TO_EQF = "8:8; 7:7; 6:6; 5:5; 4:5; 3:4; 2:3; 1:2; Entry 3:1; Entry 2:; Entry 1:"
RELATIONS: dict[str, tuple[str, str | None, str, str, tuple[str, ...]]] = {
    "my-mqf.asean-aqrf": ("2007", "2019", "M", EIGHT, ()),
    "ph-pqf.asean-aqrf": ("2018", "2019", "M", EIGHT, ()),
    "th-nqf.asean-aqrf": ("", None, "M", EIGHT, ()),
    "au-aqf.eu-eqf": ("", "2016", "M", "10:8; 9:7; 7:6; 6:5; 5:5", ()),
    "nz-nzqcf.eu-eqf": ("", "2016", "H", "10:8; 9:7; 8:; 7:6; 6:5; 5:5; 4:4; 3:4; 2:3; 1:2", ("1",)),
    "nz-nzqcf.hk-hkqf": ("", "2018", "H", "10:7; 9:6; 8:; 7:5; 6:4; 5:4; 4:3; 3:3; 2:2; 1:1", ()),
    "nz-nzqcf.ie-nfq": ("", "2019", "H", "10:10; 9:9; 8:; 7:7,8; 6:6; 5:6; 4:5; 3:5; 2:4; 1:3", ("1", "2")),
    "hk-hkqf.eu-eqf": ("", "2016", "M", "7:8; 6:7; 5:6; 4:5; 3:4; 2:3; 1:2", ("1",)),
    "uk-rqf.eu-eqf": ("", "2012", "H", RQF_TO_EQF, ()),
    "uk-cqfw.eu-eqf": ("", "2012", "H", RQF_TO_EQF, ()),
    "uk-scqf.eu-eqf": ("", "2012", "H", "12:8; 11:7; 10:6; 9:6; 8:5; 7:5; 6:4; 5:3; 4:2; 3:1; 2:; 1:", ()),
    "ie-nfq.eu-eqf": ("", "2012", "H", "10:8; 9:7; 8:6; 7:6; 6:5; 5:4; 4:3; 3:2; 2:1; 1:1", ()),
    "uk-fheq.uk-scqf": ("", "2012", "H", "4:7; 5:8; 6:9,10; 7:11; 8:12", ()),
    "uk-fheq.uk-rqf": ("", "2014", "H", "4:4; 5:5; 6:6; 7:7; 8:8", ()),
    "uk-cqfw.uk-rqf": ("", "2012", "H", f"{EIGHT}; Entry 3:Entry 3; Entry 2:Entry 2; Entry 1:Entry 1", ()),
    "uk-fheq.ehea-qf": ("", "2012", "H", "5:short; 6:first; 7:second; 8:third", ()),
    "uk-scqf.ehea-qf": ("", "2012", "H", "12:third; 11:second; 10:first; 9:first", ()),
    "ie-nfq.ehea-qf": ("", "2012", "H", "10:third; 9:second; 8:first; 7:first", ()),
    "ehea-qf.eu-eqf": ("", "2017", "H", "short:5; first:6; second:7; third:8", ()),
    "mt-mqf.eu-eqf": ("", "2016", "H", EIGHT, ()),
}


@pytest.mark.parametrize("name", sorted(RELATIONS))
def test_a_relation_states_row_by_row_what_its_table_states(catalogue: Catalogue, name: str) -> None:
    one = next(one for one in catalogue.relations() if one.id == name)
    version, year, confidence, rows, unmatched = RELATIONS[name]
    assert {pair.level: pair.to for pair in one.pairs} == table(rows)
    assert (one.from_version, one.year, one.confidence, one.unmatched) == (version, year, confidence, unmatched)
    assert f"{one.from_framework}.{one.to_framework}" == name


def test_the_table_of_relations_forgets_none(catalogue: Catalogue) -> None:
    assert {one.id for one in catalogue.relations()} == set(RELATIONS)
