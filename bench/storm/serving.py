"""One API process of a storm: the product's own application, with room for a storm from one address.

`python -m bench.storm.serving <port>`; the bank is the one that the environment names.
"""

import os
import sys

import uvicorn

from creditbank.bootstrap import open_bank
from creditbank.config import Settings
from creditbank_api.app import create_app
from creditbank_api.limits import Limits

MANY = 10**9
IDLE = 600  # seconds; a connection that is closed while a request is on its way would look like an accident


def main() -> None:
    """Serve until the process is ended; the worker that anchors runs beside the requests, as in `creditbank serve`."""
    bank = open_bank(Settings.load(os.environ))
    app = create_app(bank, limits=Limits(requests=MANY, verifications=MANY, failed_tokens=MANY), owns_bank=True)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
        timeout_keep_alive=IDLE,
    )


if __name__ == "__main__":
    main()
