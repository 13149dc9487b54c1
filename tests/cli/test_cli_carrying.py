"""`creditbank bank carry`: refused where it is misused, killed half way, and done again until redemption is open."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from nodes import RICH, anvil

from creditbank.bootstrap import init_bank, open_bank
from creditbank.config import Settings
from creditbank.services import reads
from creditbank.services.anchoring import BANK
from creditbank.services.dids import REGISTRAR
from creditbank.services.registering import OPERATOR
from creditbank.units import NONE

from .conftest import Call, Journey

pytestmark = pytest.mark.anvil


class Moved(NamedTuple):
    """The journey's bank on a node's chain, and the folder of its former chain."""

    home: Path
    former: Path
    environment: dict[str, str]

    def spent(self) -> list[str]:
        """What the chain in use counts, lot by lot, beside what the ledger counts."""
        with open_bank(Settings.load(self.environment, self.home), own_chain=False) as bank:
            with bank.store.reading() as tx:
                lots, _, _ = tx.journal()
            uses = [(lot.redeemed, reads.lot_use(bank.chain, bytes.fromhex(lot.id[2:]))) for lot in lots]
        return [f"{NONE if use is None else use.spent} of {counted}" for counted, use in uses]


@pytest.fixture
def moved(journey: Journey, tmp_path: Path) -> Iterator[Moved]:
    home, former = tmp_path / "bank", tmp_path / "former"
    shutil.copytree(journey.home, home)
    former.mkdir()
    for name in ("bank.toml", "chain.db"):
        shutil.copyfile(home / name, former / name)
    with anvil() as (url, control):
        environment = {
            "CREDITBANK_CHAIN": "rpc",
            "CREDITBANK_CHAIN_URL": url,
            "CREDITBANK_CHAIN_ID": "31337",
            "CREDITBANK_FINALITY_DEPTH": "0",
        }
        with open_bank(Settings.load({}, home), own_chain=False) as bank, bank.store.reading() as tx:
            bodies = [one.account for one in tx.organisations()]
            accounts = [bank.vault.chain_account(name) for name in (OPERATOR, REGISTRAR, BANK)]
        for account in (*accounts, *bodies):
            control("anvil_setBalance", account, hex(RICH))
        init_bank(Settings.load(environment, home))
        with open_bank(Settings.load(environment, home)) as bank:
            bank.registering.resume()  # so that what is sent next is what is carried over
        yield Moved(home, former, environment)


def test_spends_are_carried_over_by_a_command_that_is_killed_half_way(
    moved: Moved, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("bank", "carry", "--home", str(moved.home))
    for name, value in moved.environment.items():
        monkeypatch.setenv(name, value)
    for misused in ((), ("--former", str(moved.former), "--former-is-gone"), ("--former", str(tmp_path / "nothing"))):
        misuse = call(*words, *misused)
        assert misuse.code == 2
        assert "creditbank init" not in misuse.err, "no new bank is the way to a former chain"
    in_use = tmp_path / "in-use"
    in_use.mkdir()
    shutil.copyfile(moved.home / "bank.toml", in_use / "bank.toml")
    lines = {name.removeprefix("CREDITBANK_").lower(): value for name, value in moved.environment.items()}
    kept = [line for line in (in_use / "bank.toml").read_text().splitlines() if line.partition(" ")[0] not in lines]
    told = [f"{name} = {value if value.isdigit() else repr(value)}" for name, value in lines.items()]
    (in_use / "bank.toml").write_text("\n".join([*told, *kept]))
    refused = call(*words, "--former", str(in_use), "--json")
    assert (refused.code, refused.json["type"].rpartition(":")[2]) == (2, "not-the-former-chain")
    before = moved.spent()
    assert all(line.startswith("0 of ") for line in before)
    dying = subprocess.run(
        [sys.executable, "-m", "creditbank", *words, "--former", str(moved.former)],
        env={**os.environ, "CREDITBANK_FAILPOINTS": "tx.sent=kill"},
        check=False,
        capture_output=True,
    )
    assert dying.returncode == -signal.SIGKILL, dying.stderr
    (fence,) = call("bank", "halts", "--home", str(moved.home), "--json").json["halts"]
    assert (fence["scope"], fence["lifted"]) == ("redemption", None)
    done = call(*words, "--former", str(moved.former), "--json")
    assert done.code == 0, done
    assert (done.json["learned"], done.json["findings"], done.json["redemption"]) == (0, [], "open")
    again = call(*words, "--former", str(moved.former))
    assert (again.code, "spent here anew: 0" in again.out) == (0, True)
    assert all(line.partition(" of ")[0] == line.partition(" of ")[2] for line in moved.spent())
