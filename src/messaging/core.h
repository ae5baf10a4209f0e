// Core: what the parts of messaging share. One thread, no locks. The parts form a line: Dispatcher and
// Inbound know Receipts, Receipts knows Finisher, Finisher knows Deliveries; nobody knows those before it.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/random.h"
#include "warp/domain/message_store.h"
#include "warp/messaging/directory.h"
#include "warp/messaging/media_links.h"
#include "warp/messaging/ports.h"
#include "warp/messaging/settings.h"
#include "warp/net/timer_wheel.h"

#include "address_index.h"
#include "campaign_limits.h"
#include "live.h"
#include "quality.h"

namespace warp::messaging {

enum class Heard : std::uint8_t { Ok, Throttled, Temporary, Permanent, Ambiguous, NotSent };

class Metrics {
 public:
  explicit Metrics(metrics::Registry& registry);
  void refused(domain::Reason reason);
  metrics::Counter& refusals(domain::Reason reason);
  void finished(domain::MessageState state) { finished_[static_cast<std::size_t>(state)]->add(); }
  void heard(Heard outcome) { heard_[static_cast<std::size_t>(outcome)]->add(); }

  metrics::Counter &accepted, &parts, &receipts_matched, &receipts_parked, &receipts_repeated, &inbound,
      &inbound_unknown, &deliveries_taken, &deliveries_failed, &deliveries_given_up, &store_failures,
      &rerouted, &rules_acted, &quiet_held, &stopped, &fallen_back, &rich_repeated;
  metrics::Gauge &live, &owed, &spilled, &parked;

 private:
  metrics::Registry& registry_;
  std::array<metrics::Counter*, 8> finished_;
  std::array<metrics::Counter*, 6> heard_;
};

struct SegmentKey {
  ConnectorId connector;
  std::string upstream_id;
  friend bool operator==(const SegmentKey&, const SegmentKey&) = default;
};
struct SegmentKeyHash {
  std::size_t operator()(const SegmentKey& key) const noexcept {
    return std::hash<std::string>{}(key.upstream_id) ^ std::hash<ConnectorId>{}(key.connector);
  }
};
struct SegmentPlace {
  MessageId message;
  std::uint16_t part = 0;
};

struct Core {
  const Clock& clock;
  net::TimerWheel& wheel;
  IdSource& ids;
  domain::MessageStore& store;
  Upstream& upstream;
  Downstream& downstream;
  WebhookSender& webhooks;
  OptOutStore& opt_outs;
  log::Logger& log;
  Metrics metrics;
  Settings settings;
  std::shared_ptr<const Directory>
      directory;  // shared: swapped whole while explanations may hold the old one

  std::unordered_map<MessageId, std::unique_ptr<Live>> messages = {};
  std::unordered_map<SegmentKey, SegmentPlace, SegmentKeyHash> segments =
      {};  // taken, without a final receipt
  Buckets<DeadlineList> deadlines{std::chrono::seconds(1)};
  domain::MediaStore* media = nullptr;                     // null: this node keeps no attachments
  const MediaLinks* links = nullptr;                       // null: attachments have no addresses
  std::unordered_map<std::string, bool> opt_overlay = {};  // newer than the directory, by its opt_out_key()
  CampaignLimits limits = {};
  Quality quality = {};
  AddressIndex by_address = {};  // messages of ESMEs
  std::uint64_t next_order = 1;
  std::shared_ptr<char> life = std::make_shared<char>();  // shared: callbacks hold it weakly

  Live* find(MessageId id) const {
    const auto found = messages.find(id);
    return found == messages.end() ? nullptr : found->second.get();
  }
  bool opted_out(CustomerId customer, std::string_view sender, std::string_view recipient) const {
    if (!opt_overlay.empty()) {
      const auto found = opt_overlay.find(Directory::opt_out_key(customer, sender, recipient));
      if (found != opt_overlay.end()) return found->second;
    }
    return directory->opted_out(customer, sender, recipient);
  }
  Live& add(domain::Message message) {
    auto live = std::make_unique<Live>();
    live->message = std::move(message);
    live->order = next_order++;
    auto& place = messages[live->message.id];
    place = std::move(live);
    if (place->message.esme) by_address.add(*place, messages.size());
    metrics.live.set(static_cast<double>(messages.size()));
    return *place;
  }
  void set_deadline(Live& live, WallTime due) {
    live.DeadlineHook::unlink();
    deadlines.add(live, due);
  }

  // A callback that does nothing once messaging is gone.
  template <class F>
  auto guard(F work) const {
    return [alive = std::weak_ptr<char>(life), work = std::move(work)](auto&&... args) mutable {
      if (!alive.expired()) work(std::forward<decltype(args)>(args)...);
    };
  }
  template <class F>
  net::TimerWheel::Handle after(std::chrono::milliseconds delay, F work) {
    return wheel.arm(delay, guard(std::move(work)));
  }
  // Made durable sooner or later, unless the message has moved on meanwhile.
  void persist(domain::MessageChange change, std::uint32_t epoch);
};

inline domain::MessageChange change_of(const domain::Message& message) {
  domain::MessageChange change;
  change.id = message.id;
  change.accepted_at = message.accepted_at;
  change.state = message.state;
  change.reason = message.reason;
  return change;
}

}  // namespace warp::messaging
