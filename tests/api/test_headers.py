"""Every answer of every route carries the headers that keep it from being framed, sniffed, cached or read by others."""

from typing import Any

import pytest
from doors import MANY, House
from starlette.testclient import TestClient

from creditbank_api.app import create_app
from creditbank_api.headers import HEADERS
from creditbank_api.public import OPEN_TO_ALL

NAMES = {name: value for name, value in HEADERS.items() if name not in OPEN_TO_ALL}


def _paths(app: Any) -> list[tuple[str, str]]:
    found = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    pages = {
        ("GET", page) for page in ("/", "/sign-in", "/verify", "/problems", "/static/style.css", "/nowhere", "/demo")
    }
    return sorted(found | pages)


def _addressed(path: str) -> str:
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + "urn:uuid:00000000-0000-4000-8000-000000000000" + rest.partition("}")[2]
    return path


def test_every_route_answers_with_the_headers_of_the_house(house: House) -> None:
    """Threat 50: no page is framed, nothing but our own is loaded, no type is guessed, no address is told elsewhere."""
    app = create_app(house.bank, limits=MANY)
    client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False, follow_redirects=False)
    asked = _paths(app)
    assert len(asked) > 60
    for method, path in asked:
        for headers in ({}, {"Origin": "https://evil.example", **house.bearer("deccan")}):
            answer = client.request(method, _addressed(path), headers=headers)
            for name, value in NAMES.items():
                assert answer.headers.get(name) == value, (method, path, name)
            assert "Cache-Control" in answer.headers
            opened = answer.headers.get("Access-Control-Allow-Origin")
            assert opened in (None, "*")
            assert answer.headers.get("Access-Control-Allow-Credentials") is None
            if opened == "*":
                assert not any("creditbank" in cookie for cookie in answer.headers.get_list("Set-Cookie"))
    policy = HEADERS["Content-Security-Policy"]
    for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert "unsafe" not in policy
    assert "https:" not in policy


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND"])
def test_no_other_origin_is_let_in_by_a_preflight(house: House, method: str) -> None:
    """Threat 50: CORS is off: a preflight is answered like any other method that a resource does not take."""
    client = TestClient(create_app(house.bank, limits=MANY), base_url="http://127.0.0.1")
    answer = client.request(
        method,
        "/v1/credentials",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert answer.status_code == 405
    assert "Access-Control-Allow-Methods" not in answer.headers


def test_a_foreign_host_name_gets_nothing(house: House) -> None:
    client = TestClient(create_app(house.bank, limits=MANY), base_url="http://evil.example")
    answer = client.get("/")
    assert answer.status_code == 421
    for name, value in NAMES.items():
        assert answer.headers.get(name) == value
