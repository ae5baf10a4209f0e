// Connector: a name to a link that only lacks its TLS handshake. One attempt; the resolver is Asio's, which
// blocks on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "warp/smpp/session/client.h"

#include "link.h"

namespace warp::smpp {

// shared_ptr: its handlers outlive cancel().
class Connector : public std::enable_shared_from_this<Connector> {
 public:
  struct Failure {
    CloseReason reason;
    std::string detail;
  };
  using Done = std::function<void(Result<std::shared_ptr<Link>, Failure> outcome)>;

  // `attempt`: counts; which host, and which of its addresses comes first, depends on it.
  Connector(net::Loop& loop, const ClientSettings& settings, unsigned attempt, Metrics& metrics, Done done);

  void start();
  void cancel();  // `done` is not called any more

 private:
  void connect(const Tcp::resolver::results_type& endpoints);
  void try_next();
  void connected();
  void fail(CloseReason reason, std::string detail);
  void finish(Result<std::shared_ptr<Link>, Failure> outcome);
  Result<std::shared_ptr<Link>, Failure> tls_link(const ClientTls& tls);

  net::Loop& loop_;
  const ClientSettings& settings_;  // alive until `done` or cancel()
  Metrics& metrics_;                // the same
  const std::string host_;
  const unsigned turn_;  // how often this host had its turn
  std::vector<Tcp::endpoint> endpoints_;
  std::size_t next_ = 0;
  Done done_;
  Tcp::resolver resolver_;
  Tcp::socket socket_;
  net::TimerWheel::Handle deadline_, share_;
};

}  // namespace warp::smpp
