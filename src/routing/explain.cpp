#include "warp/domain/jurisdiction.h"
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

std::string dip(std::string_view which, const domain::DippedNumber& number) {
  std::string text(which);
  text += number.ported ? " is ported, LRN " + number.lrn : std::string(" is not ported");
  if (!number.place.state.empty()) text += ", " + number.place.state;
  if (number.place.lata != 0) text += ", LATA " + std::to_string(number.place.lata);
  return text;
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
  const bool comparable = decision.price && decision.price->currency == cost->currency;
  const auto margin =
      comparable ? Money::subtract(decision.price->per_minute, cost->per_minute) : std::nullopt;
  if (margin) text += ", margin " + margin->to_string(4) + "/min";
  if (!candidate.note.empty()) text += ", among the last: " + std::string(candidate.note);
  return text;
}

std::string why(const Rejection& rejection, const Decision& decision) {
  if (rejection.reason == Reason::MarginTooLow && rejection.line && rejection.deck && decision.price) {
    const auto& plan = rejection.deck->plan();
    const auto cost =
        rating::PickedLine(*rejection.deck, *rejection.line, decision.jurisdiction).per_minute();
    return "it costs " + cost.to_string(4) + ' ' + std::string(plan.currency.view()) +
           "/min, the customer pays " + decision.price->per_minute.to_string(4) + ' ' +
           std::string(decision.price->currency.view()) + "/min: " + std::string(rejection.note);
  }
  if (rejection.note.empty()) return std::string(domain::info(rejection.reason).cause);
  const bool foreign = rejection.reason == Reason::VendorUnrated && rejection.line && rejection.deck;
  if (!foreign) return std::string(rejection.note);
  return "its rate plan is in " + std::string(rejection.deck->plan().currency.view()) + ": " +
         std::string(rejection.note);
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
  if (decision.callee) lines.push_back("on-net, to customer " + decision.callee->name);
  if (decision.numbers) {
    const auto& numbers = *decision.numbers;
    if (numbers.caller.dipped) lines.push_back(dip("caller", numbers.caller));
    if (numbers.called.dipped) lines.push_back(dip("called number", numbers.called));
    if (!numbers.routing.empty()) lines.push_back("routing number " + numbers.routing);
    if (!numbers.note.empty()) lines.push_back("numbers: " + numbers.note);
  }
  lines.push_back("jurisdiction " + std::string(domain::to_string(decision.jurisdiction)));
  if (!decision.rule.empty()) lines.push_back("rule: " + decision.rule);
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
