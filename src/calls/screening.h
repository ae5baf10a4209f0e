// Screening: what an INVITE must be before anything is done for it. Each check answers with the refusal, or
// nothing.
#pragma once

#include <optional>

#include "warp/routing/query.h"

#include "call.h"
#include "context.h"
#include "ending.h"

namespace warp::calls {

// Max-Forwards, Require, Contact, scheme, body type and Accept.
// `options`: extensions that may be required (capabilities.h).
std::optional<Refusal> check_message(const sip::Message& request, std::uint8_t options);
// An INVITE of our own that a peer sent back.
std::optional<Refusal> check_loop(const Context& context, const Call& call);
// Reads the offer into the set-up.
std::optional<Refusal> read_offer(Call& call);
// Who calls whom, from where: the numbers of the record, the identity for the far end.
std::optional<Refusal> read_numbers(Call& call);
// Inbound or outbound, the customer, and the settings of the trunks and providers that follow from it.
std::optional<Refusal> choose_kind(const Context& context, Call& call);
// Routes and prices it.
std::optional<Refusal> decide(Context& context, Call& call);

// What a decision about the call may know.
routing::RouteQuery query_of(Context& context, const Call& call, const routing::QualityTable* quality,
                             const routing::LoadView* load);

}  // namespace warp::calls
