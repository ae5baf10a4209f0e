#include "receipt_fields.h"

#include <optional>

#include "warp/base/text.h"

namespace warp::smpp::receipt {
namespace {

struct Name {
  std::string_view text;
  Key key;
};
// A longer name before its own beginning.
constexpr Name kFieldNames[] = {
    {"submit date", Key::SubmitDate},
    {"submit_date", Key::SubmitDate},
    {"submitdate", Key::SubmitDate},
    {"done date", Key::DoneDate},
    {"done_date", Key::DoneDate},
    {"donedate", Key::DoneDate},
    {"message id", Key::Id},
    {"msgid", Key::Id},
    {"id", Key::Id},
    {"delivered", Key::Delivered},
    {"dlvrd", Key::Delivered},
    {"dlvd", Key::Delivered},
    {"sub", Key::Submitted},
    {"status", Key::State},
    {"state", Key::State},
    {"stat", Key::State},
    {"error", Key::Error},
    {"err", Key::Error},
    {"text", Key::Text},
    {"msg", Key::Text},
};

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}
constexpr bool parts_fields(char c) {
  return is_blank(c) || c == ',' || c == ';' || c == '|';
}
// An id may hold anything but blanks; the comma and its like only end values when a key follows.
std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at]))
    ++at;
  return at;
}

struct Found {
  Key key;
  std::size_t value;  // where its value begins
};

// A key and its colon (or equals sign) at `at`.
std::optional<Found> key_at(std::string_view text, std::size_t at) {
  if (at > 0 && !parts_fields(text[at - 1])) return std::nullopt;
  for (const auto& name : kFieldNames) {
    if (!iequals(text.substr(at, name.text.size()), name.text)) continue;
    const auto colon = skip_blanks(text, at + name.text.size());
    if (colon < text.size() && (text[colon] == ':' || text[colon] == '=')) return Found{name.key, colon + 1};
  }
  return std::nullopt;
}

std::size_t next_key(std::string_view text, std::size_t at) {
  while (at < text.size() && !key_at(text, at))
    ++at;
  return at;
}

std::string_view without_separators(std::string_view value) {
  while (!value.empty() && parts_fields(value.back()))
    value.remove_suffix(1);
  return value;
}

// One word, or nothing when the next key follows at once.
std::string_view word(std::string_view text, std::size_t from, std::size_t limit) {
  from = skip_blanks(text, from);
  if (from >= limit) return {};
  auto end = from;
  while (end < limit && !is_blank(text[end]))
    ++end;
  return without_separators(text.substr(from, end - from));
}

}  // namespace

Fields split_fields(std::string_view text) {
  Fields fields;
  std::size_t at = next_key(text, 0);
  while (at < text.size()) {
    const auto found = *key_at(text, at);
    if (found.key == Key::Text && fields.has(Key::Id) && fields.has(Key::State)) {
      fields.set(Key::Text, text.substr(found.value));
      break;
    }
    const auto next = next_key(text, found.value);
    if (found.key == Key::Text) {
      fields.set(Key::Text, trim(text.substr(found.value, next - found.value)));
    } else {
      fields.set(found.key, word(text, found.value, next));
    }
    at = next;
  }
  return fields;
}

}  // namespace warp::smpp::receipt
