#include "dtmf_info.h"

#include <algorithm>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::calls {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view kPlainDtmf = "application/dtmf";
constexpr std::string_view kEvents = "0123456789*#ABCD";  // by event number (RFC 4733)
constexpr milliseconds kShortestDigit{40}, kLongestDigit{5000};

std::optional<char> read_signal(std::string_view text) {
  if (text.size() == 1) {
    const char c =
        text.front() >= 'a' && text.front() <= 'd' ? static_cast<char>(text.front() - 32) : text.front();
    return kEvents.find(c) == std::string_view::npos ? std::nullopt : std::optional(c);
  }
  const auto event = parse_number<std::uint8_t>(text, 10, 15);
  return event ? std::optional(kEvents[*event]) : std::nullopt;
}

std::string_view next_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  const auto line = trim(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

}  // namespace

bool is_dtmf_type(std::string_view type) {
  return iequals(type, kDtmfRelay) || iequals(type, kPlainDtmf);
}

std::optional<InfoDigit> parse_dtmf_info(std::string_view type, std::string_view body) {
  std::optional<char> signal;
  InfoDigit out;
  if (iequals(type, kPlainDtmf) && body.find('=') == body.npos) {
    signal = read_signal(trim(body));
  } else {
    while (!body.empty()) {
      const auto line = next_line(body);
      const auto equals = std::min(line.find('='), line.size());
      const auto name = trim(line.substr(0, equals));
      const auto value = equals < line.size() ? trim(line.substr(equals + 1)) : std::string_view();
      if (iequals(name, "Signal")) signal = read_signal(value);
      if (!iequals(name, "Duration")) continue;
      if (const auto length = parse_number<std::uint32_t>(value))
        out.duration = std::clamp(milliseconds(*length), kShortestDigit, kLongestDigit);
    }
  }
  if (!signal) return std::nullopt;
  out.digit = *signal;
  return out;
}

std::string write_dtmf_info(const InfoDigit& digit) {
  const auto length = std::clamp(digit.duration, kShortestDigit, kLongestDigit);
  return "Signal=" + std::string(1, digit.digit) + "\r\nDuration=" + std::to_string(length.count()) + "\r\n";
}

}  // namespace warp::calls
