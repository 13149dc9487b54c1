"""The product's three contracts at their addresses, shared by every kind of chain."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from creditbank.adapters.chain.artifacts import CONTRACTS, Artifact, load_artifacts
from creditbank.services.ports import Call, ChainRefused, ChainUnavailable

if TYPE_CHECKING:
    from creditbank.adapters.chain.codec import Interface

BLOCK_GAS: Final = 30_000_000
EMBEDDED_CHAIN_ID: Final = 131277322940537
"""The chain id that eth-tester gave to chains of this kind; no network uses it."""


class WrongContracts(ChainUnavailable):
    """What stands at the contracts' addresses is not the code of this version."""

    slug = "wrong-contracts"


class Contracts:
    """Encodes calls and decodes answers. The artifacts are read, and the codec loaded, when first needed."""

    def __init__(self, artifacts: Path, addresses: Mapping[str, str]) -> None:
        self.folder = artifacts
        self.addresses = dict(addresses)

    @cached_property
    def artifacts(self) -> Mapping[str, Artifact]:
        """The compiled contracts by name."""
        return load_artifacts(self.folder)

    @cached_property
    def _interfaces(self) -> Mapping[str, "Interface"]:
        from creditbank.adapters.chain.codec import Interface

        return {name: Interface(artifact) for name, artifact in self.artifacts.items()}

    def address(self, name: str) -> str:
        """Where a contract stands; raises `ChainUnavailable` before it is deployed."""
        if name not in self.addresses:
            known = "no contracts" if not self.addresses else f"no contract named {name!r}"
            raise ChainUnavailable(f"The chain has {known}.", next_step="Set the bank up with: creditbank init")
        return self.addresses[name]

    def encode(self, call: Call) -> tuple[str, bytes]:
        """The address to call and the data to send."""
        address = self.address(call.contract)
        return address, self._interfaces[call.contract].encode(call.function, call.arguments)

    def decode(self, call: Call, answer: bytes) -> object:
        """The decoded answer to a call."""
        return self._interfaces[call.contract].decode(call.function, answer)

    def event(self, name: str, topics: Sequence[bytes], data: bytes) -> tuple[str, Mapping[str, object]]:
        """An event of a contract, by its name, and its fields."""
        return self._interfaces[name].event(topics, data)

    def explain(self, call: Call | None, revert: bytes) -> ChainRefused:
        """The refusal in the data of a revert. A contract may pass on the error of one that it asked."""
        names = [call.contract] if call else []
        refusals = [self._interfaces[name].explain(revert) for name in (*names, *CONTRACTS)]
        return next((refusal for refusal in refusals if refusal.reason != "Reverted"), refusals[0])

    def is_code(self, name: str, code: bytes) -> bool:
        """Whether `code` is what this contract has on an honest node."""
        registry = bytes.fromhex(self.address("issuers")[2:])
        return code == self.artifacts[name].code_at(registry)

    def check_code(self, name: str, code: bytes) -> None:
        """Raise `WrongContracts` unless `code` is what this contract has on an honest node."""
        if not self.is_code(name, code):
            found = "no contract" if not code else "another contract, or another version of it"
            raise WrongContracts(
                f"At {self.address(name)}, where {name} should be, stands {found}.",
                next_step="Check the chain and the addresses of the contracts in the settings.",
            )
