"""Several nodes of one chain that must say the same: what too few of them say alike is no answer."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Self, TypeVar

from creditbank.adapters.chain.rpc import RpcChain
from creditbank.anchoring import ChainPlace
from creditbank.services.chain_events import ChainEvent
from creditbank.services.ports import Call, ChainUnavailable

T = TypeVar("T")


class AgreeingChain:
    """Asks every node, and takes what at least `agree` of them answer alike; implements what an audit asks.

    Nodes are named by the number of their place, and one that could not be opened is one that does not answer. Raises
    `ChainUnavailable` where too few agree, or where two answers have that many voices each.
    """

    def __init__(self, nodes: Sequence[RpcChain | ChainUnavailable], agree: int, place: ChainPlace) -> None:
        assert 1 <= agree <= len(nodes), "as many nodes must agree as there are, at most"
        self._nodes, self._agree, self._place = nodes, agree, place

    @classmethod
    def open(
        cls, urls: Sequence[str], agree: int, place: ChainPlace, contracts: Mapping[str, str], artifacts: Path
    ) -> Self:
        """Connect to each of these nodes; what keeps one from being used is told with every answer it owes."""
        nodes: list[RpcChain | ChainUnavailable] = []
        for url in urls:
            try:
                node = RpcChain.open(
                    url,
                    chain_id=place.id,
                    name=place.name,
                    test=place.test,
                    contracts=contracts,
                    artifacts=artifacts,
                )
            except ChainUnavailable as cause:
                nodes.append(cause)
            else:
                nodes.append(node)
        made = cls(nodes, agree, place)
        made.contracts = dict(contracts)
        return made

    contracts: Mapping[str, str] = MappingProxyType({})
    """The contracts' addresses, which whoever opened the nodes trusts."""

    def close(self) -> None:
        """Close every connection."""
        for node in self._nodes:
            if isinstance(node, RpcChain):
                node.close()

    @property
    def chain_id(self) -> int:
        """The chain id that all of them were opened for."""
        return self._place.id

    @property
    def name(self) -> str:
        """How the chain is called."""
        return self._place.name

    @property
    def test_chain(self) -> bool:
        """Whether it is a test chain."""
        return self._place.test

    def head(self) -> tuple[int, str, datetime]:
        """The newest block that enough of them have."""
        number = self._height(lambda node: node.head()[0])
        found = self.block(number)
        if found is None:
            raise ChainUnavailable("The nodes do not agree on their newest block.")
        return (number, *found)

    def newest_final(self) -> int:
        """The newest block that is final for enough of them."""
        return self._height(lambda node: node.newest_final())

    def block(self, number: int) -> tuple[str, datetime] | None:
        """Hash and time of a block."""
        return self._same(f"block {number}", lambda node: node.block(number))

    def events(self, contract: str, first: int, last: int) -> Sequence[ChainEvent]:
        """Every event of a contract in these blocks; that one is left out is a disagreement too."""
        return self._same(f"the events of {contract}", lambda node: list(node.events(contract, first, last)))

    def read(self, call: Call) -> object:
        """What the contract answers."""
        return self._same(f"{call.contract}.{call.function}", lambda node: node.read(call))

    def _height(self, ask: Callable[[RpcChain], int]) -> int:
        heights, silent = self._asked(ask)
        if len(heights) < self._agree:
            raise ChainUnavailable(f"Of {len(self._nodes)} nodes {len(heights)} answered. {silent}".rstrip())
        return sorted(heights)[-self._agree]

    def _same(self, what: str, ask: Callable[[RpcChain], T]) -> T:
        answers, silent = self._asked(ask)
        voices = [(sum(other == answer for other in answers), at) for at, answer in enumerate(answers)]
        most = max(voices, default=(0, 0))
        if most[0] < self._agree or any(
            count >= self._agree and answers[at] != answers[most[1]] for count, at in voices
        ):
            alike = f"Of {len(self._nodes)} nodes {most[0]} say the same of {what}, and {self._agree} must."
            raise ChainUnavailable(f"{alike} {silent}".rstrip())
        return answers[most[1]]

    def _asked(self, ask: Callable[[RpcChain], T]) -> tuple[list[T], str]:
        answers, silent = [], []
        for number, node in enumerate(self._nodes, start=1):
            try:
                if isinstance(node, ChainUnavailable):
                    raise node
                answers.append(ask(node))
            except ChainUnavailable as cause:
                silent.append(f"Node {number}: {cause.sentence}")
        return answers, " ".join(silent)
