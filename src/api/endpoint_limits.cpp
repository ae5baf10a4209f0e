// Limits of one endpoint of a provider.
#include "warp/store/endpoint_limits.h"

#include "services.h"

namespace warp::api {
namespace {

constexpr std::int64_t kMostOfAnEndpoint = 1'000'000;

std::vector<Field> endpoint_limit_fields() {
  return {integer("cps", 0, kMostOfAnEndpoint)
              .or_null()
              .says("Calls a second; 0 lets nothing through, null is no limit."),
          integer("channels", 0, kMostOfAnEndpoint).or_null().says("Calls at once; likewise.")};
}

Schema endpoint_limit_schema() {
  auto fields = endpoint_limit_fields();
  fields.insert(fields.begin(), integer("endpoint_id"));
  return {"EndpointLimits", fields};
}

Reply show(const store::EndpointLimits& limits) {
  Reply reply;
  reply.data["endpoint_id"] = limits.endpoint;
  reply.data["cps"] = value_or_null(limits.cps);
  reply.data["channels"] = value_or_null(limits.channels);
  return reply;
}

Answer get_endpoint_limits(Services& services, Call call) {
  const auto found = co_await services.endpoint_limits.get(
      call.as_operator(), call.id<ProviderId>("provider_id"), call.number("endpoint_id"));
  if (!found) co_return from_store(found.error(), "endpoint");
  co_return show(*found);
}

Answer set_endpoint_limits(Services& services, Call call) {
  const auto provider = call.id<ProviderId>("provider_id");
  const auto before =
      co_await services.endpoint_limits.get(call.as_operator(), provider, call.number("endpoint_id"));
  if (!before) co_return from_store(before.error(), "endpoint");
  auto wanted = *before;
  if (has(call.body, "cps")) wanted.cps = take<std::uint32_t>(call.body, "cps");
  if (has(call.body, "channels")) wanted.channels = take<std::uint32_t>(call.body, "channels");
  const auto changed = co_await services.endpoint_limits.set(call.as_operator(), provider, wanted);
  if (!changed) co_return from_store(changed.error(), "endpoint");
  co_return show(*changed);
}

}  // namespace

void add_endpoint_limits(EndpointTable& table, Services& services) {
  const std::string path = "/providers/{provider_id:uuid}/endpoints/{endpoint_id:int}/limits";
  table.push_back({.path = path,
                   .summary = "Calls that the endpoint may get, beside the provider's own limits",
                   .tag = "Providers",
                   .action = act(services, get_endpoint_limits),
                   .operators_only = true,
                   .answer = endpoint_limit_schema(),
                   .errors = {ErrorCode::NotFound}});
  add_update(table, {.path = path,
                     .summary = "Change them; only the fields present",
                     .tag = "Providers",
                     .action = act(services, set_endpoint_limits),
                     .operators_only = true,
                     .body_kind = BodyKind::Json,
                     .body = {"EndpointLimitsPatch", endpoint_limit_fields()},
                     .answer = endpoint_limit_schema(),
                     .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
}

}  // namespace warp::api
