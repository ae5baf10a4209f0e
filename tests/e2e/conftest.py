"""Fixtures. `world` is shared by the tests of one file; a test that hurts its WARP takes one of its own by `own_world`."""

import pathlib
import re
import shutil
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[2] / "deploy"), str(pathlib.Path(__file__).parent)]
import harness  # noqa: E402

# What a sanitizer says. A daemon that a test killed or that was restarted takes its exit status with it, not its log.
REPORT = re.compile(r"^(WARNING: ThreadSanitizer|==\d+==ERROR: |.*: runtime error: )", re.MULTILINE)


def _finish(world, failed):
    status = world.stop()
    said = world.warp.daemon.log.read_text(errors="replace")
    if failed or status:
        print(f"kept: {world.folder}")
    else:
        shutil.rmtree(world.folder, ignore_errors=True)
    found = REPORT.search(said)
    report = said[found.start():][:6000] if found else said[-2000:]
    assert status == 0 and not found, f"warpd ended with status {status}; {world.folder}/log/warpd.log:\n{report}"


@pytest.fixture(scope="module")
def world(request):
    before = request.session.testsfailed
    made = harness.World(**getattr(request.module, "WORLD", {}))
    try:
        yield made.start()
    finally:
        _finish(made, request.session.testsfailed > before)


@pytest.fixture
def own_world(request):
    before = request.session.testsfailed
    worlds = []

    def make(**arguments):
        worlds.append(harness.World(**arguments))
        return worlds[-1].start()

    yield make
    for made in worlds:
        _finish(made, request.session.testsfailed > before)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows the end of its daemon's log."""
    report = (yield).get_result()
    made = item.funcargs.get("world")
    if report.failed and made and made.warp.daemon.log.exists():
        lines = made.warp.daemon.log.read_text(errors="replace").splitlines()[-60:]
        report.sections.append(("warpd", "\n".join(lines)))
