"""The operations of the conformance protocol that judge documents: by the evidence in the request, and nothing else."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from creditbank.adapters.documents import FileKind, Recognised, SameIdTwice, bundle_of, open_document, recognise
from creditbank.adapters.documents.folder import SERVED
from creditbank.canonical import JsonObject, load_object
from creditbank.cli.conformance_requests import Field, Kind, Operation, Request, no, yes
from creditbank.cli.offline import Asked, Own, built_in_rules, file_evidence, judge, rules_of
from creditbank.cli.reports import worst
from creditbank.credential import read_credential, read_status
from creditbank.framework import Register
from creditbank.signing import CredentialToken
from creditbank.units import parse_instant
from creditbank.verification import (
    Judged,
    Outcome,
    Policy,
    Rules,
    TrustFacts,
    Verdict,
    policy_named,
    read_secured,
)
from creditbank.verification.check import Findings
from creditbank.verification.status import LIST_BYTES, check_status

STATUS_CHECKS: Final = ("status.revocation", "status.suspension", "status.current")


def _vc_verify(request: Request) -> JsonObject:
    return _judged(request, open_document(request.octets("document"), "document"))


def _vc_verify_jwt(request: Request) -> JsonObject:
    token = CredentialToken.read(request.text("jwt"))
    answer = _judged(request, (recognise(request.text("jwt").encode("ascii"), "jwt"),))
    return {**answer, "profile": str(token.profile), "header": token.jws.header}


def _judged(request: Request, documents: Sequence[Recognised]) -> JsonObject:
    given = bundle_of([*documents, *_each(request, "beside")])
    own, policy = _own(request), _policy(request)
    asked = Asked(policy, _now(request), request.optional_text("challenge"), request.optional_text("domain"))
    rules = rules_of(built_in_rules(), own, given) if given.of(FileKind.AWARD) else Rules()
    judged = judge(given, file_evidence(given, own, _trust(request), policy), rules, asked)
    verdict = worst(judged)
    answer: JsonObject = {
        "verdict": str(verdict),
        "failed": [*_named(judged, Outcome.FAILED)],
        "unchecked": [*_named(judged, Outcome.UNCHECKED)],
        "recognised": given.recognised,
        "reports": [{"place": item.place, "report": item.report.to_json()} for item in judged],
    }
    if verdict is Verdict.ACCEPTED:
        return yes(**answer)
    sentence = next(item.report.headline for item in judged if item.report.verdict is verdict)
    return no(str(verdict), sentence, **answer)


def _status_check(request: Request) -> JsonObject:
    view = read_credential(read_secured(request.octets("credential")).document)
    own = _own(request)
    given = bundle_of(_each(request, "beside"))
    findings = Findings(_now(request))
    policy = _policy(request)
    check_status(findings, view, file_evidence(given, own, _trust(request), policy), policy)
    checks = findings.in_order(STATUS_CHECKS, "nothing was asked")
    said: JsonObject = {"checks": [check.to_json() for check in checks]}
    for outcome, error in ((Outcome.FAILED, "status-set"), (Outcome.UNCHECKED, "status-unknown")):
        for check in checks:
            if check.outcome is outcome:
                return no(error, check.sentence, **said)
    return yes(**said)


def _status_read(request: Request) -> JsonObject:
    document = read_secured(request.octets("list"), max_bytes=LIST_BYTES).document
    is_set = read_status(document, index=request.whole("index"), purpose=request.text("purpose"))
    return yes(set=is_set)


def _each(request: Request, name: str) -> list[Recognised]:
    given = enumerate(request.byte_strings(name))
    return [one for index, data in given for one in open_document(data, f"{name}/{index}")]


def _own(request: Request) -> Own:
    """The documents that the verifying party holds itself, as `--documents` would find them in a folder."""
    files = bundle_of(_each(request, "documents"))
    held: dict[str, bytes] = {}
    for file in files.of(*SERVED):
        if held.setdefault(file.id, file.data) != file.data:
            raise SameIdTwice(f"Another of the documents has the id {file.id[:200]} too.", place=file.place)
    registers = tuple(one for one in files.rules if isinstance(one, Register))
    return Own(held, files.rules, "the documents of the request", files.decisions, files.revocations, registers)


def _trust(request: Request) -> TrustFacts | None:
    return TrustFacts.parse(load_object(request.octets("trust"))) if request.has("trust") else None


def _policy(request: Request) -> Policy:
    if not request.has("policy"):
        return policy_named("archival")
    value = request.json("policy")
    if isinstance(value, str):
        return policy_named(value)
    return Policy.parse(value)


def _now(request: Request) -> datetime:
    return parse_instant(request.text("now"))


def _named(judged: Sequence[Judged], outcome: Outcome) -> list[str]:
    """The required checks that had this outcome, in any of the reports."""
    return list(dict.fromkeys(name for item in judged for name in item.report.named(outcome)))


_NOW: Final = Field("now", Kind.TEXT, "The moment to judge at, such as 2026-11-23T14:02:00Z.", required=True)
_EVIDENCE: Final = (
    Field("documents", Kind.DOCUMENT_LIST, "DID documents, status lists … that the verifying party holds itself."),
    Field("trust", Kind.DOCUMENT, "A trust file (creditbank/trust/v1): block hashes and registry facts."),
    Field(
        "policy",
        Kind.JSON,
        "live, archival, unanchored (each also NAME+register), or a policy; else archival.",
    ),
    _NOW,
)
_BESIDE: Final = Field(
    "beside",
    Kind.DOCUMENT_LIST,
    "What came along: receipts, DID documents, status lists, the credentials and the proof of an award.",
)
_AUDIENCE: Final = (
    Field("challenge", Kind.TEXT, "What the holder of a presentation was asked to sign."),
    Field("domain", Kind.TEXT, "For whom a presentation must have been made."),
)
_VERDICT: Final = {
    "verdict": "accepted, rejected or inconclusive",
    "failed": "the required checks that failed",
    "unchecked": "the required checks that could not be made",
    "recognised": "what each document was taken for",
    "reports": "a place and the whole report (creditbank/report/v1) for each signed document",
}
_VERDICT_ERRORS: Final = {
    "rejected": "a required check failed",
    "inconclusive": "a required check could not be made, and none failed",
    "unreadable-json": "the document, or one beside it, is not strict JSON",
    "unreadable-token": "it is a token in a second spelling, or with a header that says too much",
    "claims-disagree": "it is a token whose claims say something else than the credential in it",
}
VERIFYING: Final = (
    Operation(
        "vc.verify",
        "Verify one credential, presentation or award, as JSON, as a token, or in whatever carries it.",
        (Field("document", Kind.DOCUMENT, "What to verify.", required=True), _BESIDE, *_EVIDENCE, *_AUDIENCE),
        _VERDICT,
        _VERDICT_ERRORS
        | {
            "unrecognised-file": "it is no document that is read here",
            "nothing-to-verify": "it is read here, but is nothing that can be verified",
        },
        _vc_verify,
    ),
    Operation(
        "vc.verify_jwt",
        "Verify one credential or presentation that is a compact JWT, in its one spelling.",
        (Field("jwt", Kind.TEXT, "The token.", required=True), _BESIDE, *_EVIDENCE, *_AUDIENCE),
        _VERDICT | {"profile": "the profile that the token follows", "header": "its header, as it was read"},
        _VERDICT_ERRORS | {"unrecognised-file": "what the token holds is no document that is read here"},
        _vc_verify_jwt,
    ),
    Operation(
        "status.check",
        "What the status lists say of a credential; a list that cannot be trusted says nothing.",
        (
            Field("credential", Kind.DOCUMENT, "The credential; its own signature is not looked at.", required=True),
            Field("beside", Kind.DOCUMENT_LIST, "DID documents and status lists that came along."),
            *_EVIDENCE,
        ),
        {"checks": "the answer to each question about the status, as it stands in a report"},
        {
            "status-set": "the credential is revoked or suspended",
            "status-unknown": "no list at hand can be trusted to answer",
            "not-a-credential": "the credential is none, or its status cannot be read",
        },
        _status_check,
    ),
    Operation(
        "status.read",
        "Read one entry of a status list, whoever signed it and whenever.",
        (
            Field("list", Kind.DOCUMENT, "The status list credential.", required=True),
            Field("index", Kind.WHOLE, "Which entry.", required=True),
            Field("purpose", Kind.TEXT, "revocation or suspension.", required=True),
        ),
        {"set": "whether the entry is set"},
        {"unreadable-status-list": "no such list, not of this purpose, or no such entry"},
        _status_read,
    ),
)
"""The operations of this module."""
