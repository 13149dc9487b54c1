"""Reading a page the way an auditor does: a small tree of what is there, and a list of what is wrong with it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(("br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "circle", "path", "rect"))


@dataclass
class Element:
    """One element with its attributes, its children and its text."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        """This element and all beneath it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all(self, tag: str, **attributes: str) -> list["Element"]:
        """Every element of this name with these attributes (underscores stand for dashes; `class_` finds one class)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [each for each in self.walk() if tag in (each.tag, "*") and each.has(wanted)]

    def has(self, wanted: dict[str, str]) -> bool:
        """Whether the attributes are there."""
        return all(
            value in self.attributes.get("class", "").split() if name == "class" else self.attributes.get(name) == value
            for name, value in wanted.items()
        )

    @property
    def text(self) -> str:
        """All text in it, single-spaced."""
        return " ".join(" ".join(piece for each in self.walk() for piece in each.pieces).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.open[-1])
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}, self.open[-1]))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1].tag == tag, f"<{self.open[-1].tag}> is closed by </{tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].pieces.append(data)


def read_page(text: str) -> Element:
    """Read a page; fails where elements are not closed in order."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == [reader.root], f"never closed: {[each.tag for each in reader.open]}"
    return reader.root


def faults_of(page: Element) -> list[str]:
    """What an auditor would write down: structure, names, headers of tables, labels, inline code."""
    return [*_structure(page), *_names(page), *_tables(page), *_inline(page)]


def _structure(page: Element) -> Iterator[str]:
    if len(page.all("h1")) != 1:
        yield f"{len(page.all('h1'))} h1"
    level = 0
    for heading in [each for each in page.walk() if each.tag in ("h1", "h2", "h3", "h4")]:
        rank = int(heading.tag[1])
        if rank > level + 1:
            yield f"<{heading.tag}> {heading.text!r} skips a level"
        level = rank
    for tag in ("main", "header", "footer", "title"):
        if not page.all(tag):
            yield f"no <{tag}>"
    if not page.all("html", lang="en"):
        yield "no language"
    ids = Counter(each.attributes["id"] for each in page.walk() if "id" in each.attributes)
    yield from (f"the id {id} stands {count} times" for id, count in ids.items() if count > 1)
    for each in page.walk():
        for name in ("aria-labelledby", "aria-describedby", "for"):
            yield from (
                f"{name} of <{each.tag}> leads nowhere: {id}"
                for id in each.attributes.get(name, "").split()
                if id not in ids
            )


def _names(page: Element) -> Iterator[str]:
    labelled = {label.attributes.get("for") for label in page.all("label")}
    for each in page.walk():
        field = each.tag in ("input", "textarea", "select") and each.attributes.get("type") != "hidden"
        if field and each.attributes.get("id") not in labelled:
            yield f"a field without a label: {each.attributes}"
        if each.tag in ("a", "button", "summary") and not each.text:
            yield f"an empty <{each.tag}>"
        titled = each.attributes.get("role") == "img" and any(child.tag == "title" for child in each.children)
        if each.tag == "svg" and each.attributes.get("aria-hidden") != "true" and not titled:
            yield "a drawing without a title"


def _tables(page: Element) -> Iterator[str]:
    for table in page.all("table"):
        headers = table.all("th")
        if not headers:
            yield f"a table without headers: {table.text[:60]!r}"
        yield from (f"a header without a scope: {each.text!r}" for each in headers if "scope" not in each.attributes)


def _inline(page: Element) -> Iterator[str]:
    for each in page.walk():
        if each.tag == "style" or "style" in each.attributes:
            yield f"inline style at <{each.tag}>"
        if each.tag == "script" and "src" not in each.attributes:
            yield "inline script"
        yield from (f"{name} at <{each.tag}>" for name in each.attributes if name.startswith("on"))
        for name in ("src", "href", "action"):
            target = each.attributes.get(name, "/")
            if not target.startswith(("/", "#")) or target.startswith("//"):
                yield f"{name} leads away: {target}"
