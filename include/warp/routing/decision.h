// Decision: where a call goes and what it costs, as pure functions over a Snapshot. No clock, no I/O: `when`
// and `random` come in. Each decision explains itself. Pointers live as long as the Snapshot.
//
// A priced side in a decision is the line picked with nothing charged yet: billed seconds and amount are 0,
// rating::reprice() makes the amount of a call that was answered.
//
// A decision allocates nothing as long as it has no more candidates and rejections than it has room for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "warp/domain/call_record.h"
#include "warp/domain/reason.h"
#include "warp/rating/price.h"
#include "warp/routing/snapshot.h"

namespace warp::routing {

// E.164 digits of a dialled or calling number: "+1…", "001…", "011…", 10 digits of NANP (a leading 1 is put
// before them), 11 digits with 1; visual separators (RFC 3966 "-", ".", "(", ")") and parameters behind ';'
// are dropped. nullopt when it is no telephone number of 3 to 15 digits, or begins with 0.
std::optional<std::string> normalise(std::string_view number);

// One endpoint that a call may be tried on, in order.
struct Candidate {
  const domain::Provider* provider = nullptr;  // null: a customer trunk's endpoint
  const domain::Route* route = nullptr;
  const domain::Endpoint* endpoint = nullptr;
  rating::PickedLine cost;        // none for customer trunks
  rating::PickedLine price = {};  // of a forwarded leg: what its owner pays
  std::uint8_t destination = 0;   // of the number, by position; 0: its trunk
  std::string_view note = {};     // static text: why it is among the last
};

// Why a route did not become a candidate.
struct Rejection {
  const domain::Route* route = nullptr;
  domain::Reason reason = domain::Reason::NoRoute;
  const domain::Provider* provider = nullptr;
  const rating::Deck* deck = nullptr;      // of the provider, when it has one
  const rating::RateLine* line = nullptr;  // of the deck, when one is in effect
  std::string_view note = {};              // static text: what in particular
};

struct Decision {
  // NormalClearing when there is something to try; else the refusal.
  domain::Reason reason = domain::Reason::NoRoute;
  const domain::Trunk* trunk = nullptr;        // the caller's, or the one that the number leads to
  const domain::Customer* customer = nullptr;  // who pays
  std::optional<domain::PricedSide> price;     // the customer's line; absent: free of charge
  // As the partition orders them; at most its max_attempts.
  boost::container::small_vector<Candidate, 20> candidates;
  boost::container::small_vector<Rejection, 8> rejections;  // in the order of Snapshot::routes()
  const domain::CallNumbers* numbers = nullptr;             // as they came with the query
  std::string rule = {};                                    // list, schedule or limit that decided
  bool on_net = false;                                      // to a number of another customer of ours
  domain::Jurisdiction jurisdiction = domain::Jurisdiction::Unknown;  // of the call, before any plan
  std::uint8_t destination = 0;              // of the number, that the candidates are of; 0: its trunk
  const domain::Number* number = nullptr;    // of ours, that was called
  const domain::Customer* callee = nullptr;  // on_net: whose number it is
};

// A customer's outbound call through its partition (docs/routing/README.md). Lists may refuse it, a route
// that blocks may. Of the routes of the longest prefix that hold for the call, or of those that are forced,
// one stands when its provider has an endpoint and a line that holds for the number, and leaves the margin
// that is asked for (unless it is forced, or the customer's plan allows less). `random` shuffles by weight.
Decision decide_outbound(const Snapshot& snapshot, const domain::Trunk& trunk, std::string_view dni_e164,
                         WallTime when, std::uint64_t random);
// A call to one of our numbers, towards its trunk's endpoints; free of charge when the number has no plan.
Decision decide_inbound(const Snapshot& snapshot, std::string_view dni_e164, WallTime when,
                        std::uint64_t random);

// An emergency call: every enabled provider with an endpoint that a route of the partition names, whatever
// the route's prefix, by priority and weight; no price, no cost, at most 32 endpoints. EmergencyNotConfigured
// without one.
Decision decide_emergency(const Snapshot& snapshot, const domain::Partition* partition, std::uint64_t random);

// The whole trace as lines for people.
std::vector<std::string> explain(const Decision& decision);

}  // namespace warp::routing
