"""`creditbank decision`: what a body has decided and signed: policies, recognitions, acceptances, exceptions."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from creditbank.adapters.documents import FileKind
from creditbank.canonical import Digest, digest_text, load_object, parse_digest
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.failures import Usage
from creditbank.cli.offline import NothingToVerify, asked, file_evidence, files_given, own_documents, trusted_facts
from creditbank.cli.options import Documents, Files, Full, Home, Json, Now, PolicyName, Trust
from creditbank.cli.reports import answer
from creditbank.cli.terminal import Terminal
from creditbank.errors import BadInput
from creditbank.framework import ConversionPolicy
from creditbank.verification import Decision, Judged, starts_on, verify_decision, version_of

if TYPE_CHECKING:
    from creditbank.services.deciding import Adopted
    from creditbank.services.simulating import Simulated

app = group(
    "Adopt, list, revoke and check the decisions of a body.",
    "creditbank decision adopt my-policy.yaml --organisation ID",
)

Body = Annotated[str, typer.Option("--organisation", help="The body that decides; its key signs.")]


class UnreadableDay(BadInput):
    """This text is not a day."""

    slug = "unreadable-day"


@app.command(epilog=example("creditbank decision adopt my-policy.yaml --organisation ID"))
def adopt(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A conversion policy, a recognition, an acceptance or an exception.")
    ],
    organisation: Body,
    output: Annotated[Path | None, typer.Option("--output", help="Write the signed decision into this file.")] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Adopt a decision: the body's key signs it, and evaluations weigh by it from now on.

    The decision must be in the body's own name. What is adopted never changes: a changed text is a new version, and
    `creditbank decision revoke` ends one. The same file again gives the first answer.
    """
    from creditbank.cli.decisions import decision_in

    terminal = Terminal(json_output=json_output)
    document = decision_in(file)
    with bank_at(home, own_chain=False) as bank:
        made = bank.deciding.adopt(organisation, document)
        others = _rivals(made, bank.deciding.in_force(made.signed.by, bank.clock.now().date()))
    if output is not None:
        output.write_bytes(made.content)
    if json_output:
        terminal.json(_view(made))
        return 0
    terminal.line((made.decision.id, "bold"), f" is adopted by {made.signed.by}, since {made.signed.adopted}.")
    terminal.line(("Digest ", "dim"), digest_text(made.signed.digest), indent=2)
    if others:
        between = f"{others[0].from_system} and {others[0].to_system} credits"
        first = min([made.decision.id, *(one.id for one in others)])
        terminal.hint(
            ("Note: ", "yellow"),
            f"Between {between} {', '.join(one.id for one in others)} is in force too."
            f" Of several the first by id counts, which is {first}.",
        )
    if output is not None:
        terminal.hint(f"The signed decision is in {output}. Check it: creditbank decision check {output}")
    return 0


@app.command(
    epilog=example(
        "creditbank decision simulate my-policy.yaml --organisation ID",
        "creditbank decision simulate my-policy-2.yaml --end sha256:51ab… --organisation ID",
    )
)
def simulate(
    organisation: Body,
    file: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="What would be adopted.")] = None,
    end: Annotated[list[str] | None, typer.Option("--end", metavar="DIGEST", help="What would end; again.")] = None,
    after: Annotated[str | None, typer.Option("--after", help="Go on after this evaluation.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Look at so many evaluations at most.")] = 1_000,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show what the evaluations that a body holds would say under other decisions, before it adopts or ends any.

    Each is weighed twice on today's facts: by what is in force, and by what would be. An earlier version counts on
    unless it is ended. Nothing is kept, and nobody is told.
    """
    from creditbank.cli.decisions import decision_in

    terminal = Terminal(json_output=json_output)
    adopted, ended = [decision_in(one) for one in file or []], [_digest(one) for one in end or []]
    if not adopted and not ended:
        raise Usage("Nothing is to be tried.", place="FILE", next_step="Name a file, or a decision to --end.")
    with bank_at(home, own_chain=False) as bank:
        found = bank.simulating.simulate(organisation, adopted=adopted, ended=ended, after=after, limit=most)
    if json_output:
        changed = [_simulated(one) for one in found.changed]
        counts = {"lookedAt": found.looked_at, "concerned": found.concerned, "goOnAfter": found.last}
        terminal.json({**counts, "changed": changed})
        return 0
    terminal.line(
        f"Evaluations looked at: {found.looked_at}. The change bears on {found.concerned}; the answer would be another"
        f" for {len(found.changed)}."
    )
    for one in found.changed:
        terminal.line()
        verdicts = one.before if one.before == one.after else f"{one.before} becomes {one.after}"
        terminal.line((one.record.id, "bold"), f"  {one.record.qualification}: {one.trouble or verdicts}")
        for sentence in () if one.difference is None else one.difference.sentences:
            terminal.line(f"- {sentence}", indent=2)
    if found.last is not None:
        terminal.hint(f"Go on with: --after {found.last}")
    return 0


def _simulated(one: "Simulated") -> dict[str, object]:
    return {
        "evaluation": one.record.id,
        "qualification": one.record.qualification,
        "before": one.before or None,
        "after": one.after or None,
        "trouble": one.trouble or None,
        "difference": None if one.difference is None else one.difference.to_json(),
    }


@app.command("list", epilog=example("creditbank decision list", "creditbank decision list --organisation ID --json"))
def list_decisions(
    organisation: Annotated[str | None, typer.Option("--organisation", help="Only those of this body.")] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """List the decisions that bodies of this bank have adopted, and how they stand today."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.deciding.adopted(organisation)
        today = bank.clock.now().date()
    if json_output:
        terminal.json({"today": today.isoformat(), "decisions": [_view(one, today) for one in found]})
        return 0
    terminal.rows(
        [
            [
                (one.decision.id, "bold"),
                version_of(one.decision) or "–",
                one.signed.kind,
                _standing(one, today),
                one.signed.by,
                digest_text(one.signed.digest),
            ]
            for one in found
        ],
        headers=("id", "version", "kind", "today", "by", "digest"),
    )
    if not found:
        terminal.hint("Nothing is adopted yet: creditbank decision adopt FILE --organisation ID")
    return 0


@app.command(epilog=example("creditbank decision revoke sha256:51ab… --organisation ID --reason 'Replaced.'"))
def revoke(
    digest: Annotated[str, typer.Argument(metavar="DIGEST", help="The decision's digest, as the list shows it.")],
    organisation: Body,
    reason: Annotated[str, typer.Option("--reason", help="Why, in words that anybody may read.")],
    since: Annotated[
        str | None, typer.Option("--from", help="The first day on which it no longer holds; today when left out.")
    ] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Take a decision back from a day on, by a further signed statement.

    Awards made before that day stand. The day is today or later; a revoked decision is not adopted again.
    """
    terminal = Terminal(json_output=json_output)
    wanted, day = _digest(digest), _day(since, "--from")
    with bank_at(home, own_chain=False) as bank:
        made = bank.deciding.revoke(organisation, wanted, reason=reason, since=day)
    if json_output:
        terminal.json(_view(made))
        return 0
    terminal.line((made.decision.id, "bold"), f" no longer holds from {made.revoked_from} on.")
    return 0


@app.command(
    epilog=example(
        "creditbank decision check decision.json --documents documents/ --trust trust.json",
        "creditbank decision check kit/decisions --documents documents/ --on 2026-05-01",
    )
)
def check(
    files: Files,
    documents: Documents = None,
    trust: Trust = None,
    policy: PolicyName = None,
    on: Annotated[str | None, typer.Option("--on", help="Was it in force on this day, such as 2026-05-01?")] = None,
    now: Now = None,
    full: Full = False,
    json_output: Json = False,
) -> int:
    """Check signed decisions from files alone.

    Whether the body itself signed each of them, with a key that holds, whether it is in force on the day, and whether
    a revocation that the body signed is among the files. Nothing is fetched: keys come from --documents and --trust.
    """
    terminal = Terminal(json_output=json_output)
    how, day = asked(policy, "archival", now), _day(on, "--on")
    given, own, facts = files_given(files, terminal), own_documents(documents), trusted_facts(trust)
    decisions = given.of(FileKind.DECISION)
    if not decisions:
        raise NothingToVerify(
            "None of these files is a signed decision.",
            next_step="Name the file that the body signed (creditbank/signed-decision/v1), not the decision alone.",
        )
    evidence = file_evidence(given, own, facts, how.policy)
    revocations = (*given.revocations, *own.revocations)
    judged = [
        Judged(
            file.place,
            verify_decision(file.value, evidence, policy=how.policy, now=how.now, on=day, revocations=revocations),
        )
        for file in decisions
    ]
    return answer(terminal, given, judged, how.policy, offline=True, full=full)


def _day(text: str | None, place: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnreadableDay(f"{text[:40]!r} is not a day.", place=place, next_step="Write it as 2026-07-28.") from None


def _digest(text: str) -> Digest:
    return parse_digest(text)


def _rivals(made: "Adopted", in_force: Sequence[Decision]) -> list[ConversionPolicy]:
    """Other policies of the same body between the same credit systems."""
    mine = made.decision
    return [
        one
        for one in in_force
        if isinstance(one, ConversionPolicy)
        and isinstance(mine, ConversionPolicy)
        and (one.from_system, one.to_system) == (mine.from_system, mine.to_system)
        and one.id != mine.id
    ]


def _standing(one: "Adopted", today: date) -> str:
    ended = one.revoked_from
    if ended is not None and ended <= today:
        return f"revoked from {ended}"
    if not one.holds_on(today):
        return f"not in force ({_period(one)})"
    return f"in force, revoked from {ended}" if ended is not None else "in force"


def _period(one: "Adopted") -> str:
    return f"{starts_on(one.decision)} to {one.decision.valid_until or 'open'}"


def _view(one: "Adopted", today: date | None = None) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": one.decision.id,
        "version": version_of(one.decision),
        "kind": one.signed.kind,
        "by": one.signed.by,
        "adopted": one.signed.adopted.isoformat(),
        "revokedFrom": None if one.revoked_from is None else one.revoked_from.isoformat(),
        "digest": digest_text(one.signed.digest),
        "signed": load_object(one.content),
        "revocations": [load_object(content) for _, content in one.revocations],
    }
    return view if today is None else {**view, "holds": one.holds_on(today)}
