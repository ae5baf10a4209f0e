#include "connection.h"

#include <algorithm>
#include <utility>

#include <boost/asio/ssl.hpp>

namespace warp::redis {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kKeptCapacity = 256 * 1024;

bool ended(const error_code& error) {
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

}  // namespace

Connection::Connection(asio::any_io_executor strand, std::unique_ptr<Stream> stream, const Settings& settings,
                       ClientMetrics& metrics)
    : settings_(settings),
      metrics_(metrics),
      stream_(std::move(stream)),
      timer_(strand),
      reader_(settings.max_reply_octets) {}

void Connection::start(Events events) {
  events_ = std::move(events);
  read();
}

void Connection::send(Call call, Monotonic deadline) {
  const auto octets = unsent_.size() + sending_.size() + call.wire.size();
  if (call.counted &&
      (in_flight_ + call.commands > settings_.max_in_flight || octets > settings_.max_unsent_octets)) {
    metrics_.failed(ErrorKind::Busy, call.commands);
    return call.waiter->complete(Error{ErrorKind::Busy, "too many commands are in flight"});
  }
  in_flight_ += call.commands;
  metrics_.in_flight.set(static_cast<double>(in_flight_));
  if (unsent_.empty())
    unsent_ = std::move(call.wire);
  else
    unsent_ += call.wire;
  call.wire = std::string();
  call.deadline = deadline;
  call.replies.reserve(call.commands);
  calls_.push_back(std::move(call));
  flush();
  arm();
}

void Connection::flush() {
  if (!alive_ || writing_ || unsent_.empty()) return;
  std::swap(sending_, unsent_);
  writing_ = true;
  stream_->write_all(sending_, [self = shared_from_this()](error_code error, std::size_t) {
    self->writing_ = false;
    if (!self->alive_) return;
    if (error) return self->lose(error.message());
    self->sending_.clear();
    if (self->sending_.capacity() > kKeptCapacity) self->sending_ = std::string();
    self->flush();
  });
}

void Connection::read() {
  stream_->read_some(buffer_, [self = shared_from_this()](error_code error, std::size_t octets) {
    if (!self->alive_) return;
    if (error) return self->lose(ended(error) ? "closed by the server" : error.message());
    self->received(octets);
    if (self->alive_) self->read();
  });
}

void Connection::received(std::size_t octets) {
  reader_.feed({buffer_.data(), octets});
  while (alive_) {
    auto reply = reader_.next();
    if (!reply) {
      metrics_.protocol_errors.add();
      return lose(std::move(reply).error());
    }
    if (!*reply) break;
    take(std::move(**reply));
  }
}

void Connection::take(Reply reply) {
  if (calls_.empty()) {
    metrics_.protocol_errors.add();
    return lose("a reply that nobody asked for");
  }
  ++replies_;
  metrics_.in_flight.set(static_cast<double>(--in_flight_));
  auto& call = calls_.front();
  ++call.received;
  if (call.waiter) {
    if (call.counted) metrics_.answered(call.began, reply.is_error());
    call.replies.push_back(std::move(reply));
  } else {
    metrics_.late_replies.add();
  }
  if (call.received < call.commands) return;
  auto ended = std::move(call);
  calls_.pop_front();
  if (!ended.waiter) {
    --given_up_;
    return;
  }
  ended.waiter->complete(std::move(ended.replies));
  if (alive_ && !waited_for()) events_.on_idle();
}

// The timer is not set anew for a later deadline: it finds out when it fires. So it costs two system calls
// a command_timeout, not two a command.
void Connection::arm() {
  if (!alive_) return;
  auto due = Monotonic::max();
  if (waited_for()) due = calls_[given_up_].deadline;
  if (given_up_ > 0) due = std::min(due, calls_.front().deadline + settings_.grace);
  if (due >= armed_for_) return;
  armed_for_ = due;
  timer_.expires_at(due);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (error || !self->alive_) return;
    self->armed_for_ = Monotonic::max();
    self->check_deadlines();
  });
}

void Connection::check_deadlines() {
  const auto at = now();
  while (alive_ && waited_for() && calls_[given_up_].deadline <= at) {
    auto& call = calls_[given_up_++];
    const auto waiter = std::move(call.waiter);
    if (call.counted) metrics_.failed(ErrorKind::Timeout, call.commands - call.received);
    call.replies = {};
    waiter->complete(Error{ErrorKind::Timeout, "no reply within command_timeout"});
  }
  if (!alive_) return;
  if (given_up_ > 0 && calls_.front().deadline + settings_.grace <= at)
    return lose("the server does not answer");
  arm();
  if (!waited_for()) events_.on_idle();
}

void Connection::close() {
  if (alive_) shut("the client was closed");
}

void Connection::lose(std::string message) {
  if (!alive_) return;
  const auto self = shared_from_this();
  const auto on_lost = std::move(events_.on_lost);
  shut(message);
  if (on_lost) on_lost(std::move(message));
}

void Connection::shut(const std::string& message) {
  alive_ = false;
  stream_->close();
  timer_.cancel();
  in_flight_ = given_up_ = 0;
  metrics_.in_flight.set(0);
  for (auto& call : std::exchange(calls_, {})) {
    if (!call.waiter) continue;
    if (call.counted) metrics_.failed(ErrorKind::ConnectionLost, call.commands - call.received);
    call.waiter->complete(Error{ErrorKind::ConnectionLost, message});
  }
}

}  // namespace warp::redis
