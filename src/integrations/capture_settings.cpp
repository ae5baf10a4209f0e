#include "warp/integrations/capture_settings.h"

#include "warp/base/checked.h"

namespace warp::integrations {
namespace {

constexpr std::size_t kLongestHost = 253;

}  // namespace

std::optional<CaptureTarget> CaptureTarget::parse(std::string_view text) {
  CaptureTarget target;
  if (text.starts_with("tcp://"))
    target.kind = Kind::Tcp;
  else if (text.starts_with("tls://"))
    target.kind = Kind::Tls;
  else if (!text.starts_with("udp://"))
    return std::nullopt;
  text.remove_prefix(6);
  if (target.kind == Kind::Tls) target.port = 9061;
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == text.npos) return std::nullopt;
  target.host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  auto rest = end == text.npos ? std::string_view{} : text.substr(bracketed ? end + 1 : end);
  if (target.host.empty() || target.host.size() > kLongestHost ||
      target.host.find_first_of("/@ []") != std::string::npos)
    return std::nullopt;
  if (rest.empty()) return target;
  const auto port = rest.starts_with(':') ? parse_number<std::uint16_t>(rest.substr(1), 1) : std::nullopt;
  if (!port) return std::nullopt;
  target.port = *port;
  return target;
}

std::string CaptureTarget::to_string() const {
  std::string text = kind == Kind::Udp ? "udp://" : kind == Kind::Tcp ? "tcp://" : "tls://";
  const bool v6 = host.find(':') != std::string::npos;
  text += v6 ? "[" + host + "]" : host;
  return text + ":" + std::to_string(port);
}

}  // namespace warp::integrations
