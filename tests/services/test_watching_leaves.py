"""An issuer hears of every leaf in its name that it did not make, also where the feed leaves it out."""

import json
import shutil

import pytest
from worlds import unit

from creditbank.anchoring.feed import FeedEntry
from creditbank.canonical import digest_text, pretty_json
from creditbank.cli.running import run_command
from creditbank.signing import TokenProfile


@pytest.fixture(scope="module")
def told(founded, tmp_path_factory):
    """Two batches of one issuer: what it made with receipts, and the folder that the bank publishes."""
    from worlds import World

    from creditbank.bootstrap import open_bank
    from creditbank.config import Settings

    base = tmp_path_factory.mktemp("watched")
    home, made = base / "bank", base / "made"
    made.mkdir()
    shutil.copytree(founded.home, home)
    world = World(open_bank(Settings.load({}, home)), home, founded.university, founded.rival, founded.learner)
    bank, documents = world.bank, []
    for number in range(3):
        achievement = unit(f"u{number}")
        world.publish(achievement)
        issued = world.issue(achievement, f"r{number}")
        documents.append((issued.id, issued.signed))
        if number:
            bank.anchoring.seal()
            bank.anchoring.settle()
    form = bank.tokens.hand_out(documents[0][0], by=world.university.id, profile=TokenProfile.VC_JOSE)
    documents.append((form.name, form.token.encode()))
    bank.anchoring.seal()
    bank.anchoring.settle()
    for _ in range(bank.chain.finality_depth):
        bank.chain.advance()
    for number, (name, content) in enumerate(documents):
        (made / f"{number}.signed").write_bytes(content)
        with bank.store.transaction() as tx:
            (made / f"{number}.receipt.json").write_bytes(pretty_json(tx.find_receipt(name).document))
    bank.close()
    for number in (1, 2):
        assert run_command(["batch", "publish", str(base / f"published{number}"), "--home", str(home)]) == 0
    return home, made, base / "published1", world.university.did


@pytest.fixture
def case(told, tmp_path):
    home, made, published, did = told
    shutil.copytree(made, tmp_path / "made")
    shutil.copytree(published, tmp_path / "published")
    return home, tmp_path / "made", tmp_path / "published", did


def watch(case, capsys, *more):
    home, made, published, did = case
    words = ["watch", "--issuer", did, "--known", str(made), "--published", str(published), "--home", str(home)]
    code = run_command([*words, "--json", *more])
    return code, json.loads(capsys.readouterr().out)


def feed_of(published):
    return max((published / "feeds").glob("*.json"), key=lambda path: path.stat().st_size)


def refeed(published, change):
    path = feed_of(published)
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value["items"])
    path.write_text(json.dumps(value), encoding="utf-8")


def test_what_the_issuer_made_is_known_from_its_own_files(case, capsys):
    code, report = watch(case, capsys, "--chain")
    assert (code, report["verdict"], report["own"]) == (0, "accepted", 4)
    assert (report["strange"], report["broken"], report["silent"], report["newest"]) == ([], [], [], 3)


def test_a_leaf_that_the_issuer_did_not_make_is_told_with_its_place(case, capsys):
    (case[1] / "1.signed").unlink()
    code, report = watch(case, capsys)
    assert code == 1
    (strange,) = report["strange"]
    assert strange["block"] > 0
    content = (case[2] / "batches" / f"{strange['batch'].removeprefix('urn:uuid:')}.entries").read_bytes()
    assert content[64 * strange["index"] :][:64].hex() == strange["entry"][2:]
    words = ["watch", "--issuer", case[3], "--known", str(case[1]), "--published", str(case[2])]
    assert run_command(words) == 1
    assert "strange" in capsys.readouterr().out


def test_a_receipt_alone_makes_no_leaf_known(case, capsys):
    """The bank writes receipts, so one of a forged credential must not vouch for it."""
    for path in case[1].glob("*.signed"):
        path.unlink()
    code, report = watch(case, capsys)
    assert (code, len(report["strange"]), report["own"]) == (1, 4, 0)


def test_digests_and_entries_on_lines_are_known_too(case, capsys):
    receipts = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(case[1].glob("*.receipt.json"))]
    for path in case[1].glob("*.signed"):
        path.unlink()
    (case[1] / "log.txt").write_text("\n".join(one["digest"] for one in receipts[:3]), encoding="utf-8")
    _, report = watch(case, capsys)
    (strange,) = report["strange"]
    (case[1] / "more.txt").write_text(strange["entry"] + "\n", encoding="utf-8")
    assert watch(case, capsys)[0] == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda items: items.pop(),
        lambda items: items.pop(0),
        lambda items: items.pop(1),
        lambda items: items.clear(),
        lambda items: items[1].update(count=items[1]["count"] + 1),
        lambda items: items[1].update(root="sha256:" + "55" * 32),
        lambda items: items[2].update(by="did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"),
        lambda items: items.__setitem__(0, items[1]),
        lambda items: items[0].pop("proof"),
        lambda items: items[0]["proof"].update(proofValue=items[1]["proof"]["proofValue"]),
        lambda items: items[0]["proof"].update(proofPurpose="authentication"),
    ],
)
def test_a_feed_that_drops_or_rewrites_an_entry_is_told(case, capsys, change):
    refeed(case[2], change)
    code, report = watch(case, capsys)
    assert code == 1
    assert report["broken"]
    assert report["strange"] == [], "the leaves are found without the feed"


def test_a_batch_that_feed_and_bank_both_hide_is_found_on_the_chain_alone(case, capsys):
    refeed(case[2], lambda items: items.pop())
    path = case[2] / "batches.json"
    listed = json.loads(path.read_text(encoding="utf-8"))
    gone = listed["items"].pop()
    path.write_text(json.dumps(listed), encoding="utf-8")
    assert watch(case, capsys)[0] == 0, "a bank that hides a batch everywhere is believed where no chain is asked"
    code, report = watch(case, capsys, "--chain")
    assert code == 1
    (sentence,) = report["broken"]
    assert gone["root"] in sentence


def test_a_feed_that_forgets_what_was_seen_before_is_told_from_memory(case, capsys, tmp_path):
    memory = tmp_path / "memory.json"
    assert watch(case, capsys, "--remember", str(memory))[0] == 0
    assert watch(case, capsys, "--remember", str(memory))[0] == 0
    kept = json.loads(memory.read_text(encoding="utf-8"))
    kept[case[3]]["digest"] = digest_text(b"\x07" * 32)
    memory.write_text(json.dumps(kept), encoding="utf-8")
    code, report = watch(case, capsys, "--remember", str(memory))
    assert code == 1
    assert "not the one that was seen before" in report["broken"][0]
    memory.write_text("[]", encoding="utf-8")
    _, made, published, did = case
    words = ["watch", "--issuer", did, "--known", str(made), "--published", str(published)]
    assert run_command([*words, "--remember", str(memory)]) == 2


def test_the_feed_is_made_once_and_grows_only_at_its_end(told):
    first = json.loads(feed_of(told[2]).read_text(encoding="utf-8"))["items"]
    again = json.loads(feed_of(told[2].with_name("published2")).read_text(encoding="utf-8"))["items"]
    assert first == again
    entries = [FeedEntry.parse(one) for one in first]
    assert [one.number for one in entries] == [1, 2, 3]
    assert [one.count for one in entries] == [2, 1, 1]
    assert [one.previous for one in entries[1:]] == [one.digest for one in entries[:-1]]


def test_what_is_named_as_made_must_be_there(case, capsys):
    home, made, published, did = case
    words = ["watch", "--issuer", did, "--published", str(published), "--home", str(home)]
    assert run_command([*words, "--known", str(made), "--known", str(made / "missing.json")]) == 2
    assert "missing.json: No such file" in capsys.readouterr().err.replace("\n", " ")


def test_a_bank_that_shows_nothing_of_what_stands_on_the_chain_gets_no_yes(case, capsys):
    _, _, published, _ = case
    (published / "batches.json").write_text('{"items": []}', encoding="utf-8")
    refeed(published, lambda items: items.clear())
    code, report = watch(case, capsys, "--chain")
    assert code == 3
    assert "none is of a batch that is shown" in report["silent"][0]
