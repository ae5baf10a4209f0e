// How TCR's JSON becomes ours and back. Pure.
#pragma once

#include "warp/domain/campaign_registry.h"

namespace warp::integrations {

// Names of fields, at every depth: sub_usecases and subUsecases, privacy_policy_url and privacyPolicyLink.
domain::Document to_tcr(const domain::Document& fields);
domain::Document from_tcr(const domain::Document& fields);

// What TCR says of a brand, and the scores of its vettings (an array, or null when it was not asked).
domain::RegisteredBrand brand_of(const domain::Document& brand, const domain::Document& vettings);

// What TCR says of a campaign: itself, the carriers' states ({"10017": "APPROVED"}), and whom it is shared
// with; the last two may be null. It is approved when the connectivity partner has accepted it and at least
// one carrier has; suspended or rejected when none has and one suspends or rejects it.
domain::RegisteredCampaign campaign_of(const domain::Document& campaign, const domain::Document& operations,
                                       const domain::Document& sharing);

// [{"carrier", "network_id", "status"}] of the carriers' states and what is known of each carrier.
domain::Document carriers_of(const domain::Document& operations, const domain::Document& metadata);

}  // namespace warp::integrations
