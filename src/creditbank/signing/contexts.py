"""Which JSON-LD contexts may give meaning to a signed document: a closed list, pinned by hash, never fetched.

A context decides what every word of a credential means, so whoever can swap one can change what was signed
(threat 5). Contexts written inside a document are refused too, except the one block of this product.
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from creditbank.canonical import Json, JsonObject, canonical_json, load_object
from creditbank.errors import BadInput

VC2_CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES_CONTEXT: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_3_0_2: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json"
OPEN_BADGES_EXTENSIONS: Final = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
CLR_CONTEXT: Final = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
CLR_2_0: Final = "https://purl.imsglobal.org/spec/clr/v2p0/context.json"
DATA_INTEGRITY_CONTEXT: Final = "https://w3id.org/security/data-integrity/v2"
MULTIKEY_CONTEXT: Final = "https://w3id.org/security/multikey/v1"
DID_CONTEXT: Final = "https://www.w3.org/ns/did/v1"

PINNED: Final[Mapping[str, str]] = MappingProxyType(
    {
        VC2_CONTEXT: "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
        OPEN_BADGES_CONTEXT: "ef2fa9c7846dce233cc166b43639027278be4ee44f00bb1d45c75de2dd0cd761",
        OPEN_BADGES_EXTENSIONS: "2d013f981d1f4516081a6a04e55468ba2b071d4153b794f19a79715c45a89a5e",
        OPEN_BADGES_3_0_2: "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53",
        CLR_CONTEXT: "880f1902d4158f2f33ce06af41b90719977cd1ea337a9de2e41edb3ff5e543d6",
        CLR_2_0: "e198d7b517d74c5036434ce495086f67b10244709e9a3df9dcb7f8b1579b6167",
        DATA_INTEGRITY_CONTEXT: "0f77743daf5b4e8fc067fc5ba5b21044283053aa717fc6b0219843bed3b00363",
        MULTIKEY_CONTEXT: "c5f3806f8286920573221938917988a18a4cc5a09e968d29649613c7a1c2b1f6",
        DID_CONTEXT: "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f",
    }
)
"""URL of each context we know, and the SHA-256 of its bundled bytes."""

PINNED_INLINE: Final = frozenset(
    {
        "a7d6f49ffc64dc7690c7a1b58c41e84b32f30ba836a8807e888e88f3a580c631",  # before `supersedes` and `endorsementJwt`
        "d46483aed09c917a71e7fb91c676fd9fe57ca85f215d7010fbecc8ae9d17492a",  # before `suspensionStatus`
        "e1cd6053b4d57063c8ea4b22abea7fc8f496027298f0206ab56d4e88a1b1d6c2",
    }
)
"""SHA-256 over the canonical JSON of each context block that may stand inside a document: ours, `CREDITBANK_CONTEXT`,
and the earlier ones that credentials already carry.
"""

_NESTED: Final = (dict, list)
_SPELLINGS: Final = 64  # of blocks inside documents that are remembered: an order of keys each

MAX_IN_A_LIST: Final = 16
"""How many contexts stand in one list at most; honest documents name four."""
MAX_CONTEXTS: Final = 1280
"""How many a document may name in all, for each costs work: 256 credentials in one transcript name about five each."""

Loader = Callable[[str, Mapping[str, Any]], dict[str, Any]]


class ContextRefused(BadInput):
    """A document takes the meaning of its words from a context that is not on the list."""

    slug = "context-refused"


class ContextLibrary:
    """The contexts at hand, each checked against its pin; nothing is ever looked up elsewhere."""

    def __init__(
        self,
        documents: Mapping[str, bytes],
        *,
        pinned: Mapping[str, str] = PINNED,
        inline: frozenset[str] = PINNED_INLINE,
    ) -> None:
        self._inline = inline
        self._admitted: set[str] = set()
        self._documents: dict[str, JsonObject] = {}
        for url, data in documents.items():
            if pinned.get(url) != sha256(data).hexdigest():
                raise ContextRefused(f"The bytes held for the context {url} are not the ones that were pinned.")
            self._documents[url] = load_object(data, place=url)

    @property
    def urls(self) -> frozenset[str]:
        """The addresses of the contexts at hand."""
        return frozenset(self._documents)

    def check(self, document: JsonObject) -> None:
        """Raise `ContextRefused`, with a JSON pointer, for any context that is not on the list."""
        if not isinstance(document.get("@context"), str | list):
            raise ContextRefused(
                "The document does not say which contexts give its words their meaning.",
                place="/@context",
                next_step=f"Start with {VC2_CONTEXT}.",
            )
        counted = 0
        for entries in _contexts_in(document):
            counted += len(entries)
            if len(entries) > MAX_IN_A_LIST or counted > MAX_CONTEXTS:
                raise ContextRefused(
                    f"The document names more than {MAX_IN_A_LIST} contexts at one place, or {MAX_CONTEXTS} in all.",
                    place="/@context",
                )
            if not all(self._admits(entry) for entry in entries):
                self._point_out(document)

    def _point_out(self, document: JsonObject) -> None:
        """Raise `ContextRefused` for the first context that is not on the list, with its place."""
        pending: list[tuple[str, Json]] = [("", document)]
        while pending:
            place, value = pending.pop()
            if isinstance(value, list):
                pending.extend((f"{place}/{index}", item) for index, item in enumerate(value))
            elif isinstance(value, dict):
                for key, item in value.items():
                    if key == "@context":
                        self._check_entries(item, f"{place}/@context")
                    else:
                        pending.append((f"{place}/{pointer_token(key)}", item))

    def _admits(self, entry: Json) -> bool:
        return entry in self._documents if isinstance(entry, str) else self._admits_inline(entry)

    def _admits_inline(self, entry: Json) -> bool:
        if not isinstance(entry, dict):
            return False
        text = repr(entry)  # unlike equality, tells 1 from true
        if text in self._admitted:
            return True
        if sha256(canonical_json(entry)).hexdigest() not in self._inline:
            return False
        if len(self._admitted) < _SPELLINGS:
            self._admitted.add(text)
        return True

    def _check_entries(self, value: Json, place: str) -> None:
        for index, entry in enumerate(value if isinstance(value, list) else [value]):
            self.block(entry, f"{place}/{index}" if isinstance(value, list) else place)

    def block(self, entry: Json, place: str = "") -> JsonObject:
        """The definitions behind one entry of an `@context`; raise `ContextRefused` for one not on the list."""
        if isinstance(entry, str):
            if entry not in self._documents:
                raise ContextRefused(f"The context {entry[:200]!r} is not one we know and hold.", place=place)
            block = self._documents[entry]["@context"]
            assert isinstance(block, dict), "a pinned context is one block"
            return block
        if not isinstance(entry, dict) or not self._admits_inline(entry):
            raise ContextRefused(
                "A context written inside the document may not redefine its words.",
                place=place,
                next_step="Only contexts on the pinned list are read.",
            )
        return entry

    def loader(self) -> Loader:
        """A document loader for pyld that answers from memory and never touches a network."""

        def load(url: str, options: Mapping[str, Any]) -> dict[str, Any]:
            document = self._documents.get(url)
            if document is None:
                raise ContextRefused(f"The context {url[:200]!r} is not one we know and hold.")
            return {
                "contentType": "application/ld+json",
                "contextUrl": None,
                "documentUrl": url,
                "document": document,
                "tag": "static",  # lets pyld keep the processed context between documents
            }

        return load


def _contexts_in(document: JsonObject) -> Iterator[list[Json]]:
    """The entries of every `@context` in the document."""
    pending: list[Json] = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                if key == "@context":
                    yield item if isinstance(item, list) else [item]
                elif isinstance(item, _NESTED):
                    pending.append(item)
        elif isinstance(value, list):
            pending.extend(item for item in value if isinstance(item, _NESTED))


def pointer_token(key: str) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


__all__ = [
    "CLR_CONTEXT",
    "DATA_INTEGRITY_CONTEXT",
    "DID_CONTEXT",
    "MULTIKEY_CONTEXT",
    "OPEN_BADGES_CONTEXT",
    "OPEN_BADGES_EXTENSIONS",
    "PINNED",
    "PINNED_INLINE",
    "VC2_CONTEXT",
    "ContextLibrary",
    "ContextRefused",
    "pointer_token",
]
