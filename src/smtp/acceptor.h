// Acceptor: one listening socket.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "warp/base/result.h"
#include "warp/domain/address.h"
#include "warp/net/loop.h"
#include "warp/smtp/server.h"

#include "tls.h"

namespace warp::smtp {

// shared_ptr: its handlers outlive close().
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  // `error`: nothing was accepted; it pauses and goes on by itself.
  using Handler = std::function<void(std::optional<Socket> socket, const domain::SocketAddress& peer)>;

  Acceptor(net::Loop& loop, ServerSettings::Listener settings)
      : loop_(loop), settings_(std::move(settings)), acceptor_(loop.context()) {}

  Result<void, std::string> listen();
  void start(Handler handler);
  void close();

  domain::SocketAddress address() const;
  const Context& tls() const { return tls_; }  // null: none
  const ServerSettings::Listener& settings() const { return settings_; }

 private:
  void accept();
  void accepted(boost::system::error_code error, Socket socket);

  net::Loop& loop_;
  const ServerSettings::Listener settings_;
  boost::asio::ip::tcp::acceptor acceptor_;
  Context tls_;
  Handler handler_;  // empty: closed
  net::TimerWheel::Handle pause_;
};

}  // namespace warp::smtp
