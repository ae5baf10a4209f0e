#include "acceptor.h"

#include "tls.h"

namespace warp::smpp {

Result<Acceptor::Tls, std::string> Acceptor::read_tls() const {
  Tls tls;
  if (!settings_.tls) return tls;
  auto context = server_context(*settings_.tls);
  if (!context) return context.error();
  tls.emplace(std::move(*context));
  return tls;
}

Result<void, std::string> Acceptor::listen() {
  auto tls = read_tls();
  if (!tls) return tls.error();
  use_tls(std::move(*tls));
  if (const auto opened = open(); !opened) return "SMPP on " + opened.error();
  return {};
}

}  // namespace warp::smpp
