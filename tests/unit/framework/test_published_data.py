"""The data that ships: it loads whole, says what its sources say, and its schemas are those of the models."""

import json
import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
import yaml

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.framework import (
    DOCUMENT_KINDS,
    Calendar,
    DocumentFaults,
    Framework,
    Limit,
    Qualification,
    Requirement,
    conversion_interval,
    day_before,
    load_document,
    year_ratio,
)

DATA = builtin_data("frameworks")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(DATA)


@pytest.fixture(scope="module")
def builder() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(DATA / "build_schemas.py")))


def framework_versions(catalogue: Catalogue) -> list[Framework]:
    return [one for name in catalogue.ids("framework") for one in catalogue.editions(name)]


def files() -> list[Path]:
    return sorted(DATA.rglob("*.yaml"))


def bounds(qualification: Qualification) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for _, node in qualification.nodes():
        if isinstance(node, Requirement):
            found[node.id] = node.credits_at_least or node.units_at_least or ""
        elif isinstance(node, Limit):
            values = node.model_dump(include=set(Limit.model_fields) - {"id"}).items()
            found[node.id] = next(v for k, v in values if ("_at_least" in k or "_at_most" in k) and v is not None)
    return found


@pytest.mark.parametrize("kind", sorted(DOCUMENT_KINDS))
def test_the_published_schema_is_that_of_the_model(kind: str, builder: SimpleNamespace) -> None:
    published = (DATA / "schemas" / builder.schema_name(kind)).read_text(encoding="utf-8")
    assert published == builder.schema_text(kind), "run: python frameworks/build_schemas.py"


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_every_document_also_satisfies_its_published_schema(path: Path, builder: SimpleNamespace) -> None:
    document: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    document = as_typed(document)
    schema = json.loads((DATA / "schemas" / builder.schema_name(document["document"])).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize("place", [0, -1])
def test_a_node_without_its_kind_is_refused_by_the_schema_as_by_the_reader(
    place: int, builder: SimpleNamespace
) -> None:
    path = DATA / "qualifications" / "kr-acbs" / "2025" / "bachelor.yaml"
    document: Any = as_typed(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))
    published = jsonschema.Draft202012Validator(builder.schema_of(document["document"]))
    assert published.is_valid(document)
    del document["requires"]["of"][place]["kind"]
    assert not published.is_valid(document)
    with pytest.raises(DocumentFaults) as refusal:
        load_document(yaml.safe_dump(document).encode(), "bachelor.yaml")
    assert "missing-key" in {fault.slug for fault in refusal.value.faults}


def as_typed(value: Any) -> Any:
    """What YAML's base loader read as text, with the few words that are no text."""
    if isinstance(value, dict):
        whole = {"units_at_least", "units_at_most", "n", "places_at_most", "entries_at_least", "entries_at_most"}
        return {k: int(v) if k in whole else as_typed(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_typed(item) for item in value]
    return {"true": True, "false": False, "null": None}.get(value, value)


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_a_document_lies_where_its_id_and_framework_say(path: Path, catalogue: Catalogue) -> None:
    place = path.relative_to(DATA).parts
    if place[0] == "qualifications":
        found = {(one.id, one.version): one for one in catalogue.qualifications()}
        assert found[f"{place[1]}-{path.stem}", place[2]].framework == place[1]
    elif place[0] in ("units", "templates", "code-lists"):
        loaded = load_document(path.read_bytes(), str(path))
        assert loaded.id.endswith(path.stem) or loaded.id == f"urn:creditbank:{path.stem.replace('-', ':unit:', 1)}"
    else:
        kind = {
            "frameworks": "framework",
            "credit-systems": "credit-system",
            "conversions": "conversion-statement",
        }.get(place[0], "relation")
        named = {f"{one.id}.{one.version}" for one in framework_versions(catalogue)} if kind == "framework" else set()
        assert path.stem in {*catalogue.ids(kind), *named}


def test_no_conversion_and_no_recognition_ships(catalogue: Catalogue) -> None:
    assert catalogue.conversions() == ()
    assert catalogue.recognitions() == ()


def test_the_academic_credit_bank_has_the_numbers_of_its_pages(catalogue: Catalogue) -> None:
    assert bounds(catalogue.qualification("kr-acbs-bachelor")) == {
        "major": "60",
        "general-education": "30",
        "further-credits": "0",
        "total": "140",
        "accredited": "18",
        "one-institution": "105",
        "per-year": "42",
        "per-semester": "24",
        "qualifications": 3,
        "general-qualifications": 1,
    }


def test_the_korean_year_runs_from_march_to_the_end_of_february(catalogue: Catalogue) -> None:
    calendars = catalogue.qualification("kr-acbs-bachelor").calendars
    year, semester = calendars["academic-year"], calendars["semester"]
    assert year.window(date(2025, 2, 28)) == year.window(date(2024, 3, 1)) == date(2024, 3, 1)
    assert year.window(date(2024, 2, 29)) == date(2023, 3, 1)
    assert semester.window(date(2024, 8, 31)) == date(2024, 3, 1)
    assert semester.window(date(2024, 9, 1)) == semester.window(date(2025, 2, 28)) == date(2024, 9, 1)


def test_the_undergraduate_certificate_has_the_rules_of_the_academic_bank(catalogue: Catalogue) -> None:
    certificate = catalogue.qualification("in-ncrf-ug-certificate")
    assert bounds(certificate) == {"year-one": "40", "from-awarding-institution": "1/2", "online": "2/5"}
    assert (certificate.level, certificate.admits.max_age) == ("4.5", "P7Y")
    residency = next(node for _, node in certificate.nodes() if node.id == "from-awarding-institution")
    assert residency.confidence == "M"


def test_honours_and_master_and_diploma_have_their_minima(catalogue: Catalogue) -> None:
    assert bounds(catalogue.qualification("uk-fheq-bachelor-honours")) == {
        "credits": "360",
        "at-level-6": "90",
    }
    assert bounds(catalogue.qualification("ehea-qf-master")) == {"credits": "90", "second-cycle": "60"}
    assert bounds(catalogue.qualification("nz-nzqcf-diploma-5")) == {"credits": "120", "at-level-5": "72"}


def test_indian_levels_with_halves_are_in_order(catalogue: Catalogue) -> None:
    india = catalogue.framework("in-ncrf")
    assert india.order("4") < india.order("4.5") < india.order("5") < india.order("5.5") < india.order("6")


def test_new_zealand_eight_has_no_european_counterpart(catalogue: Catalogue) -> None:
    relations = {one.id: one for one in catalogue.relations()}
    assert relations["nz-nzqcf.eu-eqf"].counterparts("8") == ()
    assert relations["nz-nzqcf.ie-nfq"].counterparts("7") == ("7", "8")


@pytest.mark.parametrize(
    ("system", "low", "high", "year"),
    [
        ("uk", "0.333", "0.400", "0.500"),
        ("us-sch", "1.500", "1.800", "2.000"),
        ("in-ncrf", "1.000", "1.200", "1.500"),
        ("my-mqf", "1.333", "1.600", "1.500"),
        ("cl-sct", "0.800", "1.240", "1.000"),
    ],
)
def test_hours_and_years_disagree_as_the_sources_do(
    catalogue: Catalogue, system: str, low: str, high: str, year: str
) -> None:
    source, ects = catalogue.credit_system(system), catalogue.credit_system("eu-ects")
    interval = conversion_interval(source, ects)
    by_year = year_ratio(source, ects)
    assert interval is not None
    assert by_year is not None
    assert (f"{float(interval[0]):.3f}", f"{float(interval[1]):.3f}") == (low, high)
    assert f"{float(by_year):.3f}" == year


def test_korean_class_hours_compare_with_nothing(catalogue: Catalogue) -> None:
    korea, ects = catalogue.credit_system("kr"), catalogue.credit_system("eu-ects")
    assert conversion_interval(korea, ects) is None


@pytest.mark.parametrize(
    ("day", "duration", "expected"),
    [
        ((2026, 11, 23), "P7Y", (2019, 11, 23)),
        ((2024, 2, 29), "P1Y", (2023, 2, 28)),
        ((2024, 3, 31), "P1M", (2024, 2, 29)),
        ((2024, 1, 15), "P1M", (2023, 12, 15)),
        ((2024, 3, 1), "P1D", (2024, 2, 29)),
        ((50, 1, 1), "P999Y", (1, 1, 1)),
    ],
)
def test_a_duration_counts_back_by_the_calendar(
    day: tuple[int, int, int], duration: str, expected: tuple[int, int, int]
) -> None:
    assert day_before(date(*day), duration) == date(*expected)


def test_a_window_before_its_first_start_belongs_to_the_year_before() -> None:
    assert Calendar(starts=("03-01",)).window(date(1, 1, 1)) == date.min
