"""What a bank shows at its public API (docs/api.md), page by page."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

import requests

from creditbank.adapters.deadlines import Deadlines
from creditbank.adapters.publications.reading import (
    items_of,
    read_batch,
    read_history,
    read_organisation,
    read_status_root,
)
from creditbank.anchoring.published import Anchoring
from creditbank.anchoring.statuses import StatusTree
from creditbank.canonical import Digest, JsonObject, digest_text, load_object
from creditbank.errors import BadInput
from creditbank.services.recomputing_records import NotPublished, PublishedBatch, PublishedHistory, PublisherSilent

TIMEOUT: Final = (5, 30)
WHOLE: Final = 600  # seconds in which all of an answer is there; the entries of a large batch are some megabytes
MOST_BYTES: Final = 16 * 1024 * 1024
PIECE: Final = 64 * 1024


class PublishedSite:
    """Implements `services.recomputing_records.Published` over a bank's address."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.max_redirects = 0
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, Deadlines(lambda: WHOLE))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def batches(self) -> Iterator[PublishedBatch]:
        """Every batch, newest first."""
        return map(read_batch, self._all("/v1/batches"))

    def entries(self, batch: str) -> Iterator[bytes]:
        """The entries of a batch as they arrive."""
        try:
            with self._asked(f"/v1/batches/{quote(batch, safe=':')}/entries") as answer:
                yield from answer.iter_content(PIECE)
        except (requests.RequestException, OSError) as cause:
            raise _silent(cause) from None

    def anchorings(self, batch: str) -> Sequence[Anchoring]:
        """Where the root of a batch stands."""
        found = self._object(f"/v1/batches/{quote(batch, safe=':')}/anchorings")
        return [Anchoring.parse(one) for one in items_of(found)]

    def histories(self) -> Iterator[PublishedHistory]:
        """The history of every organisation that is listed."""
        for one in self._all("/v1/organisations"):
            id, _ = read_organisation(one)
            yield read_history(self._object(f"/v1/organisations/{quote(id, safe=':')}/history"))

    def status_roots(self) -> Sequence[tuple[int, Digest]]:
        """Number and root of every root over status lists."""
        return [read_status_root(one) for one in self._all("/v1/status-roots")]

    def status_lists(self, root: Digest) -> StatusTree:
        """The lists under a status root."""
        return StatusTree.parse(self._object(f"/documents?id={digest_text(root)}"))

    def feed(self, organisation: str) -> list[JsonObject]:
        """Every entry of an issuer's feed, oldest first."""
        return list(self._all(f"/v1/organisations/{quote(organisation, safe=':')}/feed"))

    def organisation_of(self, did: str) -> str:
        """The id under which an issuer is listed; raises `NotPublished`."""
        for one in self._all("/v1/organisations"):
            id, listed = read_organisation(one)
            if listed == did:
                return id
        raise NotPublished(f"The bank does not list {did[:200]}.")

    def _all(self, path: str) -> Iterator[Any]:
        cursor = ""
        while True:
            page = self._object(f"{path}?limit=200{cursor}")
            yield from items_of(page)
            if not page.get("next"):
                return
            cursor = f"&cursor={quote(str(page['next']), safe='')}"

    def _object(self, path: str) -> JsonObject:
        try:
            with self._asked(path) as answer:
                content = b""
                for piece in answer.iter_content(PIECE):
                    content += piece
                    if len(content) > MOST_BYTES:
                        raise PublisherSilent(f"The answer to {path} is larger than {MOST_BYTES} bytes.")
            return load_object(content, max_bytes=MOST_BYTES)
        except (requests.RequestException, OSError, BadInput) as cause:
            raise _silent(cause) from None

    def _asked(self, path: str) -> requests.Response:
        answer = self._session.get(self._url + path, timeout=TIMEOUT, stream=True, allow_redirects=False)
        if answer.status_code == 404:
            answer.close()
            raise NotPublished(f"The bank publishes nothing at {path}.")
        if answer.status_code != 200:
            answer.close()
            raise PublisherSilent(
                f"The bank answered {answer.status_code} at {path}.", next_step="Nothing is lost; ask again later."
            )
        return answer


def _silent(cause: Exception) -> PublisherSilent:
    return PublisherSilent(
        f"What the bank publishes could not be read: {type(cause).__name__}.",
        next_step="Ask again later, or read it from files.",
    )
