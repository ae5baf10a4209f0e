#include "link.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>

namespace warp::smpp {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kFirstBuffer = 4096;
constexpr std::size_t kLargestIdleQueue = 256 * 1024;  // a larger one is given back when it is empty

}  // namespace

Link::Link(net::Loop& loop, const LinkLimits& limits, Metrics& metrics)
    : loop_(loop), limits_(limits), metrics_(metrics) {}

void Link::start(std::shared_ptr<LinkListener> listener) {
  listener_ = std::move(listener);
  do_handshake();
}

void Link::handshake_done(error_code error) {
  if (state_ != State::Opening) return;
  if (error) return close(CloseReason::TlsFailed, error.message());
  state_ = State::Open;
  buffer_.resize(kFirstBuffer);
  const auto keep = listener_;
  keep->on_link_open();
  flush();
  read();
}

void Link::read() {
  if (reading_ || state_ == State::Closed || state_ == State::Opening) return;
  if (state_ == State::Finishing) {
    begin_ = end_ = 0;  // read to its end, and not looked at
  } else if (paused_ || backlogged()) {
    return;
  }
  make_room();
  reading_ = true;
  do_read(buffer_.data() + end_, buffer_.size() - end_);
}

void Link::make_room() {
  const auto have = end_ - begin_;
  if (have == 0) {
    begin_ = end_ = 0;
  } else if (begin_ > 0 &&
             (buffer_.size() - end_ < buffer_.size() / 2 || begin_ + wanted_ > buffer_.size())) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, have);
    begin_ = 0;
    end_ = have;
  }
  const auto needed = begin_ + std::max(have + 1, wanted_);
  if (buffer_.size() < needed) buffer_.resize(std::max(needed, buffer_.size() * 2));
}

void Link::read_done(error_code error, std::size_t octets) {
  reading_ = false;
  if (state_ == State::Closed) return;
  if (error) {
    if (state_ == State::Finishing) return shut_ ? ended() : void();
    const bool ended = error == asio::error::eof || error == asio::error::connection_reset ||
                       error == asio::ssl::error::stream_truncated;
    return close(ended ? CloseReason::PeerClosed : CloseReason::NetworkError, error.message());
  }
  metrics_.octets_in.add(octets);
  end_ += octets;
  const bool full = end_ == buffer_.size();
  if (state_ == State::Open) deliver();
  // A peer that fills the buffer in one go has more to say than it holds.
  if (full && buffer_.size() < limits_.frame_octets) wanted_ = std::max(wanted_, buffer_.size() * 2);
  read();
}

void Link::deliver() {
  const auto keep = listener_;
  delivering_ = true;
  wanted_ = 0;
  while (state_ == State::Open && !paused_ && !backlogged()) {
    const auto left = std::string_view(buffer_).substr(begin_, end_ - begin_);
    if (left.empty()) break;
    const auto frame = next_frame(left, {limits_.frame_octets});
    if (frame.state == FrameState::More) {
      wanted_ = frame.octets;
      break;
    }
    if (frame.state == FrameState::Fatal) {
      keep->on_bad_length(frame);
      break;
    }
    begin_ += frame.octets;
    keep->on_frame(left.substr(0, frame.octets));
  }
  delivering_ = false;
  flush();
  if (state_ == State::Finishing && !writing_) begin_shutdown();
}

// Frames that wait in the buffer are delivered from a handler of their own.
void Link::resume() {
  paused_ = false;
  if (resuming_ || delivering_) return;
  resuming_ = true;
  asio::post(loop_.context(), [self = shared_from_this()] {
    self->resuming_ = false;
    if (self->state_ != State::Open) return;
    self->deliver();
    self->read();
  });
}

void Link::queued() {
  if (state_ != State::Open) return;
  if (unsent() > limits_.write_octets) return close(CloseReason::SlowReader);
  was_backlogged_ |= backlogged();
  if (delivering_ || flushing_ || writing_) return;
  flushing_ = true;
  asio::post(loop_.context(), [self = shared_from_this()] {
    self->flushing_ = false;
    self->flush();
  });
}

void Link::flush() {
  if (writing_ || pending_.empty() || state_ == State::Closed || state_ == State::Opening) return;
  sending_.clear();
  sending_.swap(pending_);
  sent_ = 0;
  handed_ += sending_.size();
  writing_ = true;
  moved_at_ = loop_.clock().now();
  write();
}

void Link::write() {
  do_write(sending_.data() + sent_, sending_.size() - sent_);
}

void Link::write_done(error_code error, std::size_t octets) {
  if (state_ == State::Closed) return;
  if (error) return close(CloseReason::NetworkError, error.message());
  metrics_.octets_out.add(octets);
  sent_ += octets;
  moved_at_ = loop_.clock().now();
  if (sent_ < sending_.size()) return write();
  writing_ = false;
  sending_.clear();
  sent_ = 0;
  if (sending_.capacity() > kLargestIdleQueue && pending_.empty()) {
    sending_ = {};
    pending_ = {};
  }
  flush();
  if (state_ == State::Finishing && !writing_) return begin_shutdown();
  if (was_backlogged_ && !backlogged()) drained();
}

void Link::drained() {
  was_backlogged_ = false;
  if (state_ != State::Open) return;
  const auto keep = listener_;
  keep->on_writable();
  if (!paused_) resume();
}

void Link::finish(CloseReason reason) {
  if (state_ == State::Opening) return close(reason);
  if (state_ != State::Open) return;
  state_ = State::Finishing;
  reason_ = reason;
  linger_ = loop_.wheel().arm(limits_.linger, [self = shared_from_this()] { self->ended(); });
  if (delivering_) return;  // the frames of this batch are still looked at
  flush();
  if (!writing_) begin_shutdown();
  read();
}

// The peer's end is waited for: closing with unread octets would reset the connection, and the last PDU with
// it.
void Link::begin_shutdown() {
  if (std::exchange(shut_, true)) return;
  do_shutdown();
  read();
}

void Link::close(CloseReason reason, std::string detail) {
  if (state_ == State::Closed) return;
  state_ = State::Closed;
  loop_.wheel().cancel(linger_);
  do_close();
  asio::post(loop_.context(), [self = shared_from_this(), reason, detail = std::move(detail)] {
    if (const auto listener = std::exchange(self->listener_, nullptr))
      listener->on_link_closed(reason, detail);
  });
}

void Link::abandon() {
  listener_ = nullptr;
  if (state_ == State::Closed) return;
  state_ = State::Closed;
  loop_.wheel().cancel(linger_);
  do_close();
}

}  // namespace warp::smpp
