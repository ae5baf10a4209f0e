#include "openapi_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "warp/api/openapi.h"

namespace warp::api {
namespace {

using Words = std::pair<std::string_view, std::string_view>;

constexpr std::array kTags{
    Words{"API keys", "Credentials of programs: made, rotated, limited to addresses, revoked."},
    Words{"Account", "What the account may use, and what it uses now."},
    Words{"Audit", "Who changed what, when, from where, before and after; sealed in a chain."},
    Words{"Authentication", "Signing in, second factors, sessions, passwords."},
    Words{"Billing", "Balances, ledger, invoices, payments, taxes, accounts that are billed."},
    Words{"Brands and campaigns", "10DLC: brands, campaigns and their review."},
    Words{"Calls", "Calls that are up now: list, trace, record, hang up."},
    Words{"Customers", "The tenants of the platform, their contracts and their limits."},
    Words{"Dashboard", "Headline numbers."},
    Words{"Detail records", "What calls there were, what they cost, sums and exports."},
    Words{"Entity checks", "EIN, TIN and company look-ups."},
    Words{"Jobs", "Long work: how far it is."},
    Words{"Live", "What happens, while it happens: WebSocket and event stream."},
    Words{"Messages", "Sending and reading messages."},
    Words{"Messaging", "Connectors, routes, rules, senders and webhooks of messages."},
    Words{"Messaging reference", "Lists that brands and campaigns draw from."},
    Words{"Network", "Our addresses, for firewalls and for SIP equipment."},
    Words{"Nodes", "The daemons of the cluster: state and draining."},
    Words{"Number data", "Where numbers are: blocks, rate centres, carriers."},
    Words{"Numbers", "Telephone numbers: search, order, routing, release."},
    Words{"Operators", "People who run the platform."},
    Words{"Porting", "Numbers that come from other carriers, and transfers between customers."},
    Words{"Providers", "Carriers that calls are sent to and come from."},
    Words{"Rate plans", "Decks of prices: import, difference, publishing."},
    Words{"Routing", "Which carrier a call goes to, and why."},
    Words{"Security", "Sources that are not heard."},
    Words{"Team", "Members, roles and what they may do."},
    Words{"Trunks", "SIP trunks: addresses, credentials, endpoints, limits, rules."},
    Words{"Vendor billing", "What carriers charge, compared with what was counted."},
    Words{"Webhooks", "Events sent to your own endpoints, signed, retried and kept."},
};

constexpr std::array kPath{
    Words{"tn", "Telephone number: ten digits, or eleven with a leading 1."},
    Words{"number", "Telephone number, digits."},
    Words{"recipient", "Number that a message would go to, digits."},
    Words{"address", "IP address or network."},
    Words{"ban", "Number of the billing account."},
    Words{"code", "Code, as the list has it."},
    Words{"name", "Name, as the list has it."},
    Words{"spid", "Service provider id: four digits or capitals."},
    Words{"sender", "Sender: a number, a short code or a name."},
    Words{"cred_id", "Id of the credential."},
    Words{"doc_id", "Id of the document."},
    Words{"ip_id", "Id of the address entry."},
    Words{"contact_id", "Id of the binding, percent-encoded."},
    Words{"id", "Id of the object."},
};

constexpr std::array kQuery{
    Words{"page", "Which page, from 1."},
    Words{"per_page", "Rows a page."},
    Words{"size", "Rows a page."},
    Words{"limit", "Rows at most."},
    Words{"cursor", "Where to go on: `meta.next_cursor` of the page before."},
    Words{"sort", "Order: a field, with `-` before it for descending."},
    Words{"fields", "Members of `data` that are wanted, apart by commas."},
    Words{"from", "Only from this on."},
    Words{"to", "Only up to this."},
    Words{"start_date", "First day, YYYY-MM-DD."},
    Words{"end_date", "Last day, YYYY-MM-DD, inclusive."},
    Words{"ani", "Calling number: the whole, or a prefix with `*`."},
    Words{"dni", "Called number: the whole, or a prefix with `*`."},
    Words{"include_revoked", "Those that were revoked, too."},
    Words{"amount", "An amount, decimal."},
    Words{"seconds", "Seconds, at least 1."},
    Words{"body", "Text of the message."},
    Words{"vetted", "Whether the brand was vetted."},
    Words{"trust_score", "Trust score of the brand, 0 to 100."},
    Words{"search", "Digits or words that must occur."},
    Words{"resume", "Token of the last event that was seen."},
    Words{"topics", "Topics, apart by commas."},
};

// POSTs that are 200 when the same was asked before. Those with an Idempotency-Key of their own, too.
constexpr std::array kAgain{
    std::string_view("/trunks/{trunk_id}/ips"),
    std::string_view("/messaging/brands/link"),
    std::string_view("/messaging/campaigns/link"),
    std::string_view("/customers/{customer_id}/payments"),
    std::string_view("/customers/{customer_id}/adjustments"),
    std::string_view("/bans/{ban}/payments"),
};

template <std::size_t Size>
std::string_view found_in(const std::array<Words, Size>& table, std::string_view name) {
  const auto row =
      std::find_if(table.begin(), table.end(), [&](const Words& words) { return words.first == name; });
  return row == table.end() ? std::string_view() : row->second;
}

std::string spaced(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

}  // namespace

std::string tag_words(std::string_view tag) {
  const auto words = found_in(kTags, tag);
  return words.empty() ? "Operations of " + std::string(tag) + "." : std::string(words);
}

std::string path_parameter_words(std::string_view name) {
  if (const auto words = found_in(kPath, name); !words.empty()) return std::string(words);
  if (name.ends_with("_id")) return "Id of the " + spaced(name.substr(0, name.size() - 3)) + ".";
  return "The " + spaced(name) + ".";
}

std::string query_parameter_words(const Field& field) {
  if (!field.about.empty()) return field.about;
  if (!field.expected.empty()) return "Must be " + field.expected + ".";
  if (const auto words = found_in(kQuery, field.name); !words.empty()) return std::string(words);
  if (field.name.ends_with("_id"))
    return "Only of this " + spaced(std::string_view(field.name).substr(0, field.name.size() - 3)) + ".";
  if (field.type == FieldType::Boolean) return "Only those of which this is so, or is not.";
  return "Only with this " + spaced(field.name) + ".";
}

bool answers_again(const Endpoint& endpoint) {
  if (endpoint.method != http::Method::Post || endpoint.status != 201) return false;
  const auto path = plain_path(endpoint.path);
  return endpoint.idempotency == Idempotency::Own || path == "/messages" ||
         path.starts_with("/messaging/sms") || path.starts_with("/messaging/mms") ||
         path.starts_with("/messaging/rcs") || std::find(kAgain.begin(), kAgain.end(), path) != kAgain.end();
}

}  // namespace warp::api
