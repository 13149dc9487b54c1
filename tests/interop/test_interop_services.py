"""What the bank's services issue, others' verifiers accept: a transcript, an endorsement, a badge that shows one."""

import json
import subprocess
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from interop_node import HERE, node_program
from worlds import World, unit

from creditbank.bootstrap import init_bank, open_bank
from creditbank.canonical import load_object
from creditbank.config import Settings
from creditbank.services.records import Role
from creditbank.signing import CLR_CONTEXT

pytestmark = pytest.mark.node


def opened(home: Path) -> World:
    settings = Settings.load({}, home)
    init_bank(settings)
    bank = open_bank(settings)
    register, both = bank.registering.register_organisation, frozenset({Role.PROVIDER, Role.UNIVERSITY})
    university = register(name="Sample University", roles=both, frameworks=["in-ncrf"], country="IN")
    rival = register(name="Sample Rival", roles=both, frameworks=["in-ncrf"], country="IN")
    return World(bank, home, university, rival, bank.registering.register_learner(name="A sample learner"))


def test_what_the_bank_issues_is_accepted_by_others_and_tampered_copies_are_not(tmp_path: Path) -> None:
    node, world = node_program(), opened(tmp_path / "bank")
    with world.bank as bank:
        achievement = unit("a")
        world.publish(achievement)
        said = bank.endorsing.issue("e", organisation=world.rival.id, endorsed=achievement.id, comment="We hire by it.")
        badge = bank.issuing.issue(
            "b",
            organisation=world.university.id,
            learner=world.learner.id,
            achievement=achievement.id,
            version=achievement.version,
            earned=date(2025, 6, 2),
            endorsements=[said.id],
            identities=[("emailAddress", "learner@sample.example")],
        )
        transcript = bank.transcripts.issue("t", organisation=world.university.id, learner=world.learner.id)
        bodies = (world.university, world.rival)
        lists = [*(bank.issuing.current_status(one.id) for one in bodies), bank.suspending.current(world.university.id)]
        with bank.store.transaction() as tx:
            documents = [*lists, *(tx.find_document(one.did) for one in bodies)]
    assert said.signed is not None
    issued = {"endorsement": said.signed, "badge": badge.signed, "transcript": transcript.signed}
    for folder in ("documents", "credentials", "rejected"):
        (tmp_path / folder).mkdir()
    for at, document in enumerate(documents):
        assert document is not None
        (tmp_path / "documents" / f"{at}.json").write_bytes(document.content)
    for name, signed in issued.items():
        (tmp_path / "credentials" / f"{name}.json").write_bytes(signed)
        forged = {**load_object(signed), "name": "Something else"}
        (tmp_path / "rejected" / f"{name}.json").write_text(json.dumps(forged))
    contexts = files("creditbank.adapters.documents") / "contexts" / "clr-2.0.1.json"
    (tmp_path / "contexts.json").write_text(json.dumps({CLR_CONTEXT: json.loads(contexts.read_bytes())}))
    ran = subprocess.run(
        [node, str(HERE / "verify.mjs"), str(tmp_path), "--contexts", str(tmp_path / "contexts.json")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(answers) == 2 * len(issued)
    for answer in answers:
        right = answer["file"].startswith("credentials")
        for peer in ("digitalbazaar", "dcc"):
            assert answer[peer]["accepted"] is right, answer
