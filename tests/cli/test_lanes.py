"""The lanes of the end-to-end tests: every file once, the longest first, whatever the lanes do."""

import json
import pathlib
import subprocess
import threading

import pytest
from warp_cli import lanes


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setattr(lanes, "SECONDS", tmp_path / "seconds.json")
    for name, size in (("test_a.py", 10), ("test_b.py", 30), ("test_c.py", 20)):
        (tmp_path / name).write_text("#" * size)
    return sorted(tmp_path.glob("test_*.py"))


def names(those):
    return [pathlib.Path(file).name for file in those]


def test_what_took_longest_begins_first_and_what_is_new_before_it(files):
    assert names(lanes.in_order(files)) == ["test_b.py", "test_c.py", "test_a.py"]
    lanes.remember({"test_b.py": 5, "test_a.py": 50})
    assert names(lanes.in_order(files)) == ["test_c.py", "test_a.py", "test_b.py"]


def test_what_is_known_of_other_files_stays(files):
    lanes.remember({"test_a.py": 1})
    lanes.remember({"test_b.py": 2})
    assert json.loads(lanes.SECONDS.read_text()) == {"test_a.py": 1, "test_b.py": 2}


@pytest.mark.parametrize("many", [1, 2, 5])
def test_each_file_runs_once(files, many):
    side_by_side = threading.Barrier(2, timeout=10) if many == 2 else None
    met = []

    def one(file, before):
        if side_by_side and len(met) < 2:
            met.append(file)
            side_by_side.wait()
        return file.name, bool(before)

    done = lanes.run(files, one, many)
    assert sorted(done) == [(name, many > 1) for name in ("test_a.py", "test_b.py", "test_c.py")]


@pytest.mark.skipif(not lanes.possible(), reason="no right to make networks here")
def test_a_lane_has_a_loopback_of_its_own():
    said = subprocess.run([*lanes.APART, "ip", "-brief", "link"], capture_output=True, text=True).stdout
    assert [line.split()[0] for line in said.splitlines() if "UNKNOWN" in line or "UP" in line] == ["lo"], said
