#include <filesystem>
#include <system_error>

#include "app/api_settings.h"
#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {
namespace {

namespace fs = std::filesystem;

// Beside the program: <prefix>/share/warp of an installed one, build/share of one that was built here.
std::string folder_beside_program() {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const auto folder = program.parent_path().parent_path();
  for (const auto& place : {folder / "share" / "warp", folder.parent_path() / "share"})
    if (fs::is_regular_file(place / "rapidoc-min.js", error)) return place.string();
  return {};
}

}  // namespace

std::vector<Key> reference_keys(Config& c) {
  using enum Applies;
  return {
      flag_key(
          "api.reference.enabled", c.reference.enabled, Restart,
          "serve /docs: the API's reference, its error codes and its events, to everybody who can reach it"),
      text_key(
          "api.reference.folder", c.reference.folder, Restart,
          "folder with rapidoc-min.js for the pages of /docs; empty: the one beside the program, and plain "
          "tables when there is none"),
  };
}

void check_reference(const Config&, const std::string&, std::vector<ConfigFault>&) {}

void tell_reference(const Config& config, api::Settings& settings) {
  settings.reference.enabled = config.reference.enabled;
  settings.reference.folder =
      config.reference.folder.empty() ? folder_beside_program() : config.reference.folder;
}

}  // namespace warp::app
