#include "warp/net/tls.h"

namespace warp::net {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

std::string use_certificate(ssl::context& context, const std::string& chain, const std::string& key) {
  error_code error;
  context.use_certificate_chain_file(chain, error);
  if (error) return chain + ": " + error.message();
  context.use_private_key_file(key, ssl::context::pem, error);
  if (error) return key + ": " + error.message();
  return {};
}

std::string trust(ssl::context& context, const std::string& ca_file) {
  error_code error;
  if (ca_file.empty()) {
    context.set_default_verify_paths(error);
    return error ? "the system's certificates: " + error.message() : std::string();
  }
  context.load_verify_file(ca_file, error);
  return error ? ca_file + ": " + error.message() : std::string();
}

}  // namespace warp::net
