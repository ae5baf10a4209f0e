#include "warp/pg/rows.h"

#include <libpq-fe.h>

namespace warp::pg {

std::size_t Row::columns() const {
  return static_cast<std::size_t>(PQnfields(result_));
}
bool Row::is_null(std::size_t column) const {
  return PQgetisnull(result_, index_, static_cast<int>(column)) != 0;
}
std::string_view Row::text(std::size_t column) const {
  const auto at = static_cast<int>(column);
  if (column >= columns()) return {};
  return {PQgetvalue(result_, index_, at), static_cast<std::size_t>(PQgetlength(result_, index_, at))};
}

Rows::Rows() = default;
Rows::Rows(pg_result* owned) : result_(owned) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

std::size_t Rows::size() const {
  return result_ ? static_cast<std::size_t>(PQntuples(result_.get())) : 0;
}
std::uint64_t Rows::affected() const {
  if (!result_) return 0;
  return parse_number<std::uint64_t>(PQcmdTuples(result_.get())).value_or(0);
}
void Rows::Clear::operator()(pg_result* result) const {
  PQclear(result);
}

}  // namespace warp::pg
