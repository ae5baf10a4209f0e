#include <sstream>

#include "warp/domain/address.h"
#include "warp/sip/auth/digest.h"

#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> protection_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  return {
      text_key(
          "sip.auth.realm", c.sip.auth.realm, Restart,
          "realm of digest challenges and of new credentials; passwords are kept hashed with it, so that "
          "another one makes new passwords of all"),
      secret_key("sip.auth.nonce_key", c.sip.auth.nonce_key,
                 "what nonces are sealed with, 16 octets or more, the same on every node, as {file: PATH} or "
                 "{env: NAME}; empty: one is made up, and other nodes challenge anew"),
      duration_key("sip.auth.nonce_lifetime", c.sip.auth.nonce_lifetime, {10'000, kHour}, Restart,
                   "how long a nonce is good; after it clients are told that it is stale"),
      text_key("sip.auth.algorithms", c.sip.auth.algorithms, Restart,
               "what is offered to clients, the first choice first, with blanks between: SHA-256, MD5"),
      flag_key("sip.protection.enabled", c.sip.protection.enabled, Restart,
               "strangers have buckets of requests and are banned for what they are refused for"),
      text_key(
          "sip.protection.allowed", c.sip.protection.allowed, Restart,
          "addresses and networks that are never banned nor slowed, separated by blanks; those of trunks "
          "and providers never are"),
      text_key("sip.protection.scanners", c.sip.protection.scanners, Restart,
               "parts of User-Agent, separated by blanks, that give a scanner away: it is banned at once and "
               "hears nothing"),
      number_key("sip.protection.ban_score", c.sip.protection.ban_score, {1, 100'000}, Restart,
                 "points that ban a source: 1 for a refused or malformed request, 2 for a method that is not "
                 "allowed, 4 for a failed authentication"),
      duration_key("sip.protection.score_half_life", c.sip.protection.score_half_life, {1'000, kHour},
                   Restart, "in which points halve"),
      duration_key("sip.protection.ban_time", c.sip.protection.ban_time, {1'000, 24 * kHour}, Restart,
                   "the first ban of a source; each further one is twice as long"),
      duration_key("sip.protection.longest_ban", c.sip.protection.longest_ban, {1'000, 31 * 24 * kHour},
                   Restart, "the longest; a source that was quiet for twice as long starts anew"),
      number_key("sip.protection.requests_per_second", c.sip.protection.requests_per_second, {1, 100'000},
                 Restart, "requests of one stranger and kind of method (INVITE, REGISTER, OPTIONS, others)"),
      number_key("sip.protection.strangers_per_second", c.sip.protection.strangers_per_second, {1, 1'000'000},
                 Restart, "requests of all strangers together that cost a transaction; more are dropped"),
      flag_key("sip.protection.share_bans", c.sip.protection.share_bans, Restart,
               "bans of one node hold on all that share the Redis"),
      flag_key("sip.overload.enabled", c.sip.overload.enabled, Restart,
               "new calls are refused with 503 while a shard's queue of datagrams stands"),
      duration_key("sip.overload.target", c.sip.overload.target, {1, 10'000}, Restart,
                   "how long a datagram may wait to be read before that is overload"),
      duration_key("sip.overload.interval", c.sip.overload.interval, {10, 10'000}, Restart,
                   "of one decision: a queue that is shorter than the target once within it does not stand"),
      number_key("sip.overload.least_calls", c.sip.overload.least_calls, {1, 100'000}, Restart,
                 "new calls a second that a shard takes however overloaded it is"),
      duration_key("sip.overload.retry_after", c.sip.overload.retry_after, {0, 10 * 60'000}, Restart,
                   "Retry-After of those 503; 0: none"),
      flag_key(
          "sip.overload.tell_peers", c.sip.overload.tell_peers, Restart,
          "trunks and providers that offer RFC 7339 (oc in Via) are told what part of their calls not to "
          "send"),
      flag_key("sip.overload.ask_far_ends", c.sip.overload.ask_far_ends, Restart,
               "INVITEs offer RFC 7339 to far ends, and what they then say is kept to"),
      duration_key("sip.overload.validity", c.sip.overload.validity, {10, kHour}, Restart,
                   "how long what a peer was told holds (oc-validity)"),
  };
}

std::vector<Key> limits_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  return {
      flag_key("limits.cluster.enabled", c.limits.cluster.enabled, Restart,
               "limits hold over all nodes that share the Redis; without one, or while it is away, each node "
               "keeps them alone"),
      duration_key("limits.cluster.interval", c.limits.cluster.interval, {20, 10'000}, Restart,
                   "how often a node says what it uses, and hears what the others use"),
      duration_key("limits.cluster.life", c.limits.cluster.life, {100, 10 * 60'000}, Restart,
                   "how long what a node said counts after its last word; several intervals"),
      duration_key("limits.audit_interval", c.limits.audit_interval, {1'000, kHour}, Restart,
                   "how often counters are compared with the calls that there are"),
  };
}

void check_limits(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  std::istringstream networks(c.sip.protection.allowed);
  for (std::string word; networks >> word;)
    if (!domain::Cidr::parse(word))
      faults.push_back({file, 0, "sip.protection.allowed", "names something that is no network: " + word,
                        "write addresses and networks such as 192.0.2.0/24, separated by blanks"});
  if (c.limits.cluster.life < 3 * c.limits.cluster.interval)
    faults.push_back({file, 0, "limits.cluster.life", "is shorter than three times limits.cluster.interval",
                      "lengthen it: a word that comes late must not look like a node that died"});
  if (c.sip.protection.longest_ban < c.sip.protection.ban_time)
    faults.push_back({file, 0, "sip.protection.longest_ban", "is shorter than sip.protection.ban_time",
                      "lengthen it, or shorten the first ban"});
}

void check_auth(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto& auth = c.sip.auth;
  const auto fault = [&](const char* key, const char* problem, const char* cure) {
    faults.push_back({file, 0, key, problem, cure});
  };
  constexpr std::string_view kRealm = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (auth.realm.empty() || auth.realm.size() > 253 ||
      auth.realm.find_first_not_of(kRealm) != std::string::npos)
    fault("sip.auth.realm", "is no host name", "write it with letters, digits, dots and dashes");
  if (!auth.nonce_key.value.empty() && auth.nonce_key.value.size() < 16)
    fault("sip.auth.nonce_key", "is shorter than 16 octets",
          "give it random octets, such as `openssl rand -hex 32` writes");
  std::istringstream words(auth.algorithms);
  bool any = false, known = true;
  for (std::string word; words >> word; any = true)
    known &= sip::digest_algorithm_from(word).has_value();
  if (!any || !known)
    fault("sip.auth.algorithms", "names none, or an unknown one", "write SHA-256, MD5 or both");
}

}  // namespace warp::app
