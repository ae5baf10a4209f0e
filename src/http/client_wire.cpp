#include "client_wire.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

#include "warp/net/tls.h"

namespace warp::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ssl = asio::ssl;
using boost::system::error_code;

ClientError error_of(const error_code& error, ClientError otherwise) {
  if (error == beast::error::timeout) return ClientError::TimedOut;
  if (error == beast::http::error::header_limit) return ClientError::TooLarge;
  return otherwise;
}

Result<void, std::string> prepare(ssl::context& tls, const std::string& ca_file) {
  error_code error;
  tls.set_options(net::kTls12Once, error);
  tls.set_verify_mode(ssl::verify_peer, error);
  if (auto fault = net::trust(tls, ca_file); !fault.empty()) return "cannot read " + fault;
  return boost::system::in_place_value;
}

bool expect(SecureStream& stream, const std::string& host) {
  error_code error;
  stream.set_verify_callback(ssl::host_name_verification(host), error);
  error_code no_literal;
  asio::ip::make_address(host, no_literal);
  return !error && (!no_literal || SSL_set_tlsext_host_name(stream.native_handle(), host.c_str()));
}

WireRequest wire_of(const ClientRequest& request, const std::string& target, const Url& url,
                    const std::string& user_agent) {
  WireRequest wire;
  wire.version(11);
  wire.method_string(std::string(to_string(request.method)));
  wire.target(target);
  for (const auto& [name, value] : request.headers.items())
    wire.insert(name, value);
  wire.set(beast::http::field::host, url.authority());
  wire.set(beast::http::field::user_agent, user_agent);
  return wire;
}

ClientResponse head_of(const beast::http::response_header<>& head) {
  ClientResponse response;
  response.status = head.result_int();
  for (const auto& field : head)
    response.headers.add(std::string_view(field.name_string().data(), field.name_string().size()),
                         std::string_view(field.value().data(), field.value().size()));
  return response;
}

}  // namespace warp::http
