// warpd: run, check-config, migrate, recording decrypt, version.
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

#include "app/allocator.h"
#include "app/commands.h"

int main(int argc, char** argv) {
  CLI::App cli{"warpd: SIP trunking, RTP relay, routing, rating and control API in one daemon"};
  cli.require_subcommand(1);
  std::string config = "/etc/warp/warp.yaml";

  auto* run = cli.add_subcommand("run", "start the daemon in the foreground; SIGTERM drains, SIGHUP reloads");
  run->add_option("--config,-c", config, "configuration file")->capture_default_str();
  auto* check = cli.add_subcommand("check-config", "read the configuration, report every fault, exit 0 or 1");
  check->add_option("--config,-c", config, "configuration file")->capture_default_str();
  auto* migrate =
      cli.add_subcommand("migrate", "bring the database's schema to this version; safe to repeat");
  migrate->add_option("--config,-c", config, "configuration file")->capture_default_str();
  auto* recording = cli.add_subcommand("recording", "recordings of calls");
  recording->require_subcommand(1);
  std::string recorded, key_file, decrypted;
  auto* decrypt =
      recording->add_subcommand("decrypt", "write what was recorded into a new file, in the clear");
  decrypt->add_option("FILE", recorded, "the recording")->required();
  decrypt->add_option("KEYFILE", key_file, "recordings.key_file of the time when it was made")->required();
  decrypt->add_option("OUT", decrypted, "a file that is not there yet")->required();
  auto* version = cli.add_subcommand("version", "print the version, and whose malloc it runs with");

  CLI11_PARSE(cli, argc, argv);
  if (version->parsed()) {
    std::puts(("warpd " WARP_VERSION ", " + warp::app::allocator()).c_str());
    return 0;
  }
  if (check->parsed()) return warp::app::check_config(config);
  if (decrypt->parsed()) return warp::app::decrypt_recording(recorded, key_file, decrypted);
  if (migrate->parsed()) return warp::app::migrate(config);
  return warp::app::run(config);
}
