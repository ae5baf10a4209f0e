#include "warp/porting/loa.h"

#include <utility>

#include "warp/base/markup.h"
#include "warp/base/text.h"
#include "warp/porting/tn_list.h"

namespace warp::porting {

std::vector<std::string> missing_fields(const Loa& loa) {
  std::vector<std::string> out;
  if (!loa.attestation) out.emplace_back("attestation");
  const std::pair<const std::string*, const char*> texts[] = {
      {&loa.company, "authorizing_party.company"},
      {&loa.address, "authorizing_party.address"},
      {&loa.contact, "authorizing_party.contact"},
      {&loa.carrier, "losing_carrier.name"},
      {&loa.account_number, "losing_carrier.account_number"},
      {&loa.btn, "losing_carrier.btn"},
      {&loa.signer, "signer.name"},
      {&loa.title, "signer.title"}};
  for (const auto& [text, name] : texts)
    if (trim(*text).empty()) out.emplace_back(name);
  if (!trim(loa.btn).empty() && nanp_of(loa.btn).empty()) out.emplace_back("losing_carrier.btn");
  return out;
}

std::string loa_html(const Loa& loa, const LoaFacts& facts) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<title>Letter of authorization</title><style>body{font:12pt serif;margin:2cm}"
      "table{border-collapse:collapse}td,th{text-align:left;padding:2pt 8pt 2pt 0;vertical-align:top}"
      "ol{columns:3}</style></head><body>\n<h1>Letter of authorization</h1>\n<table>\n";
  const auto row = [&out](const char* name, const std::string& value) {
    out += "<tr><th>";
    out += name;
    out += "</th><td>" + escape_markup(value) + "</td></tr>\n";
  };
  row("Date", facts.date);
  row("Reference", facts.reference);
  row("Customer", loa.company);
  row("Service address", loa.address);
  row("Contact", loa.contact);
  row("Present carrier", loa.carrier + " (SPID " + facts.spid + ")");
  row("Account", loa.account_number);
  row("Billing telephone number", loa.btn);
  row("New carrier", facts.gaining);
  out +=
      "</table>\n<p>The customer named above authorizes the new carrier to act as its agent and to move the "
      "telephone numbers listed below to its service. The customer attests to be entitled to do "
      "so.</p>\n<ol>\n";
  for (const auto& number : facts.numbers)
    out += "<li>" + escape_markup(number.substr(number.size() == 11 ? 1 : 0)) + "</li>\n";
  out += "</ol>\n<p>Signed: <strong>" + escape_markup(loa.signer) + "</strong>, " + escape_markup(loa.title) +
         "</p>\n</body></html>\n";
  return out;
}

}  // namespace warp::porting
