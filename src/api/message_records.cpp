// /mdr/…: detail records of messages.
#include "warp/store/message_records.h"

#include "message_view.h"
#include "record_view.h"
#include "services.h"

namespace warp::api {
namespace {

const Paging kMessageRecordPaging{"per_page", 50, 500};

std::vector<Field> mdr_filter_fields() {
  auto fields = range_fields();
  fields.push_back(text("direction").one_of({"inbound", "outbound"}));
  fields.push_back(text("status").one_of({"delivered", "undelivered", "expired", "failed", "cancelled"}));
  fields.push_back(text("from", 32).says("Sender; a prefix with a trailing `*`."));
  fields.push_back(text("to", 32).says("Recipient; a prefix with a trailing `*`."));
  fields.push_back(uuid("connector_id").says("Operators only."));
  return fields;
}

// Senders may be letters: those are taken as they are.
Outcome<std::string> address_filter(const Json& query, const char* name) {
  const auto wanted = take<std::string>(query, name).value_or("");
  const bool letters = wanted.find_first_not_of("+0123456789*-(). ") != std::string::npos;
  if (letters) return wanted;
  return number_filter(query, name);
}

Outcome<store::MessageRecordFilter> read_mdr_filter(const Call& call, WallTime now) {
  const auto range = read_range(call.query, now);
  if (!range) return range.error();
  store::MessageRecordFilter filter;
  filter.from = range->from;
  filter.to = range->to;
  filter.customer = call.customer();
  if (const auto direction = take<std::string>(call.query, "direction"))
    filter.direction = domain::parse_direction(*direction);
  if (const auto status = take<std::string>(call.query, "status"))
    filter.state = domain::parse_message_state(*status);
  if (const auto id = take<std::string>(call.query, "connector_id"); id && call.principal().is_operator())
    filter.connector = ConnectorId::parse(*id);
  const auto from = address_filter(call.query, "from");
  if (!from) return from.error();
  const auto to = address_filter(call.query, "to");
  if (!to) return to.error();
  filter.sender = *from;
  filter.recipient = *to;
  return filter;
}

Schema mdr_schema() {
  return {"MessageRecord",
          {uuid("id").says("The message's."),
           text("direction").one_of({"INBOUND", "OUTBOUND"}),
           text("from"),
           text("to"),
           text("status").one_of({"delivered", "undelivered", "expired", "failed", "cancelled"}),
           text("encoding"),
           integer("segments"),
           uuid("campaign_id").or_null(),
           text("client_reference").or_null(),
           text("error_code").or_null().says("A name of `GET /reason-codes`."),
           text("network_error").or_null(),
           instant("created_at"),
           instant("sent_at").or_null(),
           instant("final_at").or_null(),
           free_object("price").or_null(),
           amount("charged").or_null().says("What of the price the customer pays."),
           text("ledger_entry_id").or_null().says("The charge that it is part of."),
           uuid("customer_id").says("Operators only, as what follows."),
           text("origin"),
           uuid("connector_id").or_null(),
           list("attempts", free_object("")),
           free_object("cost").or_null(),
           amount("margin").or_null()}};
}

Json show_message_record(const store::MessageRecord& record, bool by_operator) {
  auto all = show_message(record.message, true);
  Json out;
  for (const char* name : {"id", "direction", "from", "to", "status", "encoding", "segments", "campaign_id"})
    out[name] = all[name];
  const auto& reference = record.message.client_reference;
  out["client_reference"] = reference.empty() ? Json() : Json(reference);
  for (const char* name : {"error_code", "network_error", "created_at", "sent_at"})
    out[name] = all[name];
  out["final_at"] = timestamp(record.message.final_at);
  out["price"] = all["price"];
  out["charged"] = all["charged"];
  out["ledger_entry_id"] = record.ledger_entry ? Json(std::to_string(*record.ledger_entry)) : Json();
  if (!by_operator) return out;
  for (const char* name : {"customer_id", "origin", "connector_id", "attempts", "cost"})
    out[name] = all[name];
  out["margin"] = record.margin ? money(*record.margin) : Json();
  return out;
}

Answer list_message_records(Services& services, Call call) {
  const auto filter = read_mdr_filter(call, services.clock.wall());
  if (!filter) co_return filter.error();
  const auto page = read_page(call.query, kMessageRecordPaging);
  const auto found = co_await services.message_records.list(call.actor(), *filter, page);
  if (!found) co_return from_store(found.error(), "record");
  co_return page_reply(*found, page, [&](const auto& record) {
    return show_message_record(record, call.principal().is_operator());
  });
}

Answer get_message_record(Services& services, Call call) {
  const auto found = co_await services.message_records.get(call.actor(), call.id<MessageId>("message_id"));
  if (!found) co_return from_store(found.error(), "record");
  co_return reply_with(show_message_record(*found, call.principal().is_operator()));
}

}  // namespace

void add_message_records(EndpointTable& table, Services& services) {
  auto paged = mdr_filter_fields();
  for (auto& field : paging_fields(kMessageRecordPaging))
    paged.push_back(std::move(field));
  table.push_back({.path = "/mdr/details",
                   .summary = "Detail records of messages, newest first",
                   .tag = "Detail records",
                   .action = act(services, list_message_records),
                   .scope = "cdr:read",
                   .of_customer = true,
                   .query = paged,
                   .answer_kind = AnswerKind::Page,
                   .answer = mdr_schema(),
                   .errors = {ErrorCode::InvalidDate}});
  table.push_back({.path = "/mdr/{message_id:uuid}",
                   .summary = "The detail record of one message",
                   .tag = "Detail records",
                   .action = act(services, get_message_record),
                   .scope = "cdr:read",
                   .of_customer = true,
                   .answer = mdr_schema(),
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
