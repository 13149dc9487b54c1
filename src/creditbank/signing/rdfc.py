"""RDF Dataset Canonicalization, RDFC-1.0 (W3C Recommendation, section 4), with counted work.

pyoxigraph canonicalises too, but where two nameless nodes look alike and a related node stands in several of their
quads, as in presentations of several credentials, it weighs that node once and not once for each quad. Its labels then
differ from those of every JavaScript verifier and of pyld. It also has no bound on symmetric graphs, whose work grows
exponentially ("dataset poisoning", section 7.1).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256, sha384
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from creditbank.errors import BadInput

if TYPE_CHECKING:
    from pyoxigraph import Quad

MAX_WORK: Final = 20_000
"""How many related nodes may be visited while telling look-alikes apart; honest documents need a few dozen."""


class NoCanonicalForm(BadInput):
    """The document's statements cannot be written in one canonical way, or not with reasonable work."""

    slug = "no-canonical-form"


class _Issuer:
    """Issues identifiers in order (4.5); copies are cheap, for each order that is tried needs one."""

    __slots__ = ("issued", "prefix")

    def __init__(self, prefix: str, issued: dict[str, str] | None = None) -> None:
        self.prefix = prefix
        self.issued = issued if issued is not None else {}

    def issue(self, node: str) -> str:
        return self.issued.setdefault(node, f"{self.prefix}{len(self.issued)}")

    def copy(self) -> "_Issuer":
        return _Issuer(self.prefix, dict(self.issued))


Statement: TypeAlias = tuple[str, str, str, str]
"""A quad as texts of N-Quads: subject, predicate, object, graph name (empty for the default graph)."""

HashName = Literal["sha256", "sha384"]
"""The hash that the algorithm is parameterised with (4.2); another one gives other labels."""

_HASHES: Final = {"sha256": sha256, "sha384": sha384}
_POSITIONS: Final = ((0, "s"), (2, "o"), (3, "g"))


def canonical_nquads(quads: Sequence["Quad"], algorithm: HashName = "sha256") -> bytes:
    """Write quads as canonical N-Quads, sorted; raise `NoCanonicalForm` when they are too symmetric."""
    return canonical_statements({_statement(quad) for quad in quads}, algorithm)


def canonical_statements(statements: set[Statement], algorithm: HashName = "sha256") -> bytes:
    """Write statements as canonical N-Quads, sorted; raise `NoCanonicalForm` when they are too symmetric."""
    label = _Canonicalization(statements, algorithm).labels().get
    lines = [_line(label(s, s), p, label(o, o), label(g, g)) for s, p, o, g in statements]
    lines.sort()
    return "".join(lines).encode()


def _statement(quad: "Quad") -> Statement:
    from pyoxigraph import DefaultGraph

    graph = "" if isinstance(quad.graph_name, DefaultGraph) else str(quad.graph_name)
    return str(quad.subject), str(quad.predicate), str(quad.object), graph


def _line(subject: str, predicate: str, object_: str, graph: str) -> str:
    return f"{subject} {predicate} {object_} {graph} .\n" if graph else f"{subject} {predicate} {object_} .\n"


class _Canonicalization:
    """The canonicalization state (4.2) and the algorithms that share it."""

    def __init__(self, quads: set[Statement], algorithm: HashName) -> None:
        self.hash = _HASHES[algorithm]
        # 4.4.3, step 2
        self.quads_of: dict[str, list[Statement]] = defaultdict(list)
        for quad in quads:
            subject, _, object_, graph = quad
            if subject[0] == "_":
                self.quads_of[subject].append(quad)
            if object_[0] == "_" and object_ != subject:
                self.quads_of[object_].append(quad)
            if graph and graph[0] == "_" and graph != subject and graph != object_:
                self.quads_of[graph].append(quad)
        self.canonical = _Issuer("_:c14n")
        self.first_degree = {node: self._hash_first_degree(node) for node in self.quads_of}
        self.work = 0

    def labels(self) -> dict[str, str]:
        """Canonical labels of the blank nodes (4.4.3, steps 3 to 5)."""
        alike: dict[str, list[str]] = defaultdict(list)
        for node, digest in self.first_degree.items():
            alike[digest].append(node)
        for digest in sorted(alike):
            if len(alike[digest]) == 1:
                self.canonical.issue(alike[digest][0])
        for digest in sorted(alike):
            found: list[tuple[str, _Issuer]] = []
            for node in alike[digest]:
                if node in self.canonical.issued:
                    continue
                temporary = _Issuer("_:b")
                temporary.issue(node)
                found.append(self._hash_n_degree(node, temporary))
            for _, issuer in sorted(found, key=lambda result: result[0]):
                for node in issuer.issued:
                    self.canonical.issue(node)
        return self.canonical.issued

    def _hash_first_degree(self, node: str) -> str:
        """Hash First Degree Quads (4.6.3)."""

        def seen(part: str) -> str:
            return part if not part.startswith("_:") else "_:a" if part == node else "_:z"

        lines = sorted(_line(seen(s), p, seen(o), seen(g)) for s, p, o, g in self.quads_of[node])
        return self.hash("".join(lines).encode()).hexdigest()

    def _hash_related(self, related: str, quad: Statement, issuer: _Issuer, position: str) -> str:
        """Hash Related Blank Node (4.7.3)."""
        predicate = quad[1] if position != "g" else ""
        name = self.canonical.issued.get(related) or issuer.issued.get(related) or self.first_degree[related]
        return self.hash(f"{position}{predicate}{name}".encode()).hexdigest()

    def _hash_n_degree(self, node: str, issuer: _Issuer) -> tuple[str, _Issuer]:
        """Hash N-Degree Quads (4.8.3)."""
        # steps 1 to 3: a node stands in the list once for each quad that relates it
        related_by: dict[str, list[str]] = defaultdict(list)
        for quad in self.quads_of[node]:
            for index, position in _POSITIONS:
                related = quad[index]
                if related.startswith("_:") and related != node:
                    related_by[self._hash_related(related, quad, issuer, position)].append(related)
        # steps 4 and 5
        data = self.hash()
        for digest in sorted(related_by):
            data.update(digest.encode())  # 5.1
            path, issuer = self._shortest_path(related_by[digest], issuer)
            data.update(path.encode())  # 5.5, and 5.6: the chosen issuer goes on
        return data.hexdigest(), issuer  # step 6

    def _shortest_path(self, related: list[str], issuer: _Issuer) -> tuple[str, _Issuer]:
        """Steps 5.2 to 5.4: of every order of the related nodes, the one with the least path."""
        chosen: tuple[str, _Issuer] | None = None
        for order in _orders(related):
            found = self._path(order, issuer.copy(), chosen[0] if chosen else "")
            if found is not None and (chosen is None or found[0] < chosen[0]):  # 5.4.6
                chosen = found
        assert chosen is not None, "the first order always gives a path"
        return chosen

    def _path(self, order: Sequence[str], issuer: _Issuer, least: str) -> tuple[str, _Issuer] | None:
        """Steps 5.4.1 to 5.4.5 for one order; None as soon as its path cannot be the least."""
        path = ""
        recursion: list[str] = []
        self._count(len(order))
        for node in order:  # 5.4.4
            if node in self.canonical.issued:
                path += self.canonical.issued[node]
            else:
                if node not in issuer.issued:
                    recursion.append(node)
                path += issuer.issue(node)
            if _is_worse(path, least):
                return None
        for node in recursion:  # 5.4.5
            digest, deeper = self._hash_n_degree(node, issuer)
            path += f"{issuer.issue(node)}<{digest}>"
            issuer = deeper
            if _is_worse(path, least):
                return None
        return path, issuer

    def _count(self, steps: int) -> None:
        self.work += steps
        if self.work > MAX_WORK:
            raise NoCanonicalForm(
                "Too many nameless parts of the document look alike to put them in one order.",
                next_step="Give the parts an id of their own.",
            )


def _orders(nodes: Sequence[str]) -> Iterator[list[str]]:
    """Every order of nodes, each once although nodes repeat, the sorted one first."""
    order = sorted(nodes)
    while True:
        yield order
        order = order.copy()
        rise = next((at for at in range(len(order) - 2, -1, -1) if order[at] < order[at + 1]), None)
        if rise is None:
            return
        swap = next(at for at in range(len(order) - 1, rise, -1) if order[at] > order[rise])
        order[rise], order[swap] = order[swap], order[rise]
        order[rise + 1 :] = reversed(order[rise + 1 :])


def _is_worse(path: str, least: str) -> bool:
    return bool(least) and len(path) >= len(least) and path > least


__all__ = ["MAX_WORK", "HashName", "NoCanonicalForm", "Statement", "canonical_nquads", "canonical_statements"]
