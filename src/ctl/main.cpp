// warpctl: a daemon's API on a terminal.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>

#include "ctl/commands.h"

namespace {

// The first line of a file; throws CLI::ValidationError.
std::string key_in(const std::string& file) {
  std::ifstream in(file);
  std::string key;
  if (!in || !std::getline(in, key) || key.empty())
    throw CLI::ValidationError("--key-file", file + " holds no key");
  return key;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"warpctl: the API of a WARP daemon on a terminal"};
  cli.require_subcommand(1);
  cli.set_version_flag("--version", "warpctl " WARP_VERSION);
  warp::ctl::Session session;
  std::string key_file;
  cli.add_option("--url", session.url, "address of the API")->envname("WARP_URL")->capture_default_str();
  cli.add_option("--key-file", key_file, "file that holds the API key; else WARP_KEY is the key")
      ->check(CLI::ExistingFile);
  cli.add_flag("--json", session.json, "print rows as JSON instead of a table");
  cli.parse_complete_callback([&] {
    if (!key_file.empty())
      session.key = key_in(key_file);
    else if (const char* key = std::getenv("WARP_KEY"))
      session.key = key;
  });
  warp::ctl::add_request(cli, session);
  warp::ctl::add_route(cli, session);
  warp::ctl::add_deck(cli, session);
  warp::ctl::add_billing(cli, session);
  warp::ctl::add_records(cli, session);
  warp::ctl::add_leases(cli, session);
  warp::ctl::add_numbers(cli, session);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  } catch (const warp::ctl::Refused& error) {
    std::fprintf(stderr, "warpctl: %s\n", error.what());
    return error.status == 0 ? 2 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "warpctl: %s\n", error.what());
    return 2;
  }
  return 0;
}
