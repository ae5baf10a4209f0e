#include "challenges.h"

#include <algorithm>
#include <utility>

#include "warp/sip/message/writer.h"

#include "recording/requests.h"
#include "setup/early.h"
#include "status.h"
#include "survival.h"
#include "update.h"

namespace warp::calls {

namespace {

constexpr std::uint16_t kProxyAuthenticationRequired = 407;

domain::Cidr host_of(const domain::IpAddress& ip) {
  return {ip, static_cast<std::uint8_t>(ip.v6 ? 128 : 32)};
}

sip::DigestAnswer take(FarAuth& auth, const sip::Message& response, const domain::IpAddress& from) {
  sip::DigestAnswer answer = sip::DigestAnswer::OtherRealm;
  for (std::size_t i = 0; i < auth.credentials.size(); ++i) {
    answer = auth.client.take(response, from, auth.credentials[i]);
    auth.chosen = i;
    if (answer != sip::DigestAnswer::OtherRealm) break;
  }
  return answer;
}

void count(Context& context, sip::DigestAnswer answer) {
  context.auth_answers[static_cast<std::size_t>(answer)]->add();
}

// The top Via with another branch.
std::string fresh_via(std::string_view via, std::string_view old_branch, std::string_view branch) {
  std::string fresh(via);
  if (const auto at = fresh.find(old_branch); at != std::string::npos && !old_branch.empty())
    fresh.replace(at, old_branch.size(), branch);
  return fresh;
}

// The kept request once more. Empty: it could not be written.
std::string again(Context& context, const SentRequest& sent, const sip::Message& request,
                  std::string_view branch, std::uint32_t cseq) {
  std::string bytes;
  bytes.reserve(sent.bytes.size() + 512);
  sip::Writer writer(bytes);
  writer.request(request.method_text(), request.request_uri());
  bool top = true;
  for (const sip::Header& header : request.headers()) {
    switch (header.id) {
      case sip::HeaderId::Via:
        if (std::exchange(top, false))
          writer.header(sip::HeaderId::Via, fresh_via(header.value, request.via().branch, branch));
        else
          writer.header(sip::HeaderId::Via, header.value);
        break;
      case sip::HeaderId::CSeq:
        writer.header(sip::HeaderId::CSeq, {std::to_string(cseq), " ", request.method_text()});
        break;
      case sip::HeaderId::Authorization:
      case sip::HeaderId::ProxyAuthorization:
      case sip::HeaderId::ContentLength:
      case sip::HeaderId::ContentType:
        break;
      default:
        writer.header(header.name, header.value);
    }
  }
  FarAuth& auth = *sent.auth;
  auth.client.write(writer, request.method_text(), request.request_uri(), sent.flow.remote.ip,
                    auth.credentials[auth.chosen], context.ids);
  if (request.body().empty())
    writer.finish();
  else
    writer.finish(request.content_type(), request.body());
  return writer.ok() ? bytes : std::string();
}

// The early dialog of a PRACK that was challenged; null: it is over.
sip::Dialog* early_dialog(Context& context, const Transaction& prack, const sip::Message& response) {
  const LegRef* leg = context.table.find_tag(tag_text(prack.tag));
  if (leg == nullptr || leg->call == nullptr || !leg->call->setup) return nullptr;
  Fork* fork = find_fork(*leg->call, far_key(*leg->call, response));
  return fork != nullptr && fork->far ? &*fork->far : nullptr;
}

// Whoever waits for the answer waits for that of the new request.
void hand_over(Context& context, sip::TransactionId id, sip::TransactionId next,
               const Transaction& transaction, sip::Method method, std::uint32_t cseq) {
  context.table.forget(id);
  context.table.expect(next, transaction);
  if (transaction.purpose == Purpose::Recorder)
    recorder_asked_again(context, transaction.tag, next, method, cseq);
  Call* call = transaction.call;
  if (call == nullptr) return;
  Leg& leg = call->leg(transaction.side);
  if (leg.dialog) leg.dialog->used_cseq(cseq);
  if (leg.invite == id) leg.invite = next;
  if (method == sip::Method::Invite) leg.invite_cseq = cseq;
  if (call->reinvite && call->reinvite->sent == id) call->reinvite->sent = next;
  if (call->fax && call->fax->sent == id) call->fax->sent = next;
  update_sent_again(*call, transaction.side, id, next, cseq);
  probe_sent_again(*call, id, next);
  for (Relay& relay : call->relays)
    if (relay.sent == id) relay.sent = next;
}

}  // namespace

Context::AuthAnswers Context::answers_of(metrics::Registry& registry) {
  AuthAnswers all{};
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = &registry.counter("warp_sip_auth_answers_total",
                               "Challenges to our own requests, by what came of them.",
                               {{"outcome", std::string(to_string(static_cast<sip::DigestAnswer>(i)))}});
  return all;
}

std::shared_ptr<FarAuth> far_auth(const domain::Provider& provider, const domain::IpAddress* target) {
  if (provider.credentials.empty()) return nullptr;
  std::vector<domain::Cidr> peers;
  for (const domain::SourceAddress& source : provider.source_addresses)
    peers.push_back(source.cidr);
  for (const domain::Endpoint& endpoint : provider.endpoints)
    if (endpoint.host.empty()) peers.push_back(host_of(endpoint.address.ip));
  if (target != nullptr) peers.push_back(host_of(*target));
  auto auth = std::make_shared<FarAuth>();
  for (const domain::ProviderCredential& credential : provider.credentials)
    auth->credentials.push_back(
        {credential.username, credential.realm, {credential.ha1_md5, credential.ha1_sha256}, peers});
  return auth;
}

void arm_credentials(Call& call, const routing::Candidate& candidate, const sip::Flow& flow) {
  std::shared_ptr<FarAuth>& auth = call.leg(Side::Callee).auth;
  auth.reset();
  if (candidate.provider == nullptr || candidate.provider->credentials.empty()) return;
  // An endpoint of the provider's own, not one that somebody redirected us to.
  const auto& endpoints = candidate.provider->endpoints;
  const bool own = !endpoints.empty() && candidate.endpoint >= endpoints.data() &&
                   candidate.endpoint < endpoints.data() + endpoints.size();
  auth = far_auth(*candidate.provider, own ? &flow.remote.ip : nullptr);
}

void authorize(Context& context, const std::shared_ptr<FarAuth>& auth, sip::Writer& writer,
               sip::Method method, std::string_view uri, const sip::Flow& flow) {
  if (!auth || !auth->client.ready()) return;
  auth->client.next_request();
  auth->client.write(writer, sip::to_string(method), uri, flow.remote.ip, auth->credentials[auth->chosen],
                     context.ids);
}

void keep_request(Context& context, const std::shared_ptr<FarAuth>& auth, sip::TransactionId id,
                  std::string bytes, const sip::Flow& flow) {
  if (auth && id != 0) context.sent.insert_or_assign(id, SentRequest{std::move(bytes), flow, auth});
}

bool answer_challenge(Context& context, sip::TransactionId id, const Transaction& transaction,
                      const sip::Message& response, const sip::Flow& from) {
  if (response.status() < 200 || context.sent.empty()) return false;
  const auto found = context.sent.find(id);
  if (found == context.sent.end()) return false;
  const SentRequest sent = std::move(found->second);
  context.sent.erase(found);
  if (response.status() != kUnauthorized && response.status() != kProxyAuthenticationRequired) return false;
  if (transaction.purpose == Purpose::AbandonedInvite) return false;
  const bool prack = transaction.purpose == Purpose::Prack;
  sip::Dialog* const early = prack ? early_dialog(context, transaction, response) : nullptr;
  if (prack && early == nullptr) return false;
  const sip::DigestAnswer answer = take(*sent.auth, response, from.remote.ip);
  count(context, answer);
  if (answer != sip::DigestAnswer::Ready) return false;
  const auto request = sip::Message::parse(sent.bytes);
  if (!request) return false;
  // Others may have followed a PRACK meanwhile.
  const std::uint32_t cseq = (early != nullptr ? early->local_cseq() : request->cseq().number) + 1;
  const std::string branch = context.transactions.new_branch();
  std::string bytes = again(context, sent, *request, branch, cseq);
  if (bytes.empty()) return false;
  std::string kept = bytes;
  const auto next = context.transactions.send_request(request->method(), branch, std::move(bytes), sent.flow);
  if (next == 0) return false;
  if (early != nullptr) early->used_cseq(cseq);
  hand_over(context, id, next, transaction, request->method(), cseq);
  keep_request(context, sent.auth, next, std::move(kept), sent.flow);
  return true;
}

}  // namespace warp::calls
