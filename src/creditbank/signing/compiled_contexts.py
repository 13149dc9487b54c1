"""Contexts compiled to tables: what each word means at each place of a document, worked out once.

A *scope* is what JSON-LD 1.1 calls an active context: the terms in force. It knows which scope holds inside an object
of certain types, and below a certain term. Compiled is what the pinned contexts are made of: terms that stand for
IRIs, compact IRIs or other terms; `id` and `type` as the only names of keywords; coercion to `@id`, `@vocab` or a
datatype; the containers `@set`, `@list` and `@graph`; protected terms; contexts scoped to a type or a property.
Anything else raises `Declined`, at once or when a document uses the term: then pyld, which stays the reference, is
asked.
"""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Self, TypeVar

from creditbank.canonical import Json, JsonObject
from creditbank.signing.contexts import MAX_IN_A_LIST, ContextLibrary, ContextRefused

_TERM_KEYS: Final = frozenset({"@id", "@type", "@container", "@context", "@protected"})
_CONTAINERS: Final = (None, "@set", "@list", "@graph")
_ALIASES: Final = {"id": "@id", "type": "@type"}
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

# narrower than RFC 3987: plain ASCII in a shape that every reader of IRIs takes as it stands
_PLAIN: Final = r"[A-Za-z0-9._~:/@!$&'()*+,;=-]|%[0-9A-Fa-f]{2}"
_IRI: Final = re.compile(
    r"(?!relative-name:)"
    r"(?:https?://[A-Za-z0-9.-]++(?::[0-9]{1,5})?(?=[/?#]|\Z)|[A-Za-z][A-Za-z0-9+.-]*+:(?!//))"
    rf"(?:{_PLAIN})*+(?:\?(?:{_PLAIN}|\?)*+)?(?:#(?:{_PLAIN}|\?)*+)?"
)

_MEMO: Final = 256
"""How many answers one scope remembers: more than honest documents need, fewer than would fill a memory."""
_MOST_SCOPES: Final = 2048
"""How many scopes hang together, each some kilobytes; honest documents reach a few dozen, hostile ones nest others."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class Declined(Exception):
    """The tables do not say what this means; pyld does. Never leaves `creditbank.signing`."""


class _Memo(dict[Key, Value]):
    """Remembers answers, and forgets them all when strangers have asked for too many."""

    def keep(self, key: Key, value: Value) -> Value:
        if len(self) >= _MEMO:
            self.clear()
        self[key] = value
        return value


def _plain_iri(text: Json) -> str:
    if type(text) is not str or _IRI.fullmatch(text) is None:
        raise Declined
    return text


@dataclass(frozen=True, slots=True)
class Term:
    """What a context says of one word; equal ones may stand for each other (JSON-LD 1.1 API, 4.2).

    `scoped` holds the context that the word brings along, if any. A term that is not `understood` is in the table only
    to decline documents that use it.
    """

    iri: str
    coercion: str | None = None
    container: str | None = None
    scoped: tuple[Json, ...] = ()
    protected: bool = False
    prefix: bool = False
    understood: bool = True


class Use(NamedTuple):
    """A term as the name of a property: its predicate, how its values are read, and the scopes they are read in.

    `closing` is how a text ends that is no identifier: its last quote, and its datatype. `only_nodes`: the term's own
    context takes away what would say how to read anything but objects.
    """

    predicate: str
    coercion: str | None
    closing: str
    container: str | None
    beside: "Scope"
    inside: "Scope"
    only_nodes: bool = False

    @classmethod
    def of(cls, term: Term, coercion: str | None, beside: "Scope", inside: "Scope", *, only_nodes: bool) -> Self:
        """The use of a term whose values are read by `coercion`."""
        datatype = None if coercion in (None, "@id", "@vocab", f"{XSD}string") else coercion
        closing = f'"^^<{datatype}>' if datatype else '"'
        return cls(f"<{term.iri}>", coercion, closing, term.container, beside, inside, only_nodes)


class Scope:
    """The terms in force at one place, and the scope that comes back in objects further down (`before`)."""

    def __init__(
        self,
        contexts: ContextLibrary,
        terms: Mapping[str, Term],
        before: "Scope | None" = None,
        family: "list[Scope] | None" = None,
    ) -> None:
        self.terms = terms
        self._family = [] if family is None else family
        if len(self._family) >= _MOST_SCOPES:
            raise Declined
        self._family.append(self)
        self._contexts = contexts
        self._before = before
        self._local: _Memo[str, Scope] = _Memo()
        self._typed: _Memo[str | tuple[Json, ...], tuple[Scope, tuple[str, ...]]] = _Memo()
        self.uses: dict[str, Use] = {}

    @property
    def is_crowded(self) -> bool:
        """Whether so many scopes hang together with this one that it is time to begin anew."""
        return len(self._family) > _MOST_SCOPES // 2

    def local(self, contexts: Json) -> "Scope":
        """The scope of an object that says `@context` itself."""
        name = repr(contexts)  # unlike equality, tells 1 from true
        found = self._local.get(name)
        if found is None:
            try:
                # copied, since whoever handed the document in may change it while this is remembered
                own = deepcopy(_entries(contexts)[: MAX_IN_A_LIST + 1])
                blocks = [self._contexts.block(entry) for entry in own]
            except ContextRefused:
                raise Declined from None
            if len(blocks) > MAX_IN_A_LIST:
                raise Declined
            found = self._local.keep(name, self._with(blocks, override=False, before=self._before))
        return found

    def typed(self, types: Json) -> "tuple[Scope, tuple[str, ...]]":
        """The scope inside an object of these types, and the types as IRIs of N-Quads."""
        if type(types) is not str and type(types) is not list:
            raise Declined
        key = types if type(types) is str else tuple(types)
        try:
            found = self._typed.get(key)
        except TypeError:  # a type that is no text
            raise Declined from None
        return found or self._typed.keep(key, self._of_types(_entries(types)))

    def _of_types(self, types: list[Json]) -> "tuple[Scope, tuple[str, ...]]":
        names = [one for one in types if isinstance(one, str)]
        if not names or len(names) != len(types) or "type" not in self.terms:
            raise Declined
        scope = self
        for name in sorted(names):
            term = self.terms.get(name)
            if term is not None and term.scoped:
                blocks = scope._blocks(term)
                if None in blocks:
                    raise Declined
                scope = scope._with(blocks, override=False, before=scope._before or scope)
        return scope, tuple(f"<{self.vocabulary_iri(name)}>" for name in names)

    def use(self, word: str) -> Use:
        """What a key of an object means; an unknown one is declined."""
        return self.uses.get(word) or self.uses.setdefault(word, self._use(word))

    def _use(self, word: str) -> Use:
        """Values are read in the term's own context; objects first lose the context of their parent's types, then gain
        it (JSON-LD 1.1 API, 5.1.2, steps 7 and 8).
        """
        term = self.terms.get(word)
        if term is None or not term.understood or term.iri.startswith("@"):
            raise Declined
        beside = self._below(term)
        own = beside.terms.get(word)
        inside = beside._before or beside
        if own is None:  # its own context takes all words away
            return Use.of(term, None, beside, inside, only_nodes=True)
        if not own.understood or own.container != term.container:
            raise Declined
        return Use.of(term, own.coercion, beside, inside._below(own), only_nodes=False)

    def iri(self, text: Json) -> str:
        """An identifier, which must be absolute and plain (JSON-LD 1.1 API, 5.2, without vocabulary)."""
        found = _plain_iri(text)
        if found.partition(":")[0] in self.terms:
            raise Declined
        return found

    def vocabulary_iri(self, text: Json) -> str:
        """A term or an absolute identifier (JSON-LD 1.1 API, 5.2, with vocabulary)."""
        term = self.terms.get(text) if type(text) is str else None
        if term is None:
            return self.iri(text)
        if not term.understood or term.iri.startswith("@"):
            raise Declined
        return term.iri

    def _below(self, term: Term) -> "Scope":
        return self._with(self._blocks(term), override=True, before=self._before) if term.scoped else self

    def _blocks(self, term: Term) -> list[JsonObject | None]:
        """The scoped context of a pinned term: it needs no pin of its own, and may take all words away."""
        blocks: list[JsonObject | None] = []
        for entry in _entries(term.scoped[0]):
            if entry is not None and not isinstance(entry, dict):
                raise Declined
            blocks.append(entry)
        return blocks

    def _with(self, blocks: Iterable[JsonObject | None], *, override: bool, before: "Scope | None") -> "Scope":
        terms = self.terms
        for block in blocks:
            if block is None:
                terms, before = {}, None
            else:
                terms = _Definitions(block, terms).all(override=override)
        return Scope(self._contexts, terms, before, self._family)


class _Definitions:
    """The terms of one context block, added to those in force (JSON-LD 1.1 API, 4.1 and 4.2)."""

    def __init__(self, block: JsonObject, terms: Mapping[str, Term]) -> None:
        keywords = {key for key in block if key.startswith("@")} - {"@protected"}
        if keywords - {"@version"} or block.get("@version", 1.1) != 1.1:
            raise Declined
        self._protected = block.get("@protected") is True
        self._block = {word: value for word, value in block.items() if not word.startswith("@")}
        self._terms = dict(terms)
        self._done: dict[str, bool] = {}

    def all(self, *, override: bool) -> Mapping[str, Term]:
        """Every term in force afterwards; only with `override` may one that is protected change its meaning."""
        for word in self._block:
            self._define(word, override=override)
        return self._terms

    def _define(self, word: str, *, override: bool) -> None:
        if word in self._done:
            if not self._done[word]:
                raise Declined  # a circle
            return
        self._done[word] = False
        previous = self._terms.pop(word, None)
        term = self._term(word, self._block[word])
        if previous is not None and previous.protected and not override:
            term = replace(term, protected=True)
            if term != previous:
                raise Declined
        self._terms[word] = term
        self._done[word] = True

    def _term(self, word: str, value: Json) -> Term:
        given = {"@id": value} if isinstance(value, str) else value if isinstance(value, dict) else {}
        protected = bool(given.get("@protected", self._protected))
        name = given.get("@id")
        iri = self._resolved(name) if isinstance(name, str) and name != word else ""
        if iri.startswith("@") or word in _ALIASES:  # another name for a keyword could hide it
            if _ALIASES.get(word) != iri or given.keys() - {"@id", "@protected"}:
                raise Declined
            return Term(iri, protected=protected)
        coercion, container = given.get("@type"), given.get("@container")
        if isinstance(coercion, str) and not coercion.startswith("@"):
            coercion = _plain_iri(self._resolved(coercion))
        if isinstance(container, list) and len(container) == 1:
            container = container[0]
        understood = (
            given.keys() <= _TERM_KEYS
            and not set(word) & {":", "/"}
            and _IRI.fullmatch(iri) is not None
            and _is_coercion(coercion)
            and container in _CONTAINERS
        )
        scoped: tuple[Json, ...] = (given["@context"],) if "@context" in given else ()
        return Term(
            iri,
            coercion if isinstance(coercion, str) else None,
            container if isinstance(container, str) else None,
            scoped if understood else (dict(given),),  # all of it, so that only the same definition is equal
            protected,
            prefix=isinstance(value, str) and iri[-1:] in (*":/?#[]@",),
            understood=understood,
        )

    def _resolved(self, name: str) -> str:
        """A keyword, a term, a compact or an absolute IRI (JSON-LD 1.1 API, 5.2, with a local context)."""
        if name.startswith("@"):
            return name
        prefix, colon, suffix = name.partition(":")
        for word in (name, prefix) if colon else (name,):
            if word in self._block and not suffix.startswith("//"):
                self._define(word, override=False)
        term = self._terms.get(name)
        if term is not None and term.understood:
            return term.iri
        if term is not None or not colon:
            raise Declined
        if suffix.startswith("//") or prefix not in self._terms:
            return name
        if not self._terms[prefix].prefix:
            raise Declined
        return self._terms[prefix].iri + suffix


def _is_coercion(coercion: Json) -> bool:
    """Whether values of this coercion become statements without a change of spelling, and not as JSON."""
    if isinstance(coercion, str) and not coercion.startswith("@"):
        return not coercion.startswith(RDF) and coercion != f"{XSD}double"
    return coercion in (None, "@id", "@vocab")


def _entries(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


__all__ = ["RDF", "XSD", "Declined", "Scope", "Term", "Use"]
