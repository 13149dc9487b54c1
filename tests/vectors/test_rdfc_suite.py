"""The whole suite of W3C's RDF Dataset Canonicalization, by its own manifest."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph
import pytest

from creditbank.signing import NoCanonicalForm
from creditbank.signing.rdfc import HashName, _Canonicalization, _statement, canonical_nquads

SUITE = Path(__file__).parent / "rdf-canon"
ENTRIES = json.loads((SUITE / "manifest.jsonld").read_bytes())["entries"]
HASHES: dict[str, HashName] = {"SHA256": "sha256", "SHA384": "sha384"}


def quads(name: str) -> list[pyoxigraph.Quad]:
    data = (SUITE / name).read_bytes()
    return list(pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.N_QUADS))  # type: ignore[arg-type]


def test_the_suite_gives_the_published_forms_and_names(counted: Callable[..., None]) -> None:
    for entry in ENTRIES:
        given, kind = quads(entry["action"]), entry["type"]
        algorithm = HASHES[entry.get("hashAlgorithm", "SHA256")]
        if kind == "rdfc:RDFC10NegativeEvalTest":
            started = time.monotonic()
            with pytest.raises(NoCanonicalForm, match="look alike"):
                canonical_nquads(given)
            assert time.monotonic() - started < 5
            continue
        published = (SUITE / entry["result"]).read_bytes()
        if kind == "rdfc:RDFC10EvalTest":
            same = canonical_nquads(given, algorithm) == published
        else:
            assert kind == "rdfc:RDFC10MapTest"
            labels = _Canonicalization({_statement(quad) for quad in given}, algorithm).labels()
            same = {old.removeprefix("_:"): new.removeprefix("_:") for old, new in labels.items()} == json.loads(
                published
            )
        assert same, entry["id"]
    assert len(ENTRIES) == 86
    counted("RDFC-1.0 (W3C rdf-canon)", len(ENTRIES))


@pytest.mark.parametrize("size", [12, 40, 150])
def test_graphs_that_are_poisoned_end_soon_whatever_their_size(size: int) -> None:
    """RDFC-1.0, 7.1: cliques, whose labellings grow with the factorial of the size."""
    lines = "".join(f"_:n{a} <urn:p> _:n{b} .\n" for a in range(size) for b in range(size) if a != b)
    graph = list(pyoxigraph.parse(lines.encode(), format=pyoxigraph.RdfFormat.N_QUADS))  # type: ignore[arg-type]
    started = time.monotonic()
    with pytest.raises(NoCanonicalForm):
        canonical_nquads(graph)
    assert time.monotonic() - started < 10
