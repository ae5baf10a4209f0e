#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> recordings_keys(Config& c) {
  using enum Applies;
  auto& recordings = c.recordings;
  auto& upload = recordings.upload;
  constexpr std::uint64_t kMost = 1ull << 50;
  return {
      text_key("recordings.folder", recordings.folder, Restart,
               "where recordings of calls are written; empty: nothing is recorded on this node"),
      number_key(
          "recordings.quota", recordings.quota, {0, kMost}, Restart,
          "octets that all recordings together may take up; then new ones are refused and running ones "
          "end. 0: as many as the disk has"),
      number_key(
          "recordings.least_free", recordings.least_free, {0, kMost}, Restart,
          "octets of the disk that recordings leave free: below, new ones are refused and running ones "
          "end"),
      text_key(
          "recordings.key_file", recordings.key_file, Restart,
          "32 octets, or 64 hexadecimal digits, that recordings are encrypted with; empty: they lie there "
          "in the clear"),
      number_key("recordings.retention_days", recordings.retention_days, {0, 36'500}, Restart,
                 "how long recordings are kept; 0: until they are deleted"),
      text_key(
          "recordings.upload.url", upload.url, Restart,
          "https:// address that finished files are sent to by PUT, with {id} or {name} (of the file) in "
          "it; empty: they stay"),
      text_key("recordings.upload.command", upload.command, Restart,
               "program that is run for each finished file instead, with the file's path and the recording's "
               "id; it ends with 0 when the file is where it belongs"),
      secret_key("recordings.upload.authorization", upload.authorization,
                 "value of the Authorization header of those PUTs, as {file: PATH} or {env: NAME}"),
      text_key(
          "recordings.upload.ca_file", upload.ca_file, Restart,
          "PEM file of the authorities that the server's certificate must come from; empty: the system's"),
      flag_key("recordings.upload.allow_http", upload.allow_http, Restart, "the address may be http://, too"),
      duration_key("recordings.upload.timeout", upload.timeout, {1'000, 86'400'000}, Restart,
                   "how long one file may take; then it is tried again later"),
      flag_key("recordings.upload.delete_after", upload.delete_after, Restart,
               "a file goes from here once it is uploaded; what is known of it stays"),
  };
}

void check_recordings(const Config& config, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto& recordings = config.recordings;
  check_readable(recordings.key_file, "recordings.key_file", file, faults);
  check_readable(recordings.upload.ca_file, "recordings.upload.ca_file", file, faults);
  if (!recordings.upload.url.empty() && !recordings.upload.command.empty())
    faults.push_back({file, 0, "recordings.upload", "names an address and a command",
                      "leave recordings.upload.url or recordings.upload.command empty"});
  const auto& url = recordings.upload.url;
  if (!url.empty() && url.find("{id}") == std::string::npos && url.find("{name}") == std::string::npos)
    faults.push_back({file, 0, "recordings.upload.url", "is the same for every file",
                      "write {id} or {name} where the file's name belongs"});
}

}  // namespace warp::app
