"""libFuzzer targets: tests/fuzz/*.cpp, built by the preset fuzz; corpora grow below var/fuzz."""

import concurrent.futures
import os
import subprocess

from warp_cli import build, paths
from warp_cli.ui import CommandError

LIMITS = ("-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1")


def targets():
    return sorted(path for path in (paths.ROOT / "build" / "fuzz" / "bin").glob("fuzz_*") if os.access(path, os.X_OK))


def run_one(target, seconds, log):
    folder = paths.VAR / "fuzz" / target.name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = paths.ROOT / "tests" / "fuzz" / "corpus" / target.name.removeprefix("fuzz_")
    argv = [target, f"-max_total_time={seconds}", *LIMITS, f"-artifact_prefix={folder}/", corpus,
            *([seeds] if seeds.is_dir() else [])]
    with open(log, "w") as output:
        return subprocess.run([str(word) for word in argv], stdout=output, stderr=subprocess.STDOUT,
                              cwd=folder).returncode == 0


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
