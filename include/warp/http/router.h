// Router: method and path to a route. Filled at start, then read by all connections without a lock.
//
// A pattern is literal segments and parameters: "/customers/{customer_id:uuid}/api-keys/{key_id:uuid}".
// Types: text (default, not empty), uuid, int. A literal wins over a parameter at the same place. Paths are
// split first and decoded after, so an encoded slash stays inside its segment. HEAD is answered by GET's
// route.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/http/message.h"

namespace warp::http {

using Handler = std::function<boost::asio::awaitable<Response>(Request)>;
// Looks at the head before any body is read: a response refuses the request. `head` outlives the call.
using Gate = std::function<boost::asio::awaitable<std::optional<Response>>(Request& head)>;

class WebSocket;
// Takes a connection over; when it returns, the connection is closed. The WebSocket lives until then.
using SocketHandler = std::function<boost::asio::awaitable<void>(Request, std::shared_ptr<WebSocket>)>;

// Made after the gate let the request in.
using SinkMaker = std::function<std::shared_ptr<BodySink>(const Request& head)>;

struct Route {
  Method method = Method::Get;
  std::string pattern;
  Handler handler;
  Gate gate = {};                        // may be empty
  SinkMaker sink = {};                   // may be empty: the body is collected
  std::size_t body_limit = 1024 * 1024;  // octets; above: 413
  // May be empty. Of a GET: what comes with "Upgrade: websocket" and passes the gate goes there, all else to
  // the handler.
  SocketHandler socket = {};
};

class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  // Throws std::logic_error for a pattern that cannot be, or that is there already (start-up only).
  void add(Route route);
  void get(std::string pattern, Handler handler);
  // Paths below `prefix` are looked up as if they began with `target`.
  void alias(std::string prefix, std::string target);

  enum class Outcome : std::uint8_t { Found, NotFound, MethodNotAllowed, BadParameter, BadEncoding };
  struct Match {
    Outcome outcome = Outcome::NotFound;
    const Route* route = nullptr;  // Found, BadParameter
    std::vector<std::pair<std::string_view, std::string>> params;
    std::string_view bad_parameter;  // name
    std::string allow;               // MethodNotAllowed: value of the Allow header
  };
  Match match(Method method, std::string_view path) const;

  std::vector<const Route*> routes() const;  // in the order added

 private:
  struct Node;
  struct Entry;
  std::unique_ptr<Node> root_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<std::pair<std::string, std::string>> aliases_;
};

}  // namespace warp::http
