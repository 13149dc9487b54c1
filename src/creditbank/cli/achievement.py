"""`creditbank achievement`: what providers offer, from the first draft to the last version."""

from pathlib import Path
from typing import Annotated

import typer

from creditbank.canonical import JsonObject, digest_text, load_object, pretty_json
from creditbank.cli.bank import bank_at
from creditbank.cli.catalogue import Data, catalogue_of
from creditbank.cli.coherence import coherence, review
from creditbank.cli.commands import example, group
from creditbank.cli.failures import REJECTED
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.credential import Achievement
from creditbank.errors import NotFound
from creditbank.framework import DocumentFaults, Fault, template_faults
from creditbank.framework.publishing import faults_of_publishing
from creditbank.framework.unit_changes import unit_changes
from creditbank.services.drafting import read_review, read_unit
from creditbank.services.records import PublishedAchievement
from creditbank.units import instant_text

app = group("Publish what can be earned.", "creditbank achievement list")

UnitFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A unit, as YAML or JSON, or an Open Badges 3.0 achievement, as JSON.")
]
Review = Annotated[
    Path | None,
    typer.Option("--review", help="A coherence review of exactly this unit, where its template asks for one."),
]
Provider = Annotated[str, typer.Option("--organisation", help="The provider that offers it.")]
AchievementId = Annotated[str, typer.Argument(metavar="ID", help="The id of the achievement, as in its unit document.")]


class NoUnitDocument(NotFound):
    """This version was published without a unit document."""

    slug = "no-unit-document"


@app.command(epilog=example("creditbank achievement check statistics.yaml"))
def check(file: UnitFile, review: Review = None, data: Data = None, json_output: Json = False) -> int:
    """Tell what a unit lacks before it can be published.

    Every fault is named with its file, line and place in the document. Nothing is published and no bank is asked. What
    only a bank knows (earlier versions, units that require each other) is looked at when you publish.
    """
    terminal = Terminal(json_output=json_output)
    content = file.read_bytes()
    if _is_badge(content, file):
        _badge(content, file)
        faults: list[Fault] = []
    else:
        faults = _faults(content, file, data, review)
    if json_output:
        terminal.json({"place": str(file), "faults": [_fault_json(fault) for fault in faults]})
        return REJECTED if faults else 0
    if not faults:
        terminal.line(("✓ ", "green"), f"{file}: complete, and can be published.")
        return 0
    terminal.line(("✗ ", "red"), f"{file}: {len(faults)} to correct before it can be published.")
    for fault in faults:
        terminal.line(str(fault), indent=2)
        if fault.next_step:
            terminal.line((fault.next_step, "dim"), indent=4)
    return REJECTED


@app.command(epilog=example("creditbank achievement draft statistics.yaml --organisation urn:uuid:5a1c…"))
def draft(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A unit, as YAML or JSON; it may be incomplete.")],
    organisation: Provider,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Keep a unit that is still being written.

    It takes the place of an earlier draft of the same version. A malformed one is refused.
    """
    terminal = Terminal(json_output=json_output)
    content = file.read_bytes()
    with bank_at(home, own_chain=False) as bank:
        saved = bank.drafting.save_draft(organisation, content, str(file))
        missing = bank.drafting.check(content, str(file))
    if json_output:
        faults = [_fault_json(fault) for fault in missing]
        terminal.json({"id": saved.id, "version": saved.version, "saved": instant_text(saved.saved), "faults": faults})
        return 0
    terminal.line("Kept version ", (saved.version, "bold"), f" of {saved.id} as a draft.")
    if missing:
        terminal.hint(f"{len(missing)} to correct before it can be published: creditbank achievement check {file}")
    return 0


@app.command(epilog=example("creditbank achievement drafts --organisation urn:uuid:5a1c…"))
def drafts(organisation: Provider, home: Home = None, json_output: Json = False) -> int:
    """List the units that a provider is still writing."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = [(one, len(bank.drafting.check(one.content))) for one in bank.drafting.drafts(organisation)]
    if json_output:
        listed = [
            {"id": one.id, "version": one.version, "saved": instant_text(one.saved), "faults": missing}
            for one, missing in found
        ]
        terminal.json({"drafts": listed})
        return 0
    terminal.rows(
        [
            [one.id, one.version, instant_text(one.saved), f"{missing} to correct" if missing else "complete"]
            for one, missing in found
        ],
        headers=("id", "version", "saved", "to publish"),
    )
    return 0


@app.command(
    epilog=example(
        "creditbank achievement publish statistics.yaml --organisation urn:uuid:5a1c…",
        "creditbank achievement publish badge.json --organisation urn:uuid:5a1c…",
    )
)
def publish(
    file: UnitFile, organisation: Provider, review: Review = None, home: Home = None, json_output: Json = False
) -> int:
    """Publish a version of an achievement, which is then frozen.

    The same content again is no error; a change needs a new version, which names the one it takes the place of and says
    what changed.
    """
    terminal = Terminal(json_output=json_output)
    content = file.read_bytes()
    badge = _badge(content, file) if _is_badge(content, file) else None
    with bank_at(home, own_chain=False) as bank:
        if badge is not None:
            made = bank.drafting.publish(organisation, badge)
        else:
            reviewed = review.read_bytes() if review is not None else None
            made = bank.drafting.publish_unit(organisation, content, str(file), review=reviewed)
    if json_output:
        terminal.json(_published_json(made))
        return 0
    terminal.line((str(made.document["name"]), "bold"), f", version {made.version}, is published and frozen.")
    rows = [["id", made.id], ["digest", digest_text(made.digest)]]
    if made.unit_digest is not None:
        rows.append(["unit", digest_text(made.unit_digest)])
    terminal.rows(rows, indent=2)
    return 0


@app.command("list", epilog=example("creditbank achievement list --organisation urn:uuid:5a1c…"))
def list_achievements(
    organisation: Annotated[str | None, typer.Option("--organisation", help="Only what this provider offers.")] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """List what can be earned from the bank's providers."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        found = tx.achievements(organisation)
    if json_output:
        terminal.json({"achievements": [one.document for one in found]})
        return 0
    read = [(one, Achievement.from_json(one.document)) for one in found]
    terminal.rows(
        [
            [
                one.id,
                one.version,
                str(one.credits),
                one.level.code if one.level else "–",
                "withdrawn" if published.withdrawn else "offered",
                (one.name, "bold"),
            ]
            for published, one in read
        ],
        headers=("id", "version", "credits", "level", "", "name"),
    )
    return 0


@app.command(
    epilog=example(
        "creditbank achievement show urn:example:statistics --version 1",
        "creditbank achievement show urn:example:statistics --version 1 --unit > statistics.yaml",
    )
)
def show(
    achievement: AchievementId,
    version: Annotated[str, typer.Option("--version", help="The published version.")],
    unit: Annotated[bool, typer.Option("--unit", help="The unit document, byte for byte as it was published.")] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show a published version as credentials carry it, or the unit document it was made from."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        found = tx.get_achievement(achievement, version)
    if not unit:
        terminal.raw(pretty_json(found.document).decode())
        return 0
    if found.unit is None:
        raise NoUnitDocument(
            f"Version {version} of {achievement} was published as an Open Badges achievement, without a unit document.",
            next_step="Leave out --unit to see the achievement.",
        )
    terminal.raw(found.unit.decode())
    return 0


@app.command(epilog=example("creditbank achievement versions urn:example:statistics"))
def versions(achievement: AchievementId, home: Home = None, json_output: Json = False) -> int:
    """List the versions of an achievement, with what changed from one to the next."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.drafting.versions(achievement)
    if json_output:
        terminal.json({"versions": [_published_json(one) for one in found]})
        return 0
    for one in found:
        terminal.line((f"Version {one.version}", "bold"), f", published {instant_text(one.published)}")
        if one.supersedes is not None:
            terminal.line(f"takes the place of {one.supersedes}: {one.changelog}", indent=2)
        if one.withdrawn is not None:
            terminal.line((f"withdrawn {instant_text(one.withdrawn)}: {one.withdrawal_reason}", "yellow"), indent=2)
        if one.unit_digest is not None:
            terminal.line(("unit ", "dim"), digest_text(one.unit_digest), indent=2)
    if not found:
        terminal.hint(f"No version of {achievement} is published here.")
    return 0


@app.command(
    epilog=example(
        "creditbank achievement withdraw urn:example:statistics --version 1 --organisation urn:uuid:5a1c… --reason TEXT"
    )
)
def withdraw(
    achievement: AchievementId,
    version: Annotated[str, typer.Option("--version", help="The published version.")],
    organisation: Provider,
    reason: Annotated[str, typer.Option("--reason", help="Why it is no longer offered, for whoever asks.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Withdraw a version: nothing new is issued for it.

    What was issued for it before stays what it is, and the version stays readable.
    """
    terminal = Terminal(json_output=json_output)
    if not reason.strip():
        raise typer.BadParameter("--reason must say why the version is no longer offered.")
    with bank_at(home, own_chain=False) as bank:
        gone = bank.drafting.withdraw(organisation, achievement, version, reason=reason)
    if json_output:
        terminal.json(_published_json(gone))
        return 0
    terminal.line("Version ", (version, "bold"), f" of {achievement} is withdrawn; nothing new is issued for it.")
    return 0


@app.command(epilog=example("creditbank achievement changes statistics-1.yaml statistics-2.yaml"))
def changes(
    old: Annotated[Path, typer.Argument(metavar="FILE_OLD", help="The older version of a unit, as a file.")],
    new: Annotated[Path, typer.Argument(metavar="FILE_NEW", help="The newer version of the same unit.")],
    json_output: Json = False,
) -> int:
    """Tell what changed from one version of a unit to another."""
    terminal = Terminal(json_output=json_output)
    before, _ = read_unit(old.read_bytes(), str(old))
    after, _ = read_unit(new.read_bytes(), str(new))
    found = unit_changes(before, after)
    if json_output:
        listed = [
            {"kind": one.kind, "path": one.path, "before": one.before, "after": one.after, "sentence": one.sentence}
            for one in found
        ]
        terminal.json({"id": after.id, "old": before.version, "new": after.version, "changes": listed})
        return 0
    counted = f"{len(found)} change{'' if len(found) == 1 else 's'}"
    terminal.line((after.id, "bold"), f" from version {before.version} to {after.version}: {counted}.")
    for one in found:
        terminal.line(f"- {one.sentence}", indent=2)
    return 0


app.command(
    epilog=example(
        "creditbank achievement coherence statistics.yaml",
        "creditbank achievement coherence statistics.yaml --review review.yaml",
    )
)(coherence)
app.command(epilog=example('creditbank achievement review statistics.yaml --role "programme reviewer"'))(review)


def _is_badge(content: bytes, file: Path) -> bool:
    """Whether a file is an Open Badges achievement: JSON that does not say which kind of document it is."""
    if content.lstrip()[:1] != b"{" or file.suffix in (".yaml", ".yml"):
        return False
    return "document" not in load_object(content, place=str(file))


def _badge(content: bytes, file: Path) -> Achievement:
    return Achievement.from_json(load_object(content, place=str(file)), place=f"{file}#")


def _faults(content: bytes, file: Path, data: Path | None, review: Path | None) -> list[Fault]:
    catalogue = catalogue_of(data)
    try:
        unit, read = read_unit(content, str(file))
    except DocumentFaults as malformed:
        return list(malformed.faults)
    found = faults_of_publishing(unit, catalogue.all_editions(), catalogue.credit_systems(), catalogue.codes())
    said = read_review(review.read_bytes(), str(review)) if review is not None else None
    found += template_faults(unit, catalogue.template_book(), catalogue.coherence_lists(), said)
    return [read.placed(fault) for fault in found]


def _fault_json(fault: Fault) -> JsonObject:
    return {
        "slug": fault.slug,
        "place": fault.place,
        "path": fault.path,
        "sentence": fault.sentence,
        "nextStep": fault.next_step,
    }


def _published_json(one: PublishedAchievement) -> JsonObject:
    shown: JsonObject = {
        "id": one.id,
        "version": one.version,
        "digest": digest_text(one.digest),
        "published": instant_text(one.published),
    }
    if one.unit_digest is not None:
        shown["unit"] = digest_text(one.unit_digest)
    if one.supersedes is not None:
        shown |= {"supersedes": one.supersedes, "changelog": one.changelog}
    if one.withdrawn is not None:
        shown |= {"withdrawn": instant_text(one.withdrawn), "withdrawalReason": one.withdrawal_reason}
    return shown
