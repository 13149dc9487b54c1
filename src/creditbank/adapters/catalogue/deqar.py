"""Read what DEQAR publishes about institutions and their external reviews, as a register.

DEQAR is the database of reviews by the agencies of the European register EQAR. Its web API (version 2) answers in JSON:
a report, an institution, or a page of either (`count`, `next`, `previous`, `results`). Files that hold such answers are
read here; nothing is fetched. The shape was read in its documentation (https://docs.deqar.eu: «Report Data Elements»,
«Web API: Examples») and in the serialisers of its published source (EQAR/eqar_backend, `webapi/v2/serializers`).

What becomes of a report:

- `positive` is `accredited`, `positive with conditions or restrictions` is `accredited-with-conditions`, `negative` is
  `refused`, `not applicable` is `evaluated`.
- A review with the status `voluntary` leads to no accreditation (only those that are `part of obligatory EQA system`
  are exported by DEQAR as accreditations), so it is `evaluated` whatever it decided; so is one with a high-level flag.
- One without an end (`valid_to`) is good for six years from `valid_from`, as DEQAR counts.
- A report about programmes becomes one accreditation for each of them, limited to it, its QF-EHEA level (of `ehea-qf`),
  its field of study and its kind. Its NQF level names no framework, so only the note tells it.
- A review of an institution is limited to the institution's QF-EHEA levels where its own record is given too.
- DEQAR knows no DIDs but those of EBSI, and does not say who may award what: `awards` stays open.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from creditbank.canonical import UnreadableJson, canonical_json
from creditbank.framework import Address, DocumentFaults, Fault, Located, Register, load_document, read_json

SOURCE: Final = "DEQAR, database of external quality assurance results (EQAR), web API version 2"
FRAMEWORK: Final = "ehea-qf"
LEVELS: Final = {"short cycle": "short", "first cycle": "first", "second cycle": "second", "third cycle": "third"}
DECISIONS: Final = {
    "positive": "accredited",
    "positive with conditions or restrictions": "accredited-with-conditions",
    "negative": "refused",
    "not applicable": "evaluated",
}
STATUSES: Final = ("part of obligatory EQA system", "voluntary")
INSTITUTIONAL: Final = "institutional"
ACTIVITY_TYPES: Final = (INSTITUTIONAL, "programme", "joint programme", "institutional/programme")
KINDS: Final = {
    "Full recognised degree programme": ["degree"],
    "Micro-credential": ["micro-credential"],
    "Other provision": ["certificate", "diploma", "programme"],
}
SUCCEEDED: Final = ("succeeded by", "was absorbed by")
YEARS_WITHOUT_END: Final = 6

PAGE_KEYS: Final = frozenset({"count", "next", "previous", "results", "facets"})
REPORT_KEYS: Final = frozenset(
    [
        "id",
        "agency_name",
        "agency_acronym",
        "agency_id",
        "agency_url",
        "contributing_agencies",
        "agency_esg_activity",
        "agency_esg_activity_type",
        "agency_esg_activities",
        "name",
        "institutions",
        "institutions_hierarchical",
        "institutions_historical",
        "programmes",
        "platforms",
        "report_valid",
        "valid_from",
        "valid_to",
        "valid_to_calculated",
        "status",
        "decision",
        "crossborder",
        "summary",
        "report_files",
        "report_links",
        "local_identifier",
        "other_comment",
        "flag",
        "flag_level",
        "country",
        "score",
        "date_created",
        "date_updated",
    ]
)
PROGRAMME_KEYS: Final = frozenset(
    [
        "id",
        "name_primary",
        "names",
        "programme_names",
        "programme_identifiers",
        "nqf_level",
        "qf_ehea_level",
        "countries",
        "programme_type",
        "degree_outcome",
        "workload_ects",
        "assessment_certification",
        "field_study",
        "learning_outcomes",
        "learning_outcome_description",
    ]
)
NAMED_KEYS: Final = frozenset(
    ["id", "deqar_id", "eter_id", "name_primary", "name_sort", "website_link", "is_other_provider", "locations"]
)
INSTITUTION_KEYS: Final = frozenset(
    [
        "id",
        "deqar_id",
        "eter",
        "eter_id",
        "identifiers",
        "website_link",
        "names",
        "countries",
        "founding_date",
        "closure_date",
        "historical_relationships",
        "hierarchical_relationships",
        "meili_filters",
        "qf_ehea_levels",
        "is_other_provider",
        "organization_type",
        "is_orgreg_alliance",
        "source_of_information",
        "historical_data",
        "name_primary",
        "name_sort",
        "has_report",
    ]
)
"""Keys that DEQAR's answers have. Most say nothing about accreditation and are passed over; any other is refused."""

_ISCED: Final = re.compile(r"(?:https?://data\.europa\.eu/esco/isced-f/)?([0-9]{2,4})")
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T00:00:00(?:\.0+)?(?:Z|\+00:00))?")
_SCHEME: Final = re.compile(r"[a-z0-9][a-z0-9.:-]{0,127}")
_DID: Final = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]{1,400}")


@dataclass(frozen=True, slots=True)
class Head:
    """What DEQAR's answers do not say of themselves: whose snapshot it is, of which day, and which DIDs are whose.

    `dids` leads from an institution's DEQARINST id to the DIDs it signs with, as the one who imports knows them.
    """

    id: str
    taken: date
    title: str = "Reviews listed by DEQAR"
    publisher: str = SOURCE
    dids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sample: bool = False


def read_deqar(files: Iterable[tuple[str, bytes]], head: Head) -> Register:
    """Make one register of files (name and bytes) that hold answers of DEQAR.

    Raises `DocumentFaults` with every fault of every file: JSON that is broken, a key that DEQAR does not have, a value
    that has no counterpart, pages that are missing. Then nothing is imported.
    """
    reading = _Reading(head)
    for place, data in files:
        try:
            root, noted = read_json(data, place)
        except DocumentFaults as cause:
            reading.faults.extend(cause.faults)
            continue
        except UnreadableJson as cause:
            reading.faults.append(Fault(cause.slug, (), cause.sentence, cause.next_step, cause.place or place))
            continue
        reading.faults.extend(fault for fault in noted if fault.slug != "float")  # only positions on a map are
        _page(reading, _Value(root, (), place, root, reading.faults))
    reading.check_pages()
    for one in sorted(head.dids):
        if one not in reading.bodies:
            sentence = f"A DID is given for {one}, which none of these files names."
            reading.faults.append(Fault("unknown-institution", (), sentence, "Check the id.", "dids"))
    if reading.faults:
        raise DocumentFaults(reading.faults)
    made = load_document(canonical_json(reading.register()), f"{head.id}.json")
    assert isinstance(made, Register)
    return made


@dataclass(slots=True)
class _Value:
    """A value of a file with its address, so that whatever is wrong with it is told where it stands."""

    located: Located
    address: Address
    place: str
    root: Located
    faults: list[Fault]

    def fault(self, slug: str, sentence: str, *under: str | int, next_step: str = "") -> None:
        """Note that something is wrong here, or with the value `under` this one."""
        address = (*self.address, *under)
        self.faults.append(Fault(slug, address, sentence, next_step, f"{self.place}:{self.root.line_of(address)}"))

    def at(self, key: str | int) -> "_Value | None":
        """The member or item of this key; None when it is missing or null."""
        found: Located | None = None
        if self.located.members is not None and isinstance(key, str):
            found = self.located.members.get(key)
        elif self.located.items is not None and isinstance(key, int):
            found = self.located.items[key]
        if found is None or (found.members is None and found.items is None and found.value is None):
            return None
        return _Value(found, (*self.address, key), self.place, self.root, self.faults)

    def only(self, allowed: frozenset[str]) -> bool:
        """Whether this is an object; keys that DEQAR does not have are noted as faults."""
        if self.located.members is None:
            self.fault("wrong-type", "Keys with values are expected here.")
            return False
        for key in self.located.members:
            if key not in allowed:
                self.fault("unknown-key", f"The key `{key}` is none of DEQAR's here.", key, next_step="Remove it.")
        return True

    def objects(self, key: str) -> "list[_Value]":
        """The objects of a list; an absent list is empty."""
        found = self.at(key)
        if found is None:
            return []
        if found.located.items is None:
            found.fault("wrong-type", "A list is expected here.")
            return []
        items = [found.at(index) for index in range(len(found.located.items))]
        kept = [item for item in items if item is not None and item.located.members is not None]
        if len(kept) < len(items):
            found.fault("wrong-type", "Every item of this list must be an object.")
        return kept

    def text(self, key: str, *, most: int = 200) -> str:
        """A text or a whole number as text; empty when it is missing or null."""
        found = self.at(key)
        if found is None:
            return ""
        value = found.located.value
        if isinstance(value, bool) or not isinstance(value, str | int):
            found.fault("wrong-type", "A text is expected here.")
            return ""
        text = str(value).strip()
        if len(text) > most:
            found.fault("too-long", f"The text has {len(text)} characters; at most {most} are taken.")
            return text[:most]
        return text

    def needed(self, key: str) -> str:
        """A text that must be there."""
        text = self.text(key)
        if not text and self.at(key) is None:
            self.fault("missing-key", f"The key `{key}` is missing.")
        elif not text:
            self.fault("missing-value", f"`{key}` is empty.", key)
        return text

    def word(self, key: str, allowed: Iterable[str], *, needed: bool = True) -> str:
        """One of DEQAR's words; another one is a fault."""
        text = self.needed(key) if needed else self.text(key)
        known = tuple(allowed)
        if text and text not in known:
            self.fault("unknown-word", f"{text!r} has no counterpart; DEQAR's words are: {', '.join(known)}.", key)
            return ""
        return text

    def day(self, key: str) -> str:
        """A day, as DEQAR writes it in reports or in search results; empty when it is missing."""
        text = self.text(key)
        if not text:
            return ""
        match = _DAY.fullmatch(text)
        try:
            return date.fromisoformat(match[1] if match else text).isoformat()
        except ValueError:
            self.fault("wrong-form", f"{text!r} is no day, such as 2018-09-14.", key)
            return ""


@dataclass(slots=True)
class _Reading:
    """What was read so far, by DEQARINST id and report id, and everything that was wrong."""

    head: Head
    faults: list[Fault] = field(default_factory=list)
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    levels: dict[str, list[str]] = field(default_factory=dict)
    reports: dict[str, Any] = field(default_factory=dict)
    accreditations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    pages: list[tuple[_Value, int]] = field(default_factory=list)

    def body(self, deqar: str) -> dict[str, Any]:
        """The body of this id, made when it is first named."""
        dids = list(self.head.dids.get(deqar, ()))
        return self.bodies.setdefault(deqar, {"id": deqar, "dids": dids, "names": []})

    def check_pages(self) -> None:
        """Every report that a page counts must be there: a body is listed with all its accreditations."""
        for page, count in self.pages:
            if count > len(self.reports):
                page.fault(
                    "missing-pages",
                    f"This is a page of {count} results, and only {len(self.reports)} reports are in these files.",
                    "count",
                    next_step="Give the other pages too.",
                )

    def register(self) -> dict[str, Any]:
        """The register as a document."""
        return {
            "document": "creditbank/register/v1",
            "id": self.head.id,
            "title": self.head.title,
            "publisher": self.head.publisher,
            "taken": self.head.taken.isoformat(),
            "sample": self.head.sample,
            "sources": [{"name": SOURCE, "note": "read from files of its answers", "confidence": "H"}],
            "bodies": [self._finished(one) for one in sorted(self.bodies)],
        }

    def _finished(self, deqar: str) -> dict[str, Any]:
        body = self.bodies[deqar]
        made = sorted(self.accreditations.get(deqar, ()), key=lambda one: str(one["id"]))
        codes = self.levels.get(deqar)
        if codes:
            made = [
                {**one, "levels": [{"framework": FRAMEWORK, "codes": codes}]} if one["kind"] == "institution" else one
                for one in made
            ]
        return {**body, "accreditations": made}


def _page(reading: _Reading, root: _Value) -> None:
    """Every record of one file: a page of them, a list of them, or one."""
    members = root.located.members
    if root.located.items is not None:
        records = [one for index in range(len(root.located.items)) if (one := root.at(index))]
    elif members is not None and "results" in members:
        root.only(PAGE_KEYS)
        records = root.objects("results")
        count = root.text("count")
        if count.isdigit() and any("decision" in (one.located.members or {}) for one in records):
            reading.pages.append((root, int(count)))
    else:
        records = [root]
    for record in records:
        keys = record.located.members or {}
        if "decision" in keys or "agency_name" in keys:
            _report(reading, record)
        elif "names" in keys or "identifiers" in keys:
            _institution(reading, record)
        else:
            record.fault("not-deqar", "This is neither a report nor an institution of DEQAR.")


def _report(reading: _Reading, record: _Value) -> None:
    record.only(REPORT_KEYS)
    number = record.needed("id")
    plain = record.located.plain()
    if number in reading.reports:
        if reading.reports[number] != plain:
            record.fault("duplicate-report", f"The report {number} stands in these files in two texts.", "id")
        return
    reading.reports[number] = plain
    base = _decided(record, number)
    made = _scoped(record, base, _activity(record))
    named = record.objects("institutions")
    if not named:
        record.fault("missing-value", "The report names no institution.", "institutions")
    for institution in named:
        institution.only(NAMED_KEYS)
        deqar = _deqar_id(institution)
        body = reading.body(deqar)
        name = institution.needed("name_primary")
        if name and not body["names"]:
            body["names"] = [name]
        reading.accreditations.setdefault(deqar, []).extend(made)


def _decided(record: _Value, number: str) -> dict[str, Any]:
    """Who decided what, from when until when."""
    acronym, agency = record.text("agency_acronym"), record.needed("agency_name")
    decision = record.word("decision", DECISIONS)
    status = record.word("status", STATUSES)
    flagged = record.text("flag") or record.text("flag_level")
    meaning = DECISIONS.get(decision, "evaluated")
    if status == "voluntary" or flagged == "high level":
        meaning = "evaluated"
    start, end = record.day("valid_from"), record.day("valid_to") or record.day("valid_to_calculated")
    if not start:
        if record.at("valid_from") is None:
            record.fault("missing-key", "A report needs the day it is valid from.")
        start = end or "0001-01-01"
    elif end and end < start:
        record.fault("inconsistent", f"It is valid to {end}, before it starts on {start}.", "valid_to")
    notes = [f"DEQAR: {decision}; {status}."]
    notes += [f"Flag: {flagged}."] if flagged not in ("", "none") else []
    notes += [f"No end is given: {YEARS_WITHOUT_END} years, as DEQAR counts."] if not end else []
    made: dict[str, Any] = {
        "id": f"DEQAR-{number}",
        "by": (f"{agency} ({acronym})" if acronym else agency)[:200],
        "decision": meaning,
        "valid_from": start,
        "valid_until": max(start, end or _years_later(start)),
        "note": " ".join(notes),
    }
    if meaning == "accredited-with-conditions":
        made["conditions"] = ["Conditions or restrictions apply; DEQAR does not list them, the report does."]
    return made


def _activity(record: _Value) -> set[str]:
    """The types of the review; a report may belong to several activities."""
    listed = record.objects("agency_esg_activities")
    types = {one.word("activity_type", ACTIVITY_TYPES) for one in listed}
    if not listed:
        types = {record.word("agency_esg_activity_type", ACTIVITY_TYPES)}
    return types - {""}


def _scoped(record: _Value, base: dict[str, Any], types: set[str]) -> list[dict[str, Any]]:
    """One accreditation of the institution, or one for each programme."""
    programmes = record.objects("programmes")
    if types == {INSTITUTIONAL} and not programmes:
        return [{**base, "kind": "institution"}]
    if types == {INSTITUTIONAL}:
        record.fault("inconsistent", "A review of institutions names programmes.", "programmes")
    elif types and not programmes:
        record.fault("inconsistent", "A review of programmes names no programme.", "agency_esg_activity_type")
    return [_programme(base, one) for one in programmes]


def _programme(base: dict[str, Any], programme: _Value) -> dict[str, Any]:
    programme.only(PROGRAMME_KEYS)
    number, title = programme.needed("id"), programme.needed("name_primary")
    level = programme.word("qf_ehea_level", LEVELS, needed=False)
    kind = programme.word("programme_type", KINDS, needed=False)
    named = [one.needed("identifier") for one in programme.objects("programme_identifiers")]
    nqf, field_study = programme.text("nqf_level"), programme.text("field_study")
    code = _ISCED.fullmatch(field_study)
    if field_study and code is None:
        programme.fault("wrong-form", f"{field_study!r} is no field of ISCED-F.", "field_study")
    note = f"{base['note']} NQF level, of a framework not named: {nqf}." if nqf else base["note"]
    return {
        **base,
        "id": f"{base['id']}-{number}",
        "kind": "programme",
        "programmes": [{"id": f"DEQAR-programme-{number}", "also": sorted({*named} - {""}), "title": title or None}],
        "levels": [{"framework": FRAMEWORK, "codes": [LEVELS[level]]}] if level else [],
        "kinds": KINDS.get(kind, []),
        "fields": [code[1]] if code else [],
        "note": note,
    }


def _institution(reading: _Reading, record: _Value) -> None:
    record.only(INSTITUTION_KEYS)
    deqar = _deqar_id(record)
    body, taken = reading.body(deqar), reading.head.taken.isoformat()
    body["names"] = _names(record) or body["names"] or [record.needed("name_primary")]
    body["identifiers"], dids = _identifiers(record, taken)
    body["dids"] = sorted({*body["dids"], *dids})
    for one in record.objects("countries"):
        inside = one.at("country")
        if inside is not None and not one.day("country_valid_to"):
            body["country"] = inside.text("iso_3166_alpha2")
            break
    reading.levels[deqar] = [
        LEVELS[level]
        for one in record.objects("qf_ehea_levels")
        if (one.day("qf_ehea_level_valid_to") or taken) >= taken and (level := one.word("qf_ehea_level", LEVELS))
    ]
    relations = record.at("hierarchical_relationships")
    parents = [] if relations is None else _related(relations.objects("part_of"), None)
    successors = _related(record.objects("historical_relationships"), SUCCEEDED)
    for key, found in (("parent", parents), ("successor", successors)):
        if len(found) == 1:  # of several none is told, because none is the one
            body[key] = found[0]


def _names(record: _Value) -> list[str]:
    """Names in force before earlier ones, English before the official one."""
    entries = record.objects("names")
    current = [one for one in entries if not one.day("name_valid_to")]
    found: list[str] = []
    for one in (*current, *(one for one in entries if one not in current)):
        found += [text for key in ("name_english", "name_official", "acronym") if (text := one.text(key))]
    return list(dict.fromkeys(found))


def _identifiers(record: _Value, taken: str) -> tuple[list[dict[str, str]], list[str]]:
    """Ids in other schemes that are still good; an agency's local ids are nobody else's, and are passed over."""
    found: dict[tuple[str, str], None] = {}
    dids: list[str] = []
    eter = record.text("eter_id") or record.text("eter").partition(" ")[0]
    if eter:
        found[("eter", eter)] = None
    for one in record.objects("identifiers"):
        value, scheme = one.needed("identifier"), one.needed("resource").lower()
        if (one.day("identifier_valid_to") or taken) < taken or scheme == "local identifier" or not value:
            continue
        if scheme == "did-ebsi" and _DID.fullmatch(value):
            dids.append(value)
        elif _SCHEME.fullmatch(scheme):
            found[(scheme, value)] = None
        else:
            one.fault("wrong-form", f"{scheme!r} cannot name a scheme of ids.", "resource")
    return [{"scheme": scheme, "value": value} for scheme, value in found], dids


def _related(relations: list[_Value], types: tuple[str, ...] | None) -> list[str]:
    """The institutions on the other side of relations of these types that have not ended (None: of any type)."""
    found = []
    for one in relations:
        other = one.at("institution")
        wanted = types is None or one.text("relationship_type") in types
        if other is not None and wanted and not one.day("valid_to"):
            found.append(_deqar_id(other))
    return found


def _deqar_id(record: _Value) -> str:
    """The DEQARINST id; where only the number is given, DEQAR's own way to write it."""
    given = record.text("deqar_id")
    if given:
        return given
    number = record.needed("id")
    return f"DEQARINST{int(number):04d}" if number.isdigit() else number


def _years_later(day: str) -> str:
    """The day six years later; 28 February where there is no 29th."""
    start = date.fromisoformat(day)
    last = min(start.year + YEARS_WITHOUT_END, date.max.year)
    try:
        return start.replace(year=last).isoformat()
    except ValueError:
        return start.replace(year=last, day=28).isoformat()
