#include "warp/smpp/pdu/message_id.h"

#include <algorithm>
#include <array>
#include <utility>

#include "warp/base/text.h"

namespace warp::smpp {
namespace {

constexpr std::size_t kMostDigits = 64;
constexpr std::array<std::pair<IdForm, std::string_view>, 3> kForms{
    {{IdForm::Text, "text"}, {IdForm::Decimal, "decimal"}, {IdForm::Hexadecimal, "hexadecimal"}}};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), ascii_lower);
  return out;
}

std::string_view without_blanks(std::string_view id) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!id.empty() && blank(id.front()))
    id.remove_prefix(1);
  while (!id.empty() && blank(id.back()))
    id.remove_suffix(1);
  return id;
}

// The last digit stays: "000" is "0".
std::string_view without_zeros(std::string_view id) {
  while (id.size() > 1 && id.front() == '0')
    id.remove_prefix(1);
  return id;
}

bool is_hex(char c) {
  const char l = ascii_lower(c);
  return is_digit(c) || (l >= 'a' && l <= 'f');
}

bool is_number(std::string_view id, bool (*digit)(char)) {
  return !id.empty() && id.size() <= kMostDigits && std::ranges::all_of(id, digit);
}

// 64 decimal digits need 54 hexadecimal ones: little-endian nibbles, multiplied by ten and added to.
std::string decimal_to_hex(std::string_view digits) {
  std::array<std::uint8_t, kMostDigits> nibbles{};
  std::size_t used = 1;
  for (const char digit : digits) {
    unsigned carry = static_cast<unsigned>(digit - '0');
    for (std::size_t i = 0; i < used; ++i) {
      carry += nibbles[i] * 10u;
      nibbles[i] = static_cast<std::uint8_t>(carry & 15u);
      carry >>= 4;
    }
    if (carry > 0) nibbles[used++] = static_cast<std::uint8_t>(carry);
  }
  std::string out;
  for (std::size_t i = used; i-- > 0;)
    out.push_back("0123456789abcdef"[nibbles[i]]);
  return out;
}

std::optional<std::string> number(std::string_view id, IdForm form) {
  switch (form) {
    case IdForm::Text:
      return std::nullopt;
    case IdForm::Decimal:
      if (!is_number(id, [](char c) { return is_digit(c); })) return std::nullopt;
      return decimal_to_hex(without_zeros(id));
    case IdForm::Hexadecimal:
      if (iequals(id.substr(0, 2), "0x")) id.remove_prefix(2);
      if (!is_number(id, is_hex)) return std::nullopt;
      return lower(without_zeros(id));
  }
  return std::nullopt;
}

}  // namespace

std::string normalise_id(std::string_view id, const IdSettings& settings) {
  id = without_blanks(id);
  if (auto value = number(id, settings.form)) return std::move(*value);
  if (settings.strip_zeros) id = without_zeros(id);
  return settings.fold_case ? lower(id) : std::string(id);
}

std::string_view to_string(IdForm form) {
  return kForms[static_cast<std::size_t>(form)].second;
}

std::optional<IdForm> parse_id_form(std::string_view name) {
  for (const auto& [form, known] : kForms)
    if (iequals(known, name)) return form;
  return std::nullopt;
}

}  // namespace warp::smpp
