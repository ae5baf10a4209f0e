#include "connector.h"

#include <stdexcept>
#include <utility>

#include "warp/net/tls.h"

namespace warp::redis {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

ssl::context make_context(const TlsSettings& settings) {
  ssl::context context(ssl::context::tls_client);
  context.set_options(net::kTls12);
  context.set_verify_mode(ssl::verify_peer);
  if (auto fault = net::trust(context, settings.ca_file); !fault.empty())
    throw std::runtime_error("cannot read " + fault);
  if (!settings.certificate_file.empty()) {
    context.use_certificate_chain_file(settings.certificate_file);
    context.use_private_key_file(settings.key_file, ssl::context::pem);
  }
  return context;
}

bool is_address(const std::string& host) {
  error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

}  // namespace

Connector::Connector(asio::any_io_executor executor, Url url, TlsSettings tls, Done done)
    : executor_(executor),
      url_(std::move(url)),
      tls_(std::move(tls)),
      done_(std::move(done)),
      resolver_(executor),
      tcp_(executor),
      unix_(executor) {}

void Connector::start() {
  asio::post(executor_, [self = shared_from_this()] {
    if (!self->done_) return;
    try {
      self->url_.transport == Transport::Unix ? self->connect_unix() : self->resolve();
    } catch (const boost::system::system_error& error) {
      self->fail(error.code().message());  // a path too long for a socket
    }
  });
}

void Connector::cancel() {
  error_code ignored;
  done_ = nullptr;
  resolver_.cancel();
  tcp_.close(ignored);
  unix_.close(ignored);
  if (secure_) secure_->close();
}

void Connector::connect_unix() {
  const Local::endpoint endpoint(url_.path);
  unix_.async_connect(endpoint, [self = shared_from_this()](error_code error) {
    if (!self->done_) return;
    if (error) return self->fail(error.message());
    self->finish(std::make_unique<StreamOf<Local::socket>>(std::move(self->unix_)));
  });
}

void Connector::resolve() {
  resolver_.async_resolve(
      url_.host, std::to_string(url_.port),
      [self = shared_from_this()](error_code error, const Tcp::resolver::results_type& endpoints) {
        if (!self->done_) return;
        if (error) return self->fail("the name is not resolved: " + error.message());
        self->connect_tcp(endpoints);
      });
}

void Connector::connect_tcp(const Tcp::resolver::results_type& endpoints) {
  asio::async_connect(tcp_, endpoints, [self = shared_from_this()](error_code error, const Tcp::endpoint&) {
    if (!self->done_) return;
    if (error) return self->fail(error.message());
    error_code ignored;
    self->tcp_.set_option(Tcp::no_delay(true), ignored);
    self->tcp_.set_option(asio::socket_base::keep_alive(true), ignored);
    if (self->url_.transport == Transport::Tls) return self->begin_tls();
    self->finish(std::make_unique<StreamOf<Tcp::socket>>(std::move(self->tcp_)));
  });
}

void Connector::begin_tls() {
  const auto& name = tls_.server_name.empty() ? url_.host : tls_.server_name;
  try {
    auto context = make_context(tls_);  // OpenSSL counts its users: the stream keeps what it needs
    secure_ = std::make_unique<StreamOf<TlsSocket>>(TlsSocket(std::move(tcp_), context));
    secure_->socket().set_verify_callback(ssl::host_name_verification(name));
  } catch (const std::exception& error) {
    return fail(std::string("the TLS settings are not usable: ") + error.what());
  }
  if (!is_address(name)) SSL_set_tlsext_host_name(secure_->socket().native_handle(), name.c_str());
  handshake();
}

void Connector::handshake() {
  secure_->socket().async_handshake(ssl::stream_base::client, [self = shared_from_this()](error_code error) {
    if (!self->done_) return;
    if (error) return self->fail("TLS: " + error.message());
    self->finish(std::unique_ptr<Stream>(std::move(self->secure_)));
  });
}

void Connector::fail(std::string message) {
  finish(std::move(message));
}

void Connector::finish(Outcome outcome) {
  if (const auto done = std::exchange(done_, nullptr)) done(std::move(outcome));
}

}  // namespace warp::redis
