// WebSocket and secure WebSocket below a Connection (RFC 7118): the subprotocol is "sip", each message of the
// WebSocket is one of SIP.
#include <algorithm>

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "warp/base/text.h"

#include "connection.h"
#include "tls_stream.h"

namespace warp::sip {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

constexpr std::string_view kSubprotocol = "sip";
constexpr std::uint32_t kHeaderOctets = 8 * 1024;

std::string_view text_of(beast::string_view text) {
  return {text.data(), text.size()};
}

bool offers_sip(std::string_view offered) {
  for (std::size_t at = 0; at <= offered.size();) {
    const auto comma = std::min(offered.find(',', at), offered.size());
    if (trim(offered.substr(at, comma - at)) == kSubprotocol) return true;
    at = comma + 1;
  }
  return false;
}

// `Next`: what the WebSocket runs over. `Derived` brings it up.
template <class Next>
class WsConnection : public Connection {
 public:
  template <class... Arguments>
  WsConnection(StreamParts& parts, Arguments&&... next)
      : Connection(parts.loop, parts.owner, parts.limits, parts.flow, parts.side),
        origins_(parts.origins),
        host_(std::move(parts.host)),
        stream_(std::forward<Arguments>(next)...) {
    parser_.header_limit(kHeaderOctets);
    parser_.body_limit(std::uint64_t{0});
    stream_.read_message_max(parts.limits.framing.message_octets);
    stream_.set_option(websocket::stream_base::timeout{websocket::stream_base::none(),
                                                       websocket::stream_base::none(), false});
    stream_.control_callback([this](websocket::frame_type, beast::string_view) { heard(); });
  }

 protected:
  std::shared_ptr<WsConnection> self() { return std::static_pointer_cast<WsConnection>(shared_from_this()); }
  Tcp::socket& socket() { return beast::get_lowest_layer(stream_); }
  websocket::stream<Next>& stream() { return stream_; }

  void upgrade() { side() == Side::Accepted ? read_request() : ask(); }

 private:
  void read_request() {
    http::async_read(stream_.next_layer(), buffer_, parser_, [self = self()](error_code error, std::size_t) {
      if (error || self->closed()) return self->failed(CloseReason::UpgradeFailed, error);
      self->answer_request();
    });
  }

  http::status verdict() const {
    const auto& request = parser_.get();
    if (!websocket::is_upgrade(request)) return http::status::upgrade_required;
    if (!offers_sip(text_of(request[http::field::sec_websocket_protocol]))) return http::status::bad_request;
    const auto origin = text_of(request[http::field::origin]);
    const bool welcome =
        origin.empty() || std::any_of(origins_.begin(), origins_.end(),
                                      [&](const auto& one) { return one == "*" || iequals(one, origin); });
    return welcome ? http::status::switching_protocols : http::status::forbidden;
  }

  void answer_request() {
    const auto status = verdict();
    if (status != http::status::switching_protocols) return refuse(status);
    stream_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(http::field::sec_websocket_protocol,
                   beast::string_view(kSubprotocol.data(), kSubprotocol.size()));
    }));
    stream_.async_accept(parser_.get(), [self = self()](error_code error) {
      if (error || self->closed()) return self->failed(CloseReason::UpgradeFailed, error);
      self->opened();
    });
  }

  void refuse(http::status status) {
    refusal_.result(status);
    refusal_.version(11);
    refusal_.set(http::field::connection, "close");
    if (status == http::status::upgrade_required) refusal_.set(http::field::upgrade, "websocket");
    refusal_.prepare_payload();
    http::async_write(stream_.next_layer(), refusal_, [self = self()](error_code error, std::size_t) {
      error_code ignored;
      self->socket().shutdown(Tcp::socket::shutdown_send, ignored);
      self->failed(CloseReason::UpgradeFailed, error);
    });
  }

  void ask() {
    stream_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
      request.set(http::field::sec_websocket_protocol,
                  beast::string_view(kSubprotocol.data(), kSubprotocol.size()));
    }));
    stream_.async_handshake(answer_, host_, "/", [self = self()](error_code error) {
      if (!error && text_of(self->answer_[http::field::sec_websocket_protocol]) != kSubprotocol)
        error = websocket::error::no_sec_key;
      if (error || self->closed()) return self->failed(CloseReason::UpgradeFailed, error);
      self->opened();
    });
  }

  bool keeps_boundaries() const override { return true; }

  void do_read() override {
    stream_.async_read(buffer_, [self = self()](error_code error, std::size_t octets) {
      if (error || self->closed())
        return self->failed(
            error == websocket::error::closed ? CloseReason::PeerClosed : CloseReason::NetworkError,
            error == websocket::error::closed ? error_code(asio::error::eof) : error);
      const auto message = self->buffer_.data();
      self->message_.assign(static_cast<const char*>(message.data()), octets);
      self->buffer_.consume(octets);
      self->received_whole(self->message_);
    });
  }

  void do_write(std::string_view bytes) override {
    // A text frame must be UTF-8; what may not be goes as a binary one, which RFC 7118 §4.2 allows as well.
    const bool plain =
        std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<signed char>(c) > 0; });
    stream_.text(plain);
    stream_.async_write(asio::buffer(bytes), [self = self()](error_code error, std::size_t octets) {
      error ? self->failed(CloseReason::NetworkError, error) : self->wrote(octets);
    });
  }

  void do_shutdown() override {
    stream_.async_close(websocket::close_code::normal, [self = self()](error_code error) {
      self->failed(CloseReason::NetworkError, error);
    });
  }

  void do_close() override {
    error_code ignored;
    socket().close(ignored);
  }

  const std::vector<std::string>& origins_;
  const std::string host_;
  websocket::stream<Next> stream_;
  beast::flat_buffer buffer_;
  std::string message_;
  http::request_parser<http::empty_body> parser_;
  http::response<http::empty_body> refusal_;
  websocket::response_type answer_;
};

class PlainWs final : public WsConnection<Tcp::socket> {
 public:
  PlainWs(StreamParts parts, Tcp::socket socket) : WsConnection(parts, std::move(socket)) {}

 private:
  void do_open() override {
    if (side() == Side::Accepted) return upgrade();
    socket().async_connect(to_endpoint(flow().remote),
                           [self = std::static_pointer_cast<PlainWs>(self())](error_code error) {
                             if (error || self->closed())
                               return self->failed(CloseReason::ConnectFailed, error);
                             self->connected();
                             self->upgrade();
                           });
  }
};

// First of its bases, so that the context is there before the stream.
struct HandshakeHolder {
  explicit HandshakeHolder(StreamParts& parts) : handshake(parts) {}
  TlsHandshake handshake;
};

class SecureWs final : private HandshakeHolder, public WsConnection<asio::ssl::stream<Tcp::socket>> {
 public:
  SecureWs(StreamParts parts, Tcp::socket socket)
      : HandshakeHolder(parts), WsConnection(parts, std::move(socket), handshake.context()) {}

 private:
  std::shared_ptr<SecureWs> self() { return std::static_pointer_cast<SecureWs>(shared_from_this()); }

  void do_open() override {
    if (side() == Side::Accepted) return shake_hands();
    socket().async_connect(to_endpoint(flow().remote), [self = self()](error_code error) {
      if (error || self->closed()) return self->failed(CloseReason::ConnectFailed, error);
      self->connected();
      self->shake_hands();
    });
  }

  void shake_hands() {
    handshake.prepare(stream().next_layer());
    stream().next_layer().async_handshake(handshake.side(), [self = self()](error_code error) {
      if (error || self->closed()) return self->failed(CloseReason::TlsFailed, error);
      self->take_certificate(*self->stream().next_layer().native_handle(), self->handshake.verifier());
      self->upgrade();
    });
  }
};

}  // namespace

std::shared_ptr<Connection> make_websocket(StreamParts parts, Tcp::socket socket) {
  if (parts.flow.transport == SipTransport::Wss)
    return std::make_shared<SecureWs>(std::move(parts), std::move(socket));
  return std::make_shared<PlainWs>(std::move(parts), std::move(socket));
}

}  // namespace warp::sip
