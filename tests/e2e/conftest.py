"""Fixtures. `world` is shared by the tests of one file; a test that hurts its WARP takes one of its own by `own_world`."""

import pathlib
import shutil
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[2] / "deploy"), str(pathlib.Path(__file__).parent)]
import harness  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "release_only: too long or too timing-bound for a sanitizer's build")


def _finish(world, failed):
    status = world.stop()
    if failed:
        print(f"kept: {world.folder}")
    else:
        shutil.rmtree(world.folder, ignore_errors=True)
    assert status == 0, f"warpd ended with status {status}; see {world.folder}/log/warpd.log"


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
