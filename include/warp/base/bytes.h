// ByteReader and ByteWriter: network-order access to a buffer, checked at every step.
//
// A reader that runs past its end reads zeros and remembers it (ok() == false): a codec reads a whole
// header and tests once. A writer never grows past the span it was given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace warp {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> data) : data_(data) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(take(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(take(2)); }
  std::uint32_t u24() { return static_cast<std::uint32_t>(take(3)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(take(4)); }
  std::uint64_t u64() { return take(8); }
  std::span<const std::byte> bytes(std::size_t count) {
    if (!has(count)) return {};
    auto part = data_.subspan(at_, count);
    at_ += count;
    return part;
  }
  void skip(std::size_t count) {
    if (has(count)) at_ += count;
  }

  bool ok() const { return ok_; }
  std::size_t position() const { return at_; }
  std::size_t remaining() const { return data_.size() - at_; }
  std::span<const std::byte> rest() const { return data_.subspan(at_); }

 private:
  bool has(std::size_t count) {
    if (count > remaining()) {
      ok_ = false;
      at_ = data_.size();
      return false;
    }
    return true;
  }
  std::uint64_t take(std::size_t count) {
    if (!has(count)) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
      value = value << 8 | static_cast<std::uint8_t>(data_[at_ + i]);
    at_ += count;
    return value;
  }

  std::span<const std::byte> data_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

class ByteWriter {
 public:
  explicit ByteWriter(std::span<std::byte> out) : out_(out) {}

  void u8(std::uint8_t value) { put(value, 1); }
  void u16(std::uint16_t value) { put(value, 2); }
  void u32(std::uint32_t value) { put(value, 4); }
  void u64(std::uint64_t value) { put(value, 8); }
  void bytes(std::span<const std::byte> data) {
    if (!fits(data.size()) || data.empty()) return;
    std::memcpy(out_.data() + at_, data.data(), data.size());
    at_ += data.size();
  }

  bool ok() const { return ok_; }
  std::span<const std::byte> written() const { return out_.first(at_); }

 private:
  bool fits(std::size_t count) {
    if (count > out_.size() - at_) ok_ = false;
    return ok_;
  }
  void put(std::uint64_t value, std::size_t count) {
    if (!fits(count)) return;
    for (std::size_t i = 0; i < count; ++i)
      out_[at_ + i] = static_cast<std::byte>(value >> (8 * (count - 1 - i)));
    at_ += count;
  }

  std::span<std::byte> out_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace warp
