// Rows: a result, and checked access to it.
//
//   for (auto row : rows) { RowReader read(row); Thing thing{read.next<ThingId>(), read.next<std::string>()};
//   … }
//
// A RowReader takes the columns in order; a NULL where the type is not optional, a text that is not of the
// type or a missing column makes ok() false and yields a default: read a whole row, then test once.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "warp/base/checked.h"
#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/base/uuid.h"

struct pg_result;

namespace warp::pg {

// Text of one column to a value; false: not of that type.
bool decode(std::string_view text, bool& out);
bool decode(std::string_view text, std::string& out);
bool decode(std::string_view text, std::string_view& out);  // lives as long as the Rows
bool decode(std::string_view text, Uuid& out);
bool decode(std::string_view text, Money& out);  // an integer of nano-units
bool decode(std::string_view text, Currency& out);
bool decode(std::string_view text, WallTime& out);  // timestamptz as the session writes it: ISO, UTC
bool decode(std::string_view text, std::vector<std::string>& out);  // text[], one dimension, no NULLs
template <class Tag>
bool decode(std::string_view text, StrongId<Tag>& out) {
  return decode(text, out.value);
}
template <std::integral I>
requires(!std::same_as<I, bool>) bool decode(std::string_view text, I& out) {
  const auto number = parse_number<I>(text);
  if (number) out = *number;
  return number.has_value();
}

class Row {
 public:
  Row(const pg_result* result, int index) : result_(result), index_(index) {}
  std::size_t columns() const;
  bool is_null(std::size_t column) const;
  std::string_view text(std::size_t column) const;  // empty for NULL or beyond the last column

 private:
  const pg_result* result_;
  int index_;
};

class Rows {
 public:
  Rows();
  explicit Rows(pg_result* owned);
  Rows(Rows&&) noexcept;
  Rows& operator=(Rows&&) noexcept;
  ~Rows();

  std::size_t size() const;
  bool empty() const { return size() == 0; }
  Row operator[](std::size_t index) const { return Row(result_.get(), static_cast<int>(index)); }
  const pg_result* raw() const { return result_.get(); }
  std::uint64_t affected() const;  // rows that INSERT, UPDATE, DELETE or COPY touched

  class Iterator {
   public:
    Iterator(const pg_result* result, int index) : result_(result), index_(index) {}
    Row operator*() const { return Row(result_, index_); }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const pg_result* result_;
    int index_;
  };
  Iterator begin() const { return {result_.get(), 0}; }
  Iterator end() const { return {result_.get(), static_cast<int>(size())}; }

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

class RowReader {
 public:
  explicit RowReader(Row row) : row_(row) {}

  template <class T>
  T next() {
    T value{};
    const auto column = column_++;
    if constexpr (is_optional<T>) {
      if (column < row_.columns() && row_.is_null(column)) return value;
      value.emplace();
      take(column, *value);
    } else {
      take(column, value);
    }
    return value;
  }
  template <class T>
  void next(T& out) {
    out = next<T>();
  }
  void skip() { ++column_; }
  bool peek_null() const { return column_ < row_.columns() && row_.is_null(column_); }
  void fail() { ok_ = false; }  // the caller could not make sense of a value
  bool ok() const { return ok_; }

 private:
  template <class T>
  struct Optional : std::false_type {};
  template <class T>
  struct Optional<std::optional<T>> : std::true_type {};
  template <class T>
  static constexpr bool is_optional = Optional<T>::value;

  template <class T>
  void take(std::size_t column, T& value) {
    if (column >= row_.columns() || row_.is_null(column) || !decode(row_.text(column), value)) ok_ = false;
  }

  Row row_;
  std::size_t column_ = 0;
  bool ok_ = true;
};

}  // namespace warp::pg
