"""One parser for every door: whatever file a person has, and the documents in it.

Command line, pages, API and library all open files here, so that the same bytes are taken for the same thing at each.
It reads bytes and answers with values; nothing is fetched, unpacked to a disk, or run.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from creditbank.adapters.documents.archive import entries_of, is_archive
from creditbank.adapters.documents.portable import attachments_of, is_pdf
from creditbank.adapters.documents.recognition import (
    MAX_LONG_BYTES,
    Container,
    FileKind,
    Recognised,
    TooMuchGiven,
    UnrecognisedFile,
    recognise,
)
from creditbank.adapters.documents.room import Room
from creditbank.credential import is_png, is_svg, read_baked
from creditbank.errors import BadInput, CreditBankError

SIGNED: Final = (FileKind.CREDENTIAL, FileKind.AWARD, FileKind.PRESENTATION)
MAX_LINKS: Final = 4
_LINK: Final = re.compile(rb"https?://[^\s<>\"]{1,2000}")


class NotOneCredential(BadInput):
    """Exactly one credential was expected."""

    slug = "not-one-credential"


def open_document(data: bytes, place: str, room: Room | None = None) -> tuple[Recognised, ...]:
    """Everything that a file holds, each document with its kind and what carried it; at least one.

    It may be JSON, a rule document in YAML, a compact JWT, a baked PNG or SVG image, a PDF with attachments, a
    verification kit or another zip archive, or a text that is nothing but a link. Files of other kinds in a PDF or an
    archive come as `FileKind.OTHER`. Every error carries the place. `room` says how much may
    be opened, where that is counted.

    Raises `TooMuchGiven`, `UnrecognisedFile` where nothing in it helps to verify a credential, `UnreadableImage` and
    `SeveralCredentials`, `UnreadablePdf`, `RefusedArchive`, and what `recognise` raises.
    """
    _check_size(data, place)
    if is_archive(data):
        return _archive(data, place, room)
    return _no_archive(data, place, room)


def follow_links(
    documents: Iterable[Recognised], fetch: Callable[[str], bytes], room: Room | None = None
) -> list[Recognised]:
    """The documents, each link among them replaced by what `fetch` brings from its address.

    What is behind a link has the address as its place. A link to nothing usable stays one and says why, and so does one
    beyond the first `MAX_LINKS` addresses: who hands in documents must not make us a tool against others. A link behind
    a link is not followed.
    """
    found: list[Recognised] = []
    asked: set[str] = set()
    for one in documents:
        if one.kind is not FileKind.LINK:
            found.append(one)
            continue
        if one.id in asked or len(asked) == MAX_LINKS:
            why = "was followed already" if one.id in asked else f"was not followed: {MAX_LINKS} links are, and no more"
            found.append(replace(one, note=why))
            continue
        asked.add(one.id)
        try:
            opened = open_document(fetch(one.id), one.id, room)
        except CreditBankError as cause:
            found.append(replace(one, note=f"leads to nothing that can be verified ({cause.sentence.rstrip('.')})"))
            continue
        found.extend(inner if inner.within else replace(inner, within=Container.LINK) for inner in opened)
    return found


def open_one(data: bytes, place: str, *kinds: FileKind) -> Recognised:
    """The one document of these kinds in a file; raises `NotOneCredential` and what `open_document` raises."""
    found = [one for one in open_document(data, place) if one.kind in kinds]
    if len(found) != 1:
        raise NotOneCredential(
            f"One {' or '.join(kinds)} was expected, and here {f'are {len(found)}' if found else 'is none'}.",
            place=place,
            next_step="Give the file of the one document.",
        )
    return found[0]


def is_carrier(data: bytes) -> bool:
    """Whether these bytes are an image, a PDF or an archive, which may hold a credential or not."""
    return is_archive(data) or is_png(data) or is_svg(data) or is_pdf(data)


def _no_archive(data: bytes, place: str, room: Room | None) -> tuple[Recognised, ...]:
    if is_png(data):
        return _image(data, place, Container.PNG, room)
    if is_svg(data):
        return _image(data, place, Container.SVG, room)
    if is_pdf(data):
        return _pdf(data, place, room)
    return (_text(data, place, room),)


def _text(data: bytes, place: str, room: Room | None) -> Recognised:
    if room is not None:
        room.take(data, place)
    stripped = data.strip()
    if _LINK.fullmatch(stripped):
        return Recognised(FileKind.LINK, {"id": stripped.decode("ascii", "replace")}, data, place)
    return recognise(data, place)


def _image(data: bytes, place: str, within: Container, room: Room | None) -> tuple[Recognised, ...]:
    try:
        baked = read_baked(data)
    except BadInput as cause:
        raise type(cause)(cause.sentence, place=place, next_step=cause.next_step) from None
    found = []
    if baked.credential is not None:
        inner = _text(baked.credential.encode(), place, room)
        if inner.kind not in SIGNED:
            raise UnrecognisedFile(
                f"What the {within} holds where a credential should be is {inner.words}.",
                place=place,
                next_step="Give the file as you received it from the issuer or the learner.",
            )
        found.append(inner)
    if baked.earlier is not None:
        found.append(_earlier(baked.earlier, place, room))
    if not found:
        raise UnrecognisedFile(
            f"The {within} holds no credential: it is a picture and nothing more.",
            place=place,
            next_step="Ask for the image as it was downloaded; many programs drop what is inside when they save.",
        )
    return tuple(replace(one, within=within) for one in found)


def _earlier(text: str, place: str, room: Room | None) -> Recognised:
    """What an image of Open Badges 2 holds: an assertion, its signed form, or its address."""
    data = text.encode()
    try:
        inner = _text(data, place, room)
    except TooMuchGiven:
        raise
    except BadInput:  # whatever it is, it is shown and not judged
        return Recognised(FileKind.EARLIER, {}, data, place)
    return replace(inner, kind=FileKind.EARLIER, token=None)


def _pdf(data: bytes, place: str, room: Room | None) -> tuple[Recognised, ...]:
    attached = attachments_of(data, place, max_bytes=MAX_LONG_BYTES if room is None else room.carried)
    if room is not None:
        room.carry(sum(len(content) for _, content in attached))
    found = [_attachment(content, f"{place}/{name}", room) for name, content in attached]
    if all(one.kind is FileKind.OTHER for one in found):
        raise UnrecognisedFile(
            "The PDF has no credential attached: it is a page to read, which proves nothing.",
            place=place,
            next_step="Ask for the PDF with the credential attached, or for the credential itself.",
        )
    return tuple(replace(one, within=Container.PDF) for one in found)


def _attachment(data: bytes, place: str, room: Room | None) -> Recognised:
    try:
        return Recognised(FileKind.OTHER, {}, data, place) if is_carrier(data) else _text(data, place, room)
    except UnrecognisedFile:
        return Recognised(FileKind.OTHER, {}, data, place)


def _archive(data: bytes, place: str, room: Room | None) -> tuple[Recognised, ...]:
    found: list[Recognised] = []
    entries = entries_of(data, place, max_bytes=MAX_LONG_BYTES if room is None else room.carried)
    if room is not None:
        room.carry(sum(len(content) for _, content in entries))
    for name, content in entries:
        inside = f"{place}/{name}"
        try:
            # an archive in an archive is passed over like any file of another kind: it is never opened
            found.extend(_no_archive(content, inside, room))
        except UnrecognisedFile:
            found.append(Recognised(FileKind.OTHER, {}, content, inside))
    if all(one.kind is FileKind.OTHER for one in found):
        raise UnrecognisedFile(
            "Nothing in the archive helps to verify a credential.",
            place=place,
            next_step="Give a verification kit, or an archive of the documents themselves.",
        )
    return tuple(one if one.within else replace(one, within=Container.ARCHIVE) for one in found)


def _check_size(data: bytes, place: str) -> None:
    if len(data) > MAX_LONG_BYTES:
        raise TooMuchGiven(
            f"The file is larger than {MAX_LONG_BYTES // 1024 // 1024} MiB, which no document here is.",
            place=place,
            next_step="Give the documents themselves, a few at a time.",
        )
