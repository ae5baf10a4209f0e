#include "warp/store/routing.h"

#include "formats.h"
#include "resource.h"

namespace warp::api {
namespace {

const Paging kPaging;

std::vector<Field> body_fields(bool create) {
  auto name = name_field();
  name.required = create;
  return {name, description_field(),
          integer("max_attempts", 1, 32).says("Endpoints tried for one call, all routes together.")};
}

Schema answer_schema() {
  auto fields = body_fields(false);
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
  out["created_at"] = timestamp(partition.created_at);
  out["updated_at"] = timestamp(partition.updated_at);
  return out;
}

Answer list_partitions(Services& services, Call call) {
  const auto page = read_page(call.query, kPaging);
  const auto found = co_await services.partitions.list(call.as_operator(), page);
  if (!found) co_return from_store(found.error(), "partition");
  Reply reply;
  reply.data = Json::array();
  for (const auto& partition : found->items)
    reply.data.push_back(show(partition));
  put_paging(reply, page, found->total);
  co_return reply;
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
  const auto made = co_await services.partitions.create(call.as_operator(), partition);
  if (!made) co_return from_store(made.error(), "partition");
  co_return reply_with(show(*made), 201);
}

Answer update_partition(Services& services, Call call) {
  store::PartitionPatch patch;
  patch.name = take<std::string>(call.body, "name");
  patch.description = take<std::string>(call.body, "description");
  patch.max_attempts = take<std::uint32_t>(call.body, "max_attempts");
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
                .query = paging_fields(kPaging),
                .new_fields = body_fields(true),
                .patch_fields = body_fields(false),
                .answer = answer_schema()});
}

}  // namespace warp::api
