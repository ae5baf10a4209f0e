// A vendor's records beside ours.
#include "array_text.h"
#include "vendor_billing_rows.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

// A vendor counts a call from its answer; what was not answered is not billed but by an attempt fee.
constexpr pg::Query kVendorRecordCalls{
    "store.vendor.calls",
    "SELECT r.id, coalesce(r.answered_at, r.setup_at), r.dni_e164, coalesce(r.cost_billed_seconds, 0), "
    "coalesce(r.cost_nanos, 0) FROM records.cdrs r WHERE r.provider_id = $1 AND r.setup_at >= $2 AND "
    "r.setup_at < $3 "
    "AND (r.answered_at IS NOT NULL OR r.cost_nanos <> 0) AND (r.cost_currency = $4 OR r.cost_currency IS "
    "NULL)",
    120s};
constexpr pg::Query kClearVendorRecords{"store.vendor.clear",
                                        "DELETE FROM billing.vendor_cdrs WHERE invoice_id = $1", 120s};
constexpr pg::Query kPutVendorRecord{
    "store.vendor.put_records",
    "INSERT INTO billing.vendor_cdrs (invoice_id, line, started_at, ani, dni, seconds, amount_nanos, "
    "record_id, "
    "verdict) SELECT $1, t.* FROM unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[], "
    "$6::integer[], "
    "$7::bigint[], $8::uuid[], $9::text[]) AS t(line, at, ani, dni, seconds, amount, record, verdict)",
    120s};
constexpr pg::Query kJudge{
    "store.vendor.judge",
    "UPDATE billing.vendor_invoices AS i SET expected_nanos = $2, details = $3::jsonb, status = CASE WHEN "
    "i.status IN "
    "('OPEN', 'MATCHED') THEN $4 ELSE i.status END WHERE i.id = $1 RETURNING " VENDOR_INVOICE_COLUMNS};
#define RECORDS_OF " FROM billing.vendor_cdrs WHERE invoice_id = $1 AND ($2 = '' OR verdict = $2)"
constexpr pg::Query kRecordCount{"store.vendor.record_count", "SELECT count(*)" RECORDS_OF};
constexpr pg::Query kRecords{
    "store.vendor.records",
    "SELECT line, started_at, ani, dni, seconds, amount_nanos, verdict, record_id" RECORDS_OF
    " ORDER BY line LIMIT $3 OFFSET $4"};

void read_call(pg::RowReader& row, billing::OurCall& out) {
  row.next(out.record);
  row.next(out.started_at);
  row.next(out.dni);
  row.next(out.seconds);
  row.next(out.cost);
}

void read_record(pg::RowReader& row, VendorRecord& out) {
  row.next(out.call.line);
  row.next(out.call.started_at);
  row.next(out.call.ani);
  row.next(out.call.dni);
  row.next(out.call.seconds);
  row.next(out.call.amount);
  row.next(out.verdict);
  row.next(out.record);
}

pg::Params record_params(const Uuid& invoice, const std::vector<billing::VendorCall>& theirs,
                         const std::vector<billing::Judged>& judged) {
  ArrayText line, at, ani, dni, seconds, amount, record, verdict;
  for (std::size_t i = 0; i < theirs.size() && i < judged.size(); ++i) {
    const auto& call = theirs[i];
    line.number(call.line);
    at.time(call.started_at);
    ani.text(call.ani);
    dni.text(call.dni);
    seconds.number(call.seconds);
    amount.number(call.amount.nanos());
    record.id(judged[i].record.value_or(RecordId{}).value);
    verdict.quoted(to_string(judged[i].verdict));
  }
  auto params = pg::Params::of(invoice);
  for (auto* array : {&line, &at, &ani, &dni, &seconds, &amount, &record, &verdict})
    params.add(std::move(*array).finish());
  return params;
}

std::string details_of(const billing::Reconciliation& judged) {
  const auto member = [](const char* name, const std::string& value) {
    return '"' + std::string(name) + "\":" + value;
  };
  const auto& count = judged.count;
  return "{" + member("matched", std::to_string(count.matched)) + "," +
         member("not_ours", std::to_string(count.not_ours)) + "," +
         member("duration", std::to_string(count.duration)) + "," +
         member("rate", std::to_string(count.rate)) + "," + member("twice", std::to_string(count.twice)) +
         "," + member("missing", std::to_string(judged.missing.size())) + "," +
         member("records_nanos", std::to_string(judged.claimed.nanos())) + "," +
         member("missing_nanos", std::to_string(judged.missing_cost.nanos())) + "," +
         member("disputed_nanos", std::to_string(judged.disputed.nanos())) + "}";
}

bool all_agree(const VendorInvoice& invoice, const billing::Reconciliation& judged) {
  const auto& count = judged.count;
  return count.not_ours + count.duration + count.rate + count.twice == 0 && invoice.claimed == judged.claimed;
}

}  // namespace

Task<std::vector<billing::OurCall>> VendorBillingRepository::calls(Actor actor, VendorInvoice invoice) {
  auto params = pg::Params::of(invoice.provider, invoice.period.start, invoice.period.end, invoice.currency);
  return ask_all<billing::OurCall>(pool_, scope_of(actor), kVendorRecordCalls, std::move(params), read_call);
}

Task<VendorInvoice> VendorBillingRepository::store_records(Actor actor, VendorInvoice invoice,
                                                           std::vector<billing::VendorCall> theirs,
                                                           billing::Reconciliation judged) {
  const std::string_view status = all_agree(invoice, judged) ? "MATCHED" : "OPEN";
  std::vector<pg::Statement> statements;
  statements.push_back({&kClearVendorRecords, pg::Params::of(invoice.id)});
  statements.push_back({&kPutVendorRecord, record_params(invoice.id, theirs, judged.judged)});
  statements.push_back({&kJudge, pg::Params::of(invoice.id, judged.expected, details_of(judged), status)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<VendorInvoice>((*answers)[2], read_vendor_invoice, kJudge.name);
}

Task<Paged<VendorRecord>> VendorBillingRepository::records(Actor actor, Uuid invoice, std::string verdict,
                                                           Page page) {
  return ask_page<VendorRecord>(pool_, scope_of(actor), kRecordCount, kRecords,
                                pg::Params::of(invoice, verdict), page, read_record);
}

}  // namespace warp::store
