// MMS and RCS as the API takes them, without a database: attachments that need none.
#include "unit/api/world.h"

namespace warp::api {
namespace {

using domain::MessageKind;

class RichTest : public ApiTest {
 protected:
  static Json message() { return {{"from", "12025550001"}, {"to", "+442079460000"}, {"body", "hello"}}; }
  Reply send(const Json& body, const std::string& path) {
    return ask("POST", path, "rk_sender", body.dump(), "application/json");
  }
};

TEST_F(RichTest, EachKindHasItsPath) {
  for (const auto& [path, kind] :
       {std::pair("/v1/messages", MessageKind::Sms), std::pair("/v1/messaging/sms", MessageKind::Sms),
        std::pair("/v1/messaging/mms", MessageKind::Mms), std::pair("/v1/messaging/rcs", MessageKind::Rcs)}) {
    const auto reply = send(message(), path);
    ASSERT_EQ(reply.status, 201u) << reply.body.dump();
    const auto given = messaging_.submitted().back();
    EXPECT_EQ(given.kind, kind) << path;
    EXPECT_EQ(given.rich != nullptr, kind != MessageKind::Sms) << path;
  }
}

TEST_F(RichTest, AnRcsMessageSaysWhatFallsBack) {
  auto body = message();
  body["subject"] = "News";
  body["fallback_body"] = "plain";
  ASSERT_EQ(send(body, "/v1/messaging/rcs").status, 201u);
  auto rich = *messaging_.submitted().back().rich;
  EXPECT_EQ(rich.subject, "News");
  EXPECT_TRUE(rich.sms_fallback);
  EXPECT_EQ(rich.fallback_text, "plain");
  body["sms_fallback"] = false;
  ASSERT_EQ(send(body, "/v1/messaging/rcs").status, 201u);
  EXPECT_FALSE(messaging_.submitted().back().rich->sms_fallback);
}

TEST_F(RichTest, FieldsOfOtherKindsAreRefused) {
  auto body = message();
  body["sms_fallback"] = false;
  EXPECT_EQ(send(body, "/v1/messaging/mms").code(), "INVALID_PAYLOAD");
  body.erase("sms_fallback");
  body["subject"] = "News";
  EXPECT_EQ(send(body, "/v1/messaging/sms").code(), "INVALID_PAYLOAD");
  EXPECT_TRUE(messaging_.submitted().empty());
}

TEST_F(RichTest, AnMmsNeedsNoTextAndAnSmsDoes) {
  Json body{{"from", "12025550001"}, {"to", "+442079460000"}, {"subject", "Only this"}};
  EXPECT_EQ(send(body, "/v1/messaging/mms").status, 201u);
  body.erase("subject");
  EXPECT_EQ(send(body, "/v1/messaging/sms").code(), "INVALID_PAYLOAD");
}

TEST_F(RichTest, MediaByUrlMayNotReachIntoOurNetwork) {
  for (const char* url : {"http://127.0.0.1/a.png", "https://127.0.0.1/a.png", "https://10.0.0.1/a.png",
                          "https://[::1]/a.png", "http://example.com/a.png"}) {
    auto body = message();
    body["media_urls"] = {url};
    const auto reply = send(body, "/v1/messaging/mms");
    EXPECT_EQ(reply.code(), "MEDIA_REFUSED") << url;
    EXPECT_EQ(reply.body["error"]["details"]["why"], "forbidden") << reply.body.dump();
  }
  EXPECT_TRUE(messaging_.submitted().empty());
}

TEST_F(RichTest, ABatchMixesKinds) {
  auto mms = message(), rcs = message(), bare = message();
  mms["kind"] = "mms";
  mms["subject"] = "News";
  rcs["kind"] = "rcs";
  bare.erase("body");
  const auto reply = send({{"messages", {message(), mms, rcs, bare}}}, "/v1/messages/batch");
  ASSERT_EQ(reply.status, 200u) << reply.body.dump();
  EXPECT_EQ(reply.body["data"]["accepted_count"], 3);
  EXPECT_EQ(reply.body["data"]["results"][3]["error"]["code"], "MISSING_PARAM");
  const auto given = messaging_.submitted();
  ASSERT_EQ(given.size(), 3u);
  EXPECT_EQ(given[0].kind, MessageKind::Sms);
  EXPECT_EQ(given[1].kind, MessageKind::Mms);
  EXPECT_EQ(given[2].kind, MessageKind::Rcs);
}

TEST_F(RichTest, WhatIsUploadedMustBeOfATypeThatIsCarried) {
  const auto upload = [&](const std::string& type, const std::string& octets) {
    return ask("POST", "/v1/messaging/media", "rk_sender", octets, type);
  };
  EXPECT_EQ(upload("image/svg+xml", "<svg/>").code(), "MEDIA_REFUSED");
  EXPECT_EQ(upload("text/html", "<p>").code(), "MEDIA_REFUSED");
  EXPECT_EQ(upload("image/png", "").code(), "MEDIA_REFUSED");
  EXPECT_EQ(upload("multipart/form-data; boundary=x", "--y\r\n\r\nz\r\n--y--").code(), "INVALID_PAYLOAD");
  EXPECT_EQ(upload("multipart/form-data; boundary=x",
                   "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.svg\"\r\n"
                   "Content-Type: image/svg+xml\r\n\r\n<svg/>\r\n--x--\r\n")
                .code(),
            "MEDIA_REFUSED");
}

TEST_F(RichTest, AProvidersWebhookNeedsNoKeyAndAMadeUpLinkIsNothing) {
  EXPECT_EQ(
      ask("POST", "/callbacks/rcs/018f0000-0000-7000-8000-000000000001", "", "{}", "application/json").status,
      404u)
      << "nobody hears it here";
  EXPECT_EQ(ask("GET", "/media/AAAA", "").status, 404u);
}

}  // namespace
}  // namespace warp::api
