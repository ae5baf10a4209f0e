// Acceptor: one listening socket for SMTP, and its certificate.
#pragma once

#include <string>

#include "warp/net/tcp_acceptor.h"
#include "warp/smtp/server.h"

#include "tls.h"

namespace warp::smtp {

class Acceptor final : public net::TcpAcceptor {
 public:
  Acceptor(net::Loop& loop, ServerSettings::Listener settings)
      : net::TcpAcceptor(loop, settings.bind), settings_(std::move(settings)) {}

  Result<void, std::string> listen();
  const Context& tls() const { return tls_; }  // null: none
  const ServerSettings::Listener& settings() const { return settings_; }

 private:
  const ServerSettings::Listener settings_;
  Context tls_;
};

}  // namespace warp::smtp
