#include "base64.h"

#include <cstdint>

namespace warp::sdp {
namespace {

constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::optional<std::size_t> read_base64(std::string_view text, std::span<std::byte> out) {
  if (text.ends_with("==") && text.size() % 4 == 0) {
    text.remove_suffix(2);
  } else if (text.ends_with('=') && text.size() % 4 == 0) {
    text.remove_suffix(1);
  }
  if (text.size() % 4 == 1 || text.size() / 4 * 3 > out.size()) return std::nullopt;
  std::uint32_t bits = 0;
  unsigned held = 0;
  std::size_t size = 0;
  for (const char c : text) {
    const auto value = kBase64Digits.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffffu;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    if (size == out.size()) return std::nullopt;
    out[size++] = static_cast<std::byte>(bits >> held & 0xffu);
  }
  return size;
}

std::string write_base64(std::span<const std::byte> octets) {
  std::string out;
  out.reserve((octets.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (i + k < octets.size() ? std::to_integer<std::uint32_t>(octets[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k <= octets.size() ? kBase64Digits[bits >> (18 - 6 * k) & 63u] : '=';
  }
  return out;
}

}  // namespace warp::sdp
