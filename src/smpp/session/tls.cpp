#include "tls.h"

#include "warp/net/tls.h"

namespace warp::smpp {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

Result<ssl::context, std::string> server_context(const TlsFiles& files) {
  error_code error;
  ssl::context context(ssl::context::tls_server);
  context.set_options(net::kTls12Once, error);
  if (auto fault = net::use_certificate(context, files.certificate_chain, files.private_key); !fault.empty())
    return fault;
  if (files.client_ca.empty()) return context;
  if (auto fault = net::trust(context, files.client_ca); !fault.empty()) return fault;
  // Named in the handshake, so that a client with several certificates shows the right one.
  SSL_CTX_set_client_CA_list(context.native_handle(), SSL_load_client_CA_file(files.client_ca.c_str()));
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
  // Resumption without a context of its own is refused where clients are verified.
  static constexpr unsigned char kContext[] = "warp-smpp";
  SSL_CTX_set_session_id_context(context.native_handle(), kContext, sizeof kContext - 1);
  return context;
}

Result<ssl::context, std::string> client_context(const ClientTls& tls) {
  error_code error;
  ssl::context context(ssl::context::tls_client);
  context.set_options(net::kTls12Once, error);
  context.set_verify_mode(tls.verify ? ssl::verify_peer : ssl::verify_none, error);
  if (auto fault = net::trust(context, tls.ca_file); !fault.empty()) return fault;
  if (tls.certificate_chain.empty()) return context;
  if (auto fault = net::use_certificate(context, tls.certificate_chain, tls.private_key); !fault.empty())
    return fault;
  return context;
}

}  // namespace warp::smpp
