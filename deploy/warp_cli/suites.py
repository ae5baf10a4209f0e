"""The test suites: how each is run and how its tests are counted. Output goes to var/test/<suite>.log."""

import dataclasses
import json
import os
import re
import shutil
import subprocess
import time
import xml.etree.ElementTree

from warp_cli import build, fuzz, lanes, lint, node, paths
from warp_cli.ui import CommandError, Stage, say

PYTEST = ["/usr/bin/python3", "-m", "pytest", "-p", "no:cacheprovider", "-v", "--color=no"]
SANITIZERS = {
    "asan": {"ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
             "UBSAN_OPTIONS": "print_stacktrace=1"},
    "tsan": {"TSAN_OPTIONS": f"suppressions={paths.ROOT}/tests/support/tsan.supp:history_size=4"},
}


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    failed: int = 0
    failures: list = dataclasses.field(default_factory=list)

    def __iadd__(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.failures += other.failures
        return self

    @staticmethod
    def failure(name):
        return Outcome(0, 1, [name])


def log_of(suite):
    folder = paths.VAR / "test"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{suite}.log"


def run_ctest(suite, preset, label, environment=None):
    """CTest entries of a label; a GoogleTest binary counts by its cases, anything else as one test."""
    reports = paths.VAR / "test" / f"{suite}-gtest"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    junit = reports / "ctest.xml"
    argv = ["ctest", "--test-dir", paths.ROOT / "build" / preset, "-L", f"^{label}$", "--output-on-failure",
            "-j", "1" if label == "integration" else str(os.cpu_count()), "--no-tests=error", "--output-junit", junit]
    with open(log_of(suite), "w") as log:
        subprocess.run([str(word) for word in argv], stdout=log, stderr=subprocess.STDOUT, cwd=paths.ROOT,
                       env={**os.environ, **(environment or {}), "GTEST_OUTPUT": f"json:{reports}/"})
    if not junit.exists():
        return Outcome.failure(f"{suite}: ctest found nothing to run")
    outcome = Outcome()
    for case in xml.etree.ElementTree.parse(junit).getroot().iter("testcase"):
        outcome += _gtest_cases(reports / f"{case.get('name')}.json", case)
    return outcome if outcome.passed or outcome.failed else Outcome.failure(f"{suite}: ctest found nothing to run")


def _gtest_cases(report, case):
    good = case.get("status") == "run"
    if not report.exists():
        return Outcome(1) if good else Outcome.failure(f"{case.get('name')}: {case.get('status')}")
    data = json.loads(report.read_text())
    outcome = Outcome()
    for group in data["testsuites"]:
        for test in group["testsuite"]:
            if test.get("failures"):
                said = "".join(f"\n      {line[:240]}" for line in test["failures"][0].get("failure", "").splitlines()[:5])
                outcome += Outcome.failure(f"{case.get('name')}: {group['name']}.{test['name']}{said}")
            elif test.get("result") == "COMPLETED":
                outcome += Outcome(1)
    if not good and not outcome.failed:
        outcome += Outcome.failure(f"{case.get('name')}: ended badly after its tests")
    return outcome


def _reason(text):
    """What pytest says of a failure, short: whoever reads only the end of the output should know where to look."""
    lines = text.splitlines()
    said = [line[1:].strip() for line in lines if line.startswith("E ")][:4]
    places = [line for line in lines if re.match(r"\S+\.py:\d+: ", line)][:1]
    return "".join(f"\n      {line[:240]}" for line in places + said)


def run_pytest(suite, folder, stage, environment=None, arguments=(), before=()):
    """`folder`: or one file. `before`: words before the command."""
    report = paths.VAR / "test" / f"{suite}.xml"
    report.unlink(missing_ok=True)
    argv = [*before, *PYTEST, str(folder), f"--junitxml={report}", *arguments]
    with open(log_of(suite), "w") as log, subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=paths.ROOT,
            env={**os.environ, **(environment or {})}) as pytest:
        for line in pytest.stdout:
            log.write(line)
            log.flush()
            if "::" in line and stage:
                stage.progress(line.split("::", 1)[1].strip())
    if not report.exists():
        return Outcome.failure(f"{suite}: pytest wrote no report")
    outcome = Outcome()
    for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
        kinds = {child.tag: child for child in case}
        fault = kinds.get("failure", kinds.get("error"))
        if fault is not None:
            outcome += Outcome.failure(f"{suite}: {case.get('name')}{_reason(fault.text or fault.get('message') or '')}")
        elif "skipped" not in kinds:
            outcome += Outcome(1)
    if pytest.returncode not in (0, 1):
        outcome += Outcome.failure(f"{suite}: pytest ended with status {pytest.returncode}")
    return outcome


def _lint(stage):
    faults = lint.check(stage)
    log_of("lint").write_text("\n".join(faults) + "\n")
    return Outcome(len(lint.CHECKS) - len(lint.failed_checks(faults)), len(lint.failed_checks(faults)), faults)


def _layers(stage):
    outcome = Outcome()
    with open(log_of("layers"), "w") as log:
        for name in ("check_layers.py", "check_layers_test.py"):
            done = subprocess.run(["/usr/bin/python3", paths.ROOT / "tests" / "layers" / name], stdout=log,
                                  stderr=subprocess.STDOUT)
            outcome += Outcome(1) if done.returncode == 0 else Outcome.failure(f"layers: {name}")
    return outcome


def _unit(stage):
    build.build("release", stage=stage)
    stage.progress("running")
    return run_ctest("unit", "release", "unit")


def _integration(stage):
    build.build("release", stage=stage)
    stage.progress("running")
    return run_ctest("integration", "release", "integration")


def _tools(stage):
    return run_pytest("tools", paths.ROOT / "tests" / "cli", stage)


def _e2e(stage):
    build.build("release", stage=stage)
    return run_e2e("e2e", stage, {"WARP_PRESET": "release"})


def run_e2e(suite, stage, environment):
    """A pytest a file, two files at a time."""
    node.modules()  # beforehand: a lane has no way out
    log_of(suite)
    seconds = {}

    def one(file, before):
        begun = time.monotonic()
        outcome = run_pytest(f"{suite}-{file.stem}", file, stage, environment, before=before)
        seconds[file.name] = round(time.monotonic() - begun, 1)
        return outcome

    outcome = Outcome()
    for part in lanes.run((paths.ROOT / "tests" / "e2e").glob("test_*.py"), one, lanes.count()):
        outcome += part
    lanes.remember(seconds)
    return outcome


def _fuzz(stage):
    seconds = os.environ.get("WARP_FUZZ_SECONDS")
    return fuzz.smoke(stage, seconds=int(seconds) if seconds else None, log=log_of("fuzz"))


def _sanitized(preset):
    """Unit, integration and end-to-end tests on a tree of its own."""
    def run(stage):
        labels = ["unit", *(["integration"] if _has_integration() else [])]
        build.build(preset, [*(f"{label}_tests" for label in labels), "warpd"], stage)
        outcome = Outcome()
        for label in labels:
            stage.progress(f"{label} tests")
            outcome += run_ctest(f"{preset}-{label}", preset, label, SANITIZERS[preset])
        if _has_e2e():
            outcome += run_e2e(f"{preset}-e2e", stage, {"WARP_PRESET": preset, **SANITIZERS[preset]})
        return outcome
    return run


def _has_integration():
    return _has("integration", "**/*_test.cpp")


def _has_e2e():
    return any((paths.ROOT / "tests" / "e2e").glob("test_*.py"))


def _has(folder, pattern):
    return any((paths.ROOT / "tests" / folder).glob(pattern))


# name: (how, is there anything to run)
SUITES = {
    "lint": (_lint, lambda: True),
    "layers": (_layers, lambda: True),
    "tools": (_tools, lambda: _has("cli", "test_*.py")),
    "unit": (_unit, lambda: True),
    "integration": (_integration, _has_integration),
    "e2e": (_e2e, _has_e2e),
    "fuzz": (_fuzz, lambda: _has("fuzz", "*.cpp")),
    "asan": (_sanitized("asan"), lambda: True),
    "tsan": (_sanitized("tsan"), lambda: True),
}


def default():
    """What `./warp test` and so CI run. The sanitizers build the tree twice more: they run by name."""
    return [name for name in SUITES if name not in SANITIZERS]


def run(names):
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        raise CommandError(f"there is no suite {unknown[0]}", "suites: " + " ".join(SUITES))
    total = Outcome()
    for name in names or default():
        how, present = SUITES[name]
        if not present():
            say(f"  {name:<18} has no tests yet")
            continue
        total += _guarded(name, how)
    for line in total.failures[:100]:
        say(f"  failed: {line}")
    if total.failures:
        say(f"  logs: {paths.VAR}/test/")
    say(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed or not total.passed else 0


def _guarded(name, how):
    with Stage(name) as stage:
        try:
            outcome = how(stage)
        except (CommandError, OSError, ValueError) as error:
            with open(log_of(name), "a") as log:
                log.write(f"{error}\n")
            say(f"\n{error}")
            outcome = Outcome.failure(f"{name}: {str(error).splitlines()[0]}")
        stage.result(f"{outcome.passed} passed, {outcome.failed} failed")
    return outcome
