// Billed accounts (BANs): the cycle, the terms of a customer's contract, and what is charged by time or once.
//
// An account has one from its first moment; it stays the default, which is billed for all that names no
// other. A tenant reads its own; operators change them.
#pragma once

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/billing/cycle.h"
#include "warp/billing/invoice.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

enum class PaymentOrder : std::uint8_t { OldestFirst, ByHand };
std::string_view to_string(PaymentOrder order);  // OLDEST_FIRST, BY_HAND
std::optional<PaymentOrder> parse_payment_order(std::string_view text);

struct Ban {
  std::string ban;
  CustomerId customer;
  std::string name;
  billing::Cycle cycle;
  billing::Period period;  // that runs: from the last close to the next
  std::uint32_t due_days = 30;
  PaymentOrder payment_order = PaymentOrder::OldestFirst;
  std::uint32_t decimals = 2;
  Rounding rounding = Rounding::HalfUp;
  std::string tax_region;  // empty: no taxes
  bool tax_exempt = false;
  std::string address;  // as invoices show it, lines apart by '\n'
  bool is_default = false;
  WallTime created_at{}, updated_at{};
};

struct RecurringCharge : billing::RecurringItem {
  Uuid id;
  std::string ban;
  CustomerId customer;
  WallTime created_at{};
};

// What the open contract of a customer says beside its rate plan.
struct ContractTerms {
  std::optional<std::string> ban;  // that the minimum and the terms are of; none: the default
  Money minimum;
  std::string terms = "{}";  // JSON, as billing.contracts.terms
};

// What a number costs a month, and whose invoice it is on.
struct NumberRent {
  std::string e164;
  std::optional<CustomerId> customer;
  std::optional<std::string> ban;  // none: the customer's default account
  Money monthly;
};

class BanRepository {
 public:
  explicit BanRepository(pg::Pool& pool) : pool_(pool) {}
  Task<std::vector<Ban>> list(Actor actor, CustomerId customer);  // the default first
  Task<Ban> get(Actor actor, std::string ban);
  // An empty `ban` draws the next number.
  Task<Ban> create(Actor actor, Ban ban);
  // All but customer, default and period.start.
  Task<Ban> update(Actor actor, Ban ban);

  Task<std::vector<RecurringCharge>> charges(Actor actor, std::string ban);  // newest first
  // InUse: no such SKU. Customer and id are filled.
  Task<RecurringCharge> add_charge(Actor actor, RecurringCharge charge);
  // Never before it began. NotFound: it ended already.
  Task<RecurringCharge> end_charge(Actor actor, Uuid id, std::optional<WallTime> at);

  // Calls of the trunk are billed to `ban` from then on; none: to the default account. InUse: another
  // customer's.
  Task<TrunkId> bill_trunk(Actor actor, TrunkId trunk, std::optional<std::string> ban);
  Task<NumberRent> rent(Actor actor, std::string e164);
  // The days until now are billed as it was before.
  Task<NumberRent> set_rent(Actor actor, NumberRent rent);

  Task<ContractTerms> terms(Actor actor, CustomerId customer);  // of the open contract
  Task<ContractTerms> set_terms(Actor actor, CustomerId customer, ContractTerms terms);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
