"""A typed client of the credit bank's HTTP API. It knows nothing of the server but its description.

    from creditbank_client import Client

    bank = Client("https://bank.example", token="cbk_…")
    made = bank.credentials.issue({"learner": …, "achievement": …, "version": "2026.1", "earned": "2026-06-30"})
    for credential in bank.credentials.list():
        ...

Every POST carries an idempotency key, made here unless one is given, and is sent again under it when the answer was
lost or the bank was busy. Errors are `Problem`s (RFC 9457). Lists follow their pages by themselves.
"""

from creditbank_client.client import Client
from creditbank_client.transport import JobFailed, Problem, Transport

__all__ = ["Client", "JobFailed", "Problem", "Transport"]
