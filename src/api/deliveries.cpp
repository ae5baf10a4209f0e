// Receipts and inbound messages on their way to customers: what waits, what was given up, and giving it
// again.
#include "warp/store/deliveries.h"

#include "warp/domain/message_port.h"
#include "warp/net/completion.h"

#include "formats.h"
#include "message_submit.h"

namespace warp::api {
namespace {

const Paging kDeliveryPaging;
constexpr const char* kDeliveryPath = "/messaging/deliveries";

Schema delivery_schema() {
  return {"Delivery",
          {text("id"), uuid("message_id"), uuid("customer_id"), text("kind").one_of({"receipt", "inbound"}),
           uuid("esme_id").or_null().says("Whose binds it is for; null: it goes to `url`."), text("url"),
           text("state").one_of({"owed", "dead"}), integer("tries"), instant("created_at"),
           instant("next_try_at").or_null(), instant("dead_at").or_null()}};
}

Json show(const store::DeliveryRepository::Item& row) {
  const auto& delivery = row.delivery;
  Json out;
  out["id"] = std::to_string(delivery.id);
  out["message_id"] = delivery.message.to_string();
  out["customer_id"] = delivery.customer.to_string();
  out["kind"] = delivery.kind == domain::DeliveryKind::Receipt ? "receipt" : "inbound";
  out["esme_id"] = id_or_null(delivery.esme);
  out["url"] = delivery.url;
  out["state"] = row.dead_at ? "dead" : "owed";
  out["tries"] = delivery.tries;
  out["created_at"] = timestamp(delivery.created_at);
  out["next_try_at"] = row.dead_at ? Json() : Json(timestamp(delivery.next_try));
  out["dead_at"] = row.dead_at ? Json(timestamp(*row.dead_at)) : Json();
  return out;
}

Sorting delivery_sorting() {
  return {{{"id", SortType::Number}, {"created_at", SortType::Time}}, "id", SortType::Number};
}

Answer list_deliveries(Services& services, Call call) {
  const auto page = read_window(call.query, kDeliveryPaging, delivery_sorting());
  if (!page) co_return page.error();
  store::DeliveryFilter filter;
  filter.customer = call.customer();
  if (const auto state = take<std::string>(call.query, "state")) filter.dead = *state == "dead";
  const auto found = co_await services.deliveries.list(call.actor(), filter, *page);
  if (!found) co_return from_store(found.error(), "delivery");
  co_return window_reply(*found, *page, [](const auto& row) { return show(row); });
}

boost::asio::awaitable<domain::ReplayResult> ask_replay(domain::MessagePort& port, std::int64_t id) {
  using domain::ReplayResult;
  auto start = [&port, id](std::unique_ptr<net::Completion<ReplayResult>> completion) {
    std::shared_ptr<net::Completion<ReplayResult>> kept = std::move(completion);
    port.replay(id, [kept](ReplayResult result) { kept->complete(std::move(result)); });
  };
  co_return co_await net::suspend<ReplayResult>(std::move(start));
}

// It is the node that the request came to which owes it from now on.
Answer replay(Services& services, Call call) {
  if (!services.messaging) co_return no_messaging();
  const auto id = call.number("delivery_id");
  auto row = co_await services.deliveries.get(call.actor(), id);
  if (!row) co_return from_store(row.error(), "delivery");
  const Failure not_dead{ErrorCode::Conflict, "The delivery was not given up: it is tried still."};
  if (!row->dead_at) co_return not_dead;
  switch (co_await ask_replay(*services.messaging, id)) {
    case domain::ReplayResult::NotReady:
      co_return no_messaging();
    case domain::ReplayResult::NotDead:
      co_return not_dead;
    case domain::ReplayResult::Replayed:
      break;
  }
  row->dead_at.reset();
  row->delivery.tries = 0;
  row->delivery.created_at = row->delivery.next_try = services.clock.wall();
  co_return reply_with(show(*row), 202);
}

}  // namespace

void add_deliveries(EndpointTable& table, Services& services) {
  auto query = window_fields(kDeliveryPaging, delivery_sorting());
  query.push_back(text("state").one_of({"owed", "dead"}).says("`dead`: given up, and kept to be replayed."));
  table.push_back({.path = kDeliveryPath,
                   .summary = "Receipts and inbound messages that wait for their receiver, oldest first",
                   .tag = "Messaging",
                   .action = act(services, list_deliveries),
                   .scope = "messaging:read",
                   .of_customer = true,
                   .query = std::move(query),
                   .answer_kind = AnswerKind::Page,
                   .answer = delivery_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = std::string(kDeliveryPath) + "/{delivery_id:int}/replay",
                   .summary = "Owe a delivery again that was given up, by webhook or bind as before",
                   .tag = "Messaging",
                   .action = act(services, replay),
                   .scope = "messaging:write",
                   .of_customer = true,
                   .answer = delivery_schema(),
                   .status = 202,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::GatewayUnavailable}});
}

}  // namespace warp::api
