// TlsHandshake: one handshake by the rules of its profiles; it lives as long as its stream.
#pragma once

#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "connection.h"

namespace warp::sip {

class TlsHandshake {
 public:
  using Stream = boost::asio::ssl::stream<Tcp::socket>;

  explicit TlsHandshake(StreamParts& parts)
      : opened_(parts.side == Connection::Side::Opened), name_(std::move(parts.name)) {
    choice_.set = std::move(parts.tls);
    choice_.among = std::move(parts.contexts);
    choice_.chosen = choice_.among.front();
  }

  boost::asio::ssl::context& context() { return opened_ ? choice_.chosen->client : choice_.chosen->server; }
  boost::asio::ssl::stream_base::handshake_type side() const {
    return opened_ ? boost::asio::ssl::stream_base::client : boost::asio::ssl::stream_base::server;
  }
  // Before the handshake.
  void prepare(Stream& stream) {
    auto* ssl = stream.native_handle();
    if (!opened_) return choose_by_name(*ssl, choice_);
    if (!domain::IpAddress::parse(name_)) SSL_set_tlsext_host_name(ssl, name_.c_str());
    boost::system::error_code ignored;
    stream.set_verify_callback(
        [this](bool chain_holds, boost::asio::ssl::verify_context& context) {
          return chain_holds && is_peer(context.native_handle());
        },
        ignored);
  }
  // Whose rules the certificate of a client was verified by; null for a server's.
  const TlsContext* verifier() const {
    return opened_ || choice_.chosen->profile.verify == TlsProfile::Verify::None ? nullptr : choice_.chosen;
  }

 private:
  // The certificates of the chain come one by one, the peer's own last.
  bool is_peer(X509_STORE_CTX* context) const {
    if (X509_STORE_CTX_get_error_depth(context) > 0) return true;
    auto* certificate = X509_STORE_CTX_get_current_cert(context);
    if (certificate != nullptr && proves(*certificate, name_, choice_.chosen->profile.wildcards)) return true;
    X509_STORE_CTX_set_error(context, X509_V_ERR_HOSTNAME_MISMATCH);
    return false;
  }

  const bool opened_;
  const std::string name_;
  ServerChoice choice_;
};

}  // namespace warp::sip
