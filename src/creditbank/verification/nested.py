"""Every credential and every endorsement inside a document is verified like one that was handed in by itself.

A signature over a transcript says that its issuer put these things together. Whether a badge in it was ever issued,
still stands, and is this learner's, its own signature, status list and receipt say, and nothing else does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from creditbank.canonical import Json, JsonObject
from creditbank.credential import (
    ENDORSEMENT_TYPE,
    TRANSCRIPT_TYPE,
    NotAnEndorsement,
    endorsable,
    read_endorsement,
)
from creditbank.errors import CreditBankError
from creditbank.signing import looks_like_token
from creditbank.verification.check import Findings, Verdict
from creditbank.verification.given import ENVELOPES, Secured, read_secured
from creditbank.verification.report import Report

CREDENTIALS: Final = "contents.credentials"
ENDORSEMENTS: Final = "contents.endorsements"
MAX_DEPTH: Final = 3
MAX_INSIDE: Final = 256
_ROLES: Final = {"verifiableCredential": CREDENTIALS, "endorsement": ENDORSEMENTS, "endorsementJwt": ENDORSEMENTS}
_SIGNED: Final = frozenset(
    {"VerifiableCredential", "https://www.w3.org/2018/credentials#VerifiableCredential", *ENVELOPES}
)

Judge = Callable[[Secured], Report]


class _TooMuch(Exception):
    """More stands inside than is looked at; what was not looked at is unknown."""


@dataclass(frozen=True, slots=True)
class Inside:
    """One document inside another: where it stands and as what (the check that speaks of it), read or not and why."""

    place: str
    role: str
    holder: Mapping[str, Json]
    secured: Secured | None
    trouble: str = ""

    @property
    def document(self) -> JsonObject:
        """What it says; nothing when it could not be read."""
        return self.secured.document if self.secured else {}


def check_nested(findings: Findings, secured: Secured, judge: Judge) -> tuple[Report, ...]:
    """Answer `contents.credentials` and `contents.endorsements`; the reports are of what stands inside, in order.

    `judge` verifies one document. At most `MAX_INSIDE` documents are looked at, at most `MAX_DEPTH` deep; where there
    is more, nothing inside is taken for verified.
    """
    try:
        found = _measured(secured.document)
    except _TooMuch as cause:
        for name in (CREDENTIALS, ENDORSEMENTS):
            findings.unchecked(name, f"{cause}, so we cannot say whether all of them are genuine.")
        return ()
    parts = [None if one.secured is None else judge(one.secured) for one in found]
    pairs = list(zip(found, parts, strict=True))
    _check_credentials(findings, secured.document, [pair for pair in pairs if pair[0].role == CREDENTIALS])
    _check_endorsements(findings, secured.document, [pair for pair in pairs if pair[0].role == ENDORSEMENTS])
    return tuple(part for part in parts if part is not None)


def inside(document: JsonObject) -> Iterator[Inside]:
    """What stands directly inside a document, wherever in it: each credential, token and endorsement.

    What stands where a credential belongs and is none is named too, so that nobody takes it for one; and so is what
    readers of JSON-LD would take for one, though no verifier here does.
    """
    pending: list[tuple[str, Json, Mapping[str, Json]]] = [("", document, document)]
    while pending:
        place, value, holder = pending.pop()
        if isinstance(value, list):
            pending.extend((f"{place}/{index}", item, holder) for index, item in reversed([*enumerate(value)]))
        elif isinstance(value, dict):
            if value is not document and _SIGNED.intersection((*_types(value), *_types(value, "@type"))):
                role = ENDORSEMENTS if ENDORSEMENT_TYPE in _types(value) else CREDENTIALS
                yield _read(place, role, holder, value)
                continue
            for key, item in reversed(value.items()):
                if key in _ROLES:
                    yield from _at(f"{place}/{key}", _ROLES[key], value, item)
                elif key != "@context":
                    pending.append((f"{place}/{key}", item, value))


def _at(place: str, role: str, holder: Mapping[str, Json], value: Json) -> Iterator[Inside]:
    if not isinstance(value, list):
        yield _read(place, role, holder, value)
        return
    for index, item in enumerate(value):
        yield _read(f"{place}/{index}", role, holder, item)


def _read(place: str, role: str, holder: Mapping[str, Json], value: Json) -> Inside:
    if isinstance(value, str) and not looks_like_token(value):
        return Inside(place, role, holder, None, f"{value[:80]!r} stands there by name only")
    if not isinstance(value, str | dict):
        return Inside(place, role, holder, None, "what stands there is no document")
    try:
        return Inside(place, role, holder, read_secured(value))
    except CreditBankError as cause:
        return Inside(place, role, holder, None, f"it cannot be read: {cause.sentence.rstrip('.')}")


def _measured(document: JsonObject) -> list[Inside]:
    """What stands directly inside; raise `_TooMuch` when the whole beneath is too much or too deep."""
    direct = list(inside(document))
    level, count = direct, len(direct)
    for depth in range(1, MAX_DEPTH + 2):
        if count > MAX_INSIDE:
            raise _TooMuch(f"More than {MAX_INSIDE} documents stand inside")
        if not level:
            return direct
        if depth > MAX_DEPTH:
            break
        level = [below for one in level for below in inside(one.document)]
        count += len(level)
    raise _TooMuch(f"Documents stand inside documents more than {MAX_DEPTH} deep")


def _check_credentials(findings: Findings, document: JsonObject, pairs: Sequence[tuple[Inside, Report | None]]) -> None:
    transcript = TRANSCRIPT_TYPE in _types(document)
    if not pairs:
        if transcript:
            findings.failed(CREDENTIALS, "The transcript holds no credential, so there is nothing that it shows.")
        else:
            findings.not_applicable(CREDENTIALS, "No credential stands inside this document.")
        return
    if trouble := next((f"At {one.place}: {one.trouble}." for one, _ in pairs if one.trouble), ""):
        findings.failed(CREDENTIALS, f"What stands inside is not all signed credentials. {trouble}")
        return
    foreign = [one for one, _ in pairs if transcript and _subject(one.document) != _subject(document)]
    if known := next((one for one in foreign if _subject(one.document) and _subject(document)), None):
        findings.failed(
            CREDENTIALS,
            f"{_name(known.document)} was not issued to the learner of the transcript.",
            compared="the subject of each credential with the subject of the transcript",
        )
        return
    if _answered(findings, CREDENTIALS, "credential", pairs):
        return
    if foreign:
        findings.unchecked(
            CREDENTIALS, f"Nothing says that {_name(foreign[0].document)} was issued to the learner of the transcript."
        )
        return
    findings.passed(
        CREDENTIALS,
        f"Each of the {len(pairs)} credentials inside was verified by itself and is accepted by the policy.",
        compared="each with its own issuer's key, status list and receipt",
    )


def _check_endorsements(
    findings: Findings, document: JsonObject, pairs: Sequence[tuple[Inside, Report | None]]
) -> None:
    if not pairs:
        findings.not_applicable(ENDORSEMENTS, "No endorsement stands inside this document.")
        return
    said: list[str] = []
    for one, _ in pairs:
        if one.trouble:
            findings.failed(ENDORSEMENTS, f"An endorsement inside is none. At {one.place}: {one.trouble}.")
            return
        try:
            endorsement = read_endorsement(one.document)
        except NotAnEndorsement as cause:
            findings.failed(ENDORSEMENTS, f"An endorsement inside is none. {cause.sentence}", how=f"At {one.place}.")
            return
        if endorsement.endorsed not in _may_be_endorsed(one, document):
            findings.failed(
                ENDORSEMENTS,
                f"{endorsement.issuer[:120]} speaks for {endorsement.endorsed[:120]}, and not for what its"
                " endorsement stands in.",
                compared="the endorsed id with the id of what it stands in",
                how=f"At {one.place}.",
            )
            return
        said.append(f"{endorsement.issuer[:120]} speaks for {endorsement.endorsed[:120]}")
    if _answered(findings, ENDORSEMENTS, "endorsement", pairs):
        return
    more = f", and {len(said) - 3} more" if len(said) > 3 else ""
    findings.passed(
        ENDORSEMENTS,
        f"Each endorsement inside was verified by itself: {'; '.join(said[:3])}{more}.",
        compared="the endorsed id with the id of what it stands in",
    )


def _may_be_endorsed(one: Inside, document: JsonObject) -> frozenset[str]:
    """What an endorsement there may speak of: the thing it stands in; at the top, whatever the document is about."""
    if one.holder is document:
        return endorsable(document)
    name = one.holder.get("id")
    return frozenset({name} if isinstance(name, str) else ())


def _answered(findings: Findings, name: str, noun: str, pairs: Sequence[tuple[Inside, Report | None]]) -> bool:
    """Say so where a document inside is rejected, or else where one is open; whether anything was said."""
    parts = [part for _, part in pairs if part is not None]
    for verdict, say in ((Verdict.REJECTED, findings.failed), (Verdict.INCONCLUSIVE, findings.unchecked)):
        bad = [part for part in parts if part.verdict is verdict]
        if bad:
            what = bad[0].title or bad[0].id or "one of them"
            verb = "are" if len(bad) > 1 else "is"
            say(
                name,
                f"{len(bad)} of {len(parts)} {noun}s inside {verb} {verdict}, first «{what[:120]}»:"
                f" {bad[0].first_reason}",
            )
            return True
    return False


def _types(value: Mapping[str, Json], key: str = "type") -> list[str]:
    found = value.get(key)
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, str)]


def _subject(document: Mapping[str, Json]) -> str:
    subject = document.get("credentialSubject")
    if isinstance(subject, list) and len(subject) == 1:
        subject = subject[0]
    name = subject.get("id") if isinstance(subject, dict) else None
    return name if isinstance(name, str) else ""


def _name(document: Mapping[str, Json]) -> str:
    return str(document.get("id") or "A credential without an id")[:120]


__all__ = ["CREDENTIALS", "ENDORSEMENTS", "MAX_DEPTH", "MAX_INSIDE", "Inside", "check_nested", "inside"]
