// The journal's text form of what outlives a process: fields as "<length>:<bytes>,".
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "warp/base/checked.h"
#include "warp/domain/address.h"

namespace warp::domain {

class TextFieldWriter {
 public:
  explicit TextFieldWriter(std::string& out) : out_(out) {}

  void text(std::string_view field) {
    number_text(field.size());
    out_ += ':';
    out_ += field;
    out_ += ',';
  }
  template <class Number>
  void number(Number value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    text({digits, static_cast<std::size_t>(end - digits)});
  }
  void flag(bool value) { text(value ? "1" : "0"); }
  void address(const SocketAddress& address) {
    text(address.port == 0 ? std::string() : address.to_string());
  }

 private:
  void number_text(std::size_t value) {
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
  std::string& out_;
};

// After a field that is not there or no number all further ones are empty, and ok() is false.
class TextFieldReader {
 public:
  explicit TextFieldReader(std::string_view text) : text_(text) {}

  std::string_view text() {
    const auto colon = text_.find(':');
    if (colon == std::string_view::npos) return fail();
    const auto length = parse_number<std::size_t>(text_.substr(0, colon));
    const auto rest = text_.substr(colon + 1);
    if (!length || *length >= rest.size() || rest[*length] != ',') return fail();
    text_ = rest.substr(*length + 1);
    return rest.substr(0, *length);
  }
  template <class Number>
  Number number() {
    const auto value = parse_number<Number>(text());
    if (!value) fail();
    return value.value_or(Number{});
  }
  bool flag() { return number<std::uint8_t>() != 0; }
  SocketAddress address() {
    const auto field = text();
    if (field.empty()) return {};
    const auto value = SocketAddress::parse(field);
    if (!value) fail();
    return value.value_or(SocketAddress{});
  }
  bool ok() const { return ok_; }
  bool at_end() const { return text_.empty(); }

 private:
  std::string_view fail() {
    ok_ = false;
    text_ = {};
    return {};
  }
  std::string_view text_;
  bool ok_ = true;
};

}  // namespace warp::domain
