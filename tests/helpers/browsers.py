"""Chromium for tests of pages as people use them: import the fixtures `browser` and, with a `house`, `address`."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from databases import require
from doors import MANY, House

from creditbank_api.app import create_app

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        require("Playwright is missing")
    if not CHROMIUM.exists():
        require("Chromium is missing")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()


@contextmanager
def served(house: House, name: str = "127.0.0.1") -> Iterator[str]:
    """The pages over a real socket on loopback, under a name that leads there."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(house.bank, limits=MANY), log_level="error", proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://{name}:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listening.close()
