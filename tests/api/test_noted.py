"""Whatever may change something in an organisation's name is noted before it is done: who asked, for what, and when."""

import inspect
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from doors import House
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.testclient import TestClient

from creditbank.services.listing_ports import Page
from creditbank_api.idempotency import noted, once

UNNOTED = {
    "/v1/verifications": "anybody's, and it keeps nothing",
    "/v1/verifications/files": "anybody's, and it keeps nothing",
    "/v1/plans": "an answer, of which nothing is kept",
    "/v1/account/preference": "a learner's own",
}


def calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for one in dependant.dependencies:
        yield from calls(one)


def test_each_route_of_the_api_that_may_change_something_notes_who_asked(client: TestClient) -> None:
    app: Any = client.app
    silent = set[str]()
    for route in iter_route_contexts(list(app.routes)):
        own = route.original_route
        changes = (route.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        wanted = isinstance(own, APIRoute) and changes and str(route.path).startswith("/v1/")
        if wanted and not {once, noted} & set(calls(own.dependant)):
            silent.add(str(route.path))
    assert silent == set(UNNOTED)


def test_each_form_of_an_organisations_pages_notes_who_sent_it(client: TestClient) -> None:
    app: Any = client.app
    silent = set[str]()
    for route in iter_route_contexts(list(app.routes)):
        path = str(route.path)
        if "POST" in (route.methods or ()) and path.startswith("/organisations/"):
            module = inspect.getmodule(inspect.unwrap(route.endpoint))
            if not {"act_or_say", "note_form"} & set(dir(module)):
                silent.add(path)
    assert silent == {"/organisations/{organisation}/notices"}, "what one has read changes nothing"


@pytest.mark.parametrize("said", ["flag", "review"])
def test_who_changes_a_policy_is_known_afterwards(client: TestClient, house: House, said: str) -> None:
    body, headers = house.bodies["nilgiri"].id, house.bearer("nilgiri-registrar")
    before = _noted(house, body)
    assert client.put("/v1/award-policy", json={"policy": said}, headers=headers).status_code == 200
    (one, *rest) = _noted(house, body)
    assert (one.what, rest) == ("PUT /v1/award-policy", before)
    assert body in one.actor
    assert client.get("/v1/award-policy", headers=headers).status_code == 200
    assert len(_noted(house, body)) == len(before) + 1, "who reads is not noted"


def test_who_may_not_and_who_is_nobody_leave_no_note(client: TestClient, house: House) -> None:
    body = house.bodies["nilgiri"].id
    before = _noted(house, body)
    assert client.put("/v1/award-policy", json={"policy": "flag"}).status_code == 401
    assert client.put("/v1/award-policy", json={"policy": "flag"}, headers=house.bearer("asha")).status_code == 403
    at = f"/v1/organisations/{body}/tokens/{uuid.uuid4()}"
    assert client.delete(at, headers=house.bearer("open")).status_code in (403, 404)
    assert _noted(house, body) == before


def _noted(house: House, body: str) -> list[Any]:
    with house.bank.store.transaction() as tx:
        return [one.asked for _, one in tx.list_asked(Page(99), body)]
