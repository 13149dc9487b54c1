"""A server starts over the right tables alone, tells what it does as JSON lines, and ends when it is asked to."""

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import nullcontext
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from creditbank.adapters.impatient import Impatient
from creditbank.bootstrap import init_bank
from creditbank.cli import serve
from creditbank.cli.running import run_command
from creditbank.config import Settings


def test_a_server_ends_within_seconds_of_a_signal_and_tells_its_life_in_lines_of_json(tmp_path: Path) -> None:
    home = tmp_path / "bank"
    init_bank(Settings.load({}, home))
    process = subprocess.Popen(
        [sys.executable, "-m", "creditbank", "serve", "--home", str(home), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = re.search(r":(\d+)\s*$", process.stdout.readline())
        assert port is not None
        connection = HTTPConnection("127.0.0.1", int(port[1]), timeout=60)
        for _ in range(300):
            try:
                connection.request("GET", "/readyz")
                break
            except ConnectionRefusedError:
                connection.close()
                time.sleep(0.1)
        assert connection.getresponse().status == 200
        connection.close()
        connection.request("GET", "/problems")
        connection.getresponse().read()
        connection.close()
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=40)
    finally:
        process.kill()
        process.wait()
    events = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert events[0]["event"] == "serving"
    assert events[-1]["event"] == "ended"
    assert all(event["logger"].startswith("creditbank.") for event in events)
    assert [event["route"] for event in events if event["event"] == "request"] == ["/problems"]
    assert not [event for event in events if event["level"] in ("error", "critical")]

    with sqlite3.connect(home / "store.db") as database:  # and over tables of another version it does not start
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    database.close()
    assert run_command(["serve", "--home", str(home), "--port", "0"]) == 3


def test_connections_over_which_nothing_is_asked_make_room_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 54: what they do is tried with the server of the chain (`test_answering`); this one speaks by it, too."""
    run: list[uvicorn.Config] = []

    class Served:
        def __init__(self, config: uvicorn.Config) -> None:
            run.append(config)

        def run(self, **_: Any) -> None: ...

    monkeypatch.setattr(uvicorn, "Server", Served)
    monkeypatch.setattr(uvicorn.Config, "load", lambda _: None)
    monkeypatch.setattr(serve, "starting", nullcontext)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serve._run(Settings.load({}, tmp_path), listening)
    assert [one.http for one in run] == [Impatient]
