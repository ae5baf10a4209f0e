#include <cstdio>
#include <memory>
#include <string>

#include "ctl/commands.h"

namespace warp::ctl {
namespace {

// In a query: letters, digits and "-._~" as they are, the rest as %XX.
std::string encoded(const std::string& text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    const bool plain = (octet >= '0' && octet <= '9') || (octet >= 'A' && octet <= 'Z') ||
                       (octet >= 'a' && octet <= 'z') || octet == '-' || octet == '.' || octet == '_' ||
                       octet == '~';
    if (plain) {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
  return out;
}

struct Wanted {
  std::string since, customer, from, to;
};

void audit(const Session& session, const Wanted& wanted) {
  const auto answer = session.get("/billing/audit" +
                                  (wanted.since.empty() ? std::string() : "?since=" + encoded(wanted.since)));
  const auto& data = answer.at("data");
  if (data.at("agrees").get<bool>()) {
    std::puts("everything agrees");
    return;
  }
  const auto& rows = data.at("disagreements");
  session.print(rows, {"rule", "customer_id", "entry_id", "expected", "found"});
  throw Refused(409, std::to_string(rows.size()) + " disagreements");
}

void statement(const Session& session, const Wanted& wanted) {
  auto path = "/billing/statement?from=" + encoded(wanted.from);
  if (!wanted.to.empty()) path += "&to=" + encoded(wanted.to);
  if (!wanted.customer.empty()) path += "&customer_id=" + encoded(wanted.customer);
  const auto answer = session.get(path);
  const auto& data = answer.at("data");
  if (!session.json) std::printf("opening %s\n", data.at("opening_balance").dump().c_str());
  session.print(data.at("entries"),
                {"created_at", "type", "amount", "balance_after", "description", "reference"});
  if (!session.json) std::printf("closing %s\n", data.at("closing_balance").dump().c_str());
}

void invoices(const Session& session, const Wanted& wanted) {
  const auto answer = session.get(
      "/invoices" + (wanted.customer.empty() ? std::string() : "?customer_id=" + encoded(wanted.customer)));
  session.print(answer.at("data"), {"number", "ban", "period_start", "period_end", "status", "total",
                                    "balance_due", "currency"});
}

}  // namespace

void add_billing(CLI::App& app, Session& session) {
  auto* billing = app.add_subcommand("billing", "balances, books and invoices");
  billing->require_subcommand(1);
  auto wanted = std::make_shared<Wanted>();
  auto* check = billing->add_subcommand("audit", "whether all books agree; exit status 1 when they do not");
  check->add_option("--since", wanted->since,
                    "leave records and charges before it alone: 2026-01-01T00:00:00Z");
  check->callback([&session, wanted] { audit(session, *wanted); });
  auto* entries = billing->add_subcommand("statement", "what an account had, what happened, what it has");
  entries->add_option("--customer", wanted->customer, "id of the customer, for an operator's key");
  entries->add_option("--from", wanted->from, "first moment")->required();
  entries->add_option("--to", wanted->to, "first moment that is not in it; default: now");
  entries->callback([&session, wanted] { statement(session, *wanted); });
  auto* list = billing->add_subcommand("invoices", "invoices, newest period first");
  list->add_option("--customer", wanted->customer, "id of the customer; default: all");
  list->callback([&session, wanted] { invoices(session, *wanted); });
}

}  // namespace warp::ctl
