// Migrator: brings the schema up to the one that this program was built with (`warpd migrate`).
//
// Blocking: a start-up tool. Migrations come from sql/migrations/NNNN_slug.sql, which are part of the
// program, or from a directory. Each is applied in one transaction and noted in warp.schema_migrations with
// its checksum; two migrators wait for each other. What was applied must be there unchanged: else nothing is
// done, and the error says what to do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"

namespace warp::store {

struct Migration {
  std::uint32_t version = 0;
  std::string slug;
  std::string sql;
  std::string checksum;  // SHA-256 of the file, in hexadecimal
};

struct MigrationReport {
  std::vector<std::string> applied;  // "0003_routing"
  std::uint32_t version = 0;         // of the schema now
};

// Ordered by version.
std::vector<Migration> embedded_migrations();
// An error sentence when a name is not NNNN_slug.sql, a number is used twice or one is left out.
Result<std::vector<Migration>, std::string> read_migrations(const std::filesystem::path& directory);

Result<MigrationReport, std::string> migrate(const std::string& conninfo,
                                             const std::vector<Migration>& migrations);
// Version of the schema, and whether it is what `migrations` make; for `warpd check-config` and the start.
struct SchemaState {
  std::uint32_t version = 0;
  bool current = false;
  std::string difference;  // a sentence when it is not
};
Result<SchemaState, std::string> schema_state(const std::string& conninfo,
                                              const std::vector<Migration>& migrations);

}  // namespace warp::store
