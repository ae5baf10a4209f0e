#include "warp/domain/policy/identity.h"

#include <algorithm>
#include <array>

#include "warp/base/text.h"

namespace warp::domain {
namespace {

constexpr std::array<std::string_view, 4> kCallerId{"pass", "force", "allowed", "own"};
constexpr std::array<std::string_view, 2> kFallback{"refuse", "replace"};
constexpr std::array<std::string_view, 5> kFormat{"e164_plus", "e164", "national", "tech_prefix",
                                                  "as_received"};

// Besides those that SIP's messages are made of.
constexpr std::array<std::string_view, 76> kNotPassed{"accept",
                                                      "accept-contact",
                                                      "accept-encoding",
                                                      "accept-language",
                                                      "accept-resource-priority",
                                                      "alert-info",
                                                      "allow",
                                                      "allow-events",
                                                      "answer-mode",
                                                      "authentication-info",
                                                      "authorization",
                                                      "call-id",
                                                      "call-info",
                                                      "contact",
                                                      "cseq",
                                                      "date",
                                                      "diversion",
                                                      "encryption",
                                                      "error-info",
                                                      "event",
                                                      "expires",
                                                      "feature-caps",
                                                      "flow-timer",
                                                      "from",
                                                      "geolocation",
                                                      "geolocation-error",
                                                      "geolocation-routing",
                                                      "history-info",
                                                      "identity",
                                                      "identity-info",
                                                      "in-reply-to",
                                                      "join",
                                                      "max-breadth",
                                                      "max-forwards",
                                                      "mime-version",
                                                      "min-expires",
                                                      "min-se",
                                                      "organization",
                                                      "path",
                                                      "permission-missing",
                                                      "priv-answer-mode",
                                                      "privacy",
                                                      "rack",
                                                      "reason",
                                                      "record-route",
                                                      "recv-info",
                                                      "refer-sub",
                                                      "refer-to",
                                                      "referred-by",
                                                      "reject-contact",
                                                      "remote-party-id",
                                                      "replaces",
                                                      "reply-to",
                                                      "request-disposition",
                                                      "require",
                                                      "retry-after",
                                                      "route",
                                                      "rseq",
                                                      "server",
                                                      "service-route",
                                                      "session-expires",
                                                      "session-id",
                                                      "sip-etag",
                                                      "sip-if-match",
                                                      "subject",
                                                      "subscription-state",
                                                      "supported",
                                                      "suppress-if-match",
                                                      "target-dialog",
                                                      "timestamp",
                                                      "to",
                                                      "trigger-consent",
                                                      "unsupported",
                                                      "user-agent",
                                                      "user-to-user",
                                                      "via"};
// Families: what stands for bodies, proxies, authentication, and networks of others (3GPP's P-…).
constexpr std::array<std::string_view, 9> kFamilies{"content-", "proxy-", "security-", "www-",       "info-",
                                                    "warning",  "p-",     "sec-",      "x-forwarded"};

constexpr std::size_t kLongestHeaderName = 64;

bool is_name_char(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' || c == '_';
}

bool is_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return text.size() >= 3 && text.size() <= 15 && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace

bool passable_header(std::string_view name) {
  // One letter is a compact form.
  if (name.size() < 2 || name.size() > kLongestHeaderName ||
      !std::all_of(name.begin(), name.end(), is_name_char))
    return false;
  const auto same = [&](std::string_view other) { return iequals(name, other); };
  if (std::any_of(kNotPassed.begin(), kNotPassed.end(), same)) return false;
  return std::none_of(kFamilies.begin(), kFamilies.end(), [&](std::string_view family) {
    return name.size() >= family.size() && iequals(name.substr(0, family.size()), family);
  });
}

std::optional<IdentityProblem> check(const IdentityPolicy& policy) {
  const bool puts = policy.caller_id_policy == CallerIdPolicy::Force ||
                    (policy.caller_id_policy != CallerIdPolicy::Pass &&
                     policy.caller_id_fallback == CallerIdFallback::Replace);
  if (puts && policy.caller_id.empty())
    return IdentityProblem{"caller_id", "a number is wanted: the policy puts it in place of others"};
  if (!policy.caller_id.empty() && !is_number(policy.caller_id))
    return IdentityProblem{"caller_id", "a number of 3 to 15 digits is wanted"};
  if (!std::all_of(policy.caller_ids.begin(), policy.caller_ids.end(), is_number))
    return IdentityProblem{"caller_ids", "numbers of 3 to 15 digits are wanted"};
  if (policy.country_code.empty() || policy.country_code.front() == '0' || !is_digits(policy.country_code))
    return IdentityProblem{"country_code", "1 to 3 digits are wanted"};
  for (const auto& name : policy.pass_headers)
    if (!passable_header(name))
      return IdentityProblem{"pass_headers", "'" + name + "' cannot be passed on: choose an X- header"};
  for (const auto& [field, value] :
       {std::pair{"tech_prefix", &policy.tech_prefix}, std::pair{"national_prefix", &policy.national_prefix},
        std::pair{"international_prefix", &policy.international_prefix}})
    if (value->find_first_not_of("0123456789*#") != std::string::npos)
      return IdentityProblem{field, "digits, * and # are wanted"};
  return std::nullopt;
}

void describe(IdentityPolicy& p, PolicyFields& fields) {
  fields.flag("trusted", p.trusted, "Its P-Asserted-Identity is believed, and it is shown withheld ones.");
  fields.choice("caller_id_policy", p.caller_id_policy, kCallerId, "Which calling numbers it may show.");
  fields.choice("caller_id_fallback", p.caller_id_fallback, kFallback,
                "What becomes of one that it may not.");
  fields.text("caller_id", p.caller_id, 32, "The calling number that is put in place.");
  fields.list("caller_ids", p.caller_ids, 1000, "The calling numbers that it may show.");
  fields.flag("send_asserted", p.send_asserted, "P-Asserted-Identity towards it.");
  fields.flag("send_remote_party", p.send_remote_party, "Remote-Party-ID towards it.");
  fields.flag("send_diversion", p.send_diversion, "Diversion towards it.");
  fields.flag("send_history", p.send_history, "History-Info towards it.");
  fields.flag("send_portability", p.send_portability, "rn, npdi and cic of the called number towards it.");
  fields.flag("user_phone", p.user_phone, "user=phone in the URIs of numbers towards it.");
  fields.flag("user_to_user", p.user_to_user,
              "User-to-User from it and towards it, when both sides have this.");
  fields.list("pass_headers", p.pass_headers, 16,
              "Extension headers of the other side's INVITE that go on to it.");
  fields.text("tech_prefix", p.tech_prefix, 15, "Must begin the numbers that it calls, and is taken off.");
  fields.text("country_code", p.country_code, 3, "Of its national numbers.");
  fields.text("national_prefix", p.national_prefix, 5, "Before its national numbers.");
  fields.text("international_prefix", p.international_prefix, 5, "Before its international numbers.");
  fields.choice("called_format", p.called_format, kFormat, "Of called numbers towards it.");
  fields.choice("calling_format", p.calling_format, kFormat, "Of calling numbers towards it.");
}

}  // namespace warp::domain
