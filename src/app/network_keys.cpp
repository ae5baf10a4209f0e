#include <algorithm>
#include <utility>

#include "app/config_values.h"
#include "app/key_sections.h"
#include "app/media_settings.h"

namespace warp::app {

std::vector<Key> dns_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  return {
      servers_key("dns.servers", c.dns.servers,
                  "DNS servers, each ADDRESS or ADDRESS:PORT; none: those of /etc/resolv.conf"),
      duration_key("dns.timeout", c.dns.timeout, {50, 30'000}, Restart,
                   "how long a server may take at the first try; twice as long at each further one"),
      number_key("dns.tries", c.dns.tries, {1, 6}, Restart, "how often each server is tried"),
      duration_key("dns.call_wait", c.dns.call_wait, {100, 30'000}, Restart,
                   "how long a call waits for the DNS before its next route is tried (NAME_UNRESOLVED)"),
      duration_key("dns.stale_wait", c.dns.stale_wait, {0, 30'000}, Restart,
                   "how long a question waits for a fresh answer when an old one is at hand"),
      text_key("dns.hosts_file", c.dns.hosts_file, Restart,
               "addresses that win over the DNS, as in /etc/hosts; empty: none"),
      number_key("dns.cache.entries", c.dns.cache.entries, {16, 10'000'000}, Restart,
                 "names and types that are remembered"),
      duration_key("dns.cache.least_ttl", c.dns.cache.least_ttl, {0, kHour}, Restart,
                   "how long an answer is used at least, whatever its TTL"),
      duration_key("dns.cache.most_ttl", c.dns.cache.most_ttl, {1'000, 7 * 24 * kHour}, Restart,
                   "and at most"),
      duration_key("dns.cache.most_negative_ttl", c.dns.cache.most_negative_ttl, {0, kHour}, Restart,
                   "how long it is remembered at most that a name or record is not there"),
      duration_key("dns.cache.stale", c.dns.cache.stale, {0, 30 * 24 * kHour}, Restart,
                   "how long beyond its TTL an answer is used while no server gives a newer one"),
      duration_key("dns.cache.retry", c.dns.cache.retry, {1'000, kHour}, Restart,
                   "how long a name is not asked for again after no server answered"),
  };
}

std::vector<Key> registrar_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  return {
      flag_key("registrar.enabled", c.registrar.enabled, Restart,
               "devices of trunks with credentials may register; our own registrations go on without it"),
      duration_key(
          "registrar.expiry", c.registrar.expiry, {60'000, 24 * kHour}, Restart,
          "how long a binding lives when the device asks for nothing; the trunk's access policy bounds "
          "it"),
      duration_key("registrar.flow_timer", c.registrar.flow_timer, {10'000, kHour}, Restart,
                   "how often devices on TCP and TLS are told to send a keep-alive (RFC 5626)"),
  };
}

std::vector<Key> media_keys(Config& c) {
  using enum Applies;
  return {
      number_key("media.workers", c.media.workers, {1, 64}, Restart,
                 "threads that relay RTP; a stream lives on one"),
      interfaces_key(
          "media.interfaces", c.media.interfaces,
          "addresses that RTP is relayed on, each with the address that peers are told (advertise); of one "
          "name at most one of each family. Those of the first one's name are for every listener that names "
          "no other (media)"),
      number_key("media.ports.from", c.media.port_from, {1'024, 65'534}, Restart,
                 "first port for RTP; an even number, RTCP takes the odd one above"),
      number_key("media.ports.to", c.media.port_to, {1'025, 65'535}, Restart, "last port for RTP and RTCP"),
      duration_key("media.port_reuse_delay", c.media.port_reuse_delay, {0, 10 * 60'000}, Restart,
                   "how long a released port rests, so that late packets of one call do not reach the next"),
      number_key("media.ready_pairs", c.media.ready_pairs, {0, 20'000}, Restart,
                 "port pairs kept bound ahead a family, so that a call set-up opens no socket"),
      number_key(
          "media.coalesce_us", c.media.coalesce_us, {0, 20'000}, Restart,
          "microseconds that a worker under load sleeps between batches: a third less CPU a packet for "
          "half of it on a packet's way; 0: each packet leaves as it comes"),
      number_key(
          "media.realtime_priority", c.media.realtime_priority, {0, 99}, Restart,
          "SCHED_FIFO priority of the workers, so that packets do not wait for other programs on busy "
          "cores; needs CAP_SYS_NICE or LimitRTPRIO, and goes on without it with a line in the log; 0: "
          "none"),
      text_key(
          "media.clips", c.media.clips, Restart,
          "folder of the WAV files that calls play (welcome.wav is the clip welcome), read anew by SIGHUP; "
          "empty: the built-in tones alone"),
      number_key("media.refusal_clips_at_once", c.media.refusal_clips_at_once, {0, 100'000}, Restart,
                 "callers that hear at once why they are refused (media.refusal_clip of their trunk's "
                 "sip_policy); others are refused at once"),
      duration_key("media.quality.stretch", c.media.quality.stretch, {1'000, 60'000}, Restart,
                   "how long a stretch of a call is that gets a score of its own (docs/media/quality.md)"),
      duration_key("media.quality.one_way_after", c.media.quality.one_way_after, {0, 10 * 60'000}, Restart,
                   "how long nothing may come of a side, while the other is heard, before the call counts as "
                   "one-way; 0: never"),
      duration_key("media.quality.silent_after", c.media.quality.silent_after, {0, 60 * 60'000}, Restart,
                   "how long what comes of a side may be silence before it is told; 0: never"),
      kernel_mode_key(
          "media.kernel.mode", c.media.kernel.mode,
          "whether the kernel forwards plain RTP past the daemon: off, auto (where it can be had; the "
          "log says why not) or required (the daemon does not start without it); "
          "docs/operations/kernel-relay.md"),
      text_key(
          "media.kernel.pins", c.media.kernel.pins, Restart,
          "folder on a bpf file system where the kernel's flows outlive a killed daemon; each daemon of a "
          "machine needs its own"),
  };
}

namespace {

void check_interfaces(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  constexpr std::size_t kMostNetworks = 64;
  const auto fault = [&](std::string what, std::string cure) {
    faults.push_back({file, 0, "media.interfaces", std::move(what), std::move(cure)});
  };
  const auto& all = c.media.interfaces;
  for (auto one = all.begin(); one != all.end(); ++one) {
    if (one->bind.is_unspecified() && !one->advertise)
      fault("binds " + one->bind.to_string() + " without `advertise`",
            "add advertise: with the address that peers send RTP to");
    if (one->advertise && one->advertise->v6 != one->bind.v6)
      fault("advertises an address of the other family for " + one->bind.to_string(),
            "give each family an entry of its own");
    for (auto before = all.begin(); before != one; ++before) {
      if (before->bind.v6 != one->bind.v6) continue;
      if (before->name == one->name)
        fault("has two addresses of one family" + (one->name.empty() ? "" : " named `" + one->name + "`"),
              "keep one IPv4 and one IPv6 of a name, or give the second another name");
      else if (before->bind != one->bind && (before->bind.is_unspecified() || one->bind.is_unspecified()))
        fault("binds " + before->bind.to_string() + " and " + one->bind.to_string() + " on the same ports",
              "bind one address in both, or two addresses of this machine");
    }
  }
  if (media_networks(c).size() > kMostNetworks) fault("has more than 64 names", "share names");
  for (const auto& listener : c.sip.listeners)
    if (!listener.media.empty() &&
        std::none_of(all.begin(), all.end(), [&](const auto& one) { return one.name == listener.media; }))
      faults.push_back(
          {file, 0, "sip.listeners",
           "names the media interface `" + listener.media + "`, which is not in media.interfaces",
           "give one of media.interfaces that name"});
}

}  // namespace

void check_media(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  check_interfaces(c, file, faults);
  if (c.media.port_from % 2 != 0)
    faults.push_back({file, 0, "media.ports.from", "is odd", "RTP takes even ports: use an even number"});
  if (c.media.port_to < c.media.port_from + 3)
    faults.push_back({file, 0, "media.ports.to", "leaves no room above media.ports.from",
                      "a call takes two pairs, four ports: widen the range"});
}

}  // namespace warp::app
