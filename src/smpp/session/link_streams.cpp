#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "link.h"

namespace warp::smpp {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

template <class Stream>
class LinkOf : public Link {
 public:
  LinkOf(net::Loop& loop, const LinkLimits& limits, Metrics& metrics, Stream stream)
      : Link(loop, limits, metrics), stream_(std::move(stream)) {}

 protected:
  std::shared_ptr<LinkOf> self() { return std::static_pointer_cast<LinkOf>(shared_from_this()); }

  void do_read(char* into, std::size_t octets) override {
    stream_.async_read_some(asio::buffer(into, octets), [self = self()](error_code error, std::size_t read) {
      self->read_done(error, read);
    });
  }
  void do_write(const char* from, std::size_t octets) override {
    stream_.async_write_some(
        asio::buffer(from, octets),
        [self = self()](error_code error, std::size_t written) { self->write_done(error, written); });
  }
  void do_close() override {
    error_code ignored;
    stream_.lowest_layer().close(ignored);
  }

  Stream stream_;
};

class TcpLink final : public LinkOf<Tcp::socket> {
 public:
  using LinkOf::LinkOf;

 protected:
  void do_handshake() override {
    asio::post(stream_.get_executor(),
               [self = std::static_pointer_cast<TcpLink>(self())] { self->handshake_done({}); });
  }
  void do_shutdown() override {
    error_code ignored;
    stream_.shutdown(Tcp::socket::shutdown_send, ignored);
  }
};

class TlsLink final : public LinkOf<TlsStream> {
 public:
  TlsLink(net::Loop& loop, const LinkLimits& limits, Metrics& metrics, TlsStream stream,
          asio::ssl::stream_base::handshake_type side)
      : LinkOf(loop, limits, metrics, std::move(stream)), side_(side) {}

 protected:
  void do_handshake() override {
    stream_.async_handshake(side_, [self = std::static_pointer_cast<TlsLink>(self())](error_code error) {
      self->handshake_done(error);
    });
  }
  // Sends close_notify and waits for the peer's.
  void do_shutdown() override {
    stream_.async_shutdown([self = std::static_pointer_cast<TlsLink>(self())](error_code) { self->ended(); });
  }

 private:
  const asio::ssl::stream_base::handshake_type side_;
};

}  // namespace

std::shared_ptr<Link> make_link(net::Loop& loop, const LinkLimits& limits, Metrics& metrics,
                                Tcp::socket socket) {
  return std::make_shared<TcpLink>(loop, limits, metrics, std::move(socket));
}

std::shared_ptr<Link> make_link(net::Loop& loop, const LinkLimits& limits, Metrics& metrics, TlsStream stream,
                                asio::ssl::stream_base::handshake_type side) {
  return std::make_shared<TlsLink>(loop, limits, metrics, std::move(stream), side);
}

}  // namespace warp::smpp
