// Request and Response: one HTTP/1.1 exchange as values. Nothing here does I/O.
//
// A handler is `awaitable<Response>(Request)`: it owns its request and runs on the server's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace warp::http {

enum class Method : std::uint8_t { Get, Head, Post, Put, Patch, Delete, Options, Other };
std::string_view to_string(Method method);
Method parse_method(std::string_view text);  // exact case; Other when unknown

std::string_view status_phrase(unsigned status);

// Octets after `%` and two digits, and `+` as a blank when `form`. nullopt for a broken escape or a NUL.
std::optional<std::string> percent_decode(std::string_view text, bool form = false);
std::string percent_encode(std::string_view text);  // all but RFC 3986 unreserved

// Names compare without case; order is kept.
class Headers {
 public:
  using Item = std::pair<std::string, std::string>;

  std::optional<std::string_view> get(std::string_view name) const;
  std::string_view get_or(std::string_view name, std::string_view fallback) const;
  // Control characters in a value become blanks: nobody's bytes can begin another header line.
  void set(std::string_view name, std::string_view value);
  void add(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  const std::vector<Item>& items() const { return items_; }

 private:
  std::vector<Item> items_;
};

// Decoded name=value pairs in order.
class Query {
 public:
  static std::optional<Query> parse(std::string_view text);

  std::optional<std::string_view> get(std::string_view name) const;  // the first of that name
  const std::vector<std::pair<std::string, std::string>>& items() const { return items_; }
  void add(std::string name, std::string value) { items_.emplace_back(std::move(name), std::move(value)); }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

// What a gate found out about a request and its handler wants to know (who calls, the request's id).
struct Attachment {
  virtual ~Attachment() = default;
};

// Takes a body piece by piece while it arrives, instead of Request::body: for uploads too big to be held
// twice. Runs on the server's thread and must not block.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual void feed(std::string_view octets) = 0;
  // Nothing that comes could change what the handler will answer: it is asked at once, and the connection
  // ends.
  virtual bool enough() const { return false; }
};

struct Request {
  Method method = Method::Get;
  std::string target;  // as received
  std::string path;    // still encoded
  Query query;
  Headers headers;
  std::string body;                // empty while a gate looks at the head
  std::shared_ptr<BodySink> sink;  // of the route, full when the handler begins; shared with the reader
  std::string remote;              // peer's address without port
  bool secure = false;

  std::string_view route;  // pattern that matched, "" when none; lives as long as the router
  std::vector<std::pair<std::string_view, std::string>> params;  // of the pattern, decoded
  std::shared_ptr<Attachment> attachment;  // shared: the gate's, the handler's, the log's

  std::string_view param(std::string_view name) const;  // "" when the pattern has none of that name
};

// Octets made while they are sent: next() is called when the one before has left, so a slow reader holds
// nothing but one piece. An empty piece ends the body; false of ok breaks the connection off, so that the
// client cannot take half for the whole.
class BodySource {
 public:
  struct Piece {
    bool ok = true;
    std::string data;
  };
  virtual ~BodySource() = default;
  virtual boost::asio::awaitable<Piece> next() = 0;
  // The server stops: a next() that waits for something to happen ends the body instead. On the server's
  // thread.
  virtual void stop() {}
};

struct Response {
  unsigned status = 200;
  Headers headers;
  std::string body;
  std::unique_ptr<BodySource> source;  // instead of `body`, sent chunked
  bool close = false;                  // end the connection after this answer
  std::string note;  // one stable word for log and metrics, such as an error code; never sent

  static Response text(unsigned status, std::string body,
                       std::string_view type = "text/plain; charset=utf-8");
};

}  // namespace warp::http
