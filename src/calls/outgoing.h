// Outgoing: the requests that we originate, on either leg.
#pragma once

#include <optional>
#include <string_view>

#include "call.h"
#include "cause.h"
#include "context.h"
#include "header_line.h"

namespace warp::calls {

struct RequestParts {
  std::optional<Cause> cause = {};
  std::string_view content_type = {}, body = {};
  HeaderLines extra = {};
  std::string_view name = {}, value = {};  // one more header, by its name
  std::string_view session_expires = {};   // empty: nothing is said of session timers
  std::chrono::seconds min_se{0};          // 0: not said
};

// The INVITE of the attempt in call.setup, which is filled in but for its transaction. False when it could
// not be written or sent.
bool send_far_invite(Context& context, Call& call, std::string_view called, std::string_view body);

// A request within a dialog, a leg's or an early one. 0 when it could not be written.
sip::TransactionId send_within(Context& context, sip::Dialog& dialog, sip::Method method,
                               const RequestParts& parts, std::optional<std::uint32_t> cseq = {},
                               const std::shared_ptr<FarAuth>& auth = {});
// A request within a leg's dialog. 0 when it could not be written.
sip::TransactionId send_in_dialog(Context& context, Leg& leg, sip::Method method, const RequestParts& parts);
// ACK for the 2xx of leg.invite (or of `cseq`), with leg.ack_body when there is one.
void send_ack(Context& context, Leg& leg);
// BYE; the dialog stays known until it is answered, so that a BYE that crosses it gets its 200.
void send_bye(Context& context, Leg& leg, Side side, const Cause& cause);
// BYE in a dialog restored from the journal, with a CSeq beyond what the dead process may have used since.
void send_recovered_bye(Context& context, Leg& leg, Side side, const Cause& cause);
// A 2xx that nobody wants (forked, late, after CANCEL): ACK, then BYE.
void reject_answer(Context& context, const sip::Message& response, const sip::Flow& from, const Cause& cause);

}  // namespace warp::calls
