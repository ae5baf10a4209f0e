// Resolver: DNS for all threads. c-ares speaks the protocol on the sockets of one event loop; answers are
// kept by their TTL within bounds, negative ones too, and served beyond it while no server answers (RFC
// 8767).
//
// The loop is the resolver's own in the daemon: a slow scrape or a large import on another loop must not
// delay a call that waits for a name, and shards never run c-ares. Names that are in use are asked for again
// shortly before they expire, so that a busy name is always at hand.
//
// One query a name and type is on the wire at a time. Addresses of the hosts file win over the DNS. Every
// question is answered: by what is found, by what is remembered, or with Outcome::Failed when the time is
// over.
//
// Metrics: warp_dns_queries_total{type,outcome}, warp_dns_query_seconds, warp_dns_cache_entries,
// warp_dns_stale_served_total.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/executor.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/net/dns_answer.h"
#include "warp/net/loop.h"

namespace warp::net::dns {

struct CacheSettings {
  std::chrono::seconds least_ttl{1}, most_ttl{3600};
  std::chrono::seconds most_negative_ttl{60};
  std::chrono::seconds stale{24 * 3600};  // how long after its TTL an answer is served while DNS is down
  std::chrono::seconds retry{5};          // after a failure, before a name is asked for again
  std::uint32_t entries = 10'000;
};

struct Settings {
  std::vector<domain::SocketAddress> servers{};  // empty: resolv.conf's
  std::chrono::milliseconds timeout{1000};       // of the first try; doubles with each
  std::uint32_t tries = 2;                       // a server
  // How long a question waits for a fresh answer when an old one is at hand.
  std::chrono::milliseconds stale_wait{500};
  std::string hosts_file = "/etc/hosts";  // empty: none
  CacheSettings cache{};
};

struct Lookup {
  std::shared_ptr<const Answer> answer;  // null: not known (cached() alone)
  bool stale = false;
  explicit operator bool() const { return answer != nullptr; }
};

class Resolver {
 public:
  // Throws std::runtime_error with a sentence for people when c-ares cannot be set up. Whoever is given as
  // `where` must outlive the loop's run.
  Resolver(Loop& loop, Settings settings, metrics::Registry& metrics, log::Logger& log);
  ~Resolver();  // nobody runs the loop
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Any thread. `done` runs on `where`, once, within deadline(); a name that is_name() refuses is NoName.
  void resolve(std::string_view name, RecordType type, Executor& where, std::function<void(Lookup)> done);
  // Any thread, no wait: what is fresh, or old while DNS is known to be down. Has it renewed when its time is
  // nearly over.
  Lookup cached(std::string_view name, RecordType type);

  // The longest that resolve() takes.
  std::chrono::milliseconds deadline() const;
  std::size_t entries() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // work that was posted to the loop holds it weakly
};

}  // namespace warp::net::dns
