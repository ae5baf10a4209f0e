#include "tls.h"

#include "warp/net/tls.h"

namespace warp::smtp {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

Result<Context, std::string> server_context(const TlsFiles& files) {
  error_code error;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(net::kTls12Once, error);
  if (auto fault = net::use_certificate(*context, files.certificate_chain, files.private_key); !fault.empty())
    return fault;
  return context;
}

Result<Context, std::string> client_context(const ClientTls& tls) {
  error_code error;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  context->set_options(net::kTls12Once, error);
  const bool verify = tls.mode == TlsMode::Required || tls.mode == TlsMode::Implicit;
  context->set_verify_mode(verify && tls.verify ? ssl::verify_peer : ssl::verify_none, error);
  if (auto fault = net::trust(*context, tls.ca_file); !fault.empty()) return fault;
  return context;
}

}  // namespace warp::smtp
