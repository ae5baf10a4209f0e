// Server: the receiving side of SMTP (RFC 5321). Listeners with STARTTLS where they have a certificate, or
// TLS from the first octet; every connection is one session.
//
//   Server server(loop, settings, receiver, metrics);
//   if (auto started = server.start(); !started) … started.error() …
//
// A mail gets its 250 when the receiver says so, which it does when the mail is durable, and not before:
// while it decides, nothing more is read. Lines end by CR LF only; a bare CR or LF ends the session.
//
// Owner: whoever runs `loop`; all calls on its thread. start() and the destructor also while nobody runs it;
// the destructor never from inside a callback.
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
#include "warp/smtp/protocol.h"

namespace warp::smtp {

struct TlsFiles {
  std::string certificate_chain, private_key;  // PEM
};

struct ServerSettings {
  struct Listener {
    domain::SocketAddress bind;  // port 0: any free one
    std::optional<TlsFiles> tls;
    bool implicit = false;     // TLS from the first octet
    bool require_tls = false;  // no mail before STARTTLS
  };
  std::vector<Listener> listeners;
  std::string hostname = "localhost";  // in the greeting
  // With a login AUTH is offered, over TLS only, and no mail is taken without it.
  std::string login, password;
  std::size_t max_octets = 10 << 20;  // of a mail; a connection holds no more
  std::size_t max_recipients = 100;   // of a mail
  std::size_t max_connections = 256, max_connections_per_source = 32;
  std::size_t max_line = 2048;        // of a command, with CR LF
  std::size_t max_data_line = 16384;  // of a mail, with CR LF
  unsigned max_errors = 10;           // answers of 5xx; then the session ends
  unsigned max_mails = 1000;          // of a session
  std::chrono::milliseconds handshake_timeout{15'000};
  std::chrono::milliseconds command_timeout{120'000};  // until a whole command is there
  std::chrono::milliseconds data_timeout{300'000};     // until a whole mail is there
  std::chrono::milliseconds judge_timeout{300'000};    // until the receiver has decided
};

struct Peer {
  domain::SocketAddress address;
  bool tls = false;
  std::string hello, login;
};

struct Mail {
  Peer peer;
  std::string from;             // empty: <>
  std::vector<std::string> to;  // those that recipient() took
  std::string octets;           // lines end by CR LF
};

// Called from the loop, never inside a call of Server.
class Receiver {
 public:
  virtual ~Receiver() = default;
  // The reply that refuses a connection from there; nullopt: it is welcome.
  virtual std::optional<Reply> refuses(const domain::IpAddress& ip) = 0;
  virtual Reply sender(const Peer& peer, std::string_view from) = 0;
  virtual Reply recipient(const Peer& peer, std::string_view from, std::string_view to) = 0;
  // `done` once, now or later: 250 only when the mail is durable.
  virtual void receive(Mail mail, std::function<void(Reply reply)> done) = 0;
};

class Server {
 public:
  Server(net::Loop& loop, ServerSettings settings, Receiver& receiver, metrics::Registry& metrics);
  ~Server();  // closes everything and calls nobody
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The error is a sentence for people.
  Result<void, std::string> start();
  std::vector<domain::SocketAddress> addresses() const;  // as bound, in the order of the settings
  std::size_t sessions() const;
  // No more connections; sessions get 421 when they are between two mails. What is left after `limit` is
  // closed. `done` runs when the last one is gone.
  void drain(std::chrono::milliseconds limit, std::function<void()> done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with the acceptors' handlers
};

}  // namespace warp::smtp
