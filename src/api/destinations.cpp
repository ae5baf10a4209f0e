// Where the calls of a number go, one after another, when its trunk does not take them.
#include "warp/store/destinations.h"

#include "formats.h"
#include "number_view.h"
#include "services.h"

namespace warp::api {
namespace {

struct Cause {
  std::uint8_t bit;
  const char* name;
};
constexpr Cause kCauses[] = {{1, "unreachable"}, {2, "busy"}, {4, "no_answer"}};
constexpr std::uint8_t kAnyCause = 7;

std::vector<Field> destination_fields() {
  return {text("kind").one_of({"trunk", "number", "uri"}).needed(),
          text("target", 256)
              .needed()
              .says("Id of a trunk of the same customer, a telephone number, or a SIP URI."),
          list("on", text("").one_of({"unreachable", "busy", "no_answer"}), 3)
              .says("What the one before it must have come to; absent: anything."),
          integer("ring_seconds", 0, 300).says("0: as long as the trunk says."),
          integer("schedule_id", 0, 32'767).says("When it holds; 0 is always.")};
}

Json show(const domain::Destination& destination) {
  Json out;
  out["position"] = destination.position;
  out["kind"] = destination.kind;
  out["target"] = destination.target;
  out["on"] = Json::array();
  for (const auto& cause : kCauses)
    if ((destination.on & cause.bit) != 0) out["on"].push_back(cause.name);
  out["ring_seconds"] = destination.ring.count();
  out["schedule_id"] = destination.schedule;
  return out;
}

Reply show(const std::vector<domain::Destination>& destinations) {
  return list_reply(destinations, [](const auto& one) { return show(one); });
}

std::uint8_t read_causes(const Json& row) {
  if (!has(row, "on") || row["on"].empty()) return kAnyCause;
  std::uint8_t bits = 0;
  for (const auto& name : row["on"])
    for (const auto& cause : kCauses)
      if (name.get<std::string>() == cause.name) bits = static_cast<std::uint8_t>(bits | cause.bit);
  return bits;
}

// Why a destination makes no sense; empty: it does.
std::string fault_of(domain::Destination& destination, const std::string& number) {
  if (destination.kind == "number") {
    const auto e164 = e164_of(destination.target);
    if (!e164) return "is no telephone number";
    if (*e164 == number) return "is the number itself";
    destination.target = *e164;
  }
  if (destination.kind == "uri" && !destination.target.starts_with("sip:") &&
      !destination.target.starts_with("sips:"))
    return "is no SIP URI";
  if (destination.kind == "trunk" && !TrunkId::parse(destination.target)) return "is no id of a trunk";
  return {};
}

Answer get_destinations(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  store::DestinationRepository repository(services.pool);
  const auto found = co_await repository.list(call.actor(), *tn);
  if (!found) co_return from_number_store(found.error());
  co_return show(*found);
}

Answer set_destinations(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto number = co_await services.numbers.get(call.actor(), *tn);
  if (!number) co_return from_number_store(number.error());
  auto owner = call.actor();
  owner.customer = number->customer;
  std::vector<domain::Destination> wanted;
  for (const auto& row : call.body["destinations"]) {
    auto& one = wanted.emplace_back();
    one.kind = row["kind"].get<std::string>();
    one.target = row["target"].get<std::string>();
    one.on = read_causes(row);
    one.ring = std::chrono::seconds(take<std::uint32_t>(row, "ring_seconds").value_or(0));
    one.schedule = take<std::uint16_t>(row, "schedule_id").value_or(std::uint16_t{0});
    if (const auto fault = fault_of(one, *tn); !fault.empty()) {
      Failure failure{ErrorCode::ValidationError, "A destination leads nowhere."};
      failure.details["destinations[" + std::to_string(wanted.size() - 1) + "].target"] = fault;
      co_return failure;
    }
    if (one.kind != "trunk") continue;
    auto refused = co_await check_trunk(services, owner, *TrunkId::parse(one.target));
    if (refused) co_return std::move(*refused);
  }
  store::DestinationRepository repository(services.pool);
  const auto changed = co_await repository.replace(call.actor(), *tn, std::move(wanted));
  if (!changed) co_return from_number_store(changed.error());
  co_return show(*changed);
}

Schema destination_schema() {
  auto fields = destination_fields();
  fields.insert(fields.begin(), integer("position"));
  return {"NumberDestination", fields};
}

}  // namespace

void add_destinations(EndpointTable& table, Services& services) {
  const std::string path = "/numbers/{tn}/destinations";
  table.push_back({.path = path,
                   .summary = "Where its calls go when its trunk does not take them",
                   .tag = "Numbers",
                   .action = act(services, get_destinations),
                   .scope = "numbers:read",
                   .of_customer = true,
                   .answer_kind = AnswerKind::List,
                   .answer = destination_schema(),
                   .errors = {ErrorCode::TnNotOwned}});
  table.push_back({.method = http::Method::Put,
                   .path = path,
                   .summary = "Say where they go, all of it anew; an empty list is nowhere",
                   .tag = "Numbers",
                   .action = act(services, set_destinations),
                   .scope = "numbers:write",
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NumberDestinations",
                            {list("destinations", object("", destination_fields()),
                                  static_cast<std::int64_t>(store::kMostDestinations))
                                 .needed()}},
                   .answer_kind = AnswerKind::List,
                   .answer = destination_schema(),
                   .errors = {ErrorCode::TnNotOwned, ErrorCode::TrunkUnowned, ErrorCode::ValidationError}});
}

}  // namespace warp::api
