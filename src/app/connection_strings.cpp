#include "app/connection_strings.h"

namespace warp::app {
namespace {

// libpq: a value in single quotes, with quotes and backslashes escaped.
std::string quoted_value(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string with_password(const std::string& dsn, const Secret& password) {
  return password.origin.empty() ? dsn : dsn + " password=" + quoted_value(password.value);
}

}  // namespace

std::string conninfo(const Config& config) {
  return with_password(config.postgres.dsn, config.postgres.password) + " application_name=warpd";
}

std::string migration_conninfo(const Config& config) {
  const auto& dsn = config.postgres.migration_dsn;
  return dsn.empty() ? conninfo(config) : dsn;
}

}  // namespace warp::app
