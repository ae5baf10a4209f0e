#include "call_table.h"

#include <utility>

namespace warp::calls {

CallTable::CallTable(std::size_t expected) {
  calls_.reserve(expected);
  tags_.reserve(2 * expected);
  transactions_.reserve(2 * expected);
}

Call& CallTable::add(std::unique_ptr<Call> call) {
  call->serial = ++last_serial_;
  Call& added = *call;
  calls_.emplace(added.serial, std::move(call));
  return added;
}

void CallTable::remove(Call& call) {
  if (auto held = take(call)) removed_.push_back(std::move(held));
}

std::unique_ptr<Call> CallTable::take(Call& call) {
  if (call.setup) {
    forget(call.setup->invite.id);
    call.setup->attempt.way.leave();
  }
  for (const Leg& leg : call.legs) {
    const auto bound = tags_.find(leg.tag);
    if (bound != tags_.end() && bound->second.call == &call) tags_.erase(bound);
    const auto running = transactions_.find(leg.invite);
    if (running != transactions_.end() && running->second.transaction.call == &call)
      transactions_.erase(running);
  }
  if (call.reinvite) {
    forget(call.reinvite->sent);
    forget(call.reinvite->asked.id);
  }
  if (call.replacing) {
    forget(call.replacing->sent);
    forget(call.replacing->asked.id);
  }
  if (call.update) forget(call.update->sent);
  for (const Relay& relay : call.relays)
    forget(relay.sent);
  const auto held = calls_.find(call.serial);
  if (held == calls_.end()) return nullptr;
  auto taken = std::move(held->second);
  calls_.erase(held);
  return taken;
}

Call* CallTable::find(std::uint64_t serial) const {
  const auto found = calls_.find(serial);
  return found == calls_.end() ? nullptr : found->second.get();
}

std::vector<std::uint64_t> CallTable::serials() const {
  std::vector<std::uint64_t> all;
  all.reserve(calls_.size());
  for (const auto& [serial, call] : calls_)
    all.push_back(serial);
  return all;
}

const LegRef* CallTable::find_tag(std::string_view text) const {
  const auto tag = parse_tag(text);
  if (!tag) return nullptr;
  const auto found = tags_.find(*tag);
  return found == tags_.end() ? nullptr : &found->second;
}

void CallTable::expect(sip::TransactionId id, const Transaction& transaction) {
  transactions_[id] = {transaction, transaction.call != nullptr ? transaction.call->serial : 0};
}

const Transaction* CallTable::find_transaction(sip::TransactionId id) {
  const auto found = transactions_.find(id);
  if (found == transactions_.end()) return nullptr;
  const Expected& expected = found->second;
  if (expected.transaction.call == nullptr || calls_.contains(expected.serial)) return &expected.transaction;
  transactions_.erase(found);
  return nullptr;
}

}  // namespace warp::calls
