#include <array>

#include "warp/base/checked.h"
#include "warp/base/text.h"
#include "warp/sip/transport/transport.h"

namespace warp::sip {
namespace {

constexpr std::size_t kHexDigits = 32;
constexpr std::string_view kHex = "0123456789abcdef";

void append_hex(std::string& out, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4)
    out += kHex[value >> shift & 0xf];
}

// The shard that a Call-ID of our own form names.
std::optional<unsigned> named_shard(std::string_view call_id) {
  if (call_id.empty() || call_id.front() != 'w') return std::nullopt;
  const auto dash = call_id.find('-');
  if (dash == std::string_view::npos || dash > 6) return std::nullopt;
  const auto digits = call_id.substr(1, dash - 1);
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  const auto random = call_id.substr(dash + 1, kHexDigits);
  const auto rest = call_id.substr(dash + 1 + random.size());
  if (random.size() != kHexDigits || random.find_first_not_of(kHex) != std::string_view::npos)
    return std::nullopt;
  if (rest.size() < 2 || rest.front() != '@') return std::nullopt;
  return parse_number<unsigned>(digits);
}

}  // namespace

unsigned shard_of(std::string_view call_id, unsigned shards) {
  if (shards <= 1) return 0;
  if (const auto named = named_shard(call_id); named && *named < shards) return *named;
  return static_cast<unsigned>(stable_hash(call_id) % shards);
}

std::string make_call_id(unsigned shard, std::uint64_t random_high, std::uint64_t random_low,
                         std::string_view host) {
  const auto number = std::to_string(shard);
  std::string id;
  id.reserve(number.size() + kHexDigits + host.size() + 3);
  id += 'w';
  id += number;
  id += '-';
  append_hex(id, random_high);
  append_hex(id, random_low);
  id += '@';
  id += host;
  return id;
}

}  // namespace warp::sip
