// Steps that decisions of all kinds take.
#pragma once

#include <span>
#include <vector>

#include "rules.h"
#include "weighted.h"

namespace warp::routing {

// Endpoints by priority, and by chance of their weights within one.
Few<const domain::Endpoint*> ordered(const std::vector<domain::Endpoint>& endpoints, Draw& draw);
bool is_listed(std::span<const Candidate> candidates, const domain::Endpoint* endpoint);

// The line of a plan, as decision.price; else the reason, and what it was.
domain::Reason price_by(const rating::Deck& deck, std::uint32_t located, const Asked& asked,
                        Decision& decision);
// By one owner's lists; decision.rule says which.
domain::Reason refused_by(const Lists* lists, const Asked& asked, Decision& decision);
// By the lists of who calls: the account's, the trunk's, the partition's.
domain::Reason refused_by_lists(const Snapshot::Impl& snapshot, const Account& account,
                                const domain::Trunk& trunk, const Asked& asked, Decision& decision);
// Who calls, as decision.customer; null, with the reason, when trunk or account may not.
const Account* caller_of(const Snapshot::Impl& snapshot, const domain::Trunk& trunk, Decision& decision,
                         domain::Reason& reason);

}  // namespace warp::routing
