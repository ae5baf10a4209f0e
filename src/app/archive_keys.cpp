#include <unistd.h>

#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> archive_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kDay = 86'400'000;
  return {
      text_key(
          "records.archive.folder", c.record_archive.folder, Restart,
          "where a day's call records become one file (JSON lines, zstd) before they leave the database; "
          "empty: they stay in it"),
      duration_key("records.archive.keep", c.record_archive.keep, {8 * kDay, 3'650 * kDay}, Restart,
                   "how long call records are in the database"),
      duration_key("records.archive.keep_files", c.record_archive.keep_files, {365 * kDay, 36'500 * kDay},
                   Restart, "how long the files are kept; older ones are named in the log"),
      flag_key("records.archive.delete_files", c.record_archive.delete_files, Restart,
               "files older than that are deleted"),
  };
}

void check_archive(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto& folder = c.record_archive.folder;
  if (!folder.empty() && ::access(folder.c_str(), W_OK | X_OK) != 0)
    faults.push_back({file, 0, "records.archive.folder", "is no folder that can be written to",
                      "make it, owned by the daemon's user"});
  if (c.record_archive.keep_files < c.record_archive.keep)
    faults.push_back({file, 0, "records.archive.keep_files", "is shorter than records.archive.keep",
                      "keep the files at least as long as the records"});
}

}  // namespace warp::app
