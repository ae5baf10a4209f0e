// MessagingCatalogue: what an operator provisions for messaging, as plain rows read from Postgres in one
// transaction. Immutable once published; the messaging room swaps pointers. Unordered unless said.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/money.h"
#include "warp/base/uuid.h"
#include "warp/domain/address.h"

namespace warp::domain {

// An SMPP account of a customer.
struct Esme {
  EsmeId id;
  CustomerId customer;
  std::string system_id;
  std::string password_hash;  // as the API keys' hashes are made
  bool enabled = true;
  std::vector<Cidr> allowed;  // empty: from anywhere
  std::uint16_t max_binds = 4;
  std::uint16_t window = 50;         // unanswered requests, either way
  std::optional<std::uint32_t> mps;  // segments a second, all its binds together; nullopt: the customer's
  std::string default_alphabet = "gsm7";  // what its data_coding 0 means
  bool receipt_tlvs = true;               // receipts carry TLVs beside the text
};

enum class AmbiguityPolicy : std::uint8_t { Fail, Resend };  // what a time-out after sending means

// What a connector speaks. Mm4 and Rcs carry whole messages; their window counts messages.
enum class ConnectorProtocol : std::uint8_t { Smpp, Mm4, Rcs };
std::string_view to_string(ConnectorProtocol protocol);  // smpp, mm4, rcs
std::optional<ConnectorProtocol> parse_connector_protocol(std::string_view text);

// One upstream and how it wants to be spoken to.
struct Connector {
  ConnectorId id;
  std::string name;
  ConnectorProtocol protocol = ConnectorProtocol::Smpp;
  bool enabled = true, paused = false;
  std::string host;
  std::uint16_t port = 2775;
  bool tls = false;
  std::string tls_ca_file, tls_server_name;
  std::string tls_certificate_file, tls_key_file;  // shown to the upstream; empty: none
  std::string fallback_hosts;                      // tried in turn when `host` fails: names, with commas
  std::string system_id, password, system_type;
  std::string bind_type = "trx";  // trx, tx+rx
  std::uint16_t binds = 1;
  std::uint16_t window = 10;
  std::optional<std::uint32_t> mps;  // segments a second a bind
  std::string address_range;
  std::uint8_t interface_version = 0x34;
  // Addresses: what is put on the wire; nullopt: as the message has it.
  std::optional<std::uint8_t> source_ton, source_npi, dest_ton, dest_npi;
  std::string default_alphabet = "gsm7";
  bool latin1 = false, substitute = false, packed = false;
  std::optional<std::uint8_t> gsm7_data_coding;
  std::string split = "udh8";                                     // udh8, udh16, sar, payload
  std::string submit_id_form = "text", receipt_id_form = "text";  // text, decimal, hexadecimal
  int receipt_zone_quarters = 0;
  std::string validity_form = "none";  // of validity_period on the wire: none, absolute, relative
  int validity_zone_quarters = 0;      // in which an absolute one is written
  std::string priority_map = "0123";   // what is sent for each of our four priorities
  std::chrono::milliseconds response_timeout{10'000}, enquire_interval{30'000};
  AmbiguityPolicy ambiguity = AmbiguityPolicy::Fail;
  std::optional<RatePlanId> rate_plan;  // what it costs a segment
  Currency currency;
  // Mm4: host and port are the peer's SMTP server, system_id and password its login (empty: none), `tls`
  // STARTTLS at least. The domains stand behind '@' in the envelope. `allowed`: where its mails may come
  // from.
  std::string local_domain, remote_domain;
  std::vector<Cidr> allowed;
  // Rcs: the provider's API; the password is its bearer token, and signs its callbacks.
  std::string base_url, agent;
  // Mm4 and Rcs: attachments above it are made smaller when they are pictures, else refused. 0: no limit.
  std::uint32_t max_media_octets = 0;
};

// Where outbound messages go. Routes are tried by priority; within one, cheaper first, or by weight.
struct MessageRoute {
  MessageRouteId id;
  bool enabled = true;
  int priority = 100;
  int weight = 1;
  std::optional<CustomerId> customer;  // nullopt: everybody's
  std::string prefix;                  // of the destination, E.164 digits; empty: all
  std::string sender;                  // exact sender, or with a trailing '*' a prefix; empty: all
  std::string keyword;                 // first word of the text, any case; empty: all
  std::optional<std::uint16_t> from_minute, to_minute;  // of the day, UTC
  ConnectorId connector;
  std::string carrier;  // of the recipient, as carrier_prefixes has it (a name or MCC-MNC); empty: all
  // Percent that must be delivered of what the connector took for such numbers lately; below it the route
  // comes after all others. Not measured yet is good.
  std::optional<std::uint8_t> min_quality;
  bool by_quality = false;  // within its priority the better go before the cheaper
};

// A number's messaging side: who owns it and where its inbound messages go.
struct MessagingNumber {
  std::string e164;
  CustomerId customer;
  std::optional<EsmeId> esme;  // deliver_sm; else the webhook
  std::string webhook_url, fallback_url, webhook_secret;
  std::optional<CampaignId> campaign;  // that it hangs from, approved or not
};

// Which end of a message costs the customer its price; what was reserved is given back at the other ends.
enum class ChargePolicy : std::uint8_t {
  Accepted,  // every end but Cancelled
  Sent,      // an upstream took it, whatever became of it
  Delivered  // the handset has it
};
std::string_view to_string(ChargePolicy policy);  // accepted, sent, delivered
std::optional<ChargePolicy> parse_charge_policy(std::string_view text);

struct MessagingCustomer {
  CustomerId id;
  bool active = true;
  Currency currency;
  std::optional<RatePlanId> rate_plan;  // what it pays a segment
  std::optional<std::uint32_t> mps;     // segments a second over REST and all binds
  std::uint32_t burst = 0;              // segments above it at once; 0: one second's worth
  std::string receipt_url, webhook_secret;
  ChargePolicy charge = ChargePolicy::Sent;
  bool needs_campaign = true;  // NANP long codes must hang from an approved campaign
};

// How many messages of a campaign a carrier takes. The carrier is found by the recipient's longest prefix in
// carrier_prefixes; the limit of no carrier (empty) is for all together.
struct CampaignLimit {
  std::string carrier;
  std::optional<std::uint32_t> per_minute, per_day;  // segments; the day is UTC's
};

// What a 10DLC campaign allows and answers. Senders that hang from one which is not approved may not send.
struct Campaign {
  CampaignId id;
  CustomerId customer;
  bool approved = false;
  // Upper case; empty lists: the platform's words alone, which always count.
  std::vector<std::string> opt_in_keywords, opt_out_keywords, help_keywords;
  std::string opt_in_reply, opt_out_reply, help_reply;  // empty: the platform's
  std::vector<CampaignLimit> limits;
};
struct CarrierPrefix {
  std::string prefix, carrier;
};

// When messages may not reach people, on the recipient's clock. What is submitted then waits for the end of
// it, when its validity allows, else it is refused.
struct QuietHours {
  std::optional<CustomerId> customer;            // nullopt: everybody's without their own
  std::string prefix;                            // of the recipient; the longest decides
  std::uint16_t from_minute = 0, to_minute = 0;  // of the recipient's day; may pass midnight
  bool enabled = true;
};
// A number's clock: the longest prefix decides. Names of the IANA time zone database.
struct PrefixZone {
  std::string prefix, zone;
};

// An interceptor: rules run in order on what was submitted, before it is counted, priced and routed; each
// that fits acts, until one refuses or `last`.
struct MessageRule {
  MessageRuleId id;
  bool enabled = true, last = false;
  int order = 100;
  std::optional<CustomerId> customer;  // nullopt: everybody's
  bool inbound = false;                // else outbound
  std::string sender, recipient;       // exact, or with a trailing '*' a prefix; empty: all
  std::string pattern;                 // RE2 on the text, case-insensitive; empty: all
  bool refuse = false;                 // ContentRefused
  std::optional<std::string> set_sender, set_recipient;
  std::optional<std::string> replacement;  // of every match in the text, with \1 … \9
  std::optional<std::uint8_t> set_priority;
  std::optional<ConnectorId> via;  // this connector first, when it can be had
};

struct OptOut {
  CustomerId customer;
  std::string sender;     // our number
  std::string recipient;  // who wants no more
};

// What a plan's per-segment prices are in, and how the amount of a message is rounded.
struct MessageRatePlan {
  RatePlanId id;
  std::uint64_t version = 0;  // grows with every change of its message rates
  Currency currency;
  Rounding rounding = Rounding::HalfUp;
  std::uint8_t decimals = 6;
};

// Per-segment prices, by destination prefix.
struct MessageRate {
  RatePlanId plan;
  std::string prefix;
  Money per_segment;
};

struct MessagingCatalogue {
  std::uint64_t version = 0;
  std::vector<Esme> esmes;
  std::vector<Connector> connectors;
  std::vector<MessageRoute> routes;
  std::vector<MessagingNumber> numbers;
  std::vector<MessagingCustomer> customers;
  std::vector<OptOut> opt_outs;
  std::vector<MessageRatePlan> plans;  // those with rates
  std::vector<MessageRate> rates;
  std::vector<Campaign> campaigns;
  std::vector<CarrierPrefix> carrier_prefixes;
  std::vector<QuietHours> quiet_hours;
  std::vector<PrefixZone> zones;
  std::vector<MessageRule> rules;  // by order
};

}  // namespace warp::domain
