#include "record_quality.h"

#include <limits>

#include <nlohmann/json.hpp>

namespace warp::store {

std::string quality_to_json(const Boxed<domain::MediaQuality>& quality) {
  std::string out = "{";
  domain::each_figure(quality.read(), [&](const char* name, const auto& figure) {
    if (!figure) return;
    if (out.size() > 1) out += ',';
    out.append("\"").append(name).append("\":").append(std::to_string(*figure));
  });
  return out += '}';
}

bool quality_from_json(std::string_view text, Boxed<domain::MediaQuality>& out) {
  if (text == "{}") return true;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return false;
  bool good = true;
  domain::each_figure(out.write(), [&](const char* name, auto& figure) {
    const auto found = json.find(name);
    if (found == json.end()) return;
    constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
    if (found->is_number_unsigned() && found->template get<std::uint64_t>() <= kMost)
      figure = found->template get<std::uint32_t>();
    else
      good = false;
  });
  return good;
}

}  // namespace warp::store
