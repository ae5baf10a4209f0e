// /messages: what was sent and received, sending, and taking back what is still queued.
#include "warp/net/completion.h"

#include "media_rules.h"
#include "message_submit.h"
#include "message_view.h"

namespace warp::api {
namespace {

const Paging kMessagePaging{"per_page", 20, 100};

Sorting message_sorting() {
  return {{{"accepted_at", SortType::Time}}, "-accepted_at"};
}

Answer list_messages(Services& services, Call call) {
  auto filter = read_message_filter(call.query);
  filter.customer = call.customer();
  const auto page = read_window(call.query, kMessagePaging, message_sorting());
  if (!page) co_return page.error();
  const auto found = co_await services.messages.list(call.actor(), filter, *page);
  if (!found) co_return from_store(found.error(), "message");
  co_return window_reply(*found, *page, [&](const auto& message) {
    return show_message(message, call.principal().is_operator());
  });
}

Answer get_message(Services& services, Call call) {
  const auto found = co_await services.messages.get(call.actor(), call.id<MessageId>("message_id"));
  if (!found) co_return from_store(found.error(), "message");
  co_return reply_with(show_message(*found, call.principal().is_operator()));
}

void put_counts(Json& out, const store::MessageCounts& counts) {
  out["total"] = counts.total;
  out["inbound"] = counts.inbound;
  out["outbound"] = counts.outbound;
  out["delivered"] = counts.delivered;
  out["failed"] = counts.failed;
}

Answer message_statistics(Services& services, Call call) {
  store::MessageFilter filter;
  filter.customer = call.customer();
  const auto found = co_await services.messages.statistics(call.actor(), filter);
  if (!found) co_return from_store(found.error(), "message");
  Reply reply;
  put_counts(reply.data, found->all);
  reply.data["by_campaign"] = Json::array();
  for (const auto& [campaign, counts] : found->by_campaign) {
    Json row;
    row["campaign_id"] = campaign.to_string();
    put_counts(row, counts);
    reply.data["by_campaign"].push_back(std::move(row));
  }
  co_return reply;
}

// A repeated key is answered before anything is checked that may have changed since, such as an opt-out.
Answer send(Services& services, Call call, domain::MessageKind kind) {
  if (auto refused = check_sending(services)) co_return std::move(*refused);
  auto submission = read_submission(call.body, *call.customer());
  if (!submission) co_return submission.error();
  auto key = idempotency_key(call);
  if (!key) co_return key.error();
  submission->client_reference = std::move(*key);
  submission->origin = origin_of(call);
  domain::RichContent rich;
  submission->kind = kind;
  if (kind != domain::MessageKind::Sms) {
    rich = read_rich(call.body);
    submission->rich = std::make_shared<const domain::RichContent>(rich);
  }
  const bool by_operator = call.principal().is_operator();
  Reply reply;
  if (!submission->client_reference.empty()) {
    auto earlier = co_await services.messages.find_by_reference(call.actor(), submission->customer,
                                                                submission->client_reference);
    if (earlier) {
      const auto same = same_message(*submission, std::move(*earlier));
      if (!same) co_return same.error();
      reply.data = show_message(*same, by_operator);
      co_return reply;
    }
    if (earlier.error().kind != store::ErrorKind::NotFound) co_return from_store(earlier.error(), "message");
  }
  if (kind != domain::MessageKind::Sms) {
    auto taking = take_media(services, call.actor(), submission->customer, call.body);
    auto media = co_await std::move(taking);
    if (!media) co_return media.error();
    rich.media = std::move(*media);
    submission->rich = std::make_shared<const domain::RichContent>(std::move(rich));
  }
  std::vector<domain::Submission> list;
  list.push_back(*submission);
  auto results = co_await submit_all(*services.messaging, std::move(list));
  const bool replayed = results.front() && results.front()->replayed;
  const auto message = co_await outcome_of(services, call.actor(), *submission, results.front());
  if (!message) co_return message.error();
  reply.status = replayed ? 200 : 201;
  reply.data = show_message(*message, by_operator);
  co_return reply;
}

Answer send_sms(Services& services, Call call) {
  return send(services, std::move(call), domain::MessageKind::Sms);
}
Answer send_mms(Services& services, Call call) {
  return send(services, std::move(call), domain::MessageKind::Mms);
}
Answer send_rcs(Services& services, Call call) {
  return send(services, std::move(call), domain::MessageKind::Rcs);
}
// With attachments it is an MMS.
Answer send_message(Services& services, Call call) {
  const auto some = [&](const char* name) { return has(call.body, name) && !call.body[name].empty(); };
  const bool media = some("media_ids") || some("media_urls");
  return send(services, std::move(call), media ? domain::MessageKind::Mms : domain::MessageKind::Sms);
}

boost::asio::awaitable<domain::CancelResult> cancel(domain::MessagePort& port, CustomerId customer,
                                                    MessageId id) {
  using domain::CancelResult;
  auto start = [&port, customer, id](std::unique_ptr<net::Completion<CancelResult>> completion) {
    std::shared_ptr<net::Completion<CancelResult>> kept = std::move(completion);
    port.cancel(customer, id, [kept](CancelResult result) { kept->complete(result); });
  };
  co_return co_await net::suspend<CancelResult>(std::move(start));
}

Answer cancel_message(Services& services, Call call) {
  if (!services.messaging) co_return no_messaging();
  const auto id = call.id<MessageId>("message_id");
  const auto found = co_await services.messages.get(call.actor(), id);
  if (!found) co_return from_store(found.error(), "message");
  if (domain::is_final(found->state) || found->direction == domain::Direction::Inbound)
    co_return conflict("The message has ended already.", domain::to_string(found->state));
  const auto result = co_await cancel(*services.messaging, found->customer, id);
  if (result == domain::CancelResult::Cancelled) co_return no_content();
  if (result == domain::CancelResult::TooLate)
    co_return conflict("The message has been handed to the upstream.", "too_late");
  co_return conflict("The message has ended, or is in the hands of another node.", "not_here");
}

Schema counts_schema() {
  const auto counts = [] {
    std::vector<Field> fields;
    for (const char* name : {"total", "inbound", "outbound", "delivered", "failed"})
      fields.push_back(integer(name));
    return fields;
  };
  auto row = counts();
  row.insert(row.begin(), uuid("campaign_id"));
  auto fields = counts();
  fields.push_back(list("by_campaign", object("", row)));
  return {"MessageStatistics", fields};
}

void add_reading(EndpointTable& table, Services& services) {
  auto query = message_filter_fields();
  for (auto& field : window_fields(kMessagePaging, message_sorting()))
    query.push_back(std::move(field));
  table.push_back({.path = "/messages",
                   .summary = "Messages, both directions, newest first",
                   .tag = "Messages",
                   .action = act(services, list_messages),
                   .scope = "messaging:read",
                   .of_customer = true,
                   .query = query,
                   .answer_kind = AnswerKind::Page,
                   .answer = message_schema()});
  table.push_back({.path = "/messages/stats",
                   .summary = "How many messages, in all and by campaign",
                   .tag = "Messages",
                   .action = act(services, message_statistics),
                   .scope = "messaging:read",
                   .of_customer = true,
                   .answer = counts_schema()});
  for (const char* path : {"/messages/{message_id:uuid}", "/messaging/messages/{message_id:uuid}"})
    table.push_back({.path = path,
                     .summary = "One message",
                     .tag = "Messages",
                     .action = act(services, get_message),
                     .scope = "messaging:read",
                     .of_customer = true,
                     .answer = message_schema(),
                     .errors = {ErrorCode::NotFound}});
}

}  // namespace

void add_messages(EndpointTable& table, Services& services) {
  add_reading(table, services);
  struct Sending {
    const char* path;
    const char* what;
    const char* schema;
    Operation operation;
    std::vector<Field> fields;
  };
  const auto with = [](bool text_needed, std::vector<Field> more) {
    auto fields = submission_fields(text_needed);
    for (auto& field : more)
      fields.push_back(std::move(field));
    return fields;
  };
  using domain::MessageKind;
  const Sending all[] = {
      {"/messages", "a message, with attachments an MMS", "NewMessage", send_message,
       with(true, rich_fields(MessageKind::Sms))},
      {"/messaging/sms", "an SMS", "NewSms", send_sms, with(true, {})},
      {"/messaging/mms", "an MMS", "NewMms", send_mms, with(false, rich_fields(MessageKind::Mms))},
      {"/messaging/rcs", "an RCS message, which may fall back to SMS", "NewRcs", send_rcs,
       with(false, rich_fields(MessageKind::Rcs))}};
  for (const auto& sending : all)
    table.push_back({.method = http::Method::Post,
                     .path = sending.path,
                     .summary = std::string("Send ") + sending.what +
                                "; with an Idempotency-Key, a repeat is answered with the first message "
                                "and 200",
                     .tag = "Messages",
                     .action = act(services, sending.operation),
                     .scope = "messaging:send",
                     .of_customer = true,
                     .customer_needed = true,
                     .body_kind = BodyKind::Json,
                     .body = {sending.schema, sending.fields},
                     .answer = message_schema(),
                     .status = 201,
                     .errors = submission_errors(),
                     .idempotency = Idempotency::Own});
  table.push_back({.method = http::Method::Delete,
                   .path = "/messages/{message_id:uuid}",
                   .summary = "Cancel a message that is still queued",
                   .tag = "Messages",
                   .action = act(services, cancel_message),
                   .scope = "messaging:send",
                   .of_customer = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::GatewayUnavailable}});
}

}  // namespace warp::api
