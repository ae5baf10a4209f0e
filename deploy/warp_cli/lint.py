"""What a machine can see in the text: format, clang-tidy, words that promise, habits that the house forbids."""

import ast
import concurrent.futures
import hashlib
import os
import re
import subprocess

from warp_cli import paths

CHECKS = ("format", "tidy", "words", "habits", "scripts")

# Rooms whose sources go through clang-tidy: what reads hostile bytes and what handles money.
TIDY_ROOMS = ("base", "sip/message", "sdp", "rtp", "smpp/pdu", "domain", "rating", "routing")
TIDY_FLAGS = ("-std=c++20", f"-I{paths.ROOT}/include", f"-I{paths.ROOT}/src", "-I/usr/include/postgresql",
              "-DBOOST_ASIO_SEPARATE_COMPILATION", "-DBOOST_BEAST_SEPARATE_COMPILATION", "-DBOOST_ASIO_NO_DEPRECATED",
              "-DBOOST_ERROR_CODE_HEADER_ONLY")

# Spelt apart so that this file does not find itself.
PROMISES = re.compile("|".join(("TO" "DO", "FIX" "ME", r"\bXX" r"X\b", "not yet implemen" "ted", "place" "holder",
                                "for n" "ow")))
HABITS = (
    # what, where, pattern
    ("detached work", re.compile(r"^(src|include)/"), re.compile(r"asio::detached|\.detach\(\)")),
    ("a sleep in a test", re.compile(r"^tests/(unit|integration)/"), re.compile(r"\b(sleep_for|usleep|sleep_until)\(")),
    ("a float near money", re.compile(r"^(src|include/warp)/(rating|numbering|charging|billing)/"), re.compile(r"\b(double|float)\b")),
    ("a test that is switched off or cannot fail", re.compile(r"^tests/"),
     re.compile(r"DISABLED_|EXPECT_TRUE\(true\)|ASSERT_TRUE\(true\)|\bSUCCEED\(\)")),
    ("std::regex or iostream in the daemon", re.compile(r"^(src|include)/"), re.compile(r"<regex>|<iostream>")),
)


def files(*patterns):
    """Tracked files and new ones that no ignore rule covers."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns], cwd=paths.ROOT,
                            capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted({name for name in listed if (paths.ROOT / name).is_file()})


def sources():
    return files("src/*.h", "src/*.cpp", "include/*.h", "tests/*.h", "tests/*.cpp", "cmake/*.h", "cmake/*.cpp")


def check(stage):
    faults = []
    for name, function in (("words", _words), ("habits", _habits), ("scripts", _scripts), ("format", _format),
                           ("tidy", _tidy)):
        stage.progress(name)
        faults += [f"{name}: {fault}" for fault in function(stage)]
    return faults


def failed_checks(faults):
    return {fault.split(":")[0] for fault in faults}


def _format(stage):
    done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *sources()], cwd=paths.ROOT, capture_output=True,
                          text=True)
    return [line for line in done.stderr.splitlines() if "error:" in line]


def fix_format():
    names = sources()
    subprocess.run(["clang-format-14", "-i", *names], cwd=paths.ROOT, check=True)
    return len(names)


def _lines(names):
    for name in names:
        for number, line in enumerate((paths.ROOT / name).read_text(errors="replace").splitlines(), 1):
            yield name, number, line


def _words(stage):
    names = files("src", "include", "tests", "deploy", "sql", "config", "warp")
    return [f"{name}:{number}: a promise instead of work: {line.strip()[:80]}"
            for name, number, line in _lines(names) if PROMISES.search(line)]


def _code(line):
    """The line without its strings and comment."""
    return re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]


def _habits(stage):
    return [f"{name}:{number}: {what}: {line.strip()[:80]}"
            for name, number, line in _lines(sources())
            for what, where, pattern in HABITS if where.search(name) and pattern.search(_code(line))]


def _scripts(stage):
    faults = []
    for name in files("*.py"):
        try:
            ast.parse((paths.ROOT / name).read_text(), name)
        except SyntaxError as error:
            faults.append(f"{name}:{error.lineno}: {error.msg}")
    for name in ["warp", ".ci/run", *files("*.sh")]:
        done = subprocess.run(["bash", "-n", name], cwd=paths.ROOT, capture_output=True, text=True)
        faults += done.stderr.splitlines()
    return faults


def _tidy(stage):
    """One clang-tidy a source, skipped when neither it nor any header or setting changed since it last passed."""
    names = [name for room in TIDY_ROOMS for name in files(f"src/{room}/*.cpp")]
    common = hashlib.sha256()
    for name in [".clang-tidy", *files("include/*.h", "src/*.h")]:
        common.update((paths.ROOT / name).read_bytes())
    passed = paths.VAR / "lint"
    passed.mkdir(parents=True, exist_ok=True)

    def one(name):
        text = (paths.ROOT / name).read_bytes()
        stamp = passed / hashlib.sha256(common.digest() + name.encode() + text).hexdigest()
        if stamp.exists():
            return []
        done = subprocess.run(["clang-tidy-14", "--quiet", name, "--", *TIDY_FLAGS], cwd=paths.ROOT,
                              capture_output=True, text=True)
        if done.returncode == 0:
            stamp.touch()
            return []
        return [line for line in done.stdout.splitlines() if "error:" in line] or [f"{name}: {done.stderr[-300:]}"]

    faults = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, found in enumerate(pool.map(one, names), 1):
            stage.progress(f"clang-tidy {number}/{len(names)}")
            faults += found
    return faults
