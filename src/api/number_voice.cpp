// Where calls to a number go.
#include "formats.h"
#include "number_view.h"
#include "services.h"

namespace warp::api {
namespace {

constexpr std::int64_t kMostNumbers = 200;

store::NumberPatch to_trunk(std::optional<TrunkId> trunk) {
  store::NumberPatch patch;
  patch.trunk = trunk;
  if (!trunk) patch.status = "held";
  return patch;
}

Answer set_voice(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto number = co_await services.numbers.get(call.actor(), *tn);
  if (!number) co_return from_number_store(number.error());
  if (!number->customer) co_return Failure{ErrorCode::ValidationError, "A number in stock cannot be routed."};
  Reply reply;
  if (const auto id = take<std::string>(call.body, "trunk_id")) {
    const auto trunk = *TrunkId::parse(*id);
    auto owner = call.actor();
    owner.customer = number->customer;
    auto refused = co_await check_trunk(services, owner, trunk);
    if (refused) co_return std::move(*refused);
    const auto changed = co_await services.numbers.update(call.actor(), *tn, to_trunk(trunk));
    if (!changed) co_return from_number_store(changed.error());
    reply.data = show_number(*changed)["voice"];
  } else {
    reply.data = show_number(*number)["voice"];
  }
  co_return reply;
}

Answer clear_voice(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto changed = co_await services.numbers.update(call.actor(), *tn, to_trunk(std::nullopt));
  if (!changed) co_return from_number_store(changed.error());
  co_return no_content();
}

// Each number by itself: one that fails does not stop the others.
Answer bulk_route(Services& services, Call call) {
  const auto trunk = *TrunkId::parse(call.body["trunk_id"].get<std::string>());
  auto refused = co_await check_trunk(services, call.actor(), trunk);
  if (refused) co_return std::move(*refused);
  Reply reply;
  reply.data["results"] = Json::array();
  std::size_t failed = 0;
  for (const auto& tn : call.body["tns"]) {
    Json row;
    row["tn"] = tn;
    const auto e164 = e164_of(tn.get<std::string>());
    const auto patch = to_trunk(trunk);
    const auto changed = co_await services.numbers.update(call.actor(), *e164, patch);
    row["status"] = changed ? "routed" : "failed";
    if (!changed) {
      ++failed;
      const auto failure = from_number_store(changed.error());
      row["error"]["code"] = to_string(failure.code);
      row["error"]["message"] =
          failure.message.empty() ? std::string(info(failure.code).cause) : failure.message;
    }
    reply.data["results"].push_back(std::move(row));
  }
  reply.data["routed_count"] = call.body["tns"].size() - failed;
  reply.data["failed_count"] = failed;
  co_return reply;
}

}  // namespace

void add_number_voice(EndpointTable& table, Services& services) {
  const std::string tag = "Numbers";
  const std::string path = "/numbers/{tn}/voice";
  table.push_back({.method = http::Method::Patch,
                   .path = path,
                   .summary = "Route calls to a trunk; a held number becomes active",
                   .tag = tag,
                   .action = act(services, set_voice),
                   .scope = "numbers:write",
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NumberVoice", {uuid("trunk_id"), text("voice_routing_type").one_of({"trunk"})}},
                   .partial = true,
                   .body_error = ErrorCode::InvalidRequest,
                   .answer = {"NumberVoiceAnswer", {uuid("trunk_id"), text("voice_routing_type")}},
                   .errors = {ErrorCode::TnNotOwned, ErrorCode::TrunkUnowned, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = path,
                   .summary = "Route calls nowhere",
                   .tag = tag,
                   .action = act(services, clear_voice),
                   .scope = "numbers:write",
                   .of_customer = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::TnNotOwned}});
  table.push_back(
      {.method = http::Method::Post,
       .path = "/numbers/bulk-route",
       .summary = "Route many numbers to one trunk; each number has its own result",
       .tag = tag,
       .action = act(services, bulk_route),
       .scope = "numbers:write",
       .of_customer = true,
       .customer_needed = true,
       .body_kind = BodyKind::Json,
       .body = {"NumberBulkRoute",
                {list("tns", text("", 16).is(is_number, "a telephone number"), kMostNumbers).needed(),
                 uuid("trunk_id").needed()}},
       .body_error = ErrorCode::InvalidRequest,
       .answer = {"NumberBulkRouteAnswer",
                  {list("results", free_object("")), integer("routed_count"), integer("failed_count")}},
       .errors = {ErrorCode::TrunkUnowned}});
}

}  // namespace warp::api
