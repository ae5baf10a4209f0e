// Many changes at once, where people need it; PUT /trunks/{trunk_id}/ips stands with the addresses.
#include "warp/api/authenticator.h"
#include "warp/store/api_keys.h"

#include "services.h"

namespace warp::api {
namespace {

constexpr std::int64_t kMostKeys = 200;

// All of them or none: a list with a key that is not there was made of something else.
Answer revoke_keys(Services& services, Call call) {
  const auto customer = call.id<CustomerId>("customer_id");
  Reply reply;
  reply.data = Json::array();
  for (const auto& item : call.body["key_ids"]) {
    const auto id = Uuid::parse(item.get<std::string>()).value_or(Uuid{});
    const auto revoked = co_await services.api_keys.revoke(call.as_operator(), customer, id);
    if (!revoked) {
      auto failure = from_store(revoked.error(), "key");
      failure.details["key_id"] = id.to_string();
      co_return failure;
    }
    Json row;
    row["id"] = id.to_string();
    row["name"] = revoked->name;
    row["revoked_at"] = timestamp(revoked->revoked_at);
    reply.data.push_back(std::move(row));
  }
  call.context->after_commit([&services] { services.authenticator.forget(); });
  co_return reply;
}

}  // namespace

void add_bulk(EndpointTable& table, Services& services) {
  table.push_back(
      {.method = http::Method::Post,
       .path = "/customers/{customer_id:uuid}/api-keys/revoke",
       .summary = "Revoke many keys of a customer, all of them or none",
       .tag = "API keys",
       .action = act(services, revoke_keys),
       .scope = "api_keys:write",
       .step_up = true,
       .body_kind = BodyKind::Json,
       .body = {"ApiKeyList", {list("key_ids", uuid(""), kMostKeys).between(1, kMostKeys).needed()}},
       .answer_kind = AnswerKind::List,
       .answer = {"RevokedApiKey", {uuid("id"), text("name"), instant("revoked_at")}},
       .errors = {ErrorCode::NotFound},
       .whole = true});
}

}  // namespace warp::api
