"""RDFC-1.0: W3C's test suite, a second opinion on random graphs, and an end to poisoned ones."""

from pathlib import Path
from random import Random

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from creditbank.signing import NoCanonicalForm
from creditbank.signing.rdfc import HashName, canonical_nquads

SUITE = Path(__file__).parents[2] / "vectors" / "rdf-canon" / "rdfc10"
POISONED = {"test074"}
ANOTHER_HASH: dict[str, HashName] = {"test075": "sha384"}
CASES = sorted(path.name.removesuffix("-in.nq") for path in SUITE.glob("*-in.nq"))


def quads(text: bytes) -> list[pyoxigraph.Quad]:
    return list(pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.N_QUADS))  # type: ignore[arg-type]


def test_the_whole_suite_is_here() -> None:
    assert len(CASES) == 65


@pytest.mark.parametrize("case", [case for case in CASES if case not in POISONED])
def test_the_suite_gives_the_published_bytes(case: str) -> None:
    given_quads = quads((SUITE / f"{case}-in.nq").read_bytes())
    assert canonical_nquads(given_quads, ANOTHER_HASH.get(case, "sha256")) == (SUITE / f"{case}-rdfc10.nq").read_bytes()


def test_a_poisoned_graph_ends_in_a_refusal() -> None:
    """RDFC-1.0, 7.1: a clique of ten look-alikes would take years."""
    with pytest.raises(NoCanonicalForm, match="look alike"):
        canonical_nquads(quads((SUITE / "test074-in.nq").read_bytes()))


nodes = st.sampled_from([f"_:n{number}" for number in range(5)] + ["<urn:a>"])
graphs = st.sampled_from(["", "_:g0", "_:g1", "<urn:g>"])
statements = st.builds(
    lambda s, p, o, g: f"{s} <urn:{p}> {o} {g} .\n",
    nodes,
    st.sampled_from("pq"),
    nodes | st.just('"text"'),
    graphs,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(statements, min_size=1, max_size=9), st.randoms(use_true_random=False))
def test_labels_and_order_of_the_input_do_not_matter(lines: list[str], random: Random) -> None:
    """tests/interop asks npm's rdf-canonize about random graphs; pyld counts a self-related node's quads twice."""
    text = "".join(lines)
    mine = canonical_nquads(quads(text.encode()))
    shuffled = text.replace("_:n", "_:other").replace("_:g", "_:n").splitlines(keepends=True)
    random.shuffle(shuffled)
    assert canonical_nquads(quads("".join(shuffled).encode())) == mine
    assert canonical_nquads(quads(mine)) == mine


def test_a_node_counts_once_for_each_quad_that_relates_it() -> None:
    """Where pyoxigraph goes another way: look-alikes in named graphs, as in presentations of several credentials.

    JavaScript verifiers and pyld agree with the result here. When this test fails, pyoxigraph has changed, and its
    faster canonicalisation may be used again.
    """
    text = "".join(
        f'<urn:vp> <urn:shows> _:g{n} .\n<urn:s> <urn:a> _:x{n} _:g{n} .\n_:x{n} <urn:c> "EE" _:g{n} .\n'
        f"_:x{n} <urn:t> <urn:Address> _:g{n} .\n<urn:c{n}> <urn:b> <urn:s> _:g{n} .\n"
        for n in range(12)
    )
    dataset = pyoxigraph.Dataset(quads(text.encode()))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    theirs = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS)
    assert theirs is not None
    mine = canonical_nquads(quads(text.encode()))
    options = {"algorithm": "URDNA2015", "inputFormat": "application/n-quads", "format": "application/n-quads"}
    assert mine.decode() == jsonld.normalize(text, options)
    assert sorted(theirs.splitlines()) != sorted(mine.splitlines())
