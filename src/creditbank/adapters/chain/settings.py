"""Which chain a bank uses. Any Ethereum-compatible chain is configuration, not code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from creditbank.errors import BadInput

if TYPE_CHECKING:
    from creditbank.adapters.chain.embedded import EmbeddedChain
    from creditbank.adapters.chain.rpc import RpcChain


TRIES: Final = 8
"""How often a node is asked at the start: one answer that is lost is no reason not to start."""


class BadChainSettings(BadInput):
    """The settings do not say which chain is meant."""

    slug = "bad-chain-settings"


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """The embedded chain in the file `path`, or the chain `chain_id` behind the JSON-RPC node at `url`.

    `contracts` are addresses by name (rpc only; the embedded chain remembers its own). A block is final when
    `finality_depth` blocks stand on it (`finality` is `depth`), or when the chain itself calls it `safe` or
    `finalized`. `fee_cap` is the most to pay for a unit of gas in wei (None: no cap), `fee_kind` says whether
    fees follow the blocks (`auto`) or are one gas price everywhere (`legacy`), `test` whether receipts must
    say that the chain proves nothing to strangers.
    """

    kind: Literal["embedded", "rpc"]
    path: Path | None = None
    url: str = ""
    chain_id: int = 0
    name: str = ""
    contracts: Mapping[str, str] = field(default_factory=dict)
    finality: Literal["depth", "safe", "finalized"] = "depth"
    finality_depth: int = 2
    fee_cap: int | None = None
    fee_kind: Literal["auto", "legacy"] = "auto"
    test: bool = False


def open_chain(
    settings: ChainSettings, *, own: bool, clock: Callable[[], datetime], artifacts: Path
) -> "EmbeddedChain | RpcChain":
    """Open the chain that the settings name. `own` matters to the embedded chain only.

    Raises `BadChainSettings`, and what the two `open` functions raise.
    """
    if settings.kind == "embedded":
        if settings.path is None:
            raise BadChainSettings("The embedded chain needs a file to live in.")
        from creditbank.adapters.chain.embedded import EmbeddedChain

        return EmbeddedChain.open(
            settings.path, own=own, clock=clock, artifacts=artifacts, finality_depth=settings.finality_depth
        )
    if not settings.url.startswith(("http://", "https://")) or settings.chain_id <= 0:
        raise BadChainSettings(
            "A chain behind a node needs the node's http(s) address and the chain id.",
            next_step="Set both in the bank's settings.",
        )
    from creditbank.adapters.chain.rpc import RpcChain

    return RpcChain.open(
        settings.url,
        chain_id=settings.chain_id,
        name=settings.name or f"chain {settings.chain_id}",
        test=settings.test,
        contracts=settings.contracts,
        artifacts=artifacts,
        finality=settings.finality,
        finality_depth=settings.finality_depth,
        fee_cap=settings.fee_cap,
        fee_kind=settings.fee_kind,
        tries=TRIES,
    )
