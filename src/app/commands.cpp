#include "app/commands.h"

#include <cstdio>
#include <exception>

#include "warp/store/migrator.h"

#include "app/config_keys.h"
#include "app/connection_strings.h"
#include "app/daemon.h"
#include "app/local_addresses.h"

namespace warp::app {
namespace {

// Says every fault and answers nothing when there is one.
std::optional<Config> load_or_complain(const std::string& file) {
  auto loaded = load_config(file);
  for (const auto& fault : loaded.faults)
    std::fprintf(stderr, "%s\n", fault.to_string().c_str());
  if (!loaded.faults.empty()) return std::nullopt;
  return std::move(loaded.config);
}

}  // namespace

int run(const std::string& config_file) {
  auto config = load_or_complain(config_file);
  if (!config) return 1;
  try {
    return Daemon(std::move(*config), config_file).run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "warpd: %s\n", error.what());
    return 1;
  }
}

int check_config(const std::string& config_file) {
  const auto config = load_or_complain(config_file);
  if (!config) return 1;
  const auto faults = check_local_addresses(*config, config_file);
  for (const auto& fault : faults)
    std::fprintf(stderr, "%s\n", fault.to_string().c_str());
  if (!faults.empty()) return 1;
  std::printf("%s: good\n", config_file.c_str());
  return 0;
}

int migrate(const std::string& config_file) {
  const auto config = load_or_complain(config_file);
  if (!config) return 1;
  const auto report = store::migrate(migration_conninfo(*config), store::embedded_migrations());
  if (!report) {
    std::fprintf(stderr, "warpd migrate: %s\n", report.error().c_str());
    return 1;
  }
  for (const auto& name : report->applied)
    std::printf("applied %s\n", name.c_str());
  std::printf("schema is at version %u\n", report->version);
  return 0;
}

}  // namespace warp::app
