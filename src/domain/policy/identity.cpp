#include "warp/domain/policy/identity.h"

#include <array>

namespace warp::domain {
namespace {

constexpr std::array<std::string_view, 4> kCallerId{"pass", "force", "allowed", "own"};
constexpr std::array<std::string_view, 2> kFallback{"refuse", "replace"};
constexpr std::array<std::string_view, 5> kFormat{"e164_plus", "e164", "national", "tech_prefix",
                                                  "as_received"};

}  // namespace

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
  fields.text("tech_prefix", p.tech_prefix, 15, "Must begin the numbers that it calls, and is taken off.");
  fields.text("country_code", p.country_code, 3, "Of its national numbers.");
  fields.text("national_prefix", p.national_prefix, 5, "Before its national numbers.");
  fields.text("international_prefix", p.international_prefix, 5, "Before its international numbers.");
  fields.choice("called_format", p.called_format, kFormat, "Of called numbers towards it.");
  fields.choice("calling_format", p.calling_format, kFormat, "Of calling numbers towards it.");
}

}  // namespace warp::domain
