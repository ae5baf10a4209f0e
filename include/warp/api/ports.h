// Ports: what the API asks of the rest of the daemon, implemented in `app` and `integrations`. Null: not to
// be had on this node; what needs it answers GATEWAY_UNAVAILABLE and the rest works.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/api/errors.h"
#include "warp/api/json.h"
#include "warp/api/principal.h"
#include "warp/base/clock.h"
#include "warp/domain/recording_port.h"
#include "warp/http/message.h"

namespace warp::domain {
class ClipLibrary;
class EntityChecks;
class NumberStock;
class PortingPort;
}  // namespace warp::domain
namespace warp::live {
class Hub;
}
namespace warp::redis {
class Client;
}

namespace warp::api {

// Bearer tokens that are no API keys: of sessions, and of identity providers.
class TokenVerifier {
 public:
  virtual ~TokenVerifier() = default;
  // On the API's loop. UNAUTHORIZED, NO_ACTIVE_CUSTOMER or SERVICE_UNAVAILABLE; never says which part was
  // wrong.
  virtual boost::asio::awaitable<Outcome<Principal>> verify(std::string token, std::string address) = 0;
  // Single-use tickets for clients that can send no header: ?ticket= of endpoints with `takes_ticket`.
  virtual boost::asio::awaitable<Outcome<Principal>> redeem(std::string ticket) = 0;
  // What is remembered of tokens is asked anew.
  virtual void forget() {}
};

// A call in progress, on any node that can be asked.
struct ActiveCall {
  std::string id, node;
  CustomerId customer;
  TrunkId trunk;
  std::optional<ProviderId> provider;
  std::string direction, state, ani, dni;  // state: trying, ringing, answering, up
  WallTime setup_at{};
  std::optional<WallTime> answered_at;
  bool recording = false, tracing = false;
  Json caller_media = {}, callee_media = {};  // to_json(domain::LegMedia), as they stand
};
struct CallFilter {
  std::optional<CustomerId> customer = {};
  std::optional<TrunkId> trunk = {};
  std::string id = {};
  std::size_t limit = 100;
};
struct ActiveCalls {
  std::vector<ActiveCall> calls;     // oldest first
  std::vector<std::string> missing;  // nodes that did not answer in time
};
// A SIP message of a call that is traced, as it was on the wire; what authenticates is masked.
struct TracedMessage {
  WallTime at{};
  bool sent = false;  // by us
  std::string transport, local, remote;
  std::string text;
};
struct CallTrace {
  bool running = false;  // the call is up and still watched
  bool cut = false;      // there was more than is kept
  std::vector<TracedMessage> messages;
};
enum class CallRecording : std::uint8_t {
  Done,
  NoSuchCall,   // of this customer
  NotUp,        // it is not answered yet
  NoMedia,      // its media go around the platform
  Already,      // it is being recorded
  NotRecorded,  // it is not
  Refused,      // no recordings on its node, or no room for one
};
struct BegunRecording {
  CallRecording outcome = CallRecording::NoSuchCall;
  std::string id;  // when Done
};
class CallControl {
 public:
  virtual ~CallControl() = default;
  virtual boost::asio::awaitable<ActiveCalls> list(CallFilter filter) = 0;
  // False: no such call of this customer.
  virtual boost::asio::awaitable<bool> end(std::string id, std::optional<CustomerId> customer) = 0;
  // Signalling of one call, from now on, as it passes; false: no such call. Ends with the call.
  virtual boost::asio::awaitable<bool> trace(std::string id, std::optional<CustomerId> customer, bool on) = 0;
  // What has passed since; also for a while after the call. nullopt: it was not traced.
  virtual boost::asio::awaitable<std::optional<CallTrace>> traced(std::string id,
                                                                  std::optional<CustomerId> customer) = 0;
  // What both sides say from now on, into a file or to a recorder; ends with the call.
  virtual boost::asio::awaitable<BegunRecording> start_recording(std::string id,
                                                                 std::optional<CustomerId> customer,
                                                                 domain::RecordingWish wish) = 0;
  virtual boost::asio::awaitable<CallRecording> stop_recording(std::string id,
                                                               std::optional<CustomerId> customer) = 0;
};

// The files of recordings that lie on this node.
class RecordingFiles {
 public:
  virtual ~RecordingFiles() = default;
  // Its content, decrypted, piece by piece; null: it is not here, or cannot be read. `file` is as stored.
  virtual std::unique_ptr<http::BodySource> open(const std::string& file) = 0;
  // Rows were deleted: their files go soon. Any thread.
  virtual void clear() = 0;
};

struct NodeState {
  std::string name, host, version;
  std::string phase;  // starting, ready, draining, gone
  std::size_t calls = 0;
  WallTime started_at{}, beat_at{};
  bool here = false;
};
class NodeControl {
 public:
  virtual ~NodeControl() = default;
  virtual boost::asio::awaitable<std::vector<NodeState>> nodes() = 0;
  // False: no such node. Draining: no new calls; undone by `on` = false.
  virtual boost::asio::awaitable<bool> drain(std::string actor, std::string name, bool on) = 0;
};

// Mail to people: invitations, forgotten passwords, security notices.
struct Mail {
  std::string to, subject, text;
};
class Mailer {
 public:
  virtual ~Mailer() = default;
  // On the API's loop. False: no server took it; the caller answers as if one had.
  virtual boost::asio::awaitable<bool> send(Mail mail) = 0;
};

struct Ports {
  redis::Client* redis = nullptr;
  TokenVerifier* tokens = nullptr;
  Mailer* mail = nullptr;
  live::Hub* hub = nullptr;
  CallControl* calls = nullptr;
  NodeControl* nodes = nullptr;
  domain::PortingPort* porting = nullptr;
  domain::EntityChecks* entities = nullptr;
  domain::NumberStock* stock = nullptr;
  RecordingFiles* recordings = nullptr;
  const domain::ClipLibrary* clips = nullptr;  // null: names of clips are taken as they are
};

}  // namespace warp::api
