"""./warp's commands: reads the command line, calls the module that does it, says failures in one form."""

import argparse
import json
import sys

from warp_cli import bench, build, demo, demo_message, fuzz, lint, number_demo, packages, paths, state, suites, ui, up
from warp_cli.ui import CommandError, Stage, say

HELP = """WARP: SIP trunking, media relay, routing, rating and control API in one daemon.

  ./warp up [--json] [--no-demo]   install what is missing, build, start everything privately below var/,
                                   load the demo tenant, place one demo call and send one demo message,
                                   show their records
  ./warp down                      stop everything that `up` started
  ./warp status [--json]           what runs, where it listens
  ./warp demo call [--json]        one more call with audio both ways
  ./warp demo message [--json]     one more message by SMPP, to its receipt and record
  ./warp demo numbers [--json]     number data to try jurisdictions with: partly made up, and marked so
  ./warp logs [NAME] [-f]          warpd (default), postgres, redis, customer, carrier

  ./warp build [PRESET]            release (default), dev, asan, tsan, coverage, fuzz
  ./warp test [SUITE...]           lint layers tools unit integration e2e fuzz, as CI does; or those that are
                                   named, asan and tsan among them
  ./warp bench NAME [--json]       api, sip, register, sms, rtp, rating, load, hold, overload, restart,
                                   message_store, import
  ./warp lint                      format, clang-tidy, words, habits
  ./warp fmt                       formats the sources
  ./warp fuzz [TARGET] [SECONDS]   runs the fuzz targets; api: requests made from the OpenAPI document, to a daemon of its own
  ./warp help
"""


def parser():
    root = argparse.ArgumentParser(prog="./warp", add_help=False)
    commands = root.add_subparsers(dest="command")
    up_parser = commands.add_parser("up")
    up_parser.add_argument("--json", action="store_true")
    up_parser.add_argument("--no-demo", action="store_true")
    up_parser.add_argument("--seconds", type=int, default=4)
    commands.add_parser("down")
    commands.add_parser("status").add_argument("--json", action="store_true")
    demo_parser = commands.add_parser("demo")
    demo_parser.add_argument("what", choices=("call", "message", "numbers"))
    demo_parser.add_argument("--json", action="store_true")
    demo_parser.add_argument("--seconds", type=int, default=4)
    logs_parser = commands.add_parser("logs")
    logs_parser.add_argument("name", nargs="?", default="warpd")
    logs_parser.add_argument("-f", "--follow", action="store_true")
    commands.add_parser("build").add_argument("preset", nargs="?", default="release")
    commands.add_parser("test").add_argument("suite", nargs="*")
    bench_parser = commands.add_parser("bench")
    bench_parser.add_argument("name")
    bench_parser.add_argument("arguments", nargs=argparse.REMAINDER)
    commands.add_parser("lint")
    commands.add_parser("fmt")
    fuzz_parser = commands.add_parser("fuzz")
    fuzz_parser.add_argument("target", nargs="?")
    fuzz_parser.add_argument("seconds", nargs="?", type=int, default=60)
    commands.add_parser("help")
    return root


def cmd_up(args):
    if args.json:
        ui.quiet()
    with state.exclusive():
        seen = up.up()
        called, sent = (None, None) if args.no_demo else (demo.call(args.seconds), demo_message.message())
    if args.json:
        print(json.dumps(seen if args.no_demo else {**called, "message": sent}, indent=2))
    elif not args.no_demo:
        demo_message.show(sent)
        demo.show(called)
    return 0


def cmd_down(args):
    with state.exclusive():
        demo.stop_peers()
        return up.down()


def cmd_status(args):
    return up.status(args.json)


def cmd_demo(args):
    if args.json:
        ui.quiet()
    with state.exclusive():
        if args.what == "numbers":
            seen = number_demo.demo()
        else:
            seen = demo_message.message() if args.what == "message" else demo.call(args.seconds)
    if args.json:
        print(json.dumps(seen, indent=2))
    elif args.what != "numbers":
        (demo_message if args.what == "message" else demo).show(seen)
    return 0


def cmd_logs(args):
    return up.logs(args.name, args.follow)


def cmd_bench(args):
    packages.ensure("build", "run", "bench")
    return bench.run(args.name, args.arguments)


def cmd_build(args):
    packages.ensure("build", *(["test"] if args.preset == "fuzz" else []))
    with Stage(f"build {args.preset}") as stage:
        steps = build.build(args.preset, stage=stage)
        stage.result(f"{steps} steps; {build.binary(args.preset).parent}")
    return 0


def cmd_test(args):
    packages.ensure("build", "run", "test")
    return suites.run(args.suite)


def cmd_lint(args):
    packages.ensure("test")
    with Stage("lint") as stage:
        faults = lint.check(stage)
        stage.result(f"{len(faults)} faults")
    for fault in faults:
        say(fault)
    return 1 if faults else 0


def cmd_fmt(args):
    packages.ensure("test")
    say(f"{lint.fix_format()} files formatted")
    return 0


def cmd_fuzz(args):
    packages.ensure("build", "test")
    target = args.target
    if target and target.isdigit():
        target, args.seconds = None, int(target)
    with Stage("fuzz") as stage:
        outcome = fuzz.smoke(stage, args.seconds, suites.log_of("fuzz"), target)
        stage.result(f"{outcome.passed} passed, {outcome.failed} failed; {paths.VAR}/fuzz")
    for line in outcome.failures:
        say(line)
    return 1 if outcome.failed else 0


def cmd_help(args):
    say(HELP)
    return 0


COMMANDS = {"up": cmd_up, "down": cmd_down, "status": cmd_status, "demo": cmd_demo, "logs": cmd_logs, "bench": cmd_bench,
            "build": cmd_build, "test": cmd_test, "lint": cmd_lint, "fmt": cmd_fmt, "fuzz": cmd_fuzz, "help": cmd_help}


def main(argv):
    args = parser().parse_args(argv if argv and argv[0] not in ("-h", "--help") else ["help"])
    try:
        return COMMANDS[args.command or "help"](args)
    except CommandError as error:
        print(f"\nwarp: {error}", file=sys.stderr)
        if error.cure:
            print(f"      {error.cure}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away: nothing to say to it
        return 1
    except KeyboardInterrupt:
        print("\nwarp: interrupted; the same command goes on where this one stopped", file=sys.stderr)
        return 130
