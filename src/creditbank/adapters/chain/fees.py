"""What a unit of gas costs now, and what a transaction that is to take another's place must offer.

Fees follow what blocks took lately (`eth_feeHistory`), with two ways to pay: EIP-1559, and one gas price where blocks
have no base fee or the settings say so. Nothing here exceeds the cap of the settings, whatever a node claims.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, Literal

from creditbank.adapters.chain.encoding import decode_rlp
from creditbank.services.ports import FeeAboveCap

FeeKind = Literal["auto", "legacy"]
HISTORY: Final = 20  # blocks looked back on
PERCENTILE: Final = 60  # of what each block's transactions tipped
FALLBACK_TIP: Final = 10**9
DYNAMIC: Final = 2  # the type of a transaction that pays by EIP-1559
MOST: Final = 2**62  # wei for a unit of gas; nothing has ever cost so much, and no number of a node's may grow further
NEWEST: Final = ("eth_getBlockByNumber", "latest", False)
LATELY: Final = ("eth_feeHistory", hex(HISTORY), "latest", [PERCENTILE])
STEP: Final = (9, 8)  # nodes take a replacement from a tenth more on, geth and its kin; an eighth is above that


@dataclass(frozen=True, slots=True)
class Price:
    """The most that is paid for a unit of gas, and how much of it goes to whoever makes the block."""

    most: int
    tip: int | None
    """None where the chain knows one gas price only."""

    def fields(self) -> dict[str, object]:
        """The fields of a transaction."""
        if self.tip is None:
            return {"gasPrice": self.most}
        return {"type": DYNAMIC, "maxFeePerGas": self.most, "maxPriorityFeePerGas": self.tip}


@dataclass(frozen=True, slots=True)
class Market:
    """What the next block asks (`base`), and what is tipped to stand in it. `base` is None without EIP-1559."""

    base: int | None
    tip: int

    @property
    def needed(self) -> int:
        """The least that a transaction has to offer to stand in the next block."""
        return (self.base or 0) + self.tip

    def price(self, cap: int | None) -> Price:
        """Enough for six full blocks in a row, in which the base fee doubles (EIP-1559), or the whole cap.

        Raises `FeeAboveCap` when the next block asks more than the cap.
        """
        limit = MOST if cap is None else cap
        if self.needed > limit:
            raise FeeAboveCap(self.needed, limit)
        if self.base is None:
            return Price(self.tip, None)
        return Price(min(2 * self.base + self.tip, limit), self.tip)

    def above(self, before: Price, cap: int | None) -> Price:
        """The price of a transaction that takes the place of one at `before`: each fee an eighth more, or the market's.

        Raises `FeeAboveCap` when that is more than the cap.
        """
        limit = MOST if cap is None else cap
        least = raised(before.most)
        if max(least, self.needed) > limit:
            raise FeeAboveCap(max(least, self.needed), limit)
        if before.tip is None:
            return Price(max(least, self.needed), None)
        wanted = 2 * (self.base or 0) + self.tip
        most = min(max(least, wanted), limit)
        return Price(most, min(max(raised(before.tip), self.tip), most))


def raised(fee: int) -> int:
    """An eighth more, rounded up; of nothing it is one wei."""
    return max(-(-fee * STEP[0] // STEP[1]), 1)


def questions(kind: FeeKind) -> tuple[tuple[Any, ...], ...]:
    """What `market` mostly asks, with its parameters."""
    return NEWEST, (("eth_gasPrice",) if kind == "legacy" else LATELY)


def market(ask: Callable[..., Any], number: Callable[[object], int], kind: FeeKind) -> Market:
    """The market as the node tells it. `ask` answers None to what the node does not know.

    A tip is the median of what blocks with transactions in them took at the percentile; without such blocks the node's
    own proposal, else a common one. It is nothing only where the block asks for nothing: such a chain is free.
    """
    block = ask(*NEWEST)
    base = block.get("baseFeePerGas") if isinstance(block, dict) else None
    if kind == "legacy" or base is None:
        return Market(None, max(number(ask("eth_gasPrice")), 1))
    history = ask(*LATELY)
    told: Mapping[str, Any] = history if isinstance(history, dict) else {}
    bases = told.get("baseFeePerGas")  # the last is that of the block to come
    following = number(bases[-1]) if isinstance(bases, list) and bases else number(base)
    least = min(following, 1)
    tips = _tips(told, number)
    if tips:
        return Market(following, max(int(median(tips)), least))
    proposed = ask("eth_maxPriorityFeePerGas")
    return Market(following, FALLBACK_TIP if proposed is None else max(number(proposed), least))


def _tips(history: Mapping[str, Any], number: Callable[[object], int]) -> list[int]:
    rewards, filled = history.get("reward"), history.get("gasUsedRatio")
    if not isinstance(rewards, list) or not isinstance(filled, list):
        return []
    full = [row for row, ratio in zip(rewards, filled, strict=False) if isinstance(ratio, int | float) and ratio > 0]
    return [number(row[0]) for row in full if isinstance(row, list) and row]


def unsigned(raw: bytes) -> tuple[dict[str, object], Price]:
    """The transaction in signed bytes of ours without its price, and the price; as EIP-1559 or EIP-155 writes them."""
    if raw[:1] == bytes([DYNAMIC]):
        chain, nonce, tip, most, gas, to, value, data, *_ = decode_rlp(raw[1:])
        price = Price(_int(most), _int(tip))
    else:
        nonce, most, gas, to, value, data, v, *_ = decode_rlp(raw)
        chain, price = ((_int(v) - 35) // 2).to_bytes(32, "big"), Price(_int(most), None)
    transaction: dict[str, object] = {
        "chainId": _int(chain),
        "nonce": _int(nonce),
        "value": _int(value),
        "data": "0x" + bytes(data).hex(),
        "gas": _int(gas),
    }
    return ({**transaction, "to": bytes(to)} if to else transaction), price


def _int(data: bytes) -> int:
    return int.from_bytes(data, "big")
