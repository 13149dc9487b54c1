"""The newest status list that a verifier saw, of each issuer and address, in a small file that it keeps (threat 31)."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from creditbank.adapters.resolver.errors import UnusableMemory
from creditbank.anchoring.fields import Fields
from creditbank.canonical import digest_text, load_object, pretty_json
from creditbank.errors import CreditBankError
from creditbank.units import instant_text
from creditbank.verification import StatusFact

DOCUMENT: Final = "creditbank/seen/v1"
MOST: Final = 20_000
MAX_BYTES: Final = 16 * 1024 * 1024
MEND: Final = "Name another file; without one, an old status list cannot be told from the newest."


class SeenLists:
    """Remembers status lists in a file; a file that is not there yet remembers none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._newest = {(fact.issuer, fact.list): fact for fact in self._read()}

    @property
    def facts(self) -> tuple[StatusFact, ...]:
        """What is remembered, each with this file as its source."""
        return tuple(self._newest.values())

    def remember(self, lists: Iterable[StatusFact]) -> None:
        """Keep what is newer than what is remembered, and write the file whole; raise `UnusableMemory`.

        When it is full, what was signed longest ago is forgotten first.
        """
        before = dict(self._newest)
        for fact in lists:
            known = self._newest.get((fact.issuer, fact.list))
            if known is None or _newer(fact, known):
                self._newest[fact.issuer, fact.list] = fact
        if self._newest == before:
            return
        kept = sorted(self._newest.values(), key=lambda fact: instant_text(fact.signed) if fact.signed else "")[-MOST:]
        entries = [
            {
                "issuer": fact.issuer,
                "list": fact.list,
                "sequence": fact.sequence,
                "digest": digest_text(fact.digest),
                "signed": None if fact.signed is None else instant_text(fact.signed),
            }
            for fact in kept
        ]
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        try:
            beside.write_bytes(pretty_json({"document": DOCUMENT, "lists": [*entries]}))
            beside.replace(self._path)
        except OSError as cause:
            raise _unusable(self._path, f"cannot be written: {cause.strerror or 'no reason is given'}") from None

    def _read(self) -> list[StatusFact]:
        try:
            with self._path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return []
        except OSError as cause:
            raise _unusable(self._path, f"cannot be read: {cause.strerror or 'no reason is given'}") from None
        try:
            fields = Fields.of(load_object(data, max_bytes=MAX_BYTES), UnusableMemory, "memory of lists", DOCUMENT)
            facts = [self._fact(entry) for entry in fields.objects("lists", most=MOST)]
            fields.close()
        except CreditBankError as cause:
            raise _unusable(self._path, f"is not what a verifier wrote ({cause.sentence.rstrip('.')})") from None
        return facts

    def _fact(self, entry: Fields) -> StatusFact:
        fact = StatusFact(
            issuer=entry.text("issuer"),
            list=entry.text("list"),
            digest=entry.digest("digest"),
            sequence=entry.optional("sequence", entry.whole),
            signed=entry.optional("signed", entry.instant),
            source=f"earlier verifications, kept in {self._path}",
        )
        entry.close()
        return fact


def _newer(fact: StatusFact, known: StatusFact) -> bool:
    if fact.sequence is not None and known.sequence is not None:
        return fact.sequence > known.sequence
    return fact.signed is not None and known.signed is not None and fact.signed > known.signed


def _unusable(path: Path, why: str) -> UnusableMemory:
    return UnusableMemory(f"The memory of status lists {why}.", place=str(path), next_step=MEND)
