// SmppGateway: messaging's ports over SMPP sessions. One Client a bind of every enabled connector; one Server
// for the customers' ESMEs, which are authenticated here: system_id, password hash, addresses, number of
// binds.
//
// One thread, the loop's, which is messaging's. The gateway is made before the service and outlives it:
//   SmppGateway gateway(…);  MessagingService service({… gateway, gateway …});
//   gateway.attach(service);  gateway.listen();  gateway.start(directory);
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/random.h"
#include "warp/base/result.h"
#include "warp/messaging/directory.h"
#include "warp/messaging/ports.h"
#include "warp/net/loop.h"
#include "warp/smpp/session/server.h"

namespace warp::messaging {

class MessagingService;

class SmppGateway final : public Upstream, public Downstream {
 public:
  SmppGateway(net::Loop& loop, IdSource& ids, smpp::ServerSettings server, log::Logger& log,
              metrics::Registry& metrics);
  ~SmppGateway() override;
  SmppGateway(const SmppGateway&) = delete;
  SmppGateway& operator=(const SmppGateway&) = delete;

  void attach(MessagingService& service);
  // Opens the listeners, once; also while nobody runs the loop. Binds get ESME_RSYSERR until start(). The
  // error is a sentence for people.
  Result<void, std::string> listen();
  // Connects to the upstreams and lets ESMEs bind; opens the listeners unless listen() has.
  Result<void, std::string> start(std::shared_ptr<const Directory> directory);
  // New, changed and removed connectors; ESMEs that may be bound no more are unbound.
  void update(std::shared_ptr<const Directory> directory);
  // Certificates of the listeners, read anew; binds that are up stay up. Those towards upstreams are read at
  // every connection.
  Result<void, std::string> reload_tls();
  std::vector<domain::SocketAddress> addresses() const;
  // Unbinds everybody once what is open was answered, at the latest after `limit`.
  void drain(std::chrono::milliseconds limit, std::function<void()> done);

  std::size_t binds(ConnectorId connector) const override;
  std::size_t room(ConnectorId connector) const override;
  void wake(ConnectorId connector) override;
  bool submit(ConnectorId connector, const WirePart& part, WireDone done) override;
  std::size_t room(EsmeId esme) const override;
  bool deliver(EsmeId esme, const WirePart& part, WireDone done) override;
  std::size_t sessions(EsmeId esme) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Does `password` match? `hash`: SHA-256, 32 octets or 64 hexadecimal digits. In constant time.
bool password_matches(std::string_view password, std::string_view hash);

}  // namespace warp::messaging
