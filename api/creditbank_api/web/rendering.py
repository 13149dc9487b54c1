"""Turning views into pages: one Jinja environment, escaping everything, failing on whatever is not there."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError
from creditbank.units import instant_text
from creditbank_api import problems
from creditbank_api.beneath import outward
from creditbank_api.errors import FreshSignInNeeded, NotSignedIn
from creditbank_api.web import words
from creditbank_api.web.session import Visitor
from creditbank_api.web.views import Network

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
LEFT: Final = "/:"
"""What stands in a path of ours as it is, and may stand in a query so (RFC 3986, 3.4)."""


def _count(number: int, one: str, many: str = "") -> str:
    return words.count(number, one, many)


def environment() -> Environment:
    """The environment of all templates: symbols with words, dates as people read them, no undefined values."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["moment"] = words.moment
    made.filters["iso"] = _iso
    made.filters["day"] = words.day
    made.filters["count"] = _count
    made.globals.update(OUTCOMES=words.OUTCOMES, VERDICTS=words.VERDICTS, TEST=words.TEST)
    return made


def _iso(moment: datetime | date) -> str:
    return instant_text(moment) if isinstance(moment, datetime) else moment.isoformat()


TEMPLATES: Final = environment()


def network_of(bank: Bank) -> Network:
    """The chain of this bank, for the header."""
    return Network(bank.chain.name, bank.chain.test_chain)


def has_samples(bank: Bank) -> bool:
    """Whether the bank holds samples, so that their index makes sense."""
    with bank.store.transaction() as tx:
        return any(learner.sample for learner in tx.learners())


def page(
    request: Request,
    template: str,
    values: Mapping[str, Any],
    *,
    here: str = "",
    visitor: Visitor | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Render one page; `here` marks its place in the navigation."""
    bank: Bank = request.app.state.bank
    text = TEMPLATES.get_template(template).render(
        network=network_of(bank),
        samples=request.app.state.samples,
        visitor=visitor,
        here=here,
        still=request.query_params.get("still") == "yes",
        **values,
    )
    return HTMLResponse(outward(request, text), status)


def _way_in(request: Request, error: CreditBankError) -> str:
    """Where to sign in, or to show once more who it is, and come back; never with the token of a link from a mail."""
    path = request.url.path
    if isinstance(error, NotSignedIn):
        return "/sign-in" if path.startswith("/mail/") else f"/sign-in?next={quote(path, safe=LEFT)}"
    if isinstance(error, FreshSignInNeeded):
        back = path if request.method == "GET" else "/account"
        return f"/sign-in/again?next={quote(back, safe=LEFT)}"
    return ""


def error_page(request: Request, error: CreditBankError) -> HTMLResponse:
    """The same sentence as the problem document, as a page."""
    status, body = problems.document(error, request.url.path)
    slug = str(body["type"]).rpartition("/")[2]
    row = problems.PROBLEMS.get(slug, problems.UNNAMED) if status != 500 else problems.UNNAMED
    values = {
        "status": f"Error {status}",
        "slug": slug,
        "title": body["title"],
        "sentence": body.get("detail", ""),
        "place": body.get("place", ""),
        "next_step": body.get("nextStep", ""),
        "remedy": row.remedy,
        "sign_in": _way_in(request, error),
    }
    bank: Bank = request.app.state.bank
    text = TEMPLATES.get_template("error.html").render(
        network=network_of(bank),
        samples=request.app.state.samples,
        visitor=getattr(request.state, "visitor", None),
        here="",
        **values,
    )
    answer = HTMLResponse(outward(request, text), status)
    answer.headers.update(problems.headers_of(error, status))
    return answer
