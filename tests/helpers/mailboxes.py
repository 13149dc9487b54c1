"""Reading the mail that a house of tests wrote to its outbox, and filling in forms the way a browser does."""

import email
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from email.policy import SMTP
from functools import cache
from typing import Any

from doors import ORIGIN, House
from fastapi import FastAPI
from markup import read_page
from sqlalchemy import text
from starlette.testclient import TestClient

from creditbank.adapters.people import Argon2Passwords
from creditbank.services.people import NewSignIn
from creditbank.services.people_records import Person, SignInKind
from creditbank.services.sessions import hash_of
from creditbank.services.signing_in import Asking
from creditbank_api.web.session import DEVICE_COOKIE, SESSION_COOKIE

GOOD = "violet kettle runs sideways"
BETTER = "seven green umbrellas hum"


def letters_to(house: House, address: str) -> list[str]:
    """The texts of the letters that have arrived at this address, oldest first."""
    house.bank.door.mailing.deliver()
    found = []
    for file in sorted((house.bank.settings.home / "outbox").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns):
        message = email.message_from_bytes(file.read_bytes(), policy=SMTP)
        body = message.get_body()
        assert body is not None
        if message["To"] == address:
            found.append(str(body.get_content()))
    return found


def link_to(house: House, address: str) -> str:
    """The path of the newest link that has arrived at this address."""
    links = [
        match[1] for text in letters_to(house, address) if (match := re.search(r"https?://[^/\s]+(/mail/\S+)", text))
    ]
    return links[-1]


def fields_of(client: TestClient, path: str, action: str) -> dict[str, str]:
    """What a form of a page holds before anybody types."""
    page = read_page(client.get(path).text)
    (form, *_) = page.all("form", action=action)
    return {each.attributes["name"]: each.attributes.get("value", "") for each in form.all("input")}


def fill_in(client: TestClient, path: str, action: str, **typed: str) -> Any:
    """Open a page, fill one of its forms in, and send it."""
    return client.post(action, data={**fields_of(client, path, action), **typed}, follow_redirects=False)


@contextmanager
def somewhere(app: FastAPI, **more: Any) -> Iterator[TestClient]:
    """A browser at a network address of its own, so that no test is held up by what others tried."""
    number = secrets.randbelow(2**24)
    at = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    client = TestClient(app, client=(at, 1), raise_server_exceptions=False, **({"base_url": ORIGIN} | more))
    yield client
    client.close()


@cache
def hashed(password: str) -> str:
    """The hash of a password, made once for all tests, because it takes its time."""
    return Argon2Passwords().hash(password)


def signed_in(client: TestClient, house: House, address: str, *, password: str = GOOD) -> Person:
    """Open an account and sign the browser in to it, without the way through mail and pages."""
    way = NewSignIn(SignInKind.PASSWORD, address, hashed(password), label=address, contact=address)
    with house.bank.store.transaction() as tx:
        person = house.bank.door.joining.open(tx, "Zoe Sample", way)
        begun = house.bank.door.signing_in.begin_for(tx, person.id, Asking("10.0.0.1", agent="testclient"))
    client.cookies.set(SESSION_COOKIE, begun.opened.secret, domain="127.0.0.1")
    client.cookies.set(DEVICE_COOKIE, begun.device, domain="127.0.0.1")
    return person


def grow_old(house: House, client: TestClient) -> None:
    """As if eleven minutes had passed since the sign-in."""
    hash = hash_of(client.cookies[SESSION_COOKIE])
    with house.bank.store._engine.begin() as connection:
        connection.execute(
            text("UPDATE sessions SET fresh = datetime(fresh, '-11 minutes') || '.000000' WHERE hash = :hash"),
            {"hash": bytes(hash)},
        )


def sign_up(client: TestClient, house: House, address: str, *, name: str = "Zoe Sample", password: str = GOOD) -> None:
    """Open an account by mail; the client is signed in afterwards."""
    fill_in(client, "/sign-up", "/sign-up", address=address)
    answer = fill_in(client, link_to(house, address), "/mail/sign-up", name=name, password=password)
    assert answer.status_code == 303, answer.text
