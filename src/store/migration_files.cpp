// Migrations as files: names, order, checksums.
#include <algorithm>
#include <fstream>
#include <sstream>

#include <openssl/evp.h>

#include "warp/base/checked.h"
#include "warp/base/text.h"
#include "warp/store/migrator.h"

#include "embedded_migrations.h"

namespace warp::store {
namespace {

std::string sha256(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int octets = 0;
  EVP_Digest(text.data(), text.size(), digest, &octets, EVP_sha256(), nullptr);
  return to_hex(std::string_view(reinterpret_cast<const char*>(digest), octets));
}

Result<Migration, std::string> make_migration(std::string_view name, std::string text) {
  constexpr std::string_view kSuffix = ".sql";
  const auto bad = [&] { return "migration " + std::string(name) + ": the name must be NNNN_slug.sql"; };
  if (name.size() < 10 || name[4] != '_' || !name.ends_with(kSuffix)) return bad();
  const auto version = parse_number<std::uint32_t>(name.substr(0, 4), 1);
  if (!version) return bad();
  Migration made{
      *version, std::string(name.substr(5, name.size() - 5 - kSuffix.size())), std::move(text), {}};
  made.checksum = sha256(made.sql);
  return made;
}

Result<std::vector<Migration>, std::string> ordered(std::vector<Migration> migrations) {
  std::sort(migrations.begin(), migrations.end(),
            [](const Migration& a, const Migration& b) { return a.version < b.version; });
  for (std::size_t i = 0; i < migrations.size(); ++i)
    if (migrations[i].version != i + 1)
      return "migrations must be numbered from 0001 without gaps or repeats; look at " + migrations[i].slug;
  return migrations;
}

}  // namespace

std::vector<Migration> embedded_migrations() {
  std::vector<Migration> out;
  for (const auto& file : embedded_files())
    if (auto made = make_migration(file.name, std::string(file.text))) out.push_back(std::move(*made));
  return out;
}

Result<std::vector<Migration>, std::string> read_migrations(const std::filesystem::path& directory) {
  std::error_code error;
  std::vector<Migration> out;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() != ".sql") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return "cannot read " + entry.path().string();
    auto made = make_migration(entry.path().filename().string(), std::move(text).str());
    if (!made) return std::move(made).error();
    out.push_back(std::move(*made));
  }
  if (error) return "cannot read " + directory.string() + ": " + error.message();
  return ordered(std::move(out));
}

}  // namespace warp::store
