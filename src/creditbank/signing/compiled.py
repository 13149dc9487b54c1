"""The quick way from a document to its statements: one walk over it, with contexts compiled to tables.

pyld expands any JSON-LD, then flattens and numbers what it expanded; that costs ten times what everything else about a
credential costs. Here the statements are written down at first sight. Taken are objects whose keys are terms of the
scope they stand in, with texts, whole and broken numbers, booleans, language-tagged texts, objects, and lists of those
as values. Whatever else stands in a document (null, an empty list, a list in a list, a keyword, a word without
meaning, an identifier that is relative or not plain, a JSON literal) raises `Declined`, and the whole document goes
through pyld, which also words every refusal. That both ways give the same statements is what
`tests/unit/signing/test_compiled.py` checks.
"""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final

from creditbank.canonical import MAX_INTEGER, Json, JsonObject
from creditbank.signing.compiled_contexts import RDF, XSD, Declined, Scope, Use
from creditbank.signing.contexts import MAX_CONTEXTS, ContextLibrary
from creditbank.signing.rdfc import Statement

_TYPE: Final = f"<{RDF}type>"
_FIRST, _REST, _NIL = f"<{RDF}first>", f"<{RDF}rest>", f"<{RDF}nil>"
_STRING: Final = f"{XSD}string"
_NO_PROPERTIES: Final = frozenset({"id", "type", "@context"})
# well-formed in every reading of BCP 47: language, perhaps script, perhaps country
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?(?:-[a-z]{2})?", re.IGNORECASE | re.ASCII)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ESCAPES: Final = {
    **{code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F, 0xFFFE, 0xFFFF)},
    **str.maketrans({"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r", '"': r"\"", "\\": r"\\"}),
}


def compiled_statements(document: JsonObject, contexts: ContextLibrary) -> set[Statement]:
    """The statements of a document, with blank nodes named as met; raise `Declined` where pyld must be asked."""
    if not isinstance(document.get("@context"), str | list):
        raise Declined
    if _outermost(contexts).is_crowded:
        _outermost.cache_clear()
    walk = _Walk()
    walk.node(document, _outermost(contexts), "")
    return walk.statements


@lru_cache(maxsize=8)
def _outermost(contexts: ContextLibrary) -> Scope:
    return Scope(contexts, {})


class _Walk:
    """Writes statements down as texts of N-Quads while it walks a document."""

    def __init__(self) -> None:
        self.statements: set[Statement] = set()
        self._blanks = 0
        self._contexts = 0

    def node(self, element: JsonObject, scope: Scope, graph: str) -> str:
        """The statements of one object, which `graph` they stand in, and what names it (JSON-LD 1.1 API, 5.1.2)."""
        if "@context" in element:
            own = element["@context"]
            self._contexts += len(own) if isinstance(own, list) else 1
            if self._contexts > MAX_CONTEXTS:
                raise Declined
            scope = scope.local(own)
        types: tuple[str, ...] = ()
        if "type" in element:
            scope, types = scope.typed(element["type"])
        if "id" in element:
            if "id" not in scope.terms:
                raise Declined
            subject = f"<{scope.iri(element['id'])}>"
        else:
            subject = self._blank()
        add, known = self.statements.add, scope.uses
        for name in types:
            add((subject, _TYPE, name, graph))
        for key, value in element.items():
            if key in _NO_PROPERTIES:
                continue
            use = known.get(key) or scope.use(key)
            if type(value) is list or use.container is not None:
                self._values(subject, use, value, graph)
            else:
                add((subject, use.predicate, self._object(value, use, graph), graph))
        return subject

    def _values(self, subject: str, use: Use, value: Json, graph: str) -> None:
        values = value if type(value) is list else [value]
        if not values:
            raise Declined
        if use.container == "@list":
            objects = [self._list([self._object(one, use, graph) for one in values], graph)]
        elif use.container == "@graph":
            objects = [self._graph(one, use) for one in values]
        else:
            objects = [self._object(one, use, graph) for one in values]
        for found in objects:
            self.statements.add((subject, use.predicate, found, graph))

    def _object(self, value: Json, use: Use, graph: str) -> str:
        """What one value becomes as the object of a statement (JSON-LD 1.1 API, 5.3.2 and 8.2.2)."""
        if isinstance(value, dict):
            if "@value" in value:
                return _tagged(value)
            if len(value) == 1 and "id" in value:  # a reference alone is read in its parent's terms (5.1.2, step 7)
                use.beside.iri(value["id"])
            return self.node(value, use.inside, graph)
        if use.only_nodes:
            raise Declined
        if type(value) is str:
            if use.coercion == "@id":
                return f"<{use.beside.iri(value)}>"
            if use.coercion == "@vocab":
                return f"<{use.beside.vocabulary_iri(value)}>"
            return f'"{_escaped(value)}{use.closing}'
        datatype = None if use.coercion in ("@id", "@vocab") else use.coercion
        if type(value) is bool:
            return _literal("true" if value else "false", datatype or f"{XSD}boolean")
        if type(value) is int or type(value) is float:
            return _number(value, datatype)
        raise Declined

    def _list(self, items: list[str], graph: str) -> str:
        """The first cell of an RDF collection (JSON-LD 1.1 API, 8.3.2)."""
        cells = [self._blank() for _ in items]
        for cell, item in zip(cells, items, strict=True):
            self.statements.add((cell, _FIRST, item, graph))
        for cell, following in pairwise([*cells, _NIL]):
            self.statements.add((cell, _REST, following, graph))
        return cells[0]

    def _graph(self, value: Json, use: Use) -> str:
        """A graph of its own for one object (JSON-LD 1.1 API, 5.1.2)."""
        if not isinstance(value, dict) or "@value" in value:
            raise Declined
        name = self._blank()
        self.node(value, use.inside, name)
        return name

    def _blank(self) -> str:
        self._blanks += 1
        return f"_:b{self._blanks}"


def _tagged(value: JsonObject) -> str:
    """A text that says its language, or a text alone."""
    text, language = value.get("@value"), value.get("@language")
    if type(text) is not str or len(value) != 1 + ("@language" in value):
        raise Declined
    if "@language" not in value:
        return _literal(text, _STRING)
    if type(language) is not str or _LANGUAGE.fullmatch(language) is None:
        raise Declined
    return f'"{_escaped(text)}"@{language.lower()}'


def _literal(text: str, datatype: str) -> str:
    return f'"{_escaped(text)}"' if datatype == _STRING else f'"{_escaped(text)}"^^<{datatype}>'


def _escaped(text: str) -> str:
    """A text as it stands between the quotes of canonical N-Quads (RDFC-1.0, 5)."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    if _SURROGATE.search(text):
        raise Declined
    return text.translate(_ESCAPES)


def _number(value: float, datatype: str | None) -> str:
    """Whole numbers as integers, others in the canonical spelling of a double (JSON-LD 1.1 API, 8.2.2 and 8.6)."""
    if not abs(value) <= MAX_INTEGER:
        raise Declined
    if value == int(value):
        return _literal(str(int(value)), datatype or f"{XSD}integer")
    spelled = re.sub(r"(\d)0*E\+?(-)?0*(\d)", r"\1E\2\3", f"{value:1.15E}")
    return _literal(spelled, datatype or f"{XSD}double")


__all__ = ["compiled_statements"]
