#include "warp/store/common.h"

#include "support.h"

namespace warp::store {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::NotFound:
      return "not_found";
    case ErrorKind::Duplicate:
      return "duplicate";
    case ErrorKind::InUse:
      return "in_use";
    case ErrorKind::Invalid:
      return "invalid";
    case ErrorKind::Forbidden:
      return "forbidden";
    case ErrorKind::Unavailable:
      return "unavailable";
    case ErrorKind::Unknown:
      return "unknown";
    case ErrorKind::Internal:
      return "internal";
  }
  return "internal";
}

namespace {

ErrorKind kind_of(pg::ErrorKind kind) {
  switch (kind) {
    case pg::ErrorKind::UniqueViolation:
      return ErrorKind::Duplicate;
    case pg::ErrorKind::ForeignKeyViolation:
      return ErrorKind::InUse;
    case pg::ErrorKind::CheckViolation:
    case pg::ErrorKind::InvalidInput:
      return ErrorKind::Invalid;
    case pg::ErrorKind::PermissionDenied:
      return ErrorKind::Forbidden;
    case pg::ErrorKind::Serialization:
    case pg::ErrorKind::Timeout:
    case pg::ErrorKind::PoolExhausted:
    case pg::ErrorKind::Unavailable:
    case pg::ErrorKind::Cancelled:
      return ErrorKind::Unavailable;
    case pg::ErrorKind::ConnectionLost:
      return ErrorKind::Unknown;
    case pg::ErrorKind::BadRow:
    case pg::ErrorKind::Server:
      return ErrorKind::Internal;
  }
  return ErrorKind::Internal;
}

}  // namespace

pg::Scope scope_of(const Actor& actor) {
  auto scope = actor.customer ? pg::Scope::tenant(*actor.customer) : pg::Scope::operators();
  return std::move(scope)
      .by(actor.who, actor.request_id)
      .from(actor.ip, actor.user_agent)
      .within(actor.joint);
}

Error error_of(const pg::Error& error) {
  return {kind_of(error.kind), error.sqlstate + " " + error.message, error.constraint};
}

void next_ip(pg::RowReader& row, domain::IpAddress& out) {
  const auto ip = domain::IpAddress::parse(row.next<std::string_view>());
  if (ip)
    out = *ip;
  else
    row.fail();
}

void next_cidr(pg::RowReader& row, domain::Cidr& out) {
  const auto cidr = domain::Cidr::parse(row.next<std::string_view>());
  if (cidr)
    out = *cidr;
  else
    row.fail();
}

void next_match(pg::RowReader& row, domain::SourceMatch& out) {
  out.port = row.next<std::optional<std::uint16_t>>().value_or(0);
  const auto name = row.next<std::optional<std::string_view>>();
  out.transport = name ? domain::parse_sip_transport(*name) : std::nullopt;
  if (name && !out.transport) row.fail();
}

void add_match(pg::Params& params, const domain::SourceMatch& match) {
  params.add(match.port == 0 ? std::nullopt : std::optional(match.port)).add(name_of(match.transport));
}

Task<void> ask_done(pg::Pool& pool, pg::Scope scope, const pg::Query& query, pg::Params params) {
  const auto rows = co_await pool.query(std::move(scope), query, std::move(params));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  co_return Expected<void>();
}

pg::Scope daemon_scope() {
  return pg::Scope::operators().by("warpd", "");
}

}  // namespace warp::store
