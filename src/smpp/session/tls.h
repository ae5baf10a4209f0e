// TLS contexts from files. The error is a sentence for people.
#pragma once

#include <string>

#include <boost/asio/ssl/context.hpp>

#include "warp/base/result.h"
#include "warp/smpp/session/client.h"
#include "warp/smpp/session/server.h"

namespace warp::smpp {

Result<boost::asio::ssl::context, std::string> server_context(const TlsFiles& files);
Result<boost::asio::ssl::context, std::string> client_context(const ClientTls& tls);

}  // namespace warp::smpp
