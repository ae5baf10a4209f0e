// Names in the journal's directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/checked.h"

namespace warp::records {

constexpr std::string_view kMarkName = "shipped";
constexpr std::string_view kSegmentSuffix = ".wj";
constexpr std::size_t kSegmentDigits = 12;

// "000000000042.wj"
inline std::string segment_name(std::uint64_t number) {
  std::string name = std::to_string(number);
  if (name.size() < kSegmentDigits) name.insert(0, kSegmentDigits - name.size(), '0');
  return name + std::string(kSegmentSuffix);
}

inline std::optional<std::uint64_t> segment_number(std::string_view name) {
  if (!name.ends_with(kSegmentSuffix)) return std::nullopt;
  return parse_number<std::uint64_t>(name.substr(0, name.size() - kSegmentSuffix.size()));
}

}  // namespace warp::records
