"""A process of its own that races for one lot, or dies in the middle of a transaction.

`python racer.py <url> <lot> <first> <count>` reserves the whole lot for `count` awards, one thread each, and prints how
many won. `python racer.py <url> <lot> die` kills itself after the writes and before the commit.
"""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from creditbank.adapters.store import SqlStore
from creditbank.ledger import CreditsAlreadyRedeemed, reserve

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def reserve_all(store: SqlStore, lot_id: str, award: str) -> bool:
    """Whether this award got the whole lot."""
    try:
        with store.transaction() as tx:
            lot = tx.get_lot(lot_id)
            tx.post(reserve(lot, lot.amount.credits, request=f"reserve:{award}", award=award, at=NOW))
    except CreditsAlreadyRedeemed:
        return False
    return True


def die(store: SqlStore, lot_id: str) -> None:
    """Write everything, commit nothing."""
    with store.transaction() as tx:
        lot = tx.get_lot(lot_id)
        tx.post(reserve(lot, lot.amount.credits, request="reserve:dead", award="dead", at=NOW))
        assert tx.get_lot(lot_id).reserved == lot.amount.credits
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    url, lot_id, first = sys.argv[1:4]
    store = SqlStore.open(url)
    try:
        if first == "die":
            die(store, lot_id)
        count = int(sys.argv[4])
        print("ready", flush=True)
        sys.stdin.readline()
        with ThreadPoolExecutor(count) as pool:
            awards = [f"award-{first}-{number}" for number in range(count)]
            print(sum(pool.map(lambda award: reserve_all(store, lot_id, award), awards)))
    finally:
        store.close()


if __name__ == "__main__":
    main()
