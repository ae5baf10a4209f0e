// Registered: calls to a trunk that is reached where its devices registered (RFC 3261 §10, RFC 3327, RFC 5626
// §5.3, RFC 6140): each binding is a candidate, the best q first, tried one after the other.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "call.h"
#include "context.h"

namespace warp::calls {

// Makes the trunk's bindings the candidates of the call. NormalClearing; NotRegistered when there is none;
// TrunkHasNoEndpoint when the trunk cannot register.
domain::Reason use_bindings(const Context& context, Call& call);

// The binding behind a candidate; null for any other.
const domain::Binding* binding_of(const Setup& setup, const routing::Candidate* candidate);

// Over which flow it is reached: the connection or pinhole that it registered by. Nullopt: not from here.
std::optional<sip::Flow> flow_of(const Context& context, const domain::Binding& binding);
// The Request-URI: the contact; of a PBX that registered all its numbers, the number at its contact.
std::string target_of(const domain::Binding& binding, std::string_view called);
// Route headers, the first hop first.
void add_routes(sip::Writer& writer, const domain::Binding& binding);

}  // namespace warp::calls
