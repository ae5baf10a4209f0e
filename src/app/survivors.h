// Survivors: the answered calls that the process before this one left in the journal, from its opening until
// each of them is in the hands of a shard.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "warp/media/engine.h"
#include "warp/records/journal.h"

#include "app/shard.h"

namespace warp::app {

// The RTP ports that those calls had: nobody else may get them first.
std::vector<media::ReservedPort> reserved_ports(const std::vector<records::Orphan>& orphans);

// Each to the shard that owns its Call-ID. The ports that none of them took are given free after the last.
void hand_out(std::vector<records::Orphan> orphans, std::span<const std::unique_ptr<Shard>> shards,
              media::Engine& media, log::Logger& log);

}  // namespace warp::app
