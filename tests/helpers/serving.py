"""A server process of its own: `python serving.py HOME [HOLD]` serves the bank at HOME and prints its port.

While the file HOLD exists, issuing stops before it signs what it wrote down, and says so with a file `HOLD.inside`.
Claims of a dead process are taken over after two seconds instead of nine.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest


def _hold(hold: Path) -> None:
    from creditbank.services.issuing import Issuing

    sign = Issuing._sign

    def held(*args: Any, **kwargs: Any) -> Any:
        while hold.exists():
            hold.with_suffix(".inside").touch()
            time.sleep(0.01)
        return sign(*args, **kwargs)

    pytest.MonkeyPatch().setattr(Issuing, "_sign", held)


def main() -> None:
    import os

    import uvicorn

    from creditbank.bootstrap import open_bank
    from creditbank.config import Settings
    from creditbank_api import idempotency
    from creditbank_api.app import create_app
    from creditbank_api.limits import Limits

    idempotency.LEASE = timedelta(seconds=2)  # type: ignore[misc]
    if len(sys.argv) > 2:
        _hold(Path(sys.argv[2]))
    many = Limits(requests=100_000, keys=100_000, verifications=100_000, failed_tokens=100_000)
    bank = open_bank(Settings.load(os.environ, Path(sys.argv[1])), own_chain=False)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(bank, limits=many), log_level="critical", access_log=False)
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def served(home: Path, environment: Mapping[str, str], hold: Path | None = None) -> Iterator["Served"]:
    """A server process over the bank at `home`, killed at the end."""
    command = [sys.executable, __file__, str(home), *([str(hold)] if hold else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**environment})
    try:
        assert process.stdout is not None
        yield Served(process, f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


class Served:
    """The process and where it listens."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process, self.address = process, address


if __name__ == "__main__":
    main()
