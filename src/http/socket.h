// WebSocket over a connection's stream: TCP or TLS.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "warp/http/websocket.h"

#include "watchdog.h"

namespace warp::http {

template <class Stream>
class SocketOf final : public WebSocket {
  static constexpr auto kWait = boost::asio::as_tuple(boost::asio::use_awaitable);
  using Head = boost::beast::http::request<boost::beast::http::buffer_body>;

 public:
  // `stream` is the connection's, which outlives this.
  SocketOf(Stream& stream, std::size_t longest, std::chrono::milliseconds limit)
      : stream_(stream),
        limit_(limit),
        writing_(std::make_shared<Watchdog>(stream_.get_executor(), [this] { abort(); })),
        closing_(std::make_shared<Watchdog>(stream_.get_executor(), [this] { abort(); })) {
    stream_.read_message_max(longest);
    boost::beast::websocket::stream_base::timeout timeouts{limit, limit, true};
    stream_.set_option(timeouts);
    stream_.auto_fragment(false);
  }
  ~SocketOf() override {
    writing_->stop();
    closing_->stop();
  }

  boost::asio::awaitable<bool> accept(const Head& head) {
    const auto [error] = co_await stream_.async_accept(head, kWait);
    co_return !error;
  }

  boost::asio::any_io_executor executor() override { return stream_.get_executor(); }

  boost::asio::awaitable<Message> read() override {
    Message message;
    buffer_.clear();
    const auto [error, count] = co_await stream_.async_read(buffer_, kWait);
    if (error) co_return message;
    message.open = true;
    message.text = stream_.got_text();
    message.data.assign(static_cast<const char*>(buffer_.data().data()), count);
    co_return message;
  }

  boost::asio::awaitable<bool> send(std::string text) override {
    stream_.text(true);
    const auto octets = boost::asio::buffer(text);
    writing_->within(limit_);
    const auto [error, count] = co_await stream_.async_write(octets, kWait);
    writing_->off();
    co_return !error && count == text.size();
  }

  boost::asio::awaitable<void> close(std::uint16_t code, std::string reason) override {
    if (!stream_.is_open()) co_return;
    reason.resize(std::min<std::size_t>(reason.size(), 120));  // a control frame holds 125 octets
    const boost::beast::websocket::close_reason why(static_cast<boost::beast::websocket::close_code>(code),
                                                    reason);
    closing_->within(std::min<std::chrono::milliseconds>(limit_, kGoodbye));
    const auto [error] = co_await stream_.async_close(why, kWait);
    closing_->off();
    if (error) abort();
  }

  void abort() override {
    boost::system::error_code ignored;
    boost::beast::get_lowest_layer(stream_).close(ignored);
  }

 private:
  static constexpr std::chrono::milliseconds kGoodbye{2'000};  // that the peer may take to answer ours

  boost::beast::websocket::stream<Stream&> stream_;
  const std::chrono::milliseconds limit_;
  const std::shared_ptr<Watchdog> writing_, closing_;  // a stop may close while a send() waits
  boost::beast::flat_buffer buffer_;
};

}  // namespace warp::http
