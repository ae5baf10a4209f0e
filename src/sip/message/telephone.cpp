#include "warp/sip/message/telephone.h"

#include "warp/base/text.h"

namespace warp::sip {
namespace {

constexpr std::size_t kMostDigits = 15;

struct Name {
  std::string_view name;
  std::string_view TelephoneParams::*value;
};
constexpr Name kTrunkParams[] = {{"rn", &TelephoneParams::rn},
                                 {"rn-context", &TelephoneParams::rn_context},
                                 {"cic", &TelephoneParams::cic},
                                 {"cic-context", &TelephoneParams::cic_context},
                                 {"phone-context", &TelephoneParams::phone_context},
                                 {"isub", &TelephoneParams::isub},
                                 {"postd", &TelephoneParams::postd},
                                 {"ext", &TelephoneParams::ext},
                                 {"tgrp", &TelephoneParams::tgrp},
                                 {"trunk-context", &TelephoneParams::trunk_context}};

void take(TelephoneParams& out, std::string_view param) {
  const auto equals = param.find('=');
  const auto name = param.substr(0, equals);
  const auto value = equals == std::string_view::npos ? std::string_view{} : param.substr(equals + 1);
  if (iequals(name, "npdi")) out.npdi = true;
  if (iequals(name, "user") && iequals(value, "phone")) out.user_phone = true;
  if (name.size() > 2 && iequals(name.substr(0, 2), "m-")) out.unknown_mandatory = true;
  for (const auto& known : kTrunkParams)
    if (iequals(name, known.name) && (out.*known.value).empty()) out.*known.value = value;
}

void take_all(TelephoneParams& out, std::string_view params) {
  while (!params.empty()) {
    const auto end = params.find(';');
    take(out, params.substr(0, end));
    params.remove_prefix(end == std::string_view::npos ? params.size() : end + 1);
  }
}

}  // namespace

TelephoneParams telephone_params(const Uri& uri) {
  TelephoneParams out;
  if (const auto first = uri.user.find(';'); first != std::string_view::npos)
    take_all(out, uri.user.substr(first + 1));
  take_all(out, uri.params);
  return out;
}

std::optional<std::string> global_digits(std::string_view number, std::string_view context) {
  const auto digits_of = [](std::string_view text) {
    Uri uri;
    uri.user = text;
    return uri.telephone();
  };
  auto own = digits_of(number);
  if (!own) return std::nullopt;
  if (own->front() == '+') {
    own->erase(0, 1);
  } else {
    auto around = context.empty() ? std::nullopt : digits_of(context);
    if (!around || around->front() != '+') return std::nullopt;
    own->insert(0, around->substr(1));
  }
  if (own->size() > kMostDigits || own->find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return own;
}

}  // namespace warp::sip
