"""A sending account in a file: Web3 Secret Storage, version 3, as geth and others write it."""

import json
import re
import secrets
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

from creditbank.adapters.keys.errors import UnusableKeystore
from creditbank.adapters.keys.files import refuse_exposed
from creditbank.anchoring.evidence import checksum_address

LONGEST: Final = 100_000
ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1 (SEC 2, 2.4.1)
MOST_MEMORY: Final = 2**30  # bytes that a keystore may make us use
MOST_ROUNDS: Final = 20_000_000


class ChainAccount(Protocol):
    """An account on the chain whose key is not the vault's."""

    @property
    def address(self) -> str:
        """Its checksummed address."""
        ...

    def sign(self, transaction: Mapping[str, object]) -> bytes:
        """The signed raw transaction."""
        ...

    def prove(self) -> None:
        """Raise what keeps it from signing, as far as that shows without a signature."""
        ...


class KeystoreAccount:
    """The account of a keystore file. The file is opened when something is to be signed, and once."""

    def __init__(self, file: Path, password: str) -> None:
        self._file, self._password = file, password

    @cached_property
    def address(self) -> str:
        """The address that the file names, else that of its key; raises `UnusableKeystore`."""
        named = _keystore(_content(self._file), self._file).get("address")
        return _address_of(self._secret) if named is None else _checksummed(str(named), self._file)

    def sign(self, transaction: Mapping[str, object]) -> bytes:
        """The signed raw transaction; raises `UnusableKeystore`, and `ExposedKeyFile` when others may read it."""
        from eth_account import Account

        self.prove()
        return bytes(Account.sign_transaction(dict(transaction), self._secret).raw_transaction)

    def prove(self) -> None:
        """Raise what `sign` raises, without signing anything."""
        _ = self._secret
        refuse_exposed(self._file)

    @cached_property
    def _secret(self) -> bytes:
        secret = open_keystore(_content(self._file), self._password, self._file)
        named = _keystore(_content(self._file), self._file).get("address")
        if named is not None and _checksummed(str(named), self._file) != _address_of(secret):
            raise UnusableKeystore(
                "The keystore names one address and holds the key of another.",
                place=str(self._file),
                next_step="Take the file as the tool that made it wrote it.",
            )
        return secret


def make_keystore(secret: bytes, password: str, *, rounds: int | None = None) -> bytes:
    """A keystore for this key under this password (scrypt); raises `UnusableKeystore` for an empty password."""
    from eth_account import Account

    if not password:
        raise UnusableKeystore(
            "A keystore without a password protects nothing.",
            next_step="Set CREDITBANK_SENDER_PASSWORD_FILE to a file that holds one.",
        )
    return json.dumps(Account.encrypt(secret, password, kdf="scrypt", iterations=rounds), indent=1).encode() + b"\n"


def new_secret() -> bytes:
    """A fresh private key."""
    from eth_account import Account

    return bytes(Account.create(secrets.token_bytes(32)).key)


def read_secret(content: bytes) -> bytes | None:
    """A bare private key written as 64 hexadecimal digits; None for anything else.

    Raises `UnusableKeystore` for a number that is no private key of the curve: zero, or its order and more.
    """
    text = content[:LONGEST].decode("ascii", "replace").strip().removeprefix("0x")
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        return None
    if not 0 < int(text, 16) < ORDER:
        raise UnusableKeystore(
            "These 64 digits are no private key: the number is zero, or too large for the curve.",
            next_step="Make one with: creditbank chain account new",
        )
    return bytes.fromhex(text)


def open_keystore(content: bytes, password: str, place: Path) -> bytes:
    """The key in a keystore; raises `UnusableKeystore`, for a wrong password too."""
    from eth_keyfile.keyfile import decode_keyfile_json

    document = _keystore(content, place)
    try:
        secret = bytes(decode_keyfile_json(document, password.encode()))
        _address_of(secret)
    except Exception:  # a wrong password, and whatever a foreign file may hold
        raise UnusableKeystore(
            "The password does not open the keystore, or the file was changed.",
            place=str(place),
            next_step="Give the password that it was made with, as CREDITBANK_SENDER_PASSWORD_FILE.",
        ) from None
    return secret


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()[:LONGEST]
    except OSError as cause:
        raise UnusableKeystore(
            f"The keystore cannot be read: {cause.strerror}.",
            place=str(file),
            next_step="Make one with: creditbank chain account new",
        ) from None


def _keystore(content: bytes, place: Path) -> dict[str, Any]:
    """The document, as far as it is one of version 3 that asks for a bearable amount of work."""
    try:
        document = {str(name).lower(): value for name, value in json.loads(content).items()}
        told = document["crypto"]["kdfparams"]
        memory = 128 * int(told.get("n", 0)) * int(told.get("r", 0))
        sound = document["version"] == 3 and document["crypto"]["cipher"] == "aes-128-ctr"
        if sound and memory <= MOST_MEMORY and int(told.get("c", 0)) <= MOST_ROUNDS:
            return document
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise UnusableKeystore(
        "The file is no keystore after Web3 Secret Storage, version 3.",
        place=str(place),
        next_step="Make one with: creditbank chain account new",
    )


def _checksummed(address: str, place: Path) -> str:
    if re.fullmatch("(0x)?[0-9a-fA-F]{40}", address) is None:
        raise UnusableKeystore("The keystore's address is none.", place=str(place))
    return checksum_address(bytes.fromhex(address.removeprefix("0x")))


def _address_of(secret: bytes) -> str:
    from eth_account import Account

    return str(Account.from_key(secret).address)
