"""One event for each request, by the template of its route; ids of traces meet; nothing of what was said is kept."""

import io
import json
import logging
from collections.abc import Iterator
from uuid import uuid4

import pytest
from doors import MANY, House
from starlette.testclient import TestClient

from creditbank.adapters.logs import configure_logs, logger
from creditbank_api.app import create_app

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("info", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def _events(log: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def _requests(log: io.StringIO) -> list[dict[str, object]]:
    return [event for event in _events(log) if event["event"] == "request"]


def test_a_request_is_one_event_with_template_status_and_kind_of_caller(house: House, log: io.StringIO) -> None:
    learner = house.learners["minjun"].id
    with house.client() as client:
        client.get(f"/v1/credentials/{house.issued['minjun:' + _first()].id}?q=canary", headers=house.bearer("minjun"))
    (event,) = _requests(log)
    assert event["route"] == "/v1/credentials/{id}"
    assert event["status"] == 200
    assert event["caller"] == "learner"
    assert event["level"] == "info"
    assert isinstance(event["milliseconds"], float)
    assert set(event) == {
        "at", "caller", "event", "level", "logger", "method", "milliseconds", "request_id", "route", "status", "trace",
    }  # fmt: skip
    assert learner.removeprefix("urn:uuid:") not in log.getvalue()
    assert "canary" not in log.getvalue()


def test_trace_and_request_ids_are_taken_over_and_answered(house: House, log: io.StringIO) -> None:
    own = str(uuid4())
    with house.client() as client:
        answer = client.get(
            "/problems", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-Id": own}
        )
    assert answer.headers["X-Request-Id"] == own
    version, trace, span, flags = answer.headers["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "01")
    assert span != "00f067aa0ba902b7"
    (event,) = _requests(log)
    assert (event["trace"], event["request_id"]) == (TRACE, own)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        f"00-{TRACE}-" + "0" * 16 + "-01",
        f"01-{TRACE}-00f067aa0ba902b7-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        f"00-{TRACE}-00f067aa0ba902b7-01-more",
        'x"}\n{"event": "forged',
    ],
)
def test_an_id_that_cannot_be_used_is_replaced_and_not_written_down(house: House, log: io.StringIO, given: str) -> None:
    headers = {"traceparent": given, "X-Request-Id": given} if given.isprintable() else {"X-Request-Id": "forged"}
    with house.client() as client:
        answer = client.get("/problems", headers=headers)
    (event,) = _requests(log)
    assert event["trace"] != TRACE
    assert answer.headers["X-Request-Id"] == event["request_id"]
    assert len(str(event["request_id"])) == 32


def test_a_refusal_is_told_by_its_slug(house: House, log: io.StringIO) -> None:
    with house.client() as client:
        client.get("/v1/awards/urn:uuid:" + str(uuid4()), headers=house.bearer("asha"))
        client.get("/healthz")
    (event,) = _requests(log)
    assert (event["status"], event["problem"], event["level"]) == (404, "no-such-resource", "info")


def test_an_accident_keeps_type_and_frames_and_no_text(
    house: House, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 46: what an exception quotes stays out of the log and out of the answer."""

    def broken(self: object) -> object:
        raise KeyError("canary-of-a-name")

    monkeypatch.setattr("creditbank.services.halting.Halting.all", broken)
    app = create_app(house.bank, limits=MANY)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        answer = client.get("/v1/halts", headers=house.bearer("admin"))
    assert answer.status_code == 500
    assert "canary" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-Id"]
    (event,) = _requests(log)
    assert (event["status"], event["level"]) == (500, "error")
    try:
        broken(None)
    except KeyError:
        logger("creditbank.worker").exception("it broke")
        logging.getLogger("somebody.else").warning("canary in a text of a library %s", "canary")
    told = log.getvalue()
    assert "canary" not in told
    *_, ours, theirs = _events(log)
    assert ours["error"] == ["KeyError"]
    assert any("in broken" in frame for frame in ours["frames"])  # type: ignore[union-attr]
    assert str(theirs["where"]).startswith("somebody.else, test_telling.py:")


def _first() -> str:
    from creditbank.cli.demo import samples

    return samples.ASHA_UNITS[0].achievement.id.rpartition(":")[2]
