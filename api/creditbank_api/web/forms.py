"""Reading small forms: a few short texts, and the token that shows that the form is ours."""

from typing import Final

from fastapi import Request, Response

from creditbank_api.web import session
from creditbank_api.web.session import Visitor

FORM_AGE: Final = 60 * 60
LONGEST_TEXT: Final = 20_000
MOST_FIELDS: Final = 48
"""More than any of our forms has: the largest offers every scope there is."""


async def own_form(request: Request, visitor: Visitor | None, *names: str, most: int = 0) -> dict[str, str]:
    """The fields of a form of ours, empty where they are missing; raises `ForgedForm`.

    A field with several values is given as words. Before sign-in the token must equal the one in the browser's cookie,
    after it the one of the session. `most` is the longest text that a field may have, where it is longer than usual.
    """
    longest = most or LONGEST_TEXT
    async with request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=max(longest, 64 * 1024)) as form:
        token = str(form.get("form_token", ""))
        given = {name: " ".join(str(one) for one in form.getlist(name))[:longest] for name in names}
    expected = session.held(request, session.FORM_COOKIE) if visitor is None else visitor.form_token
    session.require_own_form(request, token, expected)
    return given


def form_token(visitor: Visitor | None) -> str:
    """The token for the forms of a page: of the session, or a new one before sign-in."""
    return session.fresh_form_token() if visitor is None else visitor.form_token


def keep_form_token(request: Request, response: Response, visitor: Visitor | None, token: str) -> None:
    """Leave the token in the browser too, where there is no session to derive it from."""
    if visitor is None:
        session.keep(request, response, session.FORM_COOKIE, token, age=FORM_AGE, strict=True)
