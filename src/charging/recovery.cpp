#include "warp/charging/recovery.h"

#include <utility>

namespace warp::charging {

namespace asio = boost::asio;

Recovery::Recovery(LeaseBook& book, LeaseBank& bank, const Clock& clock, std::function<Shipped()> mark,
                   const RecoverySettings& settings, log::Logger& log)
    : book_(book),
      bank_(bank),
      clock_(clock),
      mark_(std::move(mark)),
      settings_(settings),
      log_(log),
      started_(clock.now()),
      looked_for_dead_(clock.now()) {}

asio::awaitable<void> Recovery::look() {
  if (!done_ && clock_.now() - started_ >= settings_.after_start) co_await clear_left_behind();
  if (clock_.now() - looked_for_dead_ >= settings_.dead_node_interval) {
    looked_for_dead_ = clock_.now();
    co_await release_dead();
  }
}

// The holds are counted first, then the database is asked: what is charged in between counts twice, never
// not at all.
asio::awaitable<void> Recovery::clear_left_behind() {
  if (shipped_) {
    if (!shipped_()) co_return;
    const auto open = co_await bank_.left_behind();
    if (!open) co_return;
    bool all = true;
    for (const auto& one : *open) {
      const auto held = held_.find(one.lease);
      const LeaseBook::Adopted holds = held == held_.end() ? LeaseBook::Adopted{} : held->second;
      const bool closed = co_await clear(one, holds);
      all = all && closed;
    }
    done_ = all;
  }
  held_ = book_.adopted();
  shipped_ = mark_();
}

asio::awaitable<bool> Recovery::clear(store::LeaseRepository::Open one, LeaseBook::Adopted held) {
  const bool over = held.calls == 0;
  const Money keep = Money::from_nanos(one.settled.nanos() + held.reserved);
  if (!over && keep >= one.granted) co_return false;
  const auto back = over ? co_await bank_.close(one.lease) : co_await bank_.trim(one.lease, keep);
  if (!back) co_return false;
  log_.info(over ? "charging.lease_recovered" : "charging.lease_trimmed",
            {{"customer", one.customer}, {"lease", one.lease}, {"returned", back->to_string()}});
  co_return over;
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
