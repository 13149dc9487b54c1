"""Which contexts may give meaning to a document, and what is refused because no signature would cover it."""

import contextlib
import json
import socket
import time
from typing import Any

import pytest

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.canonical import json_digest
from creditbank.credential import CREDITBANK_CONTEXT
from creditbank.signing import (
    OPEN_BADGES_CONTEXT,
    PINNED,
    PINNED_INLINE,
    VC2_CONTEXT,
    ContextLibrary,
    ContextRefused,
    NoCanonicalForm,
    UncoveredContent,
    UndefinedTerm,
    canonicalize_rdfc,
)

LIBRARY = bundled_contexts()


def credential(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "@context": [VC2_CONTEXT, OPEN_BADGES_CONTEXT, CREDITBANK_CONTEXT],
        "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential", "AchievementCredential"],
        "issuer": "did:web:sample.example",
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:key:z6Mk", "type": ["AchievementSubject"]},
    }
    return {**document, **changes}


def test_every_pinned_context_is_bundled_with_the_pinned_bytes() -> None:
    assert LIBRARY.urls == frozenset(PINNED)


def test_the_inline_block_of_our_credentials_is_the_pinned_one() -> None:
    assert json_digest(CREDITBANK_CONTEXT).hex() in PINNED_INLINE


def test_a_context_file_with_one_other_byte_is_refused() -> None:
    """Threat 5."""
    with pytest.raises(ContextRefused, match="pinned"):
        ContextLibrary({VC2_CONTEXT: b'{"@context": {}}'})
    with pytest.raises(ContextRefused, match="pinned"):
        ContextLibrary({"https://unknown.example/context": b"{}"})


@pytest.mark.parametrize(
    ("context", "place"),
    [
        (None, "/@context"),
        ({"@vocab": "https://evil.example/"}, "/@context"),
        ([VC2_CONTEXT, "https://evil.example/context"], "/@context/1"),
        ([VC2_CONTEXT, "http://www.w3.org/ns/credentials/v2"], "/@context/1"),
        ([VC2_CONTEXT, {"@vocab": "https://evil.example/"}], "/@context/1"),
        ([VC2_CONTEXT, {**CREDITBANK_CONTEXT, "@base": "https://evil.example/"}], "/@context/1"),
        ([VC2_CONTEXT, {**CREDITBANK_CONTEXT, "creditPoints": "https://evil.example/x"}], "/@context/1"),
        ([VC2_CONTEXT, None], "/@context/1"),
        ([VC2_CONTEXT, [VC2_CONTEXT]], "/@context/1"),
        ([VC2_CONTEXT, 7], "/@context/1"),
    ],
)
def test_a_context_that_is_not_on_the_list_is_refused(context: Any, place: str) -> None:
    """Threat 5: remote, inline, `@vocab`, `@base`, a redefined word of ours."""
    document = credential()
    document["@context"] = context
    with pytest.raises(ContextRefused) as refused:
        canonicalize_rdfc(document, LIBRARY)
    assert refused.value.place == place


def test_a_context_scoped_to_a_nested_object_is_refused_too() -> None:
    """Threat 5."""
    document = credential()
    document["credentialSubject"]["@context"] = {"id": "urn:x"}
    with pytest.raises(ContextRefused) as refused:
        canonicalize_rdfc(document, LIBRARY)
    assert refused.value.place == "/credentialSubject/@context"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"unheardOf": "x"}, "/unheardOf"),
        ({"issuer": {"id": "did:web:sample.example", "shoeSize": 44}}, "/issuer/shoeSize"),
        ({"issuer": {"id": "did:web:sample.example", "a/b~c": 1}}, "/issuer/a~1b~0c"),
        ({"creditsAvailable": 3}, "/creditsAvailable"),  # defined only inside an Achievement
    ],
)
def test_a_word_that_no_context_defines_is_refused_with_its_place(changes: dict[str, Any], place: str) -> None:
    """Threat 6: it would not be signed."""
    with pytest.raises(UndefinedTerm) as refused:
        canonicalize_rdfc(credential(**changes), LIBRARY)
    assert refused.value.place == place


@pytest.mark.parametrize(
    "changes",
    [
        {"type": ["VerifiableCredential", "Diploma"]},
        {"id": "relative"},
        {"id": "_:blank"},
        {"id": "urn:a b"},
        {"id": "urn:x> <urn:y> <urn:z> .\n<urn:q"},
        {"issuer": "sample"},
        {"credentialSubject": {"id": "did:key:z6Mk", "type": "_:t"}},
    ],
)
def test_identifiers_that_are_not_absolute_are_refused(changes: dict[str, Any]) -> None:
    """Threat 6: relative names are dropped in RDF, blank ones name nothing."""
    with pytest.raises(UndefinedTerm):
        canonicalize_rdfc(credential(**changes), LIBRARY)


@pytest.mark.parametrize(
    "changes",
    [
        {"@graph": []},
        {"@included": [{"id": "urn:x"}]},
        {"@id": "urn:uuid:00000000-0000-4000-8000-000000000002"},
        {"name": {"@value": "x", "@language": "en", "@direction": "rtl"}},
        {"name": {"@value": "x", "@language": "not a tag"}},
        {"https://www.w3.org/2018/credentials#credentialStatus": {"id": "urn:x"}},
        {"https://creditbank.example/terms/v1#contentKey": "x"},
        {"issuer": {"id": "did:web:sample.example", "@reverse": {}}},
    ],
)
def test_spellings_that_hide_a_statement_from_readers_are_refused(changes: dict[str, Any]) -> None:
    """Threats 5 and 6: the signature over the statements would hold, and nobody would see them."""
    with pytest.raises(UncoveredContent):
        canonicalize_rdfc(credential(**changes), LIBRARY)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ["urn:a", "urn:b"]},
        {"type": 7},
        {"validFrom": {"id": "urn:x", "type": 3}},
        {"issuer": {"id": None}},
    ],
)
def test_a_document_that_json_ld_cannot_read_is_refused_by_name(changes: dict[str, Any]) -> None:
    with pytest.raises((NoCanonicalForm, UndefinedTerm)):
        canonicalize_rdfc(credential(**changes), LIBRARY)


def test_a_protected_word_cannot_be_redefined_by_another_pinned_context() -> None:
    """Threat 5: adding contexts from the list changes nothing that was signed."""
    plain = canonicalize_rdfc(credential(), LIBRARY)
    document = credential()
    document["@context"] = [*document["@context"], *sorted(PINNED)]
    with contextlib.suppress(NoCanonicalForm):  # contexts that collide are a refusal as well
        assert canonicalize_rdfc(document, LIBRARY) == plain


def test_no_two_words_of_the_pinned_contexts_name_one_thing_that_we_read() -> None:
    """A second word for `credentialStatus` would let a holder hide it and keep every statement."""
    watched = {
        "https://www.w3.org/2018/credentials#credentialStatus",
        "https://www.w3.org/2018/credentials#validUntil",
        "https://www.w3.org/2018/credentials#validFrom",
        "https://www.w3.org/2018/credentials#relatedResource",
        "https://www.w3.org/ns/credentials/status#statusSize",
        "https://purl.imsglobal.org/spec/vc/ob/vocab.html#alignment",
        "https://purl.imsglobal.org/spec/vc/ob/vocab.html#awardedDate",
        "https://creditbank.example/terms/v1#firstIssue",
        "https://creditbank.example/terms/v1#contentKey",
        "https://creditbank.example/terms/v1#category",
    }
    names: dict[str, set[str]] = {}

    def collect(context: Any) -> None:
        for term, definition in context.items():
            target = definition.get("@id") if isinstance(definition, dict) else definition
            if target in watched | {"@id", "@type", "@graph", "@included", "@nest", "@reverse", "@value"}:
                names.setdefault(target, set()).add(term)
            if isinstance(definition, dict) and isinstance(definition.get("@context"), dict):
                collect(definition["@context"])
            if isinstance(definition, dict):
                assert not {"@reverse", "@nest"} & definition.keys()

    collect(CREDITBANK_CONTEXT)
    loader = LIBRARY.loader()
    for url in LIBRARY.urls:
        collect(loader(url, {})["document"]["@context"])
    assert names.pop("@id") == {"id"}
    assert names.pop("@type") == {"type"}
    assert names.keys() == watched
    assert all(len(terms) == 1 for terms in names.values()), names


def test_canonicalizing_touches_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threats 5 and 14."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert canonicalize_rdfc(credential(), LIBRARY)
    with pytest.raises(ContextRefused):
        LIBRARY.loader()("https://www.w3.org/2018/credentials/v1", {})


def test_honest_repetition_passes_and_poison_ends_in_a_refusal() -> None:
    """RDFC-1.0, 7.1: symmetric documents take exponential work, so the work is counted."""
    twin: dict[str, Any] = {"type": ["LearningOutcome"], "description": "same"}
    assert canonicalize_rdfc(credential(learningOutcome=[twin] * 40), LIBRARY)

    def tree(width: int, depth: int) -> dict[str, Any]:
        below = [tree(width, depth - 1) for _ in range(width)] if depth else []
        return {"type": ["LearningOutcome"], "learningOutcome": below}

    with pytest.raises(NoCanonicalForm, match="look alike"):
        canonicalize_rdfc(credential(learningOutcome=[tree(8, 2), tree(8, 2)]), LIBRARY)
    with pytest.raises(NoCanonicalForm, match="look alike"):
        canonicalize_rdfc(credential(learningOutcome=[tree(2, 9)]), LIBRARY)


def test_a_document_is_not_changed_by_canonicalizing_it() -> None:
    document = credential()
    before = json.dumps(document)
    canonicalize_rdfc(document, LIBRARY)
    assert json.dumps(document) == before


def test_a_block_that_was_admitted_once_admits_none_that_python_only_calls_equal() -> None:
    """`True == 1` in Python, but they are two documents."""
    LIBRARY.check(credential())
    twin = {**CREDITBANK_CONTEXT, "@protected": 1}
    assert twin == CREDITBANK_CONTEXT
    for document in (credential(**{"@context": [VC2_CONTEXT, twin]}), credential(credentialSubject={"@context": twin})):
        with pytest.raises(ContextRefused):
            LIBRARY.check(document)
        with pytest.raises(ContextRefused):
            canonicalize_rdfc(document, LIBRARY)


def test_a_document_that_is_changed_after_it_was_read_changes_no_meaning() -> None:
    """What is remembered of a context block is a copy."""
    document = json.loads(json.dumps(credential(creditSystem="eu-ects")))
    first = canonicalize_rdfc(document, LIBRARY)
    document["@context"][2].clear()
    assert canonicalize_rdfc(credential(creditSystem="eu-ects"), LIBRARY) == first
    with pytest.raises(ContextRefused):
        canonicalize_rdfc(document, LIBRARY)


@pytest.mark.parametrize(
    "changes",
    [
        {"@context": [VC2_CONTEXT] * 17},
        {"@context": [VC2_CONTEXT, OPEN_BADGES_CONTEXT] * 8000},
        {"evidence": [{"@context": [VC2_CONTEXT] * 10, "type": ["Evidence"], "id": f"urn:x:{n}"} for n in range(200)]},
    ],
    ids=["seventeen in one list", "sixteen thousand in one list", "two thousand all told"],
)
def test_contexts_in_crowds_are_refused_before_they_cost_work(changes: dict[str, Any]) -> None:
    """Threat 3: naming a known context again changes no statement, and each naming costs milliseconds."""
    started = time.process_time()
    with pytest.raises(ContextRefused, match="more than"):
        canonicalize_rdfc(credential(**changes), LIBRARY)
    with pytest.raises(ContextRefused, match="more than"):
        LIBRARY.check(credential(**changes))
    assert time.process_time() - started < 1
