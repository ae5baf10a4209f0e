// LiveCalls: the calls in progress over all shards, for the API. Thread-safe: each shard is asked on its own
// thread, the answer is posted to where the asker lives.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/executor.h"
#include "warp/base/uuid.h"
#include "warp/domain/call_record.h"
#include "warp/domain/reason.h"
#include "warp/domain/recording_port.h"

namespace warp::calls {

class CallEngine;

enum class LiveState : std::uint8_t { Trying, Ringing, Answering, Up };
std::string_view to_string(LiveState state);  // trying, ringing, answering, up

struct LiveCall {
  CallId call;
  CustomerId customer;
  TrunkId trunk;
  ProviderId provider;  // nil when it goes to a customer trunk from a customer trunk
  domain::Direction direction = domain::Direction::Outbound;
  LiveState state = LiveState::Trying;
  std::string ani, dni;  // as received
  std::string ani_e164, dni_e164;
  std::string source_address, far_address;
  std::string sip_call_id, far_sip_call_id;
  WallTime setup_at{};
  std::optional<WallTime> answered_at;
  bool recording = false;
  domain::LegMedia caller_media, callee_media;  // as they stand
};

using domain::RecordingWish;
enum class RecordingAnswer : std::uint8_t {
  Done,
  NoSuchCall,  // of this customer
  NotUp,       // it is not answered yet
  NoMedia,     // its media go around us
  Already,     // it is being recorded
  NotRecorded,
  Refused,  // there are no recordings here (no such recorder), or no room for one
};
std::string_view to_string(RecordingAnswer answer);  // done, no_such_call, not_up, …
struct RecordingBegun {
  RecordingAnswer answer = RecordingAnswer::NoSuchCall;
  domain::RecordingId id = {};  // when Done
  friend bool operator==(const RecordingBegun&, const RecordingBegun&) = default;
};

struct LiveFilter {
  std::optional<CustomerId> customer = {};
  std::optional<TrunkId> trunk = {};
  std::optional<CallId> call = {};
  std::size_t limit = 100;  // over all shards
};

class LiveCalls {
 public:
  struct Shard {
    Executor* executor = nullptr;
    CallEngine* engine = nullptr;
  };
  explicit LiveCalls(std::vector<Shard> shards) : shards_(std::move(shards)) {}

  // Oldest first, at most filter.limit.
  void list(const LiveFilter& filter, Executor& where, std::function<void(std::vector<LiveCall>)> done) const;
  // Ends one call with BYE (or a refusal when it is not up yet); done(false): no such call for this customer.
  void end(CallId call, std::optional<CustomerId> customer, domain::Reason reason, Executor& where,
           std::function<void(bool)> done) const;
  // Begins to record one call that is up; or stops that.
  void record(CallId call, std::optional<CustomerId> customer, const RecordingWish& wish, Executor& where,
              std::function<void(RecordingBegun)> done) const;
  void stop_recording(CallId call, std::optional<CustomerId> customer, Executor& where,
                      std::function<void(RecordingAnswer)> done) const;
  std::size_t count() const;

 private:
  std::vector<Shard> shards_;
};

}  // namespace warp::calls
