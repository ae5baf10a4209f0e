// Many messages in one request; each has its own result.
#include "warp/domain/message_port.h"

#include "media_rules.h"
#include "message_submit.h"
#include "message_view.h"

namespace warp::api {
namespace {

constexpr std::int64_t kMostMessages = 1000;
constexpr std::size_t kBatchBodyLimit = 8 * 1024 * 1024;
constexpr char kSeparator = '\x1f';  // in no Idempotency-Key: no other message has this reference

Json show(const Failure& failure) {
  Json out;
  out["code"] = to_string(failure.code);
  out["message"] = failure.message.empty() ? std::string(info(failure.code).cause) : failure.message;
  if (!failure.details.is_null()) out["details"] = failure.details;
  return out;
}

Json row_of(std::size_t index, const char* status) {
  Json row;
  row["index"] = index;
  row["status"] = status;
  return row;
}

Json failed_item(std::size_t index, const Failure& failure) {
  auto row = row_of(index, "failed");
  row["error"] = show(failure);
  return row;
}

// Attachments of a batch are uploaded before: fetching a thousand would hold the request up.
std::vector<Field> batch_fields() {
  auto fields = submission_fields(false);
  fields.push_back(
      text("kind").one_of({"sms", "mms", "rcs"}).says("Default: mms with attachments, else sms."));
  for (auto& field : rich_fields(domain::MessageKind::Rcs))
    if (field.name != "media_urls") fields.push_back(std::move(field));
  return fields;
}

domain::MessageKind kind_of(const Json& body) {
  if (const auto given = take<std::string>(body, "kind"))
    return domain::parse_message_kind(*given).value_or(domain::MessageKind::Sms);
  const bool media = has(body, "media_ids") && !body["media_ids"].empty();
  return media ? domain::MessageKind::Mms : domain::MessageKind::Sms;
}

Answer send_batch(Services& services, Call call) {
  if (auto refused = check_sending(services)) co_return std::move(*refused);
  const auto key = idempotency_key(call);
  if (!key) co_return key.error();
  const auto& messages = call.body["messages"];
  std::vector<Json> rows(messages.size());
  std::vector<domain::Submission> list;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    auto submission = read_submission(messages[i], *call.customer());
    if (!submission) {
      rows[i] = failed_item(i, submission.error());
      continue;
    }
    submission->origin = origin_of(call);
    submission->kind = kind_of(messages[i]);
    if (submission->kind == domain::MessageKind::Sms && submission->text.empty()) {
      rows[i] = failed_item(i, Failure{ErrorCode::MissingParam, "An SMS needs a `body`."});
      continue;
    }
    if (submission->kind != domain::MessageKind::Sms) {
      auto rich = read_rich(messages[i]);
      auto taking = take_media(services, call.actor(), submission->customer, messages[i]);
      auto media = co_await std::move(taking);
      if (!media) {
        rows[i] = failed_item(i, media.error());
        continue;
      }
      rich.media = std::move(*media);
      submission->rich = std::make_shared<const domain::RichContent>(std::move(rich));
    }
    if (!key->empty()) submission->client_reference = *key + kSeparator + std::to_string(i);
    list.push_back(std::move(*submission));
    places.push_back(i);
  }
  auto copies = list;
  const auto results = co_await submit_all(*services.messaging, std::move(copies));
  std::size_t accepted = 0;
  for (std::size_t n = 0; n < results.size(); ++n) {
    const auto message = co_await outcome_of(services, call.actor(), list[n], results[n]);
    auto& row = rows[places[n]];
    if (!message) {
      row = failed_item(places[n], message.error());
      continue;
    }
    ++accepted;
    row = row_of(places[n], results[n]->replayed ? "replayed" : "accepted");
    row["message"] = api::show_message(*message, call.principal().is_operator());
  }
  Reply reply;
  reply.data["results"] = std::move(rows);
  reply.data["accepted_count"] = accepted;
  reply.data["failed_count"] = messages.size() - accepted;
  co_return reply;
}

}  // namespace

void add_message_batch(EndpointTable& table, Services& services) {
  for (const char* path : {"/messages/batch", "/messaging/sms/batch"})
    table.push_back(
        {.method = http::Method::Post,
         .path = path,
         .summary = "Send many messages; each has its own result, and one that fails stops no other",
         .tag = "Messages",
         .action = act(services, send_batch),
         .scope = "messaging:send",
         .of_customer = true,
         .customer_needed = true,
         .body_kind = BodyKind::Json,
         .body = {"NewMessageBatch", {list("messages", object("", batch_fields()), kMostMessages).needed()}},
         .body_limit = kBatchBodyLimit,
         .answer = {"MessageBatch",
                    {list("results", object("", {integer("index"),
                                                 text("status").one_of({"accepted", "replayed", "failed"}),
                                                 free_object("message"), free_object("error")})),
                     integer("accepted_count"), integer("failed_count")}},
         .errors = {ErrorCode::MissingParam, ErrorCode::InvalidIdempotencyKey, ErrorCode::GatewayUnavailable},
         .idempotency = Idempotency::Own});
}

}  // namespace warp::api
