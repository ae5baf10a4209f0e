#include "warp/store/sip_policy.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace warp::store {
namespace {

using Json = nlohmann::json;
using Words = std::span<const std::string_view>;

std::string joined(Words words) {
  std::string out;
  for (const auto word : words)
    out.append(out.empty() ? "" : "|").append(word);
  return out;
}

std::string range(std::uint32_t least, std::uint32_t most) {
  return std::to_string(least) + ".." + std::to_string(most);
}

// Takes the fields that are there; the first that is wrong stays as the fault.
class Reader final : public domain::PolicyFields {
 public:
  Reader(std::string section, const Json& object) : section_(std::move(section)), object_(object) {
    if (!object.is_object()) wrong("", "an object is wanted");
  }

  void flag(std::string_view name, bool& value, std::string_view) override {
    const auto* given = find(name);
    if (given == nullptr) return;
    if (!given->is_boolean()) return wrong(name, "true or false is wanted");
    value = given->get<bool>();
  }
  void number(std::string_view name, std::uint32_t& value, std::uint32_t least, std::uint32_t most,
              std::string_view) override {
    const auto* given = find(name);
    if (given == nullptr) return;
    const bool fits = given->is_number_unsigned() && given->get<std::uint64_t>() >= least &&
                      given->get<std::uint64_t>() <= most;
    if (!fits) return wrong(name, "a number of " + range(least, most) + " is wanted");
    value = given->get<std::uint32_t>();
  }
  void text(std::string_view name, std::string& value, std::size_t longest, std::string_view) override {
    const auto* given = find(name);
    if (given == nullptr) return;
    if (!is_text(*given, longest))
      return wrong(name, "a text of at most " + std::to_string(longest) + " printable characters is wanted");
    value = given->get<std::string>();
  }
  void list(std::string_view name, std::vector<std::string>& value, std::size_t most,
            std::string_view) override {
    const auto* given = find(name);
    if (given == nullptr) return;
    const bool fits =
        given->is_array() && given->size() <= most &&
        std::all_of(given->begin(), given->end(), [](const Json& item) { return is_text(item, 256); });
    if (!fits) return wrong(name, "a list of at most " + std::to_string(most) + " texts is wanted");
    value = given->get<std::vector<std::string>>();
  }
  void word(std::string_view name, std::uint8_t& place, Words words, std::string_view) override {
    const auto* given = find(name);
    if (given == nullptr) return;
    const auto found =
        given->is_string() ? std::find(words.begin(), words.end(), given->get<std::string>()) : words.end();
    if (found == words.end()) return wrong(name, "one of " + joined(words) + " is wanted");
    place = static_cast<std::uint8_t>(found - words.begin());
  }

  std::optional<PolicyFault> fault() const {
    if (fault_ || !object_.is_object()) return fault_;
    for (const auto& [name, value] : object_.items())
      if (!known_.contains(name)) return PolicyFault{section_ + "." + name, "there is no such field"};
    return std::nullopt;
  }

 private:
  static bool is_text(const Json& value, std::size_t longest) {
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    return text.size() <= longest && std::none_of(text.begin(), text.end(), [](char c) {
             return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
           });
  }
  const Json* find(std::string_view name) {
    known_.insert(std::string(name));
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }
  void wrong(std::string_view name, std::string cure) {
    if (fault_) return;
    fault_ = PolicyFault{name.empty() ? section_ : section_ + "." + std::string(name), std::move(cure)};
  }

  std::string section_;
  const Json& object_;
  std::set<std::string> known_;
  std::optional<PolicyFault> fault_;
};

class Lister final : public domain::PolicyFields {
 public:
  void flag(std::string_view name, bool& value, std::string_view help) override {
    add(name, "flag", help, value);
  }
  void number(std::string_view name, std::uint32_t& value, std::uint32_t least, std::uint32_t most,
              std::string_view help) override {
    add(name, range(least, most), help, value);
  }
  void text(std::string_view name, std::string& value, std::size_t, std::string_view help) override {
    add(name, "text", help, value);
  }
  void list(std::string_view name, std::vector<std::string>& value, std::size_t,
            std::string_view help) override {
    add(name, "list", help, value);
  }
  void word(std::string_view name, std::uint8_t& place, Words words, std::string_view help) override {
    add(name, joined(words), help, words[place]);
  }

  struct Item {
    std::string name, type, help;
    Json value;
  };
  std::vector<Item> items;

 private:
  void add(std::string_view name, std::string type, std::string_view help, Json value) {
    items.push_back({std::string(name), std::move(type), std::string(help), std::move(value)});
  }
};

template <class Section>
std::vector<Lister::Item> items_of(Section section) {
  Lister lister;
  describe(section, lister);
  return std::move(lister.items);
}

}  // namespace

Result<domain::SipPolicy, PolicyFault> parse_sip_policy(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return PolicyFault{"sip_policy", "an object is wanted"};
  domain::SipPolicy policy;
  std::optional<PolicyFault> fault;
  std::set<std::string> known;
  domain::each_section(policy, [&](const char* name, auto& section) {
    known.insert(name);
    const auto found = json.find(name);
    if (fault || found == json.end()) return;
    Reader reader(name, *found);
    describe(section, reader);
    fault = reader.fault();
  });
  if (fault) return std::move(*fault);
  for (const auto& code : policy.health.failover_codes)
    if (!domain::StatusSet::is_code(code))
      return PolicyFault{"health.failover_codes", "codes of 300 to 699, or classes as 5xx, are wanted"};
  for (const auto& [name, value] : json.items())
    if (!known.contains(name)) return PolicyFault{name, "there is no such section"};
  if (auto problem = domain::check(policy.identity))
    return PolicyFault{"identity." + std::string(problem->field), std::move(problem->cure)};
  if (auto problem = domain::check(policy.media))
    return PolicyFault{"media." + std::string(problem->field), std::move(problem->cure)};
  return policy;
}

domain::SipPolicy kept_sip_policy(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  domain::SipPolicy policy;
  if (!json.is_object()) return policy;
  domain::each_section(policy, [&](const char* name, auto& section) {
    const auto found = json.find(name);
    if (found == json.end()) return;
    Reader reader(name, *found);
    describe(section, reader);
  });
  return policy;
}

std::string format_sip_policy(const domain::SipPolicy& policy) {
  Json out = Json::object();
  domain::each_section(policy, [&](const char* name, const auto& section) {
    const auto items = items_of(section);
    const auto defaults = items_of(std::decay_t<decltype(section)>());
    for (std::size_t i = 0; i < items.size(); ++i)
      if (items[i].value != defaults[i].value) out[name][items[i].name] = items[i].value;
  });
  return out.dump();
}

std::vector<PolicyField> sip_policy_fields() {
  std::vector<PolicyField> out;
  const domain::SipPolicy policy;
  domain::each_section(policy, [&](const char* name, const auto& section) {
    for (auto& item : items_of(section))
      out.push_back(
          {name, std::move(item.name), std::move(item.type), std::move(item.help), item.value.dump()});
  });
  return out;
}

std::string sip_policy_markdown() {
  std::string out =
      "# Policies of peers\n\n"
      "<!-- Made from src/domain/policy by the unit tests; not to be edited. -->\n\n"
      "How one customer's trunk or one provider is spoken to: `sip_policy` of `PUT "
      "/api/v1/trunks/{trunk_id}` and\n"
      "`PATCH /api/v1/providers/{provider_id}`, operators only. It is given whole, in sections; what is left "
      "out has the\n"
      "default that stands here. A change holds from the next call on.\n\n"
      "```json\n"
      "{\"sip_policy\": {\"session\": {\"timer\": \"offer\"}, \"identity\": {\"trusted\": true}}}\n"
      "```\n";
  std::string section;
  for (const auto& field : sip_policy_fields()) {
    if (field.section != section) {
      section = field.section;
      out += "\n## " + section + "\n\n| field | values | default | meaning |\n|---|---|---|---|\n";
    }
    auto type = field.type;
    for (std::size_t at = 0; (at = type.find('|', at)) != type.npos; at += 2)
      type.replace(at, 1, ", ");
    out += "| `" + field.name + "` | " + type + " | `" + field.default_value + "` | " + field.help + " |\n";
  }
  return out;
}

}  // namespace warp::store
