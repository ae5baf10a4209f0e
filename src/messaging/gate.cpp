#include "gate.h"

#include "quiet.h"

namespace warp::messaging {

using domain::Reason;

Hold hold_of(const Core& core, const domain::Message& message) {
  if (message.origin == domain::MessageOrigin::Platform) return {};
  if (core.opted_out(message.customer, message.from.digits, message.to.digits))
    return {Reason::RecipientOptedOut, std::nullopt};
  if (message.campaign) {
    const auto* campaign = core.directory->campaign(*message.campaign);
    if (campaign && !campaign->approved) return {Reason::CampaignNotApproved, std::nullopt};
  }
  const auto until =
      core.directory->quiet().quiet_until(message.customer, message.to.digits, core.clock.wall());
  if (!until) return {};
  if (*until >= message.valid_until) return {Reason::QuietHours, std::nullopt};
  return {std::nullopt, until};
}

}  // namespace warp::messaging
