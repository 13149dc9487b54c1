"""What a registrar should look at twice in a name: letters that pose as others, and characters that nobody sees.

Names are signed as they are and never compared: who issued is told by the DID (threat 8). But a person reads the name,
so a name that could pass for another's is pointed out before it stands in credentials.
"""

import unicodedata
from typing import Final

_POSING: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")
"""Scripts with letters that look like those of another script."""
_JOINERS: Final = "\u200c\u200d"
"""Invisible, and at home in the names of South and West Asia."""


def doubts_about(name: str) -> tuple[str, ...]:
    """A sentence for each thing in the name that could deceive a reader; none for an ordinary name in any script."""
    found = []
    for word in name.split():
        scripts = sorted({script for script in map(_script, word) if script in _POSING})
        if len(scripts) > 1:
            listed = " and ".join(script.capitalize() for script in scripts)
            found.append(f"The word {word!r} mixes {listed} letters, so it could pass for another word.")
    unseen = sorted({f"U+{ord(one):04X}" for one in name if _unseen(one)})
    if unseen:
        found.append(f"The name holds characters that nobody sees: {', '.join(unseen)}.")
    if unicodedata.normalize("NFC", name) != name:
        found.append("The name spells letters with loose accents, so it looks like another spelling of itself.")
    return tuple(found)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else ""


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Zl", "Zp", "Co", "Cn") and character not in _JOINERS


__all__ = ["doubts_about"]
