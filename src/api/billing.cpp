// /billing/…: what an account has, owes and was charged; payments and adjustments by operators.
#include "warp/store/billing.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

constexpr std::int64_t kUsualLimit = 100, kGreatestLimit = 500;
constexpr std::uint32_t kStatementEntries = 10'000;
constexpr const char* kAccountTag = "Billing";

Schema balance_schema() {
  return {"Balance",
          {amount("balance").says("The sum of the ledger; below zero: owed."),
           amount("held").says("Set aside for what is accepted and has not ended."), amount("credit_limit"),
           amount("available").or_null().says("balance - held + credit_limit; null: no limit."),
           boolean("suspended"), text("currency"), text("billing_mode").one_of({"PREPAID", "POSTPAID"}),
           instant("updated_at")}};
}

Schema entry_schema(const char* name) {
  return {name,
          {text("id"), instant("created_at"),
           text("type").one_of({"charge", "payment", "adjustment", "refund", "reversal"}),
           amount("amount").says("What it did to the balance: charges are below zero."),
           amount("balance_after"), text("currency"), text("description"), text("reference").or_null(),
           integer("items").says("How many messages or calls it sums up.")}};
}

Json show(const store::LedgerEntry& entry) {
  Json out;
  out["id"] = std::to_string(entry.id);
  out["created_at"] = timestamp(entry.created_at);
  out["type"] = to_string(entry.kind);
  out["amount"] = money(entry.amount);
  out["balance_after"] = money(entry.balance_after);
  out["currency"] = entry.currency.view();
  out["description"] = entry.description;
  out["reference"] = entry.reference.empty() ? Json() : Json(entry.reference);
  out["items"] = entry.items;
  return out;
}

Answer get_balance(Services& services, Call call) {
  const auto found = co_await services.billing.balance(call.actor(), *call.customer());
  if (!found) co_return from_store(found.error(), "balance");
  Reply reply;
  auto& data = reply.data;
  data["balance"] = money(found->balance);
  data["held"] = money(found->held);
  data["credit_limit"] = money(found->credit_limit);
  data["available"] = found->available ? money(*found->available) : Json();
  data["suspended"] = found->status != "ACTIVE";
  data["currency"] = found->currency.view();
  data["billing_mode"] = domain::to_string(found->billing_mode);
  data["updated_at"] = timestamp(found->updated_at);
  co_return reply;
}

// The short form: a POSTPAID account has nothing paid in advance.
Answer get_prepaid_balance(Services& services, Call call) {
  const auto found = co_await services.billing.balance(call.actor(), *call.customer());
  if (!found) co_return from_store(found.error(), "balance");
  const bool prepaid = found->billing_mode == domain::BillingMode::Prepaid;
  Reply reply;
  reply.data["prepaid_balance"] = money(prepaid ? found->balance : Money());
  reply.data["currency"] = found->currency.view();
  co_return reply;
}

Sorting ledger_sorting() {
  return {{{"number", SortType::Number}}, "-number", SortType::Number};
}

// Always by keys; a limit out of range is the default.
Answer get_ledger(Services& services, Call call) {
  const auto limit = take<std::int64_t>(call.query, "limit").value_or(kUsualLimit);
  call.query["limit"] = limit < 1 || limit > kGreatestLimit ? kUsualLimit : limit;
  const auto page = read_window(call.query, {"limit", kUsualLimit, kGreatestLimit}, ledger_sorting());
  if (!page) co_return page.error();
  const auto found = co_await services.billing.ledger(call.actor(), *call.customer(), *page);
  if (!found) co_return from_store(found.error(), "ledger");
  Reply reply;
  reply.data = Json::array();
  for (const auto& entry : found->items)
    reply.data.push_back(show(entry));
  put_window(reply, *page, 0, found->next);
  co_return reply;
}

Failure wrong_range(const char* why) {
  Failure failure{ErrorCode::InvalidParam, why};
  failure.details["param"] = "to";
  return failure;
}

Answer get_statement(Services& services, Call call) {
  const auto from = parse_timestamp(call.query["from"].get<std::string>());
  auto to = std::optional(services.clock.wall());
  if (const auto text = take<std::string>(call.query, "to")) to = parse_timestamp(*text);
  if (!from || !to || *to <= *from) co_return wrong_range("`to` must be later than `from`.");
  const auto found =
      co_await services.billing.statement(call.actor(), *call.customer(), *from, *to, kStatementEntries);
  if (!found) co_return from_store(found.error(), "statement");
  if (!found->complete)
    co_return wrong_range("There are more than 10000 entries in that time: ask for a shorter one.");
  Reply reply;
  reply.data["from"] = timestamp(*from);
  reply.data["to"] = timestamp(*to);
  reply.data["currency"] = found->currency.view();
  reply.data["opening_balance"] = money(found->opening);
  reply.data["closing_balance"] = money(found->closing);
  auto& entries = reply.data["entries"] = Json::array();
  for (const auto& entry : found->entries)
    entries.push_back(show(entry));
  co_return reply;
}

Failure wrong_payment(const char* why) {
  Failure failure{ErrorCode::ValidationError, why};
  failure.details["fields"]["amount"] = why;
  return failure;
}

Answer post(Services& services, Call call, store::EntryKind kind) {
  const auto wanted = parse_money(call.body["amount"]).value_or(Money());
  if (wanted == Money()) co_return wrong_payment("must not be 0");
  if (kind == store::EntryKind::Payment && wanted < Money()) co_return wrong_payment("must be above 0");
  store::Posting posting;
  posting.customer = call.id<CustomerId>("customer_id");
  posting.kind = kind;
  posting.amount = wanted;
  posting.reference = call.body["reference"];
  posting.description = take<std::string>(call.body, "description").value_or("");
  const auto posted = co_await services.billing.post(call.as_operator(), posting);
  if (!posted) co_return from_store(posted.error(), "customer");
  if (posted->repeated && posted->entry.amount != wanted) {
    Failure failure{ErrorCode::Conflict, "This reference was posted before, with another amount."};
    failure.details["reason"] = "reference_reused";
    failure.details["entry"] = show(posted->entry);
    co_return failure;
  }
  Reply reply;
  reply.status = posted->repeated ? 200 : 201;
  reply.data = show(posted->entry);
  co_return reply;
}

Answer post_payment(Services& services, Call call) {
  return post(services, std::move(call), store::EntryKind::Payment);
}
Answer post_adjustment(Services& services, Call call) {
  return post(services, std::move(call), store::EntryKind::Adjustment);
}

Answer audit(Services& services, Call call) {
  std::optional<WallTime> since;
  if (const auto text = take<std::string>(call.query, "since")) since = parse_timestamp(*text);
  const auto found = co_await services.billing.audit(call.as_operator(), since);
  if (!found) co_return from_store(found.error(), "audit");
  Reply reply;
  reply.data["agrees"] = found->empty();
  reply.data["disagreements"] = Json::array();
  for (const auto& wrong : *found) {
    Json row;
    row["rule"] = wrong.rule;
    row["customer_id"] = id_or_null(wrong.customer);
    row["entry_id"] = wrong.entry ? Json(std::to_string(*wrong.entry)) : Json();
    row["expected"] = money(wrong.expected);
    row["found"] = money(wrong.found);
    reply.data["disagreements"].push_back(std::move(row));
  }
  co_return reply;
}

Schema posting_schema(const char* name, const char* about) {
  return {name,
          {amount("amount").needed().says(about),
           text("reference", 128)
               .between(1, 128)
               .needed()
               .says("Names it: posted again, nothing is done and the first entry is answered with 200."),
           text("description", 1024)}};
}

void add_posting(EndpointTable& table, Services& services) {
  const std::string path = "/customers/{customer_id:uuid}/";
  table.push_back({.method = http::Method::Post,
                   .path = path + "payments",
                   .summary = "Book a payment of a customer, once a reference",
                   .tag = kAccountTag,
                   .action = act(services, post_payment),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = posting_schema("NewPayment", "In the account's currency, above 0."),
                   .answer = entry_schema("LedgerEntry"),
                   .status = 201,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Post,
                   .path = path + "adjustments",
                   .summary = "Correct a customer's balance, either way, once a reference",
                   .tag = kAccountTag,
                   .action = act(services, post_adjustment),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = posting_schema("NewAdjustment", "In the account's currency; below 0 takes away."),
                   .answer = entry_schema("LedgerEntry"),
                   .status = 201,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
}

}  // namespace

void add_billing(EndpointTable& table, Services& services) {
  table.push_back({.path = "/billing/balance",
                   .summary = "What the account has or owes, and what is left to use",
                   .tag = kAccountTag,
                   .action = act(services, get_balance),
                   .scope = "billing:read",
                   .of_customer = true,
                   .customer_needed = true,
                   .answer = balance_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.path = "/customers/me/balance",
                   .summary = "What is paid in advance; always 0 for a POSTPAID account",
                   .tag = kAccountTag,
                   .action = act(services, get_prepaid_balance),
                   .scope = "billing:read",
                   .of_customer = true,
                   .customer_needed = true,
                   .answer = {"PrepaidBalance", {amount("prepaid_balance"), text("currency")}},
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.path = "/billing/ledger",
                   .summary = "Charges, payments and adjustments, newest first",
                   .tag = kAccountTag,
                   .action = act(services, get_ledger),
                   .scope = "billing:read",
                   .of_customer = true,
                   .customer_needed = true,
                   .query = {integer("limit", std::numeric_limits<std::int64_t>::min(),
                                     std::numeric_limits<std::int64_t>::max())
                                 .says("1 to 500; anything else is the default, 100."),
                             text("sort").one_of({"number", "-number"}).says("Default: -number."),
                             text("cursor").says("`meta.next_cursor` of the part before.")},
                   .answer_kind = AnswerKind::List,
                   .answer = entry_schema("LedgerEntry")});
  table.push_back(
      {.path = "/billing/statement",
       .summary = "What an account had, what happened, what it has: the entries are the difference",
       .tag = kAccountTag,
       .action = act(services, get_statement),
       .scope = "billing:read",
       .of_customer = true,
       .customer_needed = true,
       .query = {instant("from").needed(), instant("to").says("Not in it; default: now.")},
       .answer = {"Statement",
                  {instant("from"), instant("to"), text("currency"), amount("opening_balance"),
                   amount("closing_balance"), list("entries", object("", entry_schema("").fields), 10'000)}},
       .errors = {ErrorCode::NotFound, ErrorCode::InvalidParam}});
  add_posting(table, services);
  table.push_back(
      {.path = "/billing/audit",
       .summary = "Whether ledgers, balances, holds, records, invoices and both sides of the books agree to "
                  "the last digit",
       .tag = kAccountTag,
       .action = act(services, audit),
       .operators_only = true,
       .query = {instant("since").says("Records and charges before it are left alone; default: none.")},
       .answer = {"BillingAudit",
                  {boolean("agrees"),
                   list("disagreements",
                        object("", {text("rule"), uuid("customer_id").or_null(), text("entry_id").or_null(),
                                    amount("expected"), amount("found")}))}}});
}

}  // namespace warp::api
