// Stream: a connected TCP, TLS or unix stream, whichever it is.
#pragma once

#include <functional>
#include <span>
#include <utility>

#include <boost/asio.hpp>

namespace warp::redis {

// One strand; one read and one write under way at most. Destroyed only after their handlers have run.
class Stream {
 public:
  using Handler = std::function<void(boost::system::error_code, std::size_t)>;
  virtual ~Stream() = default;
  virtual void read_some(std::span<char> into, Handler handler) = 0;
  virtual void write_all(std::span<const char> from, Handler handler) = 0;
  virtual void close() = 0;  // at once: replies that matter have been read by then
};

template <class Socket>
class StreamOf final : public Stream {
 public:
  explicit StreamOf(Socket socket) : socket_(std::move(socket)) {}
  Socket& socket() { return socket_; }

  void read_some(std::span<char> into, Handler handler) override {
    socket_.async_read_some(boost::asio::buffer(into.data(), into.size()), std::move(handler));
  }
  void write_all(std::span<const char> from, Handler handler) override {
    boost::asio::async_write(socket_, boost::asio::buffer(from.data(), from.size()), std::move(handler));
  }
  void close() override {
    boost::system::error_code ignored;
    socket_.lowest_layer().close(ignored);
  }

 private:
  Socket socket_;
};

}  // namespace warp::redis
