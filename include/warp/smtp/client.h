// Client: hands mails to one SMTP server (RFC 5321). Connections are made when there is work, kept for the
// next mail and closed when idle; one mail is one transaction with one recipient.
//
//   client.send({from, to, octets}, [](const Outcome& outcome) { … });
//
// Nothing is sent twice by the client: a connection that was kept and turns out to be gone before a
// transaction has begun is the one case in which a mail moves to another. All calls on the loop's thread. Not
// to be destroyed from inside its own callbacks.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "warp/base/metrics.h"
#include "warp/net/loop.h"
#include "warp/smtp/protocol.h"

namespace warp::smtp {

enum class TlsMode : std::uint8_t {
  None,
  Opportunistic,  // STARTTLS when it is offered, whoever the certificate is for; no login then
  Required,       // STARTTLS, and the certificate must be good
  Implicit        // from the first octet, and the certificate must be good
};

struct ClientTls {
  TlsMode mode = TlsMode::Opportunistic;
  std::string ca_file;      // PEM; empty: the system's
  std::string verify_name;  // empty: the host
  bool verify = true;       // false: for tests
};

struct ClientSettings {
  std::string host;
  std::uint16_t port = 25;
  std::string hello = "localhost";  // our name
  ClientTls tls = {};
  std::string login, password;  // AUTH PLAIN or LOGIN, over verified TLS only; empty: none
  std::size_t connections = 1;
  std::size_t max_queued = 10'000;
  unsigned mails_a_connection = 100;
  std::chrono::milliseconds connect_timeout{15'000};  // resolve, connect, TLS and greeting
  std::chrono::milliseconds command_timeout{60'000};
  std::chrono::milliseconds data_timeout{300'000};  // the mail and the answer to its end
  std::chrono::milliseconds idle_timeout{30'000};
};

// How far it got.
enum class Step : std::uint8_t { Connect, Login, Sender, Recipient, Data };
std::string_view to_string(Step step);

struct Outcome {
  enum class Result : std::uint8_t {
    Accepted,   // 250 after the final dot
    Temporary,  // surely not accepted; may be tried again: 4xx, no connection, lost before the final dot
    Permanent,  // 5xx, or the mail is larger than the server takes
    Ambiguous   // lost, or silent, after the final dot
  };
  Result result = Result::Accepted;
  Step step = Step::Data;
  std::uint16_t code = 0;  // 0: no answer
  std::string text;        // what was answered, or what went wrong
};
std::string_view to_string(Outcome::Result result);

struct Letter {
  std::string from, to;  // without brackets; `from` may be empty
  std::string octets;    // CR LF; dots are stuffed by the client
};

// The families of metrics that clients have, before there is one.
void register_client_metrics(metrics::Registry& registry);

class Client {
 public:
  using Done = std::function<void(const Outcome& outcome)>;

  Client(net::Loop& loop, ClientSettings settings, metrics::Registry& metrics);
  ~Client();  // closes and calls nobody
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // `done` once, from the loop, never inside the call.
  void send(Letter letter, Done done);
  // Connects, greets, secures, logs in, and says how that went; Accepted when there is such a connection.
  void probe(Done done);
  std::size_t pending() const;  // mails that wait or are under way
  // No new mails are begun, those that wait are answered Temporary; `done` when the others have ended, or
  // after `limit`, which cuts them off.
  void stop(std::chrono::milliseconds limit, std::function<void()> done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with handlers of the loop
};

}  // namespace warp::smtp
