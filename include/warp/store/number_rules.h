// Rules that translate numbers at a trunk's or a provider's side. Operators only.
#pragma once

#include <variant>

#include "warp/base/clock.h"
#include "warp/domain/numbers.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

using RuleOwner = std::variant<TrunkId, ProviderId>;

struct NumberRule {
  domain::NumberRule rule;
  std::string cases = "[]";  // JSON: [{"in": …, "out": …}]
  bool enabled = true;
  std::string description;
  WallTime created_at{}, updated_at{};
};

class NumberRuleRepository {
 public:
  explicit NumberRuleRepository(pg::Pool& pool) : pool_(pool) {}
  // By stage, subject and position. NotFound when there is no such owner.
  Task<std::vector<NumberRule>> list(Actor actor, RuleOwner owner);
  Task<NumberRule> get(Actor actor, RuleOwner owner, Uuid id);
  Task<NumberRule> create(Actor actor, RuleOwner owner, NumberRule rule);  // NotFound as in list()
  Task<NumberRule> update(Actor actor, RuleOwner owner, NumberRule rule);  // all of it, by rule.id
  Task<NumberRule> remove(Actor actor, RuleOwner owner, Uuid id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
