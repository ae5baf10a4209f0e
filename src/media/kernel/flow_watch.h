// FlowWatch: what one side of a stream knows about its way through the kernel. Part of Side; the worker's own
// but for what the mutex guards.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "warp/base/clock.h"
#include "warp/domain/address.h"
#include "warp/domain/media_terms.h"

#include "path.h"

namespace warp::media {

struct FlowWatch {
  // So many packets in a row from one address and port, and the source is taken to stay.
  static constexpr std::uint32_t kEnough = 10;

  // The worker says these. Not plain: taps, another codec, encryption, a clip, anything that must see
  // packets.
  bool plain = true;
  std::optional<std::uint8_t> to_user_space;  // payload type of telephone-event

  domain::SocketAddress source;  // of the last RTP that was believed
  std::uint32_t packets = 0;     // in a row from there

  Monotonic not_before{};           // the next try
  domain::SocketAddress installed;  // the source that the kernel forwards

  // Guards the two below, and the side's counters while they are told of what the kernel did: statistics are
  // asked for by other threads.
  mutable std::mutex mutex;
  std::optional<KernelPath::FlowId> id;  // what comes to this side is forwarded by the kernel
  KernelCounters told;                   // what the side's counters have been told already

  // What is agreed with the side. Whoever treats packets, or lets others see them, says so on top of it.
  void agree(const domain::MediaTerms* terms) {
    using domain::SrtpSuite;
    to_user_space = terms != nullptr ? terms->events : std::nullopt;
    plain = terms == nullptr || (terms->send.suite == SrtpSuite::None &&
                                 terms->receive.suite == SrtpSuite::None && !terms->dtls && !terms->ice);
  }

  // Every RTP packet that is believed.
  void seen(const domain::SocketAddress& from) {
    if (from != source) {
      source = from;
      packets = 0;
    }
    if (packets < kEnough) ++packets;
  }
};

}  // namespace warp::media
