// Reader: a recording's file as what was recorded, in the clear or encrypted, piece by piece. Reads the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "warp/base/result.h"
#include "warp/recording/key.h"

namespace warp::recording {

enum class ReadError : std::uint8_t {
  NoFile,
  NoKey,     // it is encrypted, and there is no key
  Damaged,   // changed, or encrypted with another key
  CutShort,  // encrypted, and its end is missing
};
std::string_view to_string(ReadError error);

class Reader {
 public:
  static Result<std::unique_ptr<Reader>, ReadError> open(const std::filesystem::path& file,
                                                         const std::optional<Key>& key);
  virtual ~Reader() = default;
  // At most 64 KiB; empty: that was all.
  virtual Result<std::vector<std::byte>, ReadError> next() = 0;
};

}  // namespace warp::recording
