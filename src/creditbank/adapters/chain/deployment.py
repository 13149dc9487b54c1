"""Putting the three contracts on a chain that has none."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from eth_hash.auto import keccak

from creditbank.adapters.chain.artifacts import CONTRACTS, load_artifacts
from creditbank.adapters.chain.codec import creation
from creditbank.adapters.chain.encoding import encode_rlp
from creditbank.anchoring.evidence import checksum_address
from creditbank.services.ports import ChainRefused, ChainUnavailable, KeyVault, Mined
from creditbank.services.reads import NOBODY


class Ground(Protocol):
    """What deploying asks of a chain, beyond the port."""

    @property
    def contracts(self) -> Mapping[str, str]: ...
    def nonce(self, account: str) -> int: ...
    def build_creation(self, sender: str, data: bytes, *, nonce: int) -> dict[str, object]: ...
    def send(self, raw: bytes) -> None: ...
    def mined(self, transaction: str) -> Mined | None: ...
    def install(self, addresses: Mapping[str, str]) -> None: ...


def deploy(
    chain: Ground,
    vault: KeyVault,
    owner: str,
    artifacts: Path,
    *,
    predecessors: Mapping[str, str] | None = None,
    pause: Callable[[float], None] = time.sleep,
    patience: int = 240,
) -> Mapping[str, str]:
    """Deploy what is missing and return the addresses by name; `owner` (a name in the vault) will own the
    registry.

    `predecessors` are earlier contracts of this chain by name, which the new ones will name.
    A chain that has the contracts is left as it is, so asking twice deploys once. Cut in the middle, it
    starts anew the next time; the orphan left behind belongs to nobody's bank. Raises `ChainUnavailable` when
    a block does not come within `patience` polls.
    """
    if all(name in chain.contracts for name in CONTRACTS):
        return dict(chain.contracts)
    compiled = load_artifacts(artifacts)
    addresses: dict[str, str] = {}
    for name in CONTRACTS:
        before = (predecessors or {}).get(name, NOBODY)
        data = creation(compiled[name], addresses.get("issuers"), before)
        addresses[name] = _create(chain, vault, owner, data, pause, patience)
    chain.install(addresses)
    return addresses


def created_address(sender: str, nonce: int) -> str:
    """Where a transaction of `sender` with this nonce puts the contract it creates (yellow paper, section 7)."""
    return checksum_address(keccak(encode_rlp([bytes.fromhex(sender[2:]), nonce]))[12:])


def _create(
    chain: Ground, vault: KeyVault, owner: str, data: bytes, pause: Callable[[float], None], patience: int
) -> str:
    account = vault.chain_account(owner)
    nonce = chain.nonce(account)
    raw, transaction = vault.sign_transaction(owner, chain.build_creation(account, data, nonce=nonce))
    chain.send(raw)
    for _ in range(patience):
        mined = chain.mined(transaction)
        if mined is None:
            pause(0.25)
        elif mined.succeeded:
            return created_address(account, nonce)
        else:
            raise ChainRefused("Reverted", "The chain refused to create the contract.")
    raise ChainUnavailable("No block has taken the contract yet.", next_step="Try again when the chain makes blocks.")
