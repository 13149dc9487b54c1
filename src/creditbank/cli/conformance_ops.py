"""The operations of the conformance protocol that need nothing but their own fields, and the table of all.

Each calls the very function that the product uses and adds no rule of its own.
"""

from typing import Final

from creditbank.canonical import Digest, JsonObject, canonical_json, load_json, sha256
from creditbank.cli.conformance_requests import Field, Kind, NotARequest, Operation, Request, no, yes
from creditbank.cli.conformance_verify import VERIFYING
from creditbank.merkle import InclusionProof, MerkleTree, leaf_hash
from creditbank.signing import (
    PublicKey,
    VerificationKey,
    did_web_url,
    fetch_refused,
    fetch_target,
    key_from_jwk,
    key_from_multikey,
)
from creditbank.units import Credits


def _json_parse(request: Request) -> JsonObject:
    canonical = canonical_json(load_json(request.octets("data")))
    return yes(canonical=canonical.decode(), sha256_hex=sha256(canonical).hex())


def _merkle_root(request: Request) -> JsonObject:
    tree = MerkleTree.of(request.byte_strings("entries"))
    return yes(root_hex=tree.root.hex(), size=tree.size)


def _merkle_verify_inclusion(request: Request) -> JsonObject:
    if request.has("entry") == request.has("leaf"):
        raise NotARequest("Give either the entry, or its leaf hash as leaf.", place="/entry")
    leaf = leaf_hash(request.octets("entry")) if request.has("entry") else Digest(request.octets("leaf"))
    proof = InclusionProof.of(request.whole("index"), request.whole("size"), request.byte_strings("path"))
    found = proof.root_from(leaf)
    if found != request.octets("root"):
        return no("other-root", "The path leads to another root.", root_hex=found.hex())
    return yes(root_hex=found.hex())


def _sig_verify(request: Request) -> JsonObject:
    key = _key(request)
    if not key.verify(request.octets("message"), request.octets("signature")):
        return no("signature-does-not-hold", "This is not the key's signature over this message.", key=key.multikey)
    return yes(key=key.multikey, kind=key.kind)


def _key(request: Request) -> VerificationKey:
    if sum(request.has(name) for name in ("key", "jwk", "raw_key")) != 1:
        raise NotARequest("Give the key once: as a Multikey, as a JWK, or as 32 raw bytes of Ed25519.", place="/key")
    if request.has("jwk"):
        return key_from_jwk(request.json("jwk"))
    return key_from_multikey(request.text("key")) if request.has("key") else PublicKey(request.octets("raw_key"))


def _url_fetch_allowed(request: Request) -> JsonObject:
    url, addresses = request.text("url"), request.texts("addresses")
    if refusal := fetch_refused(url, addresses):
        return no("fetch-refused", refusal)
    target = fetch_target(url)
    return yes(host=target.host, path=target.path)


def _did_url(request: Request) -> JsonObject:
    return yes(url=did_web_url(request.text("did")))


def _amount_parse(request: Request) -> JsonObject:
    amount = Credits.parse(request.text("text"))
    return yes(thousandths=amount.thousandths, text=str(amount))


_OWN: Final = (
    Operation(
        "json.parse",
        "Read one JSON document strictly, and write its canonical form (RFC 8785).",
        (Field("data", Kind.BYTES, "The document, byte for byte.", required=True),),
        {
            "canonical": "the canonical form, as text (its bytes are the UTF-8 of it)",
            "sha256_hex": "SHA-256 over the canonical form",
        },
        {"unreadable-json": "two readers could read it differently, or one of them not at all"},
        _json_parse,
    ),
    Operation(
        "merkle.root",
        "Build the Merkle tree of RFC 9162 over entries, in their order.",
        (Field("entries", Kind.BYTES_LIST, "The entries, not yet hashed.", required=True),),
        {"root_hex": "the root", "size": "how many leaves it has"},
        {"empty-tree": "there are no entries"},
        _merkle_root,
    ),
    Operation(
        "merkle.verify_inclusion",
        "Whether a path leads from a leaf to a root (RFC 9162, 2.1.3.2).",
        (
            Field("entry", Kind.BYTES, "The entry, not yet hashed; or give leaf."),
            Field("leaf", Kind.BYTES, "The leaf hash, 32 bytes; or give entry."),
            Field("index", Kind.WHOLE, "The leaf's place, from 0.", required=True),
            Field(
                "size",
                Kind.WHOLE,
                "How many leaves the tree has, as it is anchored with the root: a path alone does not fix it.",
                required=True,
            ),
            Field("path", Kind.BYTES_LIST, "The sibling hashes, lowest first; none for a tree of one."),
            Field("root", Kind.BYTES, "The root to reach.", required=True),
        ),
        {"root_hex": "the root that the path leads to, with a no by other-root too"},
        {
            "other-root": "the path leads to another root",
            "broken-inclusion-proof": "no path of these hashes fits an index and a size like these",
        },
        _merkle_verify_inclusion,
    ),
    Operation(
        "sig.verify",
        "Whether a key may be used at all, and whether a signature is its own over a message.",
        (
            Field("key", Kind.TEXT, "The public key as a Multikey, z…; or give jwk or raw_key."),
            Field("jwk", Kind.JSON, "The public key as a JWK; or give key or raw_key."),
            Field("raw_key", Kind.BYTES, "An Ed25519 public key, 32 bytes; or give key or jwk."),
            Field("message", Kind.BYTES, "What was signed.", required=True),
            Field("signature", Kind.BYTES, "The signature; of ECDSA r and s, one after the other.", required=True),
        ),
        {"key": "the key's one name, its Multikey", "kind": "Ed25519, P-256, P-384 or RSA, which fixes the algorithm"},
        {
            "signature-does-not-hold": "another key, another message or another signature",
            "unusable-key": "the key is weak, not on the curve, or in a spelling that is not the canonical one",
        },
        _sig_verify,
    ),
    Operation(
        "did.url",
        "Where the document of a did:web is served; nothing is fetched.",
        (Field("did", Kind.TEXT, "The identifier.", required=True),),
        {"url": "the one address"},
        {"unreadable-did": "another method, or a did:web that names a port, an address, or a path that climbs"},
        _did_url,
    ),
    Operation(
        "url.fetch_allowed",
        "Whether a URL may be fetched at a stranger's word, its name having resolved to these addresses.",
        (
            Field("url", Kind.TEXT, "The URL.", required=True),
            Field("addresses", Kind.TEXT_LIST, "All addresses that its name resolved to.", required=True),
        ),
        {"host": "the name to call", "path": "what to ask it for"},
        {"fetch-refused": "the URL, or one of the addresses, is not public https on port 443"},
        _url_fetch_allowed,
    ),
    Operation(
        "amount.parse",
        "Read an amount of credit.",
        (Field("text", Kind.TEXT, "Such as 2.5.", required=True),),
        {"thousandths": "the amount in whole thousandths", "text": "its one spelling"},
        {"unreadable-credits": "not a plain decimal with at most six digits and three places"},
        _amount_parse,
    ),
)
OPERATIONS: Final = {operation.name: operation for operation in (*_OWN, *VERIFYING)}
"""Every operation by its name."""
