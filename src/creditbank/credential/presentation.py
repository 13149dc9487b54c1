"""Credentials that their holder chose to show, to one reader, on one occasion."""

from collections.abc import Sequence
from typing import Final

from creditbank.canonical import Json, JsonObject
from creditbank.credential.reading import Fields
from creditbank.errors import BadInput
from creditbank.signing import VC2_CONTEXT, looks_like_token

MAX_CREDENTIALS: Final = 512


class NotAPresentation(BadInput):
    """This is not a verifiable presentation that can be read."""

    slug = "not-a-presentation"


def build_presentation(credentials: Sequence[JsonObject], *, id: str, holder: str) -> JsonObject:
    """The unsigned presentation of signed credentials by the holder with this DID.

    The holder signs it for authentication, with the reader's challenge and domain, so that it cannot be shown
    again elsewhere.
    """
    shown: list[Json] = list(credentials)
    return {
        "@context": [VC2_CONTEXT],
        "id": id,
        "type": ["VerifiablePresentation"],
        "holder": holder,
        "verifiableCredential": shown,
    }


def presented_credentials(value: Json) -> list[JsonObject | str]:
    """The credentials in a presentation, as they stand: objects, or tokens as VC 1.1 listed them.

    Raises `NotAPresentation` with a JSON pointer.
    """
    fields = Fields.of(value, "", NotAPresentation)
    if "VerifiablePresentation" not in fields.texts("type"):
        fields.refuse("type", "The type VerifiablePresentation is missing.")
    if fields.items("@context")[:1] != [VC2_CONTEXT]:
        fields.refuse("@context", f"A presentation here starts with the context {VC2_CONTEXT}.")
    found = fields.items("verifiableCredential")
    if not 0 < len(found) <= MAX_CREDENTIALS:
        fields.refuse(
            "verifiableCredential",
            f"It shows {len(found)} credentials; from 1 to {MAX_CREDENTIALS} are read.",
        )
    alone = not isinstance(fields.value.get("verifiableCredential"), list)
    shown: list[JsonObject | str] = []
    for index, item in enumerate(found):
        place = "/verifiableCredential" if alone else f"/verifiableCredential/{index}"
        token = isinstance(item, str) and looks_like_token(item)
        shown.append(str(item) if token else dict(Fields.of(item, place, NotAPresentation).value))
    return shown


def holder_of(value: Json) -> str:
    """The DID of who shows the credentials; raise `NotAPresentation` when it is not named."""
    fields = Fields.of(value, "", NotAPresentation)
    return fields.iri("holder") if isinstance(fields.value.get("holder"), str) else fields.object("holder").iri("id")


__all__ = ["MAX_CREDENTIALS", "NotAPresentation", "build_presentation", "holder_of", "presented_credentials"]
