#include <nlohmann/json.hpp>

#include "warp/registrar/binding_store.h"

namespace warp::registrar {

namespace {

using Json = nlohmann::json;

std::int64_t micros(WallTime time) {
  return time.time_since_epoch().count();
}
WallTime time_of(const Json& json, const char* name) {
  return WallTime(std::chrono::microseconds(json.value(name, std::int64_t{0})));
}

}  // namespace

std::string to_text(const domain::Binding& b) {
  const Json json{{"id", b.id},
                  {"user", b.user},
                  {"credential", b.credential.to_string()},
                  {"credential_version", b.credential_version},
                  {"contact", b.contact},
                  {"path", b.path},
                  {"instance", b.instance},
                  {"reg_id", b.reg_id},
                  {"received", b.received.to_string()},
                  {"local", b.local.to_string()},
                  {"transport", domain::to_string(b.transport)},
                  {"listener", b.listener},
                  {"node", b.node},
                  {"q", b.q},
                  {"gin", b.gin},
                  {"user_agent", b.user_agent},
                  {"call_id", b.call_id},
                  {"cseq", b.cseq},
                  {"registered_at", micros(b.registered_at)},
                  {"expires_at", micros(b.expires_at)}};
  // Whatever octets a device sent: replaced where they are no UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<domain::Binding> binding_from_text(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    domain::Binding b;
    b.id = json.at("id").get<std::string>();
    b.user = json.at("user").get<std::string>();
    b.contact = json.at("contact").get<std::string>();
    b.node = json.at("node").get<std::string>();
    const auto credential = Uuid::parse(json.value("credential", ""));
    const auto received = domain::SocketAddress::parse(json.at("received").get<std::string>());
    const auto local = domain::SocketAddress::parse(json.at("local").get<std::string>());
    const auto transport = domain::parse_sip_transport(json.value("transport", "UDP"));
    if (!credential || !received || !local || !transport || b.id.empty()) return std::nullopt;
    b.credential = *credential;
    b.credential_version = json.value("credential_version", std::int64_t{0});
    b.path = json.value("path", std::vector<std::string>{});
    b.instance = json.value("instance", "");
    b.reg_id = json.value("reg_id", std::uint32_t{0});
    b.received = *received;
    b.local = *local;
    b.transport = *transport;
    b.listener = json.value("listener", std::uint16_t{0});
    b.q = json.value("q", std::uint16_t{1000});
    b.gin = json.value("gin", false);
    b.user_agent = json.value("user_agent", "");
    b.call_id = json.value("call_id", "");
    b.cseq = json.value("cseq", std::uint32_t{0});
    b.registered_at = time_of(json, "registered_at");
    b.expires_at = time_of(json, "expires_at");
    return b;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace warp::registrar
