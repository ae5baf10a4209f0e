#include "receipts.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace warp::messaging {
namespace {

bool decided(const PartStatus& part) {
  return part.state == PartState::Delivered || part.state == PartState::Failed;
}

std::pair<domain::MessageState, domain::Reason> verdict_on(smpp::MessageState receipt) {
  if (receipt == smpp::MessageState::Expired)
    return {domain::MessageState::Expired, domain::Reason::MessageExpired};
  return {domain::MessageState::Undelivered, domain::Reason::HandsetUndelivered};
}

}  // namespace

std::string to_json(const ReceiptFacts& facts) {
  return nlohmann::json{{"state", static_cast<int>(facts.state)}, {"error", facts.error}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<ReceiptFacts> facts_from_json(std::string_view json) {
  const auto value = nlohmann::json::parse(json, nullptr, false);
  if (!value.is_object() || !value.contains("state") || !value["state"].is_number_unsigned())
    return std::nullopt;
  const auto state = smpp::state_from(value["state"].get<std::uint32_t>());
  if (!state) return std::nullopt;
  return ReceiptFacts{*state, value.value("error", std::string())};
}

void Receipts::on_receipt(ConnectorId connector, std::string upstream_id, ReceiptFacts facts, Answer answer) {
  SegmentKey key{connector, std::move(upstream_id)};
  const auto found = core_.segments.find(key);
  auto* live = found == core_.segments.end() ? nullptr : core_.find(found->second.message);
  if (!live) return park(std::move(key), std::move(facts), std::move(answer));
  auto& part = live->parts[found->second.part];
  const bool news = apply(*live, part, facts);
  if (news && live->phase == Phase::Sent) evaluate(*live);
  if (live->phase == Phase::Finishing)
    return finisher_.then(live->message.id, [answer] { answer(smpp::Status::Ok); });
  if (!news) return answer(smpp::Status::Ok);
  // The message goes on: what this part's receipt said must outlive a crash by itself.
  part.parked = true;
  store_parked(key, facts, std::move(answer));
}

bool Receipts::apply(Live& live, PartStatus& part, const ReceiptFacts& facts) {
  if (decided(part)) {
    core_.metrics.receipts_repeated.add();
    return false;
  }
  core_.metrics.receipts_matched.add();
  if (!smpp::is_final(facts.state)) {
    finisher_.progress(live.message, "sent");
    return false;
  }
  part.receipt = facts.state;
  const bool delivered = facts.state == smpp::MessageState::Delivered;
  part.state = delivered ? PartState::Delivered : PartState::Failed;
  if (!delivered && live.message.network_error.empty()) live.message.network_error = facts.error;
  return true;
}

void Receipts::evaluate(Live& live) {
  const auto failed = std::find_if(live.parts.begin(), live.parts.end(),
                                   [](const auto& part) { return part.state == PartState::Failed; });
  const bool all = std::all_of(live.parts.begin(), live.parts.end(), decided);
  if (!all) {
    if (failed != live.parts.end()) core_.set_deadline(live, core_.clock.wall() + core_.settings.part_grace);
    return;
  }
  if (failed == live.parts.end())
    return finisher_.finish(live, domain::MessageState::Delivered, domain::Reason::NormalClearing);
  const auto [state, reason] = verdict_on(failed->receipt);
  finisher_.finish(live, state, reason);
}

void Receipts::overdue(Live& live) {
  for (const auto& part : live.parts) {
    if (part.state != PartState::Failed) continue;
    const auto [state, reason] = verdict_on(part.receipt);
    return finisher_.finish(live, state, reason);
  }
  finisher_.finish(live, domain::MessageState::Expired, domain::Reason::ReceiptMissing);
}

void Receipts::taken(Live& live, std::size_t index) {
  auto& part = live.parts[index];
  if (part.upstream_id.empty()) return;
  SegmentKey key{live.message.connector, part.upstream_id};
  const auto parked = parked_.find(key);
  if (parked != parked_.end()) {
    const auto facts = std::move(parked->second.facts);
    parked_.erase(parked);
    core_.metrics.parked.set(static_cast<double>(parked_.size()));
    part.parked = true;
    apply(live, part, facts);
  }
  core_.segments[std::move(key)] = {live.message.id, static_cast<std::uint16_t>(index)};
}

void Receipts::park(SegmentKey key, ReceiptFacts facts, Answer answer) {
  core_.metrics.receipts_parked.add();
  // One that is not final changes nothing later; and what nobody waits for must not fill the memory.
  if (!smpp::is_final(facts.state) || key.upstream_id.empty()) return answer(smpp::Status::Ok);
  if (parked_.size() >= core_.settings.max_parked) sweep();
  if (parked_.size() >= core_.settings.max_parked) return answer(smpp::Status::MsgQFul);
  store_parked(key, facts, std::move(answer));
  const auto [at, fresh] = parked_.insert_or_assign(key, Parked{std::move(facts), core_.clock.wall()});
  if (fresh) parked_order_.push_back(std::move(key));
  core_.metrics.parked.set(static_cast<double>(parked_.size()));
}

void Receipts::store_parked(const SegmentKey& key, const ReceiptFacts& facts, Answer answer) {
  core_.store.park({key.connector, key.upstream_id, to_json(facts), core_.clock.wall()},
                   core_.guard([this, answer](bool durable) {
                     if (!durable) core_.metrics.store_failures.add();
                     // Not kept: the upstream shall say it again.
                     answer(durable ? smpp::Status::Ok : smpp::Status::SysErr);
                   }));
}

void Receipts::restore(domain::ParkedReceipt receipt) {
  auto facts = facts_from_json(receipt.payload);
  if (!facts) return;
  SegmentKey key{receipt.connector, std::move(receipt.upstream_id)};
  const auto found = core_.segments.find(key);
  auto* live = found == core_.segments.end() ? nullptr : core_.find(found->second.message);
  if (live) {
    auto& part = live->parts[found->second.part];
    part.parked = true;
    apply(*live, part, *facts);
    return;
  }
  parked_order_.push_back(key);
  parked_.insert_or_assign(std::move(key), Parked{std::move(*facts), receipt.received_at});
}

void Receipts::sweep() {
  const auto oldest = core_.clock.wall() - core_.settings.parked_timeout;
  while (!parked_order_.empty()) {
    const auto found = parked_.find(parked_order_.front());
    if (found != parked_.end()) {
      if (found->second.since > oldest) break;
      core_.store.unpark(found->first.connector, found->first.upstream_id, [](bool) {});
      parked_.erase(found);
    }
    parked_order_.pop_front();
  }
  core_.metrics.parked.set(static_cast<double>(parked_.size()));
}

}  // namespace warp::messaging
