"""The viewer of the API's reference: one script of npm, fetched once into build/share and held against the sums in
deploy/reference/viewer.json. Without a network the pages of /docs are plain tables: nothing fails."""

import base64
import hashlib
import json
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

from warp_cli import paths
from warp_cli.state import write_atomically

LOCK = paths.ROOT / "deploy" / "reference" / "viewer.json"
SCRIPT = paths.ROOT / "build" / "share" / "rapidoc-min.js"
SECONDS = 20


def fetch(stage=None, lock=LOCK, script=SCRIPT, pack=None):
    """True when the script is there and is the one that the lock names."""
    wanted = json.loads(lock.read_text())
    if script.exists() and _sum(script.read_bytes()) == wanted["file_sha256"]:
        return True
    if stage:
        stage.progress("fetching the reference's viewer")
    with tempfile.TemporaryDirectory(prefix="warp-viewer-") as folder:
        tarball = (pack or _npm_pack)(wanted, pathlib.Path(folder))
        if tarball is None:
            return False
        content = _checked(tarball, wanted)
    if content is None:
        return False
    script.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(script, content.decode(), 0o644)
    return True


def _npm_pack(wanted, folder):
    if not shutil.which("npm"):
        return None
    try:
        done = subprocess.run(["npm", "pack", "--silent", "--fetch-retries=0", f"{wanted['package']}@{wanted['version']}"], cwd=folder,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None
    return next(folder.glob("*.tgz"), None) if done.returncode == 0 else None


def _checked(tarball, wanted):
    """The script's octets, or None when a sum is another."""
    octets = tarball.read_bytes()
    if base64.b64encode(hashlib.sha512(octets).digest()).decode() != wanted["tarball_sha512"]:
        return None
    with tarfile.open(tarball) as archive:
        content = archive.extractfile(wanted["file"]).read()
    return content if _sum(content) == wanted["file_sha256"] else None


def _sum(octets):
    return hashlib.sha256(octets).hexdigest()
