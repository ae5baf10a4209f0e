#include "pidf_lo.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "warp/base/markup.h"

namespace warp::calls {

namespace {

constexpr std::chrono::hours kRetention{24};

void append_element(std::string& out, std::string_view name, std::string_view value) {
  out.append("<ca:").append(name).append(">");
  append_escaped_markup(out, value);
  out.append("</ca:").append(name).append(">\r\n");
}

std::string instant(WallTime when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(when));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

}  // namespace

std::string pidf_lo(const domain::EmergencyLocation& location, std::string_view entity, WallTime now) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
      "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" "
      "xmlns:gp=\"urn:ietf:params:xml:ns:pidf:geopriv10\" "
      "xmlns:gbp=\"urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy\" "
      "xmlns:ca=\"urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr\" entity=\"";
  append_escaped_markup(out, entity);
  out += "\">\r\n<dm:device id=\"caller\">\r\n<gp:geopriv>\r\n<gp:location-info>\r\n<ca:civicAddress>\r\n";
  for (const auto& [name, value] : location.civic)
    append_element(out, name, value);
  out +=
      "</ca:civicAddress>\r\n</gp:location-info>\r\n<gp:usage-rules>\r\n"
      "<gbp:retransmission-allowed>yes</gbp:retransmission-allowed>\r\n<gbp:retention-expiry>";
  out += instant(now + kRetention);
  out +=
      "</gbp:retention-expiry>\r\n</gp:usage-rules>\r\n<gp:method>Manual</gp:method>\r\n</gp:geopriv>\r\n"
      "<dm:timestamp>";
  out += instant(now);
  out += "</dm:timestamp>\r\n</dm:device>\r\n</presence>\r\n";
  return out;
}

}  // namespace warp::calls
