#include "rules.h"

#include <algorithm>

#include "warp/smpp/pdu/encoding.h"
#include "warp/smpp/pdu/segments.h"

namespace warp::messaging {
namespace {

bool letters(std::string_view address) {
  return std::any_of(address.begin(), address.end(), [](char c) { return c < '0' || c > '9'; });
}

void set_address(domain::MessageAddress& address, const std::string& digits) {
  address = letters(digits) ? domain::MessageAddress{domain::kTonLetters, 0, digits}
                            : domain::MessageAddress{1, 1, digits};
}

// What a person would read; nullopt: octets.
std::optional<std::string> text_of(const Subject& subject) {
  if (!subject.binary_coding) return subject.text;
  const auto alphabet = smpp::interpret(*subject.binary_coding, smpp::Alphabet::Gsm7).alphabet;
  if (alphabet == smpp::Alphabet::Binary) return std::nullopt;
  return smpp::decode_text(subject.text, alphabet).text;
}

}  // namespace

bool address_fits(std::string_view rule, std::string_view address) {
  if (rule.empty()) return true;
  if (rule.back() == '*') return address.starts_with(rule.substr(0, rule.size() - 1));
  return rule == address;
}

RuleBook::RuleBook(const std::vector<domain::MessageRule>& rules) {
  for (const auto& row : rules) {
    if (!row.enabled) continue;
    Rule rule{row, std::nullopt};
    if (!row.pattern.empty()) {
      auto compiled = Pattern::compile(row.pattern);
      if (!compiled || (row.replacement && compiled->check_replacement(*row.replacement))) {
        broken_.push_back(row.id);
        continue;
      }
      rule.pattern = std::move(*compiled);
    }
    (row.inbound ? inbound_ : outbound_).push_back(std::move(rule));
  }
  for (auto* list : {&inbound_, &outbound_})
    std::stable_sort(list->begin(), list->end(),
                     [](const Rule& a, const Rule& b) { return a.row.order < b.row.order; });
}

Interception RuleBook::apply(domain::Direction direction, Subject subject) const {
  Interception result;
  std::optional<std::string> decoded;
  bool known = !subject.binary_coding;
  for (const auto& rule : of(direction)) {
    const auto& row = rule.row;
    if (row.customer && *row.customer != subject.customer) continue;
    if (!address_fits(row.sender, subject.from.digits) || !address_fits(row.recipient, subject.to.digits))
      continue;
    if (rule.pattern) {
      if (!known) {
        decoded = text_of(subject);
        known = true;
      }
      const auto* text = subject.binary_coding ? (decoded ? &*decoded : nullptr) : &subject.text;
      if (!matches(*rule.pattern, text, subject.rich.get())) continue;
    }
    result.acted.push_back(row.id);
    act(rule, subject, result);
    if (result.refused || row.last) break;
  }
  return result;
}

bool RuleBook::matches(const Pattern& pattern, const std::string* text, const domain::RichContent* rich) {
  if (text && pattern.matches(*text)) return true;
  return rich && ((!rich->subject.empty() && pattern.matches(rich->subject)) ||
                  (!rich->fallback_text.empty() && pattern.matches(rich->fallback_text)));
}

// False: it cannot be.
bool RuleBook::rewrite(const Rule& rule, Subject& subject) {
  if (subject.binary_coding) return false;
  const auto replaced = [&](std::string& text) {
    auto made = rule.pattern->replace(text, *rule.row.replacement, kMostText);
    if (made) text = std::move(*made);
    return made.has_value();
  };
  if (!replaced(subject.text)) return false;
  if (!subject.rich) return true;
  auto rich = std::make_shared<domain::RichContent>(*subject.rich);
  if (!rich->subject.empty() && !replaced(rich->subject)) return false;
  if (!rich->fallback_text.empty() && !replaced(rich->fallback_text)) return false;
  subject.rich = std::move(rich);
  return true;
}

void RuleBook::act(const Rule& rule, Subject& subject, Interception& result) {
  const auto& row = rule.row;
  result.refused = row.refuse;
  if (row.refuse) return;
  if (row.replacement && rule.pattern && !rewrite(rule, subject)) {
    result.refused = true;
    return;
  }
  if (row.set_sender) {
    set_address(subject.from, *row.set_sender);
    result.sender_set = true;
  }
  if (row.set_recipient) set_address(subject.to, *row.set_recipient);
  if (row.set_priority) subject.priority = *row.set_priority;
  if (row.via) result.via = row.via;
}

}  // namespace warp::messaging
