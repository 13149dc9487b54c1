"""The journey, a step per verb: register, publish, issue, anchor, evaluate, award, redeem, share, forge, re-check."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from creditbank.bootstrap import Bank, init_bank, open_bank, require_nobody_at_work
from creditbank.canonical import load_object, pretty_json
from creditbank.cli.demo import samples
from creditbank.cli.demo.output import DemoFolder
from creditbank.cli.demo.papers import Forgery, Papers
from creditbank.cli.demo.samples import SampleUnit
from creditbank.cli.demo.show import show_evaluation
from creditbank.config import Settings
from creditbank.credential import Achievement
from creditbank.ledger import CreditsAlreadyRedeemed
from creditbank.services import calls
from creditbank.services.ports import ChainRefused
from creditbank.services.records import AwardRecord, EvaluationRecord, IssuedCredential, Learner, Organisation
from creditbank.stacking import Evaluation
from creditbank.units import Credits

CERTIFICATE: Final = "in-ncrf-ug-certificate"
BACHELOR: Final = "kr-acbs-bachelor"


@dataclass(slots=True)
class Journey:
    """The state of one run: the bank, who takes part, and what was made so far."""

    bank: Bank
    console: Console
    folder: DemoFolder
    bodies: dict[str, Organisation] = field(default_factory=dict)
    learners: dict[str, Learner] = field(default_factory=dict)
    issued: dict[str, IssuedCredential] = field(default_factory=dict)

    def play(self) -> None:
        """Play every step in order."""
        papers = Papers(self.bank, self.folder)
        self._register()
        self._publish_and_issue()
        self._anchor("The leaves are salted and sealed into one batch; its root goes to the chain.")
        certificate = self._asha()
        bachelor = self._minjun()
        self._spend_twice(certificate)
        self._anchor("Awards are anchored like every other credential.")
        with self._step("Forgeries are prepared, with real keys"):
            forgeries = self._forge(papers, certificate)
        with self._step("Everything is written as files"):
            papers.write_credentials(self.issued)
            papers.write_award("asha", certificate)
            papers.write_award("minjun", bachelor)
            papers.write_forgeries(forgeries)
            chosen = [self._of("deccan", "statistics").id, self._of("open", "python").id]
            papers.write_presentation(self.learners["asha"], chosen)
            papers.write_documents(list(self.bodies.values()), list(self.learners.values()))
            papers.write_trust()
            papers.write_tokens(self.bodies, self.learners)
            papers.write_index()

    # -- who takes part

    def _register(self) -> None:
        with self._step(f"The registrar admits {len(samples.BODIES)} bodies under four frameworks, on the chain"):
            for body in samples.BODIES:
                self.bodies[body.key] = self.bank.registering.register_organisation(
                    name=body.name,
                    roles=body.roles,
                    frameworks=body.frameworks,
                    country=body.country,
                    did=body.web,
                    sample=True,
                )
            for key, name in (("asha", "Asha (sample learner)"), ("minjun", "Minjun (sample learner)")):
                self.learners[key] = self.bank.registering.register_learner(name=name, sample=True)
        table = Table("Body", "Country", "Framework", "DID", box=None, pad_edge=False)
        for admitted in self.bodies.values():
            table.add_row(admitted.name, admitted.country, ", ".join(admitted.frameworks), _short(admitted.did))
        self.console.print(table)

    # -- units become credentials

    def _publish_and_issue(self) -> None:
        plan = [("asha", samples.ASHA_UNITS), ("minjun", samples.MINJUN_UNITS)]
        count = sum(len(units) for _, units in plan)
        with self._step(f"Providers publish units and issue {count} signed credentials"):
            for learner, units in plan:
                for unit in units:
                    self._publish(unit)
                    self._issue(learner, unit)
            self._publish(samples.MINJUN_MISSING)
        self.console.print(
            "  Each is an Open Badges 3.0 credential with an eddsa-rdfc-2022 proof, and one lot of credit."
        )

    def _publish(self, unit: SampleUnit) -> None:
        self.bank.drafting.publish(self.bodies[unit.body].id, unit.achievement)

    def _issue(self, learner: str, unit: SampleUnit) -> IssuedCredential:
        achievement: Achievement = unit.achievement
        issued = self.bank.issuing.issue(
            f"demo:{learner}:{achievement.id}",
            organisation=self.bodies[unit.body].id,
            learner=self.learners[learner].id,
            achievement=achievement.id,
            version=achievement.version,
            earned=unit.earned,
        )
        self.issued[f"{learner}:{achievement.id}"] = issued
        return issued

    def _of(self, body: str, slug: str) -> IssuedCredential:
        return next(
            issued for key, issued in self.issued.items() if key.endswith(f":urn:creditbank:sample:{body}:{slug}")
        )

    def _anchor(self, sentence: str) -> None:
        with self._step("Anchoring, until final"):
            batch = self.bank.anchoring.seal()
            assert batch is not None, "there is always something to anchor here"
            (final,) = self.bank.anchoring.settle()
        self.console.print(f"  {sentence}")
        self.console.print(
            f"  Batch of {final.size}, root {final.root.hex()[:16]}…, in block {final.block_number} of the test "
            f"chain {self.bank.chain.name}: a rehearsal, no proof to others."
        )

    # -- a learner whose units add up, with one foreign unit

    def _asha(self) -> AwardRecord:
        deccan = self.bodies["deccan"]
        self._balance("asha")
        decision = samples.recognition(deccan.did, "urn:creditbank:sample:thames:public-policy")
        with self._step("The university recognises the British unit, signed, and weighs what Asha has"):
            self.bank.deciding.adopt(deccan.id, decision)
            _, without = self._evaluate("asha", CERTIFICATE, deccan)
        self._show(without)
        policy = samples.conversion_policy(deccan.did)
        with self._step("It adopts a conversion policy, signed (a sample: 15 UK credits of 10 h are 5 of 30 h)"):
            self.bank.deciding.adopt(deccan.id, policy)
            record, evaluation = self._evaluate("asha", CERTIFICATE, deccan)
        self._show(evaluation)
        assert evaluation.adds_up
        return self._award(record, deccan, "Asha")

    # -- a learner with more credits than needed, stopped by one cap

    def _minjun(self) -> AwardRecord:
        board = self.bodies["board"]
        self._balance("minjun")
        with self._step("The degree board weighs Minjun's units"):
            _, refused = self._evaluate("minjun", BACHELOR, board)
        self._show(refused)
        assert not refused.adds_up
        with self._step("Minjun takes the unit that the shortest path names; it is issued and anchored"):
            self._issue("minjun", samples.MINJUN_MISSING)
            self.bank.anchoring.seal()
            self.bank.anchoring.settle()
        with self._step("The board weighs again"):
            record, evaluation = self._evaluate("minjun", BACHELOR, board)
        self._show(evaluation)
        assert evaluation.adds_up
        return self._award(record, board, "Minjun")

    def _evaluate(
        self, learner: str, qualification: str, university: Organisation
    ) -> tuple[EvaluationRecord, Evaluation]:
        return self.bank.evaluating.evaluate(
            learner=self.learners[learner].id, qualification=qualification, organisation=university.id
        )

    def _award(self, record: EvaluationRecord, university: Organisation, name: str) -> AwardRecord:
        with self._step(f"The award for {name}: reserve, spend on the chain until final, sign, post"):
            award = self.bank.awarding.award(f"demo:award:{name}", evaluation=record.id, by=university.id)
            again = self.bank.awarding.award(f"demo:award:{name}", evaluation=record.id, by=university.id)
        assert again == award, "asking twice gives the first answer"
        self.console.print(f"  {len(award.uses)} lots were spent. Asked a second time, the first answer comes back.")
        return award

    # -- nothing is spent twice

    def _spend_twice(self, award: AwardRecord) -> None:
        nilgiri = self.bodies["nilgiri"]
        lot, amount = award.uses[0]
        with self._step(f"{nilgiri.name} tries to count one of the same credits"):
            refusal = self._redeem_again(lot, amount, nilgiri)
            on_chain = self._spend_on_chain(lot, amount, nilgiri)
        self.console.print(f"  In this bank: {refusal}", style="yellow")
        self.console.print(f"  In any other bank on this chain: the contract answers {on_chain}.", style="yellow")

    def _redeem_again(self, lot: str, amount: Credits, by: Organisation) -> str:
        try:
            self.bank.redeeming.redeem("demo:twice", lot=lot, amount=amount, award="urn:uuid:another-award", by=by.id)
        except CreditsAlreadyRedeemed as refusal:
            return str(refusal)
        raise AssertionError("a credit was spent twice")

    def _spend_on_chain(self, lot: str, amount: Credits, by: Organisation) -> str:
        chain = self.bank.chain
        another = calls.award_id("urn:uuid:another-award")
        call = calls.spend(bytes.fromhex(lot[2:]), amount.thousandths, amount.thousandths, another)
        try:
            chain.build(by.account, call, nonce=chain.nonce(by.account))
        except ChainRefused as refusal:
            return refusal.reason
        raise AssertionError("a credit was spent twice on the chain")

    # -- what must be refused

    def _forge(self, papers: Papers, award: AwardRecord) -> list[Forgery]:
        bank, night = self.bank, self.bodies["night"]
        self._publish(samples.NIGHT_UNIT)
        late = self._issue("asha", samples.NIGHT_UNIT)
        bank.keys.revoke(night.id)
        bank.anchoring.seal()
        bank.anchoring.settle()
        withdrawn = self._of("baltic", "digital-state")
        bank.issuing.revoke(withdrawn.id, by=self.bodies["baltic"].id, reason="Issued to the wrong sample learner.")
        for unit in (late, withdrawn):
            self.issued = {key: issued for key, issued in self.issued.items() if issued.id != unit.id}
        return papers.forge(self._of("deccan", "statistics"), late, withdrawn, award, self.bodies["deccan"])

    # -- showing

    def _balance(self, learner: str) -> None:
        view = self.bank.sharing.account(self.learners[learner].id)
        held = ", ".join(f"{balance.available} {balance.system}" for balance in view.balances)
        self.console.print(f"\n[bold]{view.learner.name}[/bold] holds {len(view.lots)} lots: {held} available.")

    def _show(self, evaluation: Evaluation) -> None:
        show_evaluation(self.console, evaluation)

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        self.console.print(f"\n[bold cyan]›[/bold cyan] [bold]{title}[/bold]")
        if self.console.is_terminal:
            with self.console.status("working…"):
                yield
        else:
            yield


def run_demo(output: Path, console: Console, *, json_output: bool) -> int:
    """Play the journey into `output`, then re-check its files in processes of their own; 0 when all is as it should be.

    Raises `NotOurFolder` when `output` holds anything but an earlier demonstration, and `ChainBusy` while another
    process serves it.
    """
    console = Console(file=console.file, emoji=False, highlight=False, width=None if console.is_terminal else 120)
    console.print("[bold]The walking bank[/bold]: every person and every institution here is a sample.")
    settings = Settings.load(_plain_environment(), output / "bank")
    require_nobody_at_work(settings)
    folder = DemoFolder.fresh(output)
    init_bank(settings)
    with open_bank(settings) as bank:
        Journey(bank, console, folder).play()
    results = recheck(folder, console)
    if json_output:
        print(pretty_json({"output": str(output), "index": str(output / "index.json"), "checks": results}).decode())  # noqa: T201
    _farewell(console, output)
    return 0 if all(result["exit"] == result["expected"] for result in results) else 1


def recheck(folder: DemoFolder, console: Console) -> list[Any]:
    """Hand the files to fresh processes that know no bank, and compare what they say with what they should say."""
    console.print(
        "\n[bold cyan]›[/bold cyan] [bold]An independent re-check, from the files alone, in new processes[/bold]"
    )
    index: Any = load_object((folder.root / "index.json").read_bytes())
    results = []
    for entry in index["checks"]:
        arguments = [part.replace("{demo}", str(folder.root)) for part in entry["arguments"]]
        run = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "creditbank", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=_plain_environment(),
        )
        agrees = run.returncode == entry["exit"] and entry["names"] in run.stdout
        mark = "[green]✓[/green]" if agrees else "[red]✗ should be[/red]"
        console.print(f"  {mark} {entry['meaning']}, exit code {run.returncode}: {entry['title']}")
        results.append({**entry, "exit": run.returncode if agrees else -1, "expected": entry["exit"]})
    return results


def _farewell(console: Console, output: Path) -> None:
    console.print(f"\nEverything is in [bold]{output}[/bold]; start with its README.md.")
    console.print(
        f"To look at it in a browser: [bold]creditbank serve --home {output / 'bank'}[/bold] (or make serve)."
    )


def _plain_environment() -> dict[str, str]:
    """The environment without settings of another bank."""
    return {key: value for key, value in os.environ.items() if not key.startswith("CREDITBANK_")}


def _short(did: str) -> str:
    return did if len(did) <= 40 else f"{did[:24]}…{did[-6:]}"
