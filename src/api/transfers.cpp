// /porting/transfer: numbers from one customer of the platform to another; the port-out PIN is the authority.
#include <algorithm>

#include "warp/porting/tn_list.h"

#include "formats.h"
#include "port_work.h"

namespace warp::api {
namespace {

constexpr std::int64_t kMostItems = 200;

// Enough to recognise, too little to know.
std::string masked(const CustomerId& id) {
  const auto text = id.to_string();
  return "********" + text.substr(text.size() - 4);
}

Answer preview(Services& services, Call call) {
  const auto numbers = numbers_in_list(call.body["tns"]);
  if (!numbers) co_return numbers.error();
  store::PortOutPinRepository repository(services.pool);
  const auto held = co_await repository.holdings(call.as_operator(), *numbers);
  Reply reply;
  reply.data["results"] = Json::array();
  for (const auto& e164 : *numbers) {
    const store::Holding* holding = nullptr;
    if (held)
      for (const auto& one : *held)
        if (one.e164 == e164) holding = &one;
    const auto reason = held ? transfer_fault(holding, *call.customer()) : std::string("lookup_failed");
    const bool here = holding && holding->customer;
    Json row;
    row["tn"] = shown_number(e164);
    row["on_net"] = here;
    row["eligible"] = reason.empty();
    row["reason"] = reason.empty() ? Json() : Json(reason);
    row["account_number"] = here ? Json(masked(*holding->customer)) : Json();
    reply.data["results"].push_back(std::move(row));
  }
  co_return reply;
}

// Each by itself: one that fails does not stop the others.
Answer transfer(Services& services, Call call) {
  Reply reply;
  reply.data["results"] = Json::array();
  std::size_t done = 0;
  for (const auto& item : call.body["items"]) {
    const auto tn = item["tn"].get<std::string>();
    const auto e164 = porting::nanp_of(tn);
    std::string reason = "invalid_tn";
    if (!e164.empty()) {
      auto moving = transfer_number(services, call.as_operator(), *call.customer(), e164,
                                    item["pin"].get<std::string>());
      reason = co_await std::move(moving);
    }
    Json row;
    row["tn"] = e164.empty() ? tn : shown_number(e164);
    row["status"] = reason.empty() ? "transferred" : "failed";
    if (!reason.empty()) row["reason"] = reason;
    done += reason.empty();
    reply.data["results"].push_back(std::move(row));
  }
  reply.data["transferred_count"] = done;
  reply.data["failed_count"] = call.body["items"].size() - done;
  co_return reply;
}

}  // namespace

void add_transfers(EndpointTable& table, Services& services) {
  table.push_back(
      {.method = http::Method::Post,
       .path = "/porting/transfer/preview",
       .summary = "Which numbers are another customer's here and could be taken over by their PIN",
       .tag = kPortingTag,
       .action = act(services, preview),
       .scope = "porting:read",
       .of_customer = true,
       .customer_needed = true,
       .body_kind = BodyKind::Json,
       .body = {"TransferPreviewBody", {list("tns", text("", 8192), kMostPortNumbers).needed()}},
       .answer = {"TransferPreview",
                  {list("results",
                        object("", {text("tn"), boolean("on_net"), boolean("eligible"),
                                    text("reason").or_null(), text("account_number").or_null()}))}},
       .errors = {ErrorCode::ValidationError}});
  table.push_back(
      {.method = http::Method::Post,
       .path = "/porting/transfer",
       .summary = "Take over other customers' numbers by their PIN; each number has its own result",
       .tag = kPortingTag,
       .action = act(services, transfer),
       .scope = "porting:submit",
       .step_up = true,
       .of_customer = true,
       .customer_needed = true,
       .body_kind = BodyKind::Json,
       .body = {"TransferBody",
                {list("items", object("", {text("tn", 32).needed(), text("pin", 64).needed()}), kMostItems)
                     .needed()}},
       .answer = {"Transfer",
                  {list("results", object("", {text("tn"), text("status").one_of({"transferred", "failed"}),
                                               text("reason")})),
                   integer("transferred_count"), integer("failed_count")}}});
}

}  // namespace warp::api
