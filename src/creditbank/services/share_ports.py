"""The part of the store's transaction that keeps shares, who looked at them, and consents."""

from datetime import datetime
from typing import Protocol

from creditbank.canonical import Digest
from creditbank.services.listing_ports import Listed, Page
from creditbank.services.share_records import Consent, Share, ShareView


class ShareTables(Protocol):
    """Shares and consents in one unit of work; `get_…` methods raise `UnknownRecord`."""

    def add_share(self, share: Share) -> None:
        """Keep a share; `AlreadyRecorded` where its request stands for one."""
        ...

    def get_share(self, id: str) -> Share: ...
    def find_share(self, request: str) -> Share | None: ...
    def find_share_by_link(self, link: Digest) -> Share | None: ...
    def list_shares(self, page: Page, *, learner: str = "", organisation: str = "") -> Listed[Share]:
        """A learner's shares, or those for a body, newest first."""
        ...

    def withdraw_share(self, id: str, when: datetime) -> None:
        """Take a share back; one that was taken back keeps its moment."""
        ...

    def count_wrong_pin(self, id: str, most: int) -> bool:
        """Count a wrong PIN before it is looked at; False, and nothing counted, where there were `most`."""
        ...

    def uncount_pin(self, id: str) -> None:
        """Take one count back: it was the right PIN. Wrong ones that others tried stay counted."""
        ...

    def add_view(self, view: ShareView) -> None:
        """Note that somebody looked; the same body in the same minute is one view."""
        ...

    def views_of(self, share: str, limit: int = 200) -> list[ShareView]:
        """Who looked, the newest first."""
        ...

    def add_consent(self, consent: Consent) -> None:
        """Keep a consent; `AlreadyRecorded` where its request stands for one."""
        ...

    def get_consent(self, id: str) -> Consent: ...
    def find_consent(self, request: str) -> Consent | None: ...
    def list_consents(self, page: Page, learner: str) -> Listed[Consent]: ...
    def consents_for(self, learner: str, organisation: str) -> list[Consent]:
        """What a learner agreed to towards a body, newest first."""
        ...

    def withdraw_consent(self, id: str, when: datetime) -> None: ...
    def withdraw_consents_of(self, source: str, when: datetime) -> None:
        """Take back what came with a share."""
        ...

    def forget_shares_of(self, learner: str, when: datetime) -> None:
        """Withdraw every share and consent of a learner, and forget for whom and why they were."""
        ...
