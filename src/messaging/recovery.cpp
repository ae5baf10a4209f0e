#include "recovery.h"

#include "carriage.h"

namespace warp::messaging {
namespace {

using domain::MessageState;

// It may have left before the end, or not.
void recover_sending(Core& core, Dispatcher& dispatcher, Finisher& finisher, Live& live) {
  const auto* connector = core.directory->connector(live.message.connector);
  if (!connector || !may_resend(*connector))
    return finisher.finish(live, MessageState::Failed, domain::Reason::UpstreamSilent);
  live.stays = knows_repeats(*connector);
  live.message.state = MessageState::Queued;
  core.persist(change_of(live.message), live.epoch);
  dispatcher.restore(live);
}

void recover_sent(Core& core, Live& live) {
  live.phase = Phase::Sent;
  PartStatus taken;
  taken.state = PartState::Taken;
  live.parts.assign(1, taken);
  core.set_deadline(live, live.message.sent_at.value_or(core.clock.wall()) + core.settings.receipt_timeout);
}

void recover_segment(Core& core, domain::SentSegment segment) {
  auto* live = core.find(segment.message);
  if (!live || live->phase != Phase::Sent || segment.number == 0) return;
  PartStatus taken;
  taken.state = PartState::Taken;
  if (live->parts.size() < segment.number) live->parts.resize(segment.number, taken);
  const auto index = static_cast<std::uint16_t>(segment.number - 1);
  live->parts[index].upstream_id = segment.upstream_id;
  core.segments[{segment.connector, std::move(segment.upstream_id)}] = {segment.message, index};
}

}  // namespace

void recover(Core& core, Dispatcher& dispatcher, Receipts& receipts, Finisher& finisher, Inbound& inbound,
             Deliveries& deliveries, domain::LiveMessages live) {
  for (; !live.messages.empty(); live.messages.pop_front()) {
    auto& message = live.messages.front();
    if (message.direction == domain::Direction::Inbound) {
      inbound.restore(std::move(message));
      continue;
    }
    auto& restored = core.add(std::move(message));
    switch (restored.message.state) {
      case MessageState::Queued:
        dispatcher.restore(restored);
        break;
      case MessageState::Sending:
        recover_sending(core, dispatcher, finisher, restored);
        break;
      case MessageState::Sent:
        recover_sent(core, restored);
        break;
      case MessageState::Delivered:
      case MessageState::Undelivered:
      case MessageState::Expired:
      case MessageState::Failed:
      case MessageState::Cancelled:
        core.messages.erase(restored.message.id);
        break;
    }
  }
  for (auto& segment : live.segments)
    recover_segment(core, std::move(segment));
  for (auto& parked : live.parked)
    if (!inbound.restore_part(parked)) receipts.restore(std::move(parked));
  for (const auto& [id, message] : core.messages)
    if (message->phase == Phase::Sent) receipts.evaluate(*message);
  deliveries.restore(std::move(live.deliveries), live.more_deliveries);
  core.log.info("messaging.recovered",
                {{"messages", core.messages.size()}, {"deliveries", deliveries.size()}});
}

}  // namespace warp::messaging
