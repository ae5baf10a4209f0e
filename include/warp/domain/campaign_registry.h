// CampaignRegistry: who knows brands and campaigns and decides about them: The Campaign Registry, or, on a
// site without it, the operator.
//
// Fields of brands and campaigns are JSON objects with snake_case names, passed through. Every `done` is
// called exactly once, on a thread of the implementation's choice and perhaps inside the call, and must not
// block. Calls are made on the thread that the implementation names.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "warp/base/result.h"

namespace warp::domain {

using Document = nlohmann::ordered_json;

// Only senders of an approved campaign may send.
enum class CampaignStatus : std::uint8_t { Pending, Approved, Rejected, Suspended, Expired };
std::string_view to_string(CampaignStatus status);  // pending, approved, rejected, suspended, expired
std::optional<CampaignStatus> parse_campaign_status(std::string_view text);

struct RegistryError {
  enum class Kind : std::uint8_t {
    NotFound,
    Refused,      // the content is against a rule: to be changed, not repeated
    Unavailable,  // it did not answer, or failed: may be repeated unchanged
    NotKept       // it keeps no objects of its own: what is stored here stands
  };
  Kind kind = Kind::Unavailable;
  std::string message = {};   // for clients
  Document details = {};      // null, or [{"code", "description", "field"}]
  std::string internal = {};  // for the log
};

struct RegisteredBrand {
  std::string id;                                 // the registry's
  std::string identity_status;                    // SELF_DECLARED, UNVERIFIED, VERIFIED, VETTED_VERIFIED
  std::optional<std::uint32_t> trust_score = {};  // 0 to 100, by a vetting
  bool vetted = false;
  Document fields = Document::object();
};

struct RegisteredCampaign {
  std::string id, brand_id;                   // the registry's; brand_id may be empty
  std::optional<CampaignStatus> status = {};  // nullopt: as it was
  std::string rejection_reason = {};
  Document fields = Document::object();
};

struct RegistryAnswer {
  Document data = {};
};

template <class T>
using RegistryResult = Result<T, RegistryError>;
template <class T>
using RegistryDone = std::function<void(RegistryResult<T> result)>;

class CampaignRegistry {
 public:
  virtual ~CampaignRegistry() = default;

  virtual std::string_view name() const = 0;  // "tcr", "local": whose objects these are

  // `mock`: nobody is billed for it and nothing may be sent under it.
  virtual void create_brand(Document fields, bool mock, RegistryDone<RegisteredBrand> done) = 0;
  virtual void brand(std::string id, RegistryDone<RegisteredBrand> done) = 0;
  // Replaces the fields; `reverify`: what the identity was judged by has changed.
  virtual void update_brand(std::string id, Document fields, bool reverify,
                            RegistryDone<RegisteredBrand> done) = 0;
  virtual void remove_brand(std::string id, RegistryDone<RegistryAnswer> done) = 0;

  virtual void create_campaign(std::string brand_id, Document fields,
                               RegistryDone<RegisteredCampaign> done) = 0;
  virtual void campaign(std::string id, RegistryDone<RegisteredCampaign> done) = 0;
  virtual void update_campaign(std::string id, Document fields, RegistryDone<RegisteredCampaign> done) = 0;
  virtual void remove_campaign(std::string id, RegistryDone<RegistryAnswer> done) = 0;

  virtual void resubmit(std::string campaign, RegistryDone<RegistryAnswer> done) = 0;
  // Of `choice`: cnp_id, the connectivity partner. Refused without it where partners are chosen.
  virtual void elect(std::string campaign, Document choice, RegistryDone<RegistryAnswer> done) = 0;
  virtual void nudge(std::string campaign, Document words, RegistryDone<RegistryAnswer> done) = 0;
  // [{"carrier", "network_id", "status"}]
  virtual void carriers(std::string campaign, RegistryDone<RegistryAnswer> done) = 0;
  // {"shared_by_me": {"upstream_cnp_id", "sharing_status", …}, "shared_with_me"}
  virtual void sharing(std::string campaign, RegistryDone<RegistryAnswer> done) = 0;
};

}  // namespace warp::domain
