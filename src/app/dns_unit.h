// DnsUnit: the resolver on a loop and a thread of its own, and RFC 3263's way from a host to addresses.
#pragma once

#include <thread>

#include "warp/net/dns.h"
#include "warp/sip/transport/locator.h"

#include "app/config.h"
#include "app/health.h"

namespace warp::app {

class DnsUnit {
 public:
  // Throws std::runtime_error with a sentence for people.
  DnsUnit(const Config& config, const Clock& clock, log::Logger& log, metrics::Registry& metrics);
  ~DnsUnit();

  sip::Locator& locator() { return locator_; }
  void watch(Health& health) { health.watch("dns", loop_); }
  void run();  // makes the thread
  // Ends it. Before whoever asks is gone.
  void stop();

 private:
  net::Loop loop_;
  net::dns::Resolver resolver_;
  sip::Locator locator_;
  std::thread thread_;
};

}  // namespace warp::app
