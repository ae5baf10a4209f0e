#include "cause.h"

#include <array>
#include <charconv>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::calls {

namespace {

struct Decimal {
  explicit Decimal(std::uint64_t number) {
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text = {digits.data(), static_cast<std::size_t>(end - digits.data())};
  }
  std::array<char, 20> digits{};
  std::string_view text;
};

std::optional<std::uint8_t> q850_cause(std::string_view value) {
  constexpr std::string_view kProtocol = "Q.850";
  const std::size_t end = value.find(';');
  if (end == std::string_view::npos || !iequals(trim(value.substr(0, end)), kProtocol)) return std::nullopt;
  std::string_view rest = value.substr(end);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t next = std::min(rest.find(';'), rest.size());
    const std::string_view parameter = trim(rest.substr(0, next));
    const std::size_t equals = parameter.find('=');
    if (equals != std::string_view::npos && iequals(trim(parameter.substr(0, equals)), "cause"))
      return parse_number<std::uint8_t>(trim(parameter.substr(equals + 1)), 1, 127);
    rest.remove_prefix(next);
  }
  return std::nullopt;
}

}  // namespace

void add_reason(sip::Writer& writer, const Cause& cause) {
  const Decimal code(static_cast<std::uint16_t>(cause.reason));
  const Decimal q850(cause.q850_or_default());
  writer.header(sip::HeaderId::Reason,
                {"WARP;cause=", code.text, ";text=\"", domain::to_string(cause.reason), "\""});
  writer.header(sip::HeaderId::Reason, {"Q.850;cause=", q850.text});
}

std::string reason_value(const Cause& cause) {
  std::string value = "WARP;cause=";
  value += Decimal(static_cast<std::uint16_t>(cause.reason)).text;
  value += ";text=\"";
  value += domain::to_string(cause.reason);
  value += "\", Q.850;cause=";
  value += Decimal(cause.q850_or_default()).text;
  return value;
}

std::optional<std::uint8_t> q850_of(const sip::Message& message) {
  for (const sip::Header& header : message.headers()) {
    if (header.id != sip::HeaderId::Reason) continue;
    for (const std::string_view value : sip::split_list(header.value))
      if (const auto cause = q850_cause(value)) return cause;
  }
  return std::nullopt;
}

std::uint8_t q850_of_status(std::uint16_t status) {
  switch (status) {
    case 404:
    case 485:
    case 604:
      return 1;  // unallocated number
    case 486:
    case 600:
      return 17;  // user busy
    case 480:
      return 18;  // no user responding
    case 401:
    case 402:
    case 403:
    case 407:
    case 603:
      return 21;  // call rejected
    case 410:
      return 22;  // number changed
    case 482:
    case 483:
      return 25;  // exchange routing error
    case 484:
      return 28;  // address incomplete
    case 406:
    case 415:
    case 501:
      return 79;  // service not implemented
    case 502:
      return 38;  // network out of order
    case 400:
    case 481:
    case 500:
    case 503:
    case 580:
      return 41;  // temporary failure
    case 405:
      return 63;
    case 488:
    case 606:
      return 65;  // bearer capability not implemented
    case 408:
    case 504:
      return 102;  // recovery on timer expiry
    case 487:
      return 16;
    default:
      return 127;  // interworking
  }
}

std::optional<domain::Reason> loss_of_dialog(std::uint16_t status) {
  if (status == 408) return domain::Reason::FarEndTimeout;
  if (status == 481) return domain::Reason::FarEndCallGone;
  return std::nullopt;
}

}  // namespace warp::calls
