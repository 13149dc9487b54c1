"""Records beside the ledger: what was told to whom."""

from dataclasses import dataclass
from datetime import datetime

from creditbank.canonical import JsonObject


@dataclass(frozen=True, slots=True)
class Notice:
    """Something happened that its audience (`learner:<id>` or `organisation:<id>`) should know.

    `document` holds ids, kinds and amounts, never a name. `once`, where there is one, names the matter: an audience
    is told of it once, whoever tells it how often. `seen` is when somebody of the audience said that it was read.
    """

    id: str
    audience: str
    kind: str
    document: JsonObject
    at: datetime
    once: str | None = None
    seen: datetime | None = None
