// Pictures: an attachment that is too large for a connector made smaller, when it is a picture.
//
// JPEG, PNG, GIF and WebP become a JPEG of at most so many octets: first of less quality, then of fewer
// pixels. What shines through becomes white, of a GIF's pictures the first stays, EXIF's orientation is
// applied and the rest of EXIF (places, cameras) goes. A picture says its size at its beginning: one that
// would need more than kMostPixels is refused before anything is unpacked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/result.h"

namespace warp::messaging {

constexpr std::uint64_t kMostPixels = 40'000'000;

enum class PictureError : std::uint8_t { NoPicture, TooManyPixels, Broken, StillTooLarge };
std::string_view to_string(PictureError error);

struct PictureSize {
  std::uint32_t width = 0, height = 0;
};
// Read from the head alone; nullopt: none of the four formats, or cut short.
std::optional<PictureSize> picture_size(std::string_view octets);
bool is_picture(std::string_view content_type);  // one that shrink() can read

// Takes milliseconds to seconds: not for a thread that others wait for.
Result<std::string, PictureError> shrink(std::string_view octets, std::size_t most_octets);

}  // namespace warp::messaging
