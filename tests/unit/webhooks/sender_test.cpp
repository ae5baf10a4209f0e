#include "warp/webhooks/sender.h"

#include <gtest/gtest.h>

#include "warp/webhooks/signature.h"

namespace warp::webhooks {
namespace {

store::WebhookQueue::Due due() {
  store::WebhookQueue::Due out;
  out.event.id = *Uuid::parse("0190c7a0-5b8e-7000-8000-000000000001");
  out.event.type = "trunk.created";
  out.event.data = R"({"id": "t"})";
  out.url = "https://example.net/hook";
  out.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  return out;
}

TEST(Sender, TheRequestIsAsStandardWebhooksSay) {
  const WallTime now{std::chrono::seconds(1'614'265'330)};
  const auto request = request_of(due(), now);
  EXPECT_EQ(request.method, http::Method::Post);
  EXPECT_EQ(request.url, "https://example.net/hook");
  EXPECT_EQ(request.headers.get("content-type"), "application/json");
  EXPECT_EQ(request.headers.get("webhook-id"), "0190c7a0-5b8e-7000-8000-000000000001");
  EXPECT_EQ(request.headers.get("webhook-timestamp"), "1614265330");
  EXPECT_EQ(request.headers.get("webhook-signature"),
            sign("0190c7a0-5b8e-7000-8000-000000000001", 1614265330, request.body, due().secret));
  EXPECT_NE(request.body.find(R"("type":"trunk.created")"), std::string::npos);
  EXPECT_NE(request.body.find(R"("data":{"id": "t"}})"), std::string::npos);
}

TEST(Sender, ARepeatHasTheSameIdAndBody) {
  const auto first = request_of(due(), WallTime{std::chrono::seconds(1)});
  const auto again = request_of(due(), WallTime{std::chrono::seconds(100)});
  EXPECT_EQ(first.body, again.body);
  EXPECT_EQ(first.headers.get("webhook-id"), again.headers.get("webhook-id"));
  EXPECT_NE(first.headers.get("webhook-signature"), again.headers.get("webhook-signature"));
}

TEST(Readable, TakesTextAsItIs) {
  EXPECT_EQ(readable("plain\n\ttext", 100), "plain\n\ttext");
  EXPECT_EQ(readable("\xd0\x9f\xe2\x82\xac\xf0\x9f\x98\x80", 100), "\xd0\x9f\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(readable("", 100), "");
}

TEST(Readable, NothingBrokenGetsThrough) {
  EXPECT_EQ(readable(std::string_view("a\0b\x1b[", 5), 100), "a?b?[");
  EXPECT_EQ(readable("\xff\xfe", 100), "??");
  EXPECT_EQ(readable("\xc0\xaf", 100), "??") << "overlong";
  EXPECT_EQ(readable("\xed\xa0\x80", 100), "???") << "half a pair";
  EXPECT_EQ(readable("\xe2\x82", 100), "??") << "cut";
}

TEST(Readable, IsCutBetweenCharacters) {
  EXPECT_EQ(readable("ab\xe2\x82\xac", 4), "ab");
  EXPECT_EQ(readable("ab\xe2\x82\xac", 5), "ab\xe2\x82\xac");
  EXPECT_EQ(readable(std::string(10'000, 'x'), 4096).size(), 4096u);
}

}  // namespace
}  // namespace warp::webhooks
