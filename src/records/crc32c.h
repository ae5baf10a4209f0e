// CRC-32C (Castagnoli, RFC 3720 B.4): what the journal's entries are checked with. Uses the processor's
// instruction where it has one.
#pragma once

#include <cstdint>
#include <string_view>

namespace warp::records {

// Of `data` after data whose checksum is `before`.
std::uint32_t crc32c(std::string_view data, std::uint32_t before = 0);
// The same without the instruction.
std::uint32_t crc32c_portable(std::string_view data, std::uint32_t before = 0);

}  // namespace warp::records
