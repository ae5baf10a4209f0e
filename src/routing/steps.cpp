#include "steps.h"

#include <algorithm>

#include "warp/rating/price.h"

namespace warp::routing {

using domain::Reason;

Few<const domain::Endpoint*> ordered(const std::vector<domain::Endpoint>& endpoints, Draw& draw) {
  Few<const domain::Endpoint*> order;
  order.reserve(endpoints.size());
  for (const auto& endpoint : endpoints)
    order.push_back(&endpoint);
  shuffle_runs(
      order.begin(), order.end(), [](const auto* a, const auto* b) { return a->priority == b->priority; },
      [](const auto* one) { return one->weight; }, draw);
  return order;
}

bool is_listed(std::span<const Candidate> candidates, const domain::Endpoint* endpoint) {
  return std::any_of(candidates.begin(), candidates.end(),
                     [&](const Candidate& one) { return one.endpoint == endpoint; });
}

// The line of a plan; `decision.price` when it has one.
Reason price_by(const rating::Deck& deck, std::uint32_t located, const Asked& asked, Decision& decision) {
  const auto when = asked.query.when;
  if (const auto* line = deck.line_at(located, when, asked.jurisdiction)) {
    rating::put_line(deck, *line, decision.price.emplace(), asked.jurisdiction);
    return Reason::NormalClearing;
  }
  if (deck.blocked_at(located, when, asked.jurisdiction)) {
    decision.rule = "blocked by the rate plan";
    return Reason::DestinationBlocked;
  }
  if (!deck.counts_as(asked.jurisdiction)) decision.rule = "ANI unusable";
  return Reason::DestinationUnrated;
}

Reason refused_by(const Lists* lists, const Asked& asked, Decision& decision) {
  auto reason = Reason::NormalClearing;
  const auto* list = refusing(lists, asked, reason);
  if (!list) return Reason::NormalClearing;
  decision.rule = "list " + list->row->name;
  return reason;
}

// By the lists of who calls: the account's, the trunk's, the partition's.
Reason refused_by_lists(const Snapshot::Impl& snapshot, const Account& account, const domain::Trunk& trunk,
                        const Asked& asked, Decision& decision) {
  if (snapshot.lists.empty()) return Reason::NormalClearing;
  for (const auto* lists : {account.lists, snapshot.lists_of(trunk.id.value),
                            account.partition ? account.partition->lists : nullptr})
    if (const auto reason = refused_by(lists, asked, decision); reason != Reason::NormalClearing)
      return reason;
  return Reason::NormalClearing;
}

// Who calls, when nothing forbids it; null with the reason in `reason`.
const Account* caller_of(const Snapshot::Impl& snapshot, const domain::Trunk& trunk, Decision& decision,
                         Reason& reason) {
  const auto found = snapshot.accounts.find(trunk.customer);
  if (found != snapshot.accounts.end()) decision.customer = found->second.customer;
  reason = Reason::TrunkDisabled;
  if (!trunk.enabled) return nullptr;
  reason = Reason::AccountSuspended;
  return decision.customer && decision.customer->active ? &found->second : nullptr;
}

}  // namespace warp::routing
