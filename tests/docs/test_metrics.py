"""The page of metrics lists exactly what the code measures, and each alarm looks at a metric that there is."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from prometheus_client.metrics_core import Metric

from creditbank.services.watching_records import Checkup, Figures
from creditbank_api.metrics import Metrics, shown

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `(creditbank_\w+)` \| (\w+) \|([^|]*)\|", re.MULTILINE)
LISTED = {
    name: (kind, tuple(re.findall(r"\w+", labels)))
    for name, kind, labels in ROW.findall((ROOT / "docs" / "metrics.md").read_text())
}
RULES = yaml.safe_load((ROOT / "deploy" / "alarms.yaml").read_text())["groups"][0]["rules"]
NOW = datetime(2026, 11, 28, tzinfo=UTC)
FIGURES = Figures(
    0,
    NOW,
    {"sealed": 1},
    0,
    None,
    {"queued": 0},
    None,
    {"all": 0},
    None,
    0,
    0,
    0,
    0,
    0,
    None,
    (Checkup("backup", NOW, True, ""),),
)


def _measured() -> dict[str, tuple[str, tuple[str, ...]]]:
    metrics = Metrics()
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for collector, names in metrics.registry._collector_to_names.items():
        labels = tuple(getattr(collector, "_labelnames", ()))
        found[min(names, key=len)] = (str(getattr(collector, "_type", "")), labels)
    gauges: list[Metric] = list(shown(FIGURES, NOW))
    for one in gauges:
        found[one.name] = ("gauge", tuple(one.samples[0].labels) if one.samples else ())
    return found


def test_the_page_lists_what_is_measured() -> None:
    outside = {"creditbank_build": ("gauge", ("version",)), "creditbank_up": ("gauge", ())}
    outside |= {"creditbank_chain_up": ("gauge", ()), "creditbank_signing_cap_use": ("gauge", ("purpose",))}
    outside |= {
        f"creditbank_{name}": ("gauge", ()) for name in ("sender_balance_wei", "sender_anchors_left", "gas_price_wei")
    }
    assert _measured() | outside == LISTED


def test_each_alarm_looks_at_a_metric_that_there_is() -> None:
    for rule in RULES:
        named = set(re.findall(r"creditbank_\w+", rule["expr"]))
        assert named
        plain = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in named}
        assert plain <= set(LISTED), rule["alert"]
        labels = set(re.findall(r"[{,](\w+)[!=]", rule["expr"]))
        assert labels <= {label for name in plain for label in LISTED[name][1]}, rule["alert"]


TOKEN = re.compile(
    r"""\s*(?:(?P<duration>\d+(?:ms|[smhdwy]))|(?P<number>\d+(?:\.\d+)?)|(?P<word>[a-zA-Z_:][\w:]*)|(?P<text>"[^"]*")"""
    r"""|(?P<sign>=~|!~|==|!=|>=|<=|[-+*/<>=(){}\[\],]))"""
)
AGGREGATIONS = {"sum", "min", "max", "avg", "count"}
FUNCTIONS = {"rate": 1, "increase": 1, "delta": 1, "absent": 1, "histogram_quantile": 2}
WORDS = {"by", "without", "or", "and", "unless"}


class Query:
    """Reads as much of PromQL as the alarms use, and refuses everything else; each value has its kind."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        at = 0
        while at < len(text):
            found = TOKEN.match(text, at)
            assert found is not None, f"{text[at:]!r} is no PromQL"
            self.tokens.append(found[0].strip())
            at = found.end()

    def whole(self) -> str:
        kind = self.either()
        assert not self.tokens, f"{self.tokens} is left over"
        return kind

    def either(self) -> str:
        kind = self.compared()
        while self.tokens[:1] in (["or"], ["and"], ["unless"]):
            self.tokens.pop(0)
            assert (kind, self.compared()) == ("vector", "vector")
        return kind

    def compared(self) -> str:
        kind = self.one()
        while self.tokens[:1] and self.tokens[0] in ("==", "!=", ">", "<", ">=", "<=", "+", "-", "*", "/"):
            self.tokens.pop(0)
            kinds = {kind, self.one()}
            assert kinds <= {"vector", "scalar"}
            kind = "vector" if "vector" in kinds else "scalar"
        return kind

    def one(self) -> str:
        token = self.tokens.pop(0)
        if re.fullmatch(r"\d+(\.\d+)?", token):
            return "scalar"
        if token == "(":
            kind = self.either()
            self.take(")")
            return kind
        if token in AGGREGATIONS:
            self.grouping()
            self.take("(")
            assert self.either() == "vector"
            self.take(")")
            self.grouping()
            return "vector"
        if token in FUNCTIONS:
            return self.called(token)
        assert re.fullmatch("creditbank_[a-z_]+", token), f"{token!r} is neither a metric nor a function"
        return self.selected()

    def called(self, function: str) -> str:
        self.take("(")
        kinds = [self.either()]
        while self.tokens[:1] == [","]:
            self.tokens.pop(0)
            kinds.append(self.either())
        self.take(")")
        wanted = {"absent": ["vector"], "histogram_quantile": ["scalar", "vector"]}.get(function, ["range"])
        assert kinds == wanted, f"{function} takes {wanted}, not {kinds}"
        return "vector"

    def grouping(self) -> None:
        if self.tokens[:1] in (["by"], ["without"]):
            self.tokens.pop(0)
            self.take("(")
            while self.tokens[0] != ")":
                assert re.fullmatch("[a-z_]+", self.tokens.pop(0))
                assert self.tokens[0] in (")", ",")
                if self.tokens[0] == ",":
                    self.tokens.pop(0)
            self.take(")")

    def selected(self) -> str:
        if self.tokens[:1] == ["{"]:
            self.tokens.pop(0)
            while self.tokens[0] != "}":
                assert re.fullmatch("[a-z_]+", self.tokens.pop(0))
                assert self.tokens.pop(0) in ("=", "!=", "=~", "!~")
                text = self.tokens.pop(0)
                assert text.startswith('"')
                re.compile(text.strip('"'))
                if self.tokens[0] == ",":
                    self.tokens.pop(0)
            self.take("}")
        if self.tokens[:1] == ["["]:
            self.tokens.pop(0)
            assert re.fullmatch(r"\d+(ms|[smhdwy])", self.tokens.pop(0))
            self.take("]")
            return "range"
        return "vector"

    def take(self, sign: str) -> None:
        assert self.tokens[:1] == [sign], f"{sign!r} belongs before {self.tokens}"
        self.tokens.pop(0)


def test_each_expression_can_be_read_and_gives_a_vector() -> None:
    for rule in RULES:
        assert Query(rule["expr"]).whole() == "vector", rule["alert"]
        assert re.fullmatch(r"\d+[smhd]", rule.get("for", "0s")), rule["alert"]


@pytest.mark.parametrize(
    "wrong",
    [
        "max(creditbank_up",
        "max(creditbank_up) >",
        "rate(creditbank_requests_total)",
        "rate(max(creditbank_up))",
        "max(creditbank_requests_total[5m])",
        "maximum(creditbank_up) > 1",
        "max(creditbank_up) > 1 1",
        "max(creditbank_up{check=ledger})",
        "histogram_quantile(creditbank_up)",
        "max by scope (creditbank_up)",
        "max(other_metric) > 1",
        "1 or max(creditbank_up)",
    ],
)
def test_what_is_no_expression_is_refused(wrong: str) -> None:
    """A check that cannot fail is none."""
    with pytest.raises((AssertionError, IndexError)):
        Query(wrong).whole()


def test_each_alarm_says_what_it_means_and_what_to_do() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))
    for rule in RULES:
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in ("page", "ticket")
