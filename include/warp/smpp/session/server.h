// Server: the SMSC side. Listeners for plain and TLS connections; every connection is one session.
//
//   Server server(loop, settings, listener, metrics);
//   if (auto started = server.start(); !started) … started.error() …
//
// The owner implements ServerListener and answers by session id and sequence number, at once or later; what
// comes too late is counted and otherwise harmless. Owner: whoever runs `loop`; all calls on its thread.
// start() and the destructor also while nobody runs it; the destructor never from inside a callback. Caps
// before a bind are by source address (IPv6: /64).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/metrics.h"
#include "warp/base/result.h"
#include "warp/domain/address.h"
#include "warp/net/loop.h"
#include "warp/smpp/session/types.h"

namespace warp::smpp {

struct TlsFiles {
  std::string certificate_chain;  // PEM
  std::string private_key;        // PEM
  std::string client_ca = {};  // PEM: who binds must show a certificate of these authorities; empty: need not
};

struct ServerSettings {
  struct Listener {
    domain::SocketAddress bind;  // port 0: any free one
    std::optional<TlsFiles> tls;
  };
  std::vector<Listener> listeners;
  std::string system_id = "WARP";  // in bind responses
  std::size_t max_connections = 4096;
  std::size_t max_unbound_per_source = 16;
  std::chrono::milliseconds session_init{10'000};  // connection to bind, decided; TLS handshake included
  std::size_t pdus_before_bind = 16;
  // Failed binds a source: a bucket of `bind_failures` that regains one in `bind_failure_refill`. Empty: its
  // binds are refused with ESME_RBINDFAIL and nobody is asked. Binds of any kind have a wider bucket.
  std::size_t bind_failures = 10;
  std::chrono::milliseconds bind_failure_refill{6'000};
  std::size_t bind_attempts = 200;
  std::chrono::milliseconds bind_attempt_refill{50};
  std::size_t max_sources = 65536;  // remembered; beyond it strangers share one entry
  LinkLimits link = {};
};

// Views are valid during on_bind().
struct BindRequest {
  SessionId session;
  BindType type = BindType::Transceiver;
  std::string_view system_id, password, system_type;
  std::uint8_t version = 0;  // interface_version as claimed
  Address range;
  domain::SocketAddress peer;
  bool tls = false;
};

// Called from the loop, never inside a call of Server.
class ServerListener {
 public:
  virtual ~ServerListener() = default;
  // Decide by Server::accept() or refuse(), now or within session_init.
  virtual void on_bind(const BindRequest& request) = 0;
  // submit_sm, submit_multi, data_sm, query_sm, cancel_sm, replace_sm: Server::answer() is due, by
  // pdu.header.sequence. `pdu` and its views are valid during the call.
  virtual void on_submit(SessionId session, const Pdu& pdu) = 0;
  // Once for every session that on_bind() named. Completions of its requests have run.
  virtual void on_closed(SessionId session, CloseReason reason) = 0;
  // deliver() was refused as Backlogged and would not be now.
  virtual void on_room(SessionId) {}
  // A response that no request waits for any more: late, or never asked for.
  virtual void on_unmatched(SessionId, const Pdu&) {}
};

class Server {
 public:
  Server(net::Loop& loop, ServerSettings settings, ServerListener& listener, metrics::Registry& metrics);
  ~Server();  // closes everything and calls nobody
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The error is a sentence for people.
  Result<void, std::string> start();
  // Reads the files of the TLS listeners anew, for the connections to come; those that are stay as they are.
  // All or none: on an error the old ones stay in use.
  Result<void, std::string> reload_tls();
  std::vector<domain::SocketAddress> addresses() const;  // as bound, in the order of the settings

  // False: the session waits for no decision (any more).
  bool accept(SessionId session, const SessionLimits& limits = {});
  bool refuse(SessionId session, Status status);

  // False: no such session or no such request open (counted), or the writer refused the body, in which case
  // ESME_RSYSERR was sent. `message_id` goes where the command's response has one.
  bool answer(SessionId session, std::uint32_t sequence, Status status, std::string_view message_id = {},
              TlvList tlvs = {});
  // For query_sm and submit_multi.
  bool answer(SessionId session, std::uint32_t sequence, Status status, Body body, TlvList tlvs = {});

  // deliver_sm or data_sm; the header's sequence is filled in and returned.
  Result<std::uint32_t, SendError> deliver(SessionId session, Pdu pdu, Completion done);
  // alert_notification, which nobody answers.
  Result<void, SendError> alert(SessionId session, Pdu pdu);
  std::size_t room(SessionId session) const;  // how many deliver() would take now
  SessionState state(SessionId session) const;

  // Waits for open requests both ways (at most unbind_timeout), then unbinds and closes.
  void unbind(SessionId session);
  void close(SessionId session);

  // No more connections; all sessions are unbound as by unbind(), new requests get ESME_RTHROTTLED
  // meanwhile. What is left after `limit` is closed. `done` runs when the last one is gone.
  void drain(std::chrono::milliseconds limit, std::function<void()> done);
  std::size_t sessions() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with the acceptors' handlers
};

}  // namespace warp::smpp
