"""What a working daemon exposes against docs/metrics.md: no metric without its line, no line without its metric."""

import pathlib
import re
import tempfile
import urllib.error
import urllib.request

import pytest

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "metrics.md"


def documented():
    """name -> (type, labels, meaning)"""
    rows = {}
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].startswith("`warp_"):
            rows[cells[0].strip("`")] = (cells[1], frozenset(re.findall(r"`(\w+)`", cells[2])), cells[3])
    return rows


def exposed(text):
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.M))
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    labels = {name: set() for name in types}
    for series, inside in re.findall(r"^(\w+)\{([^}]*)\}", text, re.M):
        name = series if series in types else re.sub(r"_(bucket|sum|count)$", "", series)
        labels[name] |= set(re.findall(r'(\w+)="', inside)) - {"le"}
    return {name: (types[name], frozenset(labels[name]), helps[name]) for name in types}


def with_all_units(settings):
    settings["recordings"] = {"folder": tempfile.mkdtemp(prefix="warp-recordings-")}


WORLD = {"change": with_all_units}


def test_every_metric_of_a_working_daemon_is_documented_and_the_other_way_round(world):
    with world.answering() as callee, world.caller() as caller:
        caller.expect_success()
        callee.expect_success()
    world.record(caller)
    wrong_key = urllib.request.Request(f"http://127.0.0.1:{world.warp.ports['api']}/api/v1/customers",
                                       headers={"Authorization": "Bearer rk_nobody"})
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(wrong_key, timeout=5)
    with urllib.request.urlopen(f"http://{world.warp.daemon.metrics_address}/metrics", timeout=5) as answer:
        assert exposed(answer.read().decode()) == documented()
