"""`up`, `down`, `status`, `logs`: the private installation of this checkout below var/."""

import json
import os
import subprocess
import time

from warp_cli import build, number_demo, packages, paths, ports, proc, provision, state
from warp_cli.instance import USUAL_PORTS, Instance
from warp_cli.ui import CommandError, Stage, say

LOGS = ("warpd", "postgres", "redis", "build-release")


def installation():
    instance = Instance(paths.VAR, paths.HASH, build.binary("release"))
    instance.ports = state.load().get("ports", {})
    return instance


def up():
    """Brings everything up; the state as it stands then. Each stage finds out by looking what is left to do."""
    began = time.monotonic()
    packages.ensure("build", "run")
    with Stage("build") as stage:
        steps = build.build("release", ["warpd"], stage)
        stage.result(f"{steps} steps" if steps else "nothing to do")
    instance = installation()
    instance.prepare()
    for note in instance.places.notes:
        say(f"  note: {note}")
    with Stage("postgres") as stage:
        stage.result(("started" if instance.postgres.start() else "runs") + f", socket in {instance.places.sockets}")
    with Stage("redis") as stage:
        stage.result("started" if instance.redis.start() else "runs")
    with Stage("schema") as stage:
        _configure(instance)
        instance.postgres.create_database()
        stage.result(" ".join(instance.daemon.command("migrate").splitlines()[-1:]))
    with Stage("warpd") as stage:
        stage.result(_start_daemon(instance, stage))
    with Stage("demo tenant") as stage:
        api = instance.api()
        demo = provision.demo(api, instance.ports, instance.esme_file.read_text().strip())
        instance.daemon.wait_live(api.changed_at)
        stage.result(f"customer {demo['customer_id']}")
    for name in number_demo.synthetic(api):
        say(f"  note: number data '{name}' is synthetic: made up by a rule, wholly or in part")
    seen = {**state.load(), "ports": instance.ports, "demo": demo, "api": instance.api_url,
            "api_key_file": str(instance.key_file), "config": str(instance.daemon.config), "log": str(instance.log),
            "sockets": str(instance.places.sockets), "warpd_pid": instance.daemon.pids()[0]}
    state.save(seen)
    say(f"  up after {time.monotonic() - began:.1f} s")
    return seen


def _configure(instance):
    """Keeps the ports of last time while warpd runs or they are free; takes others otherwise."""
    running = bool(instance.daemon.pids())
    chosen = {}
    for name, usual in {**USUAL_PORTS, **provision.DEMO_PORTS}.items():
        ip, last = provision.DEMO_IPS.get(name, "127.0.0.1"), instance.ports.get(name, usual)
        keep = running and name in instance.ports and name in USUAL_PORTS
        chosen[name] = last if keep else ports.choose(ip, last if ports.is_free_both(ip, last) else usual)
    instance.ports = chosen
    state.save({**state.load(), "ports": chosen})
    instance.daemon.write_config(instance.settings())
    instance.daemon.command("check-config")


def _start_daemon(instance, stage):
    pids = instance.daemon.pids()
    if pids and not instance.daemon.outdated(pids[0]) and proc.wait_until(instance.daemon.ready, 5):
        return f"runs, pid {pids[0]}"
    if pids:
        stage.progress("stopping the older one")
        instance.daemon.stop()
    process = instance.daemon.start()
    instance.daemon.wait_ready(process, stage=stage)
    return f"ready, pid {process.pid}, SIP 127.0.0.1:{instance.ports['sip']}"


def down():
    instance = installation()
    for name, service in (("warpd", instance.daemon), ("redis", instance.redis), ("postgres", instance.postgres)):
        with Stage(name) as stage:
            pids = service.pids()
            if not service.stop():
                raise CommandError(f"{name} does not end (pid {pids[0]})", f"look at {instance.log}")
            stage.result(f"stopped, pid {pids[0]}" if pids else "was not running")
    return 0


def status(as_json):
    instance = installation()
    services = {"warpd": instance.daemon, "redis": instance.redis, "postgres": instance.postgres}
    running = {name: (service.pids() or [None])[0] for name, service in services.items()}
    ready = None
    if running["warpd"] and instance.ports:
        instance.daemon.health = f"127.0.0.1:{instance.ports['health']}"
        code, text = instance.daemon.get_health("/ready")
        ready = code == 200
    if as_json:
        print(json.dumps({"running": running, "ready": ready, "state": state.load()}, indent=2))
    else:
        for name, pid in running.items():
            say(f"  {name:<10} " + (f"runs, pid {pid}" if pid else "is not running"))
        if running["warpd"]:
            say(f"  {'ready':<10} " + ("yes" if ready else f"no: {text.strip()}"))
            say(f"  {'ports':<10} " + ", ".join(f"{name} {port}" for name, port in instance.ports.items()))
    return 0 if ready else 3


def logs(name, follow):
    folder = paths.VAR / "log"
    file = folder / f"{name}.log"
    if not file.exists():
        raise CommandError(f"there is no log {file}",
                           "logs: " + " ".join(sorted(path.stem for path in folder.glob("*.log"))))
    if follow:
        os.execvp("tail", ["tail", "-n", "100", "-F", str(file)])
    return subprocess.run(["tail", "-n", "100", str(file)]).returncode
