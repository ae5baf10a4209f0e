// Catalogue: everything that an operator provisions and a call needs, as plain rows read from Postgres in one
// transaction. `routing` compiles it into the immutable Snapshot that the hot path reads.
//
// Ids are the database's. Vectors are unordered. Money is per minute unless said.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/base/uuid.h"
#include "warp/domain/address.h"
#include "warp/domain/jurisdiction.h"
#include "warp/domain/lookups.h"
#include "warp/domain/numbers.h"
#include "warp/domain/sip_policy.h"
#include "warp/domain/tariff_rows.h"

namespace warp::domain {

enum class BillingMode : std::uint8_t { Prepaid, Postpaid };
enum class AuthType : std::uint8_t { IpAcl, Digest, Either, Both };
enum class SipTransport : std::uint8_t { Udp, Tcp, Tls, Ws, Wss };
constexpr bool is_stream(SipTransport transport) {
  return transport != SipTransport::Udp;
}
constexpr bool is_secure(SipTransport transport) {
  return transport == SipTransport::Tls || transport == SipTransport::Wss;
}
enum class MediaMode : std::uint8_t {
  Anchor,  // RTP crosses the daemon
  Bypass,  // SDP is carried through, media flows end to end
};

std::string_view to_string(BillingMode mode);        // PREPAID, POSTPAID
std::string_view to_string(AuthType type);           // IP_ACL, DIGEST, EITHER, BOTH
std::string_view to_string(SipTransport transport);  // UDP, TCP, TLS, WS, WSS: as Via has them
std::string_view to_string(MediaMode mode);          // ANCHOR, BYPASS
std::optional<BillingMode> parse_billing_mode(std::string_view text);
std::optional<AuthType> parse_auth_type(std::string_view text);
std::optional<SipTransport> parse_sip_transport(std::string_view text);
std::optional<MediaMode> parse_media_mode(std::string_view text);

struct Customer {
  CustomerId id;
  std::string name;
  bool active = true;
  BillingMode billing_mode = BillingMode::Postpaid;
  Currency currency;
  std::optional<PartitionId> partition;  // where its outbound calls are routed
  std::optional<RatePlanId> rate_plan;   // what it pays for them (from its contract in force)
  // Over all its trunks; 0 disables the direction, nullopt is unlimited.
  std::optional<std::uint32_t> cps_inbound = {}, cps_outbound = {}, channels_inbound = {},
                               channels_outbound = {};
  Money credit_limit = {};  // how far below zero it may go; 0 of a postpaid account: no limit
  std::string status = "ACTIVE";
  std::uint8_t decimals = 6;  // of its currency, for what is converted into it
  // What it pays and when; `rate_plan` is the one in force when the catalogue was loaded.
  struct DatedPlan {
    RatePlanId plan;
    WallTime from{};
    std::optional<WallTime> to = {};
  };
  std::vector<DatedPlan> plans = {};
  std::vector<SpendLimit> limits = {};
};

// What else a request from a listed network must have, to be whoever the network is listed for.
struct SourceMatch {
  std::uint16_t port = 0;                   // that it comes from; 0: any
  std::optional<SipTransport> transport{};  // that it comes by; nullopt: any

  bool any() const { return port == 0 && !transport; }
  bool fits(std::uint16_t from, SipTransport by) const {
    return (port == 0 || port == from) && (!transport || *transport == by);
  }
  friend bool operator==(const SourceMatch&, const SourceMatch&) = default;
};

struct SourceAddress {
  Cidr cidr;
  SourceMatch match;

  SourceAddress() = default;
  SourceAddress(const Cidr& network, const SourceMatch& asked = {}) : cidr(network), match(asked) {}
};

struct IpAclEntry {
  Cidr cidr;
  TrunkId trunk;
  SourceMatch match = {};
};

// What a device of a trunk authenticates itself with: H(username:realm:password) in hexadecimal digits.
struct Credential {
  Uuid id;
  TrunkId trunk;
  std::string username, realm;  // together unique
  std::string ha1_md5, ha1_sha256;
  std::int64_t version = 0;  // another one after every new password
};

// What we authenticate ourselves to a provider with.
struct ProviderCredential {
  Uuid id;
  ProviderId provider;
  std::string username, realm;
  std::string ha1_md5, ha1_sha256;
  std::string from_user, from_domain;  // of our registration's address of record; empty: user name, realm
  bool registers = false;              // we register there, so that it finds us
  std::string registrar;               // URI; empty: the provider's first endpoint
  std::chrono::seconds expires{3600};
  friend bool operator==(const ProviderCredential&, const ProviderCredential&) = default;
};
inline constexpr std::string_view kAnyTransport = "ANY";

// Where calls are delivered: a customer trunk's (inbound numbers) or a provider's (outbound).
struct Endpoint {
  std::int64_t id = 0;
  SocketAddress address;  // port 0 with a host: as DNS says (RFC 3263)
  std::string host = {};  // a name to be looked up instead of `address.ip`; empty: the address counts
  SipTransport transport = SipTransport::Udp;
  int priority = 0;  // lower is tried first
  int weight = 1;    // share within a priority; 0 only when nothing else is left
  std::optional<std::uint32_t> cps = {}, channels = {};  // a provider's; nullopt is unlimited
  bool any_transport = false;  // with a host and port 0: NAPTR says, `transport` does not count

  bool named() const { return !host.empty(); }
  std::string where() const;                // "192.0.2.1:5060", "sip.example.net", "sip.example.net:5060"
  std::string_view transport_text() const;  // "UDP", kAnyTransport
};

struct Trunk {
  TrunkId id;
  CustomerId customer;
  std::string name;
  bool enabled = true;
  AuthType auth_type = AuthType::IpAcl;
  // 0 disables the direction; nullopt is unlimited. Seen from the customer: inbound = towards it.
  std::optional<std::uint32_t> cps_inbound, cps_outbound, channels_inbound, channels_outbound;
  MediaMode media_mode = MediaMode::Anchor;
  bool symmetric_rtp = false;              // latch on the address that RTP really comes from
  std::chrono::seconds media_timeout{60};  // 0: never
  std::chrono::seconds ring_timeout{60};
  std::chrono::seconds max_duration{4 * 3600};
  NumberClasses number_classes = 0;  // that it may call; 0: all
  SipPolicy sip;
  std::vector<Endpoint> endpoints;  // enabled ones
  Lookups lookups = 0;              // about the numbers of its calls
  bool refuse_without_lookup = false;
  std::string ban = {};  // billing account; empty: the customer's default
};

struct Number {
  std::string e164;  // digits without '+'
  CustomerId customer;
  std::optional<TrunkId> trunk;         // voice destination
  std::optional<RatePlanId> rate_plan;  // what the customer pays for calls to it; nullopt: free of charge
  std::vector<Destination> destinations = {};  // by position; empty: the trunk alone
  std::string ban = {};
};

struct Provider {
  ProviderId id;
  std::string name;
  bool enabled = true;
  std::optional<RatePlanId> rate_plan;  // what it costs
  Currency currency;
  std::optional<std::uint32_t> cps, channels;
  MediaMode media_mode = MediaMode::Anchor;
  bool symmetric_rtp = false;
  bool inbound = true;                          // its endpoints' addresses may send us calls to our numbers
  std::vector<Endpoint> endpoints;              // enabled ones
  std::vector<SourceAddress> source_addresses;  // further addresses that it sends from
  std::vector<ProviderCredential> credentials;
  std::chrono::milliseconds attempt_timeout{5000};  // until the first answer of any kind
  std::string strip_digits, add_digits;  // at its exit: prefix taken off the called number, then put on
  SipPolicy sip;
};

struct Partition {
  PartitionId id;
  std::string name;
  std::uint8_t max_attempts = 4;  // endpoints tried for one call, all routes together
  RouteOrder order = RouteOrder::Cost;
  bool match_lrn = false;      // routes are matched by the routing number
  std::string quality = "{}";  // floors and weights, as routing.partitions.quality has them
  Money minimum_margin = {};   // a minute; of price and cost
  std::int64_t minimum_margin_e9 = 0;
};

struct Route {
  RouteId id;
  PartitionId partition;
  ProviderId provider;  // may be nil with RouteAction::Block
  std::string prefix;   // E.164 digits; empty matches all
  int priority = 100;   // lower first; within one priority the cheaper first
  int weight = 1;
  bool enabled = true;
  RouteAction action = RouteAction::Offer;
  std::optional<std::uint8_t> percent = {};  // of RouteOrder::Percent
  std::string ani_prefix = {};               // of the caller; empty matches all
  std::uint16_t schedule = 0;                // 0: always
  Jurisdictions jurisdictions = kAllJurisdictions;
  std::optional<CustomerId> customer = {};  // exclusive: of this customer alone
};

// One line of a deck. Prices per minute; increments in seconds.
struct Rate {
  std::string prefix;
  Money per_minute{};
  Money setup_fee{};
  std::uint32_t initial_increment = 1;  // > 0
  std::uint32_t increment = 1;          // > 0
  std::uint32_t minimum_seconds = 0;
  WallTime effective_from{};
  std::optional<WallTime> effective_to{};
  Jurisdictions jurisdictions = kAllJurisdictions;
  Money attempt_fee{};             // of a call that reached a far end, answered or not
  Money surcharge{};               // of an answered call
  std::uint32_t free_seconds = 0;  // at its begin
  std::uint16_t schedule = 0;      // 0: always
  bool blocked = false;            // nothing goes there
};

enum class RatePlanKind : std::uint8_t { Customer, Vendor };
std::string_view to_string(RatePlanKind kind);  // CUSTOMER, VENDOR
std::optional<RatePlanKind> parse_rate_plan_kind(std::string_view text);

struct RatePlan {
  RatePlanId id;
  std::string name;
  RatePlanKind kind = RatePlanKind::Customer;
  Currency currency;
  Rounding rounding = Rounding::HalfUp;
  std::uint8_t decimals = 6;  // of the final price
  bool allow_below_cost = false;
  std::uint64_t version = 0;  // grows with every published change: same version, same lines
  std::shared_ptr<const std::vector<Rate>> rates;  // shared: a reload keeps the lines of an unchanged version
  // What a call of unknown jurisdiction counts as; nullopt: it is refused.
  std::optional<Jurisdiction> unknown_as = Jurisdiction::Interstate;
  bool match_lrn = false;            // lines are matched by the routing number
  bool toll_free_by_origin = false;  // toll-free calls are rated by the caller's number
  Money minimum_margin = {};         // a minute; goes before the partition's
  std::int64_t minimum_margin_e9 = 0;
};

struct Catalogue {
  std::uint64_t version = 0;  // grows with every load by this process
  WallTime loaded_at{};
  std::vector<Customer> customers;
  std::vector<Trunk> trunks;
  std::vector<IpAclEntry> ip_acl;
  std::vector<Credential> credentials;  // enabled ones
  std::vector<Number> numbers;
  std::vector<Provider> providers;
  std::vector<Partition> partitions;
  std::vector<Route> routes;
  std::vector<RatePlan> rate_plans;
  std::vector<NumberRule> number_rules;  // enabled ones
  std::vector<EmergencyLocation> emergency_locations;
  std::vector<ScheduleRow> schedules = {};
  std::vector<FxRow> fx = {};
  std::vector<NumberList> number_lists = {};
  std::vector<NumberListUse> list_uses = {};
};

}  // namespace warp::domain
