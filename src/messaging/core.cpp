#include "core.h"

namespace warp::messaging {
namespace {
constexpr std::array<std::string_view, 6> kHeard{"ok",        "throttled", "temporary",
                                                 "permanent", "ambiguous", "not_sent"};
}

Metrics::Metrics(metrics::Registry& registry)
    : accepted(registry.counter("warp_sms_accepted_total", "Messages accepted from customers, durably.")),
      parts(registry.counter("warp_sms_parts_submitted_total", "Parts handed to upstreams.")),
      receipts_matched(
          registry.counter("warp_sms_receipts_total", "Receipts from upstreams.", {{"result", "matched"}})),
      receipts_parked(
          registry.counter("warp_sms_receipts_total", "Receipts from upstreams.", {{"result", "parked"}})),
      receipts_repeated(
          registry.counter("warp_sms_receipts_total", "Receipts from upstreams.", {{"result", "repeated"}})),
      inbound(registry.counter("warp_sms_inbound_total", "Inbound messages, whole.")),
      inbound_unknown(
          registry.counter("warp_sms_inbound_unknown_total", "Inbound parts for numbers of nobody.")),
      deliveries_taken(
          registry.counter("warp_sms_deliveries_total", "Deliveries to customers.", {{"result", "taken"}})),
      deliveries_failed(
          registry.counter("warp_sms_deliveries_total", "Deliveries to customers.", {{"result", "failed"}})),
      deliveries_given_up(registry.counter("warp_sms_deliveries_total", "Deliveries to customers.",
                                           {{"result", "given_up"}})),
      store_failures(registry.counter("warp_sms_store_refusals_total", "Answers of the store that said no.")),
      rerouted(registry.counter("warp_sms_rerouted_total", "Queued messages moved to another connector.")),
      rules_acted(registry.counter("warp_sms_rules_acted_total", "Times that a rule acted on a message.")),
      quiet_held(
          registry.counter("warp_sms_quiet_held_total", "Messages put off to the end of quiet hours.")),
      stopped(registry.counter("warp_sms_stopped_total",
                               "Accepted messages that were not sent: opted out, campaign or quiet hours.")),
      fallen_back(registry.counter("warp_sms_fallbacks_total", "RCS messages that went on as SMS.")),
      rich_repeated(registry.counter("warp_sms_rich_repeated_total",
                                     "Inbound MMS and RCS messages that an upstream told again.")),
      live(registry.gauge("warp_sms_messages", "Messages that are not final.")),
      owed(registry.gauge("warp_sms_deliveries_owed",
                          "Receipts and inbound messages that wait for customers.")),
      spilled(registry.gauge("warp_sms_deliveries_spilled",
                             "Of those that wait for customers, how many are in the database alone.")),
      parked(registry.gauge("warp_sms_receipts_parked", "Receipts that found no message yet.")),
      registry_(registry) {
  static_cast<void>(refusals(domain::Reason::Overloaded));  // the family is there before the first refusal
  for (std::size_t i = 0; i < finished_.size(); ++i)
    finished_[i] =
        &registry.counter("warp_sms_final_total", "Messages that reached a final state.",
                          {{"state", std::string(domain::to_string(static_cast<domain::MessageState>(i)))}});
  for (std::size_t i = 0; i < heard_.size(); ++i)
    heard_[i] =
        &registry.counter("warp_sms_submit_outcomes_total", "What became of parts handed to upstreams.",
                          {{"outcome", std::string(kHeard[i])}});
}

metrics::Counter& Metrics::refusals(domain::Reason reason) {
  return registry_.counter("warp_sms_refused_total", "Submissions refused.",
                           {{"reason", std::string(domain::to_string(reason))}});
}

void Metrics::refused(domain::Reason reason) {
  refusals(reason).add();
}

void Core::persist(domain::MessageChange change, std::uint32_t epoch) {
  auto copy = change;
  store.change(std::move(copy), guard([this, change = std::move(change), epoch](bool durable) {
                 if (durable) return;
                 metrics.store_failures.add();
                 after(settings.store_retry, [this, change, epoch] {
                   const auto* live = find(change.id);
                   if (live && live->epoch == epoch && live->message.state == change.state)
                     persist(change, epoch);
                 });
               }));
}

}  // namespace warp::messaging
