#include "warp/http/fetch.h"

#include <gtest/gtest.h>

#include "warp/http/media_type.h"

namespace warp::http {
namespace {

TEST(Fetch, WhereARedirectLeads) {
  EXPECT_EQ(redirected("https://a.example/x/y", "/z?q=1"), "https://a.example/z?q=1");
  EXPECT_EQ(redirected("http://a.example:8080/x", "/z"), "http://a.example:8080/z");
  EXPECT_EQ(redirected("https://a.example/x", "http://b.example/"), "http://b.example/");
  // What would need the rules of relative references is not followed.
  EXPECT_EQ(redirected("https://a.example/x", "z"), "");
  EXPECT_EQ(redirected("https://a.example/x", "//b.example/"), "");
  EXPECT_EQ(redirected("https://a.example/x", ""), "");
}

TEST(MediaType, IsLowerCaseWithoutParameters) {
  EXPECT_EQ(media_type("Image/JPEG"), "image/jpeg");
  EXPECT_EQ(media_type(" text/plain ; charset=utf-8"), "text/plain");
  EXPECT_EQ(media_type("application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text");
  for (const char* wrong :
       {"", "text", "/plain", "text/", "te xt/plain", "text/pl\"ain", "text/plain/more", "*/*"})
    EXPECT_EQ(media_type(wrong), "") << wrong;
}

}  // namespace
}  // namespace warp::http
