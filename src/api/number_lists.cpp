// Lists of numbers that may not be called, or may not call, and for whom they are in force.
#include "warp/store/number_lists.h"

#include "formats.h"
#include "resource.h"

namespace warp::api {
namespace {

const Paging kNumberListPaging;
constexpr std::int64_t kMostEntries = 10'000;

bool is_listed_prefix(std::string_view text) {
  return !text.empty() && is_prefix(text);
}

std::vector<Field> number_list_body(bool create) {
  auto name = name_field();
  name.required = create;
  return {name, description_field(),
          boolean("blocks").says("False: it allows, and where it is in force nothing else goes.")};
}

Schema number_list_schema() {
  auto fields = number_list_body(false);
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(integer("entries"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"NumberList", fields};
}

std::vector<Field> use_fields() {
  return {uuid("owner_id").needed().says("A customer, trunk, provider or partition."),
          text("subject").one_of({"called", "calling"}).needed()};
}

Json show(const store::NumberListRow& list) {
  Json out;
  out["id"] = list.id.to_string();
  out["name"] = list.name;
  out["description"] = list.description;
  out["blocks"] = list.blocks;
  out["entries"] = list.entries;
  out["created_at"] = timestamp(list.created_at);
  out["updated_at"] = timestamp(list.updated_at);
  return out;
}

Json show(const store::NumberListUseRow& use) {
  Json out;
  out["owner_id"] = use.owner.to_string();
  out["subject"] = use.subject;
  return out;
}

Answer list_lists(Services& services, Call call) {
  store::NumberListRepository lists(services.pool);
  const auto page = read_page(call.query, kNumberListPaging);
  const auto found = co_await lists.list(call.as_operator(), page);
  if (!found) co_return from_store(found.error(), "number list");
  co_return page_reply(*found, page, [](const auto& list) { return show(list); });
}

Answer get_list(Services& services, Call call) {
  store::NumberListRepository lists(services.pool);
  const auto found = co_await lists.get(call.as_operator(), call.uuid("list_id"));
  if (!found) co_return from_store(found.error(), "number list");
  co_return reply_with(show(*found));
}

Answer create_list(Services& services, Call call) {
  store::NumberListRepository lists(services.pool);
  store::NewNumberList list;
  list.name = call.body["name"].get<std::string>();
  list.description = take<std::string>(call.body, "description").value_or("");
  list.blocks = take<bool>(call.body, "blocks").value_or(true);
  const auto made = co_await lists.create(call.as_operator(), list);
  if (!made) co_return from_store(made.error(), "number list");
  co_return reply_with(show(*made), 201);
}

Answer update_list(Services& services, Call call) {
  store::NumberListRepository lists(services.pool);
  store::NumberListPatch patch;
  patch.name = take<std::string>(call.body, "name");
  patch.description = take<std::string>(call.body, "description");
  patch.blocks = take<bool>(call.body, "blocks");
  const auto changed = co_await lists.update(call.as_operator(), call.uuid("list_id"), patch);
  if (!changed) co_return from_store(changed.error(), "number list");
  co_return reply_with(show(*changed));
}

Answer delete_list(Services& services, Call call) {
  store::NumberListRepository lists(services.pool);
  const auto gone = co_await lists.remove(call.as_operator(), call.uuid("list_id"));
  if (!gone) co_return from_store(gone.error(), "number list");
  co_return no_content();
}

Answer list_entries(Services& services, Call call) {
  store::NumberListRepository lists(services.pool);
  const auto page = read_page(call.query, kNumberListPaging);
  const auto found = co_await lists.entries(call.as_operator(), call.uuid("list_id"), page);
  if (!found) co_return from_store(found.error(), "number list");
  Reply reply;
  reply.data = Json::array();
  for (const auto& prefix : found->items) {
    Json row;
    row["prefix"] = prefix;
    reply.data.push_back(std::move(row));
  }
  put_paging(reply, page, found->total);
  co_return reply;
}

// Those to be added, then those to be taken off.
Answer change_entries(Services& services, Call call) {
  store::NumberListRepository lists(services.pool);
  const auto id = call.uuid("list_id");
  auto added = take<std::vector<std::string>>(call.body, "add").value_or(std::vector<std::string>());
  auto removed = take<std::vector<std::string>>(call.body, "remove").value_or(std::vector<std::string>());
  auto changed = co_await lists.add_entries(call.as_operator(), id, std::move(added));
  if (!changed) co_return from_store(changed.error(), "number list");
  if (!removed.empty()) {
    changed = co_await lists.remove_entries(call.as_operator(), id, std::move(removed));
    if (!changed) co_return from_store(changed.error(), "number list");
  }
  co_return reply_with(show(*changed));
}

Answer list_uses(Services& services, Call call) {
  store::NumberListRepository lists(services.pool);
  const auto found = co_await lists.uses(call.as_operator(), call.uuid("list_id"));
  if (!found) co_return from_store(found.error(), "number list");
  co_return list_reply(*found, [](const auto& use) { return show(use); });
}

store::NumberListUseRow read_use(const Json& from) {
  return {*Uuid::parse(from["owner_id"].get<std::string>()), from["subject"].get<std::string>()};
}

Answer add_use(Services& services, Call call) {
  store::NumberListRepository lists(services.pool);
  const auto wanted = read_use(call.body);
  const auto made = co_await lists.use(call.as_operator(), call.uuid("list_id"), wanted);
  if (!made) co_return from_store(made.error(), "number list or owner");
  co_return reply_with(show(*made), 201);
}

Answer drop_use(Services& services, Call call) {
  store::NumberListRepository lists(services.pool);
  const auto wanted = read_use(call.query);
  const auto gone = co_await lists.drop_use(call.as_operator(), call.uuid("list_id"), wanted);
  if (!gone) co_return from_store(gone.error(), "use of the list");
  co_return no_content();
}

void add_entry_endpoints(EndpointTable& table, Services& services, const std::string& path) {
  const auto prefix = text("", 15).is(is_listed_prefix, "1 to 15 digits");
  table.push_back({.path = path,
                   .summary = "Prefixes and numbers on a list, in order",
                   .tag = "Routing",
                   .action = act(services, list_entries),
                   .operators_only = true,
                   .query = paging_fields(kNumberListPaging),
                   .answer_kind = AnswerKind::Page,
                   .answer = {"NumberListEntry", {text("prefix")}}});
  table.push_back({.method = http::Method::Post,
                   .path = path,
                   .summary = "Put prefixes and numbers on a list, or take them off",
                   .tag = "Routing",
                   .action = act(services, change_entries),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NumberListEntries",
                            {list("add", prefix, kMostEntries), list("remove", prefix, kMostEntries)}},
                   .answer = number_list_schema(),
                   .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
}

void add_use_endpoints(EndpointTable& table, Services& services, const std::string& path) {
  table.push_back({.path = path,
                   .summary = "For whom a list is in force",
                   .tag = "Routing",
                   .action = act(services, list_uses),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = {"NumberListUse", use_fields()}});
  table.push_back({.method = http::Method::Post,
                   .path = path,
                   .summary = "Put a list in force for a customer, trunk, provider or partition",
                   .tag = "Routing",
                   .action = act(services, add_use),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewNumberListUse", use_fields()},
                   .answer = {"NumberListUse", use_fields()},
                   .status = 201,
                   .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = path,
                   .summary = "No longer",
                   .tag = "Routing",
                   .action = act(services, drop_use),
                   .operators_only = true,
                   .query = use_fields(),
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound, ErrorCode::MissingParam}});
}

}  // namespace

void add_number_lists(EndpointTable& table, Services& services) {
  add_resource(table, services,
               {.path = "/number-lists",
                .id = "list_id",
                .tag = "Routing",
                .name = "number list",
                .schema = "NumberList",
                .what_lists = "All lists of numbers, by name",
                .what_deletes = "Delete a list, wherever it is in force",
                .list = list_lists,
                .create = create_list,
                .get = get_list,
                .update = update_list,
                .remove = delete_list,
                .query = paging_fields(kNumberListPaging),
                .new_fields = number_list_body(true),
                .patch_fields = number_list_body(false),
                .answer = number_list_schema(),
                .delete_errors = {ErrorCode::NotFound}});
  add_entry_endpoints(table, services, "/number-lists/{list_id:uuid}/entries");
  add_use_endpoints(table, services, "/number-lists/{list_id:uuid}/uses");
}

}  // namespace warp::api
