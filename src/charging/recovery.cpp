#include "warp/charging/recovery.h"

#include <utility>

namespace warp::charging {

namespace asio = boost::asio;

namespace {

// Looks in a row at which nothing was to be seen of a lease.
constexpr unsigned kLooks = 2;

}  // namespace

Recovery::Recovery(LeaseBook& book, LeaseBank& bank, const Clock& clock, std::function<bool()> shipped,
                   const RecoverySettings& settings, log::Logger& log)
    : book_(book),
      bank_(bank),
      clock_(clock),
      shipped_(std::move(shipped)),
      settings_(settings),
      log_(log),
      started_(clock.now()),
      looked_for_dead_(clock.now()) {}

asio::awaitable<void> Recovery::look() {
  if (!done_ && clock_.now() - started_ >= settings_.after_start) co_await close_left_behind();
  if (clock_.now() - looked_for_dead_ >= settings_.dead_node_interval) {
    looked_for_dead_ = clock_.now();
    co_await release_dead();
  }
}

asio::awaitable<void> Recovery::close_left_behind() {
  const auto open = co_await bank_.left_behind();
  if (!open) co_return;
  const bool shipped = shipped_();
  bool all = true;
  for (const auto& one : *open) {
    unsigned& looks = quiet_[one.lease];
    looks = shipped && book_.adopted(one.customer, one.lease) == 0 ? looks + 1 : 0;
    if (looks < kLooks) {
      all = false;
      continue;
    }
    const auto back = co_await bank_.close(one.lease);
    if (!back) {
      all = false;
      continue;
    }
    log_.info("charging.lease_recovered",
              {{"customer", one.customer}, {"lease", one.lease}, {"returned", back->to_string()}});
  }
  done_ = all;
}

asio::awaitable<void> Recovery::release_dead() {
  const auto released = co_await bank_.release_dead(settings_.dead_node_grace);
  if (released && released->leases > 0)
    log_.warning("charging.dead_nodes_released",
                 {{"leases", released->leases},
                  {"returned", released->amount.to_string()},
                  {"effect", "what their calls cost is taken from the balance when their records come"}});
}

}  // namespace warp::charging
