"""`creditbank conversion`: what is known about credits of two systems. Every answer says whose it is; none decides."""

from fractions import Fraction
from typing import Annotated, Any, Final

import typer

from creditbank.adapters.catalogue import Catalogue
from creditbank.canonical import digest_text
from creditbank.cli.catalogue import Data, catalogue_of
from creditbank.cli.commands import example, group
from creditbank.cli.framework import CONFIDENCE, show_sources
from creditbank.cli.options import Json
from creditbank.cli.terminal import Terminal
from creditbank.errors import NotFound
from creditbank.framework import Comparison, ConversionStatement, compare, document_digest
from creditbank.units import Credits

app = group(
    "See what is known about credits of two systems.",
    "creditbank conversion compare 10 uk eu-ects",
)

NO_DECISION: Final = (
    "None of these is a decision. In a stack such credits count only by a conversion policy that the awarding"
    " body has adopted."
)


class UnknownStatement(NotFound):
    """No conversion statement of this id is in the catalogue."""

    slug = "unknown-statement"


@app.command("list", epilog=example("creditbank conversion list", "creditbank conversion list --json"))
def list_statements(data: Data = None, json_output: Json = False) -> int:
    """List what has been published about credits of two systems."""
    found = catalogue_of(data).conversion_statements()
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json({"statements": [_dump(one) for one in found]})
        return 0
    terminal.rows(
        [
            [(one.id, "bold"), one.from_system, one.to_system, one.ratio, one.basis, one.confidence, one.stated_by]
            for one in found
        ],
        headers=("id", "from", "to", "ratio", "basis", "sure", "stated by"),
    )
    terminal.hint("More: creditbank conversion show ID")
    return 0


@app.command(epilog=example("creditbank conversion show emc-cmf.uk.eu-ects"))
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="The id of a conversion statement.")],
    data: Data = None,
    json_output: Json = False,
) -> int:
    """Show one published statement, with its reach, its sources and how sure we are of it."""
    statements = {one.id: one for one in catalogue_of(data).conversion_statements()}
    found = statements.get(name)
    if found is None:
        raise UnknownStatement(
            f"There is no conversion statement {name!r}.", next_step=f"Known are: {', '.join(statements) or 'none'}."
        )
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json(_dump(found))
        return 0
    terminal.line((found.id, "bold"))
    year = f", {found.year}" if found.year else ", year not known"
    terminal.line(f"Stated by: {found.stated_by}{year}.")
    terminal.line(
        f"One {found.from_system} credit is worth {exact(found.exact)} {found.to_system} credits,", " one way."
    )
    terminal.line(f"Basis: {found.basis}. Meant for: {found.scope}")
    if found.note:
        terminal.line("Note: ", found.note)
    terminal.line("A statement decides nothing: a body that wants to use it adopts it in a policy of its own.")
    show_sources(terminal, found.sources, found.confidence)
    terminal.line()
    terminal.line(("Digest ", "dim"), digest_text(document_digest(found)))
    return 0


@app.command(
    "compare",
    epilog=example(
        "creditbank conversion compare 10 uk eu-ects", "creditbank conversion compare 3 us-sch eu-ects --json"
    ),
)
def compare_amount(
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help='How many credits, such as "2.5".')],
    source: Annotated[str, typer.Argument(metavar="FROM", help="Their credit system, such as uk.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The credit system to compare with, such as eu-ects.")],
    data: Data = None,
    json_output: Json = False,
) -> int:
    """Set side by side what an amount of credits is said and computed to be worth elsewhere.

    Each answer is exact and says where it comes from: a published statement and who made it, the hours of a credit,
    or the credits of a full-time year. Statements are never turned round, and two never make a third.
    """
    catalogue = catalogue_of(data)
    found = compare(
        Credits.parse(amount),
        catalogue.credit_system(source),
        catalogue.credit_system(target),
        catalogue.conversion_statements(),
    )
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json(_comparison(found))
        return 0
    terminal.line((f"{found.amount} {source} credits, in {target} credits", "bold"))
    terminal.rows(_rows(found), headers=("worth", "says", "sure"), indent=2)
    if turned := _turned(catalogue, source, target):
        terminal.line(f"Stated the other way round only, and not turned round here: {', '.join(turned)}.", indent=2)
    terminal.line(NO_DECISION)
    return 0


def exact(value: Fraction) -> str:
    """A value as people write it, never rounded: `2.5`, or `10/3 (about 3.333)`."""
    thousandths = value * 1000
    if thousandths.denominator == 1:
        return f"{value.numerator / value.denominator:.3f}".rstrip("0").rstrip(".")
    return f"{value} (about {float(value):.3f})"


def _rows(found: Comparison) -> list[list[str]]:
    rows = [
        [exact(value), f"{one.id}: {one.stated_by}{f', {one.year}' if one.year else ''}", CONFIDENCE[one.confidence]]
        for one, value in found.stated
    ] or [["–", "no published statement is known", "–"]]
    if found.hours is None:
        rows.append(["–", f"by hours: {found.no_hours}", "–"])
    else:
        least, most = found.hours
        worth = exact(least) if least == most else f"{exact(least)} to {exact(most)}"
        rows.append([worth, "by the hours of a credit alone", "computed"])
    if found.year is None:
        rows.append(["–", "by full-time year: the credits of a year are not stated", "–"])
    else:
        rows.append([exact(found.year), "by the credits of a full-time year alone", "computed"])
    return rows


def _turned(catalogue: Catalogue, source: str, target: str) -> list[str]:
    return [one.id for one in catalogue.conversion_statements() if (one.from_system, one.to_system) == (target, source)]


def _comparison(found: Comparison) -> dict[str, Any]:
    return {
        "amount": str(found.amount),
        "from": found.source.id,
        "to": found.target.id,
        "stated": [
            {
                "statement": one.id,
                "statedBy": one.stated_by,
                "year": one.year,
                "confidence": one.confidence,
                "worth": str(value),
            }
            for one, value in found.stated
        ],
        "byHours": None
        if found.hours is None
        else {"least": str(found.hours[0]), "most": str(found.hours[1]), "computed": True},
        "noHours": found.no_hours,
        "byYear": None if found.year is None else {"worth": str(found.year), "computed": True},
        "decision": None,
        "note": NO_DECISION,
    }


def _dump(one: ConversionStatement) -> dict[str, Any]:
    return {**one.model_dump(mode="json", by_alias=True), "digest": digest_text(document_digest(one))}
