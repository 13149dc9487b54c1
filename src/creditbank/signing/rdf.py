"""From a JSON-LD document to the one text of its statements: expansion, RDF, and RDFC-1.0 (W3C RDF
Canonicalization).

Whatever an RDF signature would not cover is refused rather than dropped in silence (threat 6): a word no
context defines, a relative identifier, a keyword that hides structure from a reader of the JSON.
"""

import re
from typing import TYPE_CHECKING, Any, Final

from creditbank.canonical import Json, JsonObject
from creditbank.errors import BadInput
from creditbank.signing.compiled import compiled_statements
from creditbank.signing.compiled_contexts import Declined
from creditbank.signing.contexts import ContextLibrary, ContextRefused, pointer_token
from creditbank.signing.rdfc import HashName, NoCanonicalForm, canonical_nquads, canonical_statements

if TYPE_CHECKING:
    from pyoxigraph import Quad

_IRI: Final = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]*')
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_KEYWORDS: Final = frozenset({"@context", "@value", "@language"})
# pyld resolves relative names against an address of its own unless given one; this one shows in the result
_BASE: Final = "relative-name://relative.invalid/"


class UndefinedTerm(BadInput):
    """A word has no meaning in the document's contexts, so no signature over meanings covers it."""

    slug = "undefined-term"


class UncoveredContent(BadInput):
    """A part of the document would not become a statement, so the signature would not cover it."""

    slug = "uncovered-content"


def canonicalize_rdfc(document: JsonObject, contexts: ContextLibrary, algorithm: HashName = "sha256") -> bytes:
    """Write the document's statements as canonical N-Quads (RDFC-1.0 with this hash), one a line, sorted.

    Raises `ContextRefused`, `UndefinedTerm`, `UncoveredContent` or `NoCanonicalForm`; never loads anything.
    """
    try:
        statements = compiled_statements(document, contexts)
    except Declined:
        return canonicalize_by_pyld(document, contexts, algorithm)
    return canonical_statements(statements, algorithm)


def canonicalize_by_pyld(document: JsonObject, contexts: ContextLibrary, algorithm: HashName = "sha256") -> bytes:
    """The same by the reference, which understands every document and words every refusal."""
    contexts.check(document)
    check_keys(document)
    expanded = _expand(document, contexts)
    _check_expanded(expanded)
    return canonical_nquads(_quads(expanded, contexts), algorithm)


def check_keys(document: JsonObject) -> None:
    """Raise `UncoveredContent` for keys that hide a statement from a reader of the JSON.

    The same statements can be spelled with keywords (`@graph`, `@included`, `@reverse`, `@nest` …) or with a
    full identifier in place of a term. A signature over the statements would still hold, while whoever looks
    for `credentialStatus` finds none. So keywords other than `@context`, `@value` and `@language`, and keys
    with a colon, are refused.
    """
    pending: list[tuple[str, Json]] = [("", document)]
    while pending:
        place, value = pending.pop()
        if isinstance(value, list):
            pending.extend((f"{place}/{index}", item) for index, item in enumerate(value))
        elif isinstance(value, dict):
            for key, item in value.items():
                at = f"{place}/{pointer_token(key)}"
                if ":" in key or (key.startswith("@") and key not in _KEYWORDS):
                    raise UncoveredContent(
                        f"The key {key[:80]!r} could hide a statement from readers; only terms are used.",
                        place=at,
                    )
                if key != "@context":
                    pending.append((at, item))


def _place_of(document: JsonObject, term: str) -> str:
    pending: list[tuple[str, Json]] = [("", document)]
    while pending:
        place, value = pending.pop()
        if isinstance(value, list):
            pending.extend((f"{place}/{index}", item) for index, item in enumerate(value))
        elif isinstance(value, dict):
            if term in value:
                return f"{place}/{pointer_token(term)}"
            pending.extend((f"{place}/{pointer_token(key)}", item) for key, item in value.items() if key != "@context")
    return ""


def _expand(document: JsonObject, contexts: ContextLibrary) -> list[Any]:
    from pyld import jsonld

    def refuse(term: str | None) -> None:
        raise UndefinedTerm(
            f"No context of the document says what {str(term)[:80]!r} means.",
            place=_place_of(document, str(term)),
            next_step="Remove the field, or use a term that the contexts define.",
        )

    try:
        expanded: list[Any] = jsonld.expand(document, _options(contexts), on_property_dropped=refuse)
    except jsonld.JsonLdError as cause:
        raise _reason(cause) from None
    return expanded


def _options(contexts: ContextLibrary) -> Any:
    return {"documentLoader": contexts.loader(), "base": _BASE}


def _reason(error: Exception) -> BadInput:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ContextRefused):
            return cause
        cause = getattr(cause, "cause", None) or cause.__cause__
    code = getattr(error, "code", None) or "JSON-LD error"
    return NoCanonicalForm(f"The contexts of the document do not allow it: {code}.")


def _check_expanded(expanded: list[Any]) -> None:
    pending: list[Any] = list(expanded)
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, dict):
            _check_node(node)
            pending.extend(value for key, value in node.items() if key not in ("@type", "@value"))


def _check_node(node: dict[str, Any]) -> None:
    language = node.get("@language")
    if language is not None and _LANGUAGE.fullmatch(language) is None:
        raise UncoveredContent(f"{language[:40]!r} is not a language tag.")
    types = node.get("@type", [])
    names: list[Any] = [
        *([types] if isinstance(types, str) else types),
        *(k for k in node if not k.startswith("@")),
    ]
    if "@id" in node:
        names.append(node["@id"])
    for name in names:
        if name == "@json":
            continue
        relative = str(name).startswith("relative-name:")
        if relative or not isinstance(name, str) or name.startswith("_:") or _IRI.fullmatch(name) is None:
            raise UndefinedTerm(
                f"{str(name).removeprefix(_BASE)[:80]!r} is neither a term nor an absolute identifier.",
                next_step="Write identifiers as URLs, URNs or DIDs, and types as the contexts define them.",
            )


def _quads(expanded: list[Any], contexts: ContextLibrary) -> list["Quad"]:
    from pyld import jsonld

    try:
        dataset: dict[str, list[dict[str, Any]]] = jsonld.to_rdf(expanded, _options(contexts))
        return [_quad(name, triple) for name, triples in dataset.items() for triple in triples]
    except jsonld.JsonLdError as cause:
        raise _reason(cause) from None
    except ValueError as cause:
        raise NoCanonicalForm(f"A statement of the document is not RDF: {cause}") from None


def _quad(graph: str, triple: dict[str, Any]) -> "Quad":
    from pyoxigraph import DefaultGraph, NamedNode, Quad

    subject = _resource(triple["subject"]["value"])
    predicate = NamedNode(triple["predicate"]["value"])
    name = DefaultGraph() if graph == "@default" else _resource(graph)
    return Quad(subject, predicate, _object(triple["object"]), name)


def _resource(value: str) -> Any:
    from pyoxigraph import BlankNode, NamedNode

    return BlankNode(value[2:]) if value.startswith("_:") else NamedNode(value)


def _object(term: dict[str, Any]) -> Any:
    from pyoxigraph import Literal, NamedNode

    if term["type"] != "literal":
        return _resource(term["value"])
    if term.get("language"):
        return Literal(term["value"], language=term["language"])
    return Literal(term["value"], datatype=NamedNode(term["datatype"]))


__all__ = ["UncoveredContent", "UndefinedTerm", "canonicalize_by_pyld", "canonicalize_rdfc", "check_keys"]
