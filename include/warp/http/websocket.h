// WebSocket (RFC 6455), the server's side of one: taken over from a connection whose route has a
// SocketHandler.
//
// Used on the server's thread. One read() and one send() may wait at a time, beside each other. Pings are
// sent and answered by itself; a peer that answers none within the time limit is gone. When the server stops,
// read() ends and the handler has to return.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace warp::http {

constexpr std::uint16_t kCloseNormal = 1000, kCloseGoingAway = 1001, kClosePolicy = 1008, kCloseFailed = 1011,
                        kCloseTryAgain = 1013;

class WebSocket {
 public:
  struct Message {
    bool open = false;  // false: closed or broken, and there will be no more
    bool text = true;
    std::string data;
  };

  virtual ~WebSocket() = default;
  virtual boost::asio::any_io_executor executor() = 0;
  // A message longer than the route's body limit ends the connection with 1009.
  virtual boost::asio::awaitable<Message> read() = 0;
  // One text message; false: closed or broken, or not taken within the server's write_timeout.
  virtual boost::asio::awaitable<bool> send(std::string text) = 0;
  // Says goodbye; afterwards nothing may be sent.
  virtual boost::asio::awaitable<void> close(std::uint16_t code, std::string reason) = 0;
  // Ends read() and send() at once, any way they are.
  virtual void abort() = 0;
};

}  // namespace warp::http
