// RuleBook: the interceptors of a catalogue, compiled. Rules of a direction run in order; each that fits acts
// on what those before it left, until one refuses or is marked as the last.
//
// Patterns see the text, and the subject and fall-back text of a rich message. A binary message is read as
// its data_coding says; octets that are no text fit no pattern. What would have to be replaced in a binary
// message, or would grow beyond kMostText, is refused: nothing goes out that a rule says must not go out as
// it is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/pattern.h"
#include "warp/domain/call_record.h"
#include "warp/domain/message.h"
#include "warp/domain/messaging_catalogue.h"

namespace warp::messaging {

constexpr std::size_t kMostText = 64 * 1024;

// What the rules look at and change.
struct Subject {
  CustomerId customer;
  domain::MessageAddress &from, &to;
  std::string& text;
  std::uint8_t& priority;
  std::optional<std::uint8_t> binary_coding;
  std::shared_ptr<const domain::RichContent>& rich;  // may be null; replaced, not changed
};

struct Interception {
  std::vector<MessageRuleId> acted;
  bool refused = false;  // by the last of them
  bool sender_set = false;
  std::optional<ConnectorId> via;
};

class RuleBook {
 public:
  explicit RuleBook(const std::vector<domain::MessageRule>& rules);
  bool empty(domain::Direction direction) const { return of(direction).empty(); }
  Interception apply(domain::Direction direction, Subject subject) const;
  // Rules whose pattern cannot be used: they never act.
  const std::vector<MessageRuleId>& broken() const { return broken_; }

 private:
  struct Rule {
    domain::MessageRule row;
    std::optional<Pattern> pattern;
  };
  const std::vector<Rule>& of(domain::Direction direction) const {
    return direction == domain::Direction::Inbound ? inbound_ : outbound_;
  }
  static bool matches(const Pattern& pattern, const std::string* text, const domain::RichContent* rich);
  static void act(const Rule& rule, Subject& subject, Interception& result);
  static bool rewrite(const Rule& rule, Subject& subject);

  std::vector<Rule> inbound_, outbound_;  // by order
  std::vector<MessageRuleId> broken_;
};

// Exact, or with a trailing '*' a prefix; empty fits all.
bool address_fits(std::string_view rule, std::string_view address);

}  // namespace warp::messaging
