"""The part of the store's transaction that keeps bulk uploads."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from creditbank.services.bulk_records import BulkRow, BulkState, BulkUpload, RowState
from creditbank.services.listing_ports import Listed, Page
from creditbank.services.records import IssueIntent


class BulkTables(Protocol):
    """Uploads, the parts of their bytes while they are read, and their rows."""

    def add_upload(self, upload: BulkUpload) -> None:
        """Keep an upload; `AlreadyRecorded` where its request stands for one."""
        ...

    def get_upload(self, id: str) -> BulkUpload: ...
    def find_upload(self, request: str) -> BulkUpload | None: ...
    def list_uploads(self, page: Page, organisation: str) -> Listed[BulkUpload]:
        """A provider's uploads, newest first."""
        ...

    def move_upload(self, upload: BulkUpload, *, since: BulkState) -> bool:
        """Put an upload in the place of itself unless it has left the state `since`; whether it did."""
        ...

    def remove_upload(self, id: str) -> None:
        """Forget an upload that was never received whole, with its parts."""
        ...

    def add_part(self, upload: str, number: int, content: bytes) -> None: ...
    def find_part(self, upload: str, number: int) -> bytes | None: ...
    def drop_parts(self, upload: str) -> None: ...

    def add_bulk_rows(self, rows: Sequence[BulkRow]) -> None: ...
    def bulk_rows(
        self, upload: str, states: Collection[RowState] = (), *, after: int = 0, limit: int = 1000
    ) -> list[BulkRow]:
        """Rows in their order, of these states where some are named, after a number."""
        ...

    def end_bulk_rows(self, rows: Sequence[BulkRow]) -> None:
        """Write what became of rows."""
        ...

    def drop_bulk_rows(self, upload: str) -> None: ...
    def count_bulk_rows(self, upload: str) -> Mapping[RowState, int]: ...
    def rows_asked(self, upload: str, asked: Collection[str]) -> Mapping[str, int]:
        """The numbers of the rows of an upload that ask under these ids."""
        ...

    def intents_for(self, requests: Collection[str]) -> Mapping[str, IssueIntent]:
        """The intents that stand under these requests."""
        ...

    def bulk_units(self, upload: str) -> list[tuple[str, str, RowState, int]]:
        """How many rows there are of each achievement, version and state, the most first; at most two hundred."""
        ...

    def bulk_faults(self, upload: str) -> list[tuple[str, str, int]]:
        """How many rows have each fault, by field and slug, the most first; at most two hundred."""
        ...

    def forget_rows_of(self, learner: str) -> None:
        """Drop what rows of any upload say of a learner."""
        ...
