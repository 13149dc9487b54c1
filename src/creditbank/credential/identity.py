"""By what a learner is known beside their key: a name, an address, a number, each salted and hashed.

The EU asks that a micro-credential identifies the learner (Annex I of 2022/C 243/02). The `id` of the subject does:
whoever holds the key is the learner. What else may stand there is for the learner to say, and never stands in clear:
Open Badges' `IdentityObject` holds a hash, and who knows the name or address can compare. A hash of something that can
be guessed is no secret (GDPR still applies), which is why nothing is put there unasked.
"""

import hmac
import re
from dataclasses import dataclass
from typing import Final

from creditbank.canonical import JsonObject, sha256
from creditbank.credential.reading import Fields
from creditbank.errors import BadInput

KINDS: Final = (
    "name", "sourcedId", "systemId", "productId", "userName", "accountId", "emailAddress", "nationalIdentityNumber",
    "isbn", "issn", "lisSourcedId", "oneRosterSourcedId", "sisSourcedId", "ltiContextId", "ltiDeploymentId",
    "ltiToolId", "ltiPlatformId", "ltiUserId", "identifier",
)  # fmt: skip
"""The identity types of Open Badges 3.0 (`IdentifierTypeEnum`)."""
MIN_SALT: Final = 16
_HASH: Final = re.compile(r"sha256\$[0-9a-f]{64}")


class UnusableIdentity(BadInput):
    """This cannot stand in a credential as an identity of the learner."""

    slug = "unusable-identity"


@dataclass(frozen=True, slots=True)
class Identity:
    """A salted hash of something a learner is known by: `kind` is one of `KINDS`, `hash` `sha256$` and digits."""

    kind: str
    hash: str
    salt: str

    @classmethod
    def of(cls, value: str, *, kind: str, salt: str) -> "Identity":
        """Hash `value` with `salt` (Open Badges 3.0, `IdentityHash`).

        Raises `UnusableIdentity` for a kind that is none, a value that says nothing, and a salt that is too short.

        The salt is fresh for each credential, so that equal names in two of them do not show.
        """
        if kind not in KINDS:
            raise UnusableIdentity(
                f"{kind[:40]!r} is no kind of identity.", next_step=f"Use one of {', '.join(KINDS)}."
            )
        if not value.strip():
            raise UnusableIdentity("An identity says something.")
        if len(salt) < MIN_SALT:
            raise UnusableIdentity(f"The salt of an identity has at least {MIN_SALT} characters.")
        return cls(kind, _hash(value, salt), salt)

    def matches(self, value: str) -> bool:
        """Whether this is the hash of `value`."""
        return hmac.compare_digest(self.hash, _hash(value, self.salt))

    def to_json(self) -> JsonObject:
        """The identity as an Open Badges 3.0 `IdentityObject`."""
        return {
            "type": "IdentityObject",
            "hashed": True,
            "identityHash": self.hash,
            "identityType": self.kind,
            "salt": self.salt,
        }


def read_identities(subject: Fields) -> tuple[Identity, ...]:
    """The hashed identities of a subject; those in clear, or hashed otherwise, are passed over."""
    return tuple(
        Identity(one.text("identityType"), one.text("identityHash"), one.optional_text("salt"))
        for one in subject.objects("identifier")
        if one.value.get("hashed") is True and _HASH.fullmatch(str(one.value.get("identityHash"))) is not None
    )


def _hash(value: str, salt: str) -> str:
    return f"sha256${sha256((value + salt).encode()).hex()}"


__all__ = ["KINDS", "Identity", "UnusableIdentity", "read_identities"]
