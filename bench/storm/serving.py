"""One API process of a storm: the product's own application, with room for a storm from one address.

`python -m bench.storm.serving <port>`; the bank is the one that the environment names.
"""

import os
import sys
from typing import TYPE_CHECKING

from creditbank.adapters.system import starting

if TYPE_CHECKING:
    from fastapi import FastAPI

MANY = 10**9
IDLE = 600  # seconds; a connection that is closed while a request is on its way would look like an accident


def main() -> None:
    """Serve until the process is ended; the worker that anchors runs beside the requests, as in `creditbank serve`."""
    import uvicorn

    with starting():
        app = _application()
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        http="h11",  # as `creditbank serve` does
        log_level="warning",
        access_log=False,
        timeout_keep_alive=IDLE,
    )


def _application() -> "FastAPI":
    from creditbank.bootstrap import open_bank
    from creditbank.config import Settings
    from creditbank_api.app import create_app
    from creditbank_api.limits import Limits

    limits = Limits(requests=MANY, keys=MANY, verifications=MANY, failed_tokens=MANY)
    return create_app(open_bank(Settings.load(os.environ)), limits=limits, owns_bank=True)


if __name__ == "__main__":
    main()
