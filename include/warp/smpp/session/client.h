// Client: one bind to an upstream SMSC, kept up. Resolves (asynchronously: Asio's resolver thread), connects
// to one address after the other, each attempt beginning with the next,
// binds, and after any end connects again with exponential backoff and jitter, until stop().
//
//   Client client(loop, ids, settings, listener, metrics);
//   client.start();
//   … on_bound() … client.submit(std::move(pdu), [this](const Reply& reply) { … });
//
// All calls on the loop's thread. Every bind has a session id of its own. Not to be destroyed from inside its
// own callbacks.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/metrics.h"
#include "warp/base/random.h"
#include "warp/base/result.h"
#include "warp/net/loop.h"
#include "warp/smpp/session/types.h"

namespace warp::smpp {

struct ClientTls {
  std::string ca_file;      // PEM; empty: the system's
  std::string verify_name;  // empty: the host
  bool verify = true;
  std::string certificate_chain, private_key;  // of the client; empty: none
};

struct Backoff {
  std::chrono::milliseconds first{1'000}, longest{60'000};  // doubled each time; half of it is random
  std::chrono::milliseconds settled{10'000};                // bound for so long: starts again from `first`
};

struct ClientSettings {
  std::string host;
  std::vector<std::string> fallback_hosts =
      {};  // after `host`, one an attempt; a bind that lasted: `host` anew
  std::uint16_t port = 2775;
  std::optional<ClientTls> tls;
  BindType type = BindType::Transceiver;
  std::string system_id, password, system_type;  // password: at most 64 octets
  std::uint8_t version = 0x34;
  std::uint8_t ton = 0, npi = 0;
  std::string address_range;
  std::chrono::milliseconds connect_timeout{10'000};  // resolve, connect and TLS handshake
  std::chrono::milliseconds bind_timeout{10'000};
  Backoff backoff = {};
  SessionLimits limits = {};
  LinkLimits link = {};
};

// Why there is no bind (any more), for people and for health.
struct Unbinding {
  CloseReason reason = CloseReason::PeerClosed;
  Status status = Status::Ok;           // of a refused bind
  std::string_view detail;              // of the network or TLS; valid during the call
  std::chrono::milliseconds retry{-1};  // until the next attempt; negative: none
};

// Called from the loop, never inside a call of Client.
class ClientListener {
 public:
  virtual ~ClientListener() = default;
  virtual void on_bound(SessionId session, const Pdu& response) = 0;
  // Also after each attempt that failed, then with session 0. Completions of its requests have run.
  virtual void on_unbound(SessionId session, const Unbinding& why) = 0;
  // deliver_sm or data_sm: Client::answer() is due, by pdu.header.sequence.
  virtual void on_deliver(SessionId session, const Pdu& pdu) = 0;
  virtual void on_alert(SessionId, const Pdu&) {}
  virtual void on_room(SessionId) {}
  // A response that no request waits for any more: its sequence is the one that submit() returned.
  virtual void on_unmatched(SessionId, const Pdu&) {}
};

class Client {
 public:
  Client(net::Loop& loop, IdSource& ids, ClientSettings settings, ClientListener& listener,
         metrics::Registry& metrics);
  ~Client();  // closes and calls nobody
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void start();
  // Unbinds as soon as open requests are answered, at the latest after `limit`; no reconnect. `done` runs
  // when the connection is gone.
  void stop(std::chrono::milliseconds limit, std::function<void()> done);
  // Cuts the connection now and connects again, as after any other end.
  void restart();

  // submit_sm, submit_multi, data_sm, query_sm, cancel_sm, replace_sm. The sequence is filled in and
  // returned.
  Result<std::uint32_t, SendError> submit(Pdu pdu, Completion done);
  std::size_t room() const;   // how many submit() would take now
  SessionId session() const;  // 0 when not bound
  SessionState state() const;

  // False: no such session or no such request open (counted).
  bool answer(SessionId session, std::uint32_t sequence, Status status, TlvList tlvs = {});

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with the connector's handlers
};

}  // namespace warp::smpp
