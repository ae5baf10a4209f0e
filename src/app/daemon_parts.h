// The daemon's parts that take more than a constructor to make from the configuration. On the thread that
// makes the daemon; each throws std::runtime_error with a sentence that names the key to change.
#pragma once

#include <memory>
#include <vector>

#include "warp/media/engine.h"
#include "warp/pg/pool.h"
#include "warp/records/journal.h"
#include "warp/records/shipper.h"
#include "warp/redis/client.h"

#include "app/config.h"
#include "app/shard.h"
#include "app/sip_edge.h"

namespace warp::app {

std::unique_ptr<records::Journal> open_journal(const Config& config, const Clock& clock,
                                               metrics::Registry& metrics, log::Logger& log);

// `reserved`: ports that answered calls of the process before this one had.
std::unique_ptr<media::Engine> start_media(const Config& config, std::vector<media::ReservedPort> reserved,
                                           const Clock& clock, metrics::Registry& metrics, log::Logger& log);

records::ShipperSettings ship_settings(const Config& config);
pg::PoolSettings pool_settings(const Config& config);

// Null: the configuration asks for none.
std::unique_ptr<redis::Client> make_redis(const Config& config, net::Loop& control,
                                          metrics::Registry& metrics, log::Logger& log);

// An anchored call takes six descriptors: as many as the system lets us have.
void raise_descriptor_limit();

// All on the same ports; the kernel or the shards themselves see to it that a call stays with its own.
std::vector<std::unique_ptr<Shard>> open_shards(const Config& config, const SipEdge& edge,
                                                const ShardNeeds& needs);

}  // namespace warp::app
