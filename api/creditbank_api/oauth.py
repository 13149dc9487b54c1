"""OAuth 2.0 beside the API: tokens for clients, registration of clients, and their end (Open Badges 3.0, 8).

Requests and answers have the forms of RFC 6749, 7009 and 7591, whose errors are words of their own and no problem
documents. A wrong secret counts as a wrong token does.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, unquote_plus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from creditbank.bootstrap import Bank
from creditbank.services.granting import ClientRefused, Granted, GrantRefused, client_id, scopes_in
from creditbank.services.membership_records import AccessKey
from creditbank_api.dependencies import BankDep, address
from creditbank_api.requests import JsonRoute, StrictRoute
from creditbank_api.security import count_failure, may_try

router = APIRouter(prefix="/oauth", tags=["oauth"], route_class=StrictRoute)
documents = APIRouter(tags=["oauth"], route_class=JsonRoute)
FORM: Final = "application/x-www-form-urlencoded"
KEPT_NOWHERE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(BaseModel):
    """An error as OAuth 2.0 spells it (RFC 6749, 5.2)."""

    error: str
    error_description: str


SAID: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": OAuthError, "description": "What is asked for is not given"},
    401: {"model": OAuthError, "description": "The client did not show itself"},
}


def _form_of(*fields: str) -> dict[str, Any]:
    """The description of a form, which the framework does not read for us."""
    schema = {"type": "object", "properties": {field: {"type": "string"} for field in fields}}
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}


class ClientRequest(BaseModel):
    """What a client says of itself (RFC 7591, 2); what is not known here is left aside, as the standard asks."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    client_name: Annotated[str, Field(max_length=200)]
    redirect_uris: Annotated[list[str], Field(min_length=1, max_length=8)]
    scope: Annotated[str, Field(max_length=1_000)] = ""
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 -- the name of a method
    grant_types: list[str] = Field(default_factory=lambda: ["authorization_code", "refresh_token"])
    response_types: list[str] = Field(default_factory=lambda: ["code"])


@router.post("/token", responses=SAID, openapi_extra=_form_of("grant_type", "scope", "code", "redirect_uri"))
async def token(request: Request, bank: BankDep) -> Response:
    """An access token for a client that authenticates itself (RFC 6749, 4.1.3, 4.4 and 6)."""
    return await _as_client(request, bank, _given)


@router.post("/revocation", responses=SAID, openapi_extra=_form_of("token"))
async def revoke(request: Request, bank: BankDep) -> Response:
    """End what stands behind a token (RFC 7009); the answer is the same for one that there never was."""

    def end(bank: Bank, client: AccessKey, form: Mapping[str, str]) -> Response:
        bank.granting.revoke(client, _needed(form, "token"))
        return Response(status_code=200, headers=KEPT_NOWHERE)

    return await _as_client(request, bank, end)


@documents.post("/oauth/registration", status_code=201, responses=SAID)
def register(request: Request, wanted: ClientRequest, bank: BankDep) -> Response:
    """Take in a client that registers itself (RFC 7591); it speaks for nobody until a person lets it."""
    try:
        if wanted.token_endpoint_auth_method != "client_secret_basic":  # noqa: S105 -- the name of a method
            raise ClientRefused("invalid_client_metadata", "A client authenticates by client_secret_basic.")
        if not {"authorization_code", "refresh_token"} >= set(wanted.grant_types) or wanted.response_types != ["code"]:
            raise ClientRefused("invalid_client_metadata", "A client asks for codes, and refreshes what it got.")
        scopes = scopes_in(wanted.scope)
        made, secret = bank.granting.register(
            label=wanted.client_name,
            redirects=tuple(wanted.redirect_uris),
            scopes=scopes,
            address=address(request),
        )
    except ClientRefused as refusal:
        return _error(400, refusal.error, refusal.sentence)
    except GrantRefused as refusal:
        return _error(400, "invalid_client_metadata", refusal.sentence)
    said = wanted.model_dump() | {
        "client_id": client_id(made),
        "client_secret": secret,
        "client_id_issued_at": int(made.created.timestamp()),
        "client_secret_expires_at": int(made.expires.timestamp()),
        "scope": " ".join(sorted(made.scopes)),
    }
    return JSONResponse(said, 201, KEPT_NOWHERE)


async def _as_client(
    request: Request, bank: Bank, act: Callable[[Bank, AccessKey, Mapping[str, str]], Response]
) -> Response:
    may_try(request)
    try:
        form = _form(request, await request.body())
        name, secret = _basic(request.headers.get("authorization", ""))
        client = await run_in_threadpool(bank.granting.client, name, secret)
        return await run_in_threadpool(act, bank, client, form)
    except GrantRefused as refusal:
        if refusal.error != "invalid_client":
            return _error(400, refusal.error, refusal.sentence)
        count_failure(request)
        headers = {"WWW-Authenticate": 'Basic realm="creditbank"'}
        return _error(401, refusal.error, refusal.sentence, headers)


def _given(bank: Bank, client: AccessKey, form: Mapping[str, str]) -> Response:
    kind = _needed(form, "grant_type")
    if kind == "client_credentials":
        return _tokens(bank.granting.for_itself(client, scopes_in(form.get("scope", ""))))
    if kind == "authorization_code":
        code, redirect, verifier = (_needed(form, name) for name in ("code", "redirect_uri", "code_verifier"))
        return _tokens(bank.granting.exchange(client, code=code, redirect=redirect, verifier=verifier))
    if kind == "refresh_token":
        return _tokens(bank.granting.refresh(client, _needed(form, "refresh_token")))
    raise GrantRefused("unsupported_grant_type", "This kind of grant is not given here.")


def _tokens(granted: Granted) -> Response:
    said: dict[str, Any] = {
        "access_token": granted.access,
        "token_type": "Bearer",
        "expires_in": granted.seconds,
        "scope": " ".join(sorted(granted.scopes)),
    }
    if granted.refresh is not None:
        said["refresh_token"] = granted.refresh
    return JSONResponse(said, 200, KEPT_NOWHERE)


def _form(request: Request, body: bytes) -> dict[str, str]:
    """The fields of a form, each at most once (RFC 6749, 3.2)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        found = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, strict_parsing=bool(body))
    except (UnicodeDecodeError, ValueError):
        raise GrantRefused("invalid_request", "The form cannot be read.") from None
    if kind != FORM or any(len(values) != 1 for values in found.values()):
        raise GrantRefused("invalid_request", f"Send a form ({FORM}) that names each field once.")
    return {name: values[0] for name, values in found.items()}


def _needed(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise GrantRefused("invalid_request", f"The field {name} is missing.")
    return form[name]


def _basic(header: str) -> tuple[str, str]:
    """Name and secret of a client, each of them encoded once more (RFC 6749, 2.3.1)."""
    scheme, _, credentials = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError
        name, colon, secret = base64.b64decode(credentials, validate=True).decode("ascii").partition(":")
        if not colon:
            raise ValueError
    except (ValueError, binascii.Error):
        raise GrantRefused("invalid_client", "The client is not known, or this is not its secret.") from None
    return unquote_plus(name), unquote_plus(secret)


def _error(status: int, error: str, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as OAuth 2.0 spells it (RFC 6749, 5.2; RFC 7591, 3.2.2)."""
    said = {"error": error, "error_description": sentence}
    return JSONResponse(said, status, {**KEPT_NOWHERE, **(headers or {})})
