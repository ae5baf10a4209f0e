// /trunks/{id}/endpoints and /providers/{id}/endpoints.
#include "endpoint_body.h"
#include "endpoint_owners.h"

namespace warp::api {
namespace {

template <class Kind>
Answer list_endpoints(Services& services, Call call) {
  return list_with<Kind>(services, std::move(call), [](const store::Endpoint& endpoint) {
    return show_endpoint(endpoint, Kind::kOwner);
  });
}

template <class Kind>
Answer get_endpoint(Services& services, Call call) {
  const auto owner = call.id<typename Kind::Id>(Kind::kOwner);
  const auto found = co_await Kind::repository(services).get(call.actor(), owner, call.number("endpoint_id"));
  if (!found) co_return from_store(found.error(), "endpoint");
  co_return reply_with(show_endpoint(*found, Kind::kOwner));
}

template <class Kind>
Answer create_endpoint(Services& services, Call call) {
  const auto endpoint = read_endpoint(call.body, !call.principal().is_operator());
  if (!endpoint) co_return endpoint.error();
  const auto owner = call.id<typename Kind::Id>(Kind::kOwner);
  const auto made = co_await Kind::repository(services).create(call.actor(), owner, *endpoint);
  if (!made) co_return from_store(made.error(), "endpoint");
  co_return reply_with(show_endpoint(*made, Kind::kOwner), 201);
}

template <class Kind>
Answer update_endpoint(Services& services, Call call) {
  const auto owner = call.id<typename Kind::Id>(Kind::kOwner);
  const auto id = call.number("endpoint_id");
  const auto before = co_await Kind::repository(services).get(call.actor(), owner, id);
  if (!before) co_return from_store(before.error(), "endpoint");
  const auto patch = read_endpoint_patch(call.body, *before, !call.principal().is_operator());
  if (!patch) co_return patch.error();
  const auto changed = co_await Kind::repository(services).update(call.actor(), owner, id, *patch);
  if (!changed) co_return from_store(changed.error(), "endpoint");
  co_return reply_with(show_endpoint(*changed, Kind::kOwner));
}

template <class Kind>
Answer delete_endpoint(Services& services, Call call) {
  const auto owner = call.id<typename Kind::Id>(Kind::kOwner);
  const auto gone =
      co_await Kind::repository(services).remove(call.actor(), owner, call.number("endpoint_id"));
  if (!gone) co_return from_store(gone.error(), "endpoint");
  co_return no_content();
}

template <class Kind>
void add_endpoints_of(EndpointTable& table, Services& services, const std::string& path,
                      const std::string& tag, bool operators) {
  const auto answer = endpoint_schema(Kind::kOwner);
  const auto one = path + "/{endpoint_id:int}";
  const auto common = [&](Endpoint endpoint) {
    endpoint.tag = tag;
    endpoint.operators_only = operators;
    endpoint.of_customer = !operators;
    endpoint.scope = endpoint.method == http::Method::Get ? "trunks:read" : "trunks:write";
    if (operators) endpoint.scope.clear();
    endpoint.step_up = !operators && endpoint.method != http::Method::Get;
    endpoint.errors.push_back(ErrorCode::NotFound);
    table.push_back(std::move(endpoint));
  };
  common({.path = path,
          .summary = "Where calls are delivered",
          .tag = tag,
          .action = act(services, list_endpoints<Kind>),
          .answer_kind = AnswerKind::List,
          .answer = answer});
  common({.method = http::Method::Post,
          .path = path,
          .summary = "Add an endpoint",
          .tag = tag,
          .action = act(services, create_endpoint<Kind>),
          .body_kind = BodyKind::Json,
          .body = new_endpoint_schema(),
          .answer = answer,
          .status = 201,
          .errors = {ErrorCode::ValidationError, ErrorCode::Conflict}});
  common({.path = one,
          .summary = "One endpoint",
          .tag = tag,
          .action = act(services, get_endpoint<Kind>),
          .answer = answer});
  common({.method = http::Method::Patch,
          .path = one,
          .summary = "Change an endpoint; only the fields present",
          .tag = tag,
          .action = act(services, update_endpoint<Kind>),
          .body_kind = BodyKind::Json,
          .body = endpoint_patch_schema(),
          .partial = true,
          .answer = answer,
          .errors = {ErrorCode::ValidationError, ErrorCode::Conflict}});
  common({.method = http::Method::Delete,
          .path = one,
          .summary = "Remove an endpoint",
          .tag = tag,
          .action = act(services, delete_endpoint<Kind>),
          .answer_kind = AnswerKind::Nothing,
          .status = 204});
}

}  // namespace

void add_endpoints(EndpointTable& table, Services& services) {
  add_endpoints_of<OfTrunk>(table, services, "/trunks/{trunk_id:uuid}/endpoints", "Trunks", false);
  add_endpoints_of<OfProvider>(table, services, "/providers/{provider_id:uuid}/endpoints", "Providers", true);
}

}  // namespace warp::api
