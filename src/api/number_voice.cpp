// Where calls to a number go.
#include <algorithm>

#include "warp/store/emergency_locations.h"

#include "formats.h"
#include "number_view.h"
#include "port_work.h"

namespace warp::api {
namespace {

constexpr std::int64_t kMostRouted = 200;

store::NumberPatch to_trunk(std::optional<TrunkId> trunk) {
  store::NumberPatch patch;
  patch.trunk = trunk;
  if (!trunk) patch.status = "held";
  return patch;
}

bool is_cnam(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Emergency-capable calls need an address: the number's own, or a copy of another number's.
boost::asio::awaitable<std::optional<Failure>> need_address(Services& services, Call call, std::string e164) {
  if (const auto id = take<std::string>(call.body, "e911_address_id")) {
    const auto source = e164_of(*id);
    if (!source)
      co_return Failure{ErrorCode::ValidationError, "`e911_address_id` is no number with an address."};
    const auto found = co_await services.emergency_locations.get(call.actor(), *source);
    if (!found)
      co_return Failure{ErrorCode::ValidationError, "`e911_address_id` is no number with an address."};
    if (*source != e164) {
      const auto put =
          co_await services.emergency_locations.put(call.actor(), e164, found->civic, found->callback_name);
      if (!put) co_return from_number_store(put.error());
    }
  }
  if (!take<bool>(call.body, "e911_enabled").value_or(false)) co_return std::nullopt;
  const auto own = co_await services.emergency_locations.get(call.actor(), e164);
  if (own) co_return std::nullopt;
  if (own.error().kind != store::ErrorKind::NotFound) co_return from_number_store(own.error());
  co_return Failure{ErrorCode::ValidationError, "The number has no address for emergency calls."};
}

// Once the change holds.
void publish_name(Services& services, const Call& call, const store::Number& number) {
  auto* stock = services.ports.stock;
  if (!stock || (!has(call.body, "cnam_enabled") && !has(call.body, "cnam_display_name"))) return;
  const auto name = number.cnam_enabled ? number.cnam_display_name : std::string();
  call.context->after_commit([stock, e164 = number.e164, name] {
    stock->publish_cnam(e164, name, [](domain::PortResult<bool>) {});
  });
}

Answer set_voice(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto number = co_await services.numbers.get(call.actor(), *tn);
  if (!number) co_return from_number_store(number.error());
  if (!number->customer) co_return Failure{ErrorCode::ValidationError, "A number in stock cannot be routed."};
  store::NumberPatch patch;
  if (const auto id = take<std::string>(call.body, "trunk_id")) {
    const auto trunk = *TrunkId::parse(*id);
    auto owner = call.actor();
    owner.customer = number->customer;
    auto refused = co_await check_trunk(services, owner, trunk);
    if (refused) co_return std::move(*refused);
    patch = to_trunk(trunk);
  }
  patch.cnam_enabled = take<bool>(call.body, "cnam_enabled");
  patch.cnam_display_name = take<std::string>(call.body, "cnam_display_name");
  patch.e911_enabled = take<bool>(call.body, "e911_enabled");
  if (patch.cnam_enabled.value_or(false) &&
      patch.cnam_display_name.value_or(number->cnam_display_name).empty())
    co_return Failure{ErrorCode::ValidationError, "A name that is to be shown is needed."};
  auto asking = need_address(services, call, *tn);
  if (auto refused = co_await std::move(asking)) co_return std::move(*refused);
  const auto changed = co_await services.numbers.update(call.actor(), *tn, patch);
  if (!changed) co_return from_number_store(changed.error());
  publish_name(services, call, *changed);
  co_return reply_with(show_number(*changed)["voice"]);
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
  table.push_back(
      {.method = http::Method::Patch,
       .path = path,
       .summary = "Route calls to a trunk; a held number becomes active",
       .tag = tag,
       .action = act(services, set_voice),
       .scope = "numbers:write",
       .of_customer = true,
       .body_kind = BodyKind::Json,
       .body = {"NumberVoice",
                {uuid("trunk_id"), text("voice_routing_type").one_of({"trunk"}),
                 boolean("e911_enabled").says("Needs an address: `PUT /numbers/{tn}/e911`."),
                 text("e911_address_id", 16).says("A number whose address is taken over."),
                 boolean("cnam_enabled"), text("cnam_display_name", 15).is(is_cnam, "printable ASCII")}},
       .partial = true,
       .body_error = ErrorCode::InvalidRequest,
       .answer = {"NumberVoiceAnswer", voice_fields()},
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
                {list("tns", text("", 16).is(is_number, "a telephone number"), kMostRouted).needed(),
                 uuid("trunk_id").needed()}},
       .body_error = ErrorCode::InvalidRequest,
       .answer = {"NumberBulkRouteAnswer",
                  {list("results", free_object("")), integer("routed_count"), integer("failed_count")}},
       .errors = {ErrorCode::TrunkUnowned}});
}

}  // namespace warp::api
