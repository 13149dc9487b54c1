"""`creditbank request prune`: what is old and may be forgotten is, and nothing else."""

from datetime import timedelta

from creditbank.bootstrap import open_bank
from creditbank.canonical import sha256
from creditbank.config import Settings
from creditbank.services.claim_records import Claim

from .conftest import Call, Journey


def test_old_answers_are_forgotten_but_no_lasting_ones(call: Call, journey: Journey) -> None:
    with open_bank(Settings.load({}, journey.home), own_chain=False) as bank:
        now = bank.clock.now()
        for name, age, lasting in (("young", 29, False), ("old", 31, False), ("lasting", 31, True)):
            begun = now - timedelta(days=age)
            claim = Claim(name, sha256(b""), begun, "", begun, b"{}", begun, lasting)
            with bank.store.transaction() as tx:
                tx.claim(claim)
        assert call("request", "prune", "--days", "6", "--home", str(journey.home)).code == 2
        called = call("request", "prune", "--json", "--home", str(journey.home))
        assert (called.code, called.json) == (0, {"forgotten": 1})
        with bank.store.transaction() as tx:
            kept = [tx.claim(Claim(name, sha256(b"other"), now, "", now)).begun < now for name in ("young", "lasting")]
            assert kept == [True, True]
            assert tx.claim(Claim("old", sha256(b"other"), now, "", now)).begun == now
