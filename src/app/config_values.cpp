#include "app/config_values.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::app {

nlohmann::ordered_json text_schema() {
  nlohmann::ordered_json schema;
  schema["type"] = "string";
  return schema;
}

std::string yaml_text(std::string_view text) {
  return nlohmann::json(text).dump();
}

std::string scalar_of(const YAML::Node& node) {
  return node.IsScalar() ? node.Scalar() : std::string();
}

namespace {

template <class Number>
Key make_number_key(std::string path, Number& target, Bounds bounds, Applies applies, std::string doc) {
  auto read = [&target, bounds](const YAML::Node& node) -> std::string {
    const auto limits = std::to_string(bounds.low) + " to " + std::to_string(bounds.high);
    if (!node.IsScalar()) return "must be one whole number, " + limits;
    const auto value = parse_number<Number>(node.Scalar(), static_cast<Number>(bounds.low),
                                            static_cast<Number>(bounds.high));
    if (!value) return "must be a whole number, " + limits + ", not `" + node.Scalar() + "`";
    target = *value;
    return {};
  };
  return {std::move(path),
          std::move(doc),
          applies,
          {{"type", "integer"}, {"minimum", bounds.low}, {"maximum", bounds.high}},
          read,
          [&target] { return std::to_string(target); }};
}

struct DurationUnit {
  std::string_view suffix;
  std::uint64_t milliseconds;
};
constexpr DurationUnit kUnits[] = {{"ms", 1}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}};

std::optional<std::uint64_t> parse_duration(std::string_view text) {
  for (const auto& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    const auto count = parse_number<std::uint32_t>(text.substr(0, text.size() - unit.suffix.size()));
    return count ? std::optional<std::uint64_t>(*count * unit.milliseconds) : std::nullopt;
  }
  return std::nullopt;
}

std::string show_duration(std::uint64_t milliseconds) {
  if (milliseconds % 1'000 != 0) return std::to_string(milliseconds) + "ms";
  const auto seconds = milliseconds / 1'000;
  if (seconds >= 3'600 && seconds % 3'600 == 0) return std::to_string(seconds / 3'600) + "h";
  if (seconds >= 60 && seconds % 60 == 0) return std::to_string(seconds / 60) + "m";
  return std::to_string(seconds) + "s";
}

template <class Duration>
Key make_duration_key(std::string path, Duration& target, Bounds bounds, Applies applies, std::string doc) {
  auto read = [&target, bounds](const YAML::Node& node) -> std::string {
    const auto wanted = "a time such as `" + show_duration(bounds.low) + "` to `" +
                        show_duration(bounds.high) + "` with a unit (ms, s, m, h)";
    if (!node.IsScalar()) return "must be " + wanted;
    const auto value = parse_duration(node.Scalar());
    if (!value || *value < bounds.low || *value > bounds.high)
      return "must be " + wanted + ", not `" + node.Scalar() + "`";
    const auto exact = std::chrono::milliseconds(*value);
    target = std::chrono::duration_cast<Duration>(exact);
    if (target != exact) return "must be whole seconds";
    return {};
  };
  return {std::move(path),
          std::move(doc),
          applies,
          {{"type", "string"}, {"pattern", "^[0-9]+(ms|s|m|h)$"}},
          read,
          [&target] {
            return show_duration(static_cast<std::uint64_t>(std::chrono::milliseconds(target).count()));
          }};
}

nlohmann::ordered_json enum_schema(nlohmann::ordered_json values) {
  nlohmann::ordered_json schema;
  schema["enum"] = std::move(values);
  return schema;
}

template <class Enum>
Key make_enum_key(std::string path, Enum& target, std::vector<std::pair<std::string, Enum>> names,
                  Applies applies, std::string doc) {
  nlohmann::ordered_json values = nlohmann::ordered_json::array();
  std::string list;
  for (const auto& [name, value] : names) {
    values.push_back(name);
    list += (list.empty() ? "" : ", ") + name;
  }
  auto read = [&target, names, list](const YAML::Node& node) -> std::string {
    if (node.IsScalar())
      for (const auto& [name, value] : names)
        if (name == node.Scalar()) {
          target = value;
          return {};
        }
    return "must be one of: " + list;
  };
  auto show = [&target, names] {
    for (const auto& [name, value] : names)
      if (value == target) return name;
    return std::string();
  };
  return {std::move(path), std::move(doc), applies, enum_schema(std::move(values)), read, show};
}

std::string read_secret_file(const std::string& path, std::string& out) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return "names a secret file that cannot be read: " + path;
  out.assign(std::istreambuf_iterator<char>(file), {});
  out = std::string(trim(out));
  return out.empty() ? "names a secret file that is empty: " + path : std::string();
}

// One {bind, advertise, name}; what is wrong, or empty.
std::string read_interface(const YAML::Node& entry, MediaInterface& interface) {
  if (!entry.IsMap()) return "has an entry that is no map: write {bind: ADDRESS}";
  bool bound = false;
  for (const auto& field : entry) {
    const auto name = field.first.Scalar();
    const auto text = field.second.IsScalar() ? field.second.Scalar() : std::string();
    if (name == "name") {
      if (text.empty()) return "needs a word for name";
      interface.name = text;
      continue;
    }
    if (name != "bind" && name != "advertise")
      return "has the unknown key `" + name + "`: use bind, advertise and name";
    const auto address = domain::IpAddress::parse(text);
    if (!address) return "needs ADDRESS for " + name + " (an address, not a name)";
    if (name == "bind") {
      interface.bind = *address;
      bound = true;
    } else {
      interface.advertise = *address;
    }
  }
  return bound ? "" : "has an entry without `bind`";
}

std::string read_interfaces(const YAML::Node& node, std::vector<MediaInterface>& target) {
  if (!node.IsSequence() || node.size() == 0)
    return "must be a list of {bind: ADDRESS, advertise: ADDRESS, name: NAME}";
  std::vector<MediaInterface> interfaces(node.size());
  for (std::size_t i = 0; i < node.size(); ++i)
    if (auto problem = read_interface(node[i], interfaces[i]); !problem.empty()) return problem;
  target = std::move(interfaces);
  return {};
}

std::string show_interfaces(const std::vector<MediaInterface>& interfaces) {
  std::string text = "[";
  for (const auto& interface : interfaces) {
    if (text.size() > 1) text += ", ";
    text += "{bind: " + yaml_text(interface.bind.to_string());
    if (interface.advertise) text += ", advertise: " + yaml_text(interface.advertise->to_string());
    if (!interface.name.empty()) text += ", name: " + yaml_text(interface.name);
    text += "}";
  }
  return text + "]";
}

nlohmann::ordered_json interfaces_schema() {
  const auto text = text_schema();
  return {{"type", "array"},
          {"minItems", 1},
          {"items",
           {{"type", "object"},
            {"additionalProperties", false},
            {"required", {"bind"}},
            {"properties", {{"bind", text}, {"advertise", text}, {"name", text}}}}}};
}

// One {bind, certificate_file, key_file}; what is wrong, or empty.
std::string read_smpp_listener(const YAML::Node& entry, SmppListener& listener) {
  if (!entry.IsMap()) return "has an entry that is no map: write {bind: ADDRESS:PORT}";
  bool bound = false;
  for (const auto& field : entry) {
    const auto name = field.first.Scalar();
    const auto value = field.second.IsScalar() ? field.second.Scalar() : std::string();
    if (name == "certificate_file") {
      listener.certificate_file = value;
    } else if (name == "key_file") {
      listener.key_file = value;
    } else if (name == "client_ca_file") {
      listener.client_ca_file = value;
    } else if (name != "bind") {
      return "has the unknown key `" + name + "`: use bind, certificate_file, key_file and client_ca_file";
    } else if (const auto address = domain::SocketAddress::parse(value)) {
      listener.bind = *address;
      bound = true;
    } else {
      return "needs ADDRESS:PORT for bind (an address, not a name)";
    }
  }
  if (!listener.client_ca_file.empty() && listener.certificate_file.empty())
    return "has client_ca_file without certificate_file: it is for TLS";
  return bound ? "" : "has an entry without `bind`";
}

std::string read_smpp_listeners(const YAML::Node& node, std::vector<SmppListener>& target) {
  if (!node.IsSequence() || node.size() == 0)
    return "must be a list of {bind: ADDRESS:PORT, certificate_file: PATH, key_file: PATH}";
  std::vector<SmppListener> listeners(node.size());
  for (std::size_t i = 0; i < node.size(); ++i)
    if (auto problem = read_smpp_listener(node[i], listeners[i]); !problem.empty()) return problem;
  target = std::move(listeners);
  return {};
}

std::string show_smpp_listeners(const std::vector<SmppListener>& listeners) {
  std::string text = "[";
  for (const auto& listener : listeners) {
    if (text.size() > 1) text += ", ";
    text += "{bind: " + yaml_text(listener.bind.to_string());
    if (!listener.certificate_file.empty())
      text += ", certificate_file: " + yaml_text(listener.certificate_file) +
              ", key_file: " + yaml_text(listener.key_file);
    if (!listener.client_ca_file.empty()) text += ", client_ca_file: " + yaml_text(listener.client_ca_file);
    text += "}";
  }
  return text + "]";
}

}  // namespace

Key number_key(std::string path, std::uint32_t& target, Bounds bounds, Applies applies, std::string doc) {
  return make_number_key(std::move(path), target, bounds, applies, std::move(doc));
}

Key number_key(std::string path, std::uint64_t& target, Bounds bounds, Applies applies, std::string doc) {
  return make_number_key(std::move(path), target, bounds, applies, std::move(doc));
}

Key flag_key(std::string path, bool& target, Applies applies, std::string doc) {
  auto read = [&target](const YAML::Node& node) -> std::string {
    const auto text = node.IsScalar() ? node.Scalar() : std::string();
    if (text != "true" && text != "false") return "must be true or false";
    target = text == "true";
    return {};
  };
  nlohmann::ordered_json schema;
  schema["type"] = "boolean";
  return {std::move(path),   std::move(doc), applies,
          std::move(schema), read,           [&target] { return std::string(target ? "true" : "false"); }};
}

Key text_key(std::string path, std::string& target, Applies applies, std::string doc) {
  auto read = [&target](const YAML::Node& node) -> std::string {
    if (!node.IsScalar() && !node.IsNull()) return "must be text";
    target = node.IsNull() ? std::string() : node.Scalar();
    return {};
  };
  return {std::move(path), std::move(doc), applies,
          text_schema(),   read,           [&target] { return yaml_text(target); }};
}

Key secret_key(std::string path, Secret& target, std::string doc) {
  auto read = [&target](const YAML::Node& node) -> std::string {
    if (node.IsNull()) return {};
    if (!node.IsMap() || node.size() != 1)
      return "is a secret and must not stand in this file: write {file: PATH} or {env: NAME}";
    const auto source = node.begin()->first.Scalar();
    const auto name = node.begin()->second.IsScalar() ? node.begin()->second.Scalar() : std::string();
    if (source == "file") {
      target.origin = "file " + name;
      return read_secret_file(name, target.value);
    }
    if (source != "env") return "takes {file: PATH} or {env: NAME}, not `" + source + "`";
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return "names an environment variable that is not set: " + name;
    target = {value, "environment " + name};
    return {};
  };
  return {std::move(path),
          std::move(doc),
          Applies::Restart,
          {{"type", "object"},
           {"maxProperties", 1},
           {"additionalProperties", false},
           {"properties", {{"file", {{"type", "string"}}}, {"env", {{"type", "string"}}}}}},
          read,
          [] { return std::string("null"); }};
}

Key address_key(std::string path, domain::SocketAddress& target, std::string doc) {
  auto read = [&target](const YAML::Node& node) -> std::string {
    const auto value = node.IsScalar() ? domain::SocketAddress::parse(node.Scalar()) : std::nullopt;
    if (!value) return "must be an address with a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"";
    target = *value;
    return {};
  };
  return {std::move(path), std::move(doc), Applies::Restart,
          text_schema(),   read,           [&target] { return yaml_text(target.to_string()); }};
}

Key duration_key(std::string path, std::chrono::milliseconds& target, Bounds bounds, Applies applies,
                 std::string doc) {
  return make_duration_key(std::move(path), target, bounds, applies, std::move(doc));
}

Key duration_key(std::string path, std::chrono::seconds& target, Bounds bounds, Applies applies,
                 std::string doc) {
  return make_duration_key(std::move(path), target, bounds, applies, std::move(doc));
}

Key level_key(std::string path, log::Level& target, Applies applies, std::string doc) {
  using log::Level;
  return make_enum_key<Level>(
      std::move(path), target,
      {{"debug", Level::Debug}, {"info", Level::Info}, {"warning", Level::Warning}, {"error", Level::Error}},
      applies, std::move(doc));
}

Key format_key(std::string path, log::Format& target, std::string doc) {
  return make_enum_key<log::Format>(std::move(path), target,
                                    {{"text", log::Format::Text}, {"json", log::Format::Json}},
                                    Applies::Restart, std::move(doc));
}

Key kernel_mode_key(std::string path, media::KernelSettings::Mode& target, std::string doc) {
  using Mode = media::KernelSettings::Mode;
  return make_enum_key<Mode>(std::move(path), target,
                             {{"off", Mode::Off}, {"auto", Mode::Auto}, {"required", Mode::Required}},
                             Applies::Restart, std::move(doc));
}

Key servers_key(std::string path, std::vector<domain::SocketAddress>& target, std::string doc) {
  constexpr std::uint16_t kDomainPort = 53;
  auto read = [&target](const YAML::Node& node) -> std::string {
    if (!node.IsSequence()) return "is not a list of addresses";
    std::vector<domain::SocketAddress> servers;
    for (const auto& item : node) {
      const auto text = item.IsScalar() ? item.Scalar() : std::string();
      auto address = domain::SocketAddress::parse(text);
      if (const auto ip = domain::IpAddress::parse(text); !address && ip) address = {*ip, kDomainPort};
      if (!address || address->port == 0) return "is not a list of ADDRESS or ADDRESS:PORT";
      servers.push_back(*address);
    }
    target = std::move(servers);
    return {};
  };
  auto show = [&target] {
    std::string text;
    for (const auto& server : target)
      text += (text.empty() ? "\"" : ", \"") + server.to_string() + '"';
    return '[' + text + ']';
  };
  return {std::move(path),
          std::move(doc),
          Applies::Restart,
          {{"type", "array"}, {"items", text_schema()}},
          read,
          show};
}

Key interfaces_key(std::string path, std::vector<MediaInterface>& target, std::string doc) {
  auto read = [&target](const YAML::Node& node) { return read_interfaces(node, target); };
  return {std::move(path),     std::move(doc), Applies::Restart,
          interfaces_schema(), read,           [&target] { return show_interfaces(target); }};
}

Key smpp_listeners_key(std::string path, std::vector<SmppListener>& target, std::string doc) {
  const auto text = text_schema();
  return {std::move(path),
          std::move(doc),
          Applies::Restart,
          {{"type", "array"},
           {"minItems", 1},
           {"items",
            {{"type", "object"},
             {"additionalProperties", false},
             {"required", {"bind"}},
             {"properties",
              {{"bind", text}, {"certificate_file", text}, {"key_file", text}, {"client_ca_file", text}}}}}},
          [&target](const YAML::Node& node) { return read_smpp_listeners(node, target); },
          [&target] { return show_smpp_listeners(target); }};
}

}  // namespace warp::app
