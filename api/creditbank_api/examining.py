"""Files that somebody hands in: what each is taken for, and a report on every signed document among them.

Nothing is stored. The bank's own documents and chain are the trusted side; what came along are claims.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from creditbank.adapters.documents import Bundle, FileKind, Recognised, Room, bundle_of, follow_links, open_document
from creditbank.bootstrap import Bank
from creditbank.canonical import JsonObject
from creditbank.errors import BadInput
from creditbank.framework import Register
from creditbank.verification import Bench, Policy, Report, Rules, policy_named, verify_submission

NOT_FETCHED: Final = "was not followed, as nothing is fetched here: save what is there, and give the file"


class NothingGiven(BadInput):
    """There is nothing to verify."""

    slug = "nothing-given"


@dataclass(frozen=True, slots=True)
class File:
    """One file as it was handed in."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file was taken for."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What was given, and the reports on it. `documents` are the signed ones by id, for showing."""

    recognised: tuple[Taken, ...]
    reports: tuple[Report, ...]
    documents: Mapping[str, JsonObject]


def examine(bank: Bank, files: Sequence[File], policy: str) -> Examination:
    """Recognise the files and verify every credential, presentation and award among them.

    A credential that an award is built from is reported inside the award's report. A link is followed where this bank
    fetches documents, and what is behind it goes by its address. All together are no more than a `Room` holds. Raises
    `NothingGiven`, and for files that cannot be
    read what `open_document` raises; a bad credential raises nothing.
    """
    if not files:
        raise NothingGiven("No file and no text was given.", next_step="Choose a file, or paste a credential.")
    room = Room()
    opened = [one for file in files for one in open_document(file.data, file.name, room)]
    bundle = bundle_of(_followed(bank, opened, room))
    passed_over = tuple(Taken(place, "A file of another kind, passed over") for place in bundle.skipped)
    return Examination(
        (*(Taken(one.place, one.words[:1].upper() + one.words[1:]) for one in bundle.files), *passed_over),
        tuple(_judge(bank, bundle, policy_named(policy))),
        {str(one.get("id")): one for one in _shown(bundle)},
    )


def _followed(bank: Bank, documents: Sequence[Recognised], room: Room) -> Sequence[Recognised]:
    """The documents with each link followed, by the rules of the resolver; or told that nothing is fetched here."""
    if bank.fetching is not None:
        return follow_links(documents, bank.fetching.open, room)
    return [replace(one, note=NOT_FETCHED) if one.kind is FileKind.LINK else one for one in documents]


def _judge(bank: Bank, bundle: Bundle, policy: Policy) -> list[Report]:
    signed = [one.secured for one in bundle.signed]
    known = tuple(document for versions in bank.catalogue.documents.values() for document in versions)
    adopted = bank.deciding.adopted() if bundle.submission.awards else []  # only an award rests on decisions
    evidence = bank.verifying.evidence(
        signed,
        receipts=bundle.receipts,
        claims=bundle.claims,
        register_claims=[one for one in bundle.rules if isinstance(one, Register)],
        fetch=True,
    )
    bench = Bench(
        Rules(
            own=known,
            claims=bundle.rules,
            source="the rule documents of this bank",
            signed=(*bundle.decisions, *(one.signed for one in adopted)),
            revocations=(*bundle.revocations, *(ended for one in adopted for ended, _ in one.revocations)),
        ),
        replace(evidence, trust=bundle.believed(evidence.trust, policy)),
        policy,
        bank.clock.now(),
    )
    return [judged.report for judged in verify_submission(bundle.submission, bench)]


def _shown(bundle: Bundle) -> list[JsonObject]:
    inside = [inner for one in bundle.of(FileKind.PRESENTATION) for inner in _inner(one.value)]
    return [*inside, *[one.value for one in bundle.signed]]


def _inner(presentation: Mapping[str, Any]) -> list[JsonObject]:
    contained = presentation.get("verifiableCredential")
    members = contained if isinstance(contained, list) else [contained]
    return [member for member in members if isinstance(member, dict)]
