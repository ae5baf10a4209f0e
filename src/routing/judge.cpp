#include "judge.h"

#include <algorithm>
#include <limits>

namespace warp::routing {

using domain::Reason;

namespace {

constexpr std::int64_t kWholePrice = 1'000'000'000;
constexpr unsigned kNanos = 9;
constexpr Money kAnything = Money::from_nanos(std::numeric_limits<std::int64_t>::max());
constexpr Money kNothing = Money::from_nanos(std::numeric_limits<std::int64_t>::min());

}  // namespace

Money most_cost(const domain::RatePlan& plan, const domain::Partition& partition, Money per_minute) {
  if (plan.allow_below_cost) return kAnything;
  const bool by_plan = plan.minimum_margin != Money{} || plan.minimum_margin_e9 != 0;
  const Money least = by_plan ? plan.minimum_margin : partition.minimum_margin;
  const std::int64_t share = by_plan ? plan.minimum_margin_e9 : partition.minimum_margin_e9;
  if (least == Money{} && share == 0) return per_minute;
  const auto of_price = Money::scale(per_minute, share, kWholePrice, Rounding::Up);
  if (!of_price) return kNothing;
  return Money::subtract(per_minute, std::max(least, *of_price)).value_or(kNothing);
}

Judge::Judge(const Snapshot::Impl& snapshot, const Asked& asked, const domain::Partition& partition,
             const RuleVerdict& rules, const Terms& terms, Decision& decision)
    : snapshot_(snapshot),
      asked_(asked),
      rules_(rules),
      currency_(terms.deck->plan().currency),
      most_(terms.forced ? kAnything : most_cost(terms.deck->plan(), partition, terms.per_minute)),
      forced_(terms.forced),
      easy_(rules.blocked.empty() && !terms.forced),
      decision_(decision) {}

void Judge::pass_over(const RouteTarget& target, const Objection& why) {
  reject(target, {nullptr, {}}, why.reason, why.note);
}

[[gnu::noinline]] void Judge::weigh(const RouteTarget& target, const Found& found) {
  if (forced_ != (target.route->action == domain::RouteAction::Force)) return;
  if (const auto why = objection(snapshot_, target, asked_)) return pass_over(target, why);
  if (rules_.is_blocked(target.provider))
    return reject(target, found, Reason::DestinationBlocked, "a route that blocks names its provider");
  if (const auto why = provider_objection(target, asked_)) return pass_over(target, why);
  if (!target.has_endpoint)
    return reject(target, found, Reason::TrunkHasNoEndpoint, "it has no enabled endpoint");
  if (!found.line) return reject(target, found, Reason::VendorUnrated, unrated(target));
  Money cost = found.cost;
  if (!same(target.currency)) {
    const auto fx = snapshot_.fx.rate(target.currency, currency_, asked_.query.when);
    const auto converted = fx ? rating::convert(cost, *fx, kNanos, Rounding::Up) : std::nullopt;
    if (!converted)
      return reject(target, found, Reason::VendorUnrated,
                    fx ? "its cost does not fit the customer's currency"
                       : "no rate of exchange to the customer's currency is in force");
    cost = *converted;
  }
  if (cost > most_)
    return reject(target, found, Reason::MarginTooLow, "it leaves less than the margin that is asked for");
  add(target, found.line, cost);
}

void Judge::reject(const RouteTarget& target, const Found& found, Reason reason, std::string_view note) {
  decision_.rejections.push_back({target.route, reason, target.provider, target.deck, found.line, note});
}

std::string_view Judge::unrated(const RouteTarget& target) const {
  if (!target.deck) return "it has no rate plan";
  if (!target.deck->counts_as(asked_.jurisdiction)) return "ANI unusable";
  return "its rate plan has no line in effect for the number";
}

}  // namespace warp::routing
