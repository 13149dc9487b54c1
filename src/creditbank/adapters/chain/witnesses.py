"""Asking nodes that nobody vouches for: what enough of them say alike, and prove where they can, is taken.

Whoever verifies names the nodes and how many must agree, and trusts the addresses of the contracts. All are asked about
one block, which lies as deep below the newest as its depth says. A node that can (`eth_getProof`) proves its answers
against the block's hash, so that its word is that hash alone. Its answers count where its code at the contracts'
addresses is ours, because slots of storage are read.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from creditbank.adapters.chain.rpc import RpcChain
from creditbank.anchoring import BlockPlace, ChainPlace
from creditbank.anchoring.state import open_state
from creditbank.errors import BadInput
from creditbank.services.ports import ChainUnavailable
from creditbank.verification import ChainFacts, TrustFacts, Way
from creditbank.verification.chain_state import Asked
from creditbank.verification.trust import BELOW_NEWEST

MOST_NODES: Final = 16


class TooFewNodes(BadInput):
    """More nodes must agree than are asked, or none at all."""

    slug = "too-few-nodes"


@dataclass(frozen=True, slots=True)
class Word:
    """What one node said of one block: its facts, and whether it proved them."""

    block: BlockPlace
    facts: TrustFacts
    proven: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the contracts' state, and the hashes of blocks that receipts name."""

    asked: Asked
    blocks: tuple[int, ...] = ()
    depth: int = BELOW_NEWEST


def ask_nodes(urls: Sequence[str], agree: int, question: Question, artifacts: Path) -> TrustFacts:
    """The facts in which at least `agree` of these nodes agree; else facts of the chain that say who did not answer.

    Raises `TooFewNodes`. Of an address only the host is told, because the rest may hold a key.
    """
    urls = list(dict.fromkeys(urls))  # one that is named twice has one voice
    if not 1 <= agree <= len(urls) <= MOST_NODES:
        raise TooFewNodes(
            f"{agree} of {len(urls)} different nodes cannot agree.",
            next_step=f"Name at least as many nodes as must agree, and at most {MOST_NODES}.",
        )
    names = [_host(url) for url in urls]
    silent: dict[str, str] = {}
    with ExitStack() as stack:
        nodes: dict[str, RpcChain] = {}
        for name, url in zip(_apart(names), urls, strict=True):
            with _noting(silent, name):
                nodes[name] = stack.enter_context(_opened(url, question, artifacts))
        heads: dict[str, int] = {}
        for name, node in nodes.items():
            with _noting(silent, name):
                heads[name] = node.head()[0]
        words: dict[str, Word] = {}
        number = max(0, sorted(heads.values())[-agree] - question.depth) if len(heads) >= agree else 0
        for name in heads if len(heads) >= agree else ():
            with _noting(silent, name):
                words[name] = _word(nodes[name], question, number)
    return _agreed(words, silent, len(urls), agree, question)


def _opened(url: str, question: Question, artifacts: Path) -> RpcChain:
    asked = question.asked
    contracts = {"issuers": asked.issuers_at, "anchors": asked.anchors_at, "redemptions": asked.redemptions_at}
    return RpcChain.open(
        url,
        chain_id=asked.chain.id,
        name=asked.chain.name,
        test=asked.chain.test,
        contracts=contracts,
        artifacts=artifacts,
        finality_depth=question.depth,
    )


def _word(node: RpcChain, question: Question, number: int) -> Word:
    asked, found = question.asked, node.block(number)
    if found is None:
        raise ChainUnavailable("It does not know the block that the others speak of.")
    block = BlockPlace(number, *found)
    try:
        header, nodes = node.witness(lambda slots: asked.facts(slots, block, ""), number)
        proven_block, slots = open_state(header, nodes)
        if proven_block != block:
            raise ChainUnavailable("It shows one block and proves another.")
        facts, proven = asked.facts(slots, block, ""), True
    except ChainUnavailable as cause:
        if "eth_getProof" not in str(cause):
            raise
        facts, proven = asked.facts(node.slots_at(number), block, ""), False
    places = [place for at in question.blocks if at <= number and (place := _place(node, at)) is not None]
    chains = tuple(replace(chain, blocks=tuple(dict.fromkeys((*chain.blocks, *places)))) for chain in facts.chains)
    return Word(block, replace(facts, chains=chains), proven)


def _place(node: RpcChain, number: int) -> BlockPlace | None:
    found = node.block(number)
    return None if found is None else BlockPlace(number, *found)


def _agreed(words: dict[str, Word], silent: dict[str, str], count: int, agree: int, question: Question) -> TrustFacts:
    alike: dict[tuple[BlockPlace, TrustFacts], list[str]] = {}
    for name, word in words.items():
        alike.setdefault((word.block, word.facts), []).append(name)
    most = max(alike.values(), key=len, default=[])
    if sum(len(names) >= agree for names in alike.values()) > 1:
        most = []  # each side has as many voices as must agree, so neither counts
    against = [
        f"{name} says {'otherwise' if most else 'one thing, others another'}" for name in words if name not in most
    ]
    failed = [f"{name}: {why}" for name, why in silent.items()]
    if len(most) < agree:
        told = "; ".join((*failed, *against))
        sentence = (
            f"Of {count} {'node' if count == 1 else 'nodes'} asked {len(most)} agreed, and {agree} must ({told})."
        )
        return _nothing(question.asked, sentence, _way(count))
    block, facts = next(key for key, names in alike.items() if names == most)
    how = "proven to it by" if all(words[name].proven for name in most) else "told by"
    source = f"the contracts at block {block.number}, {how} {len(most)} of {count} nodes ({', '.join(most)})"
    unanswered = f"Nodes that did not agree: {'; '.join((*failed, *against))}." if failed or against else ""
    ways = (*([Way.STATE] if all(words[name].proven for name in most) else []), _way(count))
    chains = tuple(replace(one, unanswered=unanswered, ways=ways) for one in facts.chains)
    return replace(facts, source=source, chains=chains)


def _way(count: int) -> Way:
    return Way.NODE if count == 1 else Way.NODES


def _nothing(asked: Asked, sentence: str, way: Way) -> TrustFacts:
    chain = ChainFacts(
        asked.chain.id,
        asked.chain.name,
        asked.chain.test,
        asked.issuers_at,
        asked.anchors_at,
        asked.redemptions_at,
        unanswered=sentence,
        ways=(way,),
    )
    return TrustFacts(source="nodes that gave no answer", test=asked.chain.test, chains=(chain,))


def question_of(chain: ChainFacts, asked: Asked, blocks: Sequence[int], depth: int = BELOW_NEWEST) -> Question:
    """The question to a chain whose contracts stand where the verifying party trusts them to."""
    place = ChainPlace(chain.id, chain.name, chain.test)
    at = replace(
        asked, chain=place, issuers_at=chain.issuers, anchors_at=chain.anchors, redemptions_at=chain.redemptions
    )
    return Question(at, tuple(sorted(set(blocks))), depth)


@contextmanager
def _noting(silent: dict[str, str], name: str) -> Iterator[None]:
    try:
        yield
    except ChainUnavailable as cause:
        silent[name] = cause.sentence.rstrip(".")


def _host(url: str) -> str:
    return urlsplit(url).hostname or "a node without a name"


def _apart(names: Sequence[str]) -> Iterator[str]:
    """The same names, numbered where one host is asked at several ports."""
    for at, name in enumerate(names):
        yield name if names.count(name) == 1 else f"{name} ({names[: at + 1].count(name)})"
