"""Commands and outputs of a guide, and a shell that runs them in order."""

import re
import subprocess

BLOCK = re.compile(r"^```console\n(.*?)^```", re.M | re.S)


def steps(text):
    """[(command, [lines that its output has])] of all blocks."""
    out = []
    for block in BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                out.append((line[2:], []))
            elif line.strip():
                out[-1][1].append(line)
    return out


def fits(expected, output):
    """Blanks count as one, "…" is anything."""
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in expected.split("…"))
    return any(re.search(pattern.replace(r"\ ", " "), " ".join(line.split())) for line in output.splitlines())


def run(commands, folder, environment):
    """What each command printed, and the status it ended with; the first failure ends it."""
    script = "set -o pipefail\n"
    for number, (command, _) in enumerate(commands):
        script += f"{command}\nstatus=$?; printf '\\n@@%d %d\\n' {number} $status; [ $status = 0 ] || exit 1\n"
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    parts = re.split(r"\n@@(\d+) (\d+)\n", done.stdout)
    return [(parts[i - 1], int(parts[i + 1])) for i in range(1, len(parts) - 1, 3)], done.stderr
