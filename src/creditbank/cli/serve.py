"""`creditbank serve`: pages and API of one bank, on this machine only."""

import os
import socket
from pathlib import Path
from typing import Annotated, Final

import typer

from creditbank.adapters.system import address_of, listening_at, starting
from creditbank.cli.bank import settings_of
from creditbank.cli.commands import example, single
from creditbank.cli.options import Home
from creditbank.cli.terminal import Terminal
from creditbank.config import Settings

app = single()

APPLICATION: Final = "creditbank_api.app:create_from_env"
"""Named by text: the delivery stands on top of the house, and nothing below it imports it."""


@app.command(epilog=example("creditbank serve", "creditbank serve --home demo-output/bank --port 8080"))
def serve(
    home: Home = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Port; 0 takes any free one. Default: the bank's setting, 8413."),
    ] = None,
) -> int:
    """Show the bank as pages and API, on this machine.

    Nobody else can reach it. The address is printed on stdout once the bank is open. Ctrl-C ends it.
    """
    settings = settings_of(home)
    _tell_delivery(settings.home)
    with listening_at(settings.host, settings.port if port is None else port) as listening:
        _run(settings, listening)
    return 0


def _tell_delivery(home: Path) -> None:
    """The delivery reads its settings from the environment, as it does under any other server."""
    os.environ["CREDITBANK_HOME"] = str(home)


def _run(settings: Settings, listening: socket.socket) -> None:
    import uvicorn

    from creditbank.adapters.impatient import Impatient

    config = uvicorn.Config(
        APPLICATION,
        factory=True,
        http=Impatient,  # h11 bounds the head of a request; the other one that may be installed does not
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=20,
    )
    with starting():
        config.load()  # opens the bank, so that a bank that cannot be opened is one sentence
    terminal = Terminal()
    terminal.line("Serving the bank at ", str(settings.home), " on ", address_of(listening))
    terminal.hint("Only this machine can reach it. Ctrl-C ends it.")
    uvicorn.Server(config).run(sockets=[listening])
