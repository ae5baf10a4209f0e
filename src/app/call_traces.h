// CallTraces: what passes of the signalling of calls that somebody wants to see. Bounded: kMost calls, and of
// each kMessages messages and kOctets octets; the oldest trace that has ended makes room.
//
// Taps of all shards write, the API reads; thread-safe. While nothing is traced a message costs one load.
#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "warp/api/ports.h"
#include "warp/base/clock.h"
#include "warp/domain/call_capture.h"
#include "warp/sip/transport/message_handler.h"

namespace warp::app {

// A SIP message with what its sender proves itself by left out: the values of Authorization and
// Proxy-Authorization.
std::string without_secrets(std::string_view message);

class CallTraces {
 public:
  static constexpr std::size_t kMost = 64, kMessages = 256, kOctets = 1 << 20;
  static constexpr std::chrono::seconds kLingers{40};  // after the call: answers and repeats

  explicit CallTraces(const Clock& clock) : clock_(clock) {}

  // From now on; `sip_call_ids` are those of its legs, as far as they are known. Again: goes on. False: too
  // many run.
  bool start(CallId call, CustomerId customer, const std::vector<std::string>& sip_call_ids);
  // Keeps what there is. False: it is not traced.
  bool stop(CallId call);
  bool running(CallId call) const;
  // nullopt: no trace of this customer's call; without a customer: of anybody's.
  std::optional<api::CallTrace> read(CallId call, std::optional<CustomerId> customer) const;

  // For the taps.
  bool watches() const { return watched_.load(std::memory_order_relaxed) != 0; }
  void add(std::string_view sip_call_id, bool sent, const sip::Flow& flow, std::string_view message);
  void join(std::string_view sip_call_id, std::string_view far);
  void over(CallId call);

 private:
  struct Trace {
    CallId call;
    CustomerId customer;
    bool running = true, cut = false;
    std::optional<Monotonic> until;  // the call is over, and this is the end of what follows
    std::size_t octets = 0;
    std::vector<std::string> sip_call_ids;
    std::vector<api::TracedMessage> messages;
  };
  using Traces = std::list<Trace>;

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  Trace* find(CallId call);
  const Trace* find(CallId call) const;
  void watch(Trace& trace, std::string sip_call_id);
  void end(Trace& trace);
  bool make_room();

  const Clock& clock_;
  std::atomic<std::size_t> watched_{0};  // Call-IDs
  mutable std::mutex mutex_;             // guards the rest
  Traces traces_;                        // in the order of their start
  std::unordered_map<std::string, Trace*, Hash, std::equal_to<>> by_sip_call_id_;
};

// One shard's eyes for traces, before those of capture.
class TraceTap final : public sip::MessageTap, public domain::CallCapture {
 public:
  // `capture` sees the same: as the tap and as itself; null: none.
  TraceTap(CallTraces& traces, sip::MessageTap* tap, domain::CallCapture* capture)
      : traces_(traces), tap_(tap), capture_(capture) {}

  void on_message(Way way, const sip::Flow& flow, std::string_view bytes) override;
  void joined(const Legs& legs) override;
  void ended(const domain::CallRecord& record) override;

 private:
  CallTraces& traces_;
  sip::MessageTap* const tap_;
  domain::CallCapture* const capture_;
};

}  // namespace warp::app
