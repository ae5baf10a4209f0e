#include "vendor_billing_rows.h"

#include <array>

namespace warp::store {
namespace {

constexpr std::array kStatuses{VendorInvoiceStatus::Open, VendorInvoiceStatus::Matched,
                               VendorInvoiceStatus::Disputed, VendorInvoiceStatus::Settled};
constexpr std::array kStates{DisputeState::Open, DisputeState::Accepted, DisputeState::Refused};

}  // namespace

std::string_view to_string(VendorInvoiceStatus status) {
  switch (status) {
    case VendorInvoiceStatus::Open:
      return "OPEN";
    case VendorInvoiceStatus::Matched:
      return "MATCHED";
    case VendorInvoiceStatus::Disputed:
      return "DISPUTED";
    case VendorInvoiceStatus::Settled:
      return "SETTLED";
  }
  return "";
}

std::optional<VendorInvoiceStatus> parse_vendor_invoice_status(std::string_view text) {
  for (const auto status : kStatuses)
    if (to_string(status) == text) return status;
  return std::nullopt;
}

std::string_view to_string(DisputeState state) {
  switch (state) {
    case DisputeState::Open:
      return "OPEN";
    case DisputeState::Accepted:
      return "ACCEPTED";
    case DisputeState::Refused:
      return "REFUSED";
  }
  return "";
}

std::optional<DisputeState> parse_dispute_state(std::string_view text) {
  for (const auto state : kStates)
    if (to_string(state) == text) return state;
  return std::nullopt;
}

void read_cycle(pg::RowReader& row, VendorCycle& out) {
  row.next(out.provider);
  next_named(row, out.cycle.kind, billing::parse_cycle_kind);
  row.next(out.cycle.anchor);
  row.next(out.cycle.zone);
  row.next(out.period.start);
  row.next(out.period.end);
  out.tolerance.start = std::chrono::seconds(row.next<std::int64_t>());
  row.next(out.tolerance.seconds);
  row.next(out.tolerance.amount_e9);
}

void read_vendor_invoice(pg::RowReader& row, VendorInvoice& out) {
  row.next(out.id);
  row.next(out.provider);
  row.next(out.number);
  row.next(out.period.start);
  row.next(out.period.end);
  row.next(out.currency);
  row.next(out.claimed);
  row.next(out.expected);
  next_named(row, out.status, parse_vendor_invoice_status);
  row.next(out.details);
  row.next(out.created_at);
}

void read_dispute(pg::RowReader& row, Dispute& out) {
  row.next(out.id);
  row.next(out.invoice);
  next_named(row, out.state, parse_dispute_state);
  row.next(out.claimed);
  row.next(out.granted);
  row.next(out.note);
  row.next(out.created_at);
  row.next(out.updated_at);
}

}  // namespace warp::store
