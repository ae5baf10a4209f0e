// Driving real loops in a test: polls them until a condition holds or a deadline has passed. Nothing sleeps.
#pragma once

#include <chrono>
#include <initializer_list>
#include <thread>

#include "warp/net/loop.h"

namespace warp::test {

template <class Condition>
bool poll_until(std::initializer_list<net::Loop*> loops, Condition condition,
                std::chrono::milliseconds limit = std::chrono::seconds(5)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    for (auto* loop : loops)
      loop->poll();
    std::this_thread::yield();
  }
  return true;
}

}  // namespace warp::test
