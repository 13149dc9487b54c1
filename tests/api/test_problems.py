"""Every error has one row in the table, one page, and says nothing it should not."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from doors import House
from fastapi import FastAPI
from markupsafe import escape
from starlette.testclient import TestClient

import creditbank
import creditbank_api
from creditbank.errors import BadInput, Conflict, CreditBankError, NotFound, Refused, Unavailable
from creditbank_api import problems
from creditbank_api.app import create_app


def _modules() -> Iterator[str]:
    for package in (creditbank, creditbank_api):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__") and ".migrations.versions" not in found.name:
                yield found.name


def _subclasses(kind: type[CreditBankError]) -> Iterator[type[CreditBankError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


@pytest.fixture(scope="module")
def errors() -> list[type[CreditBankError]]:
    for name in _modules():
        if not name.endswith("migrations.env"):
            importlib.import_module(name)
    return [
        each for each in _subclasses(CreditBankError) if each.__module__.startswith(("creditbank.", "creditbank_api."))
    ]


def test_no_error_of_the_product_is_forgotten(errors: list[type[CreditBankError]]) -> None:
    forgotten = {
        f"{each.__module__}.{each.__name__}: {each.slug}" for each in errors if each.slug not in problems.PROBLEMS
    }
    assert forgotten == set()


def test_every_error_has_a_slug_of_its_own(errors: list[type[CreditBankError]]) -> None:
    without = [each.__name__ for each in errors if "slug" not in vars(each)]
    assert without == []
    slugs = [each.slug for each in errors]
    assert sorted(slugs) == sorted(set(slugs))


def test_no_row_of_the_table_stands_for_nothing(errors: list[type[CreditBankError]]) -> None:
    assert set(problems.PROBLEMS) == {each.slug for each in errors} | {"error"}


def test_the_status_fits_the_kind(errors: list[type[CreditBankError]]) -> None:
    allowed = {
        BadInput: {400, 405, 413, 415, 422, 428, 500},
        NotFound: {404, 422, 500},
        Conflict: {409, 412, 422},
        Refused: {401, 403, 422, 500},
        Unavailable: {429, 503},
        CreditBankError: {500},
    }
    for each in errors:
        kind = next(kind for kind in allowed if issubclass(each, kind))
        assert problems.PROBLEMS[each.slug].status in allowed[kind], each.slug


def test_every_problem_has_a_page(client: TestClient) -> None:
    listed = client.get("/problems").text
    for slug, problem in problems.PROBLEMS.items():
        page = client.get(f"/problems/{slug}")
        assert page.status_code == 200
        assert escape(problem.title) in page.text
        assert f"/problems/{slug}" in listed
    assert client.get("/problems/no-such-thing").status_code == 404


class _Unmapped(CreditBankError):
    """An error that nobody gave a row."""

    slug = "unmapped-in-this-test"


class _Inherited(BadInput):
    """An error that has no slug of its own."""


@pytest.fixture
def broken(house: House) -> Iterator[TestClient]:
    app: FastAPI = create_app(house.bank)

    @app.get("/v1/broken/{how}")
    def broken(how: str) -> None:
        if how == "unmapped":
            raise _Unmapped("the canary sentence")
        if how == "inherited":
            raise _Inherited("the canary sentence")
        raise RuntimeError("the canary sentence")

    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("how", ["unmapped", "inherited", "accident"])
def test_an_error_without_a_row_is_a_500_without_detail(broken: TestClient, how: str) -> None:
    answer = broken.get(f"/v1/broken/{how}")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "canary" not in answer.text
    assert set(answer.json()) == {"type", "title", "status", "instance"}


def test_the_type_of_a_problem_is_the_address_of_its_page(client: TestClient) -> None:
    problem = client.get("/v1/credentials/nothing").json()
    assert problem["type"] == "/problems/not-signed-in"
    assert client.get(problem["type"]).status_code == 200


def test_an_unknown_address_is_a_problem_for_programs_and_a_page_for_people(client: TestClient) -> None:
    assert client.get("/v1/nothing").headers["content-type"] == "application/problem+json"
    page = client.get("/nothing")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert client.delete("/v1/batches").json()["type"] == "/problems/method-not-allowed"
