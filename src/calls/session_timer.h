// Session timers (RFC 4028), on each leg by itself: the intervals of the two sides, and who refreshes, have
// nothing to do with each other.
//
// A leg whose session expires has a SessionTimer. When the refreshing is ours, half the interval is waited
// and an UPDATE without a description sent, or, to a peer that does not allow it, a re-INVITE with the
// description that it has. When it is the peer's and does not come, the call ends shortly before the interval
// does.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/domain/policy/session.h"
#include "warp/net/timer_wheel.h"
#include "warp/sip/message/message.h"
#include "warp/sip/message/writer.h"
#include "warp/sip/transaction/transaction_layer.h"

namespace warp::calls {

struct Attempt;
struct Call;
struct Context;
struct Refusal;
enum class Side : std::uint8_t;

struct SessionTimer {
  std::chrono::seconds interval{1800};
  std::chrono::seconds min_se{90};  // the peer's, when a 422 told it
  bool ours = false;                // we refresh
  net::TimerWheel::Handle due;
  Monotonic due_at{};
  sip::TransactionId refresh = 0;  // ours that runs
  bool by_invite = false;          // it is a re-INVITE
  std::uint8_t tries = 0;          // of this refresh
  std::string description;         // that the peer has of us; empty when an UPDATE can be sent
};

// What a Session-Expires header says.
struct SessionWish {
  enum class Refresher : std::uint8_t { Unsaid, Uac, Uas };
  std::chrono::seconds interval{0};
  Refresher refresher = Refresher::Unsaid;
};
std::optional<SessionWish> session_wish(const sip::Message& message);
bool knows_timer(const sip::Message& message);  // Supported or Require

// The interval that a request from a side asks for is below what we take: 422 with our minimum.
std::optional<Refusal> check_interval(const domain::SessionPolicy& policy, const sip::Message& request);

std::optional<Refusal> check_first_interval(const Call& call);  // of the INVITE that makes the call

// Into the INVITE of an attempt.
void offer_session_timer(Call& call, sip::Writer& writer);
// A 422 to it: sent again with the far end's minimum. False: the answer is final.
bool retry_with_longer_session(Context& context, Call& call, const sip::Message& response);

// A request of the peer (INVITE, UPDATE) is answered 2xx: what the answer says of the session, and the leg's
// timer accordingly. Empty `header`: nothing.
struct SessionTerms {
  std::string header;
  bool require = false;  // Require: timer
};
SessionTerms answer_session(Context& context, Call& call, Side side, const domain::SessionPolicy& policy,
                            const sip::Message& request);
// The same for the INVITE that made the call, and the far end's 2xx to ours, while the set-up is there.
SessionTerms answer_caller_session(Context& context, Call& call);
void note_far_session(Context& context, Call& call, const sip::Message& response);
// The peer's 2xx to a request of ours that asked for `asked` (0: for nothing).
void settle_session(Context& context, Call& call, Side side, const sip::Message& response,
                    std::chrono::seconds asked);
// The same for a re-INVITE or UPDATE within the call.
SessionTerms renewed_session(Context& context, Call& call, Side side, const sip::Message& request);
// What a re-INVITE towards the side must say, so that its session does not become an endless one.
SessionTerms refreshed_terms(const Call& call, Side side);
// The description that the side has of us now.
void note_description(Call& call, Side side, const std::string& description);

// Half the interval, or what an expiry leaves, from now on.
void arm_session_timer(Context& context, Call& call, Side side);
void arm_session_timer(Context& context, Call& call, Side side, std::chrono::milliseconds left);
void stop_session_timers(Context& context, Call& call);

// UPDATE of the peer without a description: it keeps its session alive, or moves its target.
void on_session_refresh(Context& context, Call& call, Side side, sip::TransactionId id,
                        const sip::Message& request, const sip::Flow& from);

void on_refresh_response(Context& context, Call& call, Side side, sip::TransactionId id,
                         const sip::Message& response);
// Nothing came back.
void on_refresh_failed(Context& context, Call& call, Side side, sip::TransactionId id);

}  // namespace warp::calls
