// Link: one TCP or TLS stream cut into frames. One read may carry many PDUs; what is appended to out() during
// one turn of the loop leaves in one write.
//
// Listener events come from the loop, never inside a call of Link, but for those of the batch that is being
// delivered. on_link_closed() is the last one and always comes, unless abandon() was called.
// shared_ptr: handlers of reads and writes under way outlive the session.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "warp/net/loop.h"
#include "warp/smpp/session/types.h"

#include "metrics.h"

namespace warp::smpp {

using Tcp = boost::asio::ip::tcp;

class LinkListener {
 public:
  virtual ~LinkListener() = default;
  virtual void on_link_open() = 0;  // after the TLS handshake
  virtual void on_frame(std::string_view frame) = 0;
  virtual void on_bad_length(const Frame& frame) = 0;
  virtual void on_writable() = 0;  // no longer backlogged
  virtual void on_link_closed(CloseReason reason, std::string_view detail) = 0;
};

class Link : public std::enable_shared_from_this<Link> {
 public:
  // `metrics` outlives the listener's interest, that is until abandon() or on_link_closed().
  Link(net::Loop& loop, const LinkLimits& limits, Metrics& metrics);
  virtual ~Link() = default;

  void start(std::shared_ptr<LinkListener> listener);

  // Whole PDUs are appended here, then queued() is called. Over the cap the link closes as SlowReader.
  std::string& out() { return pending_; }
  void queued();
  bool backlogged() const { return unsent() >= limits_.write_octets / 2; }
  // Position in the stream of the next octet appended, and of the first one that no write was given: what
  // begins there or later has surely not left.
  std::uint64_t position() const { return handed_ + pending_.size(); }
  std::uint64_t handed() const { return handed_; }
  // Since when the write under way has not moved; max(): none is.
  Monotonic stalled_since() const { return writing_ ? moved_at_ : Monotonic::max(); }

  void pause() { paused_ = true; }
  void resume();
  bool paused() const { return paused_; }

  bool open() const { return state_ == State::Open; }
  void finish(CloseReason reason);  // what is queued is sent; no more frames; at most `linger`
  void close(CloseReason reason, std::string detail = {});
  void abandon();  // close, and no event

 protected:
  virtual void do_handshake() = 0;  // then handshake_done()
  virtual void do_read(char* into, std::size_t octets) = 0;
  virtual void do_write(const char* from, std::size_t octets) = 0;
  virtual void do_shutdown() = 0;  // sending side; may call close()
  virtual void do_close() = 0;

  void handshake_done(boost::system::error_code error);
  void read_done(boost::system::error_code error, std::size_t octets);
  void write_done(boost::system::error_code error, std::size_t octets);
  void ended() { close(reason_); }

 private:
  enum class State : std::uint8_t { Opening, Open, Finishing, Closed };
  std::size_t unsent() const { return pending_.size() + (sending_.size() - sent_); }
  void read();
  void make_room();
  void deliver();
  void flush();
  void write();
  void drained();
  void begin_shutdown();

  net::Loop& loop_;
  const LinkLimits limits_;
  Metrics& metrics_;
  std::shared_ptr<LinkListener> listener_;  // until closed: keeps the session while its link lives
  State state_ = State::Opening;
  CloseReason reason_ = CloseReason::PeerClosed;

  std::string buffer_;  // read: [begin_, end_) is not delivered yet
  std::size_t begin_ = 0, end_ = 0, wanted_ = 0;
  bool reading_ = false, paused_ = false, delivering_ = false, resuming_ = false;

  std::string pending_, sending_;  // queued; being written, up to sent_ already
  std::size_t sent_ = 0;
  std::uint64_t handed_ = 0;
  Monotonic moved_at_{};
  bool writing_ = false, flushing_ = false, was_backlogged_ = false, shut_ = false;
  net::TimerWheel::Handle linger_;
};

std::shared_ptr<Link> make_link(net::Loop& loop, const LinkLimits& limits, Metrics& metrics,
                                Tcp::socket socket);
using TlsStream = boost::asio::ssl::stream<Tcp::socket>;
std::shared_ptr<Link> make_link(net::Loop& loop, const LinkLimits& limits, Metrics& metrics, TlsStream stream,
                                boost::asio::ssl::stream_base::handshake_type side);

}  // namespace warp::smpp
