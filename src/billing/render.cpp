#include "warp/billing/render.h"

#include <algorithm>

#include "warp/base/markup.h"

namespace warp::billing {
namespace {

bool is_colour(std::string_view text) {
  return text.size() == 7 && text[0] == '#' &&
         text.substr(1).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::string style_of(const Branding& branding) {
  const auto colour = is_colour(branding.colour) ? branding.colour : Branding().colour;
  return "body{font:14px/1.5 sans-serif;max-width:52em;margin:2em auto;padding:0 1em;color:#222}"
         "h1{color:" +
         colour +
         "}h1,h2{font-weight:600}table{border-collapse:collapse;width:100%}"
         "th{text-align:left;border-bottom:2px solid " +
         colour +
         "}td,th{padding:.3em .6em;vertical-align:top}"
         "tr+tr td{border-top:1px solid #ddd}.n{text-align:right;white-space:nowrap}"
         ".void{color:#a00}footer{margin-top:3em;color:#666}";
}

// Lines of a text, each escaped.
std::string paragraph(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (!out.empty()) out += "<br>";
    out += escape_markup(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out.empty() ? out : "<p>" + out + "</p>\n";
}

std::string cell(std::string_view text) {
  return "<td>" + escape_markup(text) + "</td>";
}
std::string number_cell(std::string_view text) {
  return "<td class=\"n\">" + escape_markup(text) + "</td>";
}

std::string count(std::uint64_t value) {
  return value == 0 ? std::string() : std::to_string(value);
}

std::string row(const Line& line) {
  auto units = count(line.units);
  if (!units.empty() && !line.unit.empty()) units += " " + line.unit;
  return "<tr>" + cell(line.description) + number_cell(count(line.items)) + number_cell(units) +
         number_cell(line.amount.to_string(2)) + "</tr>\n";
}

std::string sum_row(std::string_view name, Money amount, const Currency& currency) {
  return "<tr>" + cell(name) + number_cell(amount.to_string(2) + " " + std::string(currency.view())) +
         "</tr>\n";
}

std::string head_of(const Document& invoice, const Branding& branding) {
  const auto number = escape_markup(invoice.number);
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width\"><title>Invoice " +
         number + "</title><style>" + style_of(branding) + "</style></head><body>\n<header><strong>" +
         escape_markup(branding.name) + "</strong>" + paragraph(branding.address) +
         "</header>\n<h1>Invoice " + number + "</h1>\n" +
         (invoice.status == "VOID" ? "<p class=\"void\"><strong>This invoice is void.</strong></p>\n" : "");
}

std::string parties_of(const Document& invoice) {
  const auto day = [&](const std::optional<WallTime>& when) {
    return when ? date_in(invoice.zone, *when) : std::string("-");
  };
  // The end is the first moment that is not in it.
  const auto last = invoice.period.end - std::chrono::microseconds(1);
  return "<p><strong>" + escape_markup(invoice.customer) + "</strong></p>\n" + paragraph(invoice.address) +
         "<table><tr><th>Account</th><th>Period</th><th>Issued</th><th>Due</th><th>Status</th></tr>\n<tr>" +
         cell(invoice.ban) + cell(day(invoice.period.start) + " to " + day(last)) +
         cell(day(invoice.issued_at)) + cell(day(invoice.due_at)) + cell(invoice.status) + "</tr></table>\n";
}

std::string sums_of(const Document& invoice) {
  const auto due = Money::subtract(invoice.total, invoice.applied).value_or(invoice.total);
  std::string out = "<h2>Summary</h2>\n<table>\n";
  out += sum_row("Charges", invoice.charges, invoice.currency);
  out += sum_row("Taxes", invoice.taxes, invoice.currency);
  if (invoice.rounding != Money()) out += sum_row("Rounding", invoice.rounding, invoice.currency);
  if (invoice.carried != Money()) out += sum_row("Credit carried", invoice.carried, invoice.currency);
  out += sum_row("Total", invoice.total, invoice.currency);
  out += sum_row("Paid", invoice.applied, invoice.currency);
  out += sum_row("Balance due", invoice.status == "VOID" ? Money() : due, invoice.currency);
  return out + "</table>\n";
}

std::string payments_of(const Document& invoice) {
  if (invoice.payments.empty()) return {};
  std::string out =
      "<h2>Payments</h2>\n<table><tr><th>Date</th><th>Reference</th><th class=\"n\">Amount</th></tr>\n";
  for (const auto& payment : invoice.payments)
    out += "<tr>" + cell(date_in(invoice.zone, payment.applied_at)) + cell(payment.reference) +
           number_cell(payment.amount.to_string(2)) + "</tr>\n";
  return out + "</table>\n";
}

}  // namespace

std::string html(const Document& invoice, const Branding& branding) {
  auto out = head_of(invoice, branding) + parties_of(invoice);
  out +=
      "<h2>Lines</h2>\n<table><tr><th>Description</th><th class=\"n\">Items</th><th class=\"n\">Units</th>"
      "<th class=\"n\">Amount (" +
      escape_markup(invoice.currency.view()) + ")</th></tr>\n";
  for (const auto& line : invoice.lines)
    out += row(line);
  out += "</table>\n" + sums_of(invoice) + payments_of(invoice);
  return out + "<footer>" + paragraph(branding.footer) + "</footer>\n</body></html>\n";
}

}  // namespace warp::billing
