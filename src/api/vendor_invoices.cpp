// Vendors' invoices: their records judged against ours, disputes.
#include "warp/billing/vendor_csv.h"
#include "warp/store/vendor_billing.h"

#include "billing_pages.h"
#include "formats.h"

namespace warp::api {
namespace {

constexpr const char* kVendorInvoiceTag = "Vendor billing";
constexpr std::size_t kFileLimit = 32 * 1024 * 1024;
const Paging kVendorInvoicePaging;

// A file is judged as a whole, hence kept as a whole; the endpoint's limit bounds it.
class Upload final : public http::BodySink {
 public:
  void feed(std::string_view octets) override { text_ += octets; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

Schema invoice_schema() {
  return {"VendorInvoice",
          {uuid("id"), uuid("provider_id"), text("number"), instant("period_start"), instant("period_end"),
           text("currency"), amount("claimed"),
           amount("expected").says("By our records and the provider's deck."),
           text("status").one_of({"OPEN", "MATCHED", "DISPUTED", "SETTLED"}),
           free_object("reconciliation").says("Counts of verdicts and sums; empty: no records were given."),
           instant("created_at")}};
}

Json reconciliation_of(const std::string& text) {
  const auto stored = parse_json(text).value_or(Json::object());
  Json out = Json::object();
  for (const auto& [name, value] : stored.items()) {
    constexpr std::string_view kNanos = "_nanos";
    if (name.ends_with(kNanos))
      out[name.substr(0, name.size() - kNanos.size())] = money(Money::from_nanos(value.get<std::int64_t>()));
    else
      out[name] = value;
  }
  return out;
}

Json show(const store::VendorInvoice& invoice) {
  Json out;
  out["id"] = invoice.id.to_string();
  out["provider_id"] = invoice.provider.to_string();
  out["number"] = invoice.number;
  out["period_start"] = timestamp(invoice.period.start);
  out["period_end"] = timestamp(invoice.period.end);
  out["currency"] = invoice.currency.view();
  out["claimed"] = money(invoice.claimed);
  out["expected"] = money(invoice.expected);
  out["status"] = to_string(invoice.status);
  out["reconciliation"] = reconciliation_of(invoice.details);
  out["created_at"] = timestamp(invoice.created_at);
  return out;
}

Json show(const store::VendorRecord& record) {
  Json out;
  out["line"] = record.call.line;
  out["started_at"] = timestamp(record.call.started_at);
  out["ani"] = record.call.ani;
  out["dni"] = record.call.dni;
  out["seconds"] = record.call.seconds;
  out["amount"] = money(record.call.amount);
  out["verdict"] = record.verdict;
  out["record_id"] = id_or_null(record.record);
  return out;
}

Json show(const store::Dispute& dispute) {
  Json out;
  out["id"] = dispute.id.to_string();
  out["state"] = to_string(dispute.state);
  out["claimed"] = money(dispute.claimed);
  out["granted"] = dispute.granted ? money(*dispute.granted) : Json();
  out["note"] = dispute.note;
  out["created_at"] = timestamp(dispute.created_at);
  out["updated_at"] = timestamp(dispute.updated_at);
  return out;
}

Answer list_vendor_invoices(Services& services, Call call) {
  store::VendorBillingRepository vendors(services.pool);
  std::optional<ProviderId> provider;
  if (const auto id = take<std::string>(call.query, "provider_id")) provider = ProviderId::parse(*id);
  const auto page = read_page(call.query, kVendorInvoicePaging);
  const auto found = co_await vendors.list(call.as_operator(), provider, page);
  if (!found) co_return from_store(found.error(), "vendor invoice");
  co_return page_reply(*found, page, [](const auto& invoice) { return show(invoice); });
}

Failure wrong_vendor_bill(const char* field, const char* why) {
  Failure failure{ErrorCode::ValidationError, why};
  failure.details["fields"][field] = why;
  return failure;
}

Answer create_invoice(Services& services, Call call) {
  store::VendorBillingRepository vendors(services.pool);
  store::VendorInvoice wanted;
  wanted.provider = *ProviderId::parse(call.body["provider_id"].get<std::string>());
  wanted.number = call.body["number"];
  wanted.period.start = *parse_timestamp(call.body["period_start"].get<std::string>());
  wanted.period.end = *parse_timestamp(call.body["period_end"].get<std::string>());
  if (wanted.period.end <= wanted.period.start)
    co_return wrong_vendor_bill("period_end", "must be later than period_start");
  wanted.currency = *Currency::parse(call.body["currency"].get<std::string>());
  wanted.claimed = parse_money(call.body["claimed"]).value_or(Money());
  const auto made = co_await vendors.create(call.as_operator(), wanted);
  if (!made) co_return from_store(made.error(), "vendor invoice");
  co_return reply_with(show(*made), 201);
}

Answer get_vendor_invoice(Services& services, Call call) {
  store::VendorBillingRepository vendors(services.pool);
  const auto found = co_await vendors.get(call.as_operator(), call.uuid("invoice_id"));
  if (!found) co_return from_store(found.error(), "vendor invoice");
  co_return reply_with(show(*found));
}

Answer update_invoice(Services& services, Call call) {
  store::VendorBillingRepository vendors(services.pool);
  auto found = co_await vendors.get(call.as_operator(), call.uuid("invoice_id"));
  if (!found) co_return from_store(found.error(), "vendor invoice");
  auto wanted = *found;
  wanted.number = take<std::string>(call.body, "number").value_or(wanted.number);
  if (has(call.body, "claimed")) wanted.claimed = parse_money(call.body["claimed"]).value_or(Money());
  if (const auto status = take<std::string>(call.body, "status"))
    wanted.status = *store::parse_vendor_invoice_status(*status);
  const auto changed = co_await vendors.update(call.as_operator(), wanted);
  if (!changed) co_return from_store(changed.error(), "vendor invoice");
  co_return reply_with(show(*changed));
}

billing::VendorColumns columns_of(const Json& query) {
  billing::VendorColumns out;
  const auto set = [&](const char* name, std::string& column) {
    column = take<std::string>(query, name).value_or(column);
  };
  set("started_at", out.started_at);
  set("ani", out.ani);
  set("dni", out.dni);
  set("seconds", out.seconds);
  set("amount", out.amount);
  return out;
}

Failure import_failure(const billing::VendorCsvError& error) {
  Failure failure{ErrorCode::InvalidImport, "The file has a fault; nothing was changed."};
  Json row;
  row["line"] = error.line;
  row["column"] = error.column;
  row["problem"] = error.problem;
  row["cure"] = error.cure;
  failure.details["total"] = 1;
  failure.details["errors"] = Json::array({row});
  return failure;
}

Answer import_records(Services& services, Call call) {
  store::VendorBillingRepository vendors(services.pool);
  const auto invoice = co_await vendors.get(call.as_operator(), call.uuid("invoice_id"));
  if (!invoice) co_return from_store(invoice.error(), "vendor invoice");
  const auto upload = std::dynamic_pointer_cast<Upload>(call.request.sink);
  const auto theirs =
      billing::read_vendor_csv(upload ? upload->text() : std::string(), columns_of(call.query));
  if (!theirs) co_return import_failure(theirs.error());
  const auto cycle = co_await vendors.cycle(call.as_operator(), invoice->provider);
  if (!cycle && cycle.error().kind != store::ErrorKind::NotFound)
    co_return from_store(cycle.error(), "cycle");
  const auto tolerance = cycle ? cycle->tolerance : billing::Tolerance();
  const auto ours = co_await vendors.calls(call.as_operator(), *invoice);
  if (!ours) co_return from_store(ours.error(), "records");
  const auto judged = billing::reconcile(*ours, *theirs, tolerance);
  if (!judged) co_return wrong_vendor_bill("amount", "the amounts add up to more than money can hold");
  const auto stored = co_await vendors.store_records(call.as_operator(), *invoice, *theirs, *judged);
  if (!stored) co_return from_store(stored.error(), "vendor invoice");
  co_return reply_with(show(*stored));
}

Answer list_invoiced_records(Services& services, Call call) {
  store::VendorBillingRepository vendors(services.pool);
  const auto page = read_page(call.query, kVendorInvoicePaging);
  const auto verdict = take<std::string>(call.query, "verdict").value_or("");
  const auto found = co_await vendors.records(call.as_operator(), call.uuid("invoice_id"), verdict, page);
  if (!found) co_return from_store(found.error(), "vendor invoice");
  co_return page_reply(*found, page, [](const auto& record) { return show(record); });
}

Answer list_disputes(Services& services, Call call) {
  store::VendorBillingRepository vendors(services.pool);
  const auto found = co_await vendors.disputes(call.as_operator(), call.uuid("invoice_id"));
  if (!found) co_return from_store(found.error(), "vendor invoice");
  co_return list_reply(*found, [](const auto& dispute) { return show(dispute); });
}

Answer open_dispute(Services& services, Call call) {
  store::VendorBillingRepository vendors(services.pool);
  store::Dispute wanted;
  wanted.invoice = call.uuid("invoice_id");
  wanted.claimed = parse_money(call.body["claimed"]).value_or(Money());
  wanted.note = take<std::string>(call.body, "note").value_or("");
  if (wanted.claimed <= Money()) co_return wrong_vendor_bill("claimed", "must be above 0");
  const auto opened = co_await vendors.open_dispute(call.as_operator(), wanted);
  if (!opened) co_return from_store(opened.error(), "vendor invoice");
  co_return reply_with(show(*opened), 201);
}

Answer end_dispute(Services& services, Call call) {
  store::VendorBillingRepository vendors(services.pool);
  store::Dispute wanted;
  wanted.id = call.uuid("dispute_id");
  wanted.invoice = call.uuid("invoice_id");
  wanted.state = *store::parse_dispute_state(call.body["state"].get<std::string>());
  wanted.granted =
      wanted.state == store::DisputeState::Accepted ? parse_money(call.body["granted"]) : Money();
  wanted.note = take<std::string>(call.body, "note").value_or("");
  if (!wanted.granted) co_return wrong_vendor_bill("granted", "is required of an accepted dispute");
  const auto ended = co_await vendors.end_dispute(call.as_operator(), wanted);
  if (!ended) co_return from_store(ended.error(), "open dispute");
  co_return reply_with(show(*ended));
}

Schema dispute_schema() {
  return {"Dispute",
          {uuid("id"), text("state").one_of({"OPEN", "ACCEPTED", "REFUSED"}), amount("claimed"),
           amount("granted").or_null(), text("note"), instant("created_at"), instant("updated_at")}};
}

void add_record_pages(EndpointTable& table, Services& services, const std::string& one) {
  table.push_back(
      {.method = http::Method::Post,
       .path = one + "/records",
       .summary = "Judge the vendor's records (CSV) against ours: whole or not at all",
       .tag = kVendorInvoiceTag,
       .action = act(services, import_records),
       .operators_only = true,
       .query = {text("started_at", 64).says("Name of that column; so are the others. Default: its own."),
                 text("ani", 64), text("dni", 64), text("seconds", 64), text("amount", 64)},
       .body_kind = BodyKind::Csv,
       .body_limit = kFileLimit,
       .sink = [](const http::Request&) { return std::make_shared<Upload>(); },
       .answer = invoice_schema(),
       .errors = {ErrorCode::NotFound, ErrorCode::InvalidImport, ErrorCode::ValidationError}});
  auto query = paging_fields(kVendorInvoicePaging);
  query.push_back(text("verdict").one_of({"MATCHED", "NOT_OURS", "DURATION", "RATE", "TWICE"}));
  table.push_back(
      {.path = one + "/records",
       .summary = "The vendor's records with their verdicts",
       .tag = kVendorInvoiceTag,
       .action = act(services, list_invoiced_records),
       .operators_only = true,
       .query = query,
       .answer_kind = AnswerKind::Page,
       .answer = {"VendorRecord",
                  {integer("line"), instant("started_at"), text("ani"), text("dni"), integer("seconds"),
                   amount("amount"), text("verdict"), uuid("record_id").or_null()}}});
}

void add_disputes(EndpointTable& table, Services& services, const std::string& one) {
  table.push_back({.path = one + "/disputes",
                   .summary = "Disputes about it, oldest first",
                   .tag = kVendorInvoiceTag,
                   .action = act(services, list_disputes),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = dispute_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = one + "/disputes",
                   .summary = "Dispute an amount of it",
                   .tag = kVendorInvoiceTag,
                   .action = act(services, open_dispute),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewDispute", {amount("claimed").needed(), text("note", 4096)}},
                   .answer = dispute_schema(),
                   .status = 201,
                   .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
  table.push_back(
      {.method = http::Method::Post,
       .path = one + "/disputes/{dispute_id:uuid}/end",
       .summary = "End a dispute; the last one settles the invoice",
       .tag = kVendorInvoiceTag,
       .action = act(services, end_dispute),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = {"DisputeEnd",
                {text("state").one_of({"ACCEPTED", "REFUSED"}).needed(),
                 amount("granted").says("Of an accepted one: up to what was claimed."), text("note", 4096)}},
       .answer = dispute_schema(),
       .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
}

}  // namespace

void add_vendor_invoices(EndpointTable& table, Services& services) {
  auto query = paging_fields(kVendorInvoicePaging);
  query.push_back(uuid("provider_id"));
  table.push_back({.path = "/vendor-invoices",
                   .summary = "Vendors' invoices, newest period first; those expected are among them",
                   .tag = kVendorInvoiceTag,
                   .action = act(services, list_vendor_invoices),
                   .operators_only = true,
                   .query = query,
                   .answer_kind = AnswerKind::Page,
                   .answer = invoice_schema()});
  table.push_back(
      {.method = http::Method::Post,
       .path = "/vendor-invoices",
       .summary = "A vendor's invoice",
       .tag = kVendorInvoiceTag,
       .action = act(services, create_invoice),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = {"NewVendorInvoice",
                {uuid("provider_id").needed(), text("number", 128).needed(), instant("period_start").needed(),
                 instant("period_end").needed(),
                 text("currency").is(is_currency, "an ISO 4217 code").needed(), amount("claimed").needed()}},
       .answer = invoice_schema(),
       .status = 201,
       .errors = {ErrorCode::Conflict, ErrorCode::ValidationError}});
  const std::string one = "/vendor-invoices/{invoice_id:uuid}";
  table.push_back({.path = one,
                   .summary = "One vendor's invoice",
                   .tag = kVendorInvoiceTag,
                   .action = act(services, get_vendor_invoice),
                   .operators_only = true,
                   .answer = invoice_schema(),
                   .errors = {ErrorCode::NotFound}});
  add_update(table, {.path = one,
                     .summary = "Change number, amount or status",
                     .tag = kVendorInvoiceTag,
                     .action = act(services, update_invoice),
                     .operators_only = true,
                     .body_kind = BodyKind::Json,
                     .body = {"VendorInvoicePatch",
                              {text("number", 128), amount("claimed"),
                               text("status").one_of({"OPEN", "MATCHED", "DISPUTED", "SETTLED"})}},
                     .answer = invoice_schema(),
                     .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  add_record_pages(table, services, one);
  add_disputes(table, services, one);
}

}  // namespace warp::api
