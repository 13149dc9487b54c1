"""From bytes to documents: which kind is it, and what is wrong with it, said so that the writer can correct
it.

Every fault of a file is told at once, with file, line and path. Pydantic says what is wrong; this module says
where and in which words.
"""

import json
import types
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from creditbank.canonical import Json, JsonObject
from creditbank.framework.codes import CodeList
from creditbank.framework.coherence import AssessmentTypes, OutcomeVerbs
from creditbank.framework.common import FORMS, Document, Problems
from creditbank.framework.contradictions import Found, framework_contradictions, relation_contradictions
from creditbank.framework.decision import Acceptance
from creditbank.framework.exception import RuleException
from creditbank.framework.faults import Address, DocumentFaults, Fault
from creditbank.framework.framework import ConversionPolicy, CreditSystem, Framework, Recognition, Relation
from creditbank.framework.located import Located, read_json, read_yaml
from creditbank.framework.qualification import Group, Leaf, Qualification
from creditbank.framework.register import Register
from creditbank.framework.reviewing import CoherenceReview
from creditbank.framework.statement import ConversionStatement
from creditbank.framework.template import Template
from creditbank.framework.unit import UnitDocument, unit_problems
from creditbank.framework.wellformed import document_problems

AnyDocument: TypeAlias = (
    Framework
    | CreditSystem
    | ConversionPolicy
    | ConversionStatement
    | Recognition
    | Relation
    | Qualification
    | Acceptance
    | RuleException
    | UnitDocument
    | Template
    | CoherenceReview
    | OutcomeVerbs
    | AssessmentTypes
    | CodeList
    | Register
)

DOCUMENT_KINDS: Final[dict[str, type[AnyDocument]]] = {
    "creditbank/framework/v1": Framework,
    "creditbank/credit-system/v1": CreditSystem,
    "creditbank/conversion/v1": ConversionPolicy,
    "creditbank/conversion-statement/v1": ConversionStatement,
    "creditbank/recognition/v1": Recognition,
    "creditbank/acceptance/v1": Acceptance,
    "creditbank/exception/v1": RuleException,
    "creditbank/relation/v1": Relation,
    "creditbank/qualification/v1": Qualification,
    "creditbank/register/v1": Register,
    "creditbank/unit/v1": UnitDocument,
    "creditbank/template/v1": Template,
    "creditbank/coherence-review/v1": CoherenceReview,
    "creditbank/outcome-verbs/v1": OutcomeVerbs,
    "creditbank/assessment-types/v1": AssessmentTypes,
    "creditbank/code-list/v1": CodeList,
}


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document together with the lines it was read from, so that later findings can name them."""

    document: AnyDocument
    located: Located
    place: str

    def placed(self, fault: Fault) -> Fault:
        """The fault with the file and line of its address."""
        return fault.at(f"{self.place}:{self.located.line_of(fault.address)}")


def load_document(data: bytes, place: str = "") -> AnyDocument:
    """Read one data document, YAML or JSON, of the kind its `document` key names.

    Raises `DocumentFaults` with every fault of the file, or `UnreadableJson` for JSON that is none.
    """
    return read_document(data, place).document


def read_document(data: bytes, place: str = "") -> ReadDocument:
    """Read one data document as `load_document` does, and keep its lines."""
    is_json = place.endswith(".json") or (not place.endswith((".yaml", ".yml")) and data.lstrip()[:1] == b"{")
    located, syntax = read_json(data, place) if is_json else read_yaml(data, place)
    kind, kind_faults = _kind_of(located)
    if kind is None:
        raise DocumentFaults([*syntax, *(_place(fault, located, place) for fault in kind_faults)], place=place)
    document, found = _validated(kind, located)
    known = {fault.address for fault in syntax}
    fresh = [fault for fault in found if not any(fault.address[: len(at)] == at for at in known if at)]
    if syntax or document is None:
        faults = [*syntax, *(_place(fault, located, place) for fault in fresh)]
        raise DocumentFaults(sorted(faults, key=_reading_order), place=place)
    return ReadDocument(document, located, place)


def _place(fault: Fault, located: Located, place: str) -> Fault:
    line = located.line_of(fault.address)
    return fault.at(f"{place}:{line}" if place else f"line {line}")


def _reading_order(fault: Fault) -> int:
    tail = fault.place.replace("line ", ":").rpartition(":")[2]
    return int(tail) if tail.isdigit() else 0


def _kind_of(located: Located) -> tuple[type[AnyDocument] | None, list[Fault]]:
    allowed = ", ".join(DOCUMENT_KINDS)
    if located.members is None:
        sentence = f"A document is a list of keys with values, and starts with `document:`, one of {allowed}."
        return None, [Fault("not-a-document", (), sentence)]
    if "document" not in located.members:
        sentence = "The key `document` is missing, so it cannot be told what this is."
        return None, [Fault("missing-key", (), sentence, f"Start with `document:` and one of {allowed}.")]
    name = located.members["document"].value
    kind = DOCUMENT_KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        sentence = f"{name!r} is not a kind of document known here; known are: {allowed}."
        return None, [Fault("unknown-document", ("document",), sentence)]
    return kind, []


def _validated(kind: type[AnyDocument], located: Located) -> tuple[AnyDocument | None, list[Fault]]:
    plain = located.plain()
    try:
        # through JSON in strict manner, so that "3" is never taken for 3 and a list still becomes a tuple
        return kind.model_validate_json(json.dumps(plain), strict=True), []
    except ValidationError as cause:
        errors = [error for error in cause.errors(include_url=False) if not _counted_short(error)]
    faults: list[Fault] = []
    for error in errors:
        faults.extend(_faults_of(kind, located, error))
    if kind is Qualification and isinstance(plain, dict):
        faults.extend(_tree_faults(plain, {fault.address for fault in faults}))
    if kind in _CONTRADICTIONS and isinstance(plain, dict):
        known = {fault.address for fault in faults}
        found = (one for one in _CONTRADICTIONS[kind](plain) if one[0] not in known)
        faults.extend(Fault("inconsistent", at, f"{_start(said)}.") for at, said in found)
    if kind is UnitDocument:
        faults.extend(_unit_faults(plain, {fault.address for fault in faults}))
    return None, faults


_CONTRADICTIONS: Final[dict[type[AnyDocument], Callable[[JsonObject], Found]]] = {
    Framework: framework_contradictions,
    Relation: relation_contradictions,
}


def _counted_short(error: ErrorDetails) -> bool:
    """Pydantic counts only the sound items of a list, and calls a list with a faulty one too short."""
    if error["type"] != "too_short" or not isinstance(error["input"], list):
        return False
    return len(error["input"]) >= int(error.get("ctx", {}).get("min_length", 0))


def _unit_faults(plain: Json, known: set[Address]) -> list[Fault]:
    return [Fault("inconsistent", at, f"{_start(said)}.") for at, said in unit_problems(plain) if at not in known]


def _tree_faults(plain: JsonObject, known: set[Address]) -> list[Fault]:
    found = document_problems(plain)
    return [Fault("inconsistent", at, f"{_start(said)}.") for at, said in found if at not in known]


def _faults_of(kind: type[Document], located: Located, error: ErrorDetails) -> list[Fault]:
    address = _address_in(located, error)
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, Problems):
        return [Fault("inconsistent", (*address, *inner), f"{_start(said)}.") for inner, said in cause.found]
    if isinstance(cause, ValueError):
        return [Fault("inconsistent", address, f"{_start(str(cause))}.")]
    worded = _SENTENCES.get(error["type"], _otherwise)(kind, error)
    return [Fault(worded[0], address, worded[1], worded[2])]


def _start(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _address_in(located: Located, error: ErrorDetails) -> Address:
    """Pydantic's location without the names of union branches, which stand in no file."""
    here: Located | None = located
    address: list[str | int] = []
    loc, kind = error["loc"], error["type"]
    for position, part in enumerate(loc):
        if here is not None and here.members is not None:
            if part in here.members:
                here = here.members[str(part)]
            elif position + 1 < len(loc) or kind != "missing":
                continue  # the name of a branch
            else:
                here = None
        elif here is not None and here.items is not None and isinstance(part, int) and part < len(here.items):
            here = here.items[part]
        address.append(part)
    if kind == "union_tag_invalid":
        address.append("kind")
    return tuple(address)


def _models_at(annotation: Any, loc: tuple[str | int, ...]) -> list[type[Document]]:
    """The models that may stand at a location, found by following the annotations."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _models_at(get_args(annotation)[0], loc)
    if origin in (Union, types.UnionType):
        options = [option for option in get_args(annotation) if option is not type(None)]
        if loc and len(options) > 1:
            options, loc = [option for option in options if loc[0] in _tags(option)], loc[1:]
        return [model for option in options for model in _models_at(option, loc)]
    if origin is tuple or origin is dict:
        inner = get_args(annotation)[0 if origin is tuple else 1]
        return _models_at(inner, loc[1:]) if loc else []
    if not (isinstance(annotation, type) and issubclass(annotation, Document)):
        return []
    if not loc:
        return [annotation]
    hints = get_type_hints(annotation, include_extras=True)
    return _models_at(hints[str(loc[0])], loc[1:]) if loc[0] in annotation.model_fields else []


def _tags(model: Any) -> tuple[Any, ...]:
    fields = getattr(model, "model_fields", {})
    return get_args(fields["kind"].annotation) if "kind" in fields else ()


Worded: TypeAlias = tuple[str, str, str]


def _missing(kind: type[Document], error: ErrorDetails) -> Worded:
    if isinstance(error["loc"][-1], int):
        return "missing-item", f"Item {error['loc'][-1] + 1} of this list is missing.", "Add it."
    return "missing-key", f"The key `{error['loc'][-1]}` is missing.", "Add it."


def _unknown_key(kind: type[Document], error: ErrorDetails) -> Worded:
    found = str(error["loc"][-1])
    models = _models_at(kind, error["loc"][:-1])
    allowed = sorted({name for model in models for name in model.model_fields})
    near = get_close_matches(found, allowed, n=1)
    hint = f"Did you mean `{near[0]}`?" if near else "Remove it, or use an allowed key."
    return "unknown-key", f"The key `{found}` is not known here; allowed are: {', '.join(allowed)}.", hint


def _unknown_word(kind: type[Document], error: ErrorDetails) -> Worded:
    context = error.get("ctx", {})
    allowed = str(context.get("expected_tags") or context.get("expected", "")).replace("'", "")
    found = context.get("tag", error["input"])
    return "unknown-word", f"{_shown(found)} is not known here; allowed are: {allowed}.", "Use one of these."


def _no_kind(kind: type[Document], error: ErrorDetails) -> Worded:
    allowed = ", ".join(tag for model in (Group, *get_args(Leaf)) for tag in _tags(model))
    return (
        "missing-key",
        f"The key `kind` is missing; allowed are: {allowed}.",
        "Say what kind of node this is.",
    )


def _not_text(kind: type[Document], error: ErrorDetails) -> Worded:
    found = error["input"]
    if isinstance(found, int) and not isinstance(found, bool):
        sentence = f"{found} without quotes is a number; text is expected here."
        return "number-for-text", sentence, f'Put it in quotes: "{found}".'
    return "wrong-type", f"Text is expected here, not {_shown(found)}.", ""


def _not_a_list(kind: type[Document], error: ErrorDetails) -> Worded:
    return (
        "wrong-type",
        f"A list is expected here, not {_shown(error['input'])}.",
        "Write [one, two], or a line per item.",
    )


def _not_keys(kind: type[Document], error: ErrorDetails) -> Worded:
    return "wrong-type", f"Keys with values are expected here, not {_shown(error['input'])}.", ""


def _wrong_form(kind: type[Document], error: ErrorDetails) -> Worded:
    pattern = str(error.get("ctx", {}).get("pattern", ""))
    wanted = FORMS.get(pattern, f"text of the form {pattern}")
    return "wrong-form", f"{_shown(error['input'])} is not {wanted}.", ""


def _wrong_length(kind: type[Document], error: ErrorDetails) -> Worded:
    context = error.get("ctx", {})
    least, most = context.get("min_length"), context.get("max_length")
    bound = f"at least {least}" if error["type"].endswith("short") else f"at most {most}"
    if error["type"].startswith("string"):
        many = "character" if bound in ("at least 1", "at most 1") else "characters"
        return "wrong-length", f"A text of {bound} {many} is expected here, not {_shown(error['input'])}.", ""
    many = "item" if bound in ("at least 1", "at most 1") else "items"
    return "wrong-length", f"A list of {bound} {many} is expected here, not of {context.get('actual_length')}.", ""


def _out_of_range(kind: type[Document], error: ErrorDetails) -> Worded:
    context = error.get("ctx", {})
    bound = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
    return "wrong-value", f"A whole number, {bound}, is expected here, not {_shown(error['input'])}.", ""


def _not_whole(kind: type[Document], error: ErrorDetails) -> Worded:
    found = error["input"]
    digits = isinstance(found, str) and found.isascii() and found.isdigit()
    return (
        "wrong-type",
        f"A whole number without quotes is expected here, not {_shown(found)}.",
        f"Write {found} without quotes." if digits else "",
    )


def _not_yes_or_no(kind: type[Document], error: ErrorDetails) -> Worded:
    return "wrong-type", f"`true` or `false` is expected here, not {_shown(error['input'])}.", ""


def _otherwise(kind: type[Document], error: ErrorDetails) -> Worded:
    return "wrong-value", f"{_shown(error['input'])} is refused here: {error['msg']}.", ""


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, list | tuple):
        return "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


_SENTENCES: Final = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "literal_error": _unknown_word,
    "union_tag_invalid": _unknown_word,
    "union_tag_not_found": _no_kind,
    "string_type": _not_text,
    "tuple_type": _not_a_list,
    "list_type": _not_a_list,
    "dict_type": _not_keys,
    "model_type": _not_keys,
    "model_attributes_type": _not_keys,
    "string_pattern_mismatch": _wrong_form,
    "too_short": _wrong_length,
    "too_long": _wrong_length,
    "string_too_short": _wrong_length,
    "string_too_long": _wrong_length,
    "greater_than_equal": _out_of_range,
    "less_than_equal": _out_of_range,
    "int_type": _not_whole,
    "bool_type": _not_yes_or_no,
}
