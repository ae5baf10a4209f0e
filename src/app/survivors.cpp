#include "app/survivors.h"

#include <utility>

#include "warp/calls/survival.h"

namespace warp::app {

std::vector<media::ReservedPort> reserved_ports(const std::vector<records::Orphan>& orphans) {
  std::vector<media::ReservedPort> reserved;
  for (const auto& orphan : orphans)
    for (const auto& local : calls::media_ports_of(orphan.state))
      reserved.push_back({local.v6, local.port, local.network});
  return reserved;
}

void hand_out(std::vector<records::Orphan> orphans, std::span<const std::unique_ptr<Shard>> shards,
              media::Engine& media, log::Logger& log) {
  if (orphans.empty()) return media.free_reserved();
  log.warning("app.calls_recovered", {{"calls", orphans.size()}});
  // Dies with the last of the posts.
  const std::shared_ptr<void> all_done(nullptr, [&media](void*) { media.free_reserved(); });
  for (auto& orphan : orphans) {
    const auto owner = sip::shard_of(orphan.draft.sip_call_id, static_cast<unsigned>(shards.size()));
    auto& shard = *shards[owner];
    auto lost = std::make_shared<calls::Orphan>(
        calls::Orphan{std::move(orphan.draft), std::move(orphan.state), orphan.last_alive});
    shard.loop().post([&engine = shard.engine(), lost, all_done] { engine.recover(std::move(*lost)); });
  }
}

}  // namespace warp::app
