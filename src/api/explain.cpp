// Where a call would go and why: the routing decision over the snapshot in force, with its whole trace.
#include "warp/domain/jurisdiction.h"
#include "warp/numbering/table.h"
#include "warp/rating/price.h"
#include "warp/rating/terms.h"
#include "warp/routing/numbers.h"
#include "warp/routing/query.h"
#include "warp/routing/snapshot.h"
#include "warp/store/billing.h"

#include "formats.h"
#include "services.h"
#include "shown_parts.h"

namespace warp::api {
namespace {

Json show(const std::optional<domain::PricedSide>& side) {
  if (!side) return {};
  Json out;
  put_priced_line(out, *side);
  out["currency"] = side->currency.view();
  out["initial_increment"] = side->initial_increment;
  out["increment"] = side->increment;
  out["minimum_seconds"] = side->minimum_seconds;
  put_extras(out, *side);
  return out;
}

Json show(const routing::Candidate& candidate) {
  Json out;
  out["provider_id"] = candidate.provider ? Json(candidate.provider->id.to_string()) : Json();
  out["provider"] = candidate.provider ? Json(candidate.provider->name) : Json();
  out["route_id"] = candidate.route ? Json(candidate.route->id.to_string()) : Json();
  out["route_prefix"] = candidate.route ? Json(candidate.route->prefix) : Json();
  out["endpoint_id"] = candidate.endpoint->id;
  out["address"] = candidate.endpoint->address.to_string();
  out["transport"] = domain::to_string(candidate.endpoint->transport);
  out["cost"] = show(candidate.cost);
  out["note"] = candidate.note.empty() ? Json() : Json(candidate.note);
  return out;
}

Json show(const routing::Rejection& rejection) {
  Json out;
  out["route_id"] = rejection.route ? Json(rejection.route->id.to_string()) : Json();
  out["route_prefix"] = rejection.route ? Json(rejection.route->prefix) : Json();
  out["reason"] = domain::to_string(rejection.reason);
  out["cause"] = domain::info(rejection.reason).cause;
  out["provider_id"] = rejection.provider ? Json(rejection.provider->id.to_string()) : Json();
  out["note"] = rejection.note;
  return out;
}

Json show(const routing::Trace& trace) {
  auto out = Json::array();
  for (const auto& step : trace) {
    Json row;
    row["what"] = step.what;
    row["before"] = step.before;
    row["after"] = step.after;
    out.push_back(std::move(row));
  }
  return out;
}

// A number as the trunk dials it; as anybody does without one.
std::optional<std::string> entered(const routing::Snapshot& snapshot, const domain::Trunk* trunk,
                                   domain::NumberSubject subject, const std::string& number,
                                   routing::Trace& trace) {
  if (trunk == nullptr) return routing::normalise(number);
  return routing::enter(routing::peer_of(snapshot, *trunk), subject, number, &trace);
}

struct Dialled {
  std::string to;
  std::optional<std::string> from, from_e164;
};

// With both numbers as they go out to it, and the steps that made them.
Json show_way(const routing::Snapshot& snapshot, const routing::Decision& decision,
              const routing::Candidate& candidate, const std::string& to_e164, const Dialled& dialled) {
  auto out = show(candidate);
  const auto peer = candidate.provider != nullptr ? routing::peer_of(snapshot, *candidate.provider)
                                                  : routing::peer_of(snapshot, *decision.trunk);
  routing::Trace trace;
  out["called"] = routing::leave(peer, domain::NumberSubject::Called, to_e164, dialled.to, &trace);
  out["calling"] = Json();
  if (dialled.from)
    out["calling"] = routing::leave(peer, domain::NumberSubject::Calling, dialled.from_e164.value_or(""),
                                    *dialled.from, &trace);
  out["translation"] = show(trace);
  return out;
}

Failure bad_number(const char* name) {
  Failure failure{ErrorCode::InvalidParam, "This is no telephone number."};
  failure.details["param"] = name;
  return failure;
}

Failure missing(const char* name, const char* sentence) {
  Failure failure{ErrorCode::MissingParam, sentence};
  failure.details["param"] = name;
  return failure;
}

// What is known of both numbers; `lrn` stands for the answer of a look-up.
domain::CallNumbers numbers_of(const Services& services, const std::string& from, const std::string& to,
                               const std::optional<std::string>& lrn) {
  const auto table = services.places ? services.places->current() : nullptr;
  const domain::LookupRequest asked{from, to, lrn ? domain::kLookupDniLrn : domain::Lookups{0}};
  domain::LookupAnswer answer;
  if (lrn) {
    answer.state = domain::LookupState::Fresh;
    answer.dni_lrn = lrn;
  }
  return numbering::resolve(table.get(), asked, answer);
}

Json show(const domain::DippedNumber& number) {
  Json out;
  out["dipped"] = number.dipped;
  out["ported"] = number.ported;
  out["lrn"] = number.lrn.empty() ? Json() : Json(number.lrn);
  put_place(out, number.place);
  return out;
}

Json show(const domain::CallNumbers& numbers) {
  Json out;
  out["caller"] = show(numbers.caller);
  out["called"] = show(numbers.called);
  out["routing_number"] = numbers.routing.empty() ? Json() : Json(numbers.routing);
  out["note"] = numbers.note;
  return out;
}

// The price of a call of that length, with the arithmetic in words.
Json show_charge(const std::optional<domain::PricedSide>& side, std::chrono::seconds lasted,
                 std::vector<std::string>& trace) {
  const auto priced = side ? rating::reprice(*side, lasted) : std::nullopt;
  if (!priced) return {};
  Json out;
  out["duration_seconds"] = lasted.count();
  out["billed_seconds"] = priced->billed_seconds;
  out["amount"] = money(priced->amount);
  out["currency"] = priced->currency.view();
  out["arithmetic"] = rating::explain(*priced, lasted);
  trace.push_back("charge " + out["arithmetic"].get<std::string>());
  return out;
}

// What the account has for it, and how long that lasts.
boost::asio::awaitable<Json> show_hold(Services& services, store::Actor actor,
                                       const routing::Decision& decision, std::vector<std::string>& trace) {
  if (!decision.price || !decision.customer) co_return Json();
  const auto found = co_await services.billing.balance(std::move(actor), decision.customer->id);
  if (!found) co_return Json();
  Json out;
  out["billing_mode"] = domain::to_string(found->billing_mode);
  out["available"] = found->available ? money(*found->available) : Json();
  out["covers_seconds"] = Json();
  if (!found->available) {
    trace.push_back("hold: no limit");
    co_return out;
  }
  const auto most = decision.trunk ? decision.trunk->max_duration : std::chrono::seconds(0);
  const auto covered = rating::affordable(*decision.price, *found->available, most);
  out["covers_seconds"] = covered.count();
  trace.push_back("hold: " + found->available->to_string() + ' ' + std::string(found->currency.view()) +
                  " available, enough for " + std::to_string(covered.count()) + " s of at most " +
                  std::to_string(most.count()) + " s");
  co_return out;
}

struct ExplainQuestion {
  const domain::Trunk* trunk = nullptr;
  Dialled dialled;
  std::string to;
  bool inbound = false;
  WallTime when{};
  std::chrono::seconds lasted{0};
  std::optional<std::string> lrn;
  routing::Trace entry;
};

// A number of ours calls by its trunk.
const domain::Trunk* trunk_of(const routing::Snapshot& snapshot, const std::string& from) {
  const auto e164 = e164_of(from);
  const auto* number = e164 ? snapshot.number(*e164) : nullptr;
  return number && number->trunk ? snapshot.trunk(*number->trunk) : nullptr;
}

Outcome<ExplainQuestion> read_question(const Services& services, const routing::Snapshot& snapshot,
                                       const Json& query) {
  ExplainQuestion out;
  const auto trunk_id = take<std::string>(query, "trunk_id");
  out.trunk = trunk_id ? snapshot.trunk(*TrunkId::parse(*trunk_id)) : nullptr;
  if (trunk_id && !out.trunk) return not_found("trunk in the snapshot");
  out.dialled = {query["to"].get<std::string>(), take<std::string>(query, "from"), {}};
  if (!out.trunk && out.dialled.from) out.trunk = trunk_of(snapshot, *out.dialled.from);
  const auto to = entered(snapshot, out.trunk, domain::NumberSubject::Called, out.dialled.to, out.entry);
  if (!to) return bad_number("to");
  out.to = *to;
  if (out.dialled.from)
    out.dialled.from_e164 =
        entered(snapshot, out.trunk, domain::NumberSubject::Calling, *out.dialled.from, out.entry);
  if (out.dialled.from && !out.dialled.from_e164) return bad_number("from");
  out.inbound = snapshot.number(out.to) != nullptr;
  if (!out.inbound && !out.trunk)
    return missing("trunk_id", "Neither number is ours: name the trunk that calls.");
  if (!out.inbound && !out.dialled.from)
    return missing("from", "Who calls decides what a call to another's number costs, and where it goes.");
  out.when = services.clock.wall();
  if (const auto at = take<std::string>(query, "at"))
    if (const auto when = parse_timestamp(*at)) out.when = *when;
  out.lasted = std::chrono::seconds(take<std::int64_t>(query, "duration_seconds").value_or(60));
  if (const auto lrn = take<std::string>(query, "lrn")) out.lrn = routing::normalise(*lrn);
  return out;
}

routing::Decision decide(Services& services, const routing::Snapshot& snapshot,
                         const ExplainQuestion& question, const std::string& from,
                         const domain::CallNumbers& numbers) {
  const auto quality = services.quality ? services.quality->current() : nullptr;
  routing::RouteQuery query;
  query.trunk = question.trunk;
  query.ani = from;
  query.dni = question.to;
  query.numbers = &numbers;
  query.when = question.when;
  query.random = services.ids.next64();
  query.quality = quality.get();
  return question.inbound ? routing::decide_inbound(snapshot, query)
                          : routing::decide_outbound(snapshot, query);
}

void put_ways(Json& data, const routing::Snapshot& snapshot, const routing::Decision& decision,
              const ExplainQuestion& question) {
  data["candidates"] = Json::array();
  for (const auto& candidate : decision.candidates)
    data["candidates"].push_back(show_way(snapshot, decision, candidate, question.to, question.dialled));
  data["rejections"] = Json::array();
  for (const auto& rejection : decision.rejections)
    data["rejections"].push_back(show(rejection));
}

Answer explain(Services& services, Call call) {
  const auto snapshot = services.snapshots.current();
  if (!snapshot) co_return Failure{ErrorCode::ServiceUnavailable, "No routing snapshot has been loaded yet."};
  const auto question = read_question(services, *snapshot, call.query);
  if (!question) co_return question.error();
  const auto from = question->dialled.from_e164.value_or("");
  const auto numbers = numbers_of(services, from, question->to, question->lrn);
  const auto decision = decide(services, *snapshot, *question, from, numbers);
  auto trace = routing::explain(decision);

  Reply reply;
  auto& data = reply.data;
  data["direction"] = question->inbound ? "inbound" : "outbound";
  data["trunk_id"] = question->trunk ? Json(question->trunk->id.to_string()) : Json();
  data["from"] = value_or_null(question->dialled.from_e164);
  data["to"] = question->to;
  data["at"] = timestamp(question->when);
  data["snapshot_version"] = snapshot->version();
  data["snapshot_loaded_at"] = timestamp(snapshot->loaded_at());
  data["reason"] = domain::to_string(decision.reason);
  data["reason_code"] = static_cast<unsigned>(decision.reason);
  data["rule"] = decision.rule.empty() ? Json() : Json(decision.rule);
  data["on_net"] = decision.on_net;
  data["customer_id"] = decision.customer ? Json(decision.customer->id.to_string()) : Json();
  data["numbers"] = show(numbers);
  data["jurisdiction"] = domain::to_string(decision.jurisdiction);
  data["price"] = show(decision.price);
  put_ways(data, *snapshot, decision, *question);
  data["charge"] = show_charge(decision.price, question->lasted, trace);
  const auto* first = decision.candidates.empty() ? nullptr : &decision.candidates.front();
  data["cost"] = Json();
  if (first) {
    const std::optional<domain::PricedSide> cost = first->cost;
    data["cost"] = show_charge(cost, question->lasted, trace);
  }
  data["hold"] = co_await show_hold(services, call.as_operator(), decision, trace);
  data["translation"] = show(question->entry);
  data["trace"] = trace;
  co_return reply;
}

}  // namespace

void add_explain(EndpointTable& table, Services& services) {
  table.push_back(
      {.path = "/routing/explain",
       .summary = "Where a call would go now, what it would cost, and why",
       .tag = "Routing",
       .action = act(services, explain),
       .operators_only = true,
       .query = {text("to", 32).needed().says("The number called."),
                 text("from", 32).says("The number that calls; needed unless the number called is ours."),
                 uuid("trunk_id").says("The trunk that calls; likewise."), instant("at").says("When; now."),
                 integer("duration_seconds", 0, 86'400).says("Of the call that is priced; 60."),
                 text("lrn", 15)
                     .is(is_number, "a telephone number")
                     .says("The routing number that a look-up of the number called would find.")},
       .answer =
           {"RoutingExplanation",
            {text("direction"),
             uuid("trunk_id").or_null(),
             text("from").or_null(),
             text("to"),
             instant("at"),
             text("rule").or_null(),
             boolean("on_net"),
             uuid("customer_id").or_null(),
             free_object("numbers"),
             text("jurisdiction"),
             free_object("charge").or_null(),
             free_object("cost").or_null(),
             free_object("hold").or_null(),
             integer("snapshot_version"),
             instant("snapshot_loaded_at"),
             text("reason"),
             integer("reason_code"),
             free_object("price").or_null(),
             list("candidates", free_object("")),
             list("rejections", free_object("")),
             list("translation", free_object("")).says("What the trunk's entry rules made of the numbers."),
             list("trace", text(""))}},
       .errors = {ErrorCode::MissingParam, ErrorCode::NotFound}});
}

}  // namespace warp::api
