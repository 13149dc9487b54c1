"""Reports as pages: the document in words beside its checks. The words are the document's own claims."""

from collections.abc import Mapping
from typing import Any

from creditbank.canonical import JsonObject
from creditbank.verification import Kind, Report
from creditbank_api.web.views import ReportView, grouped

KINDS = {Kind.CREDENTIAL: "Credential", Kind.PRESENTATION: "Presentation", Kind.AWARD: "Award"}


def report_view(report: Report, documents: Mapping[str, JsonObject]) -> ReportView:
    """One report with its parts; `documents` are the signed documents by their id."""
    return ReportView(
        report=report,
        kind=KINDS[report.kind],
        title=report.title or report.id or "Unreadable document",
        headline=report.headline.removeprefix(f"{str(report.verdict).capitalize()}. "),
        words=in_words(documents[report.id]) if report.id in documents else (),
        groups=grouped(report),
        parts=tuple(report_view(part, documents) for part in report.parts),
    )


def in_words(document: JsonObject) -> tuple[tuple[str, str], ...]:
    """The few claims a reader looks for first. Anything of another shape is left out, never guessed."""
    subject = _object(document.get("credentialSubject"))
    achievement = _object(subject.get("achievement"))
    issuer = document.get("issuer")
    found = [
        ("Name", achievement.get("name")),
        ("Issued by", _object(issuer).get("name") if isinstance(issuer, dict) else None),
        ("Issuer", _object(issuer).get("id") if isinstance(issuer, dict) else issuer),
        ("Issued to", subject.get("id")),
        ("Held by", document.get("holder")),
        ("Credits", _credits(achievement, subject)),
        ("Criteria", _object(achievement.get("criteria")).get("narrative")),
        ("Valid from", document.get("validFrom")),
        ("Valid until", document.get("validUntil")),
        ("Id", document.get("id")),
    ]
    return tuple((caption, value) for caption, value in found if isinstance(value, str) and value)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _credits(achievement: dict[str, Any], subject: dict[str, Any]) -> str | None:
    for place in (achievement, subject):
        amount, system = place.get("creditPoints"), place.get("creditSystem")
        if isinstance(amount, str):
            return f"{amount} {system}" if isinstance(system, str) else amount
    return None
