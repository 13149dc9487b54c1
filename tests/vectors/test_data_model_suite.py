"""The inputs of W3C's VC 2.0 test suite, unsigned: does our reader take them as their names say?

As the suite's own runner does by way of an issuer, what an issuer adds is added first: `issuer`, `id`, and the dates
that stand as PAST DATE and FUTURE DATE. Nothing else is touched.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from creditbank.adapters.documents import bundled_contexts
from creditbank.canonical import Json, JsonObject, canonical_json, load_object
from creditbank.credential import holder_of, presented_credentials, read_credential
from creditbank.errors import CreditBankError
from creditbank.signing import VC2_CONTEXT, ContextLibrary, ContextRefused, canonicalize_rdfc, without_proof
from creditbank.verification import ARCHIVAL, Evidence, Verdict, verify_presentation
from creditbank.verification.given import read_secured

HERE = Path(__file__).parent
INPUTS = sorted((HERE / "vc-data-model-2.0-test-suite" / "input").rglob("*.json"))
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
ISSUER = "did:example:issuer"
Counted = Callable[..., None]

REFUSED_THOUGH_OK = {
    "credential-subject-multiple-ok": "one learner a credential: one lot of credit has one owner",
    "credential-description-language-direction-en-ok": "RDF drops @direction, so no RDFC signature would cover it",
    "credential-name-language-direction-en-ok": "the same",
    "issuer-description-language-direction-en-ok": "the same",
    "issuer-name-language-direction-en-ok": "the same",
    "presentation-enveloped-vc-ok": "its media type is vc-ld+jwt, a draft's; vc+jwt is read",
    "presentation-id-ok": "a presentation without a credential shows nothing to verify",
    "presentation-ok": "the same",
    "presentation-optional-type-ok": "the same",
}
"""Differences from the published names, each with its reason (record 0027)."""
ABOUT_PROOFS = {
    "presentation-self-asserted-vc-holder-mismatch",
    "presentation-self-asserted-vc-issuer-mismatch",
    "presentation-self-asserted-vc-no-holder",
}
"""Inputs whose names say neither ok nor fail; they are about who signed."""
UNMAPPED = "credential-type-unmapped-fail"
"""Its own context takes `@vocab` away, and pyld stumbles over that before it comes to the type."""


def expected(name: str) -> bool:
    assert ("-ok" in name) != ("-fail" in name), name
    return "-ok" in name


def completed(name: str, data: bytes) -> JsonObject:
    """The document as the suite's runner would have it issued."""
    for placeholder, moment in (
        (b'"PAST DATE"', b'"2024-01-01T00:00:00Z"'),
        (b'"FUTURE DATE"', b'"2034-01-01T00:00:00Z"'),
    ):
        data = data.replace(placeholder, moment)
    document = load_object(data)
    if name.startswith("presentation"):
        document.setdefault("holder", ISSUER)
        shown = document.get("verifiableCredential")
        for item in shown if isinstance(shown, list) else [shown]:
            if isinstance(item, dict):
                item.setdefault("id", "urn:uuid:00000000-0000-4000-8000-000000000002")
        return document
    document.setdefault("id", "urn:uuid:00000000-0000-4000-8000-000000000001")
    if name != "credential-no-issuer-fail":
        issuer = document.setdefault("issuer", ISSUER)
        if isinstance(issuer, dict):
            issuer.setdefault("id", ISSUER)
    return document


def why_not(document: JsonObject, name: str, library: ContextLibrary) -> str:
    """Why the document is refused, or an empty text: its form first, then the meaning of each of its words."""
    try:
        if name.startswith("presentation"):
            for item in presented_credentials(document):
                read_credential(read_secured(item).document)
            holder_of(document)
        else:
            read_credential(document)
        canonicalize_rdfc(without_proof(document), library)
    except CreditBankError as cause:
        return f"{cause.slug} {cause.place}: {cause.sentence}"
    return ""


def contexts_within(value: Json) -> Iterator[JsonObject]:
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, list):
            pending.extend(current)
        elif isinstance(current, dict):
            for key, item in current.items():
                if key == "@context":
                    yield from (one for one in (item if isinstance(item, list) else [item]) if isinstance(one, dict))
                else:
                    pending.append(item)


def library_with_the_suites_contexts() -> ContextLibrary:
    """Contexts as if somebody had pinned those that the inputs bring along, so that all else of them is judged."""
    held = {
        VC2_CONTEXT: (files("creditbank.adapters.documents") / "contexts" / "credentials-v2.json").read_bytes(),
        EXAMPLES: (HERE / "vc-di-eddsa" / "contexts" / "credentials-examples-v2.json").read_bytes(),
    }
    inline = frozenset(
        sha256(canonical_json(context)).hexdigest()
        for path in INPUTS
        if path.stem != UNMAPPED
        for context in contexts_within(json.loads(path.read_bytes()))
    )
    return ContextLibrary(held, pinned={url: sha256(data).hexdigest() for url, data in held.items()}, inline=inline)


def test_what_is_ok_is_read_and_what_fails_is_refused(counted: Counted) -> None:
    library = library_with_the_suites_contexts()
    otherwise = {}
    for path in INPUTS:
        name = path.stem
        if name in ABOUT_PROOFS:
            continue
        refusal = why_not(completed(name, path.read_bytes()), name, library)
        if (refusal == "") != expected(name):
            otherwise[name] = refusal
    assert otherwise.keys() == REFUSED_THOUGH_OK.keys(), otherwise
    assert [sum(mark in path.stem for path in INPUTS) for mark in ("-ok", "-fail")] == [65, 52]
    counted("VC 2.0 inputs (W3C test suite)", len(INPUTS), otherwise=len(otherwise))


def test_contexts_that_a_document_brings_along_are_refused_all_the_same() -> None:
    """Threat 5: of the inputs that are ok, each that defines words of its own is refused by the product."""
    own = bundled_contexts()
    refused = 0
    for path in INPUTS:
        brings = list(contexts_within(json.loads(path.read_bytes())))
        if not brings or "-ok" not in path.stem:
            continue
        try:
            canonicalize_rdfc(without_proof(completed(path.stem, path.read_bytes())), own)
        except ContextRefused:
            refused += 1
        else:
            raise AssertionError(f"{path.name} defines words of its own and was read")
    assert refused == 14


def test_who_asserts_something_of_itself_without_a_signature_is_not_believed() -> None:
    evidence = Evidence(contexts=bundled_contexts())
    for name in ABOUT_PROOFS:
        (path,) = (path for path in INPUTS if path.stem == name)
        report = verify_presentation(
            completed(name, path.read_bytes()), evidence, policy=ARCHIVAL, now=datetime(2026, 6, 1, tzinfo=UTC)
        )
        assert report.verdict is Verdict.REJECTED, name
