// The key that recordings are encrypted with.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>

namespace warp::recording {

using Key = std::array<std::byte, 32>;

// 32 octets as they are, or 64 hexadecimal digits with or without a line end.
std::optional<Key> read_key(const std::filesystem::path& file);

}  // namespace warp::recording
