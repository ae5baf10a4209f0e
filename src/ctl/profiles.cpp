#include "ctl/profiles.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <sstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "ctl/session.h"

extern char** environ;

namespace warp::ctl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTool = "secret-tool";

std::string text_of(const YAML::Node& node, const char* name) {
  const auto value = node[name];
  return value && value.IsScalar() ? value.as<std::string>() : std::string();
}

// A program without a shell between; what it wrote, and whether it ended well.
struct Done {
  bool well = false;
  std::string output;
};
Done run(std::vector<std::string> words, const std::string& input) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  std::vector<char*> argv;
  for (auto& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  Done done;
  if (failed == 0) {
    if (write(in[1], input.data(), input.size()) < 0) done.output.clear();
    close(in[1]);
    char buffer[4096];
    for (ssize_t count = 0; (count = read(out[0], buffer, sizeof buffer)) > 0;)
      done.output.append(buffer, static_cast<std::size_t>(count));
    int status = 0;
    waitpid(child, &status, 0);
    done.well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  } else {
    close(in[1]);
  }
  close(out[0]);
  return done;
}

void put(YAML::Emitter& out, const char* name, const std::string& value) {
  if (!value.empty()) out << YAML::Key << name << YAML::Value << YAML::DoubleQuoted << value;
}

}  // namespace

bool sane_profile_name(const std::string& name) {
  constexpr const char* kGood = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(kGood) == std::string::npos;
}

std::string profiles_file() {
  if (const char* file = std::getenv("WARP_PROFILES")) return file;
  if (const char* folder = std::getenv("XDG_CONFIG_HOME"); folder && *folder)
    return std::string(folder) + "/warp/profiles.yaml";
  const char* home = std::getenv("HOME");
  return std::string(home ? home : ".") + "/.config/warp/profiles.yaml";
}

Profiles read_profiles(const std::string& file) {
  Profiles out;
  struct stat seen {};
  if (stat(file.c_str(), &seen) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return out;
    throw WrongUse(file + " cannot be read: " + std::strerror(errno));
  }
  if ((seen.st_mode & 077) != 0) throw WrongUse(file + " can be read by others: chmod 600 it");
  try {
    const auto root = YAML::LoadFile(file);
    out.current = text_of(root, "current");
    const auto profiles = root["profiles"];
    for (auto one = profiles.begin(); one != profiles.end(); ++one) {
      Profile profile;
      profile.url = text_of(one->second, "url");
      profile.key_file = text_of(one->second, "key_file");
      profile.key = text_of(one->second, "key");
      profile.keyring = text_of(one->second, "keyring") == "true";
      profile.access_token = text_of(one->second, "access_token");
      profile.refresh_token = text_of(one->second, "refresh_token");
      out.all[one->first.as<std::string>()] = std::move(profile);
    }
  } catch (const YAML::Exception& error) {
    throw WrongUse(file + " is no list of profiles: " + error.what());
  }
  return out;
}

void write_profiles(const std::string& file, const Profiles& profiles) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  put(out, "current", profiles.current);
  out << YAML::Key << "profiles" << YAML::Value << YAML::BeginMap;
  for (const auto& [name, profile] : profiles.all) {
    out << YAML::Key << name << YAML::Value << YAML::BeginMap;
    put(out, "url", profile.url);
    put(out, "key_file", profile.key_file);
    put(out, "key", profile.key);
    if (profile.keyring) out << YAML::Key << "keyring" << YAML::Value << true;
    put(out, "access_token", profile.access_token);
    put(out, "refresh_token", profile.refresh_token);
    out << YAML::EndMap;
  }
  out << YAML::EndMap << YAML::EndMap;
  std::error_code ignored;
  fs::create_directories(fs::path(file).parent_path(), ignored);
  const auto fresh = file + ".new";
  const int descriptor = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) throw WrongUse(fresh + " cannot be written: " + std::strerror(errno));
  const std::string text = std::string(out.c_str()) + "\n";
  const bool good = fchmod(descriptor, 0600) == 0 &&
                    write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(descriptor);
  if (!good || rename(fresh.c_str(), file.c_str()) != 0) throw WrongUse(file + " cannot be written");
}

std::string key_in(const std::string& file) {
  std::ifstream in(file);
  std::string key;
  if (!in || !std::getline(in, key) || key.empty()) throw WrongUse(file + " holds no key");
  return key;
}

std::string credential_of(const std::string& name, const Profile& profile) {
  if (!profile.access_token.empty()) return profile.access_token;
  if (!profile.key.empty()) return profile.key;
  if (!profile.key_file.empty()) return key_in(profile.key_file);
  if (!profile.keyring) return {};
  auto done = run({kTool, "lookup", "service", "warp", "profile", name}, "");
  while (done.output.ends_with('\n'))
    done.output.pop_back();
  if (!done.well || done.output.empty())
    throw WrongUse("the keyring has no key of the profile " + name +
                   " (secret-tool lookup service warp profile " + name + ")");
  return done.output;
}

void keep_in_keyring(const std::string& name, const std::string& key) {
  const auto done = run({kTool, "store", "--label", "WARP " + name, "service", "warp", "profile", name}, key);
  if (!done.well)
    throw WrongUse("the keyring did not take the key: is secret-tool there, and the keyring open?");
}

}  // namespace warp::ctl
