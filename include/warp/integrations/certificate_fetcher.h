// HttpsCertificateFetcher: signers' certificates over the Internet, from addresses that strangers name.
//
// https alone, ports 443 and 8443 (ATIS-1000074), public addresses, no redirects, 64 KiB, all within one
// deadline, whatever the resolver does.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/http/client.h"
#include "warp/integrations/certificate_cache.h"
#include "warp/net/task_group.h"

namespace warp::integrations {

struct CertificateFetchSettings {
  bool allow_private = false;  // addresses that are not public
  bool any_port = false;
  std::string ca_file{};  // of the servers' own TLS certificates; empty: the system's
  std::chrono::milliseconds timeout{2000};
  std::string user_agent = "WARP";
};

// Seconds of "max-age"; 0 with no-store or no-cache; nullopt when it says nothing.
std::optional<std::chrono::seconds> lifetime_of(std::string_view cache_control);

class HttpsCertificateFetcher final : public CertificateFetcher {
 public:
  // The error is a sentence for people. `tasks` is cancelled before this goes.
  static Result<std::unique_ptr<HttpsCertificateFetcher>, std::string> make(CertificateFetchSettings settings,
                                                                            net::TaskGroup& tasks);
  void fetch(std::string url, Done done) override;

 private:
  struct Pending;
  HttpsCertificateFetcher(CertificateFetchSettings settings, std::unique_ptr<http::Client> client,
                          net::TaskGroup& tasks);
  boost::asio::awaitable<void> carry(std::string url, std::shared_ptr<Pending> pending);
  static boost::asio::awaitable<void> give_up(std::chrono::milliseconds after,
                                              std::shared_ptr<Pending> pending);
  bool allowed(std::string_view url) const;

  const CertificateFetchSettings settings_;
  const std::unique_ptr<http::Client> client_;
  net::TaskGroup& tasks_;
};

}  // namespace warp::integrations
