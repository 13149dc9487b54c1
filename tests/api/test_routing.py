"""The table of routes: it finds what the routes themselves would find, and nothing else."""

import pytest
from doors import MANY, ORIGIN, House
from fastapi import APIRouter, FastAPI
from starlette.routing import NoMatchFound
from starlette.testclient import TestClient

from creditbank_api.app import create_app
from creditbank_api.routing import Straight, table_of


def small() -> FastAPI:
    room, hall = APIRouter(), APIRouter(prefix="/hall")

    @room.get("/{name}")
    def any_name(name: str) -> str:
        return f"by name {name}"

    @room.get("/late")
    def late() -> str:
        return "late"

    @room.post("/late")
    def post_late() -> str:
        return "posted"

    hall.include_router(room, prefix="/room")
    app = FastAPI()
    app.include_router(hall)
    app.router.routes.insert(0, Straight(app.routes))
    return app


def test_a_path_that_an_earlier_route_takes_is_not_in_the_table() -> None:
    app = small()
    assert [key for key in table_of(app.routes[1:]) if key[1].startswith("/hall")] == [("POST", "/hall/room/late")]
    with TestClient(app) as client:
        assert client.get("/hall/room/late").json() == "by name late"
        assert client.post("/hall/room/late").json() == "posted"


@pytest.mark.parametrize(("method", "path", "status"), [("DELETE", "/hall/room/late", 405), ("GET", "/hall", 404)])
def test_what_the_table_lacks_is_answered_by_the_routes(method: str, path: str, status: int) -> None:
    with TestClient(small()) as client:
        assert client.request(method, path).status_code == status


def test_under_another_root_the_routes_answer_themselves() -> None:
    with TestClient(small(), root_path="/under") as client:
        assert client.post("/under/hall/room/late").json() == "posted"


def test_with_the_table_and_without_it_every_route_answers_the_same(house: House) -> None:
    with_it, without = (create_app(house.bank, limits=MANY) for _ in range(2))
    table = table_of(with_it.routes)
    with_it.router.routes.insert(0, Straight(with_it.routes))
    assert ("POST", "/v1/verifications") in table
    told = []
    for app in (with_it, without):
        with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
            asked = sorted(table)
            statuses = [client.request(method, path).status_code for method, path in asked]
        counted = {
            (one.labels["method"], one.labels["route"]): one.value
            for metric in app.state.metrics.registry.collect()
            for one in metric.samples
            if one.name == "creditbank_request_seconds_count"
        }
        told.append((statuses, counted))
    assert told[0] == told[1]


def test_a_path_is_still_found_by_the_name_of_its_route() -> None:
    app = FastAPI()
    app.get("/plain", name="plain")(lambda: "plain")
    app.router.routes.insert(0, Straight(app.routes))
    assert app.url_path_for("plain") == "/plain"
    with pytest.raises(NoMatchFound):
        app.url_path_for("none")


def test_a_server_has_the_table(house: House) -> None:
    assert isinstance(create_app(house.bank, limits=MANY, owns_bank=True).router.routes[0], Straight)
