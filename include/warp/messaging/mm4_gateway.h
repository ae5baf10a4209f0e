// Mm4Gateway: messaging's port to upstreams that carry MMS by MM4 (3GPP TS 23.140 over SMTP).
//
// Out: a message becomes one MM4_forward.REQ, its media loaded from the store. The peer's SMTP server taking
// the mail means nothing: the answer is the MM4_forward.RES, a mail of its own, matched by its transaction.
// None within the connector's response_timeout is Ambiguous. The upstream id is our X-Mms-Message-ID, which
// delivery reports quote.
//
// In: mails come from addresses that a connector allows, to its local domain. A forward.REQ gets its 250 and
// its .RES when messaging says that it is durable; a transaction that comes again is answered as the first
// time and not told again. Delivery reports likewise.
//
// A connector is up when its SMTP server was reached and has taken the login; binds() are its connections
// then. room() is its window less the messages that wait for their answer.
//
// One thread, the loop's, which is messaging's. Made before the service and outlives it:
//   Mm4Gateway gateway(…);  …  gateway.attach(events);  gateway.listen();  gateway.start(directory);
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/random.h"
#include "warp/base/result.h"
#include "warp/domain/media_store.h"
#include "warp/messaging/directory.h"
#include "warp/messaging/ports.h"
#include "warp/net/loop.h"
#include "warp/smtp/server.h"

namespace warp::messaging {

struct Mm4Settings {
  smtp::ServerSettings server;
  // Transactions of peers whose repeats are answered from memory; messaging knows older ones by their id.
  std::size_t remembered = 100'000;
  // Answers and reports that wait for a peer that is away, and how often they are tried.
  std::size_t max_waiting = 10'000;
  unsigned tries = 10;
  std::chrono::milliseconds retry_first{2'000}, retry_longest{300'000};
  std::chrono::milliseconds probe_first{1'000}, probe_longest{60'000};
};

class Mm4Gateway final : public Upstream {
 public:
  // `media` is asked on the loop, and answers there.
  Mm4Gateway(net::Loop& loop, IdSource& ids, domain::MediaStore& media, Mm4Settings settings,
             log::Logger& log, metrics::Registry& metrics);
  ~Mm4Gateway() override;
  Mm4Gateway(const Mm4Gateway&) = delete;
  Mm4Gateway& operator=(const Mm4Gateway&) = delete;

  void attach(UpstreamEvents& events);
  // Opens the listeners, once; also while nobody runs the loop. Peers get 421 until start(). The error is a
  // sentence for people.
  Result<void, std::string> listen();
  Result<void, std::string> start(std::shared_ptr<const Directory> directory);
  // New, changed and removed connectors of protocol Mm4.
  void update(std::shared_ptr<const Directory> directory);
  std::vector<domain::SocketAddress> addresses() const;
  // Ends sessions and connections once what is under way has ended, at the latest after `limit`.
  void drain(std::chrono::milliseconds limit, std::function<void()> done);

  std::size_t binds(ConnectorId connector) const override;
  std::size_t room(ConnectorId connector) const override;
  bool submit(ConnectorId connector, const WirePart& part, WireDone done) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::messaging
