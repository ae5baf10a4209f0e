// Trunks with their IP access lists and delivery endpoints. An operator names the customer where one is
// needed; a tenant's is its own.
#pragma once

#include "warp/base/clock.h"
#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct TrunkIp {
  Uuid id;
  TrunkId trunk;
  domain::Cidr cidr;
  domain::SourceMatch match;
  std::string description;
  bool enabled = true;
  WallTime created_at{};
};

struct Trunk {
  TrunkId id;
  CustomerId customer;
  std::string name, description;
  bool enabled = true;
  domain::AuthType auth_type = domain::AuthType::IpAcl;
  std::vector<std::string> allowed_number_classes;
  std::optional<std::uint32_t> cps_inbound, cps_outbound, channels_inbound,
      channels_outbound;          // absent: unlimited
  std::string sip_config = "{}";  // JSON object
  std::string sip_policy = "{}";  // JSON of domain::SipPolicy (store/sip_policy.h)
  domain::MediaMode media_mode = domain::MediaMode::Anchor;
  bool symmetric_rtp = false;
  std::uint32_t media_timeout_seconds = 60, ring_timeout_seconds = 60, max_duration_seconds = 14400;
  WallTime created_at{}, updated_at{};
  std::vector<TrunkIp> ips;
};

struct NewTrunk {
  CustomerId customer;
  std::string name, description;
  bool enabled = true;
  domain::AuthType auth_type = domain::AuthType::IpAcl;
  std::vector<std::string> allowed_number_classes;
  std::optional<std::uint32_t> cps_inbound, cps_outbound, channels_inbound, channels_outbound;
  std::string sip_config = "{}", sip_policy = "{}";
  domain::MediaMode media_mode = domain::MediaMode::Anchor;
  bool symmetric_rtp = false;
  std::uint32_t media_timeout_seconds = 60, ring_timeout_seconds = 60, max_duration_seconds = 14400;
};

struct TrunkPatch {
  std::optional<std::string> name, description;
  std::optional<bool> enabled;
  std::optional<domain::AuthType> auth_type;
  std::optional<std::vector<std::string>> allowed_number_classes;
  Nullable<std::uint32_t> cps_inbound, cps_outbound, channels_inbound, channels_outbound;
  std::optional<std::string> sip_config, sip_policy;
  std::optional<domain::MediaMode> media_mode;
  std::optional<bool> symmetric_rtp;
  std::optional<std::uint32_t> media_timeout_seconds, ring_timeout_seconds, max_duration_seconds;
};

// What hangs on a trunk.
struct TrunkCascade {
  std::uint64_t ips = 0, numbers = 0, records = 0;
};

class TrunkRepository {
 public:
  explicit TrunkRepository(pg::Pool& pool) : pool_(pool) {}
  // All trunks of the customer, by name, with their addresses. Absent (operators only): of all customers.
  Task<std::vector<Trunk>> list(Actor actor, std::optional<CustomerId> customer);
  Task<Trunk> get(Actor actor, TrunkId id);
  Task<Trunk> create(Actor actor, NewTrunk trunk);
  Task<Trunk> update(Actor actor, TrunkId id, TrunkPatch patch);
  // Takes its addresses and endpoints with it, and routes its numbers nowhere. InUse when records name it.
  Task<Trunk> remove(Actor actor, TrunkId id);
  Task<TrunkCascade> cascade(Actor actor, TrunkId id);

  Task<std::vector<TrunkIp>> ips(Actor actor, TrunkId trunk);
  struct AddedIp {
    TrunkIp ip;
    bool existed = false;  // this trunk had it: returned as it is
  };
  // Duplicate when another trunk has the same: address, port and transport.
  Task<AddedIp> add_ip(Actor actor, TrunkId trunk, domain::SourceAddress source, std::string description,
                       bool enabled);
  Task<TrunkIp> update_ip(Actor actor, TrunkId trunk, Uuid id, std::optional<std::string> description,
                          std::optional<bool> enabled);
  Task<TrunkIp> remove_ip(Actor actor, TrunkId trunk, Uuid id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
