#include "authentication.h"

#include <algorithm>

#include "warp/sip/message/uri.h"
#include "warp/sip/transport/response_path.h"

#include "cause.h"
#include "front_door.h"
#include "status.h"
#include "tag.h"

namespace warp::calls {

using domain::Reason;
using Outcome = Authentication::Outcome;

namespace {

// Transport and port, where the policy of the trunk or provider says which.
bool may_come_by(const domain::AccessPolicy& policy, const sip::Flow& from) {
  if (policy.source_port != 0 && policy.source_port != from.remote.port) return false;
  if (policy.transports.empty()) return true;
  const auto name = domain::to_string(from.transport);
  return std::find(policy.transports.begin(), policy.transports.end(), name) != policy.transports.end();
}

// What the address alone says. A trunk or provider that may not be used this way is nobody.
routing::Source source_of(const routing::Snapshot& snapshot, const sip::Flow& from) {
  const routing::Source found = snapshot.source(from.remote, from.transport);
  if (found.trunk != nullptr && !may_come_by(found.trunk->sip.access, from)) return {};
  if (found.provider != nullptr && !may_come_by(found.provider->sip.access, from)) return {};
  return found;
}

// Of the trunk at the address; else the domain that was asked for, when somebody has credentials in it.
std::string realm_of(const Context& context, const routing::Snapshot& snapshot, const domain::Trunk* trunk,
                     const sip::Message& request) {
  if (trunk != nullptr && !trunk->sip.access.realm.empty()) return trunk->sip.access.realm;
  const auto uri = sip::Uri::parse(request.request_uri());
  if (uri && snapshot.has_realm(uri->host)) return std::string(uri->host);
  return context.settings.realm;
}

// May the trunk be used with credentials, from where the request came?
bool takes(const domain::Trunk& trunk, const domain::Trunk* at_address, const sip::Flow& from) {
  switch (trunk.auth_type) {
    case domain::AuthType::IpAcl:
      return false;
    case domain::AuthType::Digest:
    case domain::AuthType::Either:
      return may_come_by(trunk.sip.access, from);
    case domain::AuthType::Both:
      return at_address == &trunk;
  }
  return false;
}

Authentication refused(Context& context) {
  context.auth.of(sip::DigestVerdict::Wrong).add();
  return {Outcome::Refused, {}, false, Reason::AuthenticationFailed};
}

Authentication by_digest(Context& context, const routing::Snapshot& snapshot, const sip::Message& request,
                         const sip::Flow& from, const domain::Trunk* at_address) {
  const std::string realm = realm_of(context, snapshot, at_address, request);
  const auto given = sip::credentials_of(request, sip::HeaderId::Authorization, realm);
  if (!given) return refused(context);
  if (!*given) return {Outcome::Challenge, {}, false, Reason::AuthenticationRequired};
  const domain::Credential* known = snapshot.credential((*given)->username, realm);
  const domain::Trunk* trunk = known != nullptr ? snapshot.trunk(known->trunk) : nullptr;
  // A trunk at the address that wants credentials wants its own.
  const bool may =
      trunk != nullptr && takes(*trunk, at_address, from) &&
      (at_address == nullptr || at_address->auth_type != domain::AuthType::Both || at_address == trunk);
  const sip::DigestSecret secret =
      may ? sip::DigestSecret{known->ha1_md5, known->ha1_sha256} : sip::DigestSecret{};
  const auto verified =
      context.digest->verify(**given, {request.method_text(), request.request_uri(), from.remote.ip},
                             may ? &secret : nullptr, context.clock.wall());
  if (verified.verdict == sip::DigestVerdict::Wrong) return refused(context);
  context.auth.of(verified.verdict).add();
  if (verified.verdict == sip::DigestVerdict::Accepted) {
    note_auth_success(context, from);
    return {Outcome::Admitted, {trunk, nullptr, known}, false, Reason::NormalClearing};
  }
  return {Outcome::Challenge, {}, true, Reason::AuthenticationRequired};
}

}  // namespace

Authentication authenticate(Context& context, const routing::Snapshot& snapshot, const sip::Message& request,
                            const sip::Flow& from) {
  const routing::Source source = source_of(snapshot, from);
  if (source.trunk != nullptr) switch (source.trunk->auth_type) {
      case domain::AuthType::IpAcl:
      case domain::AuthType::Either:
        return {Outcome::Admitted, {source.trunk}};
      case domain::AuthType::Digest:
      case domain::AuthType::Both:
        break;
    }
  if (source.provider != nullptr) return {Outcome::Admitted, {nullptr, source.provider}};
  if (context.digest == nullptr || !snapshot.takes_credentials()) return {};
  return by_digest(context, snapshot, request, from, source.trunk);
}

void challenge(Context& context, const routing::Snapshot& snapshot, sip::TransactionId id,
               const sip::Message& request, const sip::Flow& from, bool stale) {
  context.auth.challenges.add();
  const std::string realm = realm_of(context, snapshot, source_of(snapshot, from).trunk, request);
  const sip::ViaStamp stamp = sip::via_stamp(request, from);
  std::string bytes;
  sip::Writer writer(bytes);
  writer.response_to(request, kUnauthorized, {}, tag_text(new_tag(context.ids)), stamp.received, stamp.rport);
  for (const std::string& value :
       context.digest->challenges(realm, stale, from.remote.ip, context.clock.wall(), context.ids))
    writer.header(sip::HeaderId::WwwAuthenticate, value);
  add_reason(writer, {Reason::AuthenticationRequired});
  if (!context.settings.server.empty()) writer.header(sip::HeaderId::Server, context.settings.server);
  writer.finish();
  if (writer.ok()) context.transactions.respond(id, kUnauthorized, std::move(bytes));
}

}  // namespace warp::calls
