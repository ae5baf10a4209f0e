// Profiles: addresses and credentials of several daemons, in ~/.config/warp/profiles.yaml (WARP_PROFILES
// names another file). The file is refused unless it is its owner's alone (0600).
#pragma once

#include <map>
#include <string>

namespace warp::ctl {

struct Profile {
  std::string url;
  std::string key_file;                     // holds the key in its first line
  std::string key;                          // in the file itself
  bool keyring = false;                     // the key is in the desktop's keyring (secret-tool)
  std::string access_token, refresh_token;  // of somebody who signed in
};

struct Profiles {
  std::string current;
  std::map<std::string, Profile> all;
};

std::string profiles_file();
// An empty one when there is no file. Throws WrongUse: the file can be read by others, or is no YAML.
Profiles read_profiles(const std::string& file);
// Written anew, with rights for its owner alone. Throws WrongUse.
void write_profiles(const std::string& file, const Profiles& profiles);
// Letters, digits and "_-.".
bool sane_profile_name(const std::string& name);

// The key of a profile: its token, key, file or keyring. Throws WrongUse when there is none to be had.
std::string credential_of(const std::string& name, const Profile& profile);
// The first line of a file. Throws WrongUse.
std::string key_in(const std::string& file);
void keep_in_keyring(const std::string& name, const std::string& key);

}  // namespace warp::ctl
