"""docs/sip-conformance.md says what is done of each RFC and which test shows it: every test is there, and no RFC is missing."""

import re

import pytest

from warp_cli import paths

PAGE = paths.ROOT / "docs" / "sip-conformance.md"
STATES = {"done", "partly", "refused", "planned"}
# What certifications of a wholesale trunk ask for.
WANTED = """
3261 6026 3262 3263 3264 6337 3311 3581 4028 5626 3323 3325 3326 3966 4694 4904 4916 5806 7044 7433 7616 8760 6140 3515 3891 3892
6086 4733 3550 3551 3605 3389 4568 3711 5763 5764 8643 8445 8866 T.38 3960 5009 3398 8224 8225 8226 8588 8946 ATIS-1000074
ATIS-1000080 ATIS-1000082 ATIS-1000085 7865 7866 7339 4475 5118
""".split()


def rows():
    """(RFC, state, what exactly, tests)"""
    found = []
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 5 or cells[0] == "RFC" or set(cells[0]) == {"-"}:
            continue
        name = re.sub(r"^\[(.*?)\]\(.*\)$", r"\1", cells[0])
        found.append((name, cells[2], cells[3], re.findall(r"`(tests/[^`]+)`", cells[4])))
    return found


ROWS = rows()


def test_every_rfc_has_one_row():
    names = [name for name, *_ in ROWS]
    assert len(names) == len(set(names))
    assert set(WANTED) <= set(names), set(WANTED) - set(names)


@pytest.mark.parametrize("name, state, what, tests", ROWS, ids=[name for name, *_ in ROWS])
def test_its_row_says_what_and_names_tests_that_exist(name, state, what, tests):
    assert state in STATES
    assert state == "done" or len(what) > 10, "what is missing, or how it is refused?"
    assert tests
    for test in tests:
        file, _, called = test.partition("::")
        assert called, test
        text = (paths.ROOT / file).read_text()
        if file.endswith(".py"):
            there = re.search(rf"^def {re.escape(called)}\(", text, re.M)
        else:
            suite, _, case = called.partition(".")
            there = re.search(rf"^TEST(_F|_P)?\(\s*{suite},\s*{case}\)", text, re.M)
        assert there, test
