// When people are left in peace, and by which clocks they live.
#include "warp/store/messaging.h"
#include "warp/store/messaging_rules.h"

#include "formats.h"
#include "resource.h"

namespace warp::api {
namespace {

using QuietHoursItem = store::QuietHoursRepository::Item;

const Paging kQuietHoursPaging;

std::vector<Field> quiet_hours_body(bool create) {
  auto from =
      integer("from_minute", 0, 1439).says("Of the recipient's day; equal to to_minute: never quiet.");
  auto to = integer("to_minute", 0, 1440).says("Before from_minute: of the next day.");
  from.required = to.required = create;
  return {from,
          to,
          uuid("customer_id").or_null().says("Null: everybody's without hours of their own."),
          text("prefix", 15).is(is_prefix, "up to 15 digits").says("Of the recipient; the longest decides."),
          boolean("enabled"),
          description_field()};
}

Schema quiet_hours_schema() {
  auto fields = quiet_hours_body(false);
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"QuietHours", fields};
}

Json show(const QuietHoursItem& row) {
  const auto& hours = row.item.hours;
  Json out;
  out["id"] = row.item.id.to_string();
  out["from_minute"] = hours.from_minute;
  out["to_minute"] = hours.to_minute;
  out["customer_id"] = id_or_null(hours.customer);
  out["prefix"] = hours.prefix;
  out["enabled"] = hours.enabled;
  out["description"] = row.description;
  out["created_at"] = timestamp(row.created_at);
  out["updated_at"] = timestamp(row.updated_at);
  return out;
}

void read_quiet_hours(const Json& body, QuietHoursItem& row) {
  auto& hours = row.item.hours;
  hours.from_minute = take<std::uint16_t>(body, "from_minute").value_or(hours.from_minute);
  hours.to_minute = take<std::uint16_t>(body, "to_minute").value_or(hours.to_minute);
  if (has(body, "customer_id")) {
    const auto id = take<std::string>(body, "customer_id");
    hours.customer = id ? CustomerId::parse(*id) : std::nullopt;
  }
  hours.prefix = take<std::string>(body, "prefix").value_or(hours.prefix);
  hours.enabled = take<bool>(body, "enabled").value_or(hours.enabled);
  row.description = take<std::string>(body, "description").value_or(row.description);
}

Answer list_hours(Services& services, Call call) {
  const auto page = read_page(call.query, kQuietHoursPaging);
  const auto found = co_await services.quiet_hours.list(call.as_operator(), page);
  if (!found) co_return from_store(found.error(), "quiet hours");
  co_return page_reply(*found, page, [](const auto& row) { return show(row); });
}

Answer get_hours(Services& services, Call call) {
  const auto found = co_await services.quiet_hours.get(call.as_operator(), call.uuid("quiet_hours_id"));
  if (!found) co_return from_store(found.error(), "quiet hours");
  co_return reply_with(show(*found));
}

Answer create_hours(Services& services, Call call) {
  QuietHoursItem wanted;
  read_quiet_hours(call.body, wanted);
  const auto made =
      co_await services.quiet_hours.create(call.as_operator(), wanted.item.hours, wanted.description);
  if (!made) co_return from_store(made.error(), "quiet hours");
  co_return reply_with(show(*made), 201);
}

Answer update_hours(Services& services, Call call) {
  store::Change<store::QuietHoursEntry> change = [body = call.body](QuietHoursItem& row) {
    read_quiet_hours(body, row);
  };
  const auto changed = co_await services.quiet_hours.update(call.as_operator(), call.uuid("quiet_hours_id"),
                                                            std::move(change));
  if (!changed) co_return from_store(changed.error(), "quiet hours");
  co_return reply_with(show(*changed));
}

Answer delete_hours(Services& services, Call call) {
  const auto gone = co_await services.quiet_hours.remove(call.as_operator(), call.uuid("quiet_hours_id"));
  if (!gone) co_return from_store(gone.error(), "quiet hours");
  co_return no_content();
}

Json show(const domain::PrefixZone& row) {
  Json out;
  out["prefix"] = row.prefix;
  out["zone"] = row.zone;
  return out;
}

Answer list_zones(Services& services, Call call) {
  Reply reply;
  reply.data = Json::array();
  if (const auto number = take<std::string>(call.query, "number")) {
    const auto digits = e164_of(*number);
    const auto found = co_await services.prefix_zones.of_number(call.as_operator(), digits.value_or(""));
    if (!found) co_return from_store(found.error(), "zone");
    for (const auto& row : *found)
      reply.data.push_back(show(row));
    const auto all = static_cast<std::uint32_t>(found->size());
    put_paging(reply, {1, std::max(all, 1u)}, all);
    co_return reply;
  }
  const auto page = read_page(call.query, kQuietHoursPaging);
  const auto prefix = take<std::string>(call.query, "prefix").value_or("");
  const auto found = co_await services.prefix_zones.list(call.as_operator(), prefix, page);
  if (!found) co_return from_store(found.error(), "zone");
  for (const auto& row : found->items)
    reply.data.push_back(show(row));
  put_paging(reply, page, found->total);
  co_return reply;
}

}  // namespace

void add_quiet_hours(EndpointTable& table, Services& services) {
  add_resource(table, services,
               {.path = "/messaging/quiet-hours",
                .id = "quiet_hours_id",
                .tag = "Messaging",
                .name = "span of quiet hours",
                .schema = "QuietHours",
                .what_lists = "Quiet hours: everybody's, then those of customers",
                .what_deletes = "Delete quiet hours",
                .list = list_hours,
                .create = create_hours,
                .get = get_hours,
                .update = update_hours,
                .remove = delete_hours,
                .query = paging_fields(kQuietHoursPaging),
                .new_fields = quiet_hours_body(true),
                .patch_fields = quiet_hours_body(false),
                .answer = quiet_hours_schema(),
                .delete_errors = {ErrorCode::NotFound}});
  auto query = paging_fields(kQuietHoursPaging);
  query.push_back(text("prefix", 15).is(is_prefix, "up to 15 digits").says("Prefixes that begin with it."));
  query.push_back(text("number", 32).is(is_number, "a telephone number").says("The zones of one number."));
  table.push_back({.path = "/messaging/zones",
                   .summary = "Time zones by prefix; a number is quiet while any of its zones is",
                   .tag = "Messaging",
                   .action = act(services, list_zones),
                   .operators_only = true,
                   .query = query,
                   .answer_kind = AnswerKind::Page,
                   .answer = {"PrefixZone", {text("prefix"), text("zone")}}});
}

}  // namespace warp::api
