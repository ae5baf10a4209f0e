#include "warp/messaging/pictures.h"

#include <gd.h>
#include <random>

#include <gtest/gtest.h>

namespace warp::messaging {
namespace {

// Noise: what compresses badly. Red on the left, so that a turn can be seen.
gdImagePtr noise(int width, int height) {
  std::mt19937 random(7);
  auto* image = gdImageCreateTrueColor(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      gdImageSetPixel(image, x, y,
                      x < width / 2 ? gdTrueColor(200 + static_cast<int>(random() % 50), 0, 0)
                                    : gdTrueColor(0, 0, 200 + static_cast<int>(random() % 50)));
  return image;
}
std::string taken(void* data, int size) {
  std::string out(static_cast<const char*>(data), static_cast<std::size_t>(size));
  gdFree(data);
  return out;
}
std::string jpeg(int width, int height) {
  auto* image = noise(width, height);
  int size = 0;
  auto out = taken(gdImageJpegPtr(image, &size, 95), size);
  gdImageDestroy(image);
  return out;
}
std::string png(int width, int height) {
  auto* image = noise(width, height);
  int size = 0;
  void* data = gdImagePngPtr(image, &size);
  gdImageDestroy(image);
  return taken(data, size);
}
std::string webp(int width, int height) {
  auto* image = noise(width, height);
  int size = 0;
  void* data = gdImageWebpPtr(image, &size);
  gdImageDestroy(image);
  return taken(data, size);
}
std::string gif(int width, int height) {
  auto* image = noise(width, height);
  int size = 0;
  void* data = gdImageGifPtr(image, &size);
  gdImageDestroy(image);
  return taken(data, size);
}
// With EXIF that says how to turn it.
std::string oriented(const std::string& picture, char orientation) {
  const std::string tiff("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19);
  std::string payload = std::string("Exif\0\0", 6) + tiff + orientation + std::string(6, '\0');
  const auto length = payload.size() + 2;
  return picture.substr(0, 2) + "\xFF\xE1" + static_cast<char>(length >> 8) + static_cast<char>(length) +
         payload + picture.substr(2);
}

TEST(Pictures, TheSizeStandsAtTheBeginning) {
  for (const auto& picture : {jpeg(320, 200), png(320, 200), gif(320, 200), webp(320, 200)}) {
    const auto size = picture_size(picture);
    ASSERT_TRUE(size);
    EXPECT_EQ(size->width, 320u);
    EXPECT_EQ(size->height, 200u);
  }
  EXPECT_FALSE(picture_size("%PDF-1.7"));
  EXPECT_FALSE(picture_size(std::string("\xFF\xD8\xFF", 3)));
  EXPECT_FALSE(picture_size(""));
}

TEST(Pictures, EveryFormatBecomesAJpegThatFits) {
  for (const auto& picture : {jpeg(640, 480), png(640, 480), gif(640, 480), webp(640, 480)}) {
    constexpr std::size_t kMost = 8'000;
    ASSERT_GT(picture.size(), kMost);
    const auto smaller = shrink(picture, kMost);
    ASSERT_TRUE(smaller) << to_string(smaller.error());
    EXPECT_LE(smaller->size(), kMost);
    EXPECT_TRUE(smaller->starts_with("\xFF\xD8\xFF"));
    const auto size = picture_size(*smaller);
    ASSERT_TRUE(size);
    EXPECT_NEAR(size->width * 3.0, size->height * 4.0, 8);
  }
}

TEST(Pictures, ThePhonesOrientationIsApplied) {
  // 6: the right way up after a quarter turn with the clock; red comes to the top.
  const auto turned = shrink(oriented(jpeg(400, 200), 6), 1'000'000);
  ASSERT_TRUE(turned);
  const auto size = picture_size(*turned);
  ASSERT_TRUE(size);
  EXPECT_EQ(size->width, 200u);
  EXPECT_EQ(size->height, 400u);
  auto* image = gdImageCreateFromJpegPtr(static_cast<int>(turned->size()), const_cast<char*>(turned->data()));
  ASSERT_TRUE(image);
  EXPECT_GT(gdTrueColorGetRed(gdImageGetTrueColorPixel(image, 100, 20)), 128);
  EXPECT_GT(gdTrueColorGetBlue(gdImageGetTrueColorPixel(image, 100, 380)), 128);
  gdImageDestroy(image);
  EXPECT_EQ(turned->find("Exif"), std::string::npos);
}

TEST(Pictures, ABombIsNotUnpacked) {
  auto bomb = png(4, 4);
  bomb[16] = bomb[20] = 0x7F;  // two thousand million pixels a side
  const auto result = shrink(bomb, 1'000);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), PictureError::TooManyPixels);
}

TEST(Pictures, WhatIsNoneIsRefused) {
  EXPECT_EQ(shrink("%PDF-1.7 and so on", 4).error(), PictureError::NoPicture);
  auto broken = jpeg(64, 64);
  broken.resize(broken.size() / 3);
  EXPECT_FALSE(shrink(broken, 10));
  EXPECT_EQ(shrink(jpeg(200, 200), 100).error(), PictureError::StillTooLarge);
  EXPECT_TRUE(is_picture("image/png"));
  EXPECT_FALSE(is_picture("image/svg+xml"));
  EXPECT_FALSE(is_picture("application/pdf"));
}

}  // namespace
}  // namespace warp::messaging
