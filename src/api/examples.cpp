#include "examples.h"

#include <array>

namespace warp::api {
namespace {

constexpr const char* kUuid = "0190c7a0-0000-7000-8000-000000000001";

// What texts with a check of their own may look like; the first that passes is shown.
constexpr std::array kTexts{"192.0.2.10",
                            "192.0.2.0/24",
                            "sip.example.net",
                            "https://example.net/hook",
                            "sip:office@sip.example.net",
                            "ops@example.net",
                            "2125550100",
                            "12125550100",
                            "+12125550100",
                            "USD",
                            "US",
                            "NY",
                            "10001",
                            "2026-01",
                            "2026-01-31",
                            "2026-01-31T12:00:00Z",
                            "12:00",
                            "America/New_York",
                            "call.completed",
                            "trunks:read",
                            "123456789",
                            "1234",
                            "^1212",
                            "abcdefghijklmnopqrstuvwxyz0123456789",
                            "0123456789abcdef0123456789abcdef",
                            kUuid};

bool named(std::string_view name, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), name) != words.end();
}

std::string plain_text(std::string_view name) {
  if (named(name, {"tn", "from", "to", "ani", "dni", "phone", "number", "phone_number", "recipient"}))
    return "12125550100";
  if (named(name, {"ip", "address", "source"})) return "192.0.2.10";
  if (named(name, {"host", "realm", "domain"})) return "sip.example.net";
  if (named(name, {"currency", "base"})) return "USD";
  if (name == "email") return "ops@example.net";
  if (name.ends_with("url") || name == "uri") return "https://example.net/hook";
  if (name == "name") return "office";
  std::string out(name.empty() ? std::string_view("text") : name);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

Json made_text(const Field& field) {
  if (!field.choices.empty()) return field.choices.front();
  auto text = plain_text(field.name);
  if (field.check && !field.check(text)) {
    const auto* good =
        std::find_if(kTexts.begin(), kTexts.end(), [&](const char* one) { return field.check(one); });
    if (good != kTexts.end())
      text = *good;
    else if (!field.required)
      return {};
  }
  while (static_cast<std::int64_t>(text.size()) < field.min)
    text += text.empty() ? "text" : text;
  if (static_cast<std::int64_t>(text.size()) > field.max) text.resize(static_cast<std::size_t>(field.max));
  return text;
}

Json made_integer(const Field& field) {
  const std::int64_t wanted = field.name == "port" ? 5060 : field.name == "netmask" ? 32 : 1;
  return std::clamp(wanted, field.min, std::max(field.min, field.max));
}

Json read_recorded() {
  auto parsed = Json::parse(recorded_examples(), nullptr, false);
  return parsed.is_object() ? parsed : Json::object();
}

}  // namespace

Example recorded_example(const std::string& operation) {
  static const Json all = read_recorded();
  Example out;
  const auto found = all.find(operation);
  if (found == all.end() || !found->is_object()) return out;
  if (const auto request = found->find("request"); request != found->end()) out.request = *request;
  if (const auto answer = found->find("answer"); answer != found->end()) out.answer = *answer;
  return out;
}

Json made_example(const Field& field) {
  switch (field.type) {
    case FieldType::Text:
      return made_text(field);
    case FieldType::Integer:
      return made_integer(field);
    case FieldType::Boolean:
      return true;
    case FieldType::Amount:
      return 1.25;
    case FieldType::Ratio:
      return 0.5;
    case FieldType::Uuid:
      return kUuid;
    case FieldType::Date:
      return "2026-01-31";
    case FieldType::Timestamp:
      return "2026-01-31T12:00:00Z";
    case FieldType::List: {
      auto out = Json::array();
      if (auto item = made_example(*field.items); !item.is_null()) out.push_back(std::move(item));
      return out;
    }
    case FieldType::Object:
      return made_example(field.members);
    case FieldType::Free:
      return Json::object();
    case FieldType::Any:
      return "value";
  }
  return {};
}

Json made_example(const std::vector<Field>& fields) {
  auto out = Json::object();
  for (const auto& field : fields)
    if (auto value = made_example(field); !value.is_null()) out[field.name] = std::move(value);
  return out;
}

}  // namespace warp::api
