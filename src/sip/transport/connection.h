// Connection: one stream (TCP, TLS, WebSocket) of a shard, from connect or accept to its end: handshakes,
// messages in, a bounded queue out, keep-alives and every deadline.
//
// Lives on its loop's thread. shared_ptr: handlers under way outlive its place in the transport. Its owner
// hears on_closed() exactly once, unless it abandoned the connection before.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <openssl/x509.h>

#include "warp/net/loop.h"
#include "warp/sip/transport/framer.h"
#include "warp/sip/transport/stream_commons.h"

#include "tls_set.h"

namespace warp::sip {

using Tcp = boost::asio::ip::tcp;

enum class CloseReason : std::uint8_t {
  PeerClosed,
  NetworkError,
  ConnectFailed,
  TlsFailed,
  UpgradeFailed,  // of a WebSocket
  HandshakeTimeout,
  NoMessage,   // none in time
  SlowSender,  // a message that does not end
  SlowReader,
  Malformed,
  Idle,
  NoPong,
  Banned,
  Stopped,
};
inline constexpr std::size_t kCloseReasons = static_cast<std::size_t>(CloseReason::Stopped) + 1;
std::string_view to_string(CloseReason reason);

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  class Owner {
   public:
    virtual void on_open(Connection& connection) = 0;
    // From within a read; `message` is valid during the call.
    virtual void on_message(Connection& connection, std::string_view message) = 0;
    virtual void on_keep_alive() = 0;
    virtual void on_unframed(Connection& connection, FrameFault fault, std::string_view head) = 0;
    virtual void on_octets(std::size_t in, std::size_t out) = 0;
    virtual void on_batch_end() = 0;  // what one read brought was given
    // `within_send`: the owner's send() is under way.
    virtual void on_closed(Connection& connection, CloseReason reason, std::string_view detail,
                           bool within_send) = 0;

   protected:
    ~Owner() = default;
  };

  enum class Side : std::uint8_t { Accepted, Opened };
  Connection(net::Loop& loop, Owner& owner, const StreamLimits& limits, const Flow& flow, Side side);
  virtual ~Connection();

  void start();
  // False when it is closing, or too much waits (then it closes).
  bool send(std::string_view message);
  void finish(CloseReason reason);  // what is queued still leaves
  void close(CloseReason reason, std::string_view detail = {});
  void abandon();  // closes, and tells nobody

  const Flow& flow() const { return flow_; }
  Side side() const { return side_; }
  bool usable() const { return state_ == State::Opening || state_ == State::Open; }
  bool was_open() const { return was_open_; }
  // Accepted, with a certificate that was verified by the rules of `profile` and is of `peer`.
  bool proves_to_be(const Peer& peer) const;
  bool has_certificate() const { return certificate_ != nullptr; }

  // For the owner: which shards used it (one bit each), and for what flows besides its own.
  std::uint64_t users = 0;
  std::vector<Flow> aliases;

 protected:
  virtual void do_open() = 0;                         // then opened(), or open_failed()
  virtual void do_read() = 0;                         // then received() or failed()
  virtual void do_write(std::string_view bytes) = 0;  // then wrote() or failed()
  virtual void do_shutdown() = 0;                     // the sending side
  virtual void do_close() = 0;
  virtual bool keeps_boundaries() const { return false; }  // one message a write

  void connected();  // the deadline of the handshake begins
  void opened();
  void failed(CloseReason reason, const boost::system::error_code& error);
  void received(std::string_view octets);         // of a stream
  void received_whole(std::string_view message);  // of a WebSocket
  void heard();
  void wrote(std::size_t octets);
  void take_certificate(SSL& ssl, const TlsContext* by);
  bool closed() const { return state_ == State::Closed; }
  const StreamLimits& limits() const { return limits_; }
  net::Loop& loop() { return loop_; }

 private:
  enum class State : std::uint8_t { Opening, Open, Finishing, Closed };
  void handle_events();
  void handle(const StreamFramer::Event& event);
  void flush();
  void check();
  void arm();
  Monotonic earliest() const;
  Monotonic ping_at() const;

  net::Loop& loop_;
  Owner* owner_;  // null: abandoned
  const StreamLimits& limits_;
  const Flow flow_;
  const Side side_;
  State state_ = State::Opening;
  CloseReason reason_ = CloseReason::PeerClosed;  // of Finishing
  bool was_open_ = false, connected_ = false, sending_now_ = false;
  bool message_seen_ = false, ponged_ = false, ping_out_ = false, writing_ = false, shut_ = false;
  StreamFramer framer_;
  std::vector<std::string> queue_;  // to be written; of them `sending_` was taken
  std::string sending_;
  std::size_t queued_octets_ = 0, sent_ = 0, next_ = 0;
  Monotonic since_{}, message_since_{}, heard_at_{}, said_at_{}, moved_at_{}, ping_sent_{}, due_{};
  net::TimerWheel::Handle timer_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_{nullptr, X509_free};
  std::string proven_by_;  // profile
  bool wildcards_ = false;
};

// What a stream needs to be made of.
struct StreamParts {
  net::Loop& loop;
  Connection::Owner& owner;
  const StreamLimits& limits;
  const std::vector<std::string>& origins;
  Flow flow;
  Connection::Side side;
  std::shared_ptr<const TlsSet> tls;
  std::vector<TlsContext*> contexts;  // of a secure one; Opened: the one to use
  std::string name;                   // Opened and secure: that the certificate must carry
  std::string host;                   // Opened, WebSocket: for the Host header
};
std::shared_ptr<Connection> make_connection(StreamParts parts, Tcp::socket socket);
std::shared_ptr<Connection> make_websocket(StreamParts parts, Tcp::socket socket);

Tcp::endpoint to_endpoint(const domain::SocketAddress& address);

}  // namespace warp::sip
