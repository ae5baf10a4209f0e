// FieldWriter and FieldReader: the words of the record codec. Integers are LEB128 varints (signed ones
// zigzag), strings a length and octets, optionals a presence octet. A reader that fails stays failed.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/base/uuid.h"
#include "warp/records/record_codec.h"

namespace warp::records {

constexpr std::size_t kMaxString = 64 * 1024;

class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : out_(out) {}

  void octet(std::uint8_t value) { out_ += static_cast<char>(value); }
  void number(std::uint64_t value) {
    char bytes[10];
    std::size_t count = 0;
    while (value >= 0x80) {
      bytes[count++] = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    bytes[count++] = static_cast<char>(value);
    out_.append(bytes, count);
  }
  void integer(std::int64_t value) {
    number(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
  }
  void text(std::string_view value) {
    value = value.substr(0, kMaxString);
    number(value.size());
    out_ += value;
  }
  template <class Tag>
  void id(const StrongId<Tag>& value) {
    out_.append(reinterpret_cast<const char*>(value.value.bytes.data()), value.value.bytes.size());
  }
  void id(const Uuid& value) {
    out_.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
  }
  void currency(const Currency& value) { out_ += value.view(); }
  void time(WallTime value) { integer(value.time_since_epoch().count()); }
  void money(Money value) { integer(value.nanos()); }
  template <class T, class Write>
  void maybe(const std::optional<T>& value, Write write) {
    octet(value ? 1 : 0);
    if (value) write(*value);
  }

 private:
  std::string& out_;
};

class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t octet() {
    if (!has(1)) return 0;
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }
  template <std::unsigned_integral T = std::uint64_t>
  T number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t byte = octet();
      if (error_) return 0;
      // The tenth octet has one bit left; a zero at the end would be a second spelling.
      if ((shift == 63 && byte > 1) || (shift > 0 && byte == 0)) return fail();
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (value > std::numeric_limits<T>::max()) return fail();
    return static_cast<T>(value);
  }
  std::int64_t integer() {
    const auto value = number();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  std::string text() {
    const auto length = number();
    if (length > kMaxString) return fail(), std::string();
    if (!has(length)) return {};
    std::string value(bytes_.substr(at_, length));
    at_ += length;
    return value;
  }
  template <class Id>
  Id id() {
    Id value;
    if (!has(value.value.bytes.size())) return value;
    bytes_.copy(reinterpret_cast<char*>(value.value.bytes.data()), value.value.bytes.size(), at_);
    at_ += value.value.bytes.size();
    return value;
  }
  Uuid uuid() { return id<StrongId<void>>().value; }
  Currency currency() {
    Currency value;
    if (!has(value.code.size())) return value;
    const auto parsed = Currency::parse(bytes_.substr(at_, value.code.size()));
    at_ += value.code.size();
    if (!parsed) return fail(), value;
    return *parsed;
  }
  WallTime time() { return WallTime(std::chrono::microseconds(integer())); }
  Money money() { return Money::from_nanos(integer()); }
  bool flag() {
    const auto value = octet();
    if (value > 1) fail();
    return value == 1;
  }
  template <class Enum>
  Enum one_of(Enum last) {
    const auto value = octet();
    if (value > static_cast<std::uint8_t>(last)) return fail(), Enum{};
    return static_cast<Enum>(value);
  }

  std::uint8_t fail(CodecError error = CodecError::BadValue) {
    if (!error_) error_ = error;
    return 0;
  }
  std::optional<CodecError> error() const { return error_; }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  bool has(std::size_t count) {
    if (error_) return false;
    if (count > bytes_.size() - at_) {
      fail(CodecError::Truncated);
      return false;
    }
    return true;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::optional<CodecError> error_;
};

}  // namespace warp::records
