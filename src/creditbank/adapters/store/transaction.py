"""One unit of work on the store, put together from its groups of tables."""

from creditbank.adapters.store.anchors import Anchors
from creditbank.adapters.store.asked import AskedRows
from creditbank.adapters.store.awards import Awards
from creditbank.adapters.store.books import Books
from creditbank.adapters.store.bulk import Bulk
from creditbank.adapters.store.challenges import Challenges
from creditbank.adapters.store.claims import Claims
from creditbank.adapters.store.credentials import Credentials
from creditbank.adapters.store.endorsements import Endorsements
from creditbank.adapters.store.erasing import Erasures
from creditbank.adapters.store.grants import Grants
from creditbank.adapters.store.halts import Halts
from creditbank.adapters.store.holders import Holders
from creditbank.adapters.store.issuing import Issues
from creditbank.adapters.store.jobs import Jobs
from creditbank.adapters.store.journal import Journal
from creditbank.adapters.store.keys import Keys
from creditbank.adapters.store.leases import Leases
from creditbank.adapters.store.lists import Lists
from creditbank.adapters.store.membership import Members
from creditbank.adapters.store.moving import Moving
from creditbank.adapters.store.notices import Notices
from creditbank.adapters.store.people import People
from creditbank.adapters.store.rebuilding import Rebuilding
from creditbank.adapters.store.redemptions import Redemptions
from creditbank.adapters.store.shares import Shares
from creditbank.adapters.store.sign_ins import SignIns
from creditbank.adapters.store.spends import Spends
from creditbank.adapters.store.standing import StandingRows
from creditbank.adapters.store.tiles import Tiles
from creditbank.adapters.store.trail import TrailRows
from creditbank.adapters.store.transparency import Transparency
from creditbank.adapters.store.watching import Watching
from creditbank.adapters.store.webhooks import Webhooks


class SqlTransaction(
    People,
    SignIns,
    Challenges,
    Keys,
    Credentials,
    Issues,
    Endorsements,
    Anchors,
    Journal,
    Books,
    Awards,
    TrailRows,
    AskedRows,
    Jobs,
    Bulk,
    Shares,
    Erasures,
    Holders,
    Halts,
    Notices,
    Claims,
    Watching,
    Leases,
    Rebuilding,
    Members,
    Grants,
    Lists,
    Webhooks,
    Redemptions,
    Spends,
    StandingRows,
    Tiles,
    Moving,
    Transparency,
):
    """Implements `ports.Transaction`; `journal` is there for the auditor besides."""
