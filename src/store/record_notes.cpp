#include "record_notes.h"

#include <array>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "json_text.h"

namespace warp::store {
namespace {

using domain::CallNumbers;
using domain::DecisionNote;
using domain::DippedNumber;
using domain::LineKind;
using nlohmann::json;

constexpr std::array<std::string_view, 7> kLineKinds{"",          "fixed",   "mobile", "voip",
                                                     "toll_free", "premium", "special"};

// An object being written: members of a default value are left out.
class ObjectText {
 public:
  void text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    key(name);
    append_string(out_, value);
  }
  void flag(std::string_view name, bool value) {
    if (value) raw(name, "true");
  }
  void number(std::string_view name, unsigned value) {
    if (value != 0) raw(name, std::to_string(value));
  }
  void raw(std::string_view name, std::string_view json) {
    key(name);
    out_ += json;
  }
  std::string finish() && { return std::move(out_ += '}'); }

 private:
  void key(std::string_view name) {
    if (out_.size() > 1) out_ += ',';
    out_.append("\"").append(name).append("\":");
  }
  std::string out_ = "{";
};

// What both ways go through: `visit(name, member)`.
template <class Number, class Visit>
void each_text(Number& number, Visit visit) {
  visit("lrn", number.lrn);
  visit("spid", number.spid);
  visit("country", number.place.country);
  visit("state", number.place.state);
  visit("ocn", number.place.ocn);
  visit("rate_centre", number.place.rate_centre);
}
template <class Numbers, class Visit>
void each_note(Numbers& numbers, Visit visit) {
  visit("routing", numbers.routing);
  visit("rated", numbers.rated);
  visit("cnam", numbers.cnam);
  visit("toll_free_cic", numbers.toll_free_cic);
  visit("note", numbers.note);
}

std::string number_json(const DippedNumber& number) {
  ObjectText out;
  each_text(number, [&](const char* name, const std::string& value) { out.text(name, value); });
  out.flag("dipped", number.dipped);
  out.flag("ported", number.ported);
  out.number("lata", number.place.lata);
  out.text("kind", kLineKinds[static_cast<std::size_t>(number.place.kind)]);
  return std::move(out).finish();
}

template <class T>
void take(const json& from, const char* name, T& value) {
  if (const auto found = from.find(name); found != from.end()) found->get_to(value);
}

bool read_number(const json& from, DippedNumber& number) {
  each_text(number, [&](const char* name, std::string& value) { take(from, name, value); });
  take(from, "dipped", number.dipped);
  take(from, "ported", number.ported);
  take(from, "lata", number.place.lata);
  std::string kind;
  take(from, "kind", kind);
  for (std::size_t i = 0; i < kLineKinds.size(); ++i)
    if (kLineKinds[i] == kind) number.place.kind = static_cast<LineKind>(i);
  return true;
}

std::string id_json(const Uuid& id) {
  return id.is_nil() ? "null" : '"' + id.to_string() + '"';
}

}  // namespace

std::string numbers_to_json(const Boxed<CallNumbers>& boxed) {
  if (!boxed.made()) return "{}";
  const auto& numbers = boxed.read();
  ObjectText out;
  out.raw("caller", number_json(numbers.caller));
  out.raw("called", number_json(numbers.called));
  out.text("jurisdiction", to_string(numbers.jurisdiction));
  each_note(numbers, [&](const char* name, const std::string& value) { out.text(name, value); });
  out.flag("do_not_originate", numbers.do_not_originate);
  return std::move(out).finish();
}

bool numbers_from_json(std::string_view text, Boxed<CallNumbers>& out) try {
  if (text == "{}") return true;
  const auto from = json::parse(text);
  if (!from.is_object()) return false;
  auto& numbers = out.write();
  if (!read_number(from.value("caller", json::object()), numbers.caller) ||
      !read_number(from.value("called", json::object()), numbers.called))
    return false;
  std::string jurisdiction = "UNKNOWN";
  take(from, "jurisdiction", jurisdiction);
  const auto parsed = domain::parse_jurisdiction(jurisdiction);
  if (!parsed) return false;
  numbers.jurisdiction = *parsed;
  each_note(numbers, [&](const char* name, std::string& value) { take(from, name, value); });
  take(from, "do_not_originate", numbers.do_not_originate);
  return true;
} catch (const json::exception&) {
  return false;
}

std::string decision_to_json(const Boxed<DecisionNote>& boxed) {
  if (!boxed.made()) return "{}";
  const auto& note = boxed.read();
  ObjectText out;
  out.raw("considered", std::to_string(note.considered));
  out.text("rule", note.rule);
  std::string lines = "[";
  for (const auto& line : note.rejected) {
    if (lines.size() > 1) lines += ',';
    lines += "{\"provider_id\":" + id_json(line.provider.value) +
             ",\"route_id\":" + id_json(line.route.value) + ",\"reason\":" + std::to_string(line.reason) +
             '}';
  }
  out.raw("rejected", lines += ']');
  return std::move(out).finish();
}

bool decision_from_json(std::string_view text, Boxed<DecisionNote>& out) try {
  if (text == "{}") return true;
  const auto from = json::parse(text);
  if (!from.is_object()) return false;
  auto& note = out.write();
  take(from, "considered", note.considered);
  take(from, "rule", note.rule);
  for (const auto& item : from.value("rejected", json::array())) {
    auto& line = note.rejected.emplace_back();
    if (!read_id(item, "provider_id", line.provider.value) || !read_id(item, "route_id", line.route.value))
      return false;
    item.at("reason").get_to(line.reason);
  }
  return true;
} catch (const json::exception&) {
  return false;
}

}  // namespace warp::store
