"""In which languages can the engine answer? English is in the code; every other language is a file beside this one.

A file holds the two-letter code of its language, the rule its plurals go by (`stacking.languages.PLURALS`), and every
message of `stacking.messages.ENGLISH` by id. Tools for translators read such a file as it is.
"""

from functools import cache
from pathlib import Path
from typing import Final

from creditbank.canonical import load_object
from creditbank.errors import BadInput
from creditbank.stacking.languages import read_wording
from creditbank.stacking.messages import IN_ENGLISH, Wording

_HERE: Final = Path(__file__).parent


class UnknownLanguage(BadInput):
    """The engine's sentences have not been translated into this language."""

    slug = "unknown-language"


def languages() -> tuple[str, ...]:
    """The codes of all languages that can be asked for, in order."""
    return tuple(sorted([IN_ENGLISH.language, *(file.stem for file in _HERE.glob("*.json"))]))


@cache
def wording_in(language: str) -> Wording:
    """The sentences of a language by its code, or those in a file of one's own (`fr.json`), which a translator tries.

    Raises `UnknownLanguage`, and `UnreadableJson` or `DocumentFaults` for a file that is not whole.
    """
    if language == IN_ENGLISH.language:
        return IN_ENGLISH
    own = Path(language)
    if own.suffix == ".json" and own.is_file():
        return parse_wording(own.read_bytes(), place=str(own))
    if language not in languages():
        raise UnknownLanguage(
            f"There are no sentences in {language[:20]!r}.", next_step=f"Ask for one of {', '.join(languages())}."
        )
    file = _HERE / f"{language}.json"
    return parse_wording(file.read_bytes(), place=str(file))


def parse_wording(data: bytes, *, place: str) -> Wording:
    """Read the file of a language; raise `UnreadableJson`, or `DocumentFaults` with everything that is wrong in it."""
    document = load_object(data, place=place)
    messages = document.get("messages")
    return read_wording(
        str(document.get("language", "")),
        str(document.get("plurals", "")),
        {name: str(text) for name, text in messages.items()} if isinstance(messages, dict) else {},
        place=place,
    )


__all__ = ["UnknownLanguage", "languages", "parse_wording", "wording_in"]
