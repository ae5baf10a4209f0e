// Acceptor: one listening socket for SMPP, and the certificates of those who come to it.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "warp/net/tcp_acceptor.h"
#include "warp/smpp/session/server.h"

namespace warp::smpp {

class Acceptor final : public net::TcpAcceptor {
 public:
  Acceptor(net::Loop& loop, ServerSettings::Listener settings)
      : net::TcpAcceptor(loop, settings.bind), settings_(std::move(settings)) {}

  Result<void, std::string> listen();
  using Tls = std::optional<boost::asio::ssl::context>;
  // From the files as they are now; none for a plain listener. A context that is replaced lives on in its
  // connections: OpenSSL counts its users.
  Result<Tls, std::string> read_tls() const;
  void use_tls(Tls tls) { tls_ = std::move(tls); }
  boost::asio::ssl::context* tls() { return tls_ ? &*tls_ : nullptr; }

 private:
  const ServerSettings::Listener settings_;
  Tls tls_;
};

}  // namespace warp::smpp
