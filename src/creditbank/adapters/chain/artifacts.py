"""The compiled contracts as committed: interface, creation code, and the code a node must show at their
addresses.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from creditbank.errors import BadInput

CONTRACTS: Final = ("issuers", "anchors", "redemptions")


class UnreadableArtifacts(BadInput):
    """The folder does not hold the compiled contracts."""

    slug = "unreadable-artifacts"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract. `immutables` are the byte offsets at which its constructor writes the registry's
    address.
    """

    name: str
    abi: tuple[Mapping[str, Any], ...]
    creation: bytes
    deployed: bytes
    immutables: tuple[int, ...]

    def code_at(self, registry: bytes) -> bytes:
        """The code that an honest node shows for a contract built with this registry (20 bytes)."""
        code = bytearray(self.deployed)
        for start in self.immutables:
            code[start : start + 32] = registry.rjust(32, b"\x00")
        return bytes(code)


def load_artifacts(folder: Path) -> Mapping[str, Artifact]:
    """Read the three artifacts by name: issuers, anchors, redemptions. Raises `UnreadableArtifacts`."""
    return {name: _load(folder / f"{name.capitalize()}.json", name) for name in CONTRACTS}


def _load(file: Path, name: str) -> Artifact:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return Artifact(
            name=name,
            abi=tuple(document["abi"]),
            creation=bytes.fromhex(document["bytecode"][2:]),
            deployed=bytes.fromhex(document["deployedBytecode"][2:]),
            immutables=tuple(int(place["start"]) for place in document["immutables"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise UnreadableArtifacts(
            f"The compiled contract cannot be read: {type(cause).__name__}: {cause}",
            place=str(file),
            next_step="Reinstall the package, or run `node build.mjs` in contracts/.",
        ) from None
