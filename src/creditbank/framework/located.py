"""Strict YAML and JSON, read into values that remember their lines.

Of YAML only what every reader reads alike is taken: block and flow collections, text, whole numbers, `true`,
`false` and `null`. Anchors, aliases, tags, merge keys and second documents are refused (they make bombs,
cycles and surprises), and so is every bare word that YAML readers disagree about: `2.5`, `no`, `017`,
`12:30`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from creditbank.canonical import MAX_BYTES, MAX_DEPTH, MAX_INTEGER, Json, load_json
from creditbank.framework.faults import MOST_TOLD, Address, DocumentFaults, Fault

MAX_VALUES: Final = 50_000


@dataclass(slots=True)
class Located:
    """A value of a document and the line it starts on; `keys` holds the lines of an object's keys."""

    line: int
    value: Json = None
    members: "dict[str, Located] | None" = None
    items: "list[Located] | None" = None
    keys: dict[str, int] = field(default_factory=dict)

    def plain(self) -> Json:
        """The value without lines."""
        if self.members is not None:
            return {key: member.plain() for key, member in self.members.items()}
        if self.items is not None:
            return [item.plain() for item in self.items]
        return self.value

    def line_of(self, address: Address) -> int:
        """The line of the value at `address`, or of the nearest one around it; a key's own line where it has
        one.
        """
        here, line = self, self.line
        for part in address:
            if here.members is not None and part in here.members:
                line, here = here.keys[str(part)], here.members[str(part)]
            elif here.items is not None and isinstance(part, int) and part < len(here.items):
                here = here.items[part]
                line = here.line
            else:
                break
        return line


_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|nan)", re.ASCII | re.I)
_DISPUTED: Final = re.compile(
    r"yes|no|on|off|true|false|null|~|<<|=|[-+]?0[0-9_]+|[-+]?0[xob][0-9a-f_]+|[-+]?[0-9][0-9_]*_[0-9_.]*"
    r"|\+[0-9]+|[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?",
    re.ASCII | re.I,
)
_UNSEEN: Final = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]")
_UNSEEN_SENTENCE: Final = "The text holds a character that cannot be seen and may change how it is read."
_WORDS: Final[dict[str, Json]] = {"true": True, "false": False, "null": None}


class _StopReading(Exception):
    """Nothing sensible can be read beyond this point; the faults found so far are kept."""


class _YamlReader:
    """Builds located values from the parser's events, noting every fault it can pass over."""

    def __init__(self, text: str, place: str) -> None:
        self.place = place
        self.faults: list[Fault] = []
        self.values = 0
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.events: Iterator[Any] = yaml.parse(text, Loader=loader)

    def fault(self, slug: str, mark: Any, at: Address, sentence: str, next_step: str = "") -> None:
        place = f"{self.place}:{mark.line + 1}" if self.place else f"line {mark.line + 1}"
        self.faults.append(Fault(slug, at, sentence, next_step, place))
        if len(self.faults) > MOST_TOLD:
            raise _StopReading

    def stop(self, slug: str, mark: Any, at: Address, sentence: str, next_step: str = "") -> None:
        self.fault(slug, mark, at, sentence, next_step)
        raise _StopReading

    def document(self) -> Located | None:
        next(self.events)  # the start of the stream
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            self.stop("empty-document", start.start_mark, (), "The file says nothing.")
        if start.tags:
            self.fault("yaml-tag", start.start_mark, (), "A %TAG directive stands here; documents need none.")
        root = self.node(next(self.events), ())
        next(self.events)  # the end of the document
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            self.stop("second-document", after.start_mark, (), "A second document starts here; a file holds one.")
        return root

    def node(self, event: Any, at: Address) -> Located:
        line: int = event.start_mark.line + 1
        self.values += 1
        if self.values > MAX_VALUES:
            self.stop("too-many-values", event.start_mark, at, f"The file holds more than {MAX_VALUES} values.")
        if isinstance(event, yaml.AliasEvent):
            self.fault(
                "yaml-alias",
                event.start_mark,
                at,
                f"`*{event.anchor}` repeats another place of the file.",
                "Write the value out.",
            )
            return Located(line)
        self.no_decoration(event, at)
        if isinstance(event, yaml.ScalarEvent):
            return Located(line, self.scalar(event, at))
        if len(at) >= MAX_DEPTH:
            self.stop("too-deep", event.start_mark, at[:3], f"The file is nested deeper than {MAX_DEPTH} levels.")
        return self.sequence(event, at) if isinstance(event, yaml.SequenceStartEvent) else self.mapping(event, at)

    def no_decoration(self, event: Any, at: Address) -> None:
        if event.anchor is not None:
            self.fault(
                "yaml-anchor",
                event.start_mark,
                at,
                f"`&{event.anchor}` names this place for reuse.",
                "Remove the anchor and write repeated values out.",
            )
        if event.tag is not None:
            self.fault(
                "yaml-tag",
                event.start_mark,
                at,
                f"The tag {event.tag!r} asks for a type of its own.",
                "Remove the tag.",
            )

    def sequence(self, start: Any, at: Address) -> Located:
        items: list[Located] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, (*at, len(items))))
        return Located(start.start_mark.line + 1, items=items)

    def mapping(self, start: Any, at: Address) -> Located:
        found = Located(start.start_mark.line + 1, members={})
        assert found.members is not None
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(event, at)
            member = self.node(next(self.events), (*at, key))
            if key in found.members:
                self.fault(
                    "duplicate-key",
                    event.start_mark,
                    (*at, key),
                    f"The key {key!r} stands here a second time; the first is on line {found.keys[key]}.",
                    "Keep one of the two.",
                )
                continue
            found.keys[key] = event.start_mark.line + 1
            found.members[key] = member
        return found

    def key(self, event: Any, at: Address) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self.stop("key-is-not-text", event.start_mark, at, "A key must be plain text.")
        self.no_decoration(event, at)
        if event.value == "<<" and not event.style:
            self.fault("yaml-merge", event.start_mark, at, "`<<` merges another mapping.", "Write the keys out.")
            return str(event.value)
        value = self.scalar(event, (*at, str(event.value)))
        if not isinstance(value, str):
            self.fault(
                "key-is-not-text",
                event.start_mark,
                (*at, str(event.value)),
                f"The key {event.value} is not text.",
                f'Write "{event.value}".',
            )
        return str(event.value)

    def scalar(self, event: Any, at: Address) -> Json:
        text = str(event.value)
        if _UNSEEN.search(text):
            self.fault("unseen-character", event.start_mark, at, _UNSEEN_SENTENCE, "Remove it.")
        if event.style:  # quoted, or a block of text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _WHOLE.fullmatch(text):
            if len(text) <= 17 and abs(int(text)) <= MAX_INTEGER:
                return int(text)
            hint = "Write a smaller one, or quote it where it is a text."
            self.fault("number-too-large", event.start_mark, at, f"The number {text[:24]} is too large.", hint)
            return text
        if not text:
            self.fault(
                "no-value",
                event.start_mark,
                at,
                "The value is missing.",
                'Give one, remove the key, or write "" or null.',
            )
        elif _DISPUTED.fullmatch(text):
            self.fault(
                "disputed-word",
                event.start_mark,
                at,
                f"YAML readers disagree about {text} without quotes.",
                f'Write "{text}" if it is text; else true, false, null or a plain whole number.',
            )
        elif _FLOAT.fullmatch(text):
            self.fault(
                "float",
                event.start_mark,
                at,
                f"{text} without quotes is a floating-point number, and amounts must be exact.",
                f'Put it in quotes: "{text}".',
            )
        return text


def _decoded(data: bytes, place: str) -> str:
    if len(data) > MAX_BYTES:
        fault = Fault("too-large", (), f"The file has {len(data)} bytes; at most {MAX_BYTES} are read.", place=place)
        raise DocumentFaults([fault])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as cause:
        line = data[: cause.start].count(b"\n") + 1
        fault = Fault(
            "not-utf-8", (), f"Byte {cause.start} is not UTF-8.", "Save the file as UTF-8.", f"{place}:{line}"
        )
        raise DocumentFaults([fault]) from None
    if text.startswith("\ufeff"):
        fault = Fault(
            "byte-order-mark", (), "The file starts with a byte order mark.", "Save it as plain UTF-8.", place
        )
        raise DocumentFaults([fault])
    return text


def read_yaml(data: bytes, place: str = "") -> tuple[Located, tuple[Fault, ...]]:
    """Read one YAML document of at most 1 MiB into located values, with the faults that could be passed over.

    A fault that ends the reading (it is not YAML, too large, too deep, a second document) raises
    `DocumentFaults` with everything found so far. A value with a fault is kept as the text it was written as.
    """
    reader = None
    try:
        reader = _YamlReader(_decoded(data, place), place)
        root = reader.document()
    except _StopReading:
        assert reader is not None
        raise DocumentFaults(reader.faults, place=place) from None
    except yaml.YAMLError as cause:
        before = reader.faults if reader else []
        raise DocumentFaults([*before, _not_yaml(cause, place)], place=place) from None
    assert root is not None
    return root, tuple(reader.faults)


def _not_yaml(cause: yaml.YAMLError, place: str) -> Fault:
    mark = getattr(cause, "problem_mark", None)
    problem = getattr(cause, "problem", None) or getattr(cause, "reason", None) or "it cannot be parsed"
    where = f"{place}:{mark.line + 1}" if mark else place
    return Fault("not-yaml", (), f"This is not YAML: {problem}.", "Check indentation, colons and quotes.", where)


_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+|\n', re.DOTALL)


def read_json(data: bytes, place: str = "") -> tuple[Located, tuple[Fault, ...]]:
    """Read one JSON document of at most 1 MiB into located values; raise what `load_json` raises.

    Floating-point numbers are noted as faults, as in YAML.
    """
    text = _decoded(data, place)
    value = load_json(data, place=place)
    lines = _json_lines(text)
    faults: list[Fault] = []
    root = _locate_json(value, lines, (), faults, place)
    return root, tuple(faults)


def _json_lines(text: str) -> Iterator[int]:
    """The line of every key and every value of a JSON text, in the order they are written."""
    line = 1
    for found in _TOKEN.finditer(text):
        written = found[0]
        if written == "\n":
            line += 1
        elif written not in "]}:,":
            yield line
        # a JSON string cannot hold a raw line feed, so every other line feed is a token of its own


def _locate_json(value: Json, lines: Iterator[int], at: Address, faults: list[Fault], place: str) -> Located:
    found = Located(next(lines))
    if isinstance(value, dict):
        found.members = {}
        for key, member in value.items():
            found.keys[key] = next(lines)
            found.members[key] = _locate_json(member, lines, (*at, key), faults, place)
    elif isinstance(value, list):
        found.items = [_locate_json(item, lines, (*at, index), faults, place) for index, item in enumerate(value)]
    elif isinstance(value, float):
        found.value = str(value)
        sentence = f"{value} is a floating-point number, and amounts must be exact."
        faults.append(Fault("float", at, sentence, f'Put it in quotes: "{value}".', f"{place}:{found.line}"))
    else:
        found.value = value
        if isinstance(value, str) and _UNSEEN.search(value):
            place = f"{place}:{found.line}"
            faults.append(Fault("unseen-character", at, _UNSEEN_SENTENCE, "Remove it.", place))
    return found
