// When a flow goes into the kernel and when it comes back: sides by hand, a path that only remembers.
#include "kernel/offload.h"

#include <map>

#include <gtest/gtest.h>

#include "packets.h"
#include "port_pool.h"
#include "relay.h"
#include "session_state.h"
#include "support/manual_clock.h"

namespace warp::media::testing {
namespace {

using namespace std::chrono_literals;

KernelCounters counted(std::uint64_t packets, std::uint64_t octets, std::uint64_t expected,
                       std::uint16_t highest_sequence, std::uint32_t ssrc, Monotonic last) {
  KernelCounters counters;
  counters.packets = packets;
  counters.octets = octets;
  counters.expected = expected;
  counters.highest_sequence = highest_sequence;
  counters.ssrc = ssrc;
  counters.last = last;
  return counters;
}

class RememberedPath final : public KernelPath {
 public:
  Result<FlowId, Refused> install(const KernelFlow& flow) override {
    ++tries;
    if (refusal) return *refusal;
    there[++last] = flow;
    return last;
  }
  Result<FlowId, Refused> adopt(const KernelFlow& flow) override {
    left.reset();
    ++adopted;
    return install(flow);
  }
  std::optional<KernelFlow> left_behind(const domain::SocketAddress& local) const override {
    return left && left->local == local ? left : std::nullopt;
  }
  KernelCounters remove(FlowId id) override {
    there.erase(id);
    return count[id];
  }
  void pause(FlowId id) override { there.erase(id); }
  KernelCounters counters(FlowId id) const override { return count.at(id); }
  void free_orphans() override {}
  std::size_t flows() const override { return there.size(); }

  std::map<FlowId, KernelFlow> there;
  std::map<FlowId, KernelCounters> count;
  std::optional<KernelFlow> left;
  std::optional<Refused> refusal;
  FlowId last = 0;
  int tries = 0, adopted = 0;
};

struct OffloadTest : ::testing::Test {
  void SetUp() override {
    settings.port_low = 22000;
    settings.port_high = 22999;
    pool =
        std::make_unique<PortPool>(settings, address, std::vector<std::uint16_t>{}, clock,
                                   registry.counter("failures", "Failures."), [](PortPair&) { return true; });
    for (auto* side : {&a, &b}) {
      side->session = &session;
      side->ports = pool->take(0);
      ASSERT_NE(side->ports, nullptr);
      side->ports->rtp.side = side;
    }
    a.peer = &b;
    b.peer = &a;
    tell(a, peer_a);
    tell(b, peer_b);
  }
  void tell(Side& side, const domain::SocketAddress& where, bool opaque = false) {
    domain::MediaStreamRemote remote;
    remote.rtp = where;
    remote.opaque = opaque;
    set_remote(side, remote, nullptr, now);
  }
  void send(Side& side, const domain::SocketAddress& from, int packets) {
    for (; packets > 0; --packets) {
      auto packet = rtp(++sequence);
      const auto data = std::as_writable_bytes(std::span(packet));
      relay(side.ports->rtp, {data, data.size()}, from, {now, 0us});
    }
  }
  domain::SocketAddress local(const Side& side) const { return {address, side.ports->number}; }

  const domain::IpAddress address = at("127.0.83.1:1").ip;
  const domain::SocketAddress peer_a = at("198.51.100.7:4000"), peer_b = at("203.0.113.9:6000");
  test::ManualClock clock;
  metrics::Registry registry;
  Settings settings;
  std::unique_ptr<PortPool> pool;
  SessionState session;
  Side a, b;
  RememberedPath path;
  Offload offload{&path, 46};
  Monotonic now{1h};
  std::uint16_t sequence = 0;
};

TEST_F(OffloadTest, InstallsADirectionOnceItsSourceIsSureAndOnce) {
  send(a, peer_a, 9);
  offload.consider(a, now);
  EXPECT_EQ(path.flows(), 0u);
  send(a, peer_a, 1);
  offload.consider(a, now);
  offload.consider(a, now);
  offload.consider(b, now);
  ASSERT_EQ(path.flows(), 1u);
  const KernelFlow expected{local(a), peer_a, local(b), peer_b, 46, std::nullopt};
  EXPECT_EQ(path.there.at(1), expected);
}

TEST_F(OffloadTest, TenPacketsFromOnePortInARowAreWanted) {
  auto other = peer_a;
  other.port += 2;
  send(a, peer_a, 9);
  send(a, other, 1);
  send(a, peer_a, 9);
  offload.consider(a, now);
  EXPECT_EQ(path.flows(), 0u);
}

TEST_F(OffloadTest, WhatMustSeePacketsStaysInUserSpace) {
  send(a, peer_a, 10);
  a.flow.plain = false;
  offload.consider(a, now);
  a.flow.plain = true;
  b.flow.plain = false;
  offload.consider(a, now);
  b.flow.plain = true;
  tell(b, peer_b, true);
  offload.consider(a, now);
  tell(b, at("0.0.0.0:6000"));
  offload.consider(a, now);
  EXPECT_EQ(path.tries, 0);
  tell(b, peer_b);
  offload.consider(a, now);
  EXPECT_EQ(path.tries, 1);
}

TEST_F(OffloadTest, TermsKeepKeysHereAndTelephoneEventAtTheSocket) {
  domain::MediaStreamRemote remote;
  remote.rtp = peer_a;
  domain::MediaTerms terms;
  terms.events = 101;
  terms.send.suite = domain::SrtpSuite::AesCm128Sha1_80;
  remote.terms = std::make_shared<const domain::MediaTerms>(terms);
  set_remote(a, remote, nullptr, now);
  send(a, peer_a, 10);
  offload.consider(a, now);
  EXPECT_EQ(path.tries, 0);
  terms.send = {};
  remote.terms = std::make_shared<const domain::MediaTerms>(terms);
  set_remote(a, remote, nullptr, now);
  offload.consider(a, now);
  ASSERT_EQ(path.flows(), 1u);
  EXPECT_EQ(path.there.at(1).to_user_space, std::uint8_t{101});
}

TEST_F(OffloadTest, ASymmetricPeerIsLearnedFirst) {
  b.symmetric = true;
  tell(b, peer_b);
  send(a, peer_a, 10);
  offload.consider(a, now);
  EXPECT_EQ(path.flows(), 0u);
  const auto nat = at("203.0.113.200:7000");
  send(b, nat, 3);
  offload.consider(a, now);
  EXPECT_EQ(path.flows(), 0u) << "the signalled address may still take over";
  now += 3s;
  offload.consider(a, now);
  ASSERT_EQ(path.flows(), 1u);
  EXPECT_EQ(path.there.at(1).destination, nat);
}

TEST_F(OffloadTest, CountersFlowBackAndNothingIsTakenForLostBetween) {
  send(a, peer_a, 20);
  offload.consider(a, now);
  auto& kernel = path.count[1];
  kernel = counted(100, 17200, 103, 123, 0x01020304, now + 5s);
  offload.refresh(a, now);
  offload.refresh(a, now);
  EXPECT_EQ(a.counters.packets_received.value(), 120u);
  EXPECT_EQ(a.counters.octets_received.value(), 20u * 172 + 17200);
  EXPECT_EQ(b.counters.packets_sent.value(), 100u);
  EXPECT_EQ(a.counters.lost.value(), 3u);
  EXPECT_EQ(a.last_rtp, now + 5s);
  kernel = counted(110, 18920, 113, 133, 0x01020304, now + 6s);
  offload.release(b);
  EXPECT_EQ(path.flows(), 0u);
  EXPECT_EQ(a.counters.packets_received.value(), 130u);
  sequence = 133;
  send(a, peer_a, 1);
  EXPECT_EQ(a.counters.packets_received.value(), 131u);
  EXPECT_EQ(a.counters.lost.value(), 3u);
}

TEST_F(OffloadTest, ReleaseOfEitherSideTakesBothDirectionsBack) {
  send(a, peer_a, 10);
  send(b, peer_b, 10);
  offload.consider(a, now);
  offload.consider(b, now);
  ASSERT_EQ(path.flows(), 2u);
  offload.release(a);
  EXPECT_EQ(path.flows(), 0u);
  offload.consider(a, now);
  EXPECT_EQ(path.flows(), 0u) << "ten packets are counted anew";
}

TEST_F(OffloadTest, ASourceThatMovesIsInstalledAnew) {
  send(a, peer_a, 10);
  offload.consider(a, now);
  path.count[1] = {};
  auto moved = peer_a;
  moved.port += 2;
  send(a, moved, 9);
  offload.refresh(a, now);
  EXPECT_EQ(path.there.at(1).source, peer_a);
  send(a, moved, 1);
  offload.refresh(a, now);
  ASSERT_EQ(path.flows(), 1u);
  EXPECT_EQ(path.there.at(2).source, moved);
}

TEST_F(OffloadTest, ARefusalIsNotRepeatedAtOnce) {
  send(a, peer_a, 10);
  path.refusal = KernelPath::Refused::NoRoute;
  offload.consider(a, now);
  offload.consider(a, now + 1s);
  EXPECT_EQ(path.tries, 1);
  path.refusal.reset();
  offload.consider(a, now + 6s);
  EXPECT_EQ(path.flows(), 1u);
}

TEST_F(OffloadTest, AFlowOfTheProcessBeforeIsAdoptedWithoutAPacket) {
  path.left = KernelFlow{local(a), peer_a, local(b), peer_b, 46, std::nullopt};
  offload.consider(a, now);
  EXPECT_EQ(path.adopted, 1);
  EXPECT_EQ(path.flows(), 1u);
  path.count[1] = counted(500, 86000, 500, 7, 9, now);
  offload.refresh(a, now);
  EXPECT_EQ(a.counters.packets_received.value(), 500u);
}

TEST_F(OffloadTest, AFlowOfTheProcessBeforeThatLeadsElsewhereIsRemoved) {
  path.left = KernelFlow{local(a), peer_a, local(b), at("203.0.113.10:6000"), 46, std::nullopt};
  offload.consider(a, now);
  EXPECT_EQ(path.adopted, 1);
  EXPECT_EQ(path.flows(), 0u);
  path.left = KernelFlow{local(a), at("198.51.100.66:4000"), local(b), peer_b, 46, std::nullopt};
  offload.consider(a, now);
  EXPECT_EQ(path.flows(), 0u);
}

TEST_F(OffloadTest, AFlowOfTheProcessBeforeWaitsForWhatASymmetricPeerHadLearned) {
  const auto nat = at("203.0.113.200:7000");
  b.symmetric = true;
  tell(b, peer_b);
  path.left = KernelFlow{local(a), peer_a, local(b), nat, 46, std::nullopt};
  offload.consider(a, now);
  EXPECT_EQ(path.adopted, 0);
  assume_learned(b, nat, now);
  offload.consider(a, now);
  EXPECT_EQ(path.flows(), 1u);
}

TEST_F(OffloadTest, TotalsAreUpToDateBetweenSweeps) {
  send(a, peer_a, 10);
  offload.consider(a, now);
  path.count[1] = counted(5, 860, 5, 15, 0x01020304, now);
  auto totals = totals_of(a, &path);
  EXPECT_EQ(totals.packets_received, 15u);
  EXPECT_EQ(totals.octets_passed_on, 860u);
  offload.refresh(a, now);
  totals = totals_of(a, &path);
  EXPECT_EQ(totals.packets_received, 15u);
  EXPECT_EQ(totals.octets_passed_on, 860u);
}

TEST_F(OffloadTest, WithoutAPathNothingHappens) {
  Offload none(nullptr, 46);
  send(a, peer_a, 10);
  none.consider(a, now);
  none.refresh(a, now);
  none.release(a);
  EXPECT_FALSE(a.flow.id);
}

}  // namespace
}  // namespace warp::media::testing
