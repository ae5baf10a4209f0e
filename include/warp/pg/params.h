// Params: bound values of a query, in order of $1, $2, … Values are sent as text next to the SQL, never
// inside it; Postgres infers the types. Copies what it is given.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/base/uuid.h"

namespace warp::pg {

// A time as Postgres reads it, in UTC.
std::string to_text(WallTime time);

class Params {
 public:
  Params() = default;
  // Params::of(id, name, std::nullopt, 5)
  template <class... Values>
  static Params of(const Values&... values) {
    Params params;
    (params.add(values), ...);
    return params;
  }

  Params& add(std::nullopt_t);
  Params& add(std::string_view text);
  Params& add(const char* text) { return add(std::string_view(text)); }
  Params& add(const std::string& text) { return add(std::string_view(text)); }
  template <std::integral I>
  requires(!std::same_as<I, bool>) Params& add(I number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return add(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }
  template <std::same_as<bool> B>
  Params& add(B flag) {
    return add(std::string_view(flag ? "t" : "f"));
  }
  Params& add(const Uuid& id) { return add(std::string_view(id.to_string())); }
  template <class Tag>
  Params& add(const StrongId<Tag>& id) {
    return add(id.value);
  }
  Params& add(Money money) { return add(money.nanos()); }  // nano-units: *_nanos columns
  Params& add(const Currency& currency) { return add(currency.view()); }
  Params& add(WallTime time);                             // timestamptz
  Params& add(const std::vector<std::string>& texts);     // text[]
  Params& add_octets(std::span<const std::byte> octets);  // bytea
  template <class T>
  Params& add(const std::optional<T>& value) {
    return value ? add(*value) : add(std::nullopt);
  }

  std::size_t size() const { return parts_.size(); }
  std::size_t octets() const { return text_.size(); }
  // As libpq wants them: zero-terminated, null for NULL. Valid until the next change.
  std::vector<const char*> pointers() const;

 private:
  struct Part {
    std::size_t begin;
    bool null;
  };
  std::string text_;  // every value followed by a NUL
  std::vector<Part> parts_;
};

}  // namespace warp::pg
