// CaptureTap: one shard's eyes: sees every SIP message, decides whether its call is captured, and leaves a
// HEP packet in the shard's ring. Never waits: what does not fit is counted and gone.
//
// A message is judged by the policy of the peer that it came from or goes to, and by the hash of the caller's
// Call-ID, so that a call is captured whole: the engine says which legs are one call (domain::CallCapture).
// Both legs carry the caller's Call-ID as correlation id. At the end of a call what its media counted goes
// out as RTCP (HEP type 5) of each side.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/metrics.h"
#include "warp/domain/call_capture.h"
#include "warp/hep/packet.h"
#include "warp/integrations/capture_ring.h"
#include "warp/integrations/capture_settings.h"
#include "warp/routing/snapshot.h"
#include "warp/sip/transport/message_handler.h"

namespace warp::integrations {

class CaptureTap final : public sip::MessageTap, public domain::CallCapture {
 public:
  // All outlive the tap.
  struct Needs {
    const Clock& clock;
    const routing::SnapshotHolder& snapshots;
    metrics::Registry& metrics;
    CaptureRing& ring;
    std::function<void()> wake;  // the sender has something to do; any thread, cheap
  };
  CaptureTap(const CaptureSettings& settings, const Needs& needs);

  void on_message(Way way, const sip::Flow& flow, std::string_view bytes) override;
  void joined(const Legs& legs) override;
  void ended(const domain::CallRecord& record) override;

  std::size_t legs() const { return legs_.size(); }  // that are remembered

 private:
  struct Leg {
    std::string correlation_id;
    bool wanted = false;
    domain::SocketAddress remote, local;  // of its last message
    domain::SipTransport transport = domain::SipTransport::Udp;
    std::vector<std::string> far;  // of a caller's leg: its far legs
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Leaving {
    Monotonic at;
    std::string call_id;
  };

  bool chosen(const domain::CapturePolicy& policy, std::string_view correlation_id) const;
  domain::CapturePolicy policy_of(const sip::Flow& flow) const;
  void forget_old(Monotonic now);
  void report(const Leg& leg, const domain::LegMedia& media);
  void emit(hep::Packet& packet, const domain::SocketAddress& from, const domain::SocketAddress& to,
            domain::SipTransport transport);

  const CaptureSettings settings_;
  const Clock& clock_;
  const routing::SnapshotHolder& snapshots_;
  CaptureRing& ring_;
  const std::function<void()> wake_;
  metrics::Counter &queue_full_, &too_large_;
  std::unordered_map<std::string, Leg, Hash, std::equal_to<>> legs_;
  std::deque<Leaving> leaving_;
};

}  // namespace warp::integrations
