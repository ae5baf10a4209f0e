// Handover: a call moves to the shard where it is needed (docs/adr/0027). Calls are found by our tags; the
// shard that owns a Call-ID passes on what comes for tags that it gave away.
//
// Only a call that is up and that nothing is under way in moves: with dialogs, media session, timers and
// channels, between two messages.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "warp/sip/message/message.h"
#include "warp/sip/transport/transport.h"

#include "call.h"

namespace warp::calls {

struct Context;
struct DialogName;

// Tags that another shard has. On the shard's thread.
class MovedTags {
 public:
  void note(Tag tag, unsigned shard, Monotonic now);
  void forget(Tag tag) { tags_.erase(tag); }
  // Nothing more is expected for it after that moment.
  void expire(Tag tag, Monotonic at);
  std::optional<unsigned> find(std::string_view tag) const;
  bool empty() const { return tags_.empty(); }

 private:
  struct Place {
    unsigned shard = 0;
    Monotonic until = Monotonic::max();
  };
  std::unordered_map<Tag, Place> tags_;
};

// The message is for a call that moved, and was passed on.
bool pass_on(Context& context, const sip::Message& message, const sip::Flow& from);

// The dialog may be another shard's: that is asked for the call, and the REFER (or the INVITE) taken up again
// when it has come, or is not to be had. False: it would be here.
bool fetch(Context& context, const Call& call, Side side, sip::TransactionId id, const sip::Message& refer,
           const sip::Flow& from, const DialogName& name);
bool fetch(Context& context, const Party& asker, sip::TransactionId id, const sip::Message& invite,
           const sip::Flow& from, const DialogName& name);

// A call of the process before: what comes for its legs comes to this shard from now on.
void claim_tags(Context& context, Call& call);
// It ended: shards that pass on its messages stop in a while.
void release_tags(Context& context, const Call& call);
// The media of a call that left stopped: it is ended where it is.
void time_out_elsewhere(Context& context, CallId call);
// Its media say something: so it is told where it is.
void tell_elsewhere(Context& context, CallId call, const domain::MediaEvent& event);

}  // namespace warp::calls
