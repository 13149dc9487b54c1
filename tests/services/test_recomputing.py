"""An audit from chain and published files finds one edited leaf, root, receipt, event or sum, and says which."""

import json
import shutil

import pytest
from worlds import evaluated, unit

from creditbank.adapters.publications import PublishedFolder
from creditbank.cli.running import run_command
from creditbank.services.ports import ChainUnavailable
from creditbank.services.recomputing import Audit, Replay
from creditbank.services.recomputing_records import PublisherSilent
from creditbank.verification import Outcome, Verdict


@pytest.fixture(scope="module")
def told(founded, tmp_path_factory):
    """A bank with two batches, an award, and two status roots, closed; and the folder of what it publishes."""
    from worlds import World

    from creditbank.bootstrap import open_bank
    from creditbank.config import Settings

    home = tmp_path_factory.mktemp("told") / "bank"
    shutil.copytree(founded.home, home)
    world = World(open_bank(Settings.load({}, home)), home, founded.university, founded.rival, founded.learner)
    bank = world.bank
    issued = world.fill()
    bank.awarding.award("r", evaluation=evaluated(world).id, by=world.university.id)
    world.publish(unit("more"))
    bank.issuing.revoke(world.issue(unit("more"), "more").id, by=world.university.id, reason="a mistake")
    bank.status_roots.publish()
    bank.anchoring.seal()
    bank.anchoring.settle()
    for _ in range(bank.chain.finality_depth):
        bank.chain.advance()
    bank.close()
    folder = home.parent / "published"
    assert run_command(["batch", "publish", str(folder), "--home", str(home)]) == 0
    return home, folder, issued


@pytest.fixture
def published(told, tmp_path):
    """A copy of the folder, to be forged."""
    shutil.copytree(told[1], tmp_path / "published")
    return told[0], tmp_path / "published"


def audit(home, folder, capsys, *more):
    code = run_command(["audit", "--published", str(folder), "--home", str(home), "--json", *more])
    report = json.loads(capsys.readouterr().out)
    return code, {check["name"]: check for check in report["checks"]}


def changed(path, change):
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def largest(folder):
    return max((folder / "batches").glob("*.entries"), key=lambda path: path.stat().st_size)


def test_an_honest_bank_is_recomputed_from_chain_and_files(published, capsys):
    code, checks = audit(*published, capsys)
    assert code == 0, checks
    assert {check["outcome"] for check in checks.values()} == {"passed"}
    assert run_command(["audit", "--published", str(published[1]), "--home", str(published[0])]) == 0
    assert "registry.history" in capsys.readouterr().out


def test_what_is_published_as_files_names_no_credential_and_no_learner(told):
    _, folder, issued = told
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for one in issued:
        assert one.id.encode() not in content
        assert one.learner.encode() not in content
        assert one.digest not in content
        assert one.digest.hex().encode() not in content


def edit_leaf(folder):
    path = largest(folder)
    content = bytearray(path.read_bytes())
    content[70] ^= 1
    path.write_bytes(bytes(content))


def drop_leaf(folder):
    path = largest(folder)
    path.write_bytes(path.read_bytes()[:-64])


def cut_leaf(folder):
    path = largest(folder)
    path.write_bytes(path.read_bytes()[:-1])


def swap_leaves(folder):
    path = largest(folder)
    content = path.read_bytes()
    path.write_bytes(content[64:128] + content[:64] + content[128:])


def withhold_leaves(folder):
    largest(folder).unlink()


def edit_root(folder):
    changed(folder / "batches.json", lambda value: value["items"][0].update(root="sha256:" + "11" * 32))


def edit_size(folder):
    changed(folder / "batches.json", lambda value: value["items"][0].update(size=value["items"][0]["size"] + 1))


def leave_out_a_batch(folder):
    changed(folder / "batches.json", lambda value: value["items"].pop())


def edit_transaction(folder):
    changed(folder / "batches.json", lambda value: value["items"][0].update(transaction="0x" + "22" * 32))


def anchoring(folder):
    return largest(folder).with_suffix(".anchorings.json")


def edit_header(folder):
    def change(value):
        header = value["items"][0]["evidence"]["header"]
        value["items"][0]["evidence"]["header"] = header[:-2] + ("00" if header[-2:] != "00" else "01")

    changed(anchoring(folder), change)


def edit_proof(folder):
    def change(value):
        nodes = value["items"][0]["evidence"]["receiptProof"]
        nodes[-1] = nodes[-1][:-2] + ("00" if nodes[-1][-2:] != "00" else "01")

    changed(anchoring(folder), change)


def leave_out_the_proof(folder):
    changed(anchoring(folder), lambda value: value["items"][0].update(evidence=None))


def another_batchs_proof(folder):
    other = min((folder / "batches").glob("*.entries"), key=lambda path: path.stat().st_size)
    shutil.copy(other.with_suffix(".anchorings.json"), anchoring(folder))


def events_of(folder):
    return max((folder / "history").glob("*.json"), key=lambda path: path.stat().st_size)


def leave_out_an_event(folder):
    changed(events_of(folder), lambda value: value["events"].pop(2))


def make_up_an_event(folder):
    changed(events_of(folder), lambda value: value["events"].append({**value["events"][0], "event": "IssuerWithdrawn"}))


def edit_an_event(folder):
    changed(events_of(folder), lambda value: value["events"][3].update(transaction="0x" + "33" * 32))


def leave_out_status_roots(folder):
    changed(folder / "status-roots.json", lambda value: value["items"].clear())


def make_up_a_status_root(folder):
    changed(
        folder / "status-roots.json",
        lambda value: value["items"].append({"sequence": 1, "root": "sha256:" + "44" * 32}),
    )


def edit_a_list(folder):
    (path,) = (folder / "status-lists").glob("*.json")
    changed(path, lambda value: value["leaves"][0].update(sequence=99))


def withhold_lists(folder):
    shutil.rmtree(folder / "status-lists")


def change_batch(**fields):
    def forge(folder):
        changed(folder / "batches.json", lambda value: value["items"][0].update(fields))

    return forge


def list_a_batch_twice(folder):
    changed(folder / "batches.json", lambda value: value["items"].append(value["items"][0]))


def show_a_proof_twice(folder):
    changed(anchoring(folder), lambda value: value["items"].append(value["items"][0]))


def edit_the_time_of_a_block(folder):
    changed(anchoring(folder), lambda value: value["items"][0]["block"].update(time="2020-01-01T00:00:00Z"))


def call_it_no_test_chain(folder):
    changed(anchoring(folder), lambda value: value["items"][0]["chain"].update(test=False))


def cut_a_proof(folder):
    anchoring(folder).write_bytes(anchoring(folder).read_bytes()[:100])


def show_an_event_twice(folder):
    changed(events_of(folder), lambda value: value["events"].append(value["events"][0]))


def tell_a_history_up_to_an_early_block(folder):
    changed(events_of(folder), lambda value: value.update(asOf=0))


def name_another_issuer(folder):
    changed(events_of(folder), lambda value: value.update(issuer="0x" + "55" * 32))


def write_nonsense(name, **value):
    def forge(folder):
        (folder / name).write_text(json.dumps(value), encoding="utf-8")

    return forge


@pytest.mark.parametrize(
    ("forge", "found"),
    [
        (change_batch(blockHash="0x" + "66" * 32), {"batches.anchored"}),
        (change_batch(blockTime="2020-01-01T00:00:00Z"), {"batches.anchored"}),
        (list_a_batch_twice, {"batches.recomputed"}),
        (show_a_proof_twice, {"receipts.proven"}),
        (edit_the_time_of_a_block, {"receipts.proven"}),
        (call_it_no_test_chain, {"receipts.proven"}),
        (cut_a_proof, {"receipts.proven"}),
        (show_an_event_twice, {"registry.history"}),
        (tell_a_history_up_to_an_early_block, {"registry.history"}),
        (name_another_issuer, {"registry.history"}),
        (write_nonsense("status-roots.json", items=["x", None]), {"status.roots"}),
        (write_nonsense("status-roots.json", items=[{"sequence": None, "root": 7}]), {"status.roots"}),
        (edit_leaf, {"batches.recomputed"}),
        (drop_leaf, {"batches.recomputed"}),
        (cut_leaf, {"batches.recomputed"}),
        (swap_leaves, {"batches.recomputed"}),
        (withhold_leaves, {"batches.recomputed"}),
        (edit_root, {"batches.recomputed", "batches.anchored", "events.accounted", "receipts.proven"}),
        (edit_size, {"batches.recomputed", "batches.anchored", "events.accounted", "receipts.proven"}),
        (leave_out_a_batch, {"events.accounted"}),
        (edit_transaction, {"batches.anchored"}),
        (edit_header, {"receipts.proven"}),
        (edit_proof, {"receipts.proven"}),
        (leave_out_the_proof, {"receipts.proven"}),
        (another_batchs_proof, {"receipts.proven"}),
        (leave_out_an_event, {"registry.history"}),
        (make_up_an_event, {"registry.history"}),
        (edit_an_event, {"registry.history"}),
        (leave_out_status_roots, {"status.roots"}),
        (make_up_a_status_root, {"status.roots"}),
        (edit_a_list, {"status.roots"}),
        (withhold_lists, {"status.roots"}),
    ],
)
def test_one_edit_is_found_by_its_own_check(published, capsys, forge, found):
    home, folder = published
    forge(folder)
    code, checks = audit(home, folder, capsys)
    assert code == 1
    assert {name for name, check in checks.items() if check["outcome"] == "failed"} == found
    assert all(checks[name]["findings"] for name in found)


@pytest.mark.parametrize("fields", [{"state": "finished"}, {"size": "2"}, {"root": None}, {"id": 7}])
def test_a_batch_that_cannot_be_read_fails_what_it_was_needed_for_and_the_rest_is_still_told(published, capsys, fields):
    home, folder = published
    change_batch(**fields)(folder)
    code, checks = audit(home, folder, capsys)
    assert code == 1
    assert {checks[name]["outcome"] for name in ("batches.recomputed", "events.accounted")} == {"failed"}
    assert checks["redemptions.sums"]["outcome"] == "passed"


def test_a_bank_that_shows_no_batch_at_all_gets_no_yes(published, capsys):
    home, folder = published
    write_nonsense("batches.json", items=[])(folder)
    code, checks = audit(home, folder, capsys)
    assert code == 3
    assert checks["events.accounted"]["outcome"] == "unchecked"
    assert "--bank" in checks["events.accounted"]["sentence"]


def test_a_history_that_ends_before_the_newest_batch_leaves_its_check_open(published, capsys):
    home, folder = published

    def stop(value):
        value.update(asOf=0, events=[])

    changed(events_of(folder), stop)
    code, checks = audit(home, folder, capsys)
    assert code == 3
    assert checks["registry.history"]["outcome"] == "unchecked"


@pytest.mark.parametrize("command", [["audit"], ["watch", "--issuer", "did:web:x.example", "--known", "."]])
def test_a_folder_that_is_none_is_a_wrong_word_and_no_verdict(tmp_path, capsys, command):
    (tmp_path / "file").write_text("{}")
    for name in ("missing", "file"):
        assert run_command([*command, "--published", str(tmp_path / name)]) == 2
        assert "Check the path" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["audit"], ["watch", "--issuer", "did:web:x.example", "--known", "."]])
def test_a_folder_of_something_else_accuses_no_bank(tmp_path, capsys, command):
    (tmp_path / "thesis.json").write_text("{}")
    assert run_command([*command, "--published", str(tmp_path)]) == 2
    assert "creditbank batch publish" in capsys.readouterr().err


def test_a_publication_without_its_list_of_batches_is_judged(published, capsys):
    home, folder = published
    (folder / "batches.json").unlink()
    code, checks = audit(home, folder, capsys)
    assert code == 1
    assert checks["batches.recomputed"]["outcome"] == "failed"


def test_an_address_of_no_node_is_a_wrong_word(published, capsys):
    assert run_command(["audit", "--published", str(published[1]), "--rpc", "foo"]) == 2
    assert "https://node.example" in capsys.readouterr().err


def test_what_is_not_final_by_a_stricter_rule_yet_is_left_open_and_no_lie(told):
    from creditbank.bootstrap import open_chain_alone
    from creditbank.config import Settings

    class Stricter(Silent):
        def newest_final(self):
            newest = max(event.block_number for event in self._chain.events("anchors", 0, self.head()[0]))
            return newest - 1

    home, folder, _ = told
    with open_chain_alone(Settings.load({}, home)) as chain:
        report = Audit(Stricter(chain), PublishedFolder(folder)).report()
    outcomes = {check.name: check for check in report.checks}
    assert Outcome.FAILED not in {check.outcome for name, check in outcomes.items() if name.startswith("batches.")}
    assert outcomes["batches.anchored"].outcome is Outcome.UNCHECKED


def test_what_is_no_account_is_a_wrong_word(published, capsys):
    words = ["audit", "--published", str(published[1]), "--home", str(published[0])]
    assert run_command([*words, "--bank", "zz"]) == 2
    assert "40 hexadecimal digits" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["bank.example", "ftp://bank.example", "https://", "http://[", ""])
def test_what_is_no_address_of_a_bank_is_a_wrong_word_and_no_open_answer(capsys, url):
    assert run_command(["audit", "--from", url]) == 2
    assert "https://bank.example" in capsys.readouterr().err


class Silent:
    """A chain that answers no question of some kinds."""

    def __init__(self, chain, *kinds):
        self._chain, self._kinds = chain, kinds

    def __getattr__(self, name):
        if name in self._kinds:
            raise ChainUnavailable("The node does not answer.")
        return getattr(self._chain, name)


def test_a_silent_node_leaves_open_what_it_was_asked_and_nothing_else(told):
    from creditbank.bootstrap import open_chain_alone
    from creditbank.config import Settings

    home, folder, _ = told
    with open_chain_alone(Settings.load({}, home)) as chain:
        report = Audit(Silent(chain, "events"), PublishedFolder(folder)).report()
        outcomes = {check.name: check.outcome for check in report.checks}
        assert outcomes.pop("batches.recomputed") is Outcome.PASSED
        assert set(outcomes.values()) == {Outcome.UNCHECKED}
        report = Audit(Silent(chain, "read"), PublishedFolder(folder)).report()
        assert report.verdict is Verdict.INCONCLUSIVE
        assert {check.name for check in report.checks if check.outcome is Outcome.UNCHECKED} == {
            "batches.anchored",
            "redemptions.sums",
            "status.roots",
        }


def test_a_bank_that_does_not_answer_is_no_liar(told):
    from creditbank.bootstrap import open_chain_alone
    from creditbank.config import Settings

    class Down(PublishedFolder):
        def entries(self, batch):
            raise PublisherSilent("The bank answered 503.")

    home, folder, _ = told
    with open_chain_alone(Settings.load({}, home)) as chain:
        report = Audit(chain, Down(folder)).report()
    assert report.verdict is Verdict.INCONCLUSIVE
    assert [check.name for check in report.checks if check.outcome is not Outcome.PASSED] == ["batches.recomputed"]


def test_a_sum_beyond_its_total_and_a_lot_whose_state_differs_are_found(told):
    from dataclasses import replace

    from creditbank.bootstrap import open_chain_alone
    from creditbank.config import Settings

    home, folder, _ = told

    class Lying(Silent):
        def events(self, contract, first, last):
            found = list(self._chain.events(contract, first, last))
            return [
                replace(one, fields={**one.fields, "amount": one.fields["total"] + 1}) if one.name == "Spent" else one
                for one in found
            ]

    with open_chain_alone(Settings.load({}, home)) as chain:
        report = Audit(Lying(chain), PublishedFolder(folder)).report()
        (check,) = [one for one in report.checks if one.outcome is Outcome.FAILED]
        assert check.name == "redemptions.sums"
        assert any("spent of" in one for one in check.findings)
        assert any("the contract says 4000 of 4000" in one for one in check.findings)
        replay = Replay()
        (spent, *_) = [one for one in chain.events("redemptions", 0, chain.head()[0]) if one.name == "Spent"]
        replay.take(spent)
        replay.take(replace(spent, name="Released", fields={**spent.fields, "amount": 1}))
        assert not replay.wrong
        replay.take(replace(spent, name="Released", fields={**spent.fields, "amount": 4000}))
        assert replay.wrong
        replay = Replay()
        replay.take(spent)
        replay.take(replace(spent, fields={**spent.fields, "award": b"\x09" * 32, "amount": 0, "total": 9000}))
        assert any("another total" in one for one in replay.wrong)


def test_a_bank_with_another_account_must_account_for_its_anchors(published, capsys):
    home, folder = published
    code, checks = audit(home, folder, capsys, "--bank", "0x" + "11" * 20)
    assert code == 1
    assert checks["batches.anchored"]["outcome"] == "failed", "none of its batches is of that account"


def test_the_command_asks_for_one_place_where_things_are_published(capsys):
    assert run_command(["audit"]) == 2
    assert "either --from URL or --published DIR" in capsys.readouterr().err.replace("\n", " ")


def gone_over(folder, *, keep=True):
    """The folder of the same bank after `anchor again` on chain 5; without `keep` nothing stood here before."""
    places = {}
    for file in (folder / "batches").glob("*.anchorings.json"):
        value = json.loads(file.read_text(encoding="utf-8"))
        for one in list(value["items"]):
            there = {**one["block"], "number": 70, "hash": "0x" + "ab" * 32}
            new = {**one, "chain": {"id": 5, "name": "the new one", "test": False}, "block": there}
            new["transaction"] = "0x" + "cd" * 32
            value["items"] = [new, *(value["items"] if keep else [])]
        places[file.name.removesuffix(".anchorings.json")] = value["items"]
        file.write_text(json.dumps(value), encoding="utf-8")

    def listed(value):
        for batch in value["items"]:
            if places[batch["id"].removeprefix("urn:uuid:")]:
                batch |= {"block": 70, "blockHash": "0x" + "ab" * 32, "transaction": "0x" + "cd" * 32}

    changed(folder / "batches.json", listed)
    for file in (folder / "history").glob("*.json"):
        changed(file, lambda value: value.update(chainId=5, testChain=False))


def test_a_former_chain_is_audited_after_the_bank_went_over_to_another(published, capsys):
    home, folder = published
    gone_over(folder)
    code, checks = audit(home, folder, capsys)
    assert {name: check["outcome"] for name, check in checks.items()} == {
        "batches.recomputed": "passed",
        "batches.anchored": "passed",
        "events.accounted": "passed",
        "receipts.proven": "passed",
        "registry.history": "unchecked",  # the bank shows what the register of the chain in use says
        "redemptions.sums": "passed",
        "status.roots": "unchecked",
    }
    assert "went over" in checks["registry.history"]["sentence"]
    assert code == 3


def test_batches_that_stand_on_other_chains_alone_are_counted_and_get_no_yes_here(published, capsys):
    home, folder = published
    gone_over(folder, keep=False)
    code, checks = audit(home, folder, capsys, "--bank", "0x" + "11" * 20)
    assert checks["batches.anchored"]["outcome"] == "unchecked"
    assert "on chain 5. Audit those too." in checks["batches.anchored"]["sentence"]
    assert code == 3


def test_a_proof_on_another_chain_excuses_no_forged_proof_on_this_one(published, capsys):
    home, folder = published
    gone_over(folder)
    file = next((folder / "batches").glob("*.anchorings.json"))
    changed(file, lambda value: value["items"][1].update(transaction="0x" + "12" * 32))
    code, checks = audit(home, folder, capsys)
    assert (code, checks["receipts.proven"]["outcome"]) == (1, "failed")


def test_a_history_that_is_wholly_withheld_is_told_from_leaves_and_register(published, capsys):
    home, folder = published
    files = sorted((folder / "history").glob("*.json"))
    withheld = {}
    for file in files:
        content = file.read_bytes()
        file.unlink()
        _, checks = audit(home, folder, capsys)
        findings = checks["registry.history"]["findings"]
        withheld[file.name] = (json.loads(content)["issuer"], findings)
        file.write_bytes(content)
    told = {name for name, (issuer, findings) in withheld.items() if any(issuer in one for one in findings)}
    assert told, "an issuer that has leaves cannot be left out"
    assert all(findings == [] for name, (_, findings) in withheld.items() if name not in told)
    assert any("Leaves name the issuer" in one for _, findings in withheld.values() for one in findings)
    assert audit(home, folder, capsys)[0] == 0


def test_events_are_read_from_where_the_trust_file_says_that_the_contracts_begin(told, tmp_path):
    from creditbank.bootstrap import open_bank
    from creditbank.cli.audit import first_block
    from creditbank.config import Settings
    from creditbank.verification import TrustFacts

    with open_bank(Settings.load({"CREDITBANK_CHAIN_FIRST_BLOCK": "1"}, told[0]), own_chain=False) as bank:
        facts = bank.trusting.export()
        history = bank.transparency.history_document("did:web:nobody.example")
    assert history["events"] == []
    file = tmp_path / "trust.json"
    file.write_text(json.dumps(facts.to_json()), encoding="utf-8")
    assert TrustFacts.parse(facts.to_json()) == facts
    assert first_block(None, file) == 1
    assert first_block(0, file) == 0
    assert first_block(None, None) == 0
