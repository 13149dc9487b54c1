"""Has it been revoked? One bit for each credential in a long list that everybody fetches whole (W3C Bitstring
Status List 1.0), so that asking about one credential tells nobody which (threat 32).
"""

import base64
import binascii
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Self

from creditbank.canonical import Json, JsonObject
from creditbank.credential.credential import read_credential_as
from creditbank.credential.reading import Fields
from creditbank.credential.terms import CREDITBANK_CONTEXT
from creditbank.errors import BadInput
from creditbank.signing import VC2_CONTEXT
from creditbank.units import instant_text

MIN_ENTRIES: Final = 131_072  # 16 KiB of bits: a crowd to hide in (section 6.1)
MAX_BYTES: Final = 16 * 1024 * 1024  # no honest list inflates beyond this; a bomb does (threat 33)
_GZIP: Final = 16 + zlib.MAX_WBITS

Purpose = Literal["revocation", "suspension"]


class UnreadableStatusList(BadInput):
    """This status list cannot be read, so what it says of a credential is unknown."""

    slug = "unreadable-status-list"


@dataclass(frozen=True, slots=True)
class StatusList:
    """Bits by index; index 0 is the left-most bit of the first byte."""

    bits: bytes

    def __post_init__(self) -> None:
        if len(self.bits) * 8 < MIN_ENTRIES:
            raise UnreadableStatusList(
                f"A status list of {len(self.bits) * 8} entries is too short to hide in.",
                next_step=f"It needs at least {MIN_ENTRIES}.",
            )

    @classmethod
    def empty(cls, size: int = MIN_ENTRIES) -> Self:
        """A list of at least `size` entries, a multiple of eight, none of them set."""
        return cls(bytes((size + 7) // 8))

    @property
    def size(self) -> int:
        """How many entries the list has."""
        return len(self.bits) * 8

    def with_set(self, indices: Iterable[int]) -> Self:
        """The list with these entries set; raises `UnreadableStatusList` for an index outside it."""
        bits = bytearray(self.bits)
        for index in indices:
            self._check(index)
            bits[index // 8] |= 0x80 >> index % 8
        return type(self)(bytes(bits))

    def get(self, index: int) -> bool:
        """Whether the entry is set; raises `UnreadableStatusList` for an index outside the list."""
        self._check(index)
        return bool(self.bits[index // 8] & 0x80 >> index % 8)

    def encode(self) -> str:
        """The list as `encodedList`: multibase base64url of its gzip, without a time stamp in it (section
        3.3).
        """
        packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
        packed = packer.compress(self.bits) + packer.flush()
        return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read an `encodedList` (section 3.4); raise `UnreadableStatusList`, before a bomb can go off."""
        if not text.startswith("u"):
            raise UnreadableStatusList("The list is not spelled as multibase base64url, which starts with u.")
        try:
            packed = base64.b64decode(text[1:] + "=" * (-len(text[1:]) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise UnreadableStatusList("The list is not base64url.") from None
        unpacker = zlib.decompressobj(_GZIP)
        try:
            bits = unpacker.decompress(packed, MAX_BYTES)
        except zlib.error:
            raise UnreadableStatusList("The list is not gzip, or was damaged.") from None
        if unpacker.unconsumed_tail or len(bits) >= MAX_BYTES:
            raise UnreadableStatusList(f"The list inflates to {MAX_BYTES} bytes or more; that is no honest list.")
        if not unpacker.eof or unpacker.unused_data:
            raise UnreadableStatusList("The list was cut short, or something follows it.")
        return cls(bits)

    def _check(self, index: int) -> None:
        if not 0 <= index < self.size:
            raise UnreadableStatusList(f"The list has {self.size} entries, and none at {index}.")


def build_status_list(
    *,
    id: str,
    issuer: str,
    purpose: Purpose,
    status_list: StatusList,
    valid_from: datetime,
    valid_until: datetime,
    sequence: int | None = None,
) -> JsonObject:
    """The unsigned status list credential, good from `valid_from` until `valid_until` (threat 31).

    `sequence` rises with each list of this id, so that a verifier can tell an old one.
    """
    assert valid_from < valid_until, "a status list is good for some time"
    subject: JsonObject = {
        "id": f"{id}#list",
        "type": "BitstringStatusList",
        "statusPurpose": purpose,
        "encodedList": status_list.encode(),
    }
    context: list[Json] = [VC2_CONTEXT]
    if sequence is not None:
        context.append(dict(CREDITBANK_CONTEXT))
        subject["statusSequence"] = sequence
    return {
        "@context": context,
        "id": id,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": instant_text(valid_from),
        "validUntil": instant_text(valid_until),
        "credentialSubject": subject,
    }


def read_sequence(value: JsonObject) -> int | None:
    """The number of a status list that says one, and None for a list that does not or writes something else."""
    subject = value.get("credentialSubject")
    number = subject.get("statusSequence") if isinstance(subject, dict) else None
    return number if type(number) is int and number >= 0 else None


def read_revocation_list(value: JsonObject, *, id: str, issuer: str, credential: str) -> bool:
    """Whether a list of 1EdTech's kind names this credential as revoked (1EdTech Revocation List Status Method 1.0).

    Such a list is a plain JSON object with `id`, `issuer` and `revokedCredentials`; it carries no signature and no
    date. An entry counts unless its `revoked` says no. Raises `UnreadableStatusList` when it is another list, of
    another issuer, or says what cannot be understood: the answer is then unknown.
    """
    fields = Fields.of(value, "", UnreadableStatusList)
    if fields.text("id") != id:
        fields.refuse("id", "What was found is the list of another address.")
    owner = value.get("issuer")
    if (owner.get("id") if isinstance(owner, dict) else owner) != issuer:
        fields.refuse("issuer", "The list is not the issuer's own.")
    # 1EdTech's own validator reads `revokedCredential`, its specification writes the plural
    names = [name for name in ("revokedCredentials", "revokedCredential") if name in value]
    if not names:
        fields.refuse("revokedCredentials", "The list does not say which credentials are revoked.")
    return any(entry.text("id") == credential and _counts(entry) for name in names for entry in fields.objects(name))


def _counts(entry: Fields) -> bool:
    said = {True: True, "true": True, False: False, "false": False}
    revoked = entry.value.get("revoked", True)
    if not isinstance(revoked, bool | str) or revoked not in said:
        entry.refuse("revoked", "The entry says neither true nor false.")
    return said[revoked]


def read_status(value: Json, *, index: int, purpose: str) -> bool:
    """Whether the entry `index` is set in a status list credential of this purpose.

    Raises `UnreadableStatusList` when the document is no such list, is of another purpose, or has no such
    entry: the answer is then unknown, never "not revoked". The signature, issuer and dates of the list are
    checked elsewhere.
    """
    return StatusList.decode(encoded_list(value, purpose=purpose)).get(index)


def encoded_list(value: Json, *, purpose: str) -> str:
    """The `encodedList` of a status list credential of this purpose; raises like `read_status`."""
    view = read_credential_as(value, UnreadableStatusList)
    fields = Fields.of(value, "", UnreadableStatusList)
    if "BitstringStatusListCredential" not in view.types:
        fields.refuse("type", "The type BitstringStatusListCredential is missing.")
    subject = fields.objects("credentialSubject")[0]
    if subject.texts("type") != ("BitstringStatusList",):
        subject.refuse("type", "The type BitstringStatusList is missing.")
    if purpose not in subject.texts("statusPurpose"):
        subject.refuse("statusPurpose", f"The list does not speak of {purpose}.")
    if subject.value.get("statusSize", 1) != 1:
        subject.refuse("statusSize", "Only lists with one bit for each credential are read.")
    return subject.text("encodedList")


__all__ = [
    "MAX_BYTES",
    "MIN_ENTRIES",
    "Purpose",
    "StatusList",
    "UnreadableStatusList",
    "build_status_list",
    "encoded_list",
    "read_revocation_list",
    "read_sequence",
    "read_status",
]
