#include "app/config_keys.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <unistd.h>

#include "app/key_sections.h"

namespace warp::app {

void check_readable(const std::string& path, const std::string& section, const std::string& file,
                    std::vector<ConfigFault>& faults) {
  if (!path.empty() && access(path.c_str(), R_OK) != 0)
    faults.push_back({file, 0, section, "names a file that cannot be read: " + path,
                      "check the path and the rights of the daemon's user"});
}

void check_key_pair(const std::string& certificate, const std::string& key, const std::string& section,
                    const std::string& file, std::vector<ConfigFault>& faults) {
  if (certificate.empty() != key.empty())
    faults.push_back({file, 0, section, "has a certificate without its key, or a key without its certificate",
                      "give certificate_file and key_file, or neither"});
  check_readable(certificate, section, file, faults);
  check_readable(key, section, file, faults);
}

std::string section_of(const Key& key) {
  return key.path.substr(0, key.path.find('.'));
}

std::vector<Key> keys_of(Config& c) {
  constexpr std::vector<Key> (*kSections[])(Config&) = {
      log_keys,        sip_keys,      protection_keys, dns_keys,      limits_keys,  registrar_keys,
      media_keys,      storage_keys,  emergency_keys,  smpp_keys,     message_keys, mm4_keys,
      attachment_keys, stir_keys,     capture_keys,    registry_keys, numbers_keys, rating_keys,
      routing_keys,    charging_keys, archive_keys,    billing_keys,  server_keys,  requests_keys,
      reference_keys,  identity_keys, trail_keys,      porting_keys,  live_keys,    webhooks_keys,
      recordings_keys, recorder_keys};
  std::vector<Key> keys;
  for (const auto section : kSections) {
    auto part = section(c);
    keys.insert(keys.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
  }
  // A section of the file stands in one place, whoever knows its keys.
  std::map<std::string, std::size_t> places;
  for (const auto& key : keys)
    places.try_emplace(section_of(key), places.size());
  std::ranges::stable_sort(keys, {}, [&](const Key& key) { return places.at(section_of(key)); });
  return keys;
}

std::vector<ConfigFault> cross_check(const Config& c, const std::string& file) {
  std::vector<ConfigFault> faults;
  check_emergency(c, file, faults);
  check_sip(c, file, faults);
  check_media(c, file, faults);
  check_limits(c, file, faults);
  check_key_pair(c.api.tls_certificate_file, c.api.tls_key_file, "api.tls", file, faults);
  check_redis(c, file, faults);
  check_auth(c, file, faults);
  check_messaging(c, file, faults);
  check_registry(c, file, faults);
  check_stir(c, file, faults);
  check_capture(c, file, faults);
  check_numbers(c, file, faults);
  check_rating(c, file, faults);
  check_charging(c, file, faults);
  check_archive(c, file, faults);
  check_identity(c, file, faults);
  check_trail(c, file, faults);
  check_requests(c, file, faults);
  check_porting(c, file, faults);
  check_live(c, file, faults);
  check_webhooks(c, file, faults);
  check_reference(c, file, faults);
  check_recordings(c, file, faults);
  return faults;
}

LoadedConfig load_config(const std::string& file) {
  LoadedConfig loaded;
  loaded.faults = read_yaml(file, keys_of(loaded.config));
  if (loaded.faults.empty()) loaded.faults = cross_check(loaded.config, file);
  return loaded;
}

ConfigChanges compare(Config& before, Config& after) {
  ConfigChanges changes;
  const auto old_keys = keys_of(before);
  const auto new_keys = keys_of(after);
  for (std::size_t i = 0; i < old_keys.size(); ++i) {
    if (old_keys[i].show() == new_keys[i].show()) continue;
    (old_keys[i].applies == Applies::Live ? changes.live : changes.restart).push_back(old_keys[i].path);
  }
  return changes;
}

}  // namespace warp::app
