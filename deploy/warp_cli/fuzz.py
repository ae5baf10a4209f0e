"""libFuzzer targets: tests/fuzz/*.cpp, built by the preset fuzz.

`./warp fuzz` explores: by time, from another seed each time, over corpora that grow below var/fuzz; `./warp fuzz api SECONDS` sends
requests to a daemon. `./warp test` repeats: the same seed over the seeds of the tree, so that a commit that passed passes again; what exploring finds becomes a seed.
"""

import concurrent.futures
import os
import subprocess
import tempfile

from warp_cli import build, paths
from warp_cli.ui import CommandError

SOURCES = paths.ROOT / "tests" / "fuzz"
REPEATED_RUNS = 40_000
LONGEST_REPEAT = 60  # seconds, for a slow machine
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


def command(target, seconds, folder, corpus=None):
    """`seconds` of exploring; None: the runs that are always the same."""
    name = target.name.removeprefix("fuzz_")
    words, seeds = dictionary(name), SOURCES / "corpus" / name
    extent = ([f"-max_total_time={seconds}"] if seconds is not None
              else ["-seed=1", f"-runs={REPEATED_RUNS}", f"-max_total_time={LONGEST_REPEAT}", "-reload=0"])
    argv = [target, *extent, *LIMITS, *([f"-dict={words}"] if words else []),
            f"-artifact_prefix={folder}/", corpus or folder / "corpus", *([seeds] if seeds.is_dir() else [])]
    return [str(word) for word in argv]


def fixed_addresses():
    """What runs a program without randomised addresses, which libFuzzer's choices hang on; nothing where that is forbidden."""
    words = ["setarch", "-R"]
    return words if subprocess.run([*words, "true"], capture_output=True).returncode == 0 else []


def run_one(target, seconds, log):
    folder = paths.VAR / "fuzz" / target.name
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    with open(log, "w") as output, tempfile.TemporaryDirectory() as empty:
        argv = command(target, seconds, folder, None if seconds is not None else empty)
        if seconds is None:
            argv = fixed_addresses() + argv
        return subprocess.run(argv, stdout=output, stderr=subprocess.STDOUT, cwd=folder).returncode == 0


def api(stage, seconds, log):
    """Requests made from what the API says of itself, to a private daemon of the release build."""
    from warp_cli.suites import Outcome
    build.build("release", ("warpd",), stage=stage)
    stage.progress(f"{seconds} s of requests")
    with open(log, "w") as output:
        good = subprocess.run(["/usr/bin/python3", SOURCES / "api_fuzz.py", "--seconds", str(seconds)], stdout=output,
                              stderr=subprocess.STDOUT, cwd=paths.ROOT,
                              env={**os.environ, "WARP_BUILD": str(paths.ROOT / "build" / "release")}).returncode == 0
    return Outcome(1) if good else Outcome.failure(f"fuzz: api, see {log}")


def smoke(stage, seconds, log, only=None):
    from warp_cli.suites import Outcome
    if only == "api" and seconds is not None:
        return api(stage, seconds, log)
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
            stage.progress(f"{number}/{len(chosen)} targets")
            outcome += Outcome(1) if good else Outcome.failure(f"fuzz: {target.name}, see var/fuzz/{target.name}")
            summary.append(f"{target.name}: {'passed' if good else 'FAILED'}")
    log.write_text("\n".join(summary) + "\n")
    return outcome
