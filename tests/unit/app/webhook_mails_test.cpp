#include "app/webhook_mails.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::app {
namespace {

using testing::HasSubstr;
using testing::Not;

store::DisabledWebhook endpoint() {
  store::DisabledWebhook out;
  out.id = *Uuid::parse("0190c7a0-0000-7000-8000-000000000001");
  out.url = "https://hooks.example.net:8443/secret/path?token=1";
  out.reason = "failures";
  out.at = WallTime(std::chrono::seconds(1'750'000'000));
  out.account = "Acme";
  return out;
}

TEST(DisabledWebhookMail, SaysWhichWhyAndWhatToDo) {
  const auto mail = disabled_webhook_mail(endpoint(), "jane@example.com", "Telco");
  EXPECT_EQ(mail.to, "jane@example.com");
  EXPECT_EQ(mail.subject, "Telco: webhook endpoint at hooks.example.net:8443 disabled");
  EXPECT_THAT(mail.text,
              HasSubstr("0190c7a0-0000-7000-8000-000000000001 at hooks.example.net:8443 of Acme was "
                        "disabled at 2025-06-15T15:06:40"));
  EXPECT_THAT(mail.text, HasSubstr("for three days"));
  EXPECT_THAT(mail.text, HasSubstr("PATCH /api/v1/webhooks/0190c7a0-0000-7000-8000-000000000001"));
}

TEST(DisabledWebhookMail, KeepsThePathToItself) {
  const auto mail = disabled_webhook_mail(endpoint(), "jane@example.com", "Telco");
  EXPECT_THAT(mail.subject + mail.text, Not(HasSubstr("secret")));
  EXPECT_THAT(mail.subject + mail.text, Not(HasSubstr("token")));
}

TEST(DisabledWebhookMail, OfTheOperatorsOwnThatIsGone) {
  auto gone = endpoint();
  gone.account.clear();
  gone.reason = "gone";
  const auto mail = disabled_webhook_mail(gone, "noc@example.com", "Telco");
  EXPECT_THAT(mail.text, HasSubstr("8443 was disabled"));
  EXPECT_THAT(mail.text, HasSubstr("410"));
}

}  // namespace
}  // namespace warp::app
