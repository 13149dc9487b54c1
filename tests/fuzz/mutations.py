"""Small edits that keep most of a document intact: of bytes, of JSON, of tokens. Hypothesis draws and shrinks them."""

import base64
import copy
import json
import unicodedata
from typing import Any

from hypothesis.strategies import (
    DataObject,
    binary,
    booleans,
    floats,
    integers,
    just,
    lists,
    none,
    one_of,
    sampled_from,
    text,
)

ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    1.5,
    2**53 - 1,
    -(2**53),
    10**30,
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "null",
    [],
    {},
    [[]],
    [{}],
    [None],
    {"@value": "x"},
    {"id": "did:key:z6Mk"},
    {"type": []},
    "did:web:",
    "did:web:localhost",
    "urn:uuid:0",
    "2026-06-01T14:02:00Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "\u202e",
    "a" * 5000,
    "z" + "1" * 300,
    "uH4sI",
    "\ufffd",
    "e\u0301",
    "data:application/vc+jwt,e30.e30.e30",
    "https://127.0.0.1/",
    "sha256:" + "0" * 64,
    "-0",
    "٥",
    "${7*7}",
]
KEYS = [
    "@context",
    "@id",
    "@type",
    "@graph",
    "@included",
    "@reverse",
    "@nest",
    "@value",
    "@list",
    "@set",
    "@index",
    "@json",
    "id",
    "type",
    "proof",
    "issuer",
    "credentialStatus",
    "credentialSubject",
    "credentialSchema",
    "validUntil",
    "validFrom",
    "evidence",
    "holder",
    "achievement",
    "verifiableCredential",
    "relatedResource",
    "https://www.w3.org/2018/credentials#credentialStatus",
    "",
    "__proto__",
    "ID",
]
CONTEXTS = [
    {"@vocab": "https://a.example/"},
    {"name": "https://a.example/name"},
    {"@base": "https://a.example/"},
    {"@language": "de"},
    None,
    "https://a.example/context",
    "https://www.w3.org/ns/did/v1",
    "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
]
VALUES = one_of(
    sampled_from(ODD),
    none(),
    booleans(),
    integers(-(2**60), 2**60),
    floats(allow_nan=False, allow_infinity=False),
    text(max_size=20),
    lists(text(max_size=4), max_size=3),
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (holder, key) in a JSON value, so that any node can be read and replaced."""
    found: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            found.extend((current, key) for key in current)
            pending.extend(current.values())
        elif isinstance(current, list):
            found.extend((current, index) for index in range(len(current)))
            pending.extend(current)
    return found


def edited(document: Any, draw: DataObject, *, most: int = 3) -> Any:
    """The document with one to `most` edits."""
    made = {"": copy.deepcopy(document)}
    for _ in range(draw.draw(integers(1, most))):
        spots = places(made)
        holder, key = spots[draw.draw(integers(0, len(spots) - 1))]
        draw.draw(sampled_from(EDITS))(holder, key, spots, draw)
    return made[""]


def _replace(holder: Any, key: Any, spots: Any, draw: DataObject) -> None:
    holder[key] = copy.deepcopy(draw.draw(VALUES))


def _delete(holder: Any, key: Any, spots: Any, draw: DataObject) -> None:
    if key != "":
        del holder[key]


def _copy_from_elsewhere(holder: Any, key: Any, spots: Any, draw: DataObject) -> None:
    other, name = spots[draw.draw(integers(0, len(spots) - 1))]
    holder[key] = copy.deepcopy(other[name])


def _wrap(holder: Any, key: Any, spots: Any, draw: DataObject) -> None:
    inner = holder[key]
    holder[key] = draw.draw(
        sampled_from([[inner], [inner, inner], {"@value": inner}, {"@list": [inner]}, {"id": inner}])
    )


def _deepen(holder: Any, key: Any, spots: Any, draw: DataObject) -> None:
    for _ in range(draw.draw(sampled_from([5, 40, 70, 200]))):
        holder[key] = [holder[key]] if draw.draw(booleans()) else {"id": holder[key]}


def _unwrap(holder: Any, key: Any, spots: Any, draw: DataObject) -> None:
    inner = holder[key]
    if isinstance(inner, list) and inner:
        holder[key] = inner[0]
    elif isinstance(inner, dict) and inner:
        holder[key] = next(iter(inner.values()))


def _rename(holder: Any, key: Any, spots: Any, draw: DataObject) -> None:
    if isinstance(key, str) and key:
        holder[draw.draw(sampled_from([*KEYS, key.upper(), f"{key} ", key[:-1], f"{key}\u200b"]))] = holder.pop(key)


def _insert(holder: Any, key: Any, spots: Any, draw: DataObject) -> None:
    inner = holder[key]
    value = copy.deepcopy(draw.draw(VALUES))
    if isinstance(inner, dict):
        inner[draw.draw(sampled_from(KEYS))] = value
    elif isinstance(inner, list):
        inner.insert(draw.draw(integers(0, len(inner))), value)


def _reorder(holder: Any, key: Any, spots: Any, draw: DataObject) -> None:
    inner = holder[key]
    if isinstance(inner, list):
        inner.reverse()
        inner.extend(copy.deepcopy(inner[: draw.draw(integers(0, 2))]))


def _scalar(holder: Any, key: Any, spots: Any, draw: DataObject) -> None:
    inner = holder[key]
    if isinstance(inner, str) and inner:
        at = draw.draw(integers(0, len(inner) - 1))
        holder[key] = draw.draw(
            sampled_from(
                [
                    inner[:at] + inner[at + 1 :],
                    inner[:at] + chr(ord(inner[at]) ^ 1) + inner[at + 1 :],
                    inner + inner[at],
                    inner.upper(),
                    f" {inner}",
                    unicodedata.normalize("NFD", inner),
                ]
            )
        )
    elif isinstance(inner, int | float):
        holder[key] = draw.draw(sampled_from([inner + 1, -inner, inner * 1000, float(inner), str(inner)]))


def _add_context(holder: Any, key: Any, spots: Any, draw: DataObject) -> None:
    """One context more for the document; for its proof too, or not, as it was before."""
    for place, name in spots:
        document = place[name]
        if isinstance(document, dict) and isinstance(document.get("@context"), list):
            before = list(document["@context"])
            extra = draw.draw(sampled_from(CONTEXTS))
            document["@context"].insert(draw.draw(integers(0, len(before))), copy.deepcopy(extra))
            if isinstance(document.get("proof"), dict) and draw.draw(booleans()):
                document["proof"]["@context"] = before
            return


EDITS = [
    _replace,
    _delete,
    _copy_from_elsewhere,
    _wrap,
    _deepen,
    _unwrap,
    _rename,
    _insert,
    _reorder,
    _scalar,
    _scalar,
    _add_context,
]


def scrambled(data: bytes, draw: DataObject, *, most: int = 4) -> bytes:
    """Bytes with one to `most` edits: flipped, cut, doubled, inserted, moved."""
    made = bytearray(data)
    for _ in range(draw.draw(integers(1, most))):
        size = len(made)
        start = draw.draw(integers(0, size))
        end = min(size, start + draw.draw(sampled_from([1, 2, 8, 64, 1024])))
        kind = draw.draw(sampled_from(["flip", "cut", "double", "insert", "truncate", "move", "odd"]))
        if kind == "flip" and start < size:
            made[start] ^= 1 << draw.draw(integers(0, 7))
        elif kind == "cut":
            del made[start:end]
        elif kind == "double":
            made[start:start] = made[start:end]
        elif kind == "insert":
            made[start:start] = draw.draw(binary(max_size=12))
        elif kind == "truncate":
            del made[start:]
        elif kind == "move":
            piece = bytes(made[start:end])
            del made[start:end]
            at = draw.draw(integers(0, len(made)))
            made[at:at] = piece
        else:
            made[start:end] = draw.draw(
                sampled_from(
                    [b'"', b"\\u0000", b"\\ud800", b"{", b"[" * 70, b"1e999", b"\xff", b"\xef\xbb\xbf", b",", b"\0"]
                )
            )
    return bytes(made)


def doubled_keys(document: Any, draw: DataObject) -> bytes:
    """The document as text in which one key stands twice, first with another value (threat 1)."""
    spots = [(holder, key) for holder, key in places(document) if isinstance(key, str)]
    if not spots:
        return json.dumps(document).encode()
    holder, key = spots[draw.draw(integers(0, len(spots) - 1))]
    mark = "\ue000"
    twice = {}
    for name, value in holder.items():
        if name == key:
            twice[mark + name] = draw.draw(VALUES)
        twice[name] = value
    kept = dict(holder)
    holder.clear()
    holder.update(twice)
    written = json.dumps(document, ensure_ascii=False).replace(mark, "").encode("utf-8", "surrogatepass")
    holder.clear()
    holder.update(kept)
    return written


def retold(token: str, draw: DataObject, others: list[str]) -> str:
    """A token with an edit: of its header, its payload, its signature, or of how it is spelled."""
    parts = token.split(".")
    kind = draw.draw(sampled_from(["header", "payload", "swap", "spell", "bytes", "none"]))
    if kind in ("header", "payload"):
        at = 0 if kind == "header" else 1
        inner = json.loads(base64.urlsafe_b64decode(parts[at] + "=="))
        if kind == "header" and draw.draw(booleans()):
            inner = inner | draw.draw(
                sampled_from(
                    [
                        {"alg": "none"},
                        {"alg": "HS256"},
                        {"b64": False},
                        {"crit": ["exp"]},
                        {"jku": "https://a"},
                        {"kid": "#"},
                        {"typ": "JWT"},
                        {"typ": "vc+jwt"},
                    ]
                )
            )
        else:
            inner = edited(inner, draw)
        try:
            written = json.dumps(inner).encode("utf-8", "surrogatepass")
        except (RecursionError, ValueError):
            return token + "="
        parts[at] = base64.urlsafe_b64encode(written).decode().rstrip("=")
    elif kind == "swap":
        at = draw.draw(integers(0, 2))
        parts[at] = draw.draw(sampled_from(others)).split(".")[at]
    elif kind == "spell":
        at = draw.draw(integers(0, 2))
        last = parts[at][-1:] or "A"
        parts[at] = draw.draw(
            sampled_from(
                [
                    parts[at] + "=",
                    parts[at] + "==",
                    f" {parts[at]}",
                    parts[at] + "\n",
                    parts[at][:-1] + chr(ord(last) ^ 1),
                    parts[at][:-1],
                    "",
                ]
            )
        )
    elif kind == "bytes":
        return scrambled(token.encode(), draw).decode("latin-1")
    else:
        parts[2] = ""
    return ".".join(parts)


__all__ = ["VALUES", "doubled_keys", "edited", "just", "places", "retold", "scrambled"]
