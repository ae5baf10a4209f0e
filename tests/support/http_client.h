// A blocking HTTP client for tests: raw octets out, one answer in. Every read fails after ten seconds.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio.hpp>

#include "warp/base/text.h"
#include "warp/http/message.h"

namespace warp::test {

struct HttpAnswer {
  unsigned status = 0;  // 0: the connection ended first
  http::Headers headers;
  std::string body;
  bool complete = false;  // the framing said so
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port, const char* address = "127.0.0.1") : socket_(io_) {
    socket_.connect({boost::asio::ip::make_address(address), port});
    const timeval limit{10, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }

  void send(std::string_view octets) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(octets), ignored);
  }

  // The next answer of the connection; `to_head` when the request was a HEAD.
  HttpAnswer receive(bool to_head = false) {
    HttpAnswer answer;
    std::size_t end;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return answer;
    parse_head(pending_.substr(0, end + 2), answer);
    pending_.erase(0, end + 4);
    if (answer.status == 100 || answer.status == 204 || answer.status == 304 || to_head)
      answer.complete = true;
    else if (iequals(answer.headers.get_or("Transfer-Encoding", ""), "chunked"))
      read_chunks(answer);
    else
      read_length(answer);
    return answer;
  }

  HttpAnswer request(std::string_view octets) {
    send(octets);
    return receive();
  }

  // True when the server has closed and nothing is left to read.
  bool ended() { return pending_.empty() && !more(); }
  void shutdown_send() { socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send); }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  bool more() {
    char buffer[16384];
    const auto count = ::recv(socket_.native_handle(), buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    pending_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }
  bool fill(std::size_t size) {
    while (pending_.size() < size)
      if (!more()) return false;
    return true;
  }
  static void parse_head(std::string_view head, HttpAnswer& answer) {
    const auto number = head.substr(9, 3);
    std::from_chars(number.data(), number.data() + number.size(), answer.status);
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
      const auto line = head.substr(0, head.find("\r\n"));
      const auto colon = line.find(':');
      answer.headers.add(line.substr(0, colon), trim(line.substr(colon + 1)));
      head.remove_prefix(line.size() + 2);
    }
  }
  void read_length(HttpAnswer& answer) {
    const auto length = answer.headers.get("Content-Length");
    if (!length) {
      while (more()) {
      }
      answer.body = std::move(pending_);
      pending_.clear();
      return;
    }
    const auto size = std::stoull(std::string(*length));
    answer.complete = fill(size);
    answer.body = pending_.substr(0, size);
    pending_.erase(0, size);
  }
  void read_chunks(HttpAnswer& answer) {
    while (true) {
      std::size_t end;
      while ((end = pending_.find("\r\n")) == std::string::npos)
        if (!more()) return;
      const auto size = std::stoull(pending_.substr(0, end), nullptr, 16);
      if (!fill(end + 2 + size + 2)) return;
      answer.body += pending_.substr(end + 2, size);
      pending_.erase(0, end + 2 + size + 2);
      if (size == 0) break;
    }
    answer.complete = true;
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::string pending_;
};

}  // namespace warp::test
