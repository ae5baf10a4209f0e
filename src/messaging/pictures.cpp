#include "warp/messaging/pictures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <gd.h>
#include <memory>

namespace warp::messaging {
namespace {

enum class Format : std::uint8_t { Jpeg, Png, Gif, Webp };

std::uint8_t at(std::string_view octets, std::size_t i) {
  return static_cast<std::uint8_t>(octets[i]);
}
std::uint32_t big(std::string_view octets, std::size_t i, std::size_t length) {
  std::uint32_t value = 0;
  for (std::size_t n = 0; n < length; ++n)
    value = value << 8 | at(octets, i + n);
  return value;
}
std::uint32_t little(std::string_view octets, std::size_t i, std::size_t length) {
  std::uint32_t value = 0;
  for (std::size_t n = length; n-- > 0;)
    value = value << 8 | at(octets, i + n);
  return value;
}

std::optional<Format> format_of(std::string_view octets) {
  using namespace std::string_view_literals;
  if (octets.starts_with("\xFF\xD8\xFF"sv)) return Format::Jpeg;
  if (octets.starts_with("\x89PNG\r\n\x1A\n"sv)) return Format::Png;
  if (octets.starts_with("GIF87a"sv) || octets.starts_with("GIF89a"sv)) return Format::Gif;
  if (octets.starts_with("RIFF"sv) && octets.size() >= 12 && octets.substr(8, 4) == "WEBP"sv)
    return Format::Webp;
  return std::nullopt;
}

// Calls `visit(marker, payload)` for the segments before the scan until it returns false.
template <class Visit>
void walk_jpeg(std::string_view octets, Visit visit) {
  std::size_t place = 2;
  while (place + 4 <= octets.size() && at(octets, place) == 0xFF) {
    const auto marker = at(octets, place + 1);
    if (marker == 0xFF) {  // fill
      ++place;
      continue;
    }
    const auto length = big(octets, place + 2, 2);
    if (marker == 0xDA || length < 2 || place + 2 + length > octets.size()) return;
    if (!visit(marker, octets.substr(place + 4, length - 2))) return;
    place += 2 + length;
  }
}

bool begins_frame(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

std::optional<PictureSize> jpeg_size(std::string_view octets) {
  std::optional<PictureSize> size;
  walk_jpeg(octets, [&](std::uint8_t marker, std::string_view payload) {
    if (!begins_frame(marker)) return true;
    if (payload.size() >= 5) size = PictureSize{big(payload, 3, 2), big(payload, 1, 2)};
    return false;
  });
  return size;
}

std::optional<PictureSize> webp_size(std::string_view octets) {
  if (octets.size() < 30) return std::nullopt;
  const auto kind = octets.substr(12, 4);
  if (kind == "VP8X") return PictureSize{little(octets, 24, 3) + 1, little(octets, 27, 3) + 1};
  if (kind == "VP8 ") return PictureSize{little(octets, 26, 2) & 0x3FFF, little(octets, 28, 2) & 0x3FFF};
  if (kind != "VP8L") return std::nullopt;
  const auto bits = little(octets, 21, 4);
  return PictureSize{(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1};
}

// EXIF's tag 0x0112 of the first directory; 1: as it stands.
int orientation_of(std::string_view octets) {
  int found = 1;
  walk_jpeg(octets, [&](std::uint8_t marker, std::string_view payload) {
    if (marker != 0xE1 || !payload.starts_with(std::string_view("Exif\0\0", 6))) return true;
    const auto tiff = payload.substr(6);
    if (tiff.size() < 14) return false;
    const bool intel = tiff.starts_with("II");
    const auto number = [&](std::size_t i, std::size_t length) {
      return intel ? little(tiff, i, length) : big(tiff, i, length);
    };
    const std::size_t directory = number(4, 4);
    if (directory > tiff.size() - 2) return false;
    const auto entries = number(directory, 2);
    for (std::size_t i = 0; i < entries; ++i) {
      const auto entry = directory + 2 + 12 * i;
      if (entry + 12 > tiff.size()) break;
      if (number(entry, 2) == 0x0112) found = static_cast<int>(number(entry + 8, 2));
    }
    return false;
  });
  return found;
}

struct Free {
  void operator()(gdImage* image) const { gdImageDestroy(image); }
};
using Image = std::unique_ptr<gdImage, Free>;

Image decode(Format format, std::string_view octets) {
  const auto size = static_cast<int>(octets.size());
  auto* data = const_cast<char*>(octets.data());  // gd reads only
  switch (format) {
    case Format::Jpeg:
      return Image(gdImageCreateFromJpegPtr(size, data));
    case Format::Png:
      return Image(gdImageCreateFromPngPtr(size, data));
    case Format::Gif:
      return Image(gdImageCreateFromGifPtr(size, data));
    case Format::Webp:
      return Image(gdImageCreateFromWebpPtr(size, data));
  }
  return nullptr;
}

Image turned(Image image, int orientation) {
  if (orientation == 2 || orientation == 5 || orientation == 7) gdImageFlipHorizontal(image.get());
  if (orientation == 4) gdImageFlipVertical(image.get());
  const float angle = orientation == 3                       ? 180.f
                      : orientation == 6 || orientation == 7 ? 270.f
                      : orientation == 8 || orientation == 5 ? 90.f
                                                             : 0.f;  // against the clock
  if (angle == 0.f) return image;
  return Image(gdImageRotateInterpolated(image.get(), angle, gdTrueColor(255, 255, 255)));
}

// On white, `width` by `height`.
Image scaled(const gdImage& from, int width, int height) {
  Image to(gdImageCreateTrueColor(width, height));
  if (!to) return nullptr;
  gdImageFilledRectangle(to.get(), 0, 0, width - 1, height - 1, gdTrueColor(255, 255, 255));
  gdImageCopyResampled(to.get(), const_cast<gdImage*>(&from), 0, 0, 0, 0, width, height, gdImageSX(&from),
                       gdImageSY(&from));
  return to;
}

std::string jpeg_of(gdImage& image, int quality) {
  int size = 0;
  void* data = gdImageJpegPtr(&image, &size, quality);
  if (!data) return {};
  std::string out(static_cast<const char*>(data), static_cast<std::size_t>(size));
  gdFree(data);
  return out;
}

void say_nothing(int, const char*, va_list) {}

}  // namespace

std::string_view to_string(PictureError error) {
  switch (error) {
    case PictureError::NoPicture:
      return "no_picture";
    case PictureError::TooManyPixels:
      return "too_many_pixels";
    case PictureError::Broken:
      return "broken";
    case PictureError::StillTooLarge:
      return "still_too_large";
  }
  return "";
}

std::optional<PictureSize> picture_size(std::string_view octets) {
  const auto format = format_of(octets);
  if (!format) return std::nullopt;
  switch (*format) {
    case Format::Jpeg:
      return jpeg_size(octets);
    case Format::Png:
      if (octets.size() < 24 || octets.substr(12, 4) != "IHDR") return std::nullopt;
      return PictureSize{big(octets, 16, 4), big(octets, 20, 4)};
    case Format::Gif:
      if (octets.size() < 10) return std::nullopt;
      return PictureSize{little(octets, 6, 2), little(octets, 8, 2)};
    case Format::Webp:
      return webp_size(octets);
  }
  return std::nullopt;
}

bool is_picture(std::string_view content_type) {
  return content_type == "image/jpeg" || content_type == "image/png" || content_type == "image/gif" ||
         content_type == "image/webp";
}

Result<std::string, PictureError> shrink(std::string_view octets, std::size_t most_octets) {
  static const bool quiet = [] {
    gdSetErrorMethod(say_nothing);
    return true;
  }();
  static_cast<void>(quiet);
  const auto format = format_of(octets);
  const auto size = picture_size(octets);
  if (!format || !size || size->width == 0 || size->height == 0) return PictureError::NoPicture;
  if (std::uint64_t{size->width} * size->height > kMostPixels) return PictureError::TooManyPixels;
  auto image = decode(*format, octets);
  if (!image) return PictureError::Broken;
  if (*format == Format::Jpeg) image = turned(std::move(image), orientation_of(octets));
  if (!image) return PictureError::Broken;
  const int width = gdImageSX(image.get()), height = gdImageSY(image.get());
  constexpr std::array kLongest{4096, 2048, 1600, 1280, 1024, 800, 640, 480, 320, 160};
  for (const int longest : kLongest) {
    if (longest > std::max(width, height) && longest != kLongest.front()) continue;
    const double ratio = std::min(1.0, static_cast<double>(longest) / std::max(width, height));
    const auto part = [&](int side) { return std::max(1, static_cast<int>(std::lround(side * ratio))); };
    const auto smaller = scaled(*image, part(width), part(height));
    if (!smaller) return PictureError::Broken;
    for (const int quality : {80, 60}) {
      auto out = jpeg_of(*smaller, quality);
      if (out.empty()) return PictureError::Broken;
      if (out.size() <= most_octets) return out;
      if (out.size() > 4 * most_octets) break;  // less quality alone will not do
    }
  }
  return PictureError::StillTooLarge;
}

}  // namespace warp::messaging
