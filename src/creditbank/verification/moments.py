"""How far clocks may differ, and how a grace is given without falling off the end of the calendar."""

from datetime import UTC, datetime, timedelta
from typing import Final

SKEW: Final = timedelta(minutes=5)
"""How far the clocks of two honest parties may differ."""

LAST: Final = datetime.max.replace(tzinfo=UTC)


def allowing(moment: datetime, grace: timedelta) -> datetime:
    """`moment` and some grace after it; at most the last moment there is, which documents use for "never"."""
    return moment + grace if moment <= LAST - grace else LAST
