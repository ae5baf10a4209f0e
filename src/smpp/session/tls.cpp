#include "tls.h"

namespace warp::smpp {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr auto kOptions = ssl::context::default_workarounds | ssl::context::no_sslv2 |
                          ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                          SSL_OP_NO_RENEGOTIATION;

// Empty when both were read.
std::string use_certificate(ssl::context& context, const std::string& chain, const std::string& key) {
  error_code error;
  context.use_certificate_chain_file(chain, error);
  if (error) return chain + ": " + error.message();
  context.use_private_key_file(key, ssl::context::pem, error);
  if (error) return key + ": " + error.message();
  return {};
}

}  // namespace

Result<ssl::context, std::string> server_context(const TlsFiles& files) {
  error_code error;
  ssl::context context(ssl::context::tls_server);
  context.set_options(kOptions, error);
  if (auto fault = use_certificate(context, files.certificate_chain, files.private_key); !fault.empty())
    return fault;
  if (files.client_ca.empty()) return context;
  context.load_verify_file(files.client_ca, error);
  if (error) return files.client_ca + ": " + error.message();
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
  context.set_options(kOptions, error);
  context.set_verify_mode(tls.verify ? ssl::verify_peer : ssl::verify_none, error);
  if (tls.ca_file.empty()) {
    context.set_default_verify_paths(error);
    if (error) return "the system's certificates: " + error.message();
  } else {
    context.load_verify_file(tls.ca_file, error);
    if (error) return tls.ca_file + ": " + error.message();
  }
  if (tls.certificate_chain.empty()) return context;
  if (auto fault = use_certificate(context, tls.certificate_chain, tls.private_key); !fault.empty())
    return fault;
  return context;
}

}  // namespace warp::smpp
