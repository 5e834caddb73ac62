"""Alarms, figures and runbooks agree: no alarm without a page, none on a figure that nobody tells."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from django.conf import settings

from scrm.api.measuring import HISTOGRAMS
from scrm.api.scrape import FAULTS
from scrm.core.metrics import METRICS
from scrm.events.jobs.nightly import NIGHTLY
from scrm.events.metrics import processes
from tests.rules.tree import ROOT

ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))[
        "groups"
    ]
    for rule in group["rules"]
]
RUNBOOKS = ROOT / "docs" / "runbooks"
INDEX = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
# Pages for work that nobody is woken for.
_QUIET = {
    "README",
    "start-refused",
    "key-rotation",
    "restore",
    "tenant-leaves",
    "maintenance",
}


def names_told() -> set[str]:
    """Every name a scrape can give."""
    parts = {f"{name}{end}" for name in HISTOGRAMS for end in ("_bucket", "_sum", "_count")}
    return {*METRICS, FAULTS, *parts}


def unknown_names(expression: str) -> list[str]:
    return sorted(set(re.findall(r"\bscrm_[a-z_]+", expression)) - names_told())


def unknown_labels(expression: str) -> list[str]:
    """Labels of a selector that its figure does not have, and values that cannot occur."""
    values = {
        "queue": set(settings.WORKER_QUEUES),
        "step": set(NIGHTLY),
        "process": set(processes()),
        "kind": {"api", "console", "callback", "other", "api|console"},
    }
    faults = []
    for name, selector in re.findall(r"\b(scrm_[a-z_]+)\{([^}]*)\}", expression):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        labels = METRICS[name].labels if name in METRICS else HISTOGRAMS[base][1]
        for label, value in re.findall(r'(\w+)[!=~]+"([^"]*)"', selector):
            if label not in labels or value not in values.get(label, {value}):
                faults.append(f"{name}{{{label}={value}}}")
    return faults


def lost_labels(rule: dict[str, Any]) -> list[str]:
    """Labels that a rule keeps although no figure of its has them, or says although it does not keep them."""
    names = re.findall(r"\bscrm_[a-z_]+", rule["expr"])
    bases = [re.sub(r"_(bucket|sum|count)$", "", name) for name in names]
    had = {label for name in names if name in METRICS for label in METRICS[name].labels}
    had |= {label for base in bases if base in HISTOGRAMS for label in HISTOGRAMS[base][1]}
    had |= {"le"} if any(name.endswith("_bucket") for name in names) else set()
    had |= {"reader"} if FAULTS in names else set()
    kept = {
        label.strip()
        for inside in re.findall(r"\bby \(([^)]*)\)", rule["expr"])
        for label in inside.split(",")
    }
    said = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    return sorted((kept - had) | (said - kept))


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alarm_has_a_page_and_known_figures(rule: dict[str, Any]) -> None:
    page = ROOT / rule["annotations"]["runbook"]
    assert page.parent == RUNBOOKS
    assert page.exists()
    assert f"({page.name})" in INDEX
    assert rule["annotations"]["summary"]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert re.fullmatch(r"\d+m", rule["for"])
    assert unknown_names(rule["expr"]) == []
    assert unknown_labels(rule["expr"]) == []
    assert lost_labels(rule) == []
    assert rule["expr"].count("(") == rule["expr"].count(")")


def test_an_unknown_figure_or_label_is_found() -> None:
    """The control."""
    assert unknown_names("max(scrm_no_such_thing) > 1") == ["scrm_no_such_thing"]
    assert unknown_labels('scrm_queue_rows{tenant="1"} > 1') == ["scrm_queue_rows{tenant=1}"]
    assert unknown_labels('scrm_queue_rows{queue="nobody"} > 1') == [
        "scrm_queue_rows{queue=nobody}"
    ]
    by = {"expr": "max by (step) (scrm_queue_rows)", "annotations": {"summary": ""}}
    assert lost_labels(by) == ["step"]
    said = {"expr": "max(scrm_queue_rows)", "annotations": {"summary": "{{ $labels.queue }}"}}
    assert lost_labels(said) == ["queue"]


def test_alarms_have_names_of_their_own() -> None:
    names = [rule["alert"] for rule in ALERTS]
    assert len(names) == len(set(names))


def test_every_page_is_rung_for_or_meant_to_be_quiet() -> None:
    rung = {
        rule["annotations"]["runbook"].rpartition("/")[2].removesuffix(".md") for rule in ALERTS
    }
    pages = {path.stem for path in RUNBOOKS.glob("*.md")}
    assert pages - rung == _QUIET


def test_every_page_is_in_the_index() -> None:
    pages = {path.name for path in RUNBOOKS.glob("*.md")} - {"README.md"}
    assert [page for page in sorted(pages) if f"({page})" not in INDEX] == []


def test_every_queue_is_watched() -> None:
    text = " ".join(rule["expr"] for rule in ALERTS)
    watched = set(re.findall(r'scrm_queue_age_seconds\{queue="(\w+)"', text))
    # The night's age is told as tenants that are late.
    assert set(settings.WORKER_QUEUES) - watched == {"nightly"}


def test_every_figure_is_watched() -> None:
    """A figure that no alarm reads is a figure that nobody looks at."""
    text = " ".join(rule["expr"] for rule in ALERTS)
    watched = set(re.findall(r"\bscrm_[a-z_]+", text))
    told = {re.sub(r"_(bucket|sum|count)$", "", name) for name in watched}
    assert {*METRICS, *HISTOGRAMS, FAULTS} - told <= {
        "scrm_queue_rows",
        "scrm_jobs_running",
        "scrm_nightly_last_success_timestamp_seconds",
    }


def test_the_scraper_reads_our_rules_and_our_job() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text(encoding="utf-8"))
    assert config["rule_files"] == ["alerts.yml"]
    assert config["scrape_configs"][0]["job_name"] == "scrm"
