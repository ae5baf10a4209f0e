// Where outbound messages go, and what would become of one.
#include "warp/domain/message_port.h"
#include "warp/net/completion.h"
#include "warp/store/messaging.h"

#include "formats.h"
#include "message_rules.h"
#include "message_submit.h"
#include "resource.h"

namespace warp::api {
namespace {

using MessageRouteItem = store::MessageRouteRepository::Item;

const Paging kMessageRoutePaging;

bool is_word(std::string_view text) {
  return text.find_first_of(" \t\r\n") == std::string_view::npos;
}

std::vector<Field> message_route_body(bool create) {
  auto connector = uuid("connector_id");
  connector.required = create;
  return {connector,
          boolean("enabled"),
          integer("priority", 0, 65'535).says("Lower first; within one priority the cheaper first."),
          integer("weight", 0, 65'535).says("Share among equally cheap ones."),
          uuid("customer_id").or_null().says("Null: everybody's. A customer's own routes hide everybody's."),
          text("prefix", 15).is(is_prefix, "up to 15 digits").says("Of the destination; empty matches all."),
          text("sender", 22).says("Exact, or the beginning with `*` after it; empty matches all."),
          text("keyword", 64).is(is_word, "one word").says("First word of the text; empty matches all."),
          integer("from_minute", 0, 1439).or_null().says("Of the day in UTC; with to_minute."),
          integer("to_minute", 0, 1440).or_null(),
          text("carrier", 64).says("Of the recipient, as in carrier-prefixes; empty matches all."),
          integer("min_quality", 1, 100)
              .or_null()
              .says("Percent delivered lately; below it the route comes after all others."),
          boolean("by_quality").says("Within its priority the better go before the cheaper."),
          description_field()};
}

Schema message_route_schema() {
  auto fields = message_route_body(false);
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"MessageRoute", fields};
}

Json show(const MessageRouteItem& row) {
  const auto& route = row.item;
  Json out;
  out["id"] = route.id.to_string();
  out["connector_id"] = route.connector.to_string();
  out["enabled"] = route.enabled;
  out["priority"] = route.priority;
  out["weight"] = route.weight;
  out["customer_id"] = id_or_null(route.customer);
  out["prefix"] = route.prefix;
  out["sender"] = route.sender;
  out["keyword"] = route.keyword;
  out["from_minute"] = value_or_null(route.from_minute);
  out["to_minute"] = value_or_null(route.to_minute);
  out["carrier"] = route.carrier;
  out["min_quality"] = value_or_null(route.min_quality);
  out["by_quality"] = route.by_quality;
  out["description"] = row.description;
  out["created_at"] = timestamp(row.created_at);
  out["updated_at"] = timestamp(row.updated_at);
  return out;
}

void read_message_route(const Json& body, MessageRouteItem& row) {
  auto& route = row.item;
  if (const auto id = take<std::string>(body, "connector_id")) route.connector = *ConnectorId::parse(*id);
  route.enabled = take<bool>(body, "enabled").value_or(route.enabled);
  route.priority = take<int>(body, "priority").value_or(route.priority);
  route.weight = take<int>(body, "weight").value_or(route.weight);
  if (has(body, "customer_id")) {
    const auto id = take<std::string>(body, "customer_id");
    route.customer = id ? CustomerId::parse(*id) : std::nullopt;
  }
  route.prefix = take<std::string>(body, "prefix").value_or(route.prefix);
  route.sender = take<std::string>(body, "sender").value_or(route.sender);
  route.keyword = take<std::string>(body, "keyword").value_or(route.keyword);
  if (has(body, "from_minute")) route.from_minute = take<std::uint16_t>(body, "from_minute");
  if (has(body, "to_minute")) route.to_minute = take<std::uint16_t>(body, "to_minute");
  route.carrier = take<std::string>(body, "carrier").value_or(route.carrier);
  if (has(body, "min_quality")) route.min_quality = take<std::uint8_t>(body, "min_quality");
  route.by_quality = take<bool>(body, "by_quality").value_or(route.by_quality);
  row.description = take<std::string>(body, "description").value_or(row.description);
}

Answer list_message_routes(Services& services, Call call) {
  const auto page = read_page(call.query, kMessageRoutePaging);
  const auto found = co_await services.message_routes.list(call.as_operator(), page);
  if (!found) co_return from_store(found.error(), "message route");
  co_return page_reply(*found, page, [](const auto& row) { return show(row); });
}

Answer get_message_route(Services& services, Call call) {
  const auto found =
      co_await services.message_routes.get(call.as_operator(), call.id<MessageRouteId>("route_id"));
  if (!found) co_return from_store(found.error(), "message route");
  co_return reply_with(show(*found));
}

Answer create_message_route(Services& services, Call call) {
  MessageRouteItem wanted;
  read_message_route(call.body, wanted);
  const auto made =
      co_await services.message_routes.create(call.as_operator(), wanted.item, wanted.description);
  if (!made) co_return from_store(made.error(), "message route");
  co_return reply_with(show(*made), 201);
}

Answer update_message_route(Services& services, Call call) {
  store::Change<domain::MessageRoute> change = [body = call.body](MessageRouteItem& row) {
    read_message_route(body, row);
  };
  const auto changed = co_await services.message_routes.update(
      call.as_operator(), call.id<MessageRouteId>("route_id"), std::move(change));
  if (!changed) co_return from_store(changed.error(), "message route");
  co_return reply_with(show(*changed));
}

Answer delete_message_route(Services& services, Call call) {
  const auto gone =
      co_await services.message_routes.remove(call.as_operator(), call.id<MessageRouteId>("route_id"));
  if (!gone) co_return from_store(gone.error(), "message route");
  co_return no_content();
}

using Lines = std::vector<domain::RouteLine>;

boost::asio::awaitable<Lines> ask_routes(domain::MessagePort& port, domain::Submission submission) {
  auto start = [&port, submission = std::move(submission)](std::unique_ptr<net::Completion<Lines>> answer) {
    std::shared_ptr<net::Completion<Lines>> kept = std::move(answer);
    port.explain(submission, [kept](Lines lines) { kept->complete(std::move(lines)); });
  };
  co_return co_await net::suspend<Lines>(std::move(start));
}

Failure bad_route_parameter(const char* name) {
  Failure failure{ErrorCode::InvalidParam, "This is no number to send from or to."};
  failure.details["param"] = name;
  return failure;
}

Answer test_route(Services& services, Call call) {
  if (!services.messaging) co_return no_messaging();
  const auto from = read_sender(call.query["from"].get<std::string>());
  if (!from) co_return bad_route_parameter("from");
  const auto to = read_recipient(call.query["to"].get<std::string>());
  if (!to) co_return bad_route_parameter("to");
  domain::Submission submission;
  submission.customer = *call.customer();
  submission.from = *from;
  submission.to = *to;
  submission.text = take<std::string>(call.query, "body").value_or("");
  if (const auto kind = take<std::string>(call.query, "kind"))
    submission.kind = domain::parse_message_kind(*kind).value_or(domain::MessageKind::Sms);
  const auto trial = co_await ask_rules(*services.messaging, submission, domain::Direction::Outbound);
  Reply reply;
  reply.data["rules"] = trial ? show_trial(*trial) : Json();
  if (trial) {
    submission.from.digits = trial->from;
    submission.to.digits = trial->to;
    submission.text = trial->text;
  }
  const auto lines = co_await ask_routes(*services.messaging, std::move(submission));
  reply.data["routes"] = Json::array();
  for (const auto& line : lines) {
    Json row;
    row["route_id"] = line.route.to_string();
    row["connector_id"] = line.connector.to_string();
    row["standing"] = domain::to_string(line.standing);
    row["quality"] = value_or_null(line.quality);
    row["cost_per_segment"] = line.cost ? money(*line.cost) : Json();
    reply.data["routes"].push_back(std::move(row));
  }
  co_return reply;
}

}  // namespace

void add_message_routes(EndpointTable& table, Services& services) {
  add_resource(table, services,
               {.path = "/messaging/routes",
                .id = "route_id",
                .tag = "Messaging",
                .name = "message route",
                .schema = "MessageRoute",
                .what_lists = "Routes of messages, by priority",
                .what_deletes = "Delete a message route",
                .list = list_message_routes,
                .create = create_message_route,
                .get = get_message_route,
                .update = update_message_route,
                .remove = delete_message_route,
                .query = paging_fields(kMessageRoutePaging),
                .new_fields = message_route_body(true),
                .patch_fields = message_route_body(false),
                .answer = message_route_schema(),
                .delete_errors = {ErrorCode::NotFound}});
  table.push_back(
      {.path = "/messaging/routes/test",
       .summary = "What becomes of each route for such a message now; nothing is sent",
       .tag = "Messaging",
       .action = act(services, test_route),
       .operators_only = true,
       .of_customer = true,
       .customer_needed = true,
       .query = {text("from", 32).needed(), text("to", 32).needed(), text("body", 1600),
                 text("kind").one_of({"sms", "mms", "rcs"})},
       .answer = {"MessageRouteTest",
                  {object("rules", trial_fields()).or_null().says("What they make of it first."),
                   list("routes", object("", {uuid("route_id"), uuid("connector_id"), text("standing"),
                                              integer("quality").or_null().says("Percent delivered lately."),
                                              amount("cost_per_segment").or_null()}))}},
       .errors = {ErrorCode::MissingParam, ErrorCode::GatewayUnavailable}});
}

}  // namespace warp::api
