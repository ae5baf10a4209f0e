// Providers (carriers) and the addresses that they send from. Operators only.
#pragma once

#include "warp/base/clock.h"
#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Provider {
  ProviderId id;
  std::string name, description;
  bool enabled = true;
  std::optional<RatePlanId> rate_plan;
  Currency currency;
  std::optional<std::uint32_t> cps, channels;  // absent: unlimited
  domain::MediaMode media_mode = domain::MediaMode::Anchor;
  bool symmetric_rtp = false, inbound = true;
  std::uint32_t attempt_timeout_ms = 5000;
  std::string strip_digits, add_digits;
  std::string sip_policy = "{}";  // JSON of domain::SipPolicy (store/sip_policy.h)
  WallTime created_at{}, updated_at{};
};

struct NewProvider {
  std::string name, description;
  bool enabled = true;
  std::optional<RatePlanId> rate_plan;
  Currency currency;
  std::optional<std::uint32_t> cps, channels;
  domain::MediaMode media_mode = domain::MediaMode::Anchor;
  bool symmetric_rtp = false, inbound = true;
  std::uint32_t attempt_timeout_ms = 5000;
  std::string strip_digits, add_digits;
  std::string sip_policy = "{}";
};

struct ProviderPatch {
  std::optional<std::string> name, description;
  std::optional<bool> enabled;
  Nullable<RatePlanId> rate_plan;
  std::optional<Currency> currency;
  Nullable<std::uint32_t> cps, channels;
  std::optional<domain::MediaMode> media_mode;
  std::optional<bool> symmetric_rtp, inbound;
  std::optional<std::uint32_t> attempt_timeout_ms;
  std::optional<std::string> strip_digits, add_digits, sip_policy;
};

struct ProviderAddress {
  Uuid id;
  ProviderId provider;
  domain::Cidr cidr;
  domain::SourceMatch match;
  std::string description;
  bool enabled = true;
  WallTime created_at{};
};

class ProviderRepository {
 public:
  explicit ProviderRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Provider>> list(Actor actor, Page page);  // by name
  Task<Provider> get(Actor actor, ProviderId id);
  Task<Provider> create(Actor actor, NewProvider provider);
  Task<Provider> update(Actor actor, ProviderId id, ProviderPatch patch);
  Task<Provider> remove(Actor actor, ProviderId id);  // InUse while routes name it

  Task<std::vector<ProviderAddress>> addresses(Actor actor, ProviderId provider);
  Task<ProviderAddress> add_address(Actor actor, ProviderId provider, domain::SourceAddress source,
                                    std::string description, bool enabled);
  Task<ProviderAddress> remove_address(Actor actor, ProviderId provider, Uuid id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
