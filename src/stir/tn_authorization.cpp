#include <algorithm>

#include "warp/base/checked.h"
#include "warp/base/text.h"
#include "warp/stir/certificate.h"

namespace warp::stir {
namespace {

constexpr std::size_t kMostEntries = 1024;
constexpr std::size_t kLongestE164 = 15;
constexpr std::uint8_t kSequence = 0x30, kIa5String = 0x16, kInteger = 0x02;
constexpr std::uint8_t kServiceProvider = 0xa0, kRange = 0xa1, kOne = 0xa2;

// DER's tag, length, value, one after the other.
struct Der {
  std::string_view rest;

  bool next(std::uint8_t& tag, std::string_view& value) {
    if (rest.size() < 2) return false;
    tag = static_cast<std::uint8_t>(rest[0]);
    std::size_t length = static_cast<std::uint8_t>(rest[1]);
    std::size_t head = 2;
    if (length >= 0x80) {
      const std::size_t octets = length & 0x7f;
      if (octets == 0 || octets > 3 || rest.size() < 2 + octets) return false;
      length = 0;
      for (std::size_t i = 0; i < octets; ++i)
        length = length << 8 | static_cast<std::uint8_t>(rest[2 + i]);
      head += octets;
    }
    if (length > rest.size() - head) return false;
    value = rest.substr(head, length);
    rest.remove_prefix(head + length);
    return true;
  }
  bool next(std::uint8_t wanted, std::string& text) {
    std::uint8_t tag = 0;
    std::string_view value;
    if (!next(tag, value) || tag != wanted) return false;
    text = value;
    return true;
  }
};

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= kLongestE164 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '*' || c == '#'; });
}

bool read_range(std::string_view content, TnAuthorization::Range& range) {
  Der outer{content};
  std::uint8_t tag = 0;
  std::string_view sequence, count;
  if (!outer.next(tag, sequence) || tag != kSequence || !outer.rest.empty()) return false;
  Der inner{sequence};
  if (!inner.next(kIa5String, range.first) || !is_number(range.first)) return false;
  if (!inner.next(tag, count) || tag != kInteger || count.empty() || count.size() > 8) return false;
  if (static_cast<std::uint8_t>(count[0]) >= 0x80) return false;
  for (const char c : count)
    range.count = range.count << 8 | static_cast<std::uint8_t>(c);
  return range.count >= 2;
}

bool within(std::string_view tn, const TnAuthorization::Range& range) {
  if (tn.size() != range.first.size()) return false;
  const auto number = parse_number<std::uint64_t>(tn), first = parse_number<std::uint64_t>(range.first);
  return number && first && *number >= *first && *number - *first < range.count;
}

}  // namespace

bool TnAuthorization::parse(std::string_view der) {
  *this = {};
  Der outer{der};
  std::uint8_t tag = 0;
  std::string_view list;
  if (!outer.next(tag, list) || tag != kSequence || !outer.rest.empty()) return false;
  Der entries{list};
  for (std::size_t count = 0; !entries.rest.empty(); ++count) {
    std::string_view content;
    if (count == kMostEntries || !entries.next(tag, content)) return false;
    if (tag == kRange) {
      if (!read_range(content, ranges.emplace_back())) return false;
      continue;
    }
    if (tag != kServiceProvider && tag != kOne) return false;
    Der entry{content};
    auto& text = tag == kOne ? numbers.emplace_back() : service_providers.emplace_back();
    if (!entry.next(kIa5String, text) || !entry.rest.empty() || text.empty() || text.size() > 64)
      return false;
    if (tag == kOne && !is_number(text)) return false;
  }
  return !empty();
}

bool TnAuthorization::covers(std::string_view tn) const {
  if (!service_providers.empty()) return true;
  return std::find(numbers.begin(), numbers.end(), tn) != numbers.end() ||
         std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) { return within(tn, range); });
}

}  // namespace warp::stir
