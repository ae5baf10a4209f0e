// Signing in, and the list of profiles.
#include <cstdio>
#include <memory>

#include "ctl/commands.h"
#include "ctl/profiles.h"
#include "ctl/terminal.h"

namespace warp::ctl {
namespace {

struct Given {
  std::string profile = "default", email, url, key_file;
  bool keyring = false;
};

// What a 401 of the first step holds, when a second factor is wanted; empty otherwise.
std::string challenge_in(const Answer& answer) {
  const auto error = answer.json.value("error", Json::object());
  if (error.value("code", "") != "MFA_CODE_REQUIRED") return {};
  return error.value("details", Json::object()).value("challenge", "");
}

Json signed_in(const Session& session, const std::string& email, const std::string& password) {
  const Json first{{"email", email}, {"password", password}};
  Request request{"POST", "/auth/login", first.dump()};
  auto answer = session.ask(request);
  if (answer.status == 401) {
    const auto challenge = challenge_in(answer);
    if (challenge.empty()) throw Refused(401, refusal_of(401, answer.text));
    const Json second{{"challenge", challenge}, {"code", asked("Code: ", true)}};
    request.body = second.dump();
    answer = session.ask(request);
  }
  if (answer.status >= 300) throw Refused(answer.status, refusal_of(answer.status, answer.text));
  return answer.json.at("data");
}

void log_in(const Session& session, const Given& given) {
  if (!sane_profile_name(given.profile))
    throw WrongUse("a profile's name has letters, digits, and _-. alone");
  auto plain = session;
  plain.key.clear();
  plain.renew = nullptr;
  const auto email = given.email.empty() ? asked("E-mail: ", false) : given.email;
  const auto data = signed_in(plain, email, asked("Password: ", true));
  auto profiles = read_profiles(profiles_file());
  auto& profile = profiles.all[given.profile];
  profile.url = session.url;
  profile.access_token = data.at("access_token").get<std::string>();
  profile.refresh_token = data.value("refresh_token", "");
  profiles.current = given.profile;
  write_profiles(profiles_file(), profiles);
  std::printf("signed in as %s; profile %s\n", email.c_str(), given.profile.c_str());
}

void log_out(const Session& session, const std::string& name) {
  auto profiles = read_profiles(profiles_file());
  const auto found = profiles.all.find(name.empty() ? profiles.current : name);
  if (found == profiles.all.end() || found->second.access_token.empty())
    throw WrongUse("nobody is signed in");
  found->second.access_token.clear();
  found->second.refresh_token.clear();
  write_profiles(profiles_file(), profiles);
  // The tokens are forgotten here whatever the daemon says.
  session.send({"POST", "/auth/logout", "{}"});
}

void list_profiles() {
  const auto profiles = read_profiles(profiles_file());
  auto rows = Json::array();
  for (const auto& [name, profile] : profiles.all) {
    const char* credential = !profile.access_token.empty() ? "signed in"
                             : !profile.key.empty()        ? "key"
                             : !profile.key_file.empty()   ? "key file"
                             : profile.keyring             ? "keyring"
                                                           : "none";
    rows.push_back({{"name", name},
                    {"url", profile.url},
                    {"credential", credential},
                    {"current", name == profiles.current ? "*" : ""}});
  }
  std::fputs(table_of(rows, {"current", "name", "url", "credential"}).c_str(), stdout);
}

void add_profile(const Session& session, const Given& given) {
  if (!sane_profile_name(given.profile))
    throw WrongUse("a profile's name has letters, digits, and _-. alone");
  auto profiles = read_profiles(profiles_file());
  Profile profile;
  profile.url = session.url;
  profile.key_file = given.key_file;
  if (given.keyring) {
    keep_in_keyring(given.profile, asked("Key: ", true));
    profile.keyring = true;
  } else if (given.key_file.empty()) {
    profile.key = asked("Key: ", true);
  }
  profiles.all[given.profile] = std::move(profile);
  if (profiles.current.empty()) profiles.current = given.profile;
  write_profiles(profiles_file(), profiles);
}

void use_profile(const std::string& name) {
  auto profiles = read_profiles(profiles_file());
  if (!profiles.all.contains(name)) throw WrongUse("there is no profile " + name);
  profiles.current = name;
  write_profiles(profiles_file(), profiles);
}

}  // namespace

void add_login(CLI::App& app, Session& session) {
  // Shared by the callbacks: they run when this has returned.
  const auto given = std::make_shared<Given>();
  auto* in = app.add_subcommand("login", "sign in with e-mail, password and code; asked on the terminal");
  in->add_option("--email", given->email, "else it is asked for");
  in->add_option("--as", given->profile, "profile that keeps the tokens")->capture_default_str();
  in->callback([&session, given] { log_in(session, *given); });
  const auto whom = std::make_shared<std::string>();
  auto* out = app.add_subcommand("logout", "end the session");
  out->add_option("--of", *whom, "profile; else the current one");
  out->callback([&session, whom] { log_out(session, *whom); });

  auto* profiles = app.add_subcommand("profiles", "addresses and credentials of several daemons");
  profiles->require_subcommand(1);
  profiles->add_subcommand("list", "all, the current one marked")->callback([] { list_profiles(); });
  const auto made = std::make_shared<Given>();
  auto* add = profiles->add_subcommand("add", "of --url; the key is asked on the terminal, or in a file");
  add->add_option("NAME", made->profile)->required();
  add->add_option("--with-key-file", made->key_file, "file that holds the key");
  add->add_flag("--keyring", made->keyring, "keep the key in the desktop's keyring");
  add->callback([&session, made] { add_profile(session, *made); });
  const auto name = std::make_shared<std::string>();
  auto* use = profiles->add_subcommand("use", "make one the current one");
  use->add_option("NAME", *name)->required();
  use->callback([name] { use_profile(*name); });
}

}  // namespace warp::ctl
