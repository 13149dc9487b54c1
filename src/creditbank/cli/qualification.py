"""`creditbank qualification`: rules in plain language, and a learner's credits weighed against them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from creditbank.canonical import digest_text
from creditbank.cli import discovering, jointly, rerunning
from creditbank.cli.bank import bank_at
from creditbank.cli.catalogue import Data, catalogue_of
from creditbank.cli.commands import example, group
from creditbank.cli.decisions import by_kind, decisions_in
from creditbank.cli.evaluations import AsTable, AsTree, exit_code, show_evaluation, shown
from creditbank.cli.framework import CONFIDENCE, show_sources
from creditbank.cli.options import Home, Json
from creditbank.cli.planning import (
    Asked,
    Chosen,
    Decisions,
    Id,
    Language,
    Learner,
    OneTerm,
    PerTerm,
    PlannedUnits,
    RegisterName,
    Terms,
    UnderWay,
    UnitsPerTerm,
    University,
    Version,
    pace_of,
    path_code,
    planned_of,
    rules_named,
    show_plan,
)
from creditbank.cli.rules import (
    admission_sentences,
    explained_json,
    node_sentence,
    people_sentences,
    shared_sentences,
    standing_sentences,
)
from creditbank.cli.terminal import Terminal
from creditbank.errors import BadInput
from creditbank.framework import Qualification, document_digest, read_document

app = group(
    "Explain rules, and weigh credits against them.",
    "creditbank qualification explain in-ncrf-ug-certificate",
)


class NotAQualification(BadInput):
    """The file is a document of another kind than a qualification."""

    slug = "not-a-qualification"


@app.command("list", epilog=example("creditbank qualification list"))
def list_qualifications(data: Data = None, json_output: Json = False) -> int:
    """List the qualifications whose rules the bank knows."""
    found = catalogue_of(data).qualifications()
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json({"qualifications": [_summary(rules) for rules in found]})
        return 0
    terminal.rows(
        [
            [
                (rules.id, "bold"),
                rules.version,
                rules.framework,
                rules.level or "–",
                rules.credit_system,
                rules.title,
            ]
            for rules in found
        ],
        headers=("id", "version", "framework", "level", "credits", "title"),
    )
    terminal.hint("More: creditbank qualification explain ID")
    return 0


@app.command(
    epilog=example(
        "creditbank qualification explain in-ncrf-ug-certificate",
        "creditbank qualification explain my-rules.yaml",
        "creditbank qualification explain --evaluation ID --table",
    )
)
def explain(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE_OR_ID",
            help="A rule file, the id (or ID@VERSION) of a known qualification, or the id of an evaluation.",
        ),
    ] = None,
    version: Annotated[
        str | None, typer.Option("--version", help="A version of the known one; else the newest.")
    ] = None,
    evaluation: Annotated[
        str | None, typer.Option("--evaluation", metavar="ID", help="Explain this stored evaluation instead of rules.")
    ] = None,
    table: AsTable = False,
    tree: AsTree = False,
    data: Data = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Explain a qualification's rules in plain language, or a stored evaluation as it was made.

    Rules come with their sources and how sure we are of them. A file is read strictly: an unknown construct is refused
    with its place and what is allowed there. An evaluation comes with its tree or table, what is missing, which rules
    collide, the shortest way on, and what was not counted and why; then exit code 0 says that it adds up, 1 that it
    does not, 3 that it could not be decided.
    """
    terminal = Terminal(json_output=json_output)
    if (evaluation is None) == (source is None):
        raise typer.BadParameter("name rules, or an evaluation, and one of them.")
    asked = evaluation or source or ""
    if evaluation is not None or asked.startswith("urn:uuid:"):
        return _explain_evaluation(asked, home, terminal, table=table, tree=tree)
    source = asked
    rules = rules_of(source, version, data, terminal)
    if json_output:
        terminal.json({**_summary(rules), **explained_json(rules)})
        return 0
    _explain_head(terminal, rules)
    once = "a unit fills at most one place" + (
        ", but for what is shared" if rules.sharing else ": nothing counts twice"
    )
    terminal.line(("What must add up", "bold"), f"  ({once})")
    for path, node in rules.nodes():
        indent = 2 + 2 * path.count("/")
        terminal.line((node.title, "bold"), f"  [{path}]", indent=indent)
        terminal.line(node_sentence(node), indent=indent + 2)
        if node.note:
            terminal.line((f"Note: {node.note}", "dim"), indent=indent + 2)
        if node.confidence != "H":
            terminal.line((f"How sure: {CONFIDENCE[node.confidence]}.", "yellow"), indent=indent + 2)
    _listed(terminal, "What these rules share", shared_sentences(rules))
    _listed(terminal, "What a person has to check", people_sentences(rules))
    show_sources(terminal, rules.sources, rules.confidence)
    terminal.line()
    terminal.line(("Digest ", "dim"), digest_text(document_digest(rules)))
    return 0


@app.command(
    epilog=example(
        "creditbank qualification check my-rules.yaml",
        "creditbank qualification check my-rules/",
    )
)
def check(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A rule file, or a directory of rule files.")],
    data: Data = None,
    json_output: Json = False,
) -> int:
    """Check rules: can they be read, can they be met, and are they as strict as those they tighten?

    The files are read beside the documents the bank knows, and every fault is named with its file and line.
    Warnings are shown and refuse nothing. At last each file is put before the engine, which says when no units could
    ever meet its rules. Exit code 0 says that the rules are in order, 1 that no units could meet them, 2 that something
    is wrong, and nothing is changed.
    """
    from creditbank.cli.checking import check_rules

    return check_rules(path, data, Terminal(json_output=json_output))


@app.command(
    epilog=example(
        "creditbank qualification diff my-rules-2025.yaml my-rules-2026.yaml",
        "creditbank qualification diff in-ncrf-ug-certificate in-ncrf-ug-diploma",
        "creditbank qualification diff kr-acbs-bachelor@2025 my-rules.yaml",
    )
)
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A rule file, an id, or ID@VERSION.")],
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="A rule file, an id, ID@VERSION, or @VERSION of the same id.")
    ],
    data: Data = None,
    json_output: Json = False,
) -> int:
    """Say what changed from one version of rules to another, rule by rule, and whether it became stricter.

    An id alone means its newest version. What cannot be shown to be stricter or looser is said to be unclear. Exit
    code 0 says that nothing changed, 1 that something did.
    """
    from creditbank.cli.checking import show_changes

    terminal = Terminal(json_output=json_output)
    before = rules_of(old, None, data, terminal)
    after = rules_of(f"{before.id}{new}" if new.startswith("@") else new, None, data, terminal)
    return show_changes(before, after, catalogue_of(data).frameworks().get(after.framework), terminal)


@app.command(
    epilog=example(
        "creditbank qualification evaluate in-ncrf-ug-certificate --learner ID --university ID",
        "creditbank qualification evaluate ID --learner ID --university ID --decisions my-policies/",
    )
)
def evaluate(
    qualification: Id,
    learner: Learner,
    university: University,
    version: Version = None,
    decisions: Decisions = None,
    credential: Chosen = None,
    register: RegisterName = None,
    table: AsTable = False,
    tree: AsTree = False,
    language: Language = "en",
    proof: Annotated[
        Path | None,
        typer.Option("--proof", help="Where it does not add up, write the proof of that here, for check-no."),
    ] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Weigh a learner's credits against a qualification's rules.

    Shows the rule tree with what meets each rule and what is missing, which rules collide, the shortest way
    to a yes, and which units were not counted and why. The evaluation is kept, and `creditbank award issue`
    builds on it. Exit code 0 says that it adds up, 1 that it does not, 3 that it could not be decided.
    """
    from creditbank.adapters.languages import wording_in

    wording, (name, edition) = wording_in(language), rules_named(qualification, version)
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        terminal.hint("Verifying the credentials and weighing them.")
        record, evaluation = bank.evaluating.evaluate(
            learner=learner,
            qualification=name,
            version=edition,
            organisation=university,
            **by_kind(decisions_in(decisions or [])),
            credentials=credential or None,
            register=register,
            wording=None if language == "en" else wording,
        )
        account = bank.sharing.account(learner)
        if proof is not None and evaluation.verdict == "falls-short":
            proof.write_bytes(bank.evaluating.proof_of_no(record.id))
    result: Any = evaluation.to_json()
    if json_output:
        terminal.json({"evaluation": record.id, **record.document, "result": result})
    else:
        titles = {lot.facts.credential: lot.facts.title for lot in account.lots}
        show_evaluation(terminal, shown(result, titles, table=table, tree=tree, record=record, wording=wording))
        _show_proof(terminal, proof, result["verdict"])
    return exit_code(result)


@app.command(
    epilog=example(
        "creditbank qualification path ID --learner ID --university ID --per-term 20",
        "creditbank qualification path ID --learner ID --university ID --term autumn=2027-09-01/2028-01-31",
    )
)
def path(
    qualification: Id,
    learner: Learner,
    university: University,
    per_term: PerTerm = None,
    units_per_term: UnitsPerTerm = None,
    terms: Terms = None,
    term: OneTerm = None,
    planned: PlannedUnits = None,
    in_progress: UnderWay = None,
    version: Version = None,
    decisions: Decisions = None,
    credential: Chosen = None,
    register: RegisterName = None,
    table: AsTable = False,
    tree: AsTree = False,
    language: Language = "en",
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Find the shortest way to an award through what the bank's providers offer, term by term.

    Respects what each unit needs before it, when it is given, and how much a term holds; names what could stand in the
    place of each step, and other ways as short. Nothing is kept. Exit code 0 says that there is a way (or that nothing
    is missing), 1 that there is none and why, 3 that it could not be said.
    """
    ahead, pace = planned_of(planned, in_progress), pace_of(per_term, units_per_term, terms, term)
    name, edition = rules_named(qualification, version)
    asked = Asked(
        name, learner, university, edition, decisions or [], credential or [], register, ahead, pace, language
    )
    return path_code(show_plan(Terminal(json_output=json_output), home, asked, table=table, tree=tree))


@app.command(
    "what-if",
    epilog=example(
        "creditbank qualification what-if ID --learner ID --university ID --planned ACHIEVEMENT@2027-06-30",
    ),
)
def what_if(
    qualification: Id,
    learner: Learner,
    university: University,
    planned: PlannedUnits = None,
    in_progress: UnderWay = None,
    version: Version = None,
    decisions: Decisions = None,
    credential: Chosen = None,
    register: RegisterName = None,
    table: AsTable = False,
    tree: AsTree = False,
    language: Language = "en",
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Say what would be if further achievements were earned, and mark what rests on them.

    It is weighed as of the last day on which one of them is expected. Nothing is kept, and no award can be made of it.
    Exit code 0 says that it would add up, 1 that it would not, 3 that it could not be decided.
    """
    ahead = planned_of(planned, in_progress)
    if not ahead:
        raise typer.BadParameter("name what would be earned with --planned or --in-progress.")
    name, edition = rules_named(qualification, version)
    asked = Asked(
        name, learner, university, edition, decisions or [], credential or [], register, ahead, None, language
    )
    return exit_code(show_plan(Terminal(json_output=json_output), home, asked, table=table, tree=tree))


def _explain_evaluation(evaluation: str, home: Path | None, terminal: Terminal, *, table: bool, tree: bool) -> int:
    """A stored evaluation told again, as it was made."""
    with bank_at(home, own_chain=False) as bank:
        record = bank.evaluating.get(evaluation)
        account = bank.sharing.account(record.learner)
    document: Any = record.document
    if terminal.json_output:
        terminal.json({"evaluation": record.id, **document})
    else:
        titles = {lot.facts.credential: lot.facts.title for lot in account.lots}
        show_evaluation(terminal, shown(document["result"], titles, table=table, tree=tree, record=record))
    return exit_code(document["result"])


def _show_proof(terminal: Terminal, proof: Path | None, verdict: str) -> None:
    if proof is None:
        return
    if verdict == "falls-short":
        terminal.hint(f"The proof of this no stands in {proof}. Next: creditbank check-no {proof} CREDENTIALS")
    else:
        terminal.hint(f"Nothing was written to {proof}: only a no has a proof of its own, a yes has that of its award.")


def _explain_head(terminal: Terminal, rules: Qualification) -> None:
    terminal.line((rules.title, "bold"), f" ({rules.id}, version {rules.version})")
    terminal.line(rules.summary)
    level = f"level {rules.level} of " if rules.level else "an award of "
    until = f" until {rules.valid_until}" if rules.valid_until else ""
    terminal.line(
        f"It is {level}{rules.framework}, counted in {rules.credit_system} credits,"
        f" in force since {rules.valid_from}{until}."
    )
    for sentence in standing_sentences(rules):
        terminal.line(sentence)
    if rules.confidence == "L" or any(node.confidence == "L" for _, node in rules.nodes()):
        terminal.line(
            (
                "Some of this is indicative: the body that awards has to accept it by name before it is weighed.",
                "yellow",
            )
        )
    _listed(terminal, "Which units may be weighed", admission_sentences(rules.admits))
    terminal.line()


def _listed(terminal: Terminal, title: str, sentences: list[str]) -> None:
    if sentences:
        terminal.line()
        terminal.line((title, "bold"))
    for sentence in sentences:
        terminal.line(f"- {sentence}", indent=2)


def rules_of(source: str, version: str | None, data: Path | None, terminal: Terminal) -> Qualification:
    """The rules in a file, or those known by an id or by ID@VERSION.

    What a file names and nothing stands behind is only noted. Raises `NotAQualification` for another document.
    """
    path = Path(source)
    if not (path.exists() or path.suffix in (".yaml", ".yml", ".json") or len(path.parts) > 1):
        name, _, wanted = source.partition("@")
        return catalogue_of(data).qualification(name, wanted or version)
    read = read_document(path.read_bytes(), source)
    if not isinstance(read.document, Qualification):
        raise NotAQualification(
            f"This is a {read.document.document}, not a qualification.",
            place=source,
            next_step="A rule file starts with `document: creditbank/qualification/v1`.",
        )
    for fault in catalogue_of(data).faults(read.document):
        terminal.hint(("Note: ", "yellow"), str(read.placed(fault)))
    return read.document


def _summary(rules: Qualification) -> dict[str, str | None]:
    return {
        "id": rules.id,
        "version": rules.version,
        "title": rules.title,
        "framework": rules.framework,
        "level": rules.level,
        "creditSystem": rules.credit_system,
        "validFrom": rules.valid_from,
        "validUntil": rules.valid_until,
        "confidence": rules.confidence,
        "summary": rules.summary,
        "digest": digest_text(document_digest(rules)),
    }


app.command(
    "together",
    epilog=example(
        "creditbank qualification together ID ID2 --learner ID --university ID",
        'creditbank qualification together ID ID2 --learner ID --university ID --shared "double,ID,ID2,25 in-ncrf"',
    ),
)(jointly.together)
app.command("rerun", epilog=example("creditbank qualification rerun urn:uuid:6d1f…"))(rerunning.rerun)
app.command("stale", epilog=example("creditbank qualification stale"))(rerunning.stale)
app.command("discover", epilog=example("creditbank qualification discover --university urn:uuid:3c1f… --within 8"))(
    discovering.discover
)
