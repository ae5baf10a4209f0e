#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

#include "warp/base/json_string.h"
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

class ObjectWriter {
 public:
  explicit ObjectWriter(std::size_t octets) {
    out_.reserve(octets);
    out_ += '{';
  }
  void text(std::string_view name, std::string_view value) {
    key(name);
    string(value);
  }
  void texts(std::string_view name, const std::vector<std::string>& values) {
    key(name);
    out_ += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_ += ',';
      string(values[i]);
    }
    out_ += ']';
  }
  void number(std::string_view name, std::int64_t value) {
    key(name);
    std::array<char, 24> digits;
    out_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
  }
  void truth(std::string_view name, bool value) {
    key(name);
    out_ += value ? "true" : "false";
  }
  std::string end() && {
    out_ += '}';
    return std::move(out_);
  }

 private:
  void key(std::string_view name) {
    if (out_.size() > 1) out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
  }
  // Whatever octets a device sent: replaced where they are no UTF-8.
  void string(std::string_view value) {
    const bool plain =
        std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (plain)
      append_json_string(out_, value);
    else
      out_ += Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  std::string out_;
};

}  // namespace

std::string to_text(const domain::Binding& b) {
  // Every registration is written once or more: by hand, where a document of maps costs ten times as much.
  ObjectWriter json(640 + b.contact.size());
  json.text("id", b.id);
  json.text("user", b.user);
  json.text("credential", b.credential.to_string());
  json.number("credential_version", b.credential_version);
  json.text("contact", b.contact);
  json.texts("path", b.path);
  json.text("instance", b.instance);
  json.number("reg_id", b.reg_id);
  json.text("received", b.received.to_string());
  json.text("local", b.local.to_string());
  json.text("transport", domain::to_string(b.transport));
  json.number("listener", b.listener);
  json.text("node", b.node);
  json.number("q", b.q);
  json.truth("gin", b.gin);
  json.text("user_agent", b.user_agent);
  json.text("call_id", b.call_id);
  json.number("cseq", b.cseq);
  json.number("registered_at", micros(b.registered_at));
  json.number("expires_at", micros(b.expires_at));
  return std::move(json).end();
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
