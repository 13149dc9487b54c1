"""A vault of private keys in a folder of encrypted files: the driver of `ports.Signer` that needs nothing else."""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from creditbank.adapters.keys import sealing
from creditbank.adapters.keys.audit import AuditLog
from creditbank.adapters.keys.errors import (
    DamagedKeyFile,
    DevelopmentKey,
    PassphraseNeeded,
    UnstatedPurpose,
    UnusableVault,
    WrongPassphrase,
)
from creditbank.adapters.keys.exporting import encrypted_jwk
from creditbank.adapters.keys.files import make_private_folder, refuse_exposed, write_once, write_over
from creditbank.adapters.keys.keystores import ChainAccount
from creditbank.adapters.keys.transactions import signed_transaction
from creditbank.adapters.system import SystemClock
from creditbank.canonical import canonical_json, digest_text
from creditbank.errors import CreditBankError
from creditbank.services.ports import (
    BODIES,
    FIRST_KEY,
    HOLDERS,
    Clock,
    DamagedSecret,
    KeyOfAnother,
    PurposeRefused,
    SigningCaps,
    SigningKey,
    SigningPurpose,
    SigningRecord,
    SigningRequest,
    UnknownKey,
    UnknownRecord,
)
from creditbank.signing import PrivateKey
from creditbank.units import instant_text

VAULT_FILE: Final = "vault.json"
DEVELOPMENT_FILE: Final = "development.key"
ED25519: Final = "ed25519"
SECP256K1: Final = "secp256k1"
SECRET: Final = "creditbank/secret/v1"  # noqa: S105 - the name of a kind of document
ALGORITHM: Final = "Ed25519"
_LABEL: Final = re.compile(r"[a-z0-9-]{1,20}")
_REFERENCE: Final = re.compile(r"[0-9a-f]{40}(\.[a-z0-9-]{1,20})?")


class FileVault:
    """Implements `ports.KeyVault` with one encrypted file for each key.

    `development` is True when the keys are sealed by a key that lies beside them, which protects against
    nothing.
    """

    def __init__(self, folder: Path, master: bytes, *, development: bool, clock: Clock, caps: SigningCaps) -> None:
        self._folder, self._master, self._clock = folder, master, clock
        self._audit, self._caps = AuditLog(folder, master, caps), caps
        self._accounts: Mapping[str, ChainAccount] = {}
        self.development = development

    def __repr__(self) -> str:
        return f"FileVault({str(self._folder)!r}, development={self.development})"

    @classmethod
    def open(
        cls,
        directory: Path,
        passphrase: bytes | None,
        *,
        clock: Clock | None = None,
        make: bool = True,
        caps: SigningCaps | None = None,
        accounts: Mapping[str, ChainAccount] | None = None,
    ) -> Self:
        """Open the vault in `directory`; where there is none, make one, or raise `UnusableVault` unless `make`.

        Without a passphrase a development key is made in the directory and used in its place. Raises
        `PassphraseNeeded` or `WrongPassphrase`, `DevelopmentKey` when a passphrase is given for keys that a development
        key seals, `DamagedKeyFile`, `ExposedKeyFile` when others may read a vault that has a passphrase,
        `UnusableVault` when the directory cannot be used. `accounts` by owner are kept elsewhere: their signatures have
        their rows in this vault's audit, and no key here.
        """
        if not make and not (directory / VAULT_FILE).exists():
            raise UnusableVault(
                "The bank's keys are not here.",
                place=str(directory),
                next_step="Mount or restore the folder; new keys could sign for none of the bank's organisations.",
            )
        try:
            vault = cls._open(directory, passphrase or None, clock or SystemClock(), caps or SigningCaps())
        except OSError as error:
            raise UnusableVault(
                f"The folder of the keys cannot be used: {error.strerror or error}.",
                place=str(directory),
                next_step="Check that it exists and that you may write there.",
            ) from None
        vault._accounts = dict(accounts or {})
        return vault

    @classmethod
    def seal(cls, directory: Path, passphrase: bytes) -> None:
        """Put the keys that a development key sealed under a passphrase, and take the development key away.

        The keys stay the same. Where a passphrase seals them already this only makes sure that it is this one.
        Raises what `open` does.
        """
        path = directory / VAULT_FILE
        if not path.exists():
            cls.open(directory, passphrase, make=False)
        if sealing.read_sealed(path.read_bytes(), str(path)).get("seal") == "development":
            vault = cls.open(directory, None, make=False)
            refuse_exposed(directory)
            write_over(path, _sealed_master(passphrase, vault._master, development=False))
        cls.open(directory, passphrase, make=False)
        (directory / DEVELOPMENT_FILE).unlink(missing_ok=True)

    @classmethod
    def _open(cls, folder: Path, passphrase: bytes | None, clock: Clock, caps: SigningCaps) -> Self:
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
        if not development and document.get("seal") == "development":
            raise DevelopmentKey(
                "These keys are sealed by a development key beside them: whoever has the folder has the keys.",
                place=str(path),
                next_step="Put them under the passphrase with creditbank key seal, then rotate every key.",
            )
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
        return cls(folder, master, development=development, clock=clock, caps=caps)

    def make_key(self, tenant: str, uses: frozenset[SigningPurpose], label: str = FIRST_KEY) -> SigningKey:
        """The tenant's Ed25519 key of this label, made if there is none."""
        standing = self.find_key(tenant, label)
        if standing is not None:
            return standing
        served = {"label": label, "uses": " ".join(sorted(uses))}
        self._create(tenant, ED25519, _reference(tenant, label), _multikey, served)
        made = self.find_key(tenant, label)  # another process may have been first: its key is the key
        assert made is not None, "a key file that was written can be read"
        return made

    def find_key(self, tenant: str, label: str = FIRST_KEY) -> SigningKey | None:
        """The tenant's key of this label, or None."""
        reference = _reference(tenant, label)
        document = self._read(reference, ED25519)
        return None if document is None else _signing_key(reference, document)

    def key(self, reference: str) -> SigningKey:
        """The algorithm and public key behind a reference; raises `UnknownKey`."""
        document = self._read(reference, ED25519) if _REFERENCE.fullmatch(reference) else None
        if document is None:
            raise UnknownKey(
                f"The vault holds no signing key {reference[:80]!r}.",
                next_step="List the keys with: creditbank key list",
            )
        return _signing_key(reference, document)

    def sign(self, request: SigningRequest) -> bytes:
        """Check purpose, tenant and daily cap, write the audit row, and only then sign.

        Raises `UnstatedPurpose`, `UnknownKey`, `KeyOfAnother`, `PurposeRefused` and `SigningCapReached`, each after a
        row that says so, `DamagedKeyFile`, `ExposedKeyFile` and `UnusableVault`.
        """
        return self.sign_many([request])[0]

    def sign_many(self, requests: Sequence[SigningRequest]) -> list[bytes]:
        """Sign several messages with one key for one purpose: all rows of the audit first, then all signatures.

        Raises as `sign`, and then none is signed.
        """
        if not requests:
            return []
        first, now = requests[0], self._clock.now()
        alike = {(one.tenant, one.key, one.purpose) for one in requests}
        assert len(alike) == 1, "several messages are signed with one key for one purpose"
        try:
            key = self._permitted(first)
        except CreditBankError as refusal:
            self._audit.refuse(replace(_record_of(first, now), refused=refusal.slug))
            raise
        seed = self._secret(key.reference, ED25519)
        records = [replace(_record_of(one, now), key=key.multikey, algorithm=key.algorithm) for one in requests]
        self._audit.admit_all(records)
        private = PrivateKey.from_seed(seed)
        return [private.sign(one.message) for one in requests]

    def export_key(self, reference: str, tenant: str, passphrase: bytes) -> str:
        """A learner's key as an encrypted JWK (RFC 7517, 7), after an audit row; no other key leaves the vault.

        Raises `UnknownKey`, `KeyOfAnother`, and `PurposeRefused` for a key of another kind.
        """
        key = self._holders_own(reference, tenant, "export")
        return encrypted_jwk(self._secret(key.reference, ED25519), key.multikey, passphrase)

    def forget_key(self, reference: str, tenant: str) -> None:
        """Destroy a learner's key, after an audit row; raises as `export_key` does."""
        key = self._holders_own(reference, tenant, "forget")
        self._path(key.reference, ED25519).unlink()

    def _holders_own(self, reference: str, tenant: str, act: str) -> SigningKey:
        """The key of a learner who asks for it, once the audit says so."""
        record = SigningRecord(self._clock.now(), tenant, reference, "", act, "the learner's own key", "")
        try:
            key = self._theirs(reference, tenant)
            if key.uses != HOLDERS:
                raise PurposeRefused(
                    f"The key {key.multikey} was not made for a learner, and such a key stays where it is.",
                    next_step="Make a new key where it is needed: creditbank key register.",
                )
        except CreditBankError as refusal:
            self._audit.refuse(replace(record, refused=refusal.slug))
            raise
        self._audit.admit(replace(record, key=key.multikey, algorithm=key.algorithm))
        return key

    def _theirs(self, reference: str, tenant: str) -> SigningKey:
        key = self.key(reference)
        if key.tenant != tenant:
            raise KeyOfAnother(
                f"{tenant} asked for a key that is not its own.",
                next_step="Ask for a key of the body that speaks; `creditbank key list` shows them.",
            )
        return key

    def audit(self, since: date | None = None) -> Iterator[SigningRecord]:
        """The rows of the audit from that day on, oldest first; raises `DamagedAudit` at the first that was altered."""
        return self._audit.rows(since)

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, the same wherever this vault is open; it tells nothing of the master key.

        HKDF (RFC 5869), with the purpose as info.
        """
        info = f"creditbank/derived/v1 {purpose}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._master)

    def lock(self, about: str, secret: bytes) -> bytes:
        """The secret, sealed under the master key together with what it is about."""
        return sealing.seal(self._master, secret, {"document": SECRET, "about": about})

    def unlock(self, about: str, locked: bytes) -> bytes:
        """The secret again; raises `DamagedSecret` for another `about`, another master key, or a changed byte."""
        try:
            document = sealing.read_sealed(locked, SECRET)
            facts = {"document": SECRET, "about": about}
            return sealing.unseal(self._master, document | facts, SECRET)
        except DamagedKeyFile:
            raise DamagedSecret(
                "A secret of the bank cannot be opened: it was changed, or another vault locked it.",
                next_step="Restore database and keys from backups of the same bank.",
            ) from None

    def cap_use(self, day: date) -> dict[str, float]:
        """For each purpose, the share of its cap that the tenant who signed most has used on a day (UTC)."""
        shares = {str(purpose): 0.0 for purpose in SigningPurpose}
        for (tenant, purpose), count in self._audit.used(day).items():
            cap = self._caps.of(tenant, purpose)
            shares[purpose] = max(shares.get(purpose, 0.0), count / cap if cap else 1.0)
        return shares

    def _permitted(self, request: SigningRequest) -> SigningKey:
        if not isinstance(request.purpose, SigningPurpose):
            raise UnstatedPurpose("A signature needs a purpose.", next_step="Say what is signed, and why.")
        key = self._theirs(request.key, request.tenant)
        if request.purpose not in key.uses:
            raise PurposeRefused(
                f"The key {key.multikey} was not made to sign for: {request.purpose}.",
                next_step=f"It serves: {', '.join(sorted(key.uses))}.",
            )
        return key

    def owner_of(self, multikey: str) -> str | None:
        """The tenant whose signing key has this public half, or None. It opens every key, as only a rebuild does."""
        for path in sorted((self._folder / ED25519).glob("*.json")):
            document = self._read(path.stem, ED25519)
            if document is not None and document["public"] == multikey:
                return document["owner"]
        return None

    def chain_account(self, owner: str) -> str:
        """The checksummed address of `owner`'s secp256k1 key, made on first use; or of the account kept elsewhere."""
        if owner in self._accounts:
            return self._accounts[owner].address
        reference = _reference(owner, FIRST_KEY)
        document = self._read(reference, SECP256K1)
        if document is None:
            self._create(owner, SECP256K1, reference, _address, {})
            document = self._read(reference, SECP256K1)
            assert document is not None, "a key file that was written can be read"
        return document["public"]

    def sign_transaction(self, owner: str, transaction: Mapping[str, object]) -> tuple[bytes, str]:
        """Sign a transaction, audit row first; return raw bytes and the hash (0x-hex).

        Raises `UnknownRecord` when `owner` has no chain account yet, `SigningCapReached`, and for an account that is
        kept elsewhere what its keystore or signer raises.
        """
        from eth_hash.auto import keccak

        elsewhere, reference = self._accounts.get(owner), _reference(owner, FIRST_KEY)
        document = {"public": elsewhere.address} if elsewhere else self._read(reference, SECP256K1)
        if document is None:
            raise UnknownRecord(f"The vault holds no chain account of {owner}.")
        secret = b"" if elsewhere else self._secret(reference, SECP256K1)
        plain: dict[str, Any] = dict(transaction)
        told = canonical_json({name: str(value) for name, value in plain.items()})
        self._audit.admit(
            SigningRecord(
                self._clock.now(),
                owner,
                document["public"],
                SECP256K1,
                SigningPurpose.CHAIN_TRANSACTION,
                f"nonce {plain.get('nonce')} to {plain.get('to')}",
                digest_text(sha256(told).digest()),
            )
        )
        raw = elsewhere.sign(plain) if elsewhere else signed_transaction(plain, secret)
        return raw, "0x" + keccak(raw).hex()

    def _path(self, reference: str, kind: str) -> Path:
        return self._folder / kind / f"{reference}.json"

    def _create(
        self, owner: str, kind: str, reference: str, public_of: Callable[[bytes], str], more: Mapping[str, str]
    ) -> None:
        secret = secrets.token_bytes(32)
        facts = {
            "document": "creditbank/key/v1",
            "kind": kind,
            "owner": owner,
            "public": public_of(secret),
            "made": instant_text(self._clock.now()),
            **more,
        }
        path = self._path(reference, kind)
        make_private_folder(path.parent)
        write_once(path, sealing.seal(self._master, secret, facts))

    def _read(self, reference: str, kind: str) -> dict[str, str] | None:
        path = self._path(reference, kind)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        document = sealing.read_sealed(data, str(path))
        owner, label = document.get("owner", ""), document.get("label", FIRST_KEY)
        if document.get("kind") != kind or _reference(owner, label) != reference:
            raise sealing.damaged(str(path))
        # Decrypting proves that the public half was not exchanged for another one.
        sealing.unseal(self._master, document, str(path))
        return document

    def _secret(self, reference: str, kind: str) -> bytes:
        path = self._path(reference, kind)
        if not self.development:
            refuse_exposed(path)
        document = self._read(reference, kind)
        assert document is not None, "a key was found before it signs"
        return sealing.unseal(self._master, document, str(path))


def _reference(owner: str, label: str) -> str:
    """The vault's name for a key: of the owner's first key that of its file in the oldest vaults."""
    if _LABEL.fullmatch(label) is None:
        raise UnknownKey(f"{label[:40]!r} is no label of a key.", next_step="Labels are 1, 2, 3 and so on.")
    name = sha256(owner.encode()).hexdigest()[:40]
    return name if label == FIRST_KEY else f"{name}.{label}"


def _record_of(request: SigningRequest, now: datetime) -> SigningRecord:
    message = digest_text(sha256(request.message).digest())
    return SigningRecord(now, request.tenant, request.key, "", str(request.purpose), request.about, message)


def _signing_key(reference: str, document: Mapping[str, str]) -> SigningKey:
    """The public side of a key. A key of an older vault, which does not say what it serves, serves as a body's does."""
    uses = document.get("uses")
    return SigningKey(
        reference,
        document["owner"],
        document.get("label", FIRST_KEY),
        ALGORITHM,
        document["public"],
        BODIES if uses is None else frozenset(use for use in SigningPurpose if use in uses.split()),
    )


def _multikey(seed: bytes) -> str:
    return PrivateKey.from_seed(seed).public.multikey


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
    write_once(path, _sealed_master(passphrase, secrets.token_bytes(32), development=development))


def _sealed_master(passphrase: bytes, master: bytes, *, development: bool) -> bytes:
    salt = secrets.token_bytes(16)
    facts = {
        "document": "creditbank/vault/v1",
        "seal": "development" if development else "passphrase",
        "salt": salt.hex(),
    }
    return sealing.seal(sealing.stretch(passphrase, salt), master, facts)


def _address(secret: bytes) -> str:
    from eth_account import Account

    return str(Account.from_key(secret).address)
