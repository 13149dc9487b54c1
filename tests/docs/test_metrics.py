"""The page of metrics lists exactly what the code measures, and each alarm looks at a metric that there is."""

import re
from datetime import UTC, datetime
from pathlib import Path

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
    assert _measured() | outside == LISTED


def test_each_alarm_looks_at_a_metric_that_there_is() -> None:
    for rule in RULES:
        named = set(re.findall(r"creditbank_\w+", rule["expr"]))
        assert named
        plain = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in named}
        assert plain <= set(LISTED), rule["alert"]
        labels = set(re.findall(r"[{,](\w+)[!=]", rule["expr"]))
        assert labels <= {label for name in plain for label in LISTED[name][1]}, rule["alert"]


def test_each_alarm_says_what_it_means_and_what_to_do() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))
    for rule in RULES:
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in ("page", "ticket")
