"""The quick way to statements says what pyld says, or says nothing: compared on random documents and on real ones.

CREDITBANK_COMPILED_ROUNDS sets how many random documents are compared (400 unless set).
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.cli.demo import samples
from creditbank.credential import (
    IssuerProfile,
    StatusEntry,
    StatusList,
    build_award,
    build_credential,
    build_endorsement,
    build_presentation,
    build_status_list,
    build_transcript,
)
from creditbank.credential.terms import CREDITBANK_CONTEXT, contexts, transcript_contexts
from creditbank.errors import CreditBankError
from creditbank.signing import (
    DATA_INTEGRITY_CONTEXT,
    DID_CONTEXT,
    MULTIKEY_CONTEXT,
    OPEN_BADGES_CONTEXT,
    PINNED,
    VC2_CONTEXT,
    ContextLibrary,
    PrivateKey,
    UndefinedTerm,
    add_proof,
    canonicalize_rdfc,
    compiled,
    did_key,
    did_web_document,
    without_proof,
)
from creditbank.signing import compiled_contexts as tables
from creditbank.signing.compiled import _escaped, compiled_statements
from creditbank.signing.compiled_contexts import Declined, Scope
from creditbank.signing.rdf import canonicalize_by_pyld
from creditbank.signing.rdfc import canonical_statements

ROUNDS = int(os.environ.get("CREDITBANK_COMPILED_ROUNDS", "400"))
SHARED = Path(__file__).parents[4] / "shared"
BUNDLED = bundled_contexts()
XSD = "http://www.w3.org/2001/XMLSchema#"

ODD_CONTEXT = "https://odd.example/v1"
ODD_BLOCK: dict[str, Any] = {
    "id": "@id",
    "type": "@type",
    "odd": "https://odd.example/terms#",
    "plain": "odd:plain",
    "again": {"@id": "plain"},
    "number": {"@id": "odd:number", "@type": f"{XSD}decimal"},
    "double": {"@id": "odd:double", "@type": f"{XSD}double"},
    "string": {"@id": "odd:string", "@type": f"{XSD}string"},
    "link": {"@id": "odd:link", "@type": "@id"},
    "word": {"@id": "odd:word", "@type": "@vocab"},
    "links": {"@id": "odd:links", "@type": "@id", "@container": "@list"},
    "list": {"@id": "odd:list", "@container": ["@list"]},
    "set": {"@id": "odd:set", "@container": "@set"},
    "graph": {"@id": "odd:graph", "@container": "@graph"},
    "json": {"@id": "odd:json", "@type": "@json"},
    "spoken": {"@id": "odd:spoken", "@language": "de"},
    "map": {"@id": "odd:map", "@container": "@language"},
    "index": {"@id": "odd:index", "@container": "@index"},
    "back": {"@reverse": "odd:back"},
    "nested": {"@id": "odd:nested", "@nest": "odd:x"},
    "gone": None,
    "guarded": {"@id": "odd:guarded", "@protected": True},
    "Kind": {
        "@id": "odd:Kind",
        "@context": {
            "@protected": True,
            "plain": "odd:plain-of-a-kind",
            "kin": "https://kin.example/#",
            "guarded": {"@id": "odd:guarded"},
            "deeper": {"@id": "odd:deeper", "@context": {"plain": {"@id": "odd:plain-deeper", "@type": "@id"}}},
        },
    },
    "Zealous": {"@id": "odd:Zealous", "@context": {"number": {"@id": "odd:other", "@type": f"{XSD}integer"}}},
    "Bold": {"@id": "odd:Bold", "@context": {"guarded": "odd:stolen"}},
    "over": {"@id": "odd:over", "@context": {"guarded": "odd:may", "over": {"@id": "odd:over", "@type": "@id"}}},
    "fresh": {"@id": "odd:fresh", "@context": None},
    "Fresh": {"@id": "odd:Fresh", "@context": None},
}


def library() -> ContextLibrary:
    """The bundled contexts, and one that holds what is rarely seen."""
    documents: dict[str, bytes] = {ODD_CONTEXT: json.dumps({"@context": ODD_BLOCK}).encode()}
    folder = Path(tables.__file__).parents[1] / "adapters" / "documents" / "contexts"
    by_pin = {sha256(path.read_bytes()).hexdigest(): path.read_bytes() for path in folder.glob("*.json")}
    documents.update({url: by_pin[pin] for url, pin in PINNED.items()})
    return ContextLibrary(documents, pinned={url: sha256(data).hexdigest() for url, data in documents.items()})


LIBRARY = library()
CHAINS: list[Any] = [
    contexts(),
    transcript_contexts(),
    [VC2_CONTEXT],
    *([VC2_CONTEXT, url] for url in PINNED),
    [VC2_CONTEXT, OPEN_BADGES_CONTEXT, CREDITBANK_CONTEXT],
    DATA_INTEGRITY_CONTEXT,
    [DID_CONTEXT, MULTIKEY_CONTEXT],
    ODD_CONTEXT,
    [VC2_CONTEXT, ODD_CONTEXT],
    [ODD_CONTEXT, VC2_CONTEXT],
]
ROOTS = {repr(chain): Scope(LIBRARY, {}).local(chain) for chain in CHAINS}
assert len(ROOTS) == len(CHAINS)


def by_tables(document: dict[str, Any]) -> bytes | None:
    """The canonical form by the quick way; None where it declines."""
    try:
        return canonical_statements(compiled_statements(document, LIBRARY))
    except Declined:
        return None
    except CreditBankError as error:
        return repr(error).encode()


def by_pyld(document: dict[str, Any]) -> bytes:
    try:
        return canonicalize_by_pyld(document, LIBRARY)
    except CreditBankError as error:
        return repr(error).encode()


def agree(document: dict[str, Any]) -> bool:
    """Whether the quick way took the document; when it did, both ways must say the same."""
    found = by_tables(document)
    if found is not None:
        assert found.decode() == by_pyld(document).decode(), json.dumps(document, indent=1)
    return found is not None


# fmt: off
IDENTIFIERS = ["urn:uuid:1", "urn:uuid:2", "did:web:a.example", "https://a.example/b?c=d#e", "kin:x", "cred:y"]
ODD_IDENTIFIERS = [
    "relative", "#frag", "", "_:blank", "http://with space/", "urn:é", "odd:thing", "obi:thing", "a:b:c", "http:", "id",
    "http://h/%zz", "urn:a#b#c", "relative-name://relative.invalid/x", "https://", "https://h:x/", "HTTPS://H/", "x://y",
    None, 5, "xsd:date", "http://[::1]/", "urn:x?y?z#a?b",
]
TEXTS = [
    "text", "2026-01-01T00:00:00Z", "4", "4.50", "1e3", "", 'a "quoted" \\ text\n\t', "ünï 学分 🎓", "\x00\x7f\uffff",
    "https://a.example/", "true",
]
NUMBERS = [0, 1, -7, 4, True, False, 4.0, 2.5, -0.0, 1e-9, 0.1, 123456.789, 2**53 - 1, 5e-324]
LARGE = [2**53, -(2**53), 1e22, 10**30, float("inf"), float("nan")]
ODD_VALUES: list[Any] = [
    None, [], [[]], [["a"]], {}, [None], "\ud800", {"id": "urn:x"}, {"en": "a"}, {"@id": "urn:x"}, {"@language": "en"},
    {"@value": None}, {"@value": 5}, {"@value": "a", "@language": None}, {"@value": "a", "x": 1}, {"@value": {}},
    {"@value": "a", "@type": f"{XSD}date"}, {"@value": "a", "type": f"{XSD}date"}, {"@value": "\ud800"},
    {"@value": "a", "@context": VC2_CONTEXT}, {"@list": ["a"]}, {"@set": ["a"]}, {"@context": None, "id": "urn:x"},
    {"@context": [], "id": "urn:x"}, {"@context": {"a": "urn:a"}, "a": "b"},
]
ODD_WORDS = [
    "type", "type", "id", "unknown", "@id", "@type", "@graph", "a:b", "odd:plain", "json", "map", "index", "back",
    "nested", "gone", "spoken", "@index", "@reverse", "Kind", "name", "proof", "",
]
# fmt: on


class Author:
    """Writes random documents: mostly such as the contexts foresee, with now and then something that is not."""

    def __init__(self, random: Random, mischief: float) -> None:
        self.random = random
        self.mischief = mischief

    def document(self) -> dict[str, Any]:
        chain = self.random.choice(CHAINS)
        if ROOTS[repr(chain)].is_crowded:
            ROOTS[repr(chain)] = Scope(LIBRARY, {}).local(chain)
        return {"@context": chain, **self.node(ROOTS[repr(chain)], depth=0)}

    def node(self, scope: Scope, depth: int) -> dict[str, Any]:
        random = self.random
        node: dict[str, Any] = {}
        if depth and random.random() < 0.1:
            return {"id": self.identifier()}
        if depth and random.random() < 0.05:
            scope = self.tried(node, "@context", random.choice(CHAINS), scope, scope.local)
        if random.random() < 0.7:
            node["id"] = self.identifier()
        if random.random() < 0.7:
            kinds = [word for word, term in scope.terms.items() if term.scoped or word[0].isupper()] or ["type"]
            types = [random.choice(kinds) for _ in range(random.choice((1, 1, 1, 2, 2, 3)))]
            if random.random() < 0.1:
                types.append("https://types.example/Own")
            value = types if len(types) > 1 or random.random() < 0.5 else types[0]
            scope = self.tried(node, "type", value, scope, lambda one: scope.typed(one)[0])
        words = [word for word, term in scope.terms.items() if term.understood or self.happens()] or ["id"]
        for _ in range(random.randint(0, 6 - depth)):
            word = random.choice(words)
            if word not in ("id", "type"):
                node[word] = self.values(scope, word, depth)
        if self.happens():
            self.spoil(node)
        items = list(node.items())
        random.shuffle(items)
        return dict(items)

    def tried(self, node: dict[str, Any], key: str, value: Any, scope: Scope, change: Callable[[Any], Scope]) -> Scope:
        """Write what changes the scope; what the tables decline is mostly left out again, not always."""
        try:
            scope = change(value)
        except Declined:
            if self.random.random() < 0.9:
                return scope
        node[key] = value
        return scope

    def happens(self) -> bool:
        return self.random.random() < self.mischief

    def values(self, scope: Scope, word: str, depth: int) -> Any:
        values = [self.value(scope, word, depth) for _ in range(self.random.choice((1, 1, 1, 1, 2, 3)))]
        return values if len(values) > 1 or self.random.random() < 0.3 else values[0]

    def value(self, scope: Scope, word: str, depth: int) -> Any:
        random = self.random
        term = scope.terms[word]
        inside = self.tried({}, "", word, scope, lambda one: scope.use(one).inside)
        if depth < 4 and random.random() < (0.9 if term.container == "@graph" else 0.45):
            return self.node(inside, depth + 1)
        if term.coercion == "@id" and random.random() < 0.95:
            return self.identifier()
        if term.coercion == "@vocab" and random.random() < 0.95:
            return random.choice([self.identifier(), random.choice(list(inside.terms) or ["x"]), "plain"])
        if self.happens():
            return self.odd()
        return random.choice((self.text, self.text, self.text, self.number, self.tagged))()

    def identifier(self) -> Any:
        return self.random.choice(ODD_IDENTIFIERS if self.happens() else IDENTIFIERS)

    def text(self) -> Any:
        return self.random.choice(TEXTS)

    def number(self) -> Any:
        return self.random.choice(LARGE if self.happens() else NUMBERS)

    def tagged(self) -> Any:
        tag = self.random.choice(["x", "en-x", "", 5, None] if self.happens() else ["en", "de-AT", "zh-Hant-TW", "EN"])
        return self.random.choice([{"@value": self.text(), "@language": tag}, {"@value": self.text()}])

    def odd(self) -> Any:
        return self.random.choice(ODD_VALUES)

    def spoil(self, node: dict[str, Any]) -> None:
        values = [
            self.odd,
            self.text,
            self.number,
            self.identifier,
            lambda: ["Kind", 5],
            lambda: [True],
            lambda: ["id"],
        ]
        node[self.random.choice(ODD_WORDS)] = self.random.choice(values)()


@settings(max_examples=ROUNDS)
@given(st.integers(0, 2**64), st.sampled_from([0.0, 0.02, 0.2]))
def test_a_random_document_has_the_statements_that_pyld_finds(seed: int, mischief: float) -> None:
    agree(Author(Random(seed), mischief).document())


def test_most_well_behaved_documents_are_taken() -> None:
    """Else the comparison above would compare little."""
    taken = sum(agree(Author(Random(seed), 0.0).document()) for seed in range(150))
    assert taken > 75


def documents_of_ours() -> Iterator[tuple[str, dict[str, Any]]]:
    """What our own builders write, signed, so that proofs are in it too, as graphs of their own."""
    key = PrivateKey.from_seed(b"\x07" * 32)
    did = did_key(key.public)
    issuer = IssuerProfile(did, 'Höchste Schule "A"', "https://school.example/", "EE")
    when = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)

    def sign(document: dict[str, Any], purpose: str = "assertionMethod", **more: str) -> dict[str, Any]:
        return add_proof(
            document,
            verification_method=f"{did}#{key.public.multikey}",
            created=when,
            purpose=purpose,
            sign=key.sign,
            contexts=LIBRARY,
            **more,
        )

    entry = StatusEntry("https://bank.example/status/1", 4711)
    units = [
        sign(
            build_credential(
                unit.achievement,
                id=f"urn:uuid:00000000-0000-4000-8000-{number:012}",
                issuer=issuer,
                subject=did,
                earned=unit.earned,
                valid_from=when,
                status=entry,
                result="A",
            )
        )
        for number, unit in enumerate((*samples.ASHA_UNITS, *samples.MINJUN_UNITS[:5]))
    ]
    yield from ((f"unit-{number}", unit) for number, unit in enumerate(units))
    yield "twice-signed", sign(units[0])
    listed = sign(
        build_transcript(units[:3], id="urn:uuid:4", issuer=issuer, subject=did, name="Transcript", valid_from=when)
    )
    yield "transcript", listed
    yield (
        "endorsement",
        sign(
            build_endorsement(
                id="urn:uuid:5", issuer=issuer, endorsed="urn:uuid:6", comment="Well taught.", name="x", valid_from=when
            )
        ),
    )
    yield "presentation", sign(build_presentation(units[:5], id="urn:uuid:1", holder=did), "authentication", domain="x")
    yield (
        "status-list",
        sign(
            build_status_list(
                id="https://bank.example/status/1",
                issuer=did,
                purpose="revocation",
                status_list=StatusList.empty(),
                valid_from=when,
                valid_until=when + timedelta(hours=1),
            )
        ),
    )
    yield "did", did_web_document("did:web:school.example", [key.public], {key.public: when})
    yield (
        "award",
        sign(
            build_award(
                id="urn:uuid:2",
                issuer=issuer,
                subject=did,
                qualification_id="sample.certificate",
                version="2026",
                title="Sample certificate",
                framework="eu-eqf",
                level="6",
                criteria="Forty credits.",
                valid_from=when,
                status=entry,
                proof_id="urn:uuid:3",
                proof_digest=sha256(b"the stacking proof").digest(),  # type: ignore[arg-type]
            )
        ),
    )


@pytest.mark.parametrize(("name", "document"), list(documents_of_ours()))
def test_whatever_we_issue_goes_the_quick_way(name: str, document: dict[str, Any]) -> None:
    for one in (document, without_proof(document)):
        assert agree(one), name


def vectors() -> Iterator[Path]:
    for folder in (Path(__file__).parents[2] / "vectors", SHARED / "vectors"):
        yield from sorted(path for path in folder.rglob("*.json") if "cyberphone" not in str(path))


def test_every_vector_has_the_same_statements_both_ways() -> None:
    taken = 0
    for path in vectors():
        try:
            value = json.loads(path.read_bytes())
        except ValueError:
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "@context" in one:
                taken += agree(one) + agree(without_proof(one))
    assert taken > 5


def in_pyld(scope: Any, context: Any, **how: bool) -> Any:
    """The same step by pyld: its active context after one more context."""
    options = {"documentLoader": LIBRARY.loader(), "base": "", "processingMode": "json-ld-1.1"}
    options["contextResolver"] = jsonld.ContextResolver({}, LIBRARY.loader())
    return jsonld.JsonLdProcessor()._process_context(scope, context, options, **how)


def same(mine: Scope, theirs: Any) -> None:
    """Whether two tables say the same of every word that is taken."""
    assert mine.terms.keys() == theirs["mappings"].keys()
    for word, term in mine.terms.items():
        other = theirs["mappings"][word]
        if term.understood:
            assert other["@id"] == term.iri
            assert other.get("@type") == term.coercion
            assert other.get("@container", [None]) == [term.container]
            assert (other.get("@context", Ellipsis) or None) == (term.scoped[0] if term.scoped else Ellipsis)
            assert (other["protected"], other["_prefix"], other["reverse"]) == (term.protected, term.prefix, False)
            assert not other.keys() & {"@language", "@direction", "@index", "@nest"}


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: str(chain)[:80])
def test_the_tables_are_the_active_contexts_of_pyld(chain: Any) -> None:
    """For every type and every property of every context, one and two steps deep."""
    top = in_pyld(jsonld.JsonLdProcessor()._get_initial_context({"processingMode": "json-ld-1.1"}), chain)
    seen = 0
    pending = [(ROOTS[repr(chain)], top, 0)]
    while pending:
        mine, theirs, depth = pending.pop()
        same(mine, theirs)
        seen += 1
        for word, term in mine.terms.items() if depth < 2 else ():
            if not term.scoped or not term.understood:
                continue
            context = False if term.scoped[0] is None else term.scoped[0]
            with suppress(Declined):
                pending.append((mine.typed(word)[0], in_pyld(theirs, context, propagate=False), depth + 1))
            with suppress(Declined):
                pending.append((mine.use(word).beside, in_pyld(theirs, context, override_protected=True), depth + 1))
    assert seen > 1


@pytest.mark.parametrize(
    "mistake", [{"closing": '"'}, {"closing": f'"^^<{XSD}date>'}, {"container": "@list"}, {"predicate": "<urn:x>"}]
)
def test_a_wrong_entry_in_a_table_is_noticed(mistake: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: here by one word of one table."""
    right = Scope._use

    def wrong(scope: Scope, word: str) -> Any:
        return right(scope, word)._replace(**(mistake if word == "creditPoints" else {}))

    (_, document), *_ = documents_of_ours()
    assert agree(document)
    monkeypatch.setattr(Scope, "_use", wrong)
    monkeypatch.setattr("creditbank.signing.compiled._outermost", lambda contexts: Scope(contexts, {}))
    with pytest.raises(AssertionError):
        agree(document)


def test_every_character_is_spelled_as_pyoxigraph_spells_it() -> None:
    for code in (*range(0xD800), *range(0xE000, 0x10FFFF, 0x11), 0xFFFE, 0xFFFF):
        assert f'"{_escaped(chr(code))}"' == str(pyoxigraph.Literal(chr(code)))
    with pytest.raises(Declined):
        _escaped("\udfff")


@settings(max_examples=50)
@given(st.from_regex(tables._IRI, fullmatch=True))
def test_an_identifier_that_is_taken_is_one_to_pyoxigraph(text: str) -> None:
    assert str(pyoxigraph.NamedNode(text)) == f"<{text}>"


@pytest.mark.parametrize(
    "text",
    [
        "relative-name://relative.invalid/x",
        "_:b",
        "urn:é",
        "http://[::1]/",
        "http://h:x/",
        "http:// ",
        "x://y",
        "urn:%zz",
        "a",
        "",
    ],
)
def test_an_identifier_that_is_not_plain_is_left_to_pyld(text: str) -> None:
    with pytest.raises(Declined):
        Scope(LIBRARY, {}).iri(text)


def test_what_is_declined_is_told_as_pyld_tells_it() -> None:
    document = {"@context": [VC2_CONTEXT], "type": "VerifiableCredential", "bonus": "100"}
    assert by_tables(document) is None
    with pytest.raises(UndefinedTerm, match="bonus") as caught:
        canonicalize_rdfc(document, LIBRARY)
    assert caught.value.place == "/bonus"


def test_strangers_cannot_fill_the_memory_with_scopes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_MEMO", 8)
    scope = Scope(LIBRARY, {}).local([VC2_CONTEXT])
    for number in range(20):
        scope.typed(f"urn:type:{number}")
        with suppress(Declined):
            scope.local([VC2_CONTEXT] * number)
    assert max(len(scope._typed), len(scope._local)) <= 8


def test_a_long_list_of_contexts_is_left_to_pyld() -> None:
    document = {"@context": [VC2_CONTEXT] * 16, "id": "urn:uuid:1", "name": "x"}
    assert agree(document)
    assert not agree({**document, "@context": [VC2_CONTEXT] * 17})


def test_nested_scopes_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A type as the name of a property brings its context along, so that each path of them has a scope of its own."""
    monkeypatch.setattr(tables, "_MOST_SCOPES", 64)
    words = ["Achievement", "Profile", "Address", "Alignment", "Result", "Related"]
    random, taken = Random(0), []
    compiled._outermost.cache_clear()
    for _ in range(60):
        inner: Any = "x"
        for _ in range(5):
            inner = {random.choice(words): inner}
        document = {"@context": [VC2_CONTEXT, OPEN_BADGES_CONTEXT], **inner}
        taken.append(agree(document))
        assert len(compiled._outermost(LIBRARY)._family) <= 64
    assert taken.count(True) > 40
    deep = {"@context": [VC2_CONTEXT, OPEN_BADGES_CONTEXT], "name": "x"}
    assert agree({**deep, "related": [{a: {b: {c: "x"}}} for a in words for b in words for c in words]}) is False
    assert agree(deep) is True
    compiled._outermost.cache_clear()
