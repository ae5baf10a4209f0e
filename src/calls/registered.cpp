#include "registered.h"

#include "warp/base/text.h"
#include "warp/sip/message/uri.h"

namespace warp::calls {

using domain::Reason;

namespace {
constexpr std::size_t kMostTried = 10;
}

Reason use_bindings(const Context& context, Call& call) {
  Setup& setup = *call.setup;
  const domain::Trunk& trunk = *setup.target_trunk;
  if (context.bindings == nullptr || trunk.auth_type == domain::AuthType::IpAcl)
    return Reason::TrunkHasNoEndpoint;
  auto bindings = context.bindings->of(trunk.id);
  if (bindings.empty()) return Reason::NotRegistered;
  if (bindings.size() > kMostTried) bindings.resize(kMostTried);
  setup.registered = std::make_unique<Registered>();
  setup.registered->bindings = std::move(bindings);
  for (const domain::Binding& binding : setup.registered->bindings) {
    domain::Endpoint& endpoint = setup.registered->endpoints.emplace_back();
    endpoint.address = binding.received;
    endpoint.transport = binding.transport;
  }
  for (const domain::Endpoint& endpoint : setup.registered->endpoints)
    setup.decision.candidates.push_back({nullptr, nullptr, &endpoint, {}});
  return Reason::NormalClearing;
}

const domain::Binding* binding_of(const Setup& setup, const routing::Candidate* candidate) {
  if (!setup.registered || candidate == nullptr) return nullptr;
  const auto& endpoints = setup.registered->endpoints;
  for (std::size_t i = 0; i < endpoints.size(); ++i)
    if (&endpoints[i] == candidate->endpoint) return &setup.registered->bindings[i];
  return nullptr;
}

std::optional<sip::Flow> flow_of(const Context& context, const domain::Binding& binding) {
  if (binding.listener == domain::Binding::kAnyListener)
    return context.sender.flow_towards({.address = binding.received, .transport = binding.transport});
  sip::Flow flow;
  flow.remote = binding.received;
  flow.local = binding.local;
  flow.listener = binding.listener;
  flow.transport = binding.transport;
  flow.connection = binding.connection;
  return flow;
}

std::string target_of(const domain::Binding& binding, std::string_view called) {
  if (!binding.gin) return binding.contact;
  const auto contact = sip::Uri::parse(binding.contact);
  if (!contact) return binding.contact;
  std::string uri(contact->scheme == sip::Uri::Scheme::Sips ? "sips:+" : "sip:+");
  uri += called;
  uri += '@';
  uri += contact->host;
  if (contact->port != 0) uri += ":" + std::to_string(contact->port);
  for (std::string_view rest = contact->params; !rest.empty();) {
    const auto end = std::min(rest.find(';'), rest.size());
    const std::string_view one = rest.substr(0, end);
    if (!one.empty() && !iequals(one.substr(0, one.find('=')), "bnc")) {
      uri += ';';
      uri += one;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return uri;
}

void add_routes(sip::Writer& writer, const domain::Binding& binding) {
  for (const std::string& hop : binding.path)
    writer.header(sip::HeaderId::Route, hop);
}

}  // namespace warp::calls
