"""How much of what strangers hand in is opened in one go, counted before it is decoded (threats 1 to 4).

A document of a mebibyte may unfold to twenty-five times as much: it is its values that take memory, and less its bytes.
"""

from dataclasses import dataclass
from typing import Final

from creditbank.adapters.documents.recognition import TooMuchGiven, begins_as_token, is_yaml

MOST_TEXT: Final = 4 * 1024 * 1024
MOST_MARKS: Final = 300_000
MOST_CARRIED: Final = 8 * 1024 * 1024
_MARKS: Final = (b"[", b"{", b",", b":")


@dataclass(slots=True)
class Room:
    """What may still be opened: bytes of text, marks that separate values in it, and bytes in archives and PDFs."""

    text: int = MOST_TEXT
    marks: int = MOST_MARKS
    carried: int = MOST_CARRIED

    def take(self, data: bytes, place: str) -> None:
        """Count a text that is to be decoded, and nothing of a file that is none; raises `TooMuchGiven`."""
        structured = is_yaml(place) or data.lstrip()[:1] in (b"{", b"[")
        if not structured and not begins_as_token(data):
            return
        self.text -= len(data)
        if self.text >= 0:
            self.marks -= _marks(data, place)
        if min(self.text, self.marks) < 0:
            raise TooMuchGiven(
                f"Together the documents are more than is read of one request: {MOST_TEXT // 1024 // 1024} MiB of text "
                f"with {MOST_MARKS} values.",
                place=place,
                next_step="Give fewer at a time, or verify them with the command line, which has no such limit.",
            )

    def carry(self, size: int) -> None:
        """Count what an archive or a PDF held."""
        self.carried -= size


def _marks(data: bytes, place: str) -> int:
    if is_yaml(place):  # a value of it knows its line and column
        return len(data)
    if data.lstrip()[:1] in (b"{", b"["):
        return sum(map(data.count, _MARKS))
    return len(data) // 3  # of a token, what it says is not seen before it is decoded


__all__ = ["MOST_CARRIED", "MOST_MARKS", "MOST_TEXT", "Room"]
