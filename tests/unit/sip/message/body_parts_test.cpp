#include "warp/sip/message/body_parts.h"

#include <gtest/gtest.h>

namespace warp::sip {
namespace {

constexpr std::string_view kType = "multipart/mixed;boundary=b1";
constexpr std::string_view kSdp = "application/sdp";

std::optional<std::string> sdp_of(std::string_view body, std::string_view type = kType) {
  const auto part = find_part(type, body, kSdp);
  return part ? std::optional(std::string(part->content)) : std::nullopt;
}

TEST(BodyParts, FindsThePartOfAType) {
  const std::string body =
      "preamble\r\n--b1\r\nContent-Type: application/pidf+xml\r\nContent-ID: <here@x>\r\n\r\n<p/>\r\n"
      "--b1\r\nc: application/sdp;x=y\r\n\r\nv=0\r\ns=-\r\n\r\n--b1--\r\nepilogue";
  EXPECT_EQ(sdp_of(body), "v=0\r\ns=-\r\n");
  EXPECT_EQ(sdp_of(body, "Multipart/Related; boundary=\"b1\"; type=x"), "v=0\r\ns=-\r\n");
  const auto place = find_part(kType, body, "APPLICATION/pidf+xml");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->content_id, "here@x");
  EXPECT_EQ(place->content, "<p/>");
  EXPECT_FALSE(find_part(kType, body, "text/plain"));
}

TEST(BodyParts, BareLineFeedsAndEmptyPartsAreUnderstood) {
  EXPECT_EQ(sdp_of("--b1\nContent-Type: application/sdp\n\nv=0\n--b1--"), "v=0");
  EXPECT_EQ(sdp_of("--b1\r\nContent-Type: application/sdp\r\n\r\n--b1--"), "");
  EXPECT_EQ(sdp_of("--b1\r\n\r\nContent-Type: application/sdp\r\n--b1--"), std::nullopt);
}

TEST(BodyParts, RefusesWhatIsNoMultipartOrCutShort) {
  EXPECT_EQ(sdp_of("v=0", "application/sdp"), std::nullopt);
  EXPECT_EQ(sdp_of("--b1\r\nContent-Type: application/sdp\r\n\r\nv=0", kType), std::nullopt);
  EXPECT_EQ(sdp_of("--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b1--", "multipart/mixed"),
            std::nullopt);
  EXPECT_EQ(sdp_of("", kType), std::nullopt);
  EXPECT_EQ(sdp_of("--b1--", kType), std::nullopt);
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += "--b1\r\nContent-Type: text/plain\r\n\r\nx\r\n";
  EXPECT_EQ(sdp_of(many + "--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b1--"), std::nullopt);
}

TEST(BodyParts, ParametersOfHeaders) {
  EXPECT_EQ(param_of(";a=1;B = 2 ;c=\"x;y\\\"z\"", "b"), "2");
  EXPECT_EQ(param_of(";a=1;c=\"x;d=4\";d=5", "d"), "5");
  EXPECT_EQ(param_of(";a=1", "x"), "");
  EXPECT_EQ(param_of(";c=\"never closed;d=5", "d"), "");
  EXPECT_EQ(param_of("", "a"), "");
}

}  // namespace
}  // namespace warp::sip
