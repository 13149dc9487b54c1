"""A vault of private keys in a folder of encrypted files."""

import secrets
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

from creditbank.adapters.keys import sealing
from creditbank.adapters.keys.errors import (
    DamagedKeyFile,
    PassphraseNeeded,
    UnstatedPurpose,
    UnusableVault,
    WrongPassphrase,
)
from creditbank.adapters.keys.files import append_line, make_private_folder, refuse_exposed, write_once
from creditbank.adapters.system import SystemClock
from creditbank.canonical import canonical_json, digest_text
from creditbank.services.ports import Clock, UnknownRecord
from creditbank.signing import PrivateKey
from creditbank.units import instant_text

VAULT_FILE: Final = "vault.json"
DEVELOPMENT_FILE: Final = "development.key"
AUDIT_FILE: Final = "signatures.jsonl"
ED25519: Final = "ed25519"
SECP256K1: Final = "secp256k1"


class FileVault:
    """Implements `ports.KeyVault` with one encrypted file for each key.

    `development` is True when the keys are sealed by a key that lies beside them, which protects against
    nothing.
    """

    def __init__(self, folder: Path, master: bytes, *, development: bool, clock: Clock) -> None:
        self._folder, self._master, self._clock = folder, master, clock
        self.development = development

    def __repr__(self) -> str:
        return f"FileVault({str(self._folder)!r}, development={self.development})"

    @classmethod
    def open(cls, directory: Path, passphrase: bytes | None, *, clock: Clock | None = None, make: bool = True) -> Self:
        """Open the vault in `directory`; where there is none, make one, or raise `UnusableVault` unless `make`.

        Without a passphrase a development key is made in the directory and used in its place. Raises
        `PassphraseNeeded` or `WrongPassphrase`, `DamagedKeyFile`, `ExposedKeyFile` when others may read a
        vault that has a passphrase, `UnusableVault` when the directory cannot be used.
        """
        if not make and not (directory / VAULT_FILE).exists():
            raise UnusableVault(
                "The bank's keys are not here.",
                place=str(directory),
                next_step="Mount or restore the folder; new keys could sign for none of the bank's organisations.",
            )
        try:
            return cls._open(directory, passphrase or None, clock or SystemClock())
        except OSError as error:
            raise UnusableVault(
                f"The folder of the keys cannot be used: {error.strerror or error}.",
                place=str(directory),
                next_step="Check that it exists and that you may write there.",
            ) from None

    @classmethod
    def _open(cls, folder: Path, passphrase: bytes | None, clock: Clock) -> Self:
        make_private_folder(folder)
        development = passphrase is None
        if passphrase is None:
            passphrase = _development_key(folder)
        else:
            refuse_exposed(folder)
        path = folder / VAULT_FILE
        if not path.exists():
            _make_master(path, passphrase, development=development)
        document = sealing.read_sealed(path.read_bytes(), str(path))
        if development and document.get("seal") != "development":
            raise PassphraseNeeded(
                "These keys are sealed under a passphrase.",
                place=str(path),
                next_step="Set CREDITBANK_PASSPHRASE to it.",
            )
        try:
            wrapping = sealing.stretch(passphrase, bytes.fromhex(document.get("salt", "")))
            master = sealing.unseal(wrapping, document, str(path))
        except (DamagedKeyFile, ValueError):
            raise WrongPassphrase(
                "The passphrase does not open these keys, or the file that holds their seal was changed.",
                place=str(path),
                next_step="Give the passphrase the vault was made with, or restore the file from a backup.",
            ) from None
        return cls(folder, master, development=development, clock=clock)

    def create(self, owner: str) -> str:
        """Make an Ed25519 key for `owner` if it has none; return its public Multikey."""
        return self._create(owner, ED25519, lambda seed: PrivateKey.from_seed(seed).public.multikey)

    def public(self, owner: str) -> str | None:
        """The public Multikey of `owner`'s key, or None."""
        document = self._find(owner, ED25519)
        return None if document is None else document["public"]

    def sign(self, owner: str, message: bytes, *, purpose: str) -> bytes:
        """Sign with `owner`'s key, after an audit row is on the disk.

        Raises `UnknownRecord` when there is no such key, `UnstatedPurpose` and `DamagedKeyFile`.
        """
        seed, public = self._secret(owner, ED25519)
        self._note(owner, ED25519, public, message, purpose)
        return PrivateKey.from_seed(seed).sign(message)

    def chain_account(self, owner: str) -> str:
        """The checksummed address of `owner`'s secp256k1 key, made on first use."""
        document = self._find(owner, SECP256K1)
        return document["public"] if document is not None else self._create(owner, SECP256K1, _address)

    def sign_transaction(self, owner: str, transaction: Mapping[str, object]) -> tuple[bytes, str]:
        """Sign an EIP-1559 transaction, audit row first; return raw bytes and the hash (0x-hex).

        Raises `UnknownRecord` when `owner` has no chain account yet.
        """
        from eth_account import Account  # half a second to import, and only chains need it

        secret, address = self._secret(owner, SECP256K1)
        plain: dict[str, Any] = dict(transaction)
        told = canonical_json({name: str(value) for name, value in plain.items()})
        self._note(owner, SECP256K1, address, told, "chain-transaction")
        signed = Account.sign_transaction(plain, secret)
        return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()

    def _path(self, owner: str, kind: str) -> Path:
        return self._folder / kind / f"{sha256(owner.encode()).hexdigest()[:40]}.json"

    def _create(self, owner: str, kind: str, public_of: Callable[[bytes], str]) -> str:
        standing = self._find(owner, kind)
        if standing is None:
            secret = secrets.token_bytes(32)
            facts = {
                "document": "creditbank/key/v1",
                "kind": kind,
                "owner": owner,
                "public": public_of(secret),
                "made": instant_text(self._clock.now()),
            }
            path = self._path(owner, kind)
            make_private_folder(path.parent)
            write_once(path, sealing.seal(self._master, secret, facts))
            standing = self._find(owner, kind)  # another process may have been first: its key is the key
            assert standing is not None, "a key file that was written can be read"
        return standing["public"]

    def _find(self, owner: str, kind: str) -> dict[str, str] | None:
        path = self._path(owner, kind)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        document = sealing.read_sealed(data, str(path))
        if document.get("owner") != owner or document.get("kind") != kind:
            raise sealing.damaged(str(path))
        # Decrypting proves that the public half was not exchanged for another one.
        sealing.unseal(self._master, document, str(path))
        return document

    def _secret(self, owner: str, kind: str) -> tuple[bytes, str]:
        path = self._path(owner, kind)
        if (document := self._find(owner, kind)) is None:
            raise UnknownRecord(f"The vault holds no {kind} key of {owner}.")
        if not self.development:
            refuse_exposed(path)
        return sealing.unseal(self._master, document, str(path)), document["public"]

    def _note(self, owner: str, kind: str, public: str, message: bytes, purpose: str) -> None:
        """Write the audit row; if that fails nothing is signed (threat 52)."""
        if not purpose:
            raise UnstatedPurpose("A signature needs a purpose.", next_step="Say what is signed, and why.")
        row = {
            "at": instant_text(self._clock.now()),
            "owner": owner,
            "kind": kind,
            "key": public,
            "purpose": purpose,
            "message": digest_text(sha256(message).digest()),
        }
        try:
            append_line(self._folder / AUDIT_FILE, canonical_json(row))
        except OSError as error:
            raise UnusableVault(
                f"The audit row could not be written, so nothing was signed: {error.strerror or error}.",
                place=str(self._folder / AUDIT_FILE),
                next_step="Make room or rights for the file, then ask again.",
            ) from None


def _development_key(folder: Path) -> bytes:
    path = folder / DEVELOPMENT_FILE
    if not path.exists() and not (folder / VAULT_FILE).exists():
        write_once(path, secrets.token_bytes(32).hex().encode())
    if not path.exists():
        raise PassphraseNeeded(
            "These keys are sealed under a passphrase.",
            place=str(folder / VAULT_FILE),
            next_step="Set CREDITBANK_PASSPHRASE to it.",
        )
    return path.read_bytes().strip()


def _make_master(path: Path, passphrase: bytes, *, development: bool) -> None:
    salt = secrets.token_bytes(16)
    facts = {
        "document": "creditbank/vault/v1",
        "seal": "development" if development else "passphrase",
        "salt": salt.hex(),
    }
    write_once(path, sealing.seal(sealing.stretch(passphrase, salt), secrets.token_bytes(32), facts))


def _address(secret: bytes) -> str:
    from eth_account import Account

    return str(Account.from_key(secret).address)
