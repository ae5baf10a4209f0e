// How each type of configuration value is read, shown and described: one overload set a type.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "app/config.h"
#include "app/config_schema.h"

namespace warp::app {

// A text as YAML and JSON write it, and what a scalar says; empty of what is none.
std::string yaml_text(std::string_view text);
std::string scalar_of(const YAML::Node& node);

// {"type": "string"}
nlohmann::ordered_json text_schema();

struct Bounds {
  std::uint64_t low, high;
};

// Each makes a Key bound to `target`, which must outlive it.
Key number_key(std::string path, std::uint32_t& target, Bounds bounds, Applies applies, std::string doc);
Key number_key(std::string path, std::uint64_t& target, Bounds bounds, Applies applies, std::string doc);
Key flag_key(std::string path, bool& target, Applies applies, std::string doc);
Key text_key(std::string path, std::string& target, Applies applies, std::string doc);
Key secret_key(std::string path, Secret& target, std::string doc);
Key address_key(std::string path, domain::SocketAddress& target, std::string doc);
// "250ms", "30s", "5m", "2h"
Key duration_key(std::string path, std::chrono::milliseconds& target, Bounds milliseconds, Applies applies,
                 std::string doc);
Key duration_key(std::string path, std::chrono::seconds& target, Bounds milliseconds, Applies applies,
                 std::string doc);
Key level_key(std::string path, log::Level& target, Applies applies, std::string doc);
Key format_key(std::string path, log::Format& target, std::string doc);
Key kernel_mode_key(std::string path, media::KernelSettings::Mode& target, std::string doc);
// "127.0.0.1" (port 53) or "127.0.0.1:5353", any number of them.
Key servers_key(std::string path, std::vector<domain::SocketAddress>& target, std::string doc);
Key interfaces_key(std::string path, std::vector<MediaInterface>& target, std::string doc);
Key smpp_listeners_key(std::string path, std::vector<SmppListener>& target, std::string doc);

}  // namespace warp::app
