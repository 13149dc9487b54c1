"""The verifier as a library call: bytes of any kind in, reports out; no file, network, clock or database is touched."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.adapters.documents.folder import SERVED, Bundle, bundle_of
from creditbank.adapters.documents.opening import open_document
from creditbank.adapters.documents.recognition import FileKind
from creditbank.verification import (
    ARCHIVAL,
    Evidence,
    Policy,
    Report,
    TrustFacts,
    verify_credential,
    verify_presentation,
)

if TYPE_CHECKING:
    from creditbank.framework import AnyDocument, Register


def verify_documents(
    given: bytes | Sequence[bytes],
    *,
    now: datetime,
    policy: Policy = ARCHIVAL,
    trust: TrustFacts | None = None,
    documents: Sequence[bytes] = (),
    rules: "Sequence[AnyDocument]" = (),
    challenge: str | None = None,
    domain: str | None = None,
) -> tuple[Report, ...]:
    """Judge every credential, presentation and award in one file or several, as of the moment `now`.

    Each file may be JSON, a token (JWT), a baked PNG or SVG image, a PDF with attachments, or a verification kit. What
    comes with them (receipts, DID documents, status lists, rules) is a claim. `trust`, `documents` (DID documents,
    profiles, status lists, signed decisions, registers) and `rules` are the caller's own. `challenge` and `domain` are
    what the holder of a presentation was asked to sign.

    Awards come first, then presentations, then credentials; nothing signed gives no report. A bad credential is a
    report and never an error; a file that cannot be read raises what `open_document` raises.
    """
    files = [given] if isinstance(given, bytes) else given
    bundle = _opened(files, "file")
    own = _opened(documents, "document")
    held = (*rules, *own.rules)
    evidence = Evidence(
        contexts=bundled_contexts(),
        trust=bundle.believed(trust, policy),
        documents={one.id: one.data for one in own.of(*SERVED)},
        claims=bundle.claims,
        receipts=bundle.receipts,
        source="the caller's own documents",
        registers=_registers(held),
        register_claims=_registers(bundle.rules),
    )
    if not bundle.of(FileKind.AWARD):
        shown = [
            verify_presentation(one.secured, evidence, policy=policy, now=now, challenge=challenge, domain=domain)
            for one in bundle.of(FileKind.PRESENTATION)
        ]
        alone = bundle.of(FileKind.CREDENTIAL)
        return (*shown, *(verify_credential(one.secured, evidence, policy=policy, now=now) for one in alone))
    from creditbank.verification import Bench, Rules, verify_submission  # loads the rules' engine

    signed, ended = (*bundle.decisions, *own.decisions), (*bundle.revocations, *own.revocations)
    known = Rules(own=held, claims=bundle.rules, source="the caller's own rules", signed=signed, revocations=ended)
    bench = Bench(known, evidence, policy, now, challenge, domain)
    return tuple(judged.report for judged in verify_submission(bundle.submission, bench))


def _registers(documents: "Sequence[AnyDocument]") -> "tuple[Register, ...]":
    if not documents:
        return ()
    from creditbank.framework import Register

    return tuple(one for one in documents if isinstance(one, Register))


def _opened(files: Sequence[bytes], word: str) -> Bundle:
    return bundle_of([one for at, data in enumerate(files, start=1) for one in open_document(data, f"{word} {at}")])
