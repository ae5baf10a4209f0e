// CallRecord: the one detail record of a call, whatever happened to it. Written to the journal when the call
// is answered (state Answered, a draft that survives a crash) and when it ends (state Final).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/boxed.h"
#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/base/uuid.h"
#include "warp/domain/call_facts.h"
#include "warp/domain/call_numbers.h"
#include "warp/domain/charge.h"
#include "warp/domain/media_quality.h"
#include "warp/domain/reason.h"

namespace warp::domain {

enum class Direction : std::uint8_t { Inbound, Outbound };  // seen from the customer
enum class Disposition : std::uint8_t { Answered, NoAnswer, Busy, Failed, Cancelled };
enum class ReleaseSide : std::uint8_t { Caller, Callee, Platform };
std::string_view to_string(Direction direction);      // inbound, outbound
std::string_view to_string(Disposition disposition);  // ANSWERED, "NO ANSWER", BUSY, FAILED, CANCELLED
std::string_view to_string(ReleaseSide side);         // caller, callee, platform
std::optional<Direction> parse_direction(std::string_view text);
std::optional<Disposition> parse_disposition(std::string_view text);
std::optional<ReleaseSide> parse_release_side(std::string_view text);

// What one leg's media saw; counted at our sockets.
struct LegMedia {
  std::string codec;  // "PCMU/8000"; empty when media was bypassed
  std::uint64_t packets_received = 0, octets_received = 0;
  std::uint64_t packets_sent = 0, octets_sent = 0;
  std::uint64_t packets_lost = 0;                   // from sequence numbers received
  std::uint32_t jitter_us = 0;                      // RFC 3550 A.8, last value
  std::optional<std::uint32_t> rtt_us;              // from RTCP of this leg's peer
  std::optional<std::uint8_t> remote_loss_percent;  // what the peer reports of what it gets (RR)
  std::optional<std::uint16_t> mos_e2 = {};         // 440: 4.40; of all that was received
  Boxed<MediaQuality> quality = {};
};

// Why one endpoint was tried and how it ended.
struct RouteAttempt {
  ProviderId provider;  // nil when the call went to a customer trunk
  RouteId route;
  std::int64_t endpoint = 0;
  std::string address;
  std::uint16_t sip_status = 0;  // 0: no answer at all
  Reason reason = Reason::NormalClearing;
  std::uint32_t elapsed_ms = 0;

  // Else it was passed over without a message.
  bool was_sent() const { return sip_status != 0 || elapsed_ms != 0; }
};

// One side's price as it was computed: enough to compute it again.
struct PricedSide {
  RatePlanId plan;
  std::uint64_t plan_version = 0;
  std::string prefix;  // of the line picked
  Money per_minute, setup_fee, amount;
  Currency currency;
  std::uint32_t initial_increment = 1, increment = 1, minimum_seconds = 0;
  std::uint32_t billed_seconds = 0;
  Rounding rounding = Rounding::HalfUp;
  std::uint8_t decimals = 6;
  Jurisdiction jurisdiction = Jurisdiction::Unknown;  // that the line was picked for
  Money attempt_fee = {}, surcharge = {};
  std::uint32_t free_seconds = 0;
  std::uint16_t schedule = 0;  // of the line; 0: none
};

enum class RecordState : std::uint8_t { Answered, Final };

struct CallRecord {
  RecordId id;
  CallId call;
  RecordState state = RecordState::Final;
  CustomerId customer;  // nil: refused before anybody was known
  TrunkId trunk;
  Direction direction = Direction::Outbound;
  ProviderId provider;          // that carried it, or brought it
  std::string sip_call_id;      // of the leg towards the caller
  std::string far_sip_call_id;  // of the last far leg
  std::string source_address;
  std::string ani, dni;            // as received
  std::string ani_e164, dni_e164;  // normalised digits

  WallTime setup_at{};
  std::optional<WallTime> ringing_at, answered_at;
  WallTime ended_at{};
  std::uint64_t duration_us = 0;        // answered → ended, by the monotonic clock
  std::optional<std::uint32_t> pdd_ms;  // INVITE in → first 18x or final answer of the leg that counted

  Disposition disposition = Disposition::Failed;
  Reason reason = Reason::NormalClearing;
  std::uint16_t sip_status = 0;  // final status towards the caller
  std::uint8_t q850 = 16;
  ReleaseSide release_side = ReleaseSide::Platform;

  std::optional<PricedSide> price;  // what the customer pays
  std::optional<PricedSide> cost;   // what the provider gets
  std::optional<Money> margin;      // price − cost, in the price's currency

  LegMedia caller_media, callee_media;
  std::vector<RouteAttempt> attempts;
  Boxed<CallFacts> facts;

  Boxed<CallNumbers> numbers = {};  // made once they were looked up
  Charge charge = {};
  Boxed<DecisionNote> decision = {};
  std::optional<Money> cost_base = {};  // `cost` in the base currency
  std::string ban = {};
};

}  // namespace warp::domain
