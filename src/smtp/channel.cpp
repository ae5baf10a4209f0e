#include "channel.h"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

namespace warp::smtp {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kChunk = 65536;
constexpr std::chrono::milliseconds kLinger{2'000};

}  // namespace

void Channel::want() {
  if (reading_ || !listener_) return;
  reading_ = true;
  auto done = [self = shared_from_this()](error_code error, std::size_t octets) {
    self->read_done(error, octets);
  };
  if (secured_) {
    tls_->async_read_some(asio::buffer(input_), std::move(done));
  } else {
    socket_.async_read_some(asio::buffer(input_), std::move(done));
  }
}

void Channel::read_done(error_code error, std::size_t octets) {
  reading_ = false;
  if (!listener_) return;
  if (error) return ended(error.message());
  if (finishing_) {  // read, so that what we sent is not lost by a reset
    if (shut_ || !secured_) want();
    return;
  }
  const auto keep = listener_;
  keep->on_input({input_.data(), octets});
}

void Channel::write(std::string_view octets) {
  if (finishing_) return;
  pending_ += octets;
  flush();
}

void Channel::flush() {
  if (writing_ || securing_ || !listener_) return;
  if (all_given()) return drained();
  sending_ = pending_.substr(begun_, kChunk);
  sent_ = 0;
  begun_ += sending_.size();
  if (all_given()) {
    pending_.clear();
    begun_ = 0;
  }
  write_done({}, 0);
}

void Channel::write_done(error_code error, std::size_t octets) {
  writing_ = false;
  if (!listener_) return;
  if (error) return ended(error.message());
  sent_ += octets;
  if (sent_ == sending_.size()) return flush();
  writing_ = true;
  const auto buffer = asio::buffer(sending_.data() + sent_, sending_.size() - sent_);
  auto done = [self = shared_from_this()](error_code fault, std::size_t written) {
    self->write_done(fault, written);
  };
  if (secured_) {
    tls_->async_write_some(buffer, std::move(done));
  } else {
    socket_.async_write_some(buffer, std::move(done));
  }
}

void Channel::drained() {
  sending_.clear();
  sent_ = 0;
  if (context_ && !secured_ && !securing_) return handshake();
  if (finishing_ && !std::exchange(shut_, true)) shut();
}

void Channel::secure(Context context, Side side, const std::string& verify_name) {
  context_ = std::move(context);
  side_ = side;
  error_code error;
  tls_.emplace(socket_, *context_);
  if (!verify_name.empty()) {
    tls_->set_verify_callback(asio::ssl::host_name_verification(verify_name), error);
    asio::ip::make_address(verify_name, error);
    if (error) SSL_set_tlsext_host_name(tls_->native_handle(), verify_name.c_str());
  }
  flush();
}

void Channel::handshake() {
  securing_ = true;
  tls_->async_handshake(side_, [self = shared_from_this()](error_code error) {
    self->securing_ = false;
    if (!self->listener_) return;
    if (error) return self->ended("TLS: " + error.message());
    self->secured_ = true;
    const auto keep = self->listener_;
    keep->on_secured();
    self->flush();
  });
}

void Channel::finish() {
  if (std::exchange(finishing_, true) || !listener_) return;
  linger_ = loop_.wheel().arm(kLinger, [self = shared_from_this()] { self->ended("closed"); });
  flush();
}

void Channel::shut() {
  error_code ignored;
  if (secured_) {
    tls_->async_shutdown([self = shared_from_this()](error_code) { self->ended("closed"); });
  } else {
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
    want();
  }
}

void Channel::ended(std::string_view detail) {
  const auto listener = listener_;
  close();
  if (listener) listener->on_closed(detail);
}

void Channel::close() {
  error_code ignored;
  loop_.wheel().cancel(linger_);
  socket_.close(ignored);
  listener_ = nullptr;
}

}  // namespace warp::smtp
