// Responses: what goes back to whoever asked, built from the request that is owed one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "call.h"
#include "cause.h"
#include "context.h"
#include "header_line.h"

namespace warp::calls {

struct SessionTerms;

struct ResponseParts {
  std::uint16_t status = 200;
  std::string_view to_tag = {};  // empty: a fresh one for a final answer to a request without To tag
  std::optional<Cause> cause = {};
  bool dialog = false;            // Contact and Record-Route: it makes or refreshes a dialog
  bool capabilities = false;      // Allow, Accept
  std::uint64_t retry_after = 0;  // seconds; 0: none
  sip::HeaderId extra = sip::HeaderId::Other;
  std::string_view extra_value = {};
  std::string_view session_expires = {};  // empty: nothing is said of session timers
  bool require_timer = false;
  std::string_view content_type = {}, body = {};
  HeaderLines lines = {};  // further ones
};

// Of a 2xx that describes a session. Views of all three.
ResponseParts session_parts(std::string_view to_tag, const SessionTerms& terms, std::string_view description);

// "<sip:host:port>" of ours for messages that use this flow.
std::string contact_of(const Context& context, const sip::Flow& flow);

std::string build_response(Context& context, const sip::Message& request, const sip::Flow& flow,
                           const ResponseParts& parts);
void respond(Context& context, sip::TransactionId id, const sip::Message& request, const sip::Flow& flow,
             const ResponseParts& parts);
inline void respond(Context& context, const Owed& owed, const ResponseParts& parts) {
  respond(context, owed.id, owed.request, owed.flow, parts);
}
// Sends a 2xx to an INVITE again until the owner drops it (the ACK came); `on_missing` when none came.
std::unique_ptr<sip::ReliableAnswer> repeat_answer(Context& context, const Owed& owed, std::string bytes,
                                                   std::function<void()> on_missing);
// The 200 to an INVITE of a dialog that there is, sent and repeated likewise.
std::unique_ptr<sip::ReliableAnswer> accept_invite(Context& context, const Owed& owed,
                                                   const ResponseParts& parts,
                                                   std::function<void()> on_missing);
// With the reason's own status, unless another is given.
void refuse(Context& context, sip::TransactionId id, const sip::Message& request, const sip::Flow& flow,
            domain::Reason reason, std::uint16_t status = 0);

// 420, with what is missing in Unsupported.
void refuse_required(Context& context, sip::TransactionId id, const sip::Message& request,
                     const sip::Flow& flow, std::string_view missing);

// A copy that outlives the transaction user's callback; nullopt for what does not parse again.
std::optional<Owed> owe(sip::TransactionId id, const sip::Message& request, const sip::Flow& flow);

}  // namespace warp::calls
