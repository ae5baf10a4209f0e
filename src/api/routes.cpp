#include <array>

#include "warp/domain/jurisdiction.h"
#include "warp/store/routing.h"

#include "formats.h"
#include "resource.h"

namespace warp::api {
namespace {

const Paging kRoutePaging;
constexpr std::array kJurisdictions{domain::Jurisdiction::Unknown,    domain::Jurisdiction::Local,
                                    domain::Jurisdiction::IntraLata,  domain::Jurisdiction::Intrastate,
                                    domain::Jurisdiction::Interstate, domain::Jurisdiction::International,
                                    domain::Jurisdiction::TollFree};

std::vector<std::string> jurisdiction_names() {
  std::vector<std::string> names;
  for (const auto one : kJurisdictions)
    names.emplace_back(domain::to_string(one));
  return names;
}

Json show_jurisdictions(std::uint32_t set) {
  auto out = Json::array();
  for (const auto one : kJurisdictions)
    if ((set & domain::bit(one)) != 0) out.push_back(domain::to_string(one));
  return out;
}

std::optional<std::uint32_t> read_jurisdictions(const Json& body) {
  if (!has(body, "jurisdictions")) return std::nullopt;
  std::uint32_t set = 0;
  for (const auto& name : body["jurisdictions"])
    if (const auto one = domain::parse_jurisdiction(name.get<std::string>())) set |= domain::bit(*one);
  return set == 0 ? domain::kAllJurisdictions : set;
}

std::optional<domain::RouteAction> read_action(const Json& body) {
  const auto name = take<std::string>(body, "action");
  return name ? domain::parse_route_action(*name) : std::nullopt;
}

std::optional<CustomerId> read_customer(const Json& body) {
  const auto id = take<std::string>(body, "customer_id");
  return id ? CustomerId::parse(*id) : std::nullopt;
}

std::vector<Field> changeable_route_fields() {
  return {
      text("prefix", 15).is(is_prefix, "up to 15 digits").says("E.164 digits; empty matches all."),
      integer("priority", 0, 65'535).says("Lower first; within one priority the cheaper first."),
      integer("weight", 0, 65'535),
      boolean("enabled"),
      description_field(),
      text("action")
          .one_of({"OFFER", "BLOCK", "FORCE"})
          .says("BLOCK: nothing of this prefix goes to the provider or, without one, anywhere. FORCE: only "
                "such routes, whatever they cost and however short their prefix is."),
      integer("percent", 0, 100).or_null().says("Share of the calls, in a partition ordered by PERCENT."),
      text("ani_prefix", 15).is(is_prefix, "up to 15 digits").says("Of callers; empty is all."),
      integer("schedule_id", 0, 32'767).says("When it holds; 0 is always."),
      list("jurisdictions", text("").one_of(jurisdiction_names())).says("Of calls; empty is all."),
      uuid("customer_id").or_null().says("Of this customer alone; null is anybody.")};
}

std::vector<Field> route_fields(bool create) {
  auto fields = changeable_route_fields();
  for (const char* name : {"provider_id", "partition_id"}) {
    auto field = uuid(name);
    const bool provider = std::string_view(name) == "provider_id";
    field.required = create && !provider;
    field.nullable = provider;
    if (provider) field.about = "Needed unless the route blocks.";
    fields.insert(fields.begin(), std::move(field));
  }
  return fields;
}

Schema route_schema() {
  auto fields = route_fields(false);
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"Route", fields};
}

Json show(const store::Route& route) {
  Json out;
  out["id"] = route.id.to_string();
  out["partition_id"] = route.partition.to_string();
  out["provider_id"] = id_or_null(route.provider);
  out["prefix"] = route.prefix;
  out["priority"] = route.priority;
  out["weight"] = route.weight;
  out["enabled"] = route.enabled;
  out["description"] = route.description;
  out["action"] = domain::to_string(route.terms.action);
  out["percent"] = value_or_null(route.terms.percent);
  out["ani_prefix"] = route.terms.ani_prefix;
  out["schedule_id"] = route.terms.schedule;
  out["jurisdictions"] = show_jurisdictions(route.terms.jurisdictions);
  out["customer_id"] = id_or_null(route.terms.customer);
  out["created_at"] = timestamp(route.created_at);
  out["updated_at"] = timestamp(route.updated_at);
  return out;
}

Sorting route_sorting() {
  return {{{"prefix", SortType::Text},
           {"priority", SortType::Number},
           {"created_at", SortType::Time},
           {"updated_at", SortType::Time}},
          "prefix"};
}

Answer list_routes(Services& services, Call call) {
  const auto page = read_window(call.query, kRoutePaging, route_sorting());
  if (!page) co_return page.error();
  std::optional<PartitionId> partition;
  if (const auto id = take<std::string>(call.query, "partition_id")) partition = PartitionId::parse(*id);
  const auto found = co_await services.routes.list(call.as_operator(), partition, *page);
  if (!found) co_return from_store(found.error(), "route");
  co_return window_reply(*found, *page, [](const auto& route) { return show(route); });
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
  if (const auto id = take<std::string>(body, "provider_id")) route.provider = ProviderId::parse(*id);
  route.terms.action = read_action(body).value_or(domain::RouteAction::Offer);
  if (!route.provider && route.terms.action != domain::RouteAction::Block) {
    Failure failure{ErrorCode::ValidationError, "Only a route that blocks goes without a provider."};
    failure.details["provider_id"] = "is required";
    co_return failure;
  }
  route.terms.percent = take<std::uint32_t>(body, "percent");
  route.terms.ani_prefix = take<std::string>(body, "ani_prefix").value_or("");
  route.terms.schedule = take<std::uint32_t>(body, "schedule_id").value_or(0);
  route.terms.jurisdictions = read_jurisdictions(body).value_or(domain::kAllJurisdictions);
  route.terms.customer = read_customer(body);
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
  patch.action = read_action(body);
  if (has(body, "percent")) patch.percent = take<std::uint32_t>(body, "percent");
  patch.ani_prefix = take<std::string>(body, "ani_prefix");
  patch.schedule = take<std::uint32_t>(body, "schedule_id");
  patch.jurisdictions = read_jurisdictions(body);
  if (has(body, "customer_id")) patch.customer = read_customer(body);
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
  auto query = window_fields(kRoutePaging, route_sorting());
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
                .new_fields = route_fields(true),
                .patch_fields = changeable_route_fields(),
                .answer = route_schema(),
                .delete_errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
