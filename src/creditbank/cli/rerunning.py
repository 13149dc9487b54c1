"""`creditbank qualification rerun` and `stale`: a question asked again of today's facts, and which ones should be."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.failures import ACCEPTED, INCONCLUSIVE, REJECTED
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal

if TYPE_CHECKING:
    from creditbank.services.standing import Stale


def rerun(
    evaluation: Annotated[str, typer.Argument(metavar="EVALUATION", help="The evaluation to run again, by its id.")],
    same_version: Annotated[
        bool, typer.Option("--same-version", help="By the rules of that evaluation; else by the newest in force.")
    ] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Run an evaluation again under today's facts, and show what changed.

    What is found is kept as a new evaluation that names the old one, which stays as it is. Where nothing changed,
    nothing is kept. Exit code 0 says that it adds up now, 1 that it does not, 3 that it could not be decided.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        terminal.hint("Verifying the credentials and weighing them again.")
        found = bank.evaluating.rerun(evaluation, same_version=same_version)
    document: Any = found.record.document
    verdict = document["result"]["verdict"]
    if json_output:
        view = {"follows": found.record.follows, "stored": found.stored, "difference": found.difference.to_json()}
        terminal.json({"evaluation": found.record.id, **view, "result": document["result"]})
    else:
        terminal.line((document["result"]["sentence"], "bold green" if verdict == "adds-up" else "bold red"))
        kept = "kept as a new evaluation" if found.stored else "the standing one, since nothing it rests on changed"
        terminal.line(f"Evaluation {found.record.id}, on {document['date']}: {kept}.")
        terminal.line()
        terminal.line(("What changed", "bold"))
        for sentence in found.difference.sentences:
            terminal.line(f"- {sentence}", indent=2)
    return {"adds-up": ACCEPTED, "falls-short": REJECTED}.get(verdict, INCONCLUSIVE)


def stale(
    credential: Annotated[
        str | None, typer.Option("--credential", help="Only evaluations that weighed this credential, changed or not.")
    ] = None,
    after: Annotated[
        str | None, typer.Option("--after", help="Go on after this evaluation, where an earlier run ended.")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Look at so many standing evaluations at most.")] = 10_000,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """List the standing evaluations that no longer rest on today's facts.

    A revocation, credits used or free again, a lower award won or given up, a new credential, other rules or decisions,
    a newer register, or time: found by what each evaluation was made from, without weighing anything again.
    """
    terminal = Terminal(json_output=json_output)
    found: list[Stale] = []
    looked_at, last = 0, after
    with bank_at(home, own_chain=False) as bank:
        if credential is not None:
            found, last = list(bank.standing.affected_by(credential)), None
            looked_at = len(found)
        while credential is None and looked_at < most:
            page = bank.standing.stale(after=last, limit=most - looked_at)
            found += page.stale
            looked_at, last = looked_at + page.looked_at, page.last
            if last is None:
                break
    if json_output:
        terminal.json({"stale": [_json(one) for one in found], "lookedAt": looked_at, "goOnAfter": last})
        return 0
    terminal.rows(
        [[one.record.id, one.record.qualification, _because(one) or "nothing changed"] for one in found],
        headers=("evaluation", "qualification", "because"),
    )
    if not found:
        terminal.line("No evaluation is stale." if credential is None else "No standing evaluation weighed it.")
    if last is not None:
        terminal.hint(f"{looked_at} evaluations were looked at. Go on with: --after {last}")
    if any(one.reasons for one in found):
        terminal.hint("Next: creditbank qualification rerun EVALUATION")
    return 0


def _because(one: "Stale") -> str:
    return ", ".join(dict.fromkeys(reason.what.value for reason in one.reasons))


def _json(one: "Stale") -> dict[str, object]:
    return {
        "evaluation": one.record.id,
        "learner": one.record.learner,
        "organisation": one.record.organisation,
        "qualification": one.record.qualification,
        "version": one.record.version,
        "because": [{"what": reason.what.value, "id": reason.id} for reason in one.reasons],
    }
