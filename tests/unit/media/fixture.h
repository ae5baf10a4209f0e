// An engine on loopback with a clock that the test moves.
#pragma once

#include <mutex>
#include <shared_mutex>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "warp/media/engine.h"

#include "peer.h"

namespace warp::media::testing {

using domain::MediaSide;
using domain::MediaStreamRemote;

// Read by the workers while the test moves it.
class SharedClock final : public Clock {
 public:
  Monotonic now() const override {
    std::shared_lock going(going_);
    return Monotonic(std::chrono::microseconds(now_us_.load()));
  }
  WallTime wall() const override { return WallTime(std::chrono::microseconds(now_us_.load())); }
  void advance(std::chrono::microseconds by) { now_us_ += by.count(); }
  // Who asks for the time stands until this is let go: a worker, a turn later at most.
  [[nodiscard]] std::unique_lock<std::shared_mutex> stand() { return std::unique_lock(going_); }

 private:
  mutable std::shared_mutex going_;
  std::atomic<std::int64_t> now_us_{86'400'000'000};
};

// An address of loopback that no other test run binds its relay to.
inline std::string own_ip() {
  const auto id = static_cast<unsigned>(getpid());
  return "127.84." + std::to_string(id >> 8 & 0xff) + "." + std::to_string(id % 255);
}

class EngineTest : public ::testing::Test {
 protected:
  static Settings settings() {
    Settings out;
    out.v4 = Interface{ip(own_ip()), ip(own_ip())};
    out.v6 = Interface{ip("::1"), ip("::1")};
    out.port_low = 21000;
    out.port_high = 21999;
    out.prebound_pairs = 4;
    out.coalesce = std::chrono::microseconds(0);
    return out;
  }

  void start(const Settings& with = settings()) {
    auto started = Engine::start(with, clock, registry);
    ASSERT_TRUE(started) << to_string(started.error());
    engine = std::move(*started);
  }

  std::unique_ptr<domain::MediaSession> open(domain::MediaSessionRequest request = {}) {
    auto session = engine->open(request, executor, [this] { ++timeouts; });
    if (!session) {
      ADD_FAILURE() << "open failed: " << static_cast<int>(session.error());
      return nullptr;
    }
    return std::move(*session);
  }

  static MediaStreamRemote remote(const Peer& rtp, const Peer* rtcp = nullptr, bool mux = false) {
    MediaStreamRemote out;
    out.rtp = rtp.address();
    if (rtcp != nullptr) out.rtcp = rtcp->address();
    out.rtcp_mux = mux;
    return out;
  }
  static void connect(domain::MediaSession& session, MediaSide side, const MediaStreamRemote& remote,
                      std::size_t stream = 0) {
    auto rates = std::make_shared<domain::ClockRates>();
    (*rates)[0] = 8000;
    session.set_remote(side, stream, remote, rates);
  }
  // With a peer on either side.
  std::unique_ptr<domain::MediaSession> open_between(const Peer& a, const Peer& b,
                                                     domain::MediaSessionRequest request = {}) {
    auto session = open(std::move(request));
    connect(*session, MediaSide::A, remote(a));
    connect(*session, MediaSide::B, remote(b));
    return session;
  }
  static domain::SocketAddress rtcp_of(domain::SocketAddress rtp) {
    ++rtp.port;
    return rtp;
  }
  std::uint64_t dropped(const std::string& reason) {
    return registry
        .counter("warp_media_dropped_total", "Datagrams that were not relayed, by reason.",
                 {{"reason", reason}})
        .value();
  }

  metrics::Registry registry;
  SharedClock clock;
  SystemClock real;
  ManualExecutor executor;
  int timeouts = 0;
  std::unique_ptr<Engine> engine;
};

}  // namespace warp::media::testing
