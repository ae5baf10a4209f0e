#include "warp/messaging/webhook.h"

#include <gtest/gtest.h>

namespace warp::messaging {
namespace {

// The sample of the Standard Webhooks specification.
TEST(WebhookSignature, IsTheSpecifications) {
  EXPECT_EQ(sign_webhook("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})",
                         "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookSignature, DependsOnEverything) {
  const auto base = sign_webhook("a", 1, "b", "k");
  EXPECT_NE(sign_webhook("x", 1, "b", "k"), base);
  EXPECT_NE(sign_webhook("a", 2, "b", "k"), base);
  EXPECT_NE(sign_webhook("a", 1, "x", "k"), base);
  EXPECT_NE(sign_webhook("a", 1, "b", "x"), base);
}

TEST(WebhookSignature, NoSecretNoSignature) {
  domain::Delivery delivery;
  delivery.payload = "{}";
  for (const auto& [name, value] : make_webhook(delivery, "", WallTime{}).headers)
    EXPECT_NE(name, "webhook-signature");
}

}  // namespace
}  // namespace warp::messaging
