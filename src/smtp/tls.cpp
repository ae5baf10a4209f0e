#include "tls.h"

namespace warp::smtp {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr auto kOptions = ssl::context::default_workarounds | ssl::context::no_sslv2 |
                          ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                          SSL_OP_NO_RENEGOTIATION;

}  // namespace

Result<Context, std::string> server_context(const TlsFiles& files) {
  error_code error;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(kOptions, error);
  context->use_certificate_chain_file(files.certificate_chain, error);
  if (error) return files.certificate_chain + ": " + error.message();
  context->use_private_key_file(files.private_key, ssl::context::pem, error);
  if (error) return files.private_key + ": " + error.message();
  return context;
}

Result<Context, std::string> client_context(const ClientTls& tls) {
  error_code error;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  context->set_options(kOptions, error);
  const bool verify = tls.mode == TlsMode::Required || tls.mode == TlsMode::Implicit;
  context->set_verify_mode(verify && tls.verify ? ssl::verify_peer : ssl::verify_none, error);
  if (tls.ca_file.empty()) {
    context->set_default_verify_paths(error);
    if (error) return "the system's certificates: " + error.message();
  } else {
    context->load_verify_file(tls.ca_file, error);
    if (error) return tls.ca_file + ": " + error.message();
  }
  return context;
}

}  // namespace warp::smtp
