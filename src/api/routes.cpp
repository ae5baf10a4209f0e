#include "warp/store/routing.h"

#include "formats.h"
#include "resource.h"

namespace warp::api {
namespace {

const Paging kPaging;

std::vector<Field> changeable_fields() {
  return {text("prefix", 15).is(is_prefix, "up to 15 digits").says("E.164 digits; empty matches all."),
          integer("priority", 0, 65'535).says("Lower first; within one priority the cheaper first."),
          integer("weight", 0, 65'535), boolean("enabled"), description_field()};
}

std::vector<Field> all_fields(bool create) {
  auto fields = changeable_fields();
  for (const char* name : {"provider_id", "partition_id"}) {
    auto field = uuid(name);
    field.required = create;
    fields.insert(fields.begin(), std::move(field));
  }
  return fields;
}

Schema answer_schema() {
  auto fields = all_fields(false);
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"Route", fields};
}

Json show(const store::Route& route) {
  Json out;
  out["id"] = route.id.to_string();
  out["partition_id"] = route.partition.to_string();
  out["provider_id"] = route.provider.to_string();
  out["prefix"] = route.prefix;
  out["priority"] = route.priority;
  out["weight"] = route.weight;
  out["enabled"] = route.enabled;
  out["description"] = route.description;
  out["created_at"] = timestamp(route.created_at);
  out["updated_at"] = timestamp(route.updated_at);
  return out;
}

Answer list_routes(Services& services, Call call) {
  const auto page = read_page(call.query, kPaging);
  std::optional<PartitionId> partition;
  if (const auto id = take<std::string>(call.query, "partition_id")) partition = PartitionId::parse(*id);
  const auto found = co_await services.routes.list(call.as_operator(), partition, page);
  if (!found) co_return from_store(found.error(), "route");
  Reply reply;
  reply.data = Json::array();
  for (const auto& route : found->items)
    reply.data.push_back(show(route));
  put_paging(reply, page, found->total);
  co_return reply;
}

Answer get_route(Services& services, Call call) {
  const auto found = co_await services.routes.get(call.as_operator(), call.id<RouteId>("route_id"));
  if (!found) co_return from_store(found.error(), "route");
  co_return reply_with(show(*found));
}

Answer create_route(Services& services, Call call) {
  const auto& body = call.body;
  store::NewRoute route;
  route.partition = *PartitionId::parse(body["partition_id"].get<std::string>());
  route.provider = *ProviderId::parse(body["provider_id"].get<std::string>());
  route.prefix = take<std::string>(body, "prefix").value_or("");
  route.priority = take<std::uint32_t>(body, "priority").value_or(route.priority);
  route.weight = take<std::uint32_t>(body, "weight").value_or(route.weight);
  route.enabled = take<bool>(body, "enabled").value_or(true);
  route.description = take<std::string>(body, "description").value_or("");
  const auto made = co_await services.routes.create(call.as_operator(), route);
  if (!made) co_return from_store(made.error(), "route");
  co_return reply_with(show(*made), 201);
}

Answer update_route(Services& services, Call call) {
  const auto& body = call.body;
  store::RoutePatch patch;
  patch.prefix = take<std::string>(body, "prefix");
  patch.priority = take<std::uint32_t>(body, "priority");
  patch.weight = take<std::uint32_t>(body, "weight");
  patch.enabled = take<bool>(body, "enabled");
  patch.description = take<std::string>(body, "description");
  const auto changed =
      co_await services.routes.update(call.as_operator(), call.id<RouteId>("route_id"), patch);
  if (!changed) co_return from_store(changed.error(), "route");
  co_return reply_with(show(*changed));
}

Answer delete_route(Services& services, Call call) {
  const auto gone = co_await services.routes.remove(call.as_operator(), call.id<RouteId>("route_id"));
  if (!gone) co_return from_store(gone.error(), "route");
  co_return no_content();
}

}  // namespace

void add_routes(EndpointTable& table, Services& services) {
  auto query = paging_fields(kPaging);
  query.push_back(uuid("partition_id"));
  add_resource(table, services,
               {.path = "/routes",
                .id = "route_id",
                .tag = "Routing",
                .name = "route",
                .schema = "Route",
                .what_lists = "Routes by prefix and priority",
                .what_deletes = "Delete a route",
                .list = list_routes,
                .create = create_route,
                .get = get_route,
                .update = update_route,
                .remove = delete_route,
                .query = query,
                .new_fields = all_fields(true),
                .patch_fields = changeable_fields(),
                .answer = answer_schema(),
                .delete_errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
