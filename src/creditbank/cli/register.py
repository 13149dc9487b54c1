"""`creditbank register`: who was accredited for what, and who may award."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from creditbank.adapters.catalogue.deqar import Head, read_deqar
from creditbank.canonical import MAX_BYTES, canonical_json, digest_text
from creditbank.cli.bank import bank_at, is_bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.offline import register_in
from creditbank.cli.options import Home, Json, Registers
from creditbank.cli.terminal import Terminal
from creditbank.errors import BadInput
from creditbank.framework import (
    Accreditation,
    Body,
    Entitlement,
    Provision,
    Refusal,
    Register,
    document_digest,
    newest,
    register_changes,
)

app = group("Take registers of accreditation in, and ask them.", "creditbank register check did:web:example.org")

YES, NO, UNKNOWN = 0, 1, 3

Named = Annotated[
    str, typer.Argument(metavar="REGISTER", help="A file, or the id of a register of the bank (ID@DAY for a day).")
]


class NoRegister(BadInput):
    """A question needs a register: one of a file, or one that the bank holds."""

    slug = "no-register"


class Format(StrEnum):
    """The formats that registers are read from."""

    CREDITBANK = "creditbank"
    DEQAR = "deqar"


@app.command(
    "import",
    epilog=example(
        "creditbank register import register.yaml",
        "creditbank register import reports.json institution.json --format deqar --id deqar --taken 2026-06-30"
        " --did DEQARINST0001=did:web:example.org --output register.json",
    ),
)
def import_register(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of one snapshot.")],
    form: Annotated[
        Format, typer.Option("--format", help="creditbank, or deqar: answers of DEQAR's web API, version 2.")
    ] = Format.CREDITBANK,
    name: Annotated[str | None, typer.Option("--id", help="deqar: the register's id here.")] = None,
    taken: Annotated[
        str | None, typer.Option("--taken", help="deqar: the day the answers were given, such as 2026-06-30.")
    ] = None,
    did: Annotated[
        list[str] | None,
        typer.Option("--did", help="deqar: the DID of an institution, as DEQARINST0001=did:web:example.org."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write the register there, and take it into no bank.")
    ] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Take a snapshot of a register in, whole or not at all.

    The bank keeps it as a public document under its digest; a correction is a snapshot of another day. From
    then on it is asked before an award is made.
    """
    terminal = Terminal(json_output=json_output)
    if form is Format.DEQAR:
        made = [_deqar(files, name, taken, did or ())]
    elif name is None and taken is None and not did:
        made = [register_in(path) for path in files]
    else:
        raise typer.BadParameter("--id, --taken and --did belong to --format deqar; a register says these itself.")
    if output is not None:
        if len(made) != 1:
            raise typer.BadParameter("--output takes one register.")
        output.write_bytes(_bytes(made[0]) + b"\n")
    else:
        with bank_at(home, own_chain=False) as bank:
            for register in made:
                bank.accrediting.take_in(register)
    if json_output:
        terminal.json({"registers": [_head(register) for register in made]})
        return 0
    for register in made:
        where = "taken in" if output is None else f"written to {output}"
        terminal.line((register.id, "bold"), f" as of {register.taken} is {where}: {len(register.bodies)} bodies.")
        terminal.line(("Digest ", "dim"), digest_text(document_digest(register)), indent=2)
    return 0


@app.command(epilog=example("creditbank register show", "creditbank register show register.yaml --json"))
def show(
    name: Annotated[
        str | None, typer.Argument(metavar="[REGISTER]", help="A file or an id; left out: every register of the bank.")
    ] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show a register with what each body is accredited for and may award."""
    terminal = Terminal(json_output=json_output)
    if name is None:
        with bank_at(home, own_chain=False) as bank:
            held = bank.accrediting.registers()
        if json_output:
            terminal.json({"registers": [_head(register) for register in held]})
            return 0
        terminal.rows(
            [
                [(one.id, "bold"), one.taken, one.publisher, str(len(one.bodies)), digest_text(document_digest(one))]
                for one in held
            ],
            headers=("id", "taken", "publisher", "bodies", "digest"),
        )
        if not held:
            terminal.hint("No register is held here: creditbank register import FILE")
        return 0
    register = _register(name, home)
    if json_output:
        terminal.json({**_head(register), "register": _dump(register)})
        return 0
    terminal.line((register.title, "bold"), f" ({register.id}), {register.publisher}")
    whole = "lists everybody who is accredited" if register.complete else "does not claim to list everybody"
    terminal.line(f"Taken on {register.taken}; it {whole} and says nothing about later days.")
    if register.sample:
        terminal.line("A sample: nobody in it exists.")
    for body in register.bodies:
        _show_body(terminal, body)
    terminal.line()
    terminal.line(("Digest ", "dim"), digest_text(document_digest(register)))
    return 0


@app.command(
    epilog=example(
        "creditbank register check did:web:example.org --on 2026-05-02 --field 0613 --framework in-ncrf --level 4.5",
        "creditbank register check did:web:example.org --qualification ID --version 2026 --register register.yaml",
    )
)
def check(
    body: Annotated[str, typer.Argument(metavar="BODY", help="A DID, the register's own id, or SCHEME:ID.")],
    on: Annotated[
        str | None, typer.Option("--on", help="The day, such as 2026-05-02; else the register's own.")
    ] = None,
    field: Annotated[str, typer.Option("--field", help="A field of ISCED-F 2013, such as 0613.")] = "",
    framework: Annotated[str, typer.Option("--framework", help="The framework of the level.")] = "",
    level: Annotated[str, typer.Option("--level", help="A level of that framework.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="micro-credential, degree …, or an Open Badges type.")] = "",
    programme: Annotated[str, typer.Option("--programme", help="The id of a programme or unit.")] = "",
    qualification: Annotated[
        str | None, typer.Option("--qualification", help="Ask whether the body may award this qualification.")
    ] = None,
    version: Annotated[str, typer.Option("--version", help="In this version.")] = "",
    register: Registers = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Ask whether a body was accredited, or may award, on a day.

    The registers are those named with --register, else those of the bank. Exit code 0: yes. 1: a register
    knows that it is not so. 3: none says so. What is left out of the question is not known, so an
    accreditation that is limited there does not cover it.
    """
    if bool(framework) != bool(level):
        raise typer.BadParameter("--framework and --level stand together: a level means nothing by itself.")
    terminal = Terminal(json_output=json_output)
    day = None if on is None else _day(on, "--on")
    asked = Provision((field,) if field else (), ((framework, level),) if level else (), kind, programme)
    answers: list[tuple[Register, date, Accreditation | Entitlement | Refusal]] = []
    for one in newest(_registers(register or (), home)):
        moment = day or date.fromisoformat(one.taken)
        if qualification is None:
            answers.append((one, moment, one.accreditation_of(body, moment, asked)))
        else:
            answers.append((one, moment, one.may_award(body, qualification, version, moment)))
    found = [answer for _, _, answer in answers]
    if any(not isinstance(answer, Refusal) for answer in found):
        code = YES
    else:
        code = NO if any(isinstance(answer, Refusal) and answer.known for answer in found) else UNKNOWN
    if json_output:
        words = {YES: "yes", NO: "no", UNKNOWN: "not known"}
        terminal.json({"body": body, "answer": words[code], "registers": [_answer(*one) for one in answers]})
        return code
    for one, moment, answer in answers:
        terminal.line((one.label, "bold"), f", asked about {moment}")
        terminal.line(_said(answer), indent=2)
        terminal.line(("Digest ", "dim"), digest_text(document_digest(one)), indent=2)
    return code


@app.command(epilog=example("creditbank register changes old.yaml new.yaml"))
def changes(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The older snapshot: a file, or ID@DAY in the bank.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The newer snapshot: a file, or ID in the bank.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Tell what differs between two snapshots of one register."""
    terminal = Terminal(json_output=json_output)
    before, after = _register(old, home), _register(new, home)
    if before.id == after.id and before.taken > after.taken:
        raise typer.BadParameter(f"the first snapshot is of {before.taken}, after the second, of {after.taken}.")
    found = register_changes(before, after)
    if json_output:
        listed = [{"kind": one.kind, "body": one.body, "sentence": one.sentence} for one in found]
        terminal.json({"old": _head(before), "new": _head(after), "changes": listed})
        return 0
    terminal.line((after.id, "bold"), f" from {before.taken} to {after.taken}: {len(found)} changes.")
    for one in found:
        terminal.line(f"- {one.sentence}", indent=2)
    return 0


def _deqar(files: Sequence[Path], name: str | None, taken: str | None, dids: Sequence[str]) -> Register:
    if name is None or taken is None:
        raise typer.BadParameter("--format deqar needs --id and --taken: DEQAR's answers say neither.")
    pairs: dict[str, tuple[str, ...]] = {}
    for text in dids:
        institution, equals, did = text.partition("=")
        if not (equals and institution and did.startswith("did:")):
            raise typer.BadParameter(f"--did {text!r} is not of the form DEQARINST0001=did:web:example.org.")
        pairs[institution] = (*pairs.get(institution, ()), did)
    return read_deqar([(str(path), _read(path)) for path in files], Head(name, _day(taken, "--taken"), dids=pairs))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{option} {text!r} is no day, such as 2026-05-02.") from None


def _registers(files: Sequence[Path], home: Path | None) -> tuple[Register, ...]:
    if files:
        return tuple(register_in(path) for path in files)
    if is_bank_at(home):
        with bank_at(home, own_chain=False) as bank:
            if held := bank.accrediting.registers():
                return held
    raise NoRegister("There is no register to ask.", next_step="Name one with --register, or take one into the bank.")


def _register(name: str, home: Path | None) -> Register:
    """The register of a file, or of the bank."""
    path = Path(name)
    if path.is_file():
        return register_in(path)
    if path.suffix in (".yaml", ".yml", ".json"):
        raise NoRegister("This file is not there.", place=name, next_step="Check the path.")
    id, _, taken = name.partition("@")
    with bank_at(home, own_chain=False) as bank:
        return bank.accrediting.register(id, taken or None)


def _show_body(terminal: Terminal, body: Body) -> None:
    terminal.line()
    terminal.line((body.names[0], "bold"), f"  {', '.join(sorted(body.ids))}  {body.country}")
    for key in ("parent", "successor"):
        if other := getattr(body, key):
            terminal.line(f"{key}: {other}", indent=2)
    for one in body.accreditations:
        terminal.line(f"{one.id}: {one.decision} by {one.by}, {_period(one)}", indent=2)
        for words in _scope(one):
            terminal.line((words, "dim"), indent=4)
    if body.awards is None:
        terminal.line("Awards: the register does not say.", indent=2)
    for right in body.awards or ():
        version = f" {right.version}" if right.version else ", any version"
        terminal.line(f"May award {right.qualification}{version}, {_period(right)}", indent=2)
    if body.awards == ():
        terminal.line("May award nothing.", indent=2)


def _scope(one: Accreditation) -> list[str]:
    words = [f"programme: {programme.title or programme.id}" for programme in one.programmes]
    words += [f"fields: {', '.join(one.fields)}"] if one.fields else []
    words += [f"levels of {scope.framework}: {', '.join(scope.codes)}" for scope in one.levels]
    words += [f"kinds: {', '.join(one.kinds)}"] if one.kinds else []
    words += [f"condition: {condition}" for condition in one.conditions]
    return words + ([one.note] if one.note else [])


def _period(one: Accreditation | Entitlement) -> str:
    until = f" to {one.valid_until}" if one.valid_until else " on"
    gone = f"; withdrawn since {one.withdrawn.since}: {one.withdrawn.reason}" if one.withdrawn else ""
    return f"from {one.valid_from}{until}{gone}"


def _said(answer: Accreditation | Entitlement | Refusal) -> str:
    if isinstance(answer, Refusal):
        return f"{'No' if answer.known else 'Not known'}. {answer.sentence}"
    if isinstance(answer, Entitlement):
        return f"Yes. It may award {answer.qualification}, {_period(answer)}."
    conditions = f" Conditions: {'; '.join(answer.conditions)}" if answer.conditions else ""
    return f"Yes. {answer.id}, {answer.decision} by {answer.by}, {_period(answer)}.{conditions}"


def _answer(register: Register, on: date, answer: Accreditation | Entitlement | Refusal) -> dict[str, Any]:
    told: dict[str, Any] = {"register": _head(register), "on": on.isoformat(), "sentence": _said(answer)}
    if isinstance(answer, Refusal):
        return {**told, "granted": False, "known": answer.known, "reason": str(answer.reason)}
    return {**told, "granted": True, "found": answer.model_dump(mode="json", exclude_defaults=True)}


def _head(register: Register) -> dict[str, Any]:
    return {
        "id": register.id,
        "taken": register.taken,
        "publisher": register.publisher,
        "sample": register.sample,
        "bodies": len(register.bodies),
        "digest": digest_text(document_digest(register)),
    }


def _dump(register: Register) -> dict[str, Any]:
    dumped: dict[str, Any] = register.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return dumped


def _bytes(register: Register) -> bytes:
    return canonical_json(_dump(register))
