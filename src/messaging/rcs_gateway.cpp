#include "warp/messaging/rcs_gateway.h"

#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "warp/http/media_type.h"
#include "warp/http/message.h"

namespace warp::messaging {
namespace {

using Json = nlohmann::json;
using smpp::Status;

enum Request : std::size_t { kTaken, kUnreachable, kThrottled, kRefused, kFailed, kSilent };
constexpr std::array<const char*, 6> kRequests{"taken",   "unreachable", "throttled",
                                               "refused", "failed",      "silent"};
enum Event : std::size_t { kReceipt, kMessage, kOther, kBadSignature, kUnreadable };
constexpr std::array<const char*, 5> kEvents{"receipt", "message", "other", "bad_signature", "unreadable"};

struct Meaning {
  Request counted;
  Status status;
};
Meaning meaning_of(unsigned status) {
  if ((status >= 200 && status < 300) || status == 409) return {kTaken, Status::Ok};
  if (status == 404 || status == 403) return {kUnreachable, Status::InvDstAdr};
  if (status == 429) return {kThrottled, Status::Throttled};
  if (status == 401 || status == 408 || status < 400 || status >= 500) return {kFailed, Status::SysErr};
  return {kRefused, Status::SubmitFail};
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string base64(std::string_view octets) {
  std::string out((octets.size() + 2) / 3 * 4 + 1, '\0');
  const int written =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(octets.data()), static_cast<int>(octets.size()));
  out.resize(static_cast<std::size_t>(written));
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  const int octets =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (octets < 0) return std::nullopt;
  auto length = static_cast<std::size_t>(octets);
  for (auto at = text.size(); at > 0 && text[at - 1] == '=' && length > 0; --at)
    --length;
  out.resize(length);
  return out;
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string digits_of(std::string phone) {
  if (phone.starts_with('+')) phone.erase(0, 1);
  return phone;
}

std::optional<smpp::MessageState> state_of_event(std::string_view event) {
  if (event == "DELIVERED" || event == "READ") return smpp::MessageState::Delivered;
  if (event == "TTL_EXPIRATION_REVOKED") return smpp::MessageState::Expired;
  if (event == "FAILED") return smpp::MessageState::Undeliverable;
  return std::nullopt;
}

// What a person wrote, tapped or showed.
std::string words_of(const Json& event) {
  if (auto text = text_of(event, "text"); !text.empty()) return text;
  if (const auto reply = event.find("suggestionResponse"); reply != event.end() && reply->is_object())
    return text_of(*reply, "text");
  if (const auto place = event.find("location"); place != event.end() && place->is_object())
    return "geo:" + place->value("latitude", Json(0)).dump() + "," +
           place->value("longitude", Json(0)).dump();
  return {};
}

CallbackAnswer answer_to(Status status) {
  switch (status) {
    case Status::SysErr:
    case Status::MsgQFul:
      return {503, ""};  // the provider says it again
    default:
      return {200, ""};  // also for what is nobody's: a repeat would change nothing
  }
}

}  // namespace

std::string sign_callback(std::string_view data, std::string_view token) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  HMAC(EVP_sha512(), token.data(), static_cast<int>(token.size()),
       reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data(), &length);
  return base64({reinterpret_cast<const char*>(digest.data()), length});
}

RcsGateway::RcsGateway(HttpCaller& http, Executor& home, const MediaLinks& links, const Clock& clock,
                       RcsSettings settings, log::Logger& log, metrics::Registry& metrics)
    : http_(http), home_(home), links_(links), clock_(clock), settings_(settings), log_(log) {
  for (std::size_t i = 0; i < kRequests.size(); ++i)
    requests_[i] = &metrics.counter("warp_rcs_requests_total", "Messages given to RCS providers.",
                                    {{"status", kRequests[i]}});
  for (std::size_t i = 0; i < kEvents.size(); ++i)
    heard_[i] =
        &metrics.counter("warp_rcs_events_total", "Webhooks of RCS providers.", {{"event", kEvents[i]}});
}

RcsGateway::~RcsGateway() = default;

void RcsGateway::update(std::shared_ptr<const Directory> directory) {
  directory_ = std::move(directory);
  if (!events_) return;
  for (const auto& connector : directory_->catalogue().connectors)
    if (connector.protocol == domain::ConnectorProtocol::Rcs) events_->upstream_changed(connector.id);
}

const domain::Connector* RcsGateway::connector_of(ConnectorId id) const {
  const auto* connector = directory_ ? directory_->connector(id) : nullptr;
  return connector && connector->protocol == domain::ConnectorProtocol::Rcs ? connector : nullptr;
}

std::size_t RcsGateway::binds(ConnectorId id) const {
  const auto* connector = connector_of(id);
  return connector && connector->enabled && !connector->base_url.empty() ? 1 : 0;
}

std::size_t RcsGateway::room(ConnectorId id) const {
  if (draining_ || binds(id) == 0) return 0;
  const auto found = open_.find(id);
  const std::size_t open = found == open_.end() ? 0 : found->second;
  const std::size_t window = connector_of(id)->window;
  return window > open ? window - open : 0;
}

bool RcsGateway::submit(ConnectorId id, const WirePart& part, WireDone done) {
  if (!part.message || room(id) == 0) return false;
  const auto& connector = *connector_of(id);
  const auto& message = *part.message;
  const auto name = message.id.to_string();
  HttpCall call;
  call.body = agent_message(message, links_, clock_.wall());
  if (call.body.empty()) {
    requests_[kRefused]->add();
    home_.post([done = std::move(done)] { done({WireResult::Answered, Status::InvMsgLen, {}}); });
    return true;
  }
  call.url = connector.base_url + "/v1/phones/" + http::percent_encode("+" + message.to.digits) +
             "/agentMessages?messageId=" + name + "&agentId=" + http::percent_encode(connector.agent);
  call.headers = {{"Content-Type", "application/json"}};
  if (!connector.password.empty()) call.headers.emplace_back("Authorization", "Bearer " + connector.password);
  call.timeout = connector.response_timeout;
  call.trusted = true;
  ++open_[id];
  http_.call(std::move(call), [this, alive = std::weak_ptr<char>(life_), id, name,
                               done = std::move(done)](const HttpAnswer& answer) {
    if (!alive.expired()) answered(id, name, answer, done);
  });
  return true;
}

void RcsGateway::answered(ConnectorId id, const std::string& message, const HttpAnswer& answer,
                          const WireDone& done) {
  if (auto& open = open_[id]; open > 0) --open;
  if (answer.reach == HttpReach::Silent) {
    requests_[kSilent]->add();
    return done({WireResult::Ambiguous, Status::Ok, {}});
  }
  if (answer.reach == HttpReach::NotReached) {
    requests_[kFailed]->add();
    return done({WireResult::Answered, Status::SysErr, {}});
  }
  const auto [counted, status] = meaning_of(answer.status);
  requests_[counted]->add();
  if (counted == kRefused || counted == kFailed)
    log_.warning("messaging.rcs_refused", {{"message", message},
                                           {"status", std::uint64_t{answer.status}},
                                           {"answer", std::string_view(answer.body).substr(0, 512)}});
  done({WireResult::Answered, status, message});
}

void RcsGateway::on_callback(ConnectorId id, std::string_view signature, std::string_view body,
                             CallbackDone done) {
  const auto* connector = connector_of(id);
  if (!connector || !events_) return done({404, ""});
  const auto refuse = [&](Event why, unsigned status) {
    heard_[why]->add();
    done({status, ""});
  };
  const auto parsed = Json::parse(body, nullptr, false);
  if (!parsed.is_object()) return refuse(kUnreadable, 400);
  // The question that a new webhook is asked: do you know the token?
  if (parsed.contains("clientToken")) {
    if (connector->password.empty() || !equal(text_of(parsed, "clientToken"), connector->password))
      return refuse(kBadSignature, 403);
    heard_[kOther]->add();
    return done({200, Json{{"secret", text_of(parsed, "secret")}}.dump()});
  }
  const auto wrapped = parsed.find("message");
  if (wrapped == parsed.end() || !wrapped->is_object()) return refuse(kUnreadable, 400);
  const auto data = from_base64(text_of(*wrapped, "data"));
  if (!data) return refuse(kUnreadable, 400);
  if (connector->password.empty() || !equal(sign_callback(*data, connector->password), signature))
    return refuse(kBadSignature, 403);
  on_event(id, *data, std::move(done));
}

void RcsGateway::on_event(ConnectorId id, std::string_view data, CallbackDone done) {
  const auto event = Json::parse(data, nullptr, false);
  if (!event.is_object()) {
    heard_[kUnreadable]->add();
    return done({400, ""});
  }
  const auto name = text_of(event, "messageId");
  if (const auto kind = text_of(event, "eventType"); !kind.empty()) {
    const auto state = state_of_event(kind);
    heard_[state ? kReceipt : kOther]->add();
    if (!state || name.empty()) return done({200, ""});
    return events_->upstream_receipt(id, name, *state, text_of(event, "errorCode"),
                                     [done = std::move(done)](Status status) { done(answer_to(status)); });
  }
  heard_[kMessage]->add();
  IncomingRich message;
  message.kind = domain::MessageKind::Rcs;
  message.source = digits_of(text_of(event, "senderPhoneNumber"));
  message.destination = digits_of(connector_of(id)->system_id);
  message.text = words_of(event);
  message.upstream_id = name;
  if (message.source.empty()) return done({400, ""});
  const auto file = event.find("userFile");
  if (file == event.end() || !file->is_object() || !file->contains("payload"))
    return tell(id, std::move(message), std::move(done));
  const auto& payload = (*file)["payload"];
  if (!payload.is_object()) return done({400, ""});
  fetch(id, std::move(message),
        {text_of(payload, "fileUri"), text_of(payload, "mimeType"), text_of(payload, "fileName")},
        std::move(done));
}

void RcsGateway::tell(ConnectorId id, IncomingRich message, CallbackDone done) {
  events_->upstream_rich(id, std::move(message),
                         [done = std::move(done)](Status status) { done(answer_to(status)); });
}

// The provider waits for the answer, and asks again when the file cannot be had now.
void RcsGateway::fetch(ConnectorId id, IncomingRich message, UserFile file, CallbackDone done) {
  HttpCall call;
  call.method = "GET";
  call.url = file.url;
  call.most_octets = settings_.most_file_octets;
  call.redirects = 3;
  auto kept = std::make_shared<IncomingRich>(std::move(message));
  http_.call(std::move(call), [this, alive = std::weak_ptr<char>(life_), id, kept, file = std::move(file),
                               done = std::move(done)](HttpAnswer answer) {
    if (alive.expired()) return;
    const bool later = answer.reach != HttpReach::Answered || answer.status >= 500;
    if (later) return done({503, ""});
    if (answer.status != 200 || !answer.complete || answer.body.empty()) {
      // Gone or too large: the person's message is told with where the file was.
      kept->text += (kept->text.empty() ? "" : "\n") + file.url;
      return tell(id, std::move(*kept), done);
    }
    domain::StoredMedia media;
    media.part.content_type =
        http::media_type(file.content_type.empty() ? answer.content_type : file.content_type);
    if (media.part.content_type.empty()) media.part.content_type = "application/octet-stream";
    media.part.name = file.name.substr(0, 255);
    media.octets = std::move(answer.body);
    kept->media.push_back(std::move(media));
    tell(id, std::move(*kept), done);
  });
}

}  // namespace warp::messaging
