#include "warp/store/routing.h"

#include "formats.h"
#include "resource.h"

namespace warp::api {
namespace {

const Paging kPartitionPaging;

constexpr std::int64_t kWholeWeight = 1'000'000'000, kMostWeight = 1'000'000'000;

Field quality_field() {
  const auto share = [](const char* name) { return integer(name, 0, kWholeWeight); };
  return object(
             "quality",
             {integer("least_attempts", 0, kMostWeight).says("Below that nothing is known of a route; 20."),
              share("min_asr_e9"), share("min_ner_e9"), integer("min_acd_s", 0, kMostWeight),
              integer("max_pdd_ms", 0, kMostWeight), share("max_short_e9"),
              object("weight", {integer("asr", 0, 1'000'000), integer("ner", 0, 1'000'000),
                                integer("acd", 0, 1'000'000), integer("pdd", 0, 1'000'000),
                                integer("short", 0, 1'000'000)})})
      .says(
          "Floors: a route below one goes to the end, not away. Weights: of the score that QUALITY orders "
          "by. Shares are parts of 1,000,000,000.");
}

std::vector<Field> partition_body(bool create) {
  auto name = name_field();
  name.required = create;
  return {
      name,
      description_field(),
      integer("max_attempts", 1, 32).says("Endpoints tried for one call, all routes together."),
      text("route_order")
          .one_of({"COST", "QUALITY", "PERCENT", "PRIORITY"})
          .says("Of the routes of one priority."),
      boolean("match_lrn").says("Routes are matched by the routing number of a ported number."),
      quality_field(),
      amount("minimum_margin").says("A minute, between price and cost; a rate plan's own goes before it."),
      integer("minimum_margin_e9", 0, kWholeWeight).says("The same as a share of the price, in 1e-9.")};
}

Schema partition_schema() {
  auto fields = partition_body(false);
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"Partition", fields};
}

Json show(const store::Partition& partition) {
  Json out;
  out["id"] = partition.id.to_string();
  out["name"] = partition.name;
  out["description"] = partition.description;
  out["max_attempts"] = partition.max_attempts;
  out["route_order"] = domain::to_string(partition.order);
  out["match_lrn"] = partition.match_lrn;
  out["quality"] = parse_json(partition.quality).value_or(Json::object());
  out["minimum_margin"] = money(partition.minimum_margin);
  out["minimum_margin_e9"] = partition.minimum_margin_e9;
  out["created_at"] = timestamp(partition.created_at);
  out["updated_at"] = timestamp(partition.updated_at);
  return out;
}

std::optional<domain::RouteOrder> read_order(const Json& body) {
  const auto name = take<std::string>(body, "route_order");
  return name ? domain::parse_route_order(*name) : std::nullopt;
}

std::optional<std::string> read_quality(const Json& body) {
  return has(body, "quality") ? std::optional(dump(body["quality"])) : std::nullopt;
}

std::optional<Money> read_margin(const Json& body) {
  return has(body, "minimum_margin") ? parse_money(body["minimum_margin"]) : std::nullopt;
}

Answer list_partitions(Services& services, Call call) {
  const auto page = read_page(call.query, kPartitionPaging);
  const auto found = co_await services.partitions.list(call.as_operator(), page);
  if (!found) co_return from_store(found.error(), "partition");
  co_return page_reply(*found, page, [](const auto& partition) { return show(partition); });
}

Answer get_partition(Services& services, Call call) {
  const auto found =
      co_await services.partitions.get(call.as_operator(), call.id<PartitionId>("partition_id"));
  if (!found) co_return from_store(found.error(), "partition");
  co_return reply_with(show(*found));
}

Answer create_partition(Services& services, Call call) {
  store::NewPartition partition;
  partition.name = call.body["name"];
  partition.description = take<std::string>(call.body, "description").value_or("");
  partition.max_attempts = take<std::uint32_t>(call.body, "max_attempts").value_or(partition.max_attempts);
  partition.order = read_order(call.body).value_or(partition.order);
  partition.match_lrn = take<bool>(call.body, "match_lrn").value_or(false);
  partition.quality = read_quality(call.body).value_or(partition.quality);
  partition.minimum_margin = read_margin(call.body).value_or(Money{});
  partition.minimum_margin_e9 = take<std::int64_t>(call.body, "minimum_margin_e9").value_or(0);
  const auto made = co_await services.partitions.create(call.as_operator(), partition);
  if (!made) co_return from_store(made.error(), "partition");
  co_return reply_with(show(*made), 201);
}

Answer update_partition(Services& services, Call call) {
  store::PartitionPatch patch;
  patch.name = take<std::string>(call.body, "name");
  patch.description = take<std::string>(call.body, "description");
  patch.max_attempts = take<std::uint32_t>(call.body, "max_attempts");
  patch.order = read_order(call.body);
  patch.match_lrn = take<bool>(call.body, "match_lrn");
  patch.quality = read_quality(call.body);
  patch.minimum_margin = read_margin(call.body);
  patch.minimum_margin_e9 = take<std::int64_t>(call.body, "minimum_margin_e9");
  const auto changed =
      co_await services.partitions.update(call.as_operator(), call.id<PartitionId>("partition_id"), patch);
  if (!changed) co_return from_store(changed.error(), "partition");
  co_return reply_with(show(*changed));
}

Answer delete_partition(Services& services, Call call) {
  const auto gone =
      co_await services.partitions.remove(call.as_operator(), call.id<PartitionId>("partition_id"));
  if (!gone) co_return from_store(gone.error(), "partition");
  co_return no_content();
}

}  // namespace

void add_partitions(EndpointTable& table, Services& services) {
  add_resource(table, services,
               {.path = "/partitions",
                .id = "partition_id",
                .tag = "Routing",
                .name = "partition",
                .schema = "Partition",
                .what_lists = "All partitions, by name",
                .what_deletes = "Delete a partition with its routes",
                .list = list_partitions,
                .create = create_partition,
                .get = get_partition,
                .update = update_partition,
                .remove = delete_partition,
                .query = paging_fields(kPartitionPaging),
                .new_fields = partition_body(true),
                .patch_fields = partition_body(false),
                .answer = partition_schema()});
}

}  // namespace warp::api
