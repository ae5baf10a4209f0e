#include "acceptor.h"

namespace warp::smtp {

Result<void, std::string> Acceptor::listen() {
  if (settings_.tls) {
    auto context = server_context(*settings_.tls);
    if (!context) return context.error();
    tls_ = *context;
  }
  if (const auto opened = open(); !opened) return "SMTP on " + opened.error();
  return {};
}

}  // namespace warp::smtp
