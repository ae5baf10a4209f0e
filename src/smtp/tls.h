// TLS 1.2 and later. The error is a sentence for people.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "warp/base/result.h"
#include "warp/smtp/client.h"
#include "warp/smtp/server.h"

namespace warp::smtp {

// shared_ptr: streams that are still under way keep the context they were made of.
using Context = std::shared_ptr<boost::asio::ssl::context>;
Result<Context, std::string> server_context(const TlsFiles& files);
Result<Context, std::string> client_context(const ClientTls& tls);

}  // namespace warp::smtp
