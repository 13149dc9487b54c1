"""Open Badges 2.0 and before: read, kept as evidence, and never counted as credit.

An Assertion is vouched for by the address it is served at, or by a signature with a key that is found there. Neither
can be shown from a file years later, so nothing of it is verified here, and whatever is made of it says so.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditbank.canonical import Digest, Json, JsonObject, UnreadableJson, digest_sri, json_digest, load_object, sha256
from creditbank.credential.reading import Fields, without_blanks
from creditbank.errors import BadInput
from creditbank.signing import Jws, UnreadableToken, looks_like_token
from creditbank.units import UnreadableInstant, parse_instant

GENRE: Final = "Open Badges 2.0 assertion"
STANDING: Final = "Open Badges 2.0 assertion: kept as evidence, not verified, no credit."
"""What a report says of it, and what stands in the credential that names it."""
_CONTEXTS: Final = ("https://w3id.org/openbadges/v1", "https://w3id.org/openbadges/v2")


class NotAnEarlierBadge(BadInput):
    """This is no assertion of Open Badges 2.0 or before that can be read."""

    slug = "not-an-earlier-badge"


@dataclass(frozen=True, slots=True)
class EarlierBadge:
    """What an Open Badges 2.0 assertion says of itself. Nothing of it is verified.

    `name` and `issuer` are empty where the assertion only names the address of its badge. `recipient` is the identity
    as it stands there: a hash with its `salt`, or the plain text. `digest` is that of its RFC 8785 form.
    """

    id: str
    badge: str
    name: str
    issuer: str
    issued: datetime
    expires: datetime | None
    recipient: str
    salt: str
    verification: str
    revoked: bool
    digest: Digest

    @property
    def standing(self) -> str:
        """How much it counts, in words: nothing, and nobody looked at it."""
        return STANDING

    def names(self, identity: str) -> bool:
        """Whether the recipient is this address, plain or as the SHA-256 hash that the assertion states."""
        hashed = f"sha256${sha256((identity + self.salt).encode()).hex()}"
        return self.recipient in (identity, hashed)

    def evidence(self) -> JsonObject:
        """It as an `evidence` entry of a credential of today: named and bound by digest, with no credit in it."""
        return without_blanks(
            {
                "id": self.id,
                "type": ["Evidence"],
                "name": self.name,
                "genre": GENRE,
                "narrative": STANDING,
                "digestSRI": digest_sri(self.digest),
            }
        )


def read_ob2(value: Json) -> EarlierBadge:
    """Read an assertion, as JSON or as the compact token of a signed one; raise `NotAnEarlierBadge`.

    A signature is not looked at: the key that would fit it stands at an address, and not in the file.
    """
    if isinstance(value, str):
        value = _payload(value)
    fields = Fields.of(value, "", NotAnEarlierBadge)
    if "Assertion" not in fields.texts("type"):
        fields.refuse("type", "The type Assertion is missing.")
    if not set(_CONTEXTS) & set(fields.items("@context") if _plain(fields) else []):
        fields.refuse("@context", "The context of Open Badges 2.0 is missing.", f"It is {_CONTEXTS[-1]}.")
    recipient = fields.object("recipient")
    verification = fields.object("verification") if fields.has("verification") else fields.object("verify")
    badge, name, issuer = _badge(fields)
    return EarlierBadge(
        id=fields.iri("id"),
        badge=badge,
        name=name,
        issuer=issuer,
        issued=_moment(fields, "issuedOn"),
        expires=_moment(fields, "expires") if fields.has("expires") else None,
        recipient=recipient.text("identity"),
        salt=recipient.optional_text("salt"),
        verification=" ".join(verification.texts("type")),
        revoked=fields.value.get("revoked") is True,
        digest=json_digest(dict(fields.value)),
    )


def _payload(token: str) -> Json:
    if not looks_like_token(token):
        raise NotAnEarlierBadge("This is no compact token.", place="/")
    try:
        return load_object(Jws.read(token).payload)
    except (UnreadableJson, UnreadableToken) as cause:
        raise NotAnEarlierBadge(cause.sentence, place=cause.place) from None


def _plain(fields: Fields) -> bool:
    return all(isinstance(one, str) for one in fields.items("@context"))


def _badge(fields: Fields) -> tuple[str, str, str]:
    """The id of the badge class, its name and its issuer's id, as far as the assertion holds them."""
    if isinstance(fields.value.get("badge"), str):
        return fields.iri("badge"), "", ""
    badge = fields.object("badge")
    plain = isinstance(badge.value.get("issuer"), str)
    issuer = badge.iri("issuer") if plain else badge.object("issuer").iri("id") if badge.has("issuer") else ""
    return badge.iri("id"), badge.optional_text("name"), issuer


def _moment(fields: Fields, key: str) -> datetime:
    """A moment; a day alone, which many assertions state, is taken for its beginning in UTC."""
    text = fields.text(key)
    try:
        return parse_instant(f"{text}T00:00:00Z" if len(text) == 10 else text)
    except UnreadableInstant as cause:
        fields.refuse(key, cause.sentence, cause.next_step)


__all__ = ["EarlierBadge", "NotAnEarlierBadge", "read_ob2"]
