// Acceptor: one listening socket.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "warp/base/result.h"
#include "warp/domain/address.h"
#include "warp/net/loop.h"
#include "warp/smpp/session/server.h"

namespace warp::smpp {

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
  using Tls = std::optional<boost::asio::ssl::context>;
  // From the files as they are now; none for a plain listener. A context that is replaced lives on in its
  // connections: OpenSSL counts its users.
  Result<Tls, std::string> read_tls() const;
  void use_tls(Tls tls) { tls_ = std::move(tls); }
  boost::asio::ssl::context* tls() { return tls_ ? &*tls_ : nullptr; }

 private:
  void accept();
  void accepted(boost::system::error_code error, Socket socket);

  net::Loop& loop_;
  const ServerSettings::Listener settings_;
  boost::asio::ip::tcp::acceptor acceptor_;
  Tls tls_;
  Handler handler_;  // empty: closed
  net::TimerWheel::Handle pause_;
};

}  // namespace warp::smpp
