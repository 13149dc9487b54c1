"""The people, bodies and units of the demonstration. None of them exists; every name says that it is a sample."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from creditbank.credential import Achievement, Level, Outcome
from creditbank.framework import ConversionPolicy, Recognition
from creditbank.services.records import Role
from creditbank.units import CreditAmount, Credits


@dataclass(frozen=True, slots=True)
class SampleBody:
    """A sample provider, university, or both."""

    key: str
    name: str
    country: str
    frameworks: tuple[str, ...]
    roles: frozenset[Role]
    web: str | None


BOTH: Final = frozenset({Role.PROVIDER, Role.UNIVERSITY})
TEACHES: Final = frozenset({Role.PROVIDER})
AWARDS: Final = frozenset({Role.UNIVERSITY})

BODIES: Final = (
    SampleBody("deccan", "Sample University of the Deccan", "IN", ("in-ncrf",), BOTH, "did:web:deccan.sample.example"),
    SampleBody("open", "Sample Open Courses India", "IN", ("in-ncrf",), TEACHES, "did:web:open.sample.example"),
    SampleBody("thames", "Sample College by the Thames", "GB", ("uk-fheq",), TEACHES, "did:web:thames.sample.example"),
    SampleBody("baltic", "Sample Institute on the Baltic", "EE", ("eu-eqf",), TEACHES, None),
    SampleBody("hangang", "Sample Hangang Learning Institute", "KR", ("kr-acbs",), TEACHES, None),
    SampleBody("haeundae", "Sample Haeundae Evening Academy", "KR", ("kr-acbs",), TEACHES, None),
    SampleBody(
        "nilgiri",
        "Sample University of the Nilgiris",
        "IN",
        ("in-ncrf",),
        AWARDS,
        "did:web:nilgiri.sample.example",
    ),
    SampleBody("board", "Sample Degree Board Seoul", "KR", ("kr-acbs",), AWARDS, "did:web:board.sample.example"),
    SampleBody("night", "Sample Night School", "GB", ("uk-fheq",), TEACHES, "did:web:night.sample.example"),
)


@dataclass(frozen=True, slots=True)
class SampleUnit:
    """A unit that a sample body offers, with the day on which the sample learner finished it."""

    body: str
    achievement: Achievement
    earned: date


def _unit(
    body: str,
    slug: str,
    name: str,
    credits: CreditAmount,
    hours: int,
    earned: date,
    *,
    level: Level | None,
    categories: tuple[str, ...] = (),
    source_type: str = "taught-course",
    mode: str = "on-site",
    outcomes: tuple[Outcome, ...],
    language: str = "en",
    country: str,
) -> SampleUnit:
    return SampleUnit(
        body,
        Achievement(
            id=f"urn:creditbank:sample:{body}:{slug}",
            version="1",
            name=name,
            description=f"{name}: a sample unit of {hours} hours of learning.",
            criteria="Passed the final examination and every assignment of the unit.",
            credits=credits,
            level=level,
            workload=f"PT{hours}H",
            categories=categories,
            source_type=source_type,
            mode=mode,
            outcomes=outcomes,
            assessment="written examination and assignments",
            quality_assurance="internal quality assurance of a sample body",
            supervision="supervised online or on site with identity check",
            content=f"urn:creditbank:sample:{body}:{slug}",
            language=language,
            country=country,
        ),
        earned,
    )


def _outcomes(subject: str) -> tuple[Outcome, ...]:
    return (
        Outcome(f"Explains the main ideas of {subject}.", "knowledge"),
        Outcome(f"Applies methods of {subject} to a case from practice.", "skills"),
        Outcome(f"Judges own work in {subject} and answers for it.", "values"),
    )


NCRF_45: Final = Level("in-ncrf", "4.5")


def _indian(body: str, slug: str, name: str, credits: int, earned: date, mode: str) -> SampleUnit:
    return _unit(
        body,
        slug,
        name,
        CreditAmount("in-ncrf", Credits.parse(str(credits))),
        credits * 30,
        earned,
        level=NCRF_45,
        mode=mode,
        outcomes=_outcomes(name.lower()),
        country="IN",
    )


ASHA_UNITS: Final = (
    _indian("deccan", "writing", "Academic writing", 4, date(2024, 11, 29), "on-site"),
    _indian("deccan", "statistics", "Introduction to statistics", 4, date(2024, 11, 29), "on-site"),
    _indian("deccan", "microeconomics", "Microeconomics", 4, date(2024, 11, 29), "on-site"),
    _indian("deccan", "environment", "Environmental studies", 4, date(2025, 4, 25), "on-site"),
    _indian("deccan", "macroeconomics", "Macroeconomics", 4, date(2025, 4, 25), "on-site"),
    _indian("deccan", "fieldwork", "Community fieldwork", 4, date(2025, 4, 25), "blended"),
    _indian("open", "python", "Programming with Python", 4, date(2025, 6, 13), "online"),
    _indian("open", "ethics", "Ethics of data", 4, date(2025, 8, 22), "online"),
    _indian("open", "spreadsheets", "Working with spreadsheets", 3, date(2025, 8, 22), "online"),
    _unit(
        "thames",
        "public-policy",
        "Foundations of public policy",
        CreditAmount("uk", Credits.parse("15")),
        150,
        date(2025, 12, 12),
        level=Level("uk-fheq", "4"),
        outcomes=_outcomes("public policy"),
        country="GB",
    ),
    _unit(
        "baltic",
        "digital-state",
        "The digital state",
        CreditAmount("eu-ects", Credits.parse("6")),
        160,
        date(2026, 1, 30),
        level=Level("eu-eqf", "6"),
        mode="online",
        outcomes=_outcomes("digital government"),
        country="EE",
    ),
)

_MAJOR: Final = (
    "Principles of management", "Organisational behaviour", "Financial accounting", "Cost accounting",
    "Managerial economics", "Marketing principles", "Consumer behaviour", "Corporate finance",
    "Operations management", "Human resource management", "Business statistics", "Business law",
    "Management information systems", "Strategic management", "International business", "Entrepreneurship",
    "Supply chain management", "Tax accounting", "Investment theory", "Negotiation",
    "Service management", "Quality management", "Project management", "Business ethics",
)  # fmt: skip
_GENERAL: Final = (
    "Korean history", "Writing and expression", "Practical English", "Introduction to philosophy",
    "Psychology for life", "Understanding society", "Environment and people", "Music appreciation",
    "Mathematics for everyday", "Computing basics", "Law in daily life", "World cultures",
)  # fmt: skip
_EVENING_MAJOR: Final = ("Retail management", "E-commerce", "Leadership", "Venture finance")
_EVENING_ELECTIVE: Final = (
    "Photography", "Coding for beginners", "Public speaking", "Conversational Japanese",
    "Volunteer leadership", "Urban gardening", "Data literacy", "Statistics for practice",
)  # fmt: skip


def _korean(body: str, number: int, name: str, category: str, earned: date) -> SampleUnit:
    return _unit(
        body,
        f"course-{number:02d}",
        name,
        CreditAmount("kr", Credits.parse("3")),
        45,
        earned,
        level=None,
        categories=(f"kr-acbs:{category}",),
        source_type="accredited-course",
        mode="online" if body == "haeundae" else "on-site",
        outcomes=_outcomes(name.lower()),
        country="KR",
    )


def _minjun_units() -> tuple[SampleUnit, ...]:
    """48 courses over eight semesters, six in each: 36 of one institute, 12 of another."""
    courses = [("hangang", name, "major") for name in _MAJOR]
    courses += [("hangang", name, "general-education") for name in _GENERAL]
    courses += [("haeundae", name, "major") for name in _EVENING_MAJOR]
    courses += [("haeundae", name, "elective") for name in _EVENING_ELECTIVE]
    last_days = [date(year, month, day) for year in range(2022, 2026) for month, day in ((6, 17), (12, 16))]
    return tuple(
        _korean(body, number, name, category, last_days[number % 8])
        for number, (body, name, category) in enumerate(courses)
    )


_ALL_MINJUN: Final = _minjun_units()
MINJUN_UNITS: Final = _ALL_MINJUN[:-1]
MINJUN_MISSING: Final = _ALL_MINJUN[-1]

NIGHT_UNIT: Final = _unit(
    "night",
    "bookkeeping",
    "Bookkeeping",
    CreditAmount("uk", Credits.parse("15")),
    150,
    date(2026, 2, 27),
    level=Level("uk-fheq", "4"),
    outcomes=_outcomes("bookkeeping"),
    country="GB",
)


def conversion_policy(university: str) -> ConversionPolicy:
    """The sample university's own decision on what UK credits are worth to it: by hours, 10 of 30."""
    return ConversionPolicy.model_validate(
        {
            "document": "creditbank/conversion/v1",
            "id": "sample-deccan-uk-by-hours",
            "version": "1",
            "from_system": "uk",
            "to_system": "in-ncrf",
            "ratio": "1/3",
            "basis": "hours",
            "issuer": university,
            "source": "A sample decision made for this demonstration; no real body adopted it.",
            "valid_from": "2025-01-01",
            "valid_until": None,
            "rounding": "down",
            "rounding_unit": "1",
            "max_share": "1/4",
            "sample": True,
        }
    )


def recognition(university: str, achievement: str) -> Recognition:
    """The sample university's decision that one foreign unit stands at its own entry level."""
    return Recognition.model_validate(
        {
            "document": "creditbank/recognition/v1",
            "id": "sample-deccan-public-policy",
            "by": university,
            "achievement": achievement,
            "framework": "in-ncrf",
            "level": "4.5",
            "categories": [],
            "decided": "2026-02-02",
            "reason": "A sample decision made for this demonstration: outcomes compared, first-year work.",
            "sample": True,
        }
    )
