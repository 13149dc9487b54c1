"""What a bank publishes as files: `batches.json`, a file of entries for each batch, and what stands beside them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import scandir
from pathlib import Path
from typing import Any, Final, Protocol

from creditbank.adapters.publications.reading import items_of, read_batch, read_history, read_status_root
from creditbank.anchoring.published import Anchoring
from creditbank.anchoring.statuses import StatusTree
from creditbank.canonical import Digest, JsonObject, load_object
from creditbank.errors import BadInput
from creditbank.services.recomputing_records import NotPublished, PublishedBatch, PublishedHistory

BATCHES: Final = "batches.json"
STATUS_ROOTS: Final = "status-roots.json"
PUBLISHED: Final = frozenset({BATCHES, STATUS_ROOTS, "batches", "history", "status-lists", "feeds"})
PIECE: Final = 64 * 1024
MOST_BYTES: Final = 64 * 1024 * 1024


class NothingPublished(BadInput):
    """A folder of something else: it says nothing of any bank, good or bad."""

    slug = "nothing-published"


class PublishedFolder:
    """Implements `services.recomputing_records.Published` over a folder."""

    def __init__(self, folder: Path) -> None:
        """Raises `NothingPublished`, and what the system says of a folder that is none."""
        with scandir(folder) as found:
            if PUBLISHED.isdisjoint(one.name for one in found):
                raise NothingPublished(
                    "Nothing that a bank publishes is in this folder.",
                    place=str(folder),
                    next_step="Name the folder that `creditbank batch publish` wrote.",
                )
        self._folder = folder

    def batches(self) -> Iterator[PublishedBatch]:
        """Every batch."""
        return map(read_batch, items_of(self._object(BATCHES)))

    def entries(self, batch: str) -> Iterator[bytes]:
        """The entries of a batch, read piece by piece."""
        path = self._folder / "batches" / f"{_bare(batch)}.entries"
        if not path.is_file():
            raise NotPublished(f"There is no file {path.name}.")
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def anchorings(self, batch: str) -> Sequence[Anchoring]:
        """Where the root of a batch stands."""
        return [Anchoring.parse(one) for one in items_of(self._object(f"batches/{_bare(batch)}.anchorings.json"))]

    def histories(self) -> Iterator[PublishedHistory]:
        """The history of every organisation that has a file."""
        for path in sorted((self._folder / "history").glob("*.json")):
            yield read_history(self._object(f"history/{path.name}"))

    def status_roots(self) -> Sequence[tuple[int, Digest]]:
        """Number and root of every root over status lists."""
        return [read_status_root(one) for one in items_of(self._object(STATUS_ROOTS))]

    def status_lists(self, root: Digest) -> StatusTree:
        """The lists under a status root."""
        return StatusTree.parse(self._object(f"status-lists/{root.hex()}.json"))

    def feed(self, organisation: str) -> list[JsonObject]:
        """Every entry of an issuer's feed, oldest first."""
        return items_of(self._object(f"feeds/{_bare(organisation)}.json"))

    def organisation_of(self, did: str) -> str:
        """The id under which an issuer is listed; raises `NotPublished`."""
        for path in sorted((self._folder / "history").glob("*.json")):
            if read_history(self._object(f"history/{path.name}")).did == did:
                return path.stem
        raise NotPublished(f"The folder has no history of {did[:200]}.")

    def _object(self, name: str) -> JsonObject:
        path = self._folder / name
        if not path.is_file():
            raise NotPublished(f"There is no file {name}.")
        with path.open("rb") as file:
            return load_object(file.read(MOST_BYTES + 1), place=str(path), max_bytes=MOST_BYTES)


class Shown(Protocol):
    """What a bank shows, as `services.transparency.Transparency` does."""

    def entries(self, batch: str) -> Iterator[bytes]: ...
    def anchorings(self, batch: str) -> list[Anchoring]: ...
    def history_document(self, did: str) -> JsonObject: ...


def publish_to(
    folder: Path,
    shown: Shown,
    batches: Sequence[JsonObject],
    organisations: Mapping[str, str],
    status_roots: Sequence[JsonObject],
    status_lists: Iterable[tuple[bytes, bytes]],
    feed: Callable[[str], Sequence[JsonObject]],
) -> None:
    """Write everything that is public of a bank into a folder that `PublishedFolder` reads.

    `organisations` are DIDs by id; `status_lists` the leaves under each root that is kept, `feed` gives
    an issuer's feed. Entries of a batch are
    written once, as they never change.
    """
    for name in ("batches", "history", "status-lists", "feeds"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for batch in batches:
        bare = _bare(str(batch["id"]))
        entries = folder / "batches" / f"{bare}.entries"
        if not entries.exists():
            part = entries.with_suffix(".part")
            with part.open("wb") as file:
                file.writelines(shown.entries(str(batch["id"])))
            part.replace(entries)
        standing = [one.to_json() for one in shown.anchorings(str(batch["id"]))]
        _write(folder / "batches" / f"{bare}.anchorings.json", {"items": standing})
    for id, did in organisations.items():
        _write(folder / "history" / f"{_bare(id)}.json", shown.history_document(did))
        _write(folder / "feeds" / f"{_bare(id)}.json", {"items": list(feed(did))})
    _write(folder / STATUS_ROOTS, {"items": list(status_roots)})
    for root, content in status_lists:
        (folder / "status-lists" / f"{root.hex()}.json").write_bytes(content)
    _write(folder / BATCHES, {"items": list(batches)})


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _bare(id: str) -> str:
    """The bare UUID of an id: what a file can be named, and nothing that leads elsewhere."""
    bare = id.removeprefix("urn:uuid:")
    if not all(letter.isalnum() or letter == "-" for letter in bare) or not bare:
        raise NotPublished("This is no id of anything that is published.")
    return bare
