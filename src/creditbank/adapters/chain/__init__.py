"""The chain: how does an Ethereum-compatible chain do what `services.ports.Chain` asks?

`EmbeddedChain` runs one inside this process and keeps it in a file; `RpcChain` speaks to a node over
JSON-RPC. Both are loaded when first asked for, because the libraries behind them take most of a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from creditbank.adapters.chain.settings import ChainSettings, open_chain
from creditbank.services.ports import FeeAboveCap

if TYPE_CHECKING:
    from creditbank.adapters.chain.artifacts import UnreadableArtifacts, load_artifacts
    from creditbank.adapters.chain.codec import UnspeakableCall
    from creditbank.adapters.chain.contracts import EMBEDDED_CHAIN_ID, WrongContracts
    from creditbank.adapters.chain.database import ChainBusy, ReadOnlyChain
    from creditbank.adapters.chain.deployment import created_address, deploy
    from creditbank.adapters.chain.embedded import EmbeddedChain
    from creditbank.adapters.chain.rpc import NoFinality, RpcChain, WrongChain

_HOMES: Final = {
    "EMBEDDED_CHAIN_ID": "contracts",
    "ChainBusy": "database",
    "EmbeddedChain": "embedded",
    "NoFinality": "rpc",
    "ReadOnlyChain": "database",
    "RpcChain": "rpc",
    "UnreadableArtifacts": "artifacts",
    "UnspeakableCall": "codec",
    "WrongChain": "rpc",
    "WrongContracts": "contracts",
    "created_address": "deployment",
    "deploy": "deployment",
    "load_artifacts": "artifacts",
}

__all__ = [
    "EMBEDDED_CHAIN_ID",
    "ChainBusy",
    "ChainSettings",
    "EmbeddedChain",
    "FeeAboveCap",
    "NoFinality",
    "ReadOnlyChain",
    "RpcChain",
    "UnreadableArtifacts",
    "UnspeakableCall",
    "WrongChain",
    "WrongContracts",
    "created_address",
    "deploy",
    "load_artifacts",
    "open_chain",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
