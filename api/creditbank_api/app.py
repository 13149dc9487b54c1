"""The application: one bank behind JSON resources and pages.

Start it through `creditbank serve`, on loopback only, with uvicorn's `proxy_headers` off.
"""

import os
from typing import Final
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from creditbank import __version__
from creditbank.adapters.logs import configure_logs
from creditbank.bootstrap import Bank, open_bank
from creditbank.config import Settings
from creditbank.errors import CreditBankError
from creditbank_api import badges, oauth, problem_docs, problems, public, v1, web
from creditbank_api.beneath import Beneath
from creditbank_api.dependencies import gentle
from creditbank_api.headers import LOOPBACK, Guard
from creditbank_api.idempotency import Holder, Turns
from creditbank_api.limits import Counter, Limits
from creditbank_api.metrics import Metrics
from creditbank_api.pagination import PURPOSE, Cursors
from creditbank_api.routing import Straight
from creditbank_api.telling import Telling
from creditbank_api.web.rendering import STATIC, error_page, has_samples
from creditbank_api.worker import lifespan_of

JSON_PATHS: Final = ("/v1/", "/documents", "/healthz", "/readyz", "/openapi.json", "/oauth/token", "/oauth/re")
DESCRIPTION: Final = (
    "Signed units of learning, anchored, added up exactly, and re-checkable by anyone. Every POST that does something "
    "once takes an `Idempotency-Key`; every error is a problem document (RFC 9457) whose `type` is a page that "
    "explains it. Credits are decimals in text, beside their credit system. Receipts of a test chain say so."
)


def create_app(
    bank: Bank, *, limits: Limits | None = None, hosts: frozenset[str] = frozenset(), owns_bank: bool = False
) -> FastAPI:
    """The application in front of an open bank.

    `hosts` are names it answers to besides loopback and its base URL. With `owns_bank` it also does the bank's standing
    work while it runs (anchoring, finishing what was cut short), and closes the bank at the end.
    """
    limits = limits or Limits(requests=bank.settings.rate_limit, keys=bank.settings.rate_limit)
    app = FastAPI(
        title="Credit bank",
        version=__version__,
        description=DESCRIPTION,
        servers=[{"url": path}] if (path := urlsplit(bank.settings.base_url).path.rstrip("/")) else None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(gentle)],
        lifespan=lifespan_of(bank) if owns_bank else None,
        separate_input_output_schemas=False,
        generate_unique_id_function=problem_docs.operation_id,
    )
    app.state.bank = bank
    app.state.holder = Holder(bank)
    app.state.turns = Turns()
    app.state.cursors = Cursors(bank.vault.derive(PURPOSE), bank.clock)
    app.state.samples = has_samples(bank)
    app.state.requests = Counter(bank.clock, limits.requests)
    app.state.keys = Counter(bank.clock, limits.keys)
    app.state.verifications = Counter(bank.clock, limits.verifications)
    app.state.failed_tokens = Counter(bank.clock, limits.failed_tokens)
    app.include_router(public.router)
    app.include_router(public.named, prefix=urlsplit(bank.settings.base_url).path)
    app.include_router(v1.router)
    app.include_router(badges.router)
    app.include_router(oauth.router)
    app.include_router(oauth.documents)
    app.include_router(web.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    if owns_bank:  # the table takes a quarter of a second to make, and a server of many requests wins it back
        app.router.routes.insert(0, Straight(app.routes))
    base = urlsplit(bank.settings.base_url).hostname or ""
    _surround(app, bank, LOOPBACK | hosts | {base})
    app.add_exception_handler(CreditBankError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse)
    app.add_exception_handler(HTTPException, _refuse)
    app.add_exception_handler(Exception, _fail)
    app.openapi = problem_docs.Description(app)  # type: ignore[method-assign]
    return app


def _surround(app: FastAPI, bank: Bank, hosts: frozenset[str]) -> None:
    """Put what every answer passes through around everything, also around what answers for an error of ours."""
    metrics = Metrics()
    metrics.watch(bank)
    app.state.metrics = metrics
    inner = app.build_middleware_stack
    base_url = bank.settings.base_url
    own = (lambda: Beneath(inner(), base_url)) if urlsplit(base_url).path.strip("/") else inner
    app.build_middleware_stack = lambda: Telling(Guard(own(), hosts), metrics)  # type: ignore[method-assign]


def create_from_env() -> FastAPI:
    """The application of the bank that the environment names, for uvicorn's `--factory`; it owns the embedded chain."""
    settings = Settings.load(os.environ)
    configure_logs(settings.log_level)
    return create_app(open_bank(settings), owns_bank=True)


async def _refuse(request: Request, error: Exception) -> Response:
    refusal: CreditBankError | None
    if isinstance(error, RequestValidationError):
        refusal = problems.invalid(error)
    elif isinstance(error, HTTPException):
        refusal = problems.of_http(error)
    else:
        assert isinstance(error, CreditBankError)
        refusal = error
    return _said(request, refusal or CreditBankError("The request cannot be answered."))


async def _fail(request: Request, error: Exception) -> Response:
    return _said(request, CreditBankError("Something went wrong."))


def _said(request: Request, error: CreditBankError) -> Response:
    path = request.url.path
    request.state.problem = error.slug
    if path.startswith(badges.PREFIX):
        return badges.refusal(error)
    if path.startswith(JSON_PATHS) or "/status/" in path or path.endswith("/did.json"):
        return problems.answer(error, request)
    return error_page(request, error)
