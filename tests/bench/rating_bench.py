#!/usr/bin/env python3
"""CPU time of a routing decision: 20 providers, a million prefixes each, both sides priced; beside it the same over std::map.

Both run in one process on the same decks and numbers, and must give the same answers. WARP's figure is the whole decision (who
pays, his price, 20 candidates in order, none below cost) and the terms of the first candidate; the map's is the
sorted costs of the vendors, no more. The published figures of others
(CGRateS: 5,000 to 50,000 ratings a second) are claims on other machines; the map is the yardstick that runs here.

usage: rating_bench.py [--bin DIR] [--runs N] [--prefixes N] [--vendors N] [--limit NS] [--warm-limit NS] [--json]
Exit code 1 when the answers differ, a decision takes more than --limit nanoseconds (default 2000), or one by
jurisdiction with all in the cache more than --warm-limit (default 500).
"""
import argparse
import json
import os
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser.add_argument("--bin", default=os.path.join(root, "build", "release", "bin"))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--prefixes", type=int, default=1_000_000)
    parser.add_argument("--vendors", type=int, default=20)
    parser.add_argument("--limit", type=float, default=2000)
    parser.add_argument("--warm-limit", type=float, default=500)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    command = [os.path.join(options.bin, "rating_bench"), "--runs", str(options.runs), "--prefixes", str(options.prefixes),
               "--vendors", str(options.vendors)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout:
        sys.exit(f"{command[0]} failed with {done.returncode}")
    run = json.loads(done.stdout)
    ratio = round(run["warp"] / run["peer"], 4)
    data = {"bench": "rating", "unit": "ns_per_decision", "warp": round(run.pop("warp"), 1),
            "peer": round(run.pop("peer"), 1), "ratio": ratio, "runs": options.runs,
            "peer_is": "std::map<std::string, Money> a deck, asked from the longest prefix to the shortest",
            "lookups_per_second": round(1e9 / run["lookup_ns"]), **run}
    if options.json:
        print(json.dumps(data))
    else:
        print(f"{data['candidates']} candidates, {data['prefixes']:,} prefixes a deck, median of {options.runs} runs\n"
              f"  decision, WARP           {data['warp']:>9.0f} ns\n"
              f"  decision, std::map       {data['peer']:>9.0f} ns   (ratio {ratio})\n"
              f"  decision deck by deck    {data['without_table_ns']:>9.0f} ns   (no cost table)\n"
              f"  lookup, WARP             {data['lookup_ns']:>9.0f} ns   ({data['lookups_per_second']:,} a second)\n"
              f"  lookup, std::map         {data['peer_lookup_ns']:>9.0f} ns\n"
              f"  lookup and price         {data['lookup_and_price_ns']:>9.0f} ns\n"
              f"  by jurisdiction, cold    {data['jurisdiction_cold_ns']:>9.0f} ns   (two prices a prefix, both ends priced)\n"
              f"  by jurisdiction, warm    {data['jurisdiction_warm_ns']:>9.0f} ns\n"
              f"  tables of jurisdictions  {data['jurisdiction_tables_compile_ms']:>9} ms, "
              f"{data['jurisdiction_tables_octets'] / 2**20:.0f} MiB, {data['jurisdiction_tables']} of them\n"
              f"  deck compiled in         {data['compile_ms']:>9} ms, {data['deck_octets'] / 2**20:.0f} MiB\n"
              f"  all decks                {data['snapshot_compile_ms']:>9} ms, {data['snapshot_deck_octets'] / 2**20:.0f} MiB\n"
              f"  cost table over them     {data['table_compile_ms']:>9} ms, {data['snapshot_table_octets'] / 2**20:.0f} MiB\n"
              f"  snapshot, decks kept     {data['unchanged_compile_ms']:>9.2f} ms\n"
              f"  deck read from CSV in    {data['csv_import_ms']:>9} ms")
    fast = max(data["warp"], data["jurisdiction_cold_ns"]) <= options.limit
    warm = data["jurisdiction_warm_ns"] <= options.warm_limit
    sys.exit(0 if run["same_answers"] and fast and warm else 1)


if __name__ == "__main__":
    main()
