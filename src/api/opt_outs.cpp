// Who wants no more messages, and from which number.
#include "warp/store/messaging.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

const Paging kOptOutPaging;
constexpr const char* kOptOutPath = "/messaging/opt-outs";

bool is_party(std::string_view text) {
  if (is_number(text)) return true;
  return text.size() >= 3 && text.size() <= 6 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// A telephone number as E.164 digits, a short code as it is.
std::string digits_of(std::string_view text) {
  const auto e164 = e164_of(text);
  return e164 ? *e164 : std::string(text);
}

std::vector<Field> party_fields() {
  return {text("sender", 16).is(is_party, "a telephone number or a short code").needed().says("Our number."),
          text("recipient", 16).is(is_number, "a telephone number").needed().says("Who wants no more.")};
}

Schema opt_out_schema() {
  return {"OptOut",
          {uuid("customer_id"), text("sender"), text("recipient"),
           text("source").says("`keyword`: the recipient's own word; `api`: entered here."),
           instant("created_at")}};
}

Json show(const store::OptOutRepository::Item& row) {
  const auto shown = [](const std::string& digits) { return (digits.size() > 6 ? "+" : "") + digits; };
  Json out;
  out["customer_id"] = row.opt_out.customer.to_string();
  out["sender"] = shown(row.opt_out.sender);
  out["recipient"] = shown(row.opt_out.recipient);
  out["source"] = row.source;
  out["created_at"] = timestamp(row.created_at);
  return out;
}

Answer list_opt_outs(Services& services, Call call) {
  const auto page = read_page(call.query, kOptOutPaging);
  const auto found = co_await services.opt_outs.list(call.actor(), call.customer(), page);
  if (!found) co_return from_store(found.error(), "opt-out");
  co_return page_reply(*found, page, [](const auto& row) { return show(row); });
}

Answer add_opt_out(Services& services, Call call) {
  domain::OptOut wanted{*call.customer(), digits_of(call.body["sender"].get<std::string>()),
                        digits_of(call.body["recipient"].get<std::string>())};
  const auto made = co_await services.opt_outs.add(call.actor(), std::move(wanted), "api");
  if (!made) co_return from_store(made.error(), "opt-out");
  co_return reply_with(show(*made), 201);
}

Answer remove_opt_out(Services& services, Call call) {
  const auto sender = call.request.param("sender");
  const auto recipient = call.request.param("recipient");
  if (!is_party(sender) || !is_number(recipient))
    co_return Failure{ErrorCode::InvalidId, "The path has no telephone number where one belongs."};
  domain::OptOut wanted{*call.customer(), digits_of(sender), digits_of(recipient)};
  const auto gone = co_await services.opt_outs.remove(call.actor(), std::move(wanted));
  if (!gone) co_return from_store(gone.error(), "opt-out");
  co_return no_content();
}

}  // namespace

void add_opt_outs(EndpointTable& table, Services& services) {
  table.push_back({.path = kOptOutPath,
                   .summary = "Recipients who want no more messages, newest first",
                   .tag = "Messaging",
                   .action = act(services, list_opt_outs),
                   .scope = "messaging:read",
                   .of_customer = true,
                   .query = paging_fields(kOptOutPaging),
                   .answer_kind = AnswerKind::Page,
                   .answer = opt_out_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = kOptOutPath,
                   .summary = "Send a recipient no more from a number; repeating it changes nothing",
                   .tag = "Messaging",
                   .action = act(services, add_opt_out),
                   .scope = "messaging:write",
                   .of_customer = true,
                   .customer_needed = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewOptOut", party_fields()},
                   .answer = opt_out_schema(),
                   .status = 201,
                   .errors = {ErrorCode::MissingParam}});
  table.push_back({.method = http::Method::Delete,
                   .path = std::string(kOptOutPath) + "/{sender}/{recipient}",
                   .summary = "The recipient has agreed again, by other means than the keyword",
                   .tag = "Messaging",
                   .action = act(services, remove_opt_out),
                   .scope = "messaging:write",
                   .of_customer = true,
                   .customer_needed = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound, ErrorCode::MissingParam}});
}

}  // namespace warp::api
