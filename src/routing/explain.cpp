#include "warp/routing/decision.h"

namespace warp::routing {
namespace {

using domain::Reason;

std::string shown_prefix(std::string_view prefix) {
  return prefix.empty() ? "any number" : "prefix " + std::string(prefix);
}

std::string terms(const domain::PricedSide& side) {
  std::string text = side.per_minute.to_string(4) + ' ' + std::string(side.currency.view()) + "/min (" +
                     shown_prefix(side.prefix) + ", " + std::to_string(side.initial_increment) + '/' +
                     std::to_string(side.increment) + ", plan version " + std::to_string(side.plan_version);
  if (side.minimum_seconds > 0) text += ", at least " + std::to_string(side.minimum_seconds) + " s";
  if (side.setup_fee != Money{}) text += ", setup " + side.setup_fee.to_string(4);
  return text + ')';
}

std::string describe(const Candidate& candidate, const Decision& decision) {
  std::string text = candidate.provider ? "provider " + candidate.provider->name : "trunk endpoint";
  text += " at " + candidate.endpoint->where() + ' ' + std::string(candidate.endpoint->transport_text());
  if (candidate.route)
    text += ", route " + candidate.route->id.to_string() + " (" + shown_prefix(candidate.route->prefix) +
            ", priority " + std::to_string(candidate.route->priority) + ")";
  const std::optional<domain::PricedSide> cost = candidate.cost;
  if (!cost) return text;
  text += ", costs " + terms(*cost);
  const auto margin =
      decision.price ? Money::subtract(decision.price->per_minute, cost->per_minute) : std::nullopt;
  if (margin) text += ", margin " + margin->to_string(4) + "/min";
  return text;
}

std::string why(const Rejection& rejection, const Decision& decision) {
  if (rejection.reason == Reason::TrunkHasNoEndpoint) return "it has no enabled endpoint";
  if (rejection.reason == Reason::MarginTooLow && rejection.line && decision.price)
    return "it costs " + rejection.line->per_minute.to_string(4) + "/min, the customer pays " +
           decision.price->per_minute.to_string(4) + "/min";
  if (rejection.reason != Reason::VendorUnrated) return std::string(domain::info(rejection.reason).cause);
  if (!rejection.deck) return "it has no rate plan";
  if (!rejection.line) return "its rate plan has no line in effect for the number";
  return "its rate plan is in " + std::string(rejection.deck->plan().currency.view()) +
         ", which does not compare with the customer's";
}

std::string describe(const Rejection& rejection, const Decision& decision) {
  std::string text = "rejected";
  if (rejection.provider) text += " provider " + rejection.provider->name;
  if (rejection.route)
    text += ", route " + rejection.route->id.to_string() + " (" + shown_prefix(rejection.route->prefix) + ")";
  return text + ": " + std::string(to_string(rejection.reason)) + ", " + why(rejection, decision);
}

}  // namespace

std::vector<std::string> explain(const Decision& decision) {
  std::vector<std::string> lines;
  if (decision.trunk) lines.push_back("trunk " + decision.trunk->name);
  if (decision.customer) lines.push_back("customer " + decision.customer->name);
  if (decision.price)
    lines.push_back("price " + terms(*decision.price));
  else if (decision.reason == Reason::NormalClearing)
    lines.push_back("free of charge");
  std::size_t position = 0;
  for (const auto& candidate : decision.candidates)
    lines.push_back(std::to_string(++position) + ". " + describe(candidate, decision));
  for (const auto& rejection : decision.rejections)
    lines.push_back(describe(rejection, decision));
  if (decision.reason != Reason::NormalClearing) {
    const auto& row = domain::info(decision.reason);
    lines.push_back("refused: " + std::string(row.name) + ". " + std::string(row.cause) + ' ' +
                    std::string(row.cure));
  }
  return lines;
}

}  // namespace warp::routing
