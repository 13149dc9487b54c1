"""`creditbank template`: what units of a kind must say, and a draft to start from."""

import uuid
from pathlib import Path
from typing import Annotated, Any

import typer

from creditbank.adapters.catalogue import Catalogue
from creditbank.canonical import digest_text
from creditbank.cli.catalogue import Data, catalogue_of
from creditbank.cli.coherence import write_new
from creditbank.cli.commands import example, group
from creditbank.cli.failures import ACCEPTED, REJECTED
from creditbank.cli.framework import CONFIDENCE, show_sources
from creditbank.cli.options import Json, written_name
from creditbank.cli.terminal import Terminal
from creditbank.errors import BadInput
from creditbank.framework import (
    Fault,
    ReadDocument,
    Template,
    TemplateRef,
    UnitDocument,
    document_digest,
    draft_yaml,
    read_document,
    resolve,
    rules_in_words,
    start,
    template_faults,
)

app = group(
    "Start a unit from a template, and check templates.",
    "creditbank template list",
    'creditbank template start unesco-three-dimensions --title "Reading a Budget"',
)

Version = Annotated[str | None, typer.Option("--version", help="A version of the template; else the newest.")]
TemplateId = Annotated[str, typer.Argument(metavar="ID", help="The id of a template.")]


class NotATemplate(BadInput):
    """The file is neither a template nor a unit that names one."""

    slug = "not-a-template"


@app.command("list", epilog=example("creditbank template list", "creditbank template list --json"))
def list_templates(data: Data = None, json_output: Json = False) -> int:
    """List the templates known here."""
    found = catalogue_of(data).templates()
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json({"templates": [_dump(one) for one in found]})
        return ACCEPTED
    terminal.rows(
        [
            [
                (one.id, "bold"),
                one.version,
                one.scope,
                one.extends.id if one.extends else "–",
                one.confidence,
                one.title,
            ]
            for one in found
        ],
        headers=("id", "version", "for", "extends", "sure", "title"),
    )
    terminal.hint("More: creditbank template show ID")
    return ACCEPTED


@app.command(epilog=example("creditbank template show emc-cmf", "creditbank template show sample-statistics-units"))
def show(name: TemplateId, version: Version = None, data: Data = None, json_output: Json = False) -> int:
    """Show everything that a template asks, with the template that each rule comes from."""
    catalogue = catalogue_of(data)
    template = catalogue.template(name, version)
    resolved = resolve(template, catalogue.template_book())
    terminal = Terminal(json_output=json_output)
    words = rules_in_words(resolved)
    if json_output:
        rules = [{"path": one.path, "rule": one.words, "origin": one.origin, "guidance": one.guidance} for one in words]
        terminal.json({**_dump(template), "chain": [one.name for one in resolved.chain], "rules": rules})
        return ACCEPTED
    terminal.line((template.title, "bold"), f" ({template.name})")
    terminal.line(template.summary)
    terminal.line(f"Owner: {template.owner}. For: {template.scope}. {CONFIDENCE[template.confidence].capitalize()}.")
    if len(resolved.chain) > 1:
        terminal.line(f"Extends {', which extends '.join(one.name for one in resolved.chain[1:])}.")
    for one in words:
        terminal.line()
        terminal.line((one.path, "bold"), f": {one.words}" if one.words else "", (f" ({one.origin})", "dim"))
        if one.guidance:
            terminal.line(one.guidance, indent=4)
    show_sources(terminal, template.sources, template.confidence)
    terminal.line()
    terminal.line(("Digest ", "dim"), digest_text(document_digest(template)))
    return ACCEPTED


@app.command(
    epilog=example(
        "creditbank template check my-template.yaml",
        "creditbank template check my-unit.yaml",
        "creditbank template check my-unit.yaml --template emc-cmf",
    )
)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A template of your own, or a unit.")],
    template: Annotated[
        str | None, typer.Option("--template", help="Check a unit against this template, not the one it names.")
    ] = None,
    version: Version = None,
    data: Data = None,
    json_output: Json = False,
) -> int:
    """Check a template beside those known here, or a unit against its template.

    Of a template: does it loosen what its parent says, does it name what exists? Of a unit: what does it still lack?
    Every fault comes with its line, and with the template's own advice.
    """
    terminal = Terminal(json_output=json_output)
    catalogue = catalogue_of(data)
    read = read_document(file.read_bytes(), str(file))
    faults = [read.placed(fault) for fault in _faults(read, catalogue, template, version)]
    if json_output:
        listed = [_fault_json(fault) for fault in faults]
        terminal.json({"place": str(file), "faults": listed})
        return REJECTED if faults else ACCEPTED
    if not faults:
        terminal.line(("✓ ", "green"), f"{file}: in order.")
        return ACCEPTED
    terminal.line(("✗ ", "red"), f"{file}: {len(faults)} to correct.")
    for fault in faults:
        terminal.line(str(fault), indent=2)
        if fault.next_step:
            terminal.line((fault.next_step, "dim"), indent=4)
    return REJECTED


@app.command("start", epilog=example('creditbank template start emc-cmf --title "Reading a Budget" --output unit.yaml'))
def start_unit(
    name: TemplateId,
    title: Annotated[str, typer.Option("--title", help="What the unit is called.")],
    unit_id: Annotated[
        str | None, typer.Option("--id", help="The unit's own id, an absolute identifier; else a new random one.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", help="Write the draft into this new file.")] = None,
    version: Version = None,
    data: Data = None,
) -> int:
    """Write the draft of a unit, as YAML, with the template's advice as comments."""
    terminal = Terminal()
    catalogue = catalogue_of(data)
    resolved = resolve(catalogue.template(name, version), catalogue.template_book())
    text = draft_yaml(resolved, start(resolved, id=unit_id or uuid.uuid4().urn, title=written_name(title)))
    read_document(text.encode(), output.name if output is not None else "draft.yaml")  # an id of the caller may be none
    if output is None:
        terminal.raw(text)
        return ACCEPTED
    write_new(output, text)
    terminal.line(("✓ ", "green"), f"{output}: a draft after {resolved.template.name}.")
    terminal.hint(f"When it is filled in: creditbank template check {output}")
    return ACCEPTED


def _faults(read: ReadDocument, catalogue: Catalogue, template: str | None, version: str | None) -> list[Fault]:
    document = read.document
    if isinstance(document, Template):
        return list(catalogue.faults(document))
    if not isinstance(document, UnitDocument):
        raise NotATemplate(f"This is a {document.document}.", place=read.place, next_step="Name a template or a unit.")
    if template is not None:
        chosen = catalogue.template(template, version)
        named = TemplateRef(id=chosen.id, version=chosen.version)
        document = document.model_copy(update={"template": named})
    if document.template is None:
        raise NotATemplate(
            "This unit names no template.", place=read.place, next_step="Name one with --template, or in the unit."
        )
    return template_faults(document, catalogue.template_book(), catalogue.coherence_lists())


def _fault_json(fault: Fault) -> dict[str, str]:
    return {
        "slug": fault.slug,
        "place": fault.place,
        "path": fault.path,
        "sentence": fault.sentence,
        "nextStep": fault.next_step,
    }


def _dump(template: Template) -> dict[str, Any]:
    dumped: dict[str, Any] = template.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {**dumped, "document": template.document, "digest": digest_text(document_digest(template))}
