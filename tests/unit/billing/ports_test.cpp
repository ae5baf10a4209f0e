#include <gtest/gtest.h>

#include "support/fake_billing.h"

namespace warp::billing {
namespace {

TEST(Ports, TellWhatTheyAreGivenAndAnswer) {
  test::RecordingAccounting accounting;
  accounting.answer = false;
  bool passed = true;
  static_cast<Accounting&>(accounting).invoice("{}", [&](bool ok) { passed = ok; });
  EXPECT_FALSE(passed);
  EXPECT_EQ(accounting.invoices, std::vector<std::string>{"{}"});
  test::RecordingGateway gateway;
  std::string note;
  gateway.note = "card expired";
  static_cast<PaymentGateway&>(gateway).collect("BAN-000001", *Money::parse("5"), {}, "2026-000001",
                                                [&](bool, std::string why) { note = std::move(why); });
  EXPECT_EQ(note, "card expired");
  ASSERT_EQ(gateway.collections.size(), 1u);
  EXPECT_EQ(gateway.collections[0].amount, *Money::parse("5"));
}

}  // namespace
}  // namespace warp::billing
