#include "warp/integrations/tcr_documents.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace warp::integrations {
namespace {

using domain::CampaignStatus;
using domain::Document;

struct Names {
  std::string_view ours, theirs;
};
// Where the words differ, not only the letters' case.
constexpr std::array kSpecial{Names{"privacy_policy_url", "privacyPolicyLink"},
                              Names{"terms_url", "termsAndConditionsLink"}};

std::string camel(std::string_view name) {
  for (const auto& pair : kSpecial)
    if (pair.ours == name) return std::string(pair.theirs);
  std::string out;
  bool upper = false;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    upper = false;
  }
  return out;
}

std::string snake(std::string_view name) {
  for (const auto& pair : kSpecial)
    if (pair.theirs == name) return std::string(pair.ours);
  std::string out;
  for (const char c : name) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && !out.empty()) out += '_';
    out += capital ? static_cast<char>(c + 32) : c;
  }
  return out;
}

Document renamed(const Document& value, std::string (*rename)(std::string_view)) {
  if (value.is_array()) {
    auto out = Document::array();
    for (const auto& item : value)
      out.push_back(renamed(item, rename));
    return out;
  }
  if (!value.is_object()) return value;
  auto out = Document::object();
  for (const auto& [name, member] : value.items())
    out[rename(name)] = renamed(member, rename);
  return out;
}

std::string text_of(const Document& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

// A carrier's state: a word, or an object that holds it.
std::string state_of(const Document& value) {
  if (value.is_string()) return upper(value.get<std::string>());
  return upper(text_of(value, "status"));
}

// What a vetting by an accredited provider says, the best one in force.
std::optional<std::uint32_t> score_of(const Document& vettings) {
  std::optional<std::uint32_t> best;
  if (!vettings.is_array()) return best;
  for (const auto& vetting : vettings) {
    if (!vetting.is_object()) continue;
    const auto score = vetting.find("vettingScore");
    if (score == vetting.end() || !score->is_number_integer()) continue;
    const auto status = upper(text_of(vetting, "vettingStatus"));
    if (!status.empty() && status != "ACTIVE") continue;
    const auto value = std::clamp<std::int64_t>(score->get<std::int64_t>(), 0, 100);
    best = std::max(best.value_or(0), static_cast<std::uint32_t>(value));
  }
  return best;
}

struct Tally {
  unsigned approved = 0, rejected = 0, suspended = 0, open = 0;
};

Tally tally(const Document& operations) {
  Tally out;
  if (!operations.is_object()) return out;
  for (const auto& [network, value] : operations.items()) {
    const auto state = state_of(value);
    if (state == "APPROVED" || state == "REGISTERED")
      ++out.approved;
    else if (state == "REJECTED")
      ++out.rejected;
    else if (state == "SUSPENDED")
      ++out.suspended;
    else
      ++out.open;
  }
  return out;
}

CampaignStatus status_of(const std::string& own, const std::string& shared, const Tally& carriers) {
  if (own == "EXPIRED" || own == "DEACTIVATED") return CampaignStatus::Expired;
  if (own == "DORMANT" || own == "SUSPENDED") return CampaignStatus::Suspended;
  if (shared == "DECLINED") return CampaignStatus::Rejected;
  if (shared == "ACCEPTED" && carriers.approved > 0) return CampaignStatus::Approved;
  if (carriers.approved > 0 || carriers.open > 0) return CampaignStatus::Pending;
  if (carriers.suspended > 0) return CampaignStatus::Suspended;
  return carriers.rejected > 0 ? CampaignStatus::Rejected : CampaignStatus::Pending;
}

}  // namespace

Document to_tcr(const Document& fields) {
  return renamed(fields, camel);
}
Document from_tcr(const Document& fields) {
  return renamed(fields, snake);
}

domain::RegisteredBrand brand_of(const Document& brand, const Document& vettings) {
  domain::RegisteredBrand out;
  out.id = text_of(brand, "brandId");
  out.identity_status = text_of(brand, "identityStatus");
  out.vetted = out.identity_status == "VETTED_VERIFIED";
  out.trust_score = score_of(vettings);
  out.fields = from_tcr(brand);
  for (const char* name : {"brand_id", "identity_status", "csp_id"})
    out.fields.erase(name);
  return out;
}

domain::RegisteredCampaign campaign_of(const Document& campaign, const Document& operations,
                                       const Document& sharing) {
  domain::RegisteredCampaign out;
  out.id = text_of(campaign, "campaignId");
  out.brand_id = text_of(campaign, "brandId");
  const auto mine = sharing.is_object() ? sharing.value("sharedByMe", Document()) : Document();
  out.status =
      status_of(upper(text_of(campaign, "status")), upper(text_of(mine, "sharingStatus")), tally(operations));
  if (*out.status == CampaignStatus::Rejected) out.rejection_reason = text_of(mine, "explanation");
  out.fields = from_tcr(campaign);
  for (const char* name : {"campaign_id", "brand_id", "csp_id", "status"})
    out.fields.erase(name);
  return out;
}

Document carriers_of(const Document& operations, const Document& metadata) {
  auto out = Document::array();
  if (!operations.is_object()) return out;
  for (const auto& [network, value] : operations.items()) {
    const auto known = metadata.is_object() ? metadata.value(network, Document()) : Document();
    const auto name = text_of(known, "mno");
    Document row;
    row["carrier"] = name.empty() ? network : name;
    row["network_id"] = network;
    row["status"] = state_of(value);
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace warp::integrations
