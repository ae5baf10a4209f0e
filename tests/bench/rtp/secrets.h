// SRTP suites by name and keys as text, for the programs of the rtp benchmark.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "warp/srtp/session.h"

namespace warp::bench {

inline std::optional<srtp::Suite> suite_named(const std::string& name) {
  for (const auto suite :
       {srtp::Suite::AesCm128Sha1_80, srtp::Suite::AesCm128Sha1_32, srtp::Suite::AesCm256Sha1_80,
        srtp::Suite::AesCm256Sha1_32, srtp::Suite::AeadAes128Gcm, srtp::Suite::AeadAes256Gcm})
    if (to_string(suite) == name) return suite;
  return std::nullopt;
}

inline std::vector<std::byte> unhex(const std::string& text) {
  std::vector<std::byte> out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<std::byte>(std::stoul(text.substr(i, 2), nullptr, 16)));
  return out;
}

inline std::string hex(std::span<const std::byte> bytes) {
  std::string out;
  for (const auto byte : bytes) {
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", static_cast<unsigned>(byte));
    out += digits.data();
  }
  return out;
}

}  // namespace warp::bench
