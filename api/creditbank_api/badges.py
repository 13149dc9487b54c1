"""The Open Badges 3.0 API (section 6 of the specification), beside our own: credentials, profile, discovery.

It speaks in the words of its standard, errors included (`Imsx_StatusInfo`). What it takes and gives are the very bytes
that were signed; nothing is replaced here, because what was issued is never edited: the same credential again is 200.
"""

import json
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from creditbank.bootstrap import Bank
from creditbank.canonical import MAX_BYTES, canonical_json, load_object, sha256
from creditbank.errors import CreditBankError
from creditbank.services.records import IssuedCredential
from creditbank.signing import looks_like_token
from creditbank.units import UnreadableInstant, parse_instant
from creditbank.verification import read_secured
from creditbank_api import problems
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import FieldFault, InvalidRequest, NotForThisRole, NotJson
from creditbank_api.reading import owner_of
from creditbank_api.requests import StrictRoute
from creditbank_api.security import AnyCaller, Caller, CallerRole, Scope, hidden, needs

PREFIX: Final = "/ims/ob/v3p0"
MOST: Final = 200
DEEPEST: Final = 100_000
"""How deep a list may be entered by `offset`, which the standard asks for (threat 55)."""
JSON_KINDS: Final = frozenset({"application/json", "application/vc+ld+json", "application/vc", "application/ld+json"})
PLAIN: Final = "text/plain"
MINOR: Final = {
    401: "unauthorizedrequest",
    403: "forbidden",
    404: "not_found",
    405: "not_allowed",
    422: "invalid_data",
    429: "server_busy",
    500: "internal_server_error",
    503: "server_busy",
}
router = APIRouter(prefix=PREFIX, tags=["Open Badges 3.0"], route_class=StrictRoute)


class CodeMinorField(BaseModel):
    """One reason (B.3.5)."""

    imsx_codeMinorFieldName: str  # noqa: N815 -- the standard's names
    imsx_codeMinorFieldValue: str  # noqa: N815


class CodeMinor(BaseModel):
    """The reasons (B.3.4)."""

    imsx_codeMinorField: Annotated[list[CodeMinorField], Field(min_length=1)]  # noqa: N815


class StatusInfo(BaseModel):
    """How the standard says that something failed (B.3.1)."""

    imsx_codeMajor: str  # noqa: N815
    imsx_severity: str
    imsx_description: str
    imsx_codeMinor: CodeMinor  # noqa: N815


class BadgeList(BaseModel):
    """`GetOpenBadgeCredentialsResponse` (B.2.1): signed objects, and beside them those signed as compact JWS."""

    credential: list[dict[str, Any]]
    compactJwsString: list[str]  # noqa: N815


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    told = {status: {"model": StatusInfo, "description": "Refused"} for status in statuses}
    return {status: told[status] for status in sorted(statuses)}


ALWAYS: Final = (400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503)
SIGNED: Final = {
    "content": {"application/json": {"schema": {"type": "object"}}, PLAIN: {"schema": {"type": "string"}}},
}


@router.get("/credentials", dependencies=[needs(Scope.BADGES_READ)], responses=_refusals(*ALWAYS))
def credentials(
    bank: BankDep,
    caller: AnyCaller,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many credentials, at most 200")] = 50,
    offset: Annotated[int, Query(ge=0, le=DEEPEST, description="The index of the first one")] = 0,
    since: Annotated[str | None, Query(max_length=40, description="Only what was issued after this moment")] = None,
) -> BadgeList:
    """What the learner holds, or the organisation issued, oldest first (`getCredentials`, 6.2.2)."""
    if not caller.plays(CallerRole.LEARNER, CallerRole.PROVIDER):
        raise NotForThisRole("A learner reads what they hold, a provider what it issued.")
    after = None if since is None else _moment(since)
    with bank.store.transaction() as tx:
        total, part = tx.badges_of(owner_of(caller), since=after, offset=offset, limit=limit)
    response.headers["X-Total-Count"] = str(total)
    response.headers["Link"] = _links(bank, total, limit, offset, since)
    response.headers["Content-Type"] = "application/json"
    tokens = [one.signed.decode() for one in part if looks_like_token(one.signed[:200].decode("ascii", "replace"))]
    objects = [load_object(one.signed) for one in part if one.signed.lstrip()[:1] == b"{"]
    return BadgeList(credential=[dict(one) for one in objects], compactJwsString=tokens)


@router.post(
    "/credentials",
    dependencies=[needs(Scope.BADGES_UPSERT)],
    response_class=Response,
    status_code=201,
    responses={
        200: {"description": "It was here before, exactly so", **SIGNED},
        201: {"description": "It is here now", **SIGNED},
        **_refusals(*ALWAYS, 409),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "application/vc+ld+json": {"schema": {"type": "object"}},
                PLAIN: {"schema": {"type": "string"}},
            },
        }
    },
)
async def upsert(request: Request, bank: BankDep, caller: AnyCaller) -> Response:
    """Bring a signed credential (`upsertCredential`, 6.2.3): a learner what they hold, a provider what it signed."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (*JSON_KINDS, PLAIN):
        raise NotJson("A credential comes as JSON, or as a compact JWS in plain text.", next_step="Set Content-Type.")
    body = await request.body()
    known = await run_in_threadpool(_kept, bank, caller, body)
    return Response(body, 200 if known else 201, media_type=kind)


@router.get("/profile", dependencies=[needs(Scope.PROFILE_READ)], responses=_refusals(*ALWAYS))
def profile(bank: BankDep, caller: AnyCaller) -> dict[str, Any]:
    """Who the caller is (`getProfile`, 6.2.4)."""
    with hidden():
        if caller.is_learner:
            return dict(bank.profiles.of_learner(caller.subject))
        return dict(bank.profiles.of_organisation(caller.subject))


@router.put(
    "/profile",
    dependencies=[needs(Scope.PROFILE_UPDATE)],
    responses=_refusals(*ALWAYS),
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def change_profile(request: Request, bank: BankDep, caller: AnyCaller) -> dict[str, Any]:
    """Say more of an organisation: the whole profile, as it shall be (`putProfile`, 6.2.5)."""
    if not caller.plays(CallerRole.PROVIDER, CallerRole.REGISTRAR, CallerRole.AGENCY):
        raise NotForThisRole("A learner's name and DID are changed in the account, not here.")
    wanted = load_object(await request.body(), place="request body", max_bytes=MAX_BYTES)
    return await run_in_threadpool(_changed, bank, caller, wanted)


@router.get("/discovery", responses=_refusals(404, 405, 429, 500, 503))
def discovery(request: Request, bank: BankDep) -> dict[str, Any]:
    """What this server offers, as a profile of OpenAPI (`ServiceDescriptionDocument`, B.4.1). Public."""
    described = request.app.openapi()
    base = bank.settings.base_url
    paths = {path: methods for path, methods in described["paths"].items() if path.startswith(PREFIX)}
    tokens = next((path for path in described["paths"] if path.startswith("/oauth") and path.endswith("token")), None)
    schemes: dict[str, Any] = dict(described["components"].get("securitySchemes", {}))
    if tokens is not None:
        granted = {scope: scope.rpartition("/")[2] for scope in Scope if "/ob/v3p0/" in scope}
        flow = {"clientCredentials": {"tokenUrl": f"{base}{tokens}", "scopes": granted}}
        schemes["OAuth2CCG"] = {"type": "oauth2", "description": "Client credentials", "flows": flow}
    return {
        "openapi": "3.0.1",
        "info": {
            "title": described["info"]["title"],
            "version": described["info"]["version"],
            "termsOfService": f"{base}/",
            "x-imssf-privacyPolicyUrl": f"{base}/",
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {"securitySchemes": schemes, "schemas": described["components"]["schemas"]},
    }


def refusal(error: CreditBankError) -> Response:
    """An error in the words of the standard (B.3), with the sentence of ours."""
    status, told = problems.document(error, "")
    parameters = isinstance(error, InvalidRequest) and all(fault.parameter for fault in error.faults)
    status = 400 if parameters else status
    minor = "invalid_query_parameter" if parameters else MINOR.get(status, "unknown")
    info = StatusInfo(
        imsx_codeMajor="failure",
        imsx_severity="status" if status == 404 else "error",
        imsx_description=str(told.get("detail", told["title"])),
        imsx_codeMinor=CodeMinor(
            imsx_codeMinorField=[CodeMinorField(imsx_codeMinorFieldName="creditbank", imsx_codeMinorFieldValue=minor)]
        ),
    )
    content = json.dumps(info.model_dump(), ensure_ascii=False)
    return Response(content, status, problems.headers_of(error, status), "application/json")


def _kept(bank: Bank, caller: Caller, body: bytes) -> bool:
    """Whether the credential was here before; raises what taking it in raises."""
    digest = read_secured(body).digest
    with bank.store.transaction() as tx:
        before = tx.find_credential_by_digest(digest)
    if before is not None and caller.subject in (before.organisation, before.learner):
        return True
    if caller.is_learner:
        request = "badges:" + sha256(canonical_json([caller.scope, digest.hex()])).hex()
        with hidden():
            bank.depositing.deposit(request, learner=caller.subject, signed=body)
        return False
    if not caller.plays(CallerRole.PROVIDER):
        raise NotForThisRole("A provider brings what it signed, a learner what they hold.")
    with hidden():
        made: IssuedCredential = bank.delivering.deliver(body, organisation=caller.subject)
    return made.signed != body


def _changed(bank: Bank, caller: Caller, wanted: dict[str, Any]) -> dict[str, Any]:
    with hidden():
        return dict(bank.profiles.change(caller.subject, wanted, actor=caller.actor))


def _moment(text: str) -> datetime:
    try:
        return parse_instant(text)
    except UnreadableInstant:
        raise InvalidRequest((FieldFault("since", "a moment is written like 2026-11-23T14:02:00Z", True),)) from None


def _links(bank: Bank, total: int, limit: int, offset: int, since: str | None) -> str:
    """The pages around this one (RFC 8288), as full addresses; the standard asks for them."""
    last = max(0, (total - 1) // limit * limit)
    pages = {"first": 0, "last": last}
    if offset + limit < total:
        pages["next"] = offset + limit
    if offset > 0:
        pages["prev"] = max(0, offset - limit)
    address = f"{bank.settings.base_url}{PREFIX}/credentials"
    extra = {} if since is None else {"since": since}
    return ", ".join(
        f'<{address}?{urlencode({"limit": limit, "offset": start, **extra})}>; rel="{rel}"'
        for rel, start in pages.items()
    )
