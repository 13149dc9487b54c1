"""Status lists inflated in the course of one verification: the last few are kept, and in all no more than a limit.

A list of a few kilobytes may inflate to 16 MiB, and a stranger's transcript may name such lists thousands of times
(threat 33).
"""

from collections import OrderedDict
from typing import Final

from creditbank.credential import StatusList, UnreadableStatusList
from creditbank.credential.status import MAX_BYTES

MOST_LISTS: Final = 256
MOST_KEPT: Final = 32 * 1024 * 1024
MOST_INFLATED: Final = 1024 * 1024 * 1024
"""Bytes in all: sixty-five thousand lists of the usual size, or sixty-four of the largest."""


class InflatedLists:
    """The bits behind each `encodedList`."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, StatusList | UnreadableStatusList] = OrderedDict()
        self._spent = 0

    def of(self, encoded: str) -> StatusList:
        """Inflate a list, or take it as it was; raise `UnreadableStatusList`, also when it has been enough."""
        found = self._kept.get(encoded)
        if found is None:
            found = self._kept[encoded] = self._inflate(encoded)
            while len(self._kept) > 1 and (len(self._kept) > MOST_LISTS or self._size() > MOST_KEPT):
                self._kept.popitem(last=False)
        self._kept.move_to_end(encoded)
        if isinstance(found, UnreadableStatusList):
            raise found.with_traceback(None)
        return found

    def _inflate(self, encoded: str) -> StatusList | UnreadableStatusList:
        if self._spent >= MOST_INFLATED:
            return UnreadableStatusList("More status lists are named than are inflated in one go.")
        try:
            found = StatusList.decode(encoded)
        except UnreadableStatusList as refusal:
            self._spent += MAX_BYTES  # a bomb costs as much before it is known for one
            return refusal
        self._spent += len(found.bits)
        return found

    def _size(self) -> int:
        return sum(len(one.bits) for one in self._kept.values() if isinstance(one, StatusList))
