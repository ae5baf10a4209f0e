#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> billing_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  auto& billing = c.billing;
  return {
      flag_key("billing.enabled", billing.enabled, Restart,
               "this node closes the periods of billed accounts and books vendors' costs; one node at a time "
               "does each"),
      number_key("billing.close_hour", billing.close_hour, {0, 240}, Restart,
                 "hours after its end until a period is closed: for records that come late"),
      duration_key("billing.interval", billing.interval, {1'000, kHour}, Restart,
                   "how often it is looked for periods that ended"),
      duration_key(
          "billing.settle_time", billing.settle_time, {1'000, kHour}, Restart,
          "age at which what was stored counts as seen by everybody: longer than any transaction; what is "
          "younger at the close is on the next invoice"),
      text_key("billing.brand.name", billing.branding.name, Restart, "who sends the invoices"),
      text_key("billing.brand.address", billing.branding.address, Restart,
               "its address on them; lines apart by line feeds"),
      text_key("billing.brand.footer", billing.branding.footer, Restart, "what stands below each invoice"),
      text_key("billing.brand.colour", billing.branding.colour, Restart, "of headings, as #1f3a5f"),
  };
}

}  // namespace warp::app
