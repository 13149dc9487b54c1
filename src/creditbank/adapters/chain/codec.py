"""Words of the contracts (functions, values, errors) to and from the chain's bytes (Solidity ABI
specification).
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import eth_abi.abi
import eth_abi.exceptions
from eth_hash.auto import keccak

from creditbank.adapters.chain.artifacts import Artifact
from creditbank.adapters.chain.refusals import refusal
from creditbank.anchoring.evidence import checksum_address
from creditbank.errors import BadInput
from creditbank.services.ports import ChainRefused, ChainUnavailable
from creditbank.services.reads import NOBODY

PANIC: Final = keccak(b"Panic(uint256)")[:4]


class UnspeakableCall(BadInput):
    """The contract has no such function, or the arguments are not of its types."""

    slug = "unspeakable-call"


def type_of(parameter: Mapping[str, Any]) -> str:
    """The canonical type of a parameter; a struct is spelled as the tuple of its members."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    members = ",".join(type_of(member) for member in parameter["components"])
    return f"({members}){kind[5:]}"


class Interface:
    """One contract's functions and errors. Names are unique in each contract: none is overloaded."""

    def __init__(self, artifact: Artifact) -> None:
        self._abi = artifact.abi
        self._name = artifact.name

    @cached_property
    def _functions(self) -> dict[str, Mapping[str, Any]]:
        return {item["name"]: item for item in self._abi if item["type"] == "function"}

    @cached_property
    def _errors(self) -> dict[bytes, Mapping[str, Any]]:
        return {_selector(item): item for item in self._abi if item["type"] == "error"}

    @cached_property
    def _events(self) -> dict[bytes, Mapping[str, Any]]:
        return {bytes(keccak(_signature(item))): item for item in self._abi if item["type"] == "event"}

    def event(self, topics: Sequence[bytes], data: bytes) -> tuple[str, Mapping[str, object]]:
        """The name of an event and its fields; raises `ChainUnavailable` for what this contract never tells."""
        item = self._events.get(topics[0]) if topics else None
        if item is None:
            raise ChainUnavailable(f"The chain shows an event of {self._name} that the contract does not have.")
        marked = [field for field in item["inputs"] if field["indexed"]]
        plain = [field for field in item["inputs"] if not field["indexed"]]
        try:
            if len(topics) != 1 + len(marked):
                raise ValueError("topics are missing")
            pairs = zip(marked, topics[1:], strict=True)
            values = [eth_abi.abi.decode([type_of(one)], topic)[0] for one, topic in pairs]
            others = eth_abi.abi.decode([type_of(one) for one in plain], data)
        except (eth_abi.exceptions.DecodingError, OverflowError, ValueError):
            raise ChainUnavailable(f"An event of {self._name} cannot be read.") from None
        told = [*zip(marked, values, strict=True), *zip(plain, others, strict=True)]
        return item["name"], {field["name"]: _dress(field, value) for field, value in told}

    def encode(self, function: str, arguments: Sequence[object]) -> bytes:
        """The call data; raises `UnspeakableCall`. Fixed bytes must have their exact length."""
        item = self._function(function)
        types = [type_of(parameter) for parameter in item["inputs"]]
        short = [
            value
            for kind, value in zip(types, arguments, strict=False)
            if kind == "bytes32" and not (isinstance(value, bytes) and len(value) == 32)
        ]
        try:
            if short:
                raise ValueError(f"{short[0]!r} is not 32 bytes")
            return _selector(item) + eth_abi.abi.encode(types, list(arguments))
        except (eth_abi.exceptions.EncodingError, ValueError, TypeError) as cause:
            raise UnspeakableCall(f"{self._name}.{function} cannot be called with this: {cause}.") from None

    def decode(self, function: str, data: bytes) -> object:
        """The answer of a function: the one value, or a tuple of several. Raises `ChainUnavailable` for
        nonsense.
        """
        outputs = self._function(function)["outputs"]
        try:
            values = eth_abi.abi.decode([type_of(output) for output in outputs], data, strict=True)
        except (eth_abi.exceptions.DecodingError, OverflowError, ValueError):
            raise ChainUnavailable(f"The chain's answer to {self._name}.{function} cannot be read.") from None
        dressed = tuple(_dress(output, value) for output, value in zip(outputs, values, strict=True))
        return dressed[0] if len(dressed) == 1 else dressed

    def explain(self, data: bytes) -> ChainRefused:
        """Name the custom error in the data of a revert."""
        item = self._errors.get(data[:4])
        if item is None:
            return refusal("Panic" if data[:4] == PANIC else "Reverted", {})
        try:
            values = eth_abi.abi.decode([type_of(field) for field in item["inputs"]], data[4:])
        except (eth_abi.exceptions.DecodingError, OverflowError, ValueError):
            return refusal(item["name"], {})
        named = {field["name"]: _dress(field, value) for field, value in zip(item["inputs"], values, strict=True)}
        return refusal(item["name"], named)

    def _function(self, function: str) -> Mapping[str, Any]:
        item = self._functions.get(function)
        if item is None:
            raise UnspeakableCall(f"The contract {self._name} has no function {function!r}.")
        return item


def creation(artifact: Artifact, registry: str | None, predecessor: str = NOBODY) -> bytes:
    """The data of the transaction that creates a contract: the registry, for all but the registry itself, and which
    contract it succeeds.
    """
    arguments = [registry, predecessor] if registry else [predecessor]
    return artifact.creation + eth_abi.abi.encode(["address"] * len(arguments), arguments)


def _selector(item: Mapping[str, Any]) -> bytes:
    return bytes(keccak(_signature(item))[:4])


def _signature(item: Mapping[str, Any]) -> bytes:
    types = ",".join(type_of(parameter) for parameter in item["inputs"])
    return f"{item['name']}({types})".encode()


def _dress(parameter: Mapping[str, Any], value: Any) -> Any:
    """Checksum addresses, however deep they stand, and freeze lists."""
    kind: str = parameter["type"]
    if kind.endswith("[]"):
        return tuple(_dress({**parameter, "type": kind[:-2]}, item) for item in value)
    if kind == "tuple":
        return tuple(_dress(member, item) for member, item in zip(parameter["components"], value, strict=True))
    return checksum_address(bytes.fromhex(value[2:])) if kind == "address" else value
