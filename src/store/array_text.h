// ArrayText: a Postgres array being written, one element a record: how a batch becomes a few parameters.
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

#include "warp/base/money.h"
#include "warp/base/uuid.h"
#include "warp/pg/params.h"

namespace warp::store {

class ArrayText {
 public:
  void null() { bare("NULL"); }
  template <std::integral I>
  void number(I value) {
    char digits[24];
    bare({digits,
          static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)});
  }
  void id(const Uuid& value) { value.is_nil() ? null() : bare(value.to_string()); }
  void time(WallTime value);
  // From the network: what is not UTF-8, or NUL, becomes U+FFFD, so that no record can be refused for it.
  void text(std::string_view value);
  // Ready text, quoted as it is.
  void quoted(std::string_view value);

  std::string finish() && {
    if (out_.empty()) out_ = "{";
    return std::move(out_ += '}');
  }

 private:
  void bare(std::string_view value) {
    out_ += out_.empty() ? '{' : ',';
    out_ += value;
  }
  std::string out_;
};

// `text` with every octet that is not part of valid UTF-8, and every NUL, as U+FFFD.
std::string clean_utf8(std::string_view text);

}  // namespace warp::store
