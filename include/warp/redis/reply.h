// Reply: what Redis (RESP2) answered to one command, as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warp::redis {

class Reply {
 public:
  enum class Kind : std::uint8_t { Nil, Integer, Status, Bulk, Array, Error };

  Reply() = default;  // nil
  explicit Reply(std::int64_t integer) : kind_(Kind::Integer), integer_(integer) {}
  Reply(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}  // Status, Bulk or Error
  explicit Reply(std::vector<Reply> elements) : kind_(Kind::Array), elements_(std::move(elements)) {}

  Kind kind() const { return kind_; }
  bool is_nil() const { return kind_ == Kind::Nil; }
  bool is_error() const { return kind_ == Kind::Error; }
  bool is_ok() const { return kind_ == Kind::Status && text_ == "OK"; }

  // Of an Integer; nullopt for every other kind.
  std::optional<std::int64_t> integer() const {
    return kind_ == Kind::Integer ? std::optional(integer_) : std::nullopt;
  }
  // Of a Status, a Bulk (octets as they are) or an Error ("ERR …"); "" for every other kind.
  const std::string& text() const& { return text_; }
  std::string text() && { return std::move(text_); }
  // Of an Array; empty for every other kind.
  const std::vector<Reply>& elements() const& { return elements_; }
  std::vector<Reply> elements() && { return std::move(elements_); }

  friend bool operator==(const Reply&, const Reply&) = default;

 private:
  friend class ReplyReader;  // fills arrays in place

  Kind kind_ = Kind::Nil;
  std::int64_t integer_ = 0;
  std::string text_;
  std::vector<Reply> elements_;
};
std::string_view to_string(Reply::Kind kind);

}  // namespace warp::redis
