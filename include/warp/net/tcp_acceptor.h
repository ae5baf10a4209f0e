// TcpAcceptor: one listening TCP socket on a Loop. Out of descriptors it pauses and goes on by itself.
//
// One thread, the loop's. Made by make_shared: its handlers outlive close().
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "warp/base/result.h"
#include "warp/domain/address.h"
#include "warp/net/loop.h"

namespace warp::net {

class TcpAcceptor : public std::enable_shared_from_this<TcpAcceptor> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  // Without a socket: nothing was accepted, and it pauses.
  using Handler = std::function<void(std::optional<Socket> socket, const domain::SocketAddress& peer)>;

  // `shared`: several loops listen on one address, each with an acceptor of its own (SO_REUSEPORT).
  TcpAcceptor(Loop& loop, const domain::SocketAddress& bind, bool shared = false)
      : loop_(loop), bind_(bind), shared_(shared), acceptor_(loop.context()) {}

  // The error is a sentence for people without the protocol's name.
  Result<void, std::string> open();
  void start(Handler handler);
  void close();
  domain::SocketAddress address() const;

 private:
  void accept();
  void accepted(boost::system::error_code error, Socket socket);

  Loop& loop_;
  const domain::SocketAddress bind_;
  const bool shared_;
  boost::asio::ip::tcp::acceptor acceptor_;
  Handler handler_;  // empty: closed
  TimerWheel::Handle pause_;
};

}  // namespace warp::net
