// FrontDoor: what is decided of a message before it costs a transaction: bans and buckets of strangers,
// scanners, and what an overloaded shard does not take. On the shard's thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "warp/sip/message/message.h"
#include "warp/sip/transport/transport.h"

#include "context.h"

namespace warp::calls {

// Before it is parsed, while the shard sheds load; false: it was answered or dropped.
bool wants(Context& context, std::string_view bytes, const sip::Flow& from);
// Parsed, before any transaction; false: it was answered or dropped.
bool passes(Context& context, const sip::Message& message, const sip::Flow& from);

void note_queue_delay(Context& context, std::chrono::nanoseconds delay);
// What a far end says of its load, in answers to what we asked it.
void hear_load(Context& context, const sip::Message& response, const sip::Flow& from);

// An INVITE from nobody we know, into metrics and, now and then, the log.
void note_stranger(Context& context, const sip::Flow& from);
// What was refused, when it says something of the source.
void note_refusal(Context& context, const sip::Flow& from, domain::Reason reason);
void note_auth_failure(Context& context, const sip::Flow& from);
void note_auth_success(Context& context, const sip::Flow& from);
// Completes a response to a peer that understands RFC 7339.
void note_load(Context& context, const sip::Message& request, const sip::Flow& from, std::string& response);

}  // namespace warp::calls
