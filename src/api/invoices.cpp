// Invoices: as data and as a page; voided and made anew, paid.
#include "warp/store/invoices.h"

#include <utility>

#include "warp/base/checked.h"
#include "warp/http/one_piece.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

constexpr const char* kInvoiceTag = "Billing";
// A page that a customer's or an operator's text went into: it runs nothing and loads nothing.
constexpr const char* kPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
const Paging kInvoicePaging;

std::vector<Field> brief_fields() {
  return {text("id"),
          text("number"),
          text("ban"),
          instant("period_start"),
          instant("period_end").says("Not in it."),
          text("status").one_of({"ISSUED", "PAID", "VOID"}),
          amount("total"),
          amount("balance_due"),
          text("currency"),
          instant("issued_at").or_null(),
          instant("due_at").or_null()};
}

Schema brief_schema() {
  return {"Invoice", brief_fields()};
}

Schema detail_schema() {
  auto head = brief_fields();
  head.insert(head.end(),
              {uuid("customer_id"), text("zone"), amount("charges"), amount("taxes"), amount("rounding"),
               amount("carried").says("Credit of earlier periods (below 0), or for later ones (above 0)."),
               amount("paid"), instant("voided_at").or_null()});
  return {"InvoiceDetail",
          {object("invoice", head),
           list("lines", object("", {integer("position"), text("kind"), text("sku"), text("description"),
                                     integer("items"), integer("units"), text("unit"), amount("amount"),
                                     text("entry_id").or_null()})),
           list("tax_lines",
                object("", {integer("position"), text("tax_code"), text("description"), amount("base"),
                            amount("rate"), amount("amount"), text("entry_id").or_null()})),
           list("payment_applications",
                object("", {text("entry_id"), text("reference"), amount("amount"), instant("applied_at")}))}};
}

Json brief(const store::Invoice& invoice) {
  Json out;
  out["id"] = invoice.id.to_string();
  out["number"] = invoice.number;
  out["ban"] = invoice.ban;
  out["period_start"] = timestamp(invoice.period.start);
  out["period_end"] = timestamp(invoice.period.end);
  out["status"] = invoice.status;
  out["total"] = money(invoice.total);
  out["balance_due"] = money(invoice.due());
  out["currency"] = invoice.currency.view();
  out["issued_at"] = timestamp(invoice.issued_at);
  out["due_at"] = timestamp(invoice.due_at);
  return out;
}

Json entry_of(const billing::Line& line) {
  return line.ledger_entry ? Json(std::to_string(*line.ledger_entry)) : Json();
}

Json tax_line(const billing::Line& line, std::size_t position) {
  Json out;
  out["position"] = position;
  out["tax_code"] = line.sku;
  out["description"] = line.description;
  out["base"] = money(line.base.value_or(Money()));
  out["rate"] = money(Money::from_nanos(line.rate_e9.value_or(0)));
  out["amount"] = money(line.amount);
  out["entry_id"] = entry_of(line);
  return out;
}

Json other_line(const billing::Line& line, std::size_t position) {
  Json out;
  out["position"] = position;
  out["kind"] = to_string(line.kind);
  out["sku"] = line.sku;
  out["description"] = line.description;
  out["items"] = line.items;
  out["units"] = line.units;
  out["unit"] = line.unit;
  out["amount"] = money(line.amount);
  out["entry_id"] = entry_of(line);
  return out;
}

Json show(const store::InvoiceDetail& detail) {
  const auto& invoice = detail.invoice;
  Json out;
  auto& head = out["invoice"] = brief(invoice);
  head["customer_id"] = invoice.customer.to_string();
  head["zone"] = invoice.zone;
  head["charges"] = money(invoice.charges);
  head["taxes"] = money(invoice.taxes);
  head["rounding"] = money(invoice.rounding);
  head["carried"] = money(invoice.carried);
  head["paid"] = money(invoice.applied);
  head["voided_at"] = timestamp(invoice.voided_at);
  auto& lines = out["lines"] = Json::array();
  auto taxes = Json::array();
  std::size_t position = 0;
  for (const auto& line : detail.lines) {
    ++position;
    if (line.kind == billing::LineKind::Tax)
      taxes.push_back(tax_line(line, position));
    else
      lines.push_back(other_line(line, position));
  }
  out["tax_lines"] = std::move(taxes);
  auto& payments = out["payment_applications"] = Json::array();
  for (const auto& use : detail.payments) {
    Json row;
    row["entry_id"] = std::to_string(use.entry);
    row["reference"] = use.reference;
    row["amount"] = money(use.amount);
    row["applied_at"] = timestamp(use.applied_at);
    payments.push_back(std::move(row));
  }
  return out;
}

// Ids are opaque to customers: what is none of ours is not found.
std::optional<Uuid> invoice_id_of(const Call& call) {
  return Uuid::parse(call.request.param("invoice_id"));
}

Answer list_invoices(Services& services, Call call) {
  store::InvoiceRepository invoices(services.pool);
  const auto page = read_page(call.query, kInvoicePaging);
  const auto found = co_await invoices.list(call.actor(), call.customer(), page);
  if (!found) co_return from_store(found.error(), "invoice");
  co_return page_reply(*found, page, [](const auto& invoice) { return brief(invoice); });
}

Answer get_invoice(Services& services, Call call) {
  store::InvoiceRepository invoices(services.pool);
  const auto id = invoice_id_of(call);
  if (!id) co_return not_found("invoice");
  const auto found = co_await invoices.get(call.actor(), *id);
  if (!found) co_return from_store(found.error(), "invoice");
  co_return reply_with(show(*found));
}

Answer get_html(Services& services, Call call) {
  store::InvoiceRepository invoices(services.pool);
  const auto id = invoice_id_of(call);
  if (!id) co_return not_found("invoice");
  const auto found = co_await invoices.get(call.actor(), *id);
  if (!found) co_return from_store(found.error(), "invoice");
  Reply reply;
  reply.headers.set("Content-Type", "text/html; charset=utf-8");
  reply.headers.set("Content-Security-Policy", kPolicy);
  reply.headers.set("X-Content-Type-Options", "nosniff");
  reply.source =
      std::make_unique<http::OnePiece>(billing::html(store::document_of(*found), services.settings.branding));
  co_return reply;
}

Answer get_pdf(Services& services, Call call) {
  store::InvoiceRepository invoices(services.pool);
  const auto id = invoice_id_of(call);
  if (!id) co_return not_found("invoice");
  const auto found = co_await invoices.get(call.actor(), *id);
  if (!found) co_return from_store(found.error(), "invoice");
  Failure failure{ErrorCode::ServiceUnavailable,
                  "No render service is configured; the invoice is there as HTML."};
  co_return failure;
}

Failure invoice_refused(const store::Error& error) {
  if (error.constraint == "invoice_last")
    return {ErrorCode::Conflict, "A later invoice of the account stands on this one."};
  if (error.constraint == "invoice_void") return {ErrorCode::Conflict, "The invoice is void already."};
  if (error.constraint == "payment_left")
    return {ErrorCode::Conflict, "The payment has less left than that."};
  if (error.constraint == "invoice_due") return {ErrorCode::Conflict, "The invoice has less due than that."};
  return from_store(error, "invoice");
}

Answer make_anew(Services& services, Call call) {
  store::InvoiceRepository invoices(services.pool);
  const auto id = invoice_id_of(call);
  if (!id) co_return not_found("invoice");
  const auto made = co_await invoices.make_anew(call.as_operator(), *id);
  if (!made) co_return invoice_refused(made.error());
  co_return reply_with(brief(*made), 201);
}

Answer apply_payment(Services& services, Call call) {
  store::InvoiceRepository invoices(services.pool);
  const auto id = invoice_id_of(call);
  if (!id) co_return not_found("invoice");
  const auto wanted = parse_money(call.body["amount"]).value_or(Money());
  const auto entry = parse_number<std::int64_t>(call.body["entry_id"].get<std::string>()).value_or(0);
  const auto paid = co_await invoices.apply(call.as_operator(), *id, entry, wanted);
  if (!paid) co_return invoice_refused(paid.error());
  co_return reply_with(brief(*paid));
}

Answer free_payment(Services& services, Call call) {
  store::InvoiceRepository invoices(services.pool);
  const auto id = invoice_id_of(call);
  if (!id) co_return not_found("invoice");
  const auto freed = co_await invoices.free_payment(call.as_operator(), *id, call.number("entry_id"));
  if (!freed) co_return invoice_refused(freed.error());
  co_return reply_with(brief(*freed));
}

Endpoint invoice_endpoint(std::string path, std::string summary, Action action) {
  return {.path = std::move(path),
          .summary = std::move(summary),
          .tag = kInvoiceTag,
          .action = std::move(action),
          .scope = "billing:read",
          .of_customer = true,
          .errors = {ErrorCode::NotFound}};
}

void add_invoice_changes(EndpointTable& table, Services& services) {
  const std::string one = "/invoices/{invoice_id}";
  table.push_back(
      {.method = http::Method::Post,
       .path = one + "/void",
       .summary = "Take the account's last invoice back and make its period's anew, under the next number",
       .tag = kInvoiceTag,
       .action = act(services, make_anew),
       .operators_only = true,
       .answer = brief_schema(),
       .status = 201,
       .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  table.push_back(
      {.method = http::Method::Post,
       .path = one + "/payments",
       .summary = "Pay a part of it, or all, by what is left of a payment",
       .tag = kInvoiceTag,
       .action = act(services, apply_payment),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = {"PaymentApplication",
                {text("entry_id", 20).needed().says("Of the ledger."), amount("amount").needed()}},
       .answer = brief_schema(),
       .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  table.push_back({.method = http::Method::Delete,
                   .path = one + "/payments/{entry_id:int}",
                   .summary = "Free what a payment pays of it",
                   .tag = kInvoiceTag,
                   .action = act(services, free_payment),
                   .operators_only = true,
                   .answer = brief_schema(),
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace

void add_invoices(EndpointTable& table, Services& services) {
  auto all = invoice_endpoint("/invoices", "Invoices, newest period first", act(services, list_invoices));
  all.query = paging_fields(kInvoicePaging);
  all.answer_kind = AnswerKind::Page;
  all.answer = brief_schema();
  table.push_back(std::move(all));
  auto one = invoice_endpoint("/invoices/{invoice_id}", "Header, lines, taxes, payments",
                              act(services, get_invoice));
  one.answer = detail_schema();
  table.push_back(std::move(one));
  auto page =
      invoice_endpoint("/invoices/{invoice_id}/html", "The invoice as a page", act(services, get_html));
  page.answer_kind = AnswerKind::Octets;
  table.push_back(std::move(page));
  auto pdf = invoice_endpoint("/invoices/{invoice_id}/pdf",
                              "The invoice as PDF: 503 without a render service", act(services, get_pdf));
  pdf.answer_kind = AnswerKind::Octets;
  pdf.errors.push_back(ErrorCode::ServiceUnavailable);
  table.push_back(std::move(pdf));
  add_invoice_changes(table, services);
}

}  // namespace warp::api
