// How the members of a record become elements of arrays, and columns become members again.
#pragma once

#include <limits>
#include <type_traits>

#include "warp/domain/call_record.h"

#include "array_text.h"
#include "support.h"

namespace warp::store::columns {

// bigint has no room for the last bit of a counter.
inline std::int64_t clamp(std::uint64_t value) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(value, kMost));
}

template <class T>
void put_value(ArrayText& out, const T& value) {
  if constexpr (std::is_same_v<T, std::uint64_t>)
    out.number(clamp(value));
  else if constexpr (std::is_same_v<T, bool>)
    out.quoted(value ? "t" : "f");
  else if constexpr (std::is_integral_v<T>)
    out.number(value);
  else if constexpr (std::is_same_v<T, std::string>)
    out.text(value);
  else if constexpr (std::is_same_v<T, WallTime>)
    out.time(value);
  else if constexpr (std::is_same_v<T, Money>)
    out.number(value.nanos());
  else if constexpr (std::is_same_v<T, Currency>)
    out.quoted(value.view());
  else if constexpr (std::is_enum_v<T>)
    out.quoted(to_string(value));
  else if constexpr (std::is_same_v<T, Uuid>)
    out.id(value);
  else
    out.id(value.value);
}
template <class T>
void put_value(ArrayText& out, const std::optional<T>& value) {
  value ? put_value(out, *value) : out.null();
}

template <class T>
struct IsId : std::false_type {};
template <class Tag>
struct IsId<StrongId<Tag>> : std::true_type {};

template <class T>
void get_value(pg::RowReader& row, T& out) {
  if constexpr (IsId<T>::value)
    out = row.next<std::optional<T>>().value_or(T{});
  else
    row.next(out);
}
inline void get_value(pg::RowReader& row, domain::Direction& out) {
  next_named(row, out, domain::parse_direction);
}
inline void get_value(pg::RowReader& row, domain::Disposition& out) {
  next_named(row, out, domain::parse_disposition);
}
inline void get_value(pg::RowReader& row, domain::ReleaseSide& out) {
  next_named(row, out, domain::parse_release_side);
}
inline void get_value(pg::RowReader& row, domain::Reason& out) {
  next_named(row, out, domain::parse_reason);
}
inline void get_value(pg::RowReader& row, domain::Jurisdiction& out) {
  next_named(row, out, domain::parse_jurisdiction);
}
inline void get_value(pg::RowReader& row, Rounding& out) {
  next_named(row, out, parse_rounding);
}

}  // namespace warp::store::columns
