// Call: the state of one call through this shard. Plain data; the files beside this one act on it.
//
// What is only needed until the answer sits in Setup and is freed with it: a call in progress is small.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/calls/credential_calls.h"
#include "warp/calls/limits.h"
#include "warp/calls/live_calls.h"
#include "warp/domain/bindings.h"
#include "warp/domain/call_authenticity.h"
#include "warp/domain/call_record.h"
#include "warp/domain/charging.h"
#include "warp/domain/media_port.h"
#include "warp/net/timer_wheel.h"
#include "warp/routing/decision.h"
#include "warp/routing/snapshot.h"
#include "warp/sdp/session.h"
#include "warp/sip/dialog/dialog.h"
#include "warp/sip/message/message.h"
#include "warp/sip/transaction/reliable_answer.h"
#include "warp/sip/transaction/transaction_layer.h"
#include "warp/sip/transport/locator.h"

#include "far_auth.h"
#include "parties.h"
#include "session_timer.h"
#include "tag.h"
#include "way_mark.h"

namespace warp::calls {

enum class Side : std::uint8_t { Caller, Callee };
constexpr Side other(Side side) {
  return side == Side::Caller ? Side::Callee : Side::Caller;
}
constexpr domain::MediaSide media_side(Side side) {
  return side == Side::Caller ? domain::MediaSide::A : domain::MediaSide::B;
}

enum class State : std::uint8_t {
  Trying,      // INVITE taken, nothing but 100 went back
  Ringing,     // an 18x went to the caller
  Answering,   // a far end answered; the journal writes
  Confirming,  // 200 sent to the caller, its ACK is awaited
  Up,          // both legs confirmed
  Closing,     // over and recorded; the caller's ACK is awaited, to BYE it
  Ended,       // waits for nothing but its destruction
};

constexpr bool may_follow(State from, State to) {
  switch (from) {
    case State::Trying:
      return to == State::Ringing || to == State::Answering || to == State::Ended;
    case State::Ringing:
      return to == State::Answering || to == State::Ended;
    case State::Answering:
      return to == State::Confirming || to == State::Ended;
    case State::Confirming:
      return to == State::Up || to == State::Closing || to == State::Ended;
    case State::Up:
      return to == State::Ended;
    case State::Closing:
      return to == State::Ended;
    case State::Ended:
      return false;
  }
  return false;
}

// What stands in the o= line of the descriptions that we send to one side (RFC 3264 §8: the version moves
// when the description does).
struct SdpOrigin {
  std::uint64_t id = 0, version = 0;
  std::uint64_t source = 0;  // hash of the other side's o= line that `version` stands for
};

struct Leg {
  Tag tag = 0;                        // ours
  std::optional<sip::Dialog> dialog;  // from the answer on
  // The last INVITE that we sent on this leg: its 2xx may come again, and is ACKed again.
  sip::TransactionId invite = 0;
  std::uint32_t invite_cseq = 0;
  bool acked = false;
  bool allows_update = false;  // its peer lists UPDATE in Allow
  std::uint8_t options = 0;    // extensions spoken on it (capabilities.h)
  std::string ack_body;        // when the ACK carried the answer
  SdpOrigin sdp;
  Party party;                         // who is there, from the answer on
  std::unique_ptr<std::string> heard;  // its description, while a side may refer the other elsewhere
  // Its names of the m-lines (a=mid), where it has ICE and they are more than our numbers; null: none.
  std::unique_ptr<std::vector<std::string>> mids;
  std::unique_ptr<sdp::Session> offered;  // that we sent it, until it has answered (negotiation/exchange.h)
  std::unique_ptr<SessionTimer> timer;    // null: its session does not expire
  std::shared_ptr<FarAuth> auth;          // null: no credentials for the far end
};

// A request that waits for our answer, kept to build it.
struct Owed {
  sip::TransactionId id = 0;
  sip::Message request;
  sip::Flow flow;
};

// One endpoint that is being tried.
struct Attempt {
  const routing::Candidate* candidate = nullptr;  // null: none is running
  std::string far_call_id, from_uri, to_uri;
  std::string_view display;  // beside from_uri; lives in Setup
  sip::Flow flow;
  Monotonic started{};
  bool bypass = false;
  std::uint32_t cseq = 0;                   // of the last INVITE sent
  std::chrono::seconds session_expires{0};  // asked for; 0: not
  std::chrono::seconds min_se{0};           // that the far end insists on; 0: none told
  std::uint64_t first_fork = 0;             // far_key() of the first early dialog heard of; 0: none
  std::uint64_t early_tag = 0;        // far_key() of the last description that came with an 18x; 0: none
  std::string early_description;      // that description, as it came
  WayMark way;                        // counts it for check_spiral()
  std::string redirected;             // host of a Contact of a 3xx; empty: the candidate's own endpoint
  net::TimerWheel::Handle no_reply;   // attempt timeout
  net::TimerWheel::Handle no_answer;  // ring timeout
};

// The target that is tried, or was tried last (targets.h).
struct Aim {
  const routing::Candidate* candidate = nullptr;  // null: none was yet
  domain::SocketAddress address;
  domain::SipTransport transport = domain::SipTransport::Udp;
  bool owed = false;     // its health waits for the outcome
  std::string tls_name;  // of a secure transport alone
};

// The targets of the candidate whose endpoint is a name.
struct NamedTargets {
  const routing::Candidate* candidate = nullptr;
  std::vector<sip::LocatedTarget> targets;
  std::size_t next = 0;
};

struct Failure {
  std::uint16_t status = 0;  // 0: the far end said nothing
  domain::Reason reason = domain::Reason::AllRoutesFailed;
  std::uint8_t q850 = 0;  // 0: not said
};

// Words of Privacy (RFC 3323, RFC 3325, RFC 7044).
inline constexpr std::uint8_t kPrivacyNone = 1, kPrivacyId = 2, kPrivacyHeader = 4, kPrivacySession = 8,
                              kPrivacyUser = 16, kPrivacyCritical = 32, kPrivacyHistory = 64,
                              kPrivacyUnknown = 128;

struct Identity {
  std::string user;          // the number or name that From shows; "anonymous"
  std::string display;       // as received, without quotes
  std::string asserted;      // that we vouch for: by a trusted side or by the caller-id policy; empty: nobody
  std::string asserted_tel;  // the second of two: a tel URI's
  std::uint8_t privacy = 0;  // kPrivacy…
  bool withheld() const {
    return (privacy & (kPrivacyId | kPrivacyUser)) != 0 && (privacy & kPrivacyNone) == 0;
  }
};

// Does the caller take reliable provisional responses (RFC 3262)?
enum class TakesReliable : std::uint8_t { No, Can, Must };

struct Announcing;  // announce/announcing.h
struct Recorded;    // announce/recording.h
struct Early;       // setup/early.h
struct Redirects;   // setup/redirect.h
// Their types are known where they are used alone.
struct EarlyDeleter {
  void operator()(Early* early) const;
};
struct AnnouncingDeleter {
  void operator()(Announcing* announcing) const;
};
struct RecordedDeleter {
  void operator()(Recorded* recorded) const;
};
struct RedirectsDeleter {
  void operator()(Redirects* redirects) const;
};

// STIR/SHAKEN of a call that has to do with it.
struct Authenticity {
  // What the answer of the port means when it comes: nothing any more, go on within the call that asked, or
  // take the call up again.
  enum class Wait : std::uint8_t { None, AtOnce, Later };
  Wait wait = Wait::None;
  bool verified = false;
  std::uint32_t round = 0;  // of signatures asked for: those of earlier attempts mean nothing
  std::string number;       // that was verified, E.164 digits
  domain::Verification verification{};
  std::vector<std::string> identities;  // of the running attempt
  std::string called, body;             // of the attempt that waits for its signature
};

// Where a trunk's devices are; candidates point into `endpoints`, the binding of each stands beside it.
struct Registered {
  std::vector<domain::Binding> bindings;
  std::vector<domain::Endpoint> endpoints;
};

struct Setup {
  Owed invite;
  std::shared_ptr<const routing::Snapshot> snapshot;
  // Who brought the call: one of the two.
  const domain::Trunk* source_trunk = nullptr;
  const domain::Provider* source_provider = nullptr;
  const domain::Trunk* target_trunk = nullptr;  // inbound: the number's
  routing::Decision decision{};
  std::size_t next_candidate = 0;
  Aim aim{};
  std::unique_ptr<NamedTargets> named{};
  std::uint8_t tried = 0;       // targets that were called
  std::uint32_t question = 0;   // that the search waits for; 0: none
  std::uint32_t questions = 0;  // asked so far
  Identity identity{};
  std::unique_ptr<Authenticity> authenticity{};
  std::optional<sdp::Session> offer{};  // absent: the far end offers
  Attempt attempt{};
  Failure last_failure{};
  std::uint64_t described_tag = 0;  // far_key() whose description went out under the caller leg's present tag
  TakesReliable takes_reliable = TakesReliable::No;
  std::unique_ptr<Early, EarlyDeleter> early{};              // once there is 100rel, UPDATE or a fork
  std::unique_ptr<Redirects, RedirectsDeleter> redirects{};  // once a 3xx is followed
  std::string answer{};                                      // body of the 200, while the journal writes
  std::unique_ptr<Registered> registered{};                  // null: the candidates are endpoints
};

// A re-INVITE carried from one side to the other.
struct Reinvite {
  Side from;
  Owed asked;
  sip::TransactionId sent = 0;  // towards the other side; 0: answered there
  std::optional<sdp::Session> offer{};
  std::string carried{};  // the offer as the other side got it, when its timer needs it
  bool answered = false;  // 200 sent, ACK awaited
  bool as_audio = false;  // T.38 was refused, and G.711 is offered in its place
  std::unique_ptr<sip::ReliableAnswer> ok{};
};

// An offer carried from one side to the other outside INVITE: by UPDATE, or in a PRACK.
struct Update {
  Side from;
  Owed asked;
  sip::TransactionId sent = 0;  // towards the other side
  std::optional<sdp::Session> offer{};
  bool as_invite = false;  // the other side does not allow UPDATE
  std::uint64_t fork = 0;  // far_key() of the early dialog that it runs in; 0: a confirmed one
};

// Another in-dialog request carried end to end.
struct Relay {
  Side from;
  Owed asked;
  sip::TransactionId sent = 0;
};

// Of a call that an earlier process made.
struct Revival {
  WallTime last_alive{};                       // of that process
  std::array<sip::TransactionId, 2> probes{};  // OPTIONS by side that were not answered yet
};

// An attended transfer under way: kept by the call whose transferor said REFER (transfer/attended.h).
struct Joining {
  enum class Step : std::uint8_t {
    First,    // the party of this call is asked
    Second,   // the party of the other call is
    Restore,  // that refused: this one gets back what it had
  };
  Step step = Step::First;
  sip::TransactionId sent = 0;
  std::string offer = {};   // of the re-INVITE that runs
  std::string answer = {};  // of this call's party, as it came
};

// Ties the call whose party was referred elsewhere to the call that was made for it, or that Replaces named,
// and back.
struct Transfer {
  std::uint64_t other = 0;       // serial; 0: it is gone
  Side from;                     // where the transferor is, or was
  bool made = false;             // this is the second call
  std::string description = {};  // for the party that stays, until it has answered
  bool attended = false;         // the second call was there before the REFER
  bool joined = false;           // attended, and done
  std::unique_ptr<Joining> joining = {};
};

// An INVITE with Replaces, until its ACK has come (transfer/replacing.h).
struct Replacing {
  Side side;  // that is replaced
  Owed asked;
  Party party;
  sip::TransactionId sent = 0;  // towards the side that stays
  std::optional<sdp::Session> offer{};
  std::string carried{};  // as that side got it
  bool answered = false;
  std::unique_ptr<sip::ReliableAnswer> ok{};
};

// A fax was heard, and its sides are brought to T.38 or G.711 by offers of our own (fax/switching.h).
struct FaxSwitch {
  sip::TransactionId sent = 0;  // the offer that runs; 0: it waits for `again`
  Side side = Side::Callee;     // who is asked
  bool image = false;           // T.38, else G.711
  std::array<bool, 2> asked_image{}, asked_audio{};
  unsigned waits = 0;
  net::TimerWheel::Handle again{};
};

// Of a call that other shards had before this one (transfer/handover.h).
struct Moved {
  std::vector<unsigned> shards;  // that pass on what comes for it
  std::vector<Tag> tags;
};

struct Call {
  std::uint64_t serial = 0;
  State state = State::Trying;
  bool delayed_offer = false;
  bool emergency = false;  // no limit, price or rule stops it
  bool counted_active = false;
  std::uint32_t open_rseq = 0;  // of a reliable provisional that the 2xx overtook: its PRACK may still come
  std::uint8_t streams = 0;     // of `media`; m-line i is stream i
  // What `media` was opened with, by Side.
  std::array<bool, 2> media_v6{}, media_symmetric{};
  std::array<std::uint8_t, 2> media_networks{};
  std::chrono::seconds ring_timeout{60}, max_duration{0}, media_timeout{0};
  std::array<bool, 2> symmetric_rtp{};         // by Side
  std::array<sdp::Direction, 2> directions{};  // of the first stream, as each side said it
  Monotonic setup_at{}, answered_at{};
  std::array<Leg, 2> legs;  // by Side
  domain::CallRecord record;
  std::unique_ptr<Setup> setup;
  std::unique_ptr<Reinvite> reinvite;
  std::unique_ptr<Revival> revival;
  std::unique_ptr<Transfer> transfer;
  std::unique_ptr<Replacing> replacing;
  std::unique_ptr<Moved> moved;
  std::unique_ptr<Update> update;
  std::unique_ptr<FaxSwitch> fax;
  std::unique_ptr<Announcing, AnnouncingDeleter> announcing;  // null: it plays nothing of ours
  std::unique_ptr<Recorded, RecordedDeleter> recorded;        // null: it is not recorded
  std::vector<Relay> relays;
  std::unique_ptr<domain::MediaSession> media;
  std::unique_ptr<sip::ReliableAnswer> ok;  // the 200 to the caller, until its ACK
  net::TimerWheel::Handle max_duration_timer;
  net::TimerWheel::Handle charge_timer;  // ahead of the end of what `hold` covers
  net::TimerWheel::Handle settle_timer;  // looks once where symmetric media turned out to come from
  ChannelToken source_channel, target_channel, provider_channel;
  domain::Hold hold;
  CredentialCalls::Token credential_call;  // made with a credential
  ChannelToken source_account, target_account, endpoint_channel;

  Leg& leg(Side side) { return legs[static_cast<std::size_t>(side)]; }
  const Leg& leg(Side side) const { return legs[static_cast<std::size_t>(side)]; }
};

}  // namespace warp::calls
