// What the daemon's TLS contexts have in common. Errors are sentences for people, empty when all went well.
#pragma once

#include <string>

#include <boost/asio/ssl/context.hpp>

namespace warp::net {

// TLS 1.2 and later.
inline constexpr auto kTls12 = boost::asio::ssl::context::default_workarounds |
                               boost::asio::ssl::context::no_sslv2 | boost::asio::ssl::context::no_sslv3 |
                               boost::asio::ssl::context::no_tlsv1 | boost::asio::ssl::context::no_tlsv1_1;
// … where no peer may begin a new handshake within the connection.
inline constexpr auto kTls12Once = kTls12 | SSL_OP_NO_RENEGOTIATION;

// What the context shows; both files are PEM.
std::string use_certificate(boost::asio::ssl::context& context, const std::string& chain,
                            const std::string& key);
// Whom it believes, and nobody else from now on: the authorities in the file, or those of the system when no
// file is named, whose store all such contexts share: add nothing to it. Any thread.
std::string trust(boost::asio::ssl::context& context, const std::string& ca_file);

}  // namespace warp::net
