"""A bank whose sending account changes: what is under way ends as it began, and what comes after is the new one's."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from eth_account import Account
from nodes import anvil
from worlds import World, unit

from creditbank.adapters.keys.keystores import make_keystore
from creditbank.adapters.keys.signers import RemoteAccount, require_asked
from creditbank.adapters.publications import PublishedFolder
from creditbank.anchoring import Receipt
from creditbank.bootstrap import init_bank, open_bank
from creditbank.cli.running import run_command
from creditbank.config import Settings
from creditbank.services import reads
from creditbank.services.anchoring import BANK
from creditbank.services.recomputing import Audit
from creditbank.services.records import BatchState
from creditbank.verification import Verdict

SECRET = b"\x07" * 32
PASSWORD = {"CREDITBANK_SENDER": "keystore", "CREDITBANK_SENDER_PASSWORD": "of the keystore"}


def moved(world: World) -> str:
    """The bank sends from a keystore from now on."""
    file = world.home / "keys" / "sender.json"
    file.write_bytes(make_keystore(SECRET, PASSWORD["CREDITBANK_SENDER_PASSWORD"], rounds=2))
    file.chmod(0o600)
    world.bank.close()
    settings = Settings.load(PASSWORD, world.home)
    init_bank(settings)
    world.bank = open_bank(settings)
    world.bank.resume()
    account = world.bank.vault.chain_account(BANK)
    assert account == Account.from_key(SECRET).address
    return account


def audited(world: World, folder: Path) -> list[str]:
    """What an audit finds wrong in the files that the bank publishes."""
    published = folder / "published"
    if not published.exists():
        assert run_command(["batch", "publish", str(published), "--home", str(world.home)]) == 0
    report = Audit(world.bank.chain, PublishedFolder(published)).report()
    return [finding for one in report.checks for finding in one.findings]


def receipt_of(world: World, credential: str) -> Receipt:
    with world.bank.store.transaction() as tx:
        return Receipt.parse(tx.find_receipt(credential).document)


def test_another_account_is_admitted_named_and_anchors_and_older_receipts_stay_good(world: World) -> None:
    (before,) = world.fill(1)
    former = world.bank.vault.chain_account(BANK)
    account = moved(world)
    assert reads.bank_admission(world.bank.chain, account).admitted
    achievement = unit("later")
    world.publish(achievement)
    after = world.issue(achievement, "later")
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    assert receipt_of(world, before.id).bank == former
    assert receipt_of(world, after.id).bank == account
    reports = world.bank.verifying.verify_held([before, after])
    assert {reports[one.id].verdict for one in (before, after)} == {Verdict.ACCEPTED}


def test_what_the_former_account_sent_becomes_final_as_it_sent_it(world: World) -> None:
    """Nothing is sent twice: not by the new account what the former one has on its way."""
    achievement = unit("a")
    world.publish(achievement)
    issued = world.issue(achievement, "r")
    batch = world.bank.anchoring.seal()
    world.bank.anchoring.advance()
    former = world.bank.vault.chain_account(BANK)
    moved(world)
    (final,) = world.bank.anchoring.settle()
    assert final.state is BatchState.FINAL
    assert receipt_of(world, issued.id).bank == former
    with world.bank.store.transaction() as tx:
        assert [one.sender for one in tx.attempts(f"batch:{batch.id}")] == [former]


def test_the_audit_of_the_ledger_asks_about_whoever_anchored_the_heads(world: World) -> None:
    world.fill(1)
    assert world.bank.bookkeeping.seal_heads() is not None
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    moved(world)
    audited = world.bank.bookkeeping.audit()
    assert audited.faults == ()
    assert audited.unconfirmed == ()


@pytest.mark.anvil
def test_a_foreign_signer_is_understood() -> None:
    """anvil signs for the account that it holds, and refuses for one that it does not."""
    with anvil() as (url, control):
        (address,) = control("eth_accounts")
        account = RemoteAccount(url, address)
        account.prove()
        asked: dict[str, object] = {
            "chainId": 31337,
            "nonce": 0,
            "gas": 21_000,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 10**9,
            "to": "0x52908400098527886E0F7030069857D2E4169EE7",
            "value": 0,
            "data": "0x",
        }
        raw = account.sign(asked)
        require_asked(raw, asked, account.address)
        assert control("eth_sendRawTransaction", "0x" + raw.hex())


def test_an_audit_finds_the_status_roots_of_every_account_that_the_bank_had(world: World, tmp_path: Path) -> None:
    """Each account counts from one, and both may have published the same root under the same number."""
    (issued,) = world.fill(1)
    world.bank.issuing.revoke(issued.id, by=world.university.id, reason="a mistake")
    first = world.bank.status_roots.publish()
    former, account = world.bank.vault.chain_account(BANK), moved(world)
    assert world.bank.status_roots.advance(timedelta(hours=1)) is not None, "the new account has published none"
    assert world.bank.status_roots.publish() == reads.status_root(world.bank.chain, account)
    for _ in range(world.bank.chain.finality_depth):
        world.bank.chain.advance()
    found = [(one.event.address("bank"), one.event.whole("sequence")) for one in world.bank.transparency.status_roots()]
    assert found == [(account, 1), (former, 1)]
    assert reads.status_root(world.bank.chain, account).root == first.root
    assert audited(world, tmp_path) == [], "of the new account no batch tells yet"
    world.publish(unit("later"))
    world.issue(unit("later"), "later")
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    for _ in range(world.bank.chain.finality_depth):
        world.bank.chain.advance()
    shutil.rmtree(tmp_path / "published")
    assert audited(world, tmp_path) == []
    listed = tmp_path / "published" / "status-roots.json"
    items = json.loads(listed.read_text())["items"]
    for forged, said in ((items[:1], "is not published"), ([*items, items[0]], "is published 3 times")):
        listed.write_text(json.dumps({"items": forged}))
        assert [said in finding for finding in audited(world, tmp_path)] == [True]
