// warpctl: a daemon's API on a terminal.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "ctl/commands.h"
#include "ctl/guess.h"
#include "ctl/profiles.h"

namespace {

using warp::ctl::Session;

struct Given {
  std::string key_file, profile;
  CLI::Option* url = nullptr;
};

// A new access token for the profile, by its refresh token, which is used up.
std::string renewed(const std::string& name, const std::string& url) {
  const auto file = warp::ctl::profiles_file();
  auto profiles = warp::ctl::read_profiles(file);
  auto& profile = profiles.all[name];
  if (profile.refresh_token.empty()) return {};
  Session session;
  session.url = url;
  const warp::ctl::Json body{{"refresh_token", profile.refresh_token}};
  const auto answer = session.ask({"POST", "/auth/refresh", body.dump()});
  if (answer.status != 200) return {};
  const auto& data = answer.json.at("data");
  profile.access_token = data.at("access_token").get<std::string>();
  profile.refresh_token = data.value("refresh_token", profile.refresh_token);
  warp::ctl::write_profiles(file, profiles);
  return profile.access_token;
}

// Never from the command line, where other users would see it: a file, the environment, or a profile.
void find_credential(const Given& given, Session& session) {
  if (!given.key_file.empty()) {
    session.key = warp::ctl::key_in(given.key_file);
    return;
  }
  if (const char* key = std::getenv("WARP_KEY"); key && given.profile.empty()) {
    session.key = key;
    return;
  }
  const auto profiles = warp::ctl::read_profiles(warp::ctl::profiles_file());
  const auto name = given.profile.empty() ? profiles.current : given.profile;
  if (name.empty()) return;
  const auto found = profiles.all.find(name);
  if (found == profiles.all.end()) throw warp::ctl::WrongUse("there is no profile " + name);
  if (given.url->count() == 0 && !found->second.url.empty()) session.url = found->second.url;
  session.key = warp::ctl::credential_of(name, found->second);
  if (!found->second.refresh_token.empty())
    session.renew = [name, url = session.url] { return renewed(name, url); };
}

// Commands that ask no daemon, or as nobody.
bool needs_no_credential(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    for (const char* word : {"login", "profiles", "completion", "man", "operations"})
      if (std::string_view(argv[i]) == word) return true;
  return false;
}

void add_all(CLI::App& cli, Session& session) {
  warp::ctl::add_request(cli, session);
  warp::ctl::add_route(cli, session);
  warp::ctl::add_deck(cli, session);
  warp::ctl::add_billing(cli, session);
  warp::ctl::add_records(cli, session);
  warp::ctl::add_leases(cli, session);
  warp::ctl::add_numbers(cli, session);
  warp::ctl::add_login(cli, session);
  warp::ctl::add_calls(cli, session);
  warp::ctl::add_watch(cli, session);
  warp::ctl::add_top(cli, session);
  warp::ctl::add_completion(cli);
  warp::ctl::add_operations(cli, session);
}

int run(CLI::App& cli, int argc, char** argv) {
  try {
    cli.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    const auto wrong = warp::ctl::wrong_command(cli, {argv + 1, argv + argc});
    if (wrong.empty()) return cli.exit(error), 2;
    std::fprintf(stderr, "warpctl: %s", wrong.c_str());
    return 2;
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  } catch (const warp::ctl::Printed&) {
    return 0;
  } catch (const warp::ctl::Refused& error) {
    std::fprintf(stderr, "warpctl: %s\n", error.what());
    return error.status == 0 ? 2 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "warpctl: %s\n", error.what());
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"warpctl: the API of a WARP daemon on a terminal", "warpctl"};
  cli.require_subcommand(1);
  cli.fallthrough();
  cli.set_version_flag("--version", "warpctl " WARP_VERSION);
  Session session;
  Given given;
  given.url =
      cli.add_option("--url", session.url, "address of the API")->envname("WARP_URL")->capture_default_str();
  cli.add_option("--key-file", given.key_file, "file that holds the API key; else WARP_KEY is the key")
      ->check(CLI::ExistingFile);
  cli.add_option("--profile", given.profile, "of ~/.config/warp/profiles.yaml; else its current one")
      ->envname("WARP_PROFILE");
  cli.add_flag("--json", session.json, "print JSON instead of a table");
  cli.add_flag("--dry-run", session.dry_run,
               "print the request that would change something, and send nothing");
  cli.add_option("--idempotency-key", session.idempotency_key,
                 "a repeat with the same key does nothing twice");
  cli.parse_complete_callback([&] {
    if (!needs_no_credential(argc, argv)) find_credential(given, session);
  });
  add_all(cli, session);
  if (argc > 1 && std::string_view(argv[1]) == "__complete") {
    std::fputs(warp::ctl::completions_of(cli, {argv + 2, argv + argc}).c_str(), stdout);
    return 0;
  }
  return run(cli, argc, argv);
}
