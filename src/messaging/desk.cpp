#include <algorithm>
#include <array>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "warp/base/text.h"

#include "smpp_gateway_impl.h"

namespace warp::messaging {
namespace {

using smpp::Status;

bool receives(smpp::BindType type) {
  return type != smpp::BindType::Transmitter;
}

}  // namespace

bool password_matches(std::string_view password, std::string_view hash) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(password.data()), password.size(), digest.data());
  const std::string_view octets(reinterpret_cast<const char*>(digest.data()), digest.size());
  if (hash.size() == octets.size()) return CRYPTO_memcmp(hash.data(), octets.data(), octets.size()) == 0;
  const auto hex = to_hex(octets);
  return hash.size() == hex.size() && CRYPTO_memcmp(hash.data(), hex.data(), hex.size()) == 0;
}

Desk::Desk(net::Loop& loop, smpp::ServerSettings settings, log::Logger& log, metrics::Registry& metrics)
    : loop_(loop), log_(log), server_(loop, std::move(settings), *this, metrics) {}

void Desk::update(std::shared_ptr<const Directory> directory) {
  directory_ = std::move(directory);
  std::vector<smpp::SessionId> leaving;
  for (const auto& [id, session] : sessions_) {
    const auto* esme = directory_->esme(session.esme);
    const auto* customer = esme ? directory_->customer(esme->customer) : nullptr;
    if (!esme || !esme->enabled || !customer || !customer->active) leaving.push_back(id);
  }
  for (const auto id : leaving)
    server_.unbind(id);
}

// One status for all that is wrong with who asks: a stranger learns no account names.
Status Desk::judge(const smpp::BindRequest& request, const domain::Esme* esme) const {
  // Hashed for an unknown name too, so that the time tells nothing.
  const bool password = password_matches(request.password, esme ? std::string_view(esme->password_hash) : "");
  if (!esme || !esme->enabled || !password) return Status::InvPaswd;
  const bool known_address =
      esme->allowed.empty() || std::any_of(esme->allowed.begin(), esme->allowed.end(),
                                           [&](const auto& cidr) { return cidr.contains(request.peer.ip); });
  if (!known_address) return Status::InvPaswd;
  const auto* customer = directory_->customer(esme->customer);
  if (!customer || !customer->active) return Status::InvPaswd;
  return sessions(esme->id) >= esme->max_binds ? Status::BindFail : Status::Ok;
}

void Desk::on_bind(const smpp::BindRequest& request) {
  if (!directory_ || !service_) return void(server_.refuse(request.session, Status::SysErr));
  const auto* esme = directory_->esme(request.system_id);
  const auto status = judge(request, esme);
  if (status != Status::Ok) {
    log_.warning("messaging.bind_refused", {{"system_id", request.system_id},
                                            {"peer", request.peer.to_string()},
                                            {"status", smpp::to_string(status)}});
    (void)server_.refuse(request.session, status);
    return;
  }
  smpp::SessionLimits limits;
  limits.window_out = limits.window_in = esme->window;
  sessions_[request.session] = {esme->id, request.type, true};
  if (receives(request.type)) receivers_[esme->id].push_back(request.session);
  if (!server_.accept(request.session, limits)) return;
  log_.info("messaging.bound", {{"system_id", request.system_id}, {"peer", request.peer.to_string()}});
  if (!receives(request.type)) return;
  // After the response: a deliver_sm before it would come too early.
  loop_.post([this, alive = std::weak_ptr<char>(life_), id = esme->id] {
    if (!alive.expired() && service_) service_->esme_ready(id);
  });
}

void Desk::on_closed(smpp::SessionId id, smpp::CloseReason reason) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  auto& list = receivers_[found->second.esme];
  std::erase(list, id);
  log_.info("messaging.unbound", {{"esme", found->second.esme}, {"reason", smpp::to_string(reason)}});
  sessions_.erase(found);
}

void Desk::on_room(smpp::SessionId id) {
  const auto found = sessions_.find(id);
  if (found != sessions_.end() && service_) service_->esme_ready(found->second.esme);
}

std::size_t Desk::sessions(EsmeId esme) const {
  return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(),
                                                [&](const auto& s) { return s.second.esme == esme; }));
}

std::size_t Desk::room(EsmeId esme) const {
  const auto found = receivers_.find(esme);
  std::size_t room = 0;
  if (found != receivers_.end())
    for (const auto id : found->second)
      if (smpp::is_bound(server_.state(id))) room += server_.room(id);
  return room;
}

bool Desk::deliver(EsmeId esme, const WirePart& part, WireDone done) {
  const auto found = receivers_.find(esme);
  if (found == receivers_.end()) return false;
  smpp::SessionId best;
  std::size_t most = 0;
  for (const auto id : found->second) {
    const auto room = smpp::is_bound(server_.state(id)) ? server_.room(id) : 0;
    if (room > most) most = room, best = id;
  }
  if (most == 0) return false;
  auto pdu = pdu_of(smpp::CommandId::DeliverSm, part, octets_);
  return server_
      .deliver(best, std::move(pdu),
               [done = std::move(done)](const smpp::Reply& reply) { done(outcome_of(reply)); })
      .has_value();
}

void Desk::on_submit(smpp::SessionId id, const smpp::Pdu& pdu) {
  const auto found = sessions_.find(id);
  const auto sequence = pdu.header.sequence;
  const auto* esme = found != sessions_.end() && directory_ ? directory_->esme(found->second.esme) : nullptr;
  if (!esme || !service_) return answer_with(id, sequence, Status::SysErr);
  if (const auto* data = std::get_if<smpp::DataSm>(&pdu.body)) {
    SubmitFields fields{data->source, data->destination, {}, data->service_type};
    fields.message.esm_class = data->esm_class;
    fields.message.registered_delivery = data->registered_delivery;
    fields.message.data_coding = data->data_coding;
    return submit_one(id, sequence, *esme, fields, pdu.tlvs);
  }
  if (const auto* sm = std::get_if<smpp::ShortMessage>(&pdu.body))
    return submit_one(id, sequence, *esme, {sm->source, sm->destination, sm->message, sm->service_type},
                      pdu.tlvs);
  if (const auto* multi = std::get_if<smpp::SubmitMulti>(&pdu.body))
    return submit_multi(id, pdu, *esme, *multi);
  if (const auto* question = std::get_if<smpp::QuerySm>(&pdu.body))
    return query(id, sequence, *esme, *question);
  if (const auto* request = std::get_if<smpp::CancelSm>(&pdu.body))
    return cancel(id, sequence, *esme, *request);
  if (const auto* request = std::get_if<smpp::ReplaceSm>(&pdu.body))
    return replace(id, sequence, *esme, *request, pdu.tlvs);
  answer_with(id, sequence, Status::SysErr);
}

void Desk::answer_with(smpp::SessionId session, std::uint32_t sequence, Status status) {
  (void)server_.answer(session, sequence, status, std::string_view());
}

void Desk::submit_one(smpp::SessionId session, std::uint32_t sequence, const domain::Esme& esme,
                      const SubmitFields& fields, const smpp::TlvList& tlvs) {
  Submission submission;
  submission.customer = esme.customer;
  submission.esme = esme.id;
  const auto status = read_submission(fields, tlvs, alphabet_of(esme), loop_.clock().wall(), submission);
  if (status != Status::Ok) return answer_with(session, sequence, status);
  service_->submit(std::move(submission),
                   [this, alive = std::weak_ptr<char>(life_), session, sequence](const auto& result) {
                     if (alive.expired()) return;
                     if (result)
                       (void)server_.answer(session, sequence, Status::Ok, result->id.to_string());
                     else
                       answer_with(session, sequence, refusal(result.error()).smpp);
                   });
}

// One answer for all destinations, when the last of them is decided. Each is a message of its own; the
// response has the first one's id.
void Desk::submit_multi(smpp::SessionId session, const smpp::Pdu& pdu, const domain::Esme& esme,
                        const smpp::SubmitMulti& multi) {
  struct Tally {
    std::size_t left = 0;
    std::string id;
    std::vector<std::pair<domain::MessageAddress, Status>> failures;
  };
  auto tally = std::make_shared<Tally>();
  const auto sequence = pdu.header.sequence;
  tally->left = multi.destinations.size();
  if (tally->left == 0) return answer_with(session, sequence, Status::InvNumDests);
  auto decided = [this, alive = std::weak_ptr<char>(life_), session, sequence, tally](
                     const domain::MessageAddress& to, Status status, std::string id) {
    if (status != Status::Ok) tally->failures.emplace_back(to, status);
    if (tally->id.empty()) tally->id = std::move(id);
    if (--tally->left > 0 || alive.expired()) return;
    if (tally->id.empty()) return answer_with(session, sequence, tally->failures.front().second);
    smpp::SubmitMultiResp body;
    body.message_id = tally->id;
    for (const auto& [address, why] : tally->failures)
      body.unsuccessful.push_back({{address.ton, address.npi, address.digits}, why});
    (void)server_.answer(session, sequence, Status::Ok, smpp::Body(std::move(body)));
  };
  for (const auto& destination : multi.destinations) {
    const domain::MessageAddress to{destination.address.ton, destination.address.npi,
                                    std::string(destination.address.digits)};
    Submission submission;
    submission.customer = esme.customer;
    submission.esme = esme.id;
    auto status = destination.list_name.empty() ? Status::Ok : Status::InvDlName;
    if (status == Status::Ok)
      status = read_submission({multi.source, destination.address, multi.message, multi.service_type},
                               pdu.tlvs, alphabet_of(esme), loop_.clock().wall(), submission);
    if (status != Status::Ok) {
      decided(to, status, {});
      continue;
    }
    service_->submit(std::move(submission), [decided, to](const auto& result) mutable {
      if (result)
        decided(to, Status::Ok, result->id.to_string());
      else
        decided(to, refusal(result.error()).smpp, {});
    });
  }
}

}  // namespace warp::messaging
