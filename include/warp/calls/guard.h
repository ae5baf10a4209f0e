// Guard: who is not heard. Points for what is refused, a ban above a threshold, longer with every further
// one, and buckets for the requests of strangers. Thread-safe, shared by all shards: a ban holds on all at
// once.
//
// A source is an IPv4 address or an IPv6 /64. What is trusted (an address of a trunk or provider, or one of
// `allowed`) gets points never and is heard always, so that a forged address cannot silence a customer. Both
// tables have a fixed size; a newcomer takes the place of the least guilty of its set.
//
// What is dropped is counted with its reason: SOURCE_BANNED, SOURCE_RATE_EXCEEDED, and OVERLOADED for what
// all strangers together send too much of.
//
// Metrics: warp_protection_*. docs/sip/protection.md.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/domain/address.h"
#include "warp/sip/message/message.h"

namespace warp::calls {

struct GuardSettings {
  bool enabled = true;
  std::vector<domain::Cidr> allowed{};
  // Parts of User-Agent, in lower case.
  std::vector<std::string> scanners{"friendly-scanner", "sipvicious",  "sipcli", "pplsip", "sip-scan",
                                    "sundayddr",        "iwar",        "sivus",  "smap",   "sipv/0",
                                    "gulp/sip",         "siparmyknife"};
  std::uint32_t ban_score = 50;                 // points
  std::chrono::seconds score_half_life{60};     // in which points halve
  std::chrono::seconds ban_time{300};           // the first; each further one of a source is twice as long
  std::chrono::seconds longest_ban{24 * 3600};  // twice as long without a word, and all is forgotten
  std::uint32_t requests_per_second = 20;       // of one stranger and kind of method, with as much at once
  std::uint32_t strangers_per_second = 500;     // of all of them together that we remember anything of
  std::size_t tracked = 1 << 16, banned = 1 << 14;  // places; powers of two of at least 8
};

enum class Offence : std::uint8_t {
  UnknownSource,
  AuthFailure,
  Malformed,
  RateExceeded,
  MethodRefused,
  Scanner
};
inline constexpr std::size_t kOffences = 6;
std::string_view to_string(Offence offence);  // unknown_source, auth_failure, …

struct Ban {
  domain::Cidr source;  // an address, or an IPv6 /64
  std::string reason;   // an offence, or what the operator wrote
  WallTime since{}, until{};
  std::uint32_t times = 1;  // how often it was banned
  std::uint64_t dropped = 0;
  bool by_hand = false;
};

class Guard {
 public:
  using Trusts = std::function<bool(const domain::IpAddress&)>;  // any thread

  // `seed` is a secret: it keeps strangers from choosing their places in the tables.
  Guard(GuardSettings settings, Trusts trusts, const Clock& clock, std::uint64_t seed, log::Logger& log,
        metrics::Registry& metrics);
  ~Guard();

  // For every datagram: one load while nobody is banned, else a probe without a lock.
  bool admits(const domain::IpAddress& source) {
    return bans_.load(std::memory_order_relaxed) == 0 || !is_banned(source);
  }
  // May a stranger's request be looked at? It costs one of its bucket.
  bool take(const domain::IpAddress& source, sip::Method method);
  // May something be remembered of one more request of a stranger?
  bool may_remember();
  void offend(const domain::IpAddress& source, Offence offence);
  // It proved who it is: for an hour it is no stranger, and its points are forgotten.
  void welcome(const domain::IpAddress& source);
  bool is_scanner(std::string_view user_agent) const;

  // By hand, or as another node did. False: the source is trusted.
  bool ban(const domain::IpAddress& source, std::chrono::seconds time, std::string reason, bool by_hand);
  // Lifts it and forgets the points. False: it is not banned.
  bool lift(const domain::IpAddress& source);
  std::vector<Ban> bans() const;  // the newest first
  // Takes bans out that are over; now and then.
  void sweep();

  // Told of every ban and lift of this node, under a lock: must only take note. For other nodes.
  struct News {
    domain::Cidr source;
    WallTime until{};  // in the past: lifted
    std::string reason;
  };
  void on_news(std::function<void(const News&)> listener);
  // What another node told, made at `at`: done here, too, unless it is known or older than what is; told to
  // nobody.
  void hear(const News& news, WallTime at);

 private:
  struct Tables;
  bool is_banned(const domain::IpAddress& source);
  bool unban(const domain::IpAddress& source, bool tell);
  bool trusted(const domain::IpAddress& source) const;
  bool write_ban(const domain::IpAddress& source, std::chrono::seconds time, std::string reason, bool by_hand,
                 std::uint32_t times, bool tell = true);

  const GuardSettings settings_;
  const Trusts trusts_;
  const Clock& clock_;
  log::Logger& log_;
  std::atomic<std::uint32_t> bans_{0};
  std::unique_ptr<Tables> tables_;
};

}  // namespace warp::calls
