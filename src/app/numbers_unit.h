// NumbersUnit: the table of places kept up to date, look-ups of numbers. On the control loop.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "warp/domain/number_lookup.h"
#include "warp/net/task_group.h"
#include "warp/numbering/table.h"

#include "app/config.h"
#include "app/unit_needs.h"

namespace warp::app {

class NumbersUnit {
 public:
  // Throws std::runtime_error with a sentence for people.
  NumbersUnit(const Config& config, const UnitNeeds& needs);
  ~NumbersUnit();

  domain::NumberLookup* lookup();                // null: nothing is asked about numbers
  const numbering::TableHolder& places() const;  // empty: no number has a place
  void start(net::TaskGroup& tasks);
  // Before the pool is closed.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
