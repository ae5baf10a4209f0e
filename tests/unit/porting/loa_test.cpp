#include "warp/porting/loa.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::porting {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Loa whole() {
  return {true,
          "Acme <Inc> & Sons",
          "1 Main St, Springfield, VA 22150",
          "a@example.com",
          "Old \"Telco\"",
          "4711-0815",
          "2025550100",
          "Ann O'Neill",
          "Owner"};
}

TEST(Loa, NamesWhatIsMissing) {
  EXPECT_TRUE(missing_fields(whole()).empty());
  EXPECT_THAT(missing_fields(Loa{}),
              ElementsAre("attestation", "authorizing_party.company", "authorizing_party.address",
                          "authorizing_party.contact", "losing_carrier.name", "losing_carrier.account_number",
                          "losing_carrier.btn", "signer.name", "signer.title"));
  auto one = whole();
  one.btn = "12";
  one.title = "  ";
  EXPECT_THAT(missing_fields(one), ElementsAre("signer.title", "losing_carrier.btn"));
}

TEST(Loa, ThePageHoldsWhatWasSaidAndRunsNothing) {
  auto loa = whole();
  loa.contact = "<script>alert(1)</script><img src=x onerror=y>";
  const auto page = loa_html(loa, {"ref", "1234", "WARP", "2027-01-31", {"12025550100", "12025550101"}});
  EXPECT_THAT(page, HasSubstr("Acme &lt;Inc&gt; &amp; Sons"));
  EXPECT_THAT(page, HasSubstr("Old &quot;Telco&quot; (SPID 1234)"));
  EXPECT_THAT(page, HasSubstr("Ann O&#39;Neill"));
  EXPECT_THAT(page, HasSubstr("<li>2025550101</li>"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("http")));
}

}  // namespace
}  // namespace warp::porting
