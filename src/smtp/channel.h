// Channel: one TCP stream, plain at first perhaps, then TLS.
//
// Events come from the loop, never inside a call; on_closed() is the last one, and does not come after
// close(). shared_ptr: handlers of reads and writes under way outlive their owner.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "warp/net/loop.h"

#include "tls.h"

namespace warp::smtp {

using Tcp = boost::asio::ip::tcp;

class ChannelListener {
 public:
  virtual ~ChannelListener() = default;
  virtual void on_secured() = 0;
  virtual void on_input(std::string_view octets) = 0;
  virtual void on_closed(std::string_view detail) = 0;
};

class Channel : public std::enable_shared_from_this<Channel> {
 public:
  using Side = boost::asio::ssl::stream_base::handshake_type;
  Channel(net::Loop& loop, Tcp::socket socket) : loop_(loop), socket_(std::move(socket)) {}

  void start(std::shared_ptr<ChannelListener> listener) { listener_ = std::move(listener); }
  void want();  // one more on_input()
  void write(std::string_view octets);
  // When what is queued has left. `verify_name`: whom the certificate must be good for; empty: nobody is
  // verified.
  void secure(Context context, Side side, const std::string& verify_name = {});
  bool secured() const { return secured_; }
  std::size_t unsent() const { return pending_.size() - begun_ + (sending_.size() - sent_); }
  // Every octet was given to the network: what is not, has surely not left.
  bool all_given() const { return begun_ == pending_.size(); }
  void finish();  // what is queued is sent, then it ends by on_closed()
  void close();

 private:
  using TlsStream = boost::asio::ssl::stream<Tcp::socket&>;
  void read_done(boost::system::error_code error, std::size_t octets);
  void flush();
  void write_done(boost::system::error_code error, std::size_t octets);
  void drained();
  void handshake();
  void shut();
  void ended(std::string_view detail);

  net::Loop& loop_;
  Tcp::socket socket_;
  Context context_;
  std::optional<TlsStream> tls_;
  std::shared_ptr<ChannelListener> listener_;  // until closed: keeps the session while its channel lives
  std::array<char, 16384> input_;
  std::string pending_, sending_;  // queued, from begun_ on; being written, from sent_ on
  std::size_t begun_ = 0, sent_ = 0;
  bool reading_ = false, writing_ = false, securing_ = false, secured_ = false, finishing_ = false,
       shut_ = false;
  Side side_ = Side::server;
  net::TimerWheel::Handle linger_;
};

}  // namespace warp::smtp
