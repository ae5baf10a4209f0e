#include "ctl/live.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "warp/http/url.h"

namespace warp::ctl {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kLongestFrame = 16 * 1024 * 1024;
constexpr std::chrono::milliseconds kFirstPause{250}, kLongestPause{15'000};
constexpr std::chrono::seconds kConnectTime{10};
// The daemon says something at least each 15 s.
constexpr std::chrono::seconds kSilence{45};

}  // namespace

// One connection after another; each has a Link, and what comes late from an earlier one is not heard.
struct Live::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& loop, const Session& with, std::vector<Subscription> topics, Listener hears)
      : io(loop),
        session(with),
        wanted(std::move(topics)),
        listener(std::move(hears)),
        resolver(io),
        timer(io) {}

  using Plain = websocket::stream<beast::tcp_stream>;
  using Secure = websocket::stream<beast::ssl_stream<beast::tcp_stream>>;

  struct Link {
    std::unique_ptr<Plain> plain;
    std::unique_ptr<Secure> secure;
    beast::flat_buffer buffer{kLongestFrame};
    std::deque<std::string> to_send;  // what is at the back is being written
    std::optional<websocket::response_type> answer = websocket::response_type{};
  };

  template <class Work>
  void on_stream(Link& link, Work work) {
    if (link.secure)
      work(*link.secure);
    else
      work(*link.plain);
  }

  beast::tcp_stream& lowest(Link& link) {
    return link.secure ? beast::get_lowest_layer(*link.secure) : beast::get_lowest_layer(*link.plain);
  }

  void connect() {
    const auto parsed = http::Url::parse(session.url);
    if (!parsed) return refuse(session.url + " is no address of an API");
    url = *parsed;
    auto link = std::make_shared<Link>();
    if (url.secure) {
      link->secure = std::make_unique<Secure>(io, context);
    } else {
      link->plain = std::make_unique<Plain>(io);
    }
    current = link;
    resolver.async_resolve(
        url.host, std::to_string(url.port),
        [self = shared_from_this(), link](error_code error, const tcp::resolver::results_type& found) {
          if (!self->heard(link, error)) return;
          self->lowest(*link).expires_after(kConnectTime);
          self->lowest(*link).async_connect(found, [self, link](error_code failed, const tcp::endpoint&) {
            if (self->heard(link, failed)) self->secure(link);
          });
        });
  }

  void secure(const std::shared_ptr<Link>& link) {
    if (!link->secure) return shake_hands(link);
    auto& stream = link->secure->next_layer();
    SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str());
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(url.host));
    stream.async_handshake(asio::ssl::stream_base::client,
                           [self = shared_from_this(), link](error_code error) {
                             if (self->heard(link, error)) self->shake_hands(link);
                           });
  }

  void shake_hands(const std::shared_ptr<Link>& link) {
    lowest(*link).expires_never();
    on_stream(*link, [&](auto& stream) {
      auto limits = websocket::stream_base::timeout::suggested(beast::role_type::client);
      limits.idle_timeout = kSilence;
      limits.handshake_timeout = kConnectTime;
      stream.set_option(limits);
      stream.set_option(
          websocket::stream_base::decorator([key = session.key](websocket::request_type& request) {
            request.set(beast::http::field::authorization, "Bearer " + key);
            request.set(beast::http::field::user_agent, "warpctl");
          }));
      stream.async_handshake(
          *link->answer, url.authority(), "/api/v1/live",
          [self = shared_from_this(), link](error_code error) {
            if (error == websocket::error::upgrade_declined)
              return self->refuse(refusal_of(link->answer->result_int(), link->answer->body()));
            if (self->heard(link, error)) self->begin(link);
          });
    });
  }

  void begin(const std::shared_ptr<Link>& link) {
    pause = kFirstPause;
    listener.state("connected");
    for (const auto& one : wanted) {
      Json asked{{"op", "subscribe"}, {"topic", one.topic}};
      if (!one.filter.empty()) asked["filter"] = one.filter;
      if (const auto token = tokens.find(one.topic); token != tokens.end()) asked["resume"] = token->second;
      link->to_send.push_back(asked.dump());
    }
    std::reverse(link->to_send.begin(), link->to_send.end());
    write(link);
    read(link);
  }

  void write(const std::shared_ptr<Link>& link) {
    if (link->to_send.empty()) return;
    on_stream(*link, [&](auto& stream) {
      stream.text(true);
      stream.async_write(asio::buffer(link->to_send.back()),
                         [self = shared_from_this(), link](error_code error, std::size_t) {
                           if (!self->heard(link, error)) return;
                           link->to_send.pop_back();
                           self->write(link);
                         });
    });
  }

  void read(const std::shared_ptr<Link>& link) {
    on_stream(*link, [&](auto& stream) {
      stream.async_read(link->buffer, [self = shared_from_this(), link](error_code error, std::size_t) {
        if (!self->heard(link, error)) return;
        const auto frame = Json::parse(beast::buffers_to_string(link->buffer.data()), nullptr, false);
        link->buffer.consume(link->buffer.size());
        if (frame.is_object()) self->take(frame);
        if (self->current == link) self->read(link);
      });
    });
  }

  void take(const Json& frame) {
    const auto topic = member_text(frame, "topic");
    if (const auto token = frame.find("token"); token != frame.end() && token->is_string())
      tokens[topic] = token->get<std::string>();
    if (member_text(frame, "op") == "error" && member_text(frame, "code") == "RESUME_TOO_OLD" &&
        tokens.erase(topic) != 0 && current) {
      // Begins anew, with a snapshot.
      current->to_send.push_front(Json{{"op", "subscribe"}, {"topic", topic}}.dump());
      if (current->to_send.size() == 1) write(current);
      return;
    }
    listener.frame(frame);
  }

  // False: the link is an old one, or is lost now.
  bool heard(const std::shared_ptr<Link>& link, error_code error) {
    if (current != link) return false;
    if (!error) return true;
    current.reset();
    listener.state("lost: " + error.message());
    timer.expires_after(pause);
    pause = std::min(pause * 2, kLongestPause);
    timer.async_wait([self = shared_from_this()](error_code stopped) {
      if (!stopped) self->connect();
    });
    return false;
  }

  void refuse(std::string why) {
    refused = std::move(why);
    current.reset();
    io.stop();
  }

  void stop() {
    timer.cancel();
    resolver.cancel();
    if (const auto link = std::exchange(current, nullptr)) lowest(*link).close();
  }

  static asio::ssl::context trusted() {
    asio::ssl::context made(asio::ssl::context::tls_client);
    error_code ignored;
    made.set_default_verify_paths(ignored);
    return made;
  }

  asio::io_context& io;
  const Session session;
  const std::vector<Subscription> wanted;
  const Listener listener;
  http::Url url;
  asio::ssl::context context = trusted();
  tcp::resolver resolver;
  asio::steady_timer timer;
  std::chrono::milliseconds pause = kFirstPause;
  std::map<std::string, std::string> tokens;
  std::shared_ptr<Link> current;
  std::string refused;
};

Live::Live(asio::io_context& io, const Session& session, std::vector<Subscription> wanted, Listener listener)
    : impl_(std::make_shared<Impl>(io, session, std::move(wanted), std::move(listener))) {}

Live::~Live() {
  stop();
}

void Live::start() {
  impl_->connect();
}

void Live::stop() {
  impl_->stop();
}

const std::string& Live::refused() const {
  return impl_->refused;
}

}  // namespace warp::ctl
