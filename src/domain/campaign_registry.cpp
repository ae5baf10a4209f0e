#include "warp/domain/campaign_registry.h"

#include <array>

#include "names.h"

namespace warp::domain {
namespace {

constexpr std::array<std::string_view, 5> kStatuses{"pending", "approved", "rejected", "suspended",
                                                    "expired"};

}  // namespace

std::string_view to_string(CampaignStatus status) {
  return name_of(kStatuses, status);
}
std::optional<CampaignStatus> parse_campaign_status(std::string_view text) {
  return find_name<CampaignStatus>(kStatuses, text);
}

}  // namespace warp::domain
