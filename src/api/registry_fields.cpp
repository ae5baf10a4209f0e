#include "registry_fields.h"

#include <algorithm>
#include <array>

#include "warp/base/text.h"

#include "formats.h"
#include "message_submit.h"

namespace warp::api {
namespace {

constexpr std::int64_t kText = 255, kLongText = 4096, kSample = 1024, kReply = 640;
constexpr std::size_t kLeastProse = 40;  // characters
constexpr std::array kSamples{"sample1", "sample2", "sample3", "sample4", "sample5"};

bool is_country(std::string_view text) {
  return text.size() == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

std::string word(const Json& fields, std::string_view name) {
  return take<std::string>(fields, name).value_or("");
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void drop_empty(Json& fields) {
  for (auto it = fields.begin(); it != fields.end();)
    it = it->is_null() || (it->is_string() && it->get_ref<const std::string&>().empty()) ? fields.erase(it)
                                                                                         : std::next(it);
}

// Collects what is wrong, by field.
class Faults {
 public:
  explicit Faults(const Json& fields) : fields_(fields) {}

  void need(const char* name) {
    if (!has(fields_, name)) wrong_[name] = "is required";
  }
  void fault(const char* name, const char* why) { wrong_[name] = why; }
  Outcome<Json> outcome(Json fields) {
    if (wrong_.empty()) return Outcome<Json>(boost::system::in_place_value, std::move(fields));
    Failure failure{ErrorCode::TniqValidation, "Fields are missing, or against the registry's rules."};
    failure.details["fields"] = wrong_;
    return failure;
  }

 private:
  const Json& fields_;
  Json wrong_ = Json::object();
};

void check_identity(const Json& brand, Faults& faults) {
  const auto kind = word(brand, "entity_type");
  if (kind == "SOLE_PROPRIETOR") {
    faults.need("first_name");
    faults.need("last_name");
  } else if (!kind.empty()) {
    faults.need("company_name");
    faults.need("ein");
  }
  for (const char* name : {"stock_symbol", "stock_exchange"}) {
    if (kind == "PUBLIC_PROFIT")
      faults.need(name);
    else if (has(brand, name))
      faults.fault(name, "belongs to PUBLIC_PROFIT alone");
  }
}

// Of the United States: nine digits, the hyphen left out.
void check_ein(Json& brand, Faults& faults) {
  const auto country = word(brand, "ein_issuing_country");
  if (!has(brand, "ein") || (!country.empty() && country != "US")) return;
  auto ein = word(brand, "ein");
  ein.erase(std::remove(ein.begin(), ein.end(), '-'), ein.end());
  if (ein.size() != 9 || !std::all_of(ein.begin(), ein.end(), is_digit))
    return faults.fault("ein", "must have nine digits");
  brand["ein"] = ein;
}

void check_phone(Json& brand, const char* name, Faults& faults) {
  if (!has(brand, name)) return;
  const auto e164 = e164_of(word(brand, name));
  if (!e164) return faults.fault(name, "must be a telephone number in E.164");
  brand[name] = "+" + *e164;
}

bool is_mixed(std::string_view use_case) {
  return use_case == "MIXED" || use_case == "LOW_VOLUME";
}

void check_use_cases(const Json& campaign, Faults& faults) {
  const auto code = word(campaign, "usecase");
  if (!code.empty() && !is_use_case(code)) faults.fault("usecase", "is no code of GET /messaging/use-cases");
  const auto subs = campaign.find("sub_usecases");
  if (subs == campaign.end() || !subs->is_array() || subs->empty()) return;
  if (!is_mixed(code)) faults.fault("sub_usecases", "belong to MIXED and LOW_VOLUME alone");
  for (const auto& sub : *subs)
    if (!sub.is_string() || !is_use_case(sub.get_ref<const std::string&>()))
      faults.fault("sub_usecases", "must be codes of GET /messaging/use-cases");
}

}  // namespace

std::vector<Field> brand_fields() {
  return {
      text("entity_type")
          .one_of({"PRIVATE_PROFIT", "PUBLIC_PROFIT", "NON_PROFIT", "GOVERNMENT", "SOLE_PROPRIETOR"})
          .says("Required."),
      text("display_name", kText).says("Required."),
      text("company_name", kText).says("The legal name; required unless SOLE_PROPRIETOR."),
      text("ein", 32).says("Required unless SOLE_PROPRIETOR."),
      text("ein_issuing_country").is(is_country, "a country as two capitals"),
      text("first_name", kText).says("Required for SOLE_PROPRIETOR."),
      text("last_name", kText).says("Required for SOLE_PROPRIETOR."),
      text("phone", 32).says("E.164."),
      text("mobile_phone", 32).says("E.164; gets a sole proprietor's one-time code."),
      text("email", kText),
      text("street", kText),
      text("city", kText),
      text("state", kText),
      text("postal_code", 32),
      text("country").is(is_country, "a country as two capitals"),
      text("website", 2048).is(is_url, "an http or https URL"),
      text("vertical", 64).says("A code of GET /messaging/verticals."),
      text("stock_symbol", 32).says("PUBLIC_PROFIT alone, and required there."),
      text("stock_exchange", 64).says("PUBLIC_PROFIT alone, and required there."),
      text("alt_business_id", 64),
      text("alt_business_id_type", 32).says("DUNS, LEI, GIIN …"),
      text("reference_id", 64).says("The caller's own."),
  };
}

std::vector<Field> campaign_fields() {
  std::vector<Field> fields{
      text("usecase", 64).says("A code of GET /messaging/use-cases; required."),
      list("sub_usecases", text("", 64), 20).says("For MIXED and LOW_VOLUME."),
      text("description", kLongText).says("What is sent and to whom, in 40 characters at least."),
      text("message_flow", kLongText).says("How people opt in, in 40 characters at least."),
  };
  for (const char* sample : kSamples)
    fields.push_back(text(sample, kSample));
  for (const char* flag : {"embedded_link", "embedded_phone", "number_pool", "age_gated", "direct_lending",
                           "subscriber_optin", "subscriber_optout", "subscriber_help", "terms_and_conditions",
                           "auto_renewal", "affiliate_marketing"})
    fields.push_back(boolean(flag));
  for (const char* words : {"optin_keywords", "optout_keywords", "help_keywords"})
    fields.push_back(text(words, kText).says("Comma-separated."));
  for (const char* reply : {"optin_message", "optout_message", "help_message"})
    fields.push_back(text(reply, kReply));
  for (const char* url : {"privacy_policy_url", "terms_url"})
    fields.push_back(text(url, 2048).is(is_url, "an http or https URL"));
  fields.push_back(text("reseller_id", 64));
  fields.push_back(text("reference_id", 64).says("The caller's own."));
  return fields;
}

Outcome<Json> check_brand(Json brand) {
  drop_empty(brand);
  Faults faults(brand);
  faults.need("entity_type");
  faults.need("display_name");
  check_identity(brand, faults);
  check_ein(brand, faults);
  check_phone(brand, "phone", faults);
  check_phone(brand, "mobile_phone", faults);
  if (has(brand, "email") && word(brand, "email").find('@') == std::string::npos)
    faults.fault("email", "must be a mail address");
  if (has(brand, "vertical") && !is_vertical(word(brand, "vertical")))
    faults.fault("vertical", "is no code of GET /messaging/verticals");
  return faults.outcome(brand);
}

Outcome<Json> check_campaign(Json campaign) {
  drop_empty(campaign);
  Faults faults(campaign);
  faults.need("usecase");
  check_use_cases(campaign, faults);
  for (const char* prose : {"description", "message_flow"}) {
    faults.need(prose);
    if (has(campaign, prose) && characters(word(campaign, prose)) < kLeastProse)
      faults.fault(prose, "must have 40 characters at least");
  }
  const bool sampled =
      std::any_of(kSamples.begin(), kSamples.end(), [&](const char* name) { return has(campaign, name); });
  if (!sampled) faults.fault("sample1", "is required: one to five samples");
  return faults.outcome(campaign);
}

bool identity_changed(const Json& before, const Json& after) {
  constexpr std::array kJudged{"entity_type", "company_name",    "ein",       "ein_issuing_country",
                               "first_name",  "alt_business_id", "last_name", "alt_business_id_type"};
  return std::any_of(kJudged.begin(), kJudged.end(),
                     [&](const char* name) { return word(before, name) != word(after, name); });
}

}  // namespace warp::api
