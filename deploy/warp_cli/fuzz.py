"""libFuzzer targets: tests/fuzz/*.cpp, built by the preset fuzz; corpora grow below var/fuzz."""

import concurrent.futures
import os
import subprocess

from warp_cli import build, paths
from warp_cli.ui import CommandError

SOURCES = paths.ROOT / "tests" / "fuzz"
LIMITS = ("-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1")


def targets():
    return sorted(path for path in (paths.ROOT / "build" / "fuzz" / "bin").glob("fuzz_*") if os.access(path, os.X_OK))


def dictionary(name):
    """The words of a format: those of its own name, or of the family that its name begins with (sip_uri: sip)."""
    for word in (name, name.split("_")[0]):
        file = SOURCES / f"{word}.dict"
        if file.exists():
            return file
    return None


def command(target, seconds, folder):
    name = target.name.removeprefix("fuzz_")
    words, seeds = dictionary(name), SOURCES / "corpus" / name
    argv = [target, f"-max_total_time={seconds}", *LIMITS, *([f"-dict={words}"] if words else []),
            f"-artifact_prefix={folder}/", folder / "corpus", *([seeds] if seeds.is_dir() else [])]
    return [str(word) for word in argv]


def run_one(target, seconds, log):
    folder = paths.VAR / "fuzz" / target.name
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    argv = command(target, seconds, folder)
    with open(log, "w") as output:
        return subprocess.run(argv, stdout=output, stderr=subprocess.STDOUT, cwd=folder).returncode == 0


def smoke(stage, seconds, log, only=None):
    from warp_cli.suites import Outcome
    build.build("fuzz", stage=stage)
    chosen = [target for target in targets() if only in (None, target.name, target.name.removeprefix("fuzz_"))]
    if not chosen:
        raise CommandError(f"there is no fuzz target {only or ''}",
                           "targets: " + " ".join(target.name.removeprefix("fuzz_") for target in targets()))
    outcome, summary = Outcome(), []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        def one(target):
            return target, run_one(target, seconds, log.with_name(f"{target.name}.log"))
        for number, (target, good) in enumerate(pool.map(one, chosen), 1):
            stage.progress(f"{number}/{len(chosen)} targets, {seconds} s each")
            outcome += Outcome(1) if good else Outcome.failure(f"fuzz: {target.name}, see var/fuzz/{target.name}")
            summary.append(f"{target.name}: {'passed' if good else 'FAILED'}")
    log.write_text("\n".join(summary) + "\n")
    return outcome
