#include "warp/base/money.h"

#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> rating_keys(Config& c) {
  using enum Applies;
  return {
      text_key("rating.base_currency", c.rating.base_currency, Restart,
               "currency in which prices of vendors are compared; rates of exchange are found across it"),
      text_key("rating.import_folder", c.rating.import_folder, Restart,
               "where uploaded decks are kept until they are read; 512 MiB each at the most. Empty: none are "
               "taken"),
  };
}

void check_rating(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  if (!Currency::parse(c.rating.base_currency))
    faults.push_back({file, 0, "rating.base_currency", "is no currency", "write an ISO 4217 code, like USD"});
}

}  // namespace warp::app
