"""Where things lie: the checkout, its var/ folder, and the folders that an unprivileged service must reach."""

import hashlib
import os
import pathlib
import pwd

from warp_cli.ui import CommandError

ROOT = pathlib.Path(__file__).resolve().parents[2]
VAR = pathlib.Path(os.environ.get("WARP_VAR", ROOT / "var"))
HASH = hashlib.sha256(str(VAR).encode()).hexdigest()[:10]
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")
SUN_PATH = 107  # bytes of a unix socket's path on Linux


def service_user():
    """Who runs Postgres and Redis: the caller, or an unprivileged user when the caller is root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def reachable(folder, user):
    """Can `user` pass through every folder above `folder`? Judged by the bits for others: plain and safe."""
    if user is None:
        return True
    return all(parent.stat().st_mode & 0o001 for parent in pathlib.Path(folder).parents if parent.exists())


def make_private(folder, user, mode=0o700):
    """A folder that only `user` (None: the caller) and root may enter."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    owners = {os.geteuid(), *([user.pw_uid] if user else [])}
    if folder.is_symlink() or folder.stat().st_uid not in owners:
        raise CommandError(f"{folder} belongs to somebody else", "remove it")
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    os.chmod(folder, mode)
    return folder


class ServicePlaces:
    """Data and socket folders of the private Postgres and Redis of one checkout (or one test run).

    They lie below `base` where the service's user can reach it and the socket's path fits; elsewhere otherwise, and
    `notes` says so."""

    def __init__(self, base, tag):
        base = pathlib.Path(base)
        self.user = service_user()
        self.notes = []
        self.data = base
        if not reachable(base / "x", self.user):
            self.data = pathlib.Path("/var/lib/warp-dev") / tag
            self.notes.append(f"{base} cannot be reached by user {self.user.pw_name}: data lies in {self.data}")
        self.sockets = self.data / "run"
        if len(str(self.sockets).encode()) + LONGEST_SOCKET_NAME > SUN_PATH:
            self.sockets = pathlib.Path("/tmp") / f"warp-{os.getuid()}-{tag}"
            self.notes.append(f"the checkout's path is too long for a unix socket: sockets lie in {self.sockets}")

    def prepare(self):
        self.data.mkdir(parents=True, exist_ok=True)
        make_private(self.sockets, self.user)
