// Base64 (RFC 4648 §4) of keys, without memory that grows. Private to this room.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warp::sdp {

// The octets put into `out`; nullopt when the text is no base64 or holds more than fits. Padding may be
// missing, as some leave it out; bits behind the last octet do not count.
std::optional<std::size_t> read_base64(std::string_view text, std::span<std::byte> out);
std::string write_base64(std::span<const std::byte> octets);

}  // namespace warp::sdp
