"""`creditbank qualification`: rules in plain language, and a learner's credits weighed against them."""

from pathlib import Path
from typing import Annotated

import typer

from creditbank.canonical import digest_text
from creditbank.cli.bank import bank_at
from creditbank.cli.catalogue import Data, catalogue_of
from creditbank.cli.commands import example, group
from creditbank.cli.decisions import conversions_in, recognitions_in
from creditbank.cli.failures import ACCEPTED, INCONCLUSIVE, REJECTED
from creditbank.cli.framework import CONFIDENCE, show_sources
from creditbank.cli.options import Home, Json
from creditbank.cli.rules import admission_sentences, node_sentence, rules_json
from creditbank.cli.terminal import Terminal
from creditbank.errors import BadInput
from creditbank.framework import Qualification, check_qualification, document_digest, read_document

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
    )
)
def explain(
    source: Annotated[
        str, typer.Argument(metavar="FILE_OR_ID", help="A rule file, or the id of a known qualification.")
    ],
    version: Annotated[
        str | None, typer.Option("--version", help="A version of the known one; else the newest.")
    ] = None,
    data: Data = None,
    json_output: Json = False,
) -> int:
    """Explain a qualification's rules in plain language, with their sources and how sure we are of them.

    A file is read strictly: an unknown construct is refused with its place and what is allowed there.
    """
    terminal = Terminal(json_output=json_output)
    rules = _rules_of(source, version, data, terminal)
    if json_output:
        terminal.json({**_summary(rules), "admits": admission_sentences(rules.admits), "rules": rules_json(rules)})
        return 0
    terminal.line((rules.title, "bold"), f" ({rules.id}, version {rules.version})")
    terminal.line(rules.summary)
    level = f"level {rules.level} of " if rules.level else "an award of "
    until = f" until {rules.valid_until}" if rules.valid_until else ""
    terminal.line(
        f"It is {level}{rules.framework}, counted in {rules.credit_system} credits,"
        f" in force since {rules.valid_from}{until}."
    )
    terminal.line()
    terminal.line(("Which units may be weighed", "bold"))
    for sentence in admission_sentences(rules.admits):
        terminal.line(f"- {sentence}", indent=2)
    terminal.line()
    terminal.line(("What must add up", "bold"), "  (a unit fills at most one requirement: nothing counts twice)")
    for path, node in rules.nodes():
        indent = 2 + 2 * path.count("/")
        terminal.line((node.title, "bold"), f"  [{path}]", indent=indent)
        terminal.line(node_sentence(node), indent=indent + 2)
        if node.note:
            terminal.line((f"Note: {node.note}", "dim"), indent=indent + 2)
        if node.confidence != "H":
            terminal.line((f"How sure: {CONFIDENCE[node.confidence]}.", "yellow"), indent=indent + 2)
    show_sources(terminal, rules.sources, rules.confidence)
    terminal.line()
    terminal.line(("Digest ", "dim"), digest_text(document_digest(rules)))
    return 0


@app.command(
    epilog=example(
        "creditbank qualification evaluate in-ncrf-ug-certificate --learner ID --university ID",
        "creditbank qualification evaluate ID --learner ID --university ID --decisions my-policies/",
    )
)
def evaluate(
    qualification: Annotated[str, typer.Argument(metavar="ID", help="The id of a known qualification.")],
    learner: Annotated[str, typer.Option("--learner", help="The learner whose credits are weighed.")],
    university: Annotated[str, typer.Option("--university", help="The university that weighs, and would award.")],
    version: Annotated[str | None, typer.Option("--version", help="A version of the rules; else the newest.")] = None,
    decisions: Annotated[
        list[Path] | None,
        typer.Option(
            "--decisions",
            help="Decisions to try beside those that the university has adopted: a file or directory.",
        ),
    ] = None,
    credential: Annotated[
        list[str] | None, typer.Option("--credential", help="Weigh only this credential; may be given again.")
    ] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Weigh a learner's credits against a qualification's rules.

    Shows the rule tree with what meets each rule and what is missing, which rules collide, the shortest way
    to a yes, and which units were not counted and why. The evaluation is kept, and `creditbank award issue`
    builds on it. Exit code 0 says that it adds up, 1 that it does not, 3 that it could not be decided.
    """
    from creditbank.cli.evaluations import show_evaluation

    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        terminal.hint("Verifying the credentials and weighing them.")
        record, evaluation = bank.evaluating.evaluate(
            learner=learner,
            qualification=qualification,
            version=version,
            organisation=university,
            conversions=conversions_in(decisions or []),
            recognitions=recognitions_in(decisions or []),
            credentials=credential or None,
        )
        account = bank.sharing.account(learner)
    if json_output:
        terminal.json({"evaluation": record.id, **record.document})
    else:
        titles = {lot.facts.credential: lot.facts.title for lot in account.lots}
        show_evaluation(terminal, record, evaluation, titles)
    return {"adds-up": ACCEPTED, "falls-short": REJECTED}.get(str(evaluation.verdict), INCONCLUSIVE)


def _rules_of(source: str, version: str | None, data: Path | None, terminal: Terminal) -> Qualification:
    path = Path(source)
    if not (path.exists() or path.suffix in (".yaml", ".yml", ".json") or len(path.parts) > 1):
        return catalogue_of(data).qualification(source, version)
    read = read_document(path.read_bytes(), source)
    if not isinstance(read.document, Qualification):
        raise NotAQualification(
            f"This is a {read.document.document}, not a qualification.",
            place=source,
            next_step="A rule file starts with `document: creditbank/qualification/v1`.",
        )
    catalogue = catalogue_of(data)
    for fault in check_qualification(read.document, catalogue.frameworks(), catalogue.credit_systems()):
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
