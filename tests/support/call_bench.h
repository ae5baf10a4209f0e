// CallBench: one signalling shard on a clock that stands still: the real transaction layer and call engine,
// with a sender that keeps every message, a media engine and a journal in memory. Peers (sip_peer.h) read and
// write messages as text.
//
// The usual world: customer 1 with trunk 1 (192.0.2.10) and number 12025550199 on it, partition 1 with the
// providers 1 (203.0.113.1) and, dearer, 2 (203.0.113.2) for prefix 1; prices 0.01, costs 0.004 and 0.005 a
// minute.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warp/calls/call_engine.h"
#include "warp/calls/health_board.h"
#include "warp/sip/transaction/transaction_layer.h"

#include "support/catalogue_builder.h"
#include "support/fake_clips.h"
#include "support/fake_lookup.h"
#include "support/fake_media.h"
#include "support/fake_recordings.h"
#include "support/fake_records.h"
#include "support/manual_clock.h"
#include "support/manual_executor.h"

namespace warp::test {

// Keeps messages by the address that they went to.
class MailSender final : public sip::MessageSender {
 public:
  struct Mail {
    domain::SocketAddress to;
    std::string bytes;
  };
  bool send(const sip::Flow& flow, std::string_view bytes) override {
    if (unreachable && flow.remote == *unreachable) return false;
    mail.push_back({flow.remote, std::string(bytes)});
    return true;
  }
  std::string_view sent_by(std::uint16_t listener) const override {
    return listener == 0 ? "198.51.100.1:5060" : "[2001:db8::1]:5060";
  }
  std::optional<sip::Flow> flow_towards(const sip::Target& target) override {
    const auto& remote = target.address;
    const auto local = remote.ip.v6 ? "[2001:db8::1]:5060" : "198.51.100.1:5060";
    return sip::Flow{remote, *domain::SocketAddress::parse(local),
                     static_cast<std::uint16_t>(remote.ip.v6 ? 1 : 0)};
  }

  std::deque<Mail> mail;
  std::optional<domain::SocketAddress> unreachable;
};

class FakeBindings final : public domain::Bindings {
 public:
  std::vector<domain::Binding> of(TrunkId) const override { return bindings; }
  std::vector<domain::Binding> bindings;
};

class CallBench;

// Benches as shards of one daemon, once they have joined. Alone: none.
class BenchNeighbours final : public calls::Neighbours {
 public:
  unsigned count() const override { return std::max<unsigned>(1, static_cast<unsigned>(shards.size())); }
  void post(unsigned shard, std::function<void(calls::Context&)> work) override;

  std::vector<CallBench*> shards;
};

class CallBench {
 public:
  CallBench() : CallBench(calls::Settings{}) {}
  explicit CallBench(calls::Settings settings, domain::CallAuthenticity* authenticity = nullptr,
                     domain::CallCapture* capture = nullptr, std::optional<calls::GuardSettings> guarded = {},
                     sip::Locator* locator = nullptr, unsigned shard = 0,
                     domain::ChargingPort* charging = nullptr)
      : ids(7 + 10 * shard),
        layer_ids(8 + 10 * shard),
        guard(guarded ? std::make_unique<calls::Guard>(
                            std::move(*guarded),
                            [this](const domain::IpAddress& ip) { return snapshots.current()->knows(ip); },
                            clock, 42, log, metrics)
                      : nullptr),
        layer(sender, wheel, layer_ids, sip::TransactionTimers{}, metrics),
        engine(dependencies(authenticity, capture, locator, charging), shard, std::move(settings)) {
    build_world();
    publish();
  }

  // After changes to `world`.
  void publish() { snapshots.publish(routing::Snapshot::compile(world.catalogue, nullptr)); }

  void receive(const domain::SocketAddress& from, const std::string& text) {
    auto message = sip::Message::parse(text);
    ASSERT_TRUE(message) << text;
    const sip::Flow flow = *sender.flow_to(from);
    if (guard && !guard->admits(from.ip)) return;
    if (engine.wants(text, flow) && engine.passes(*message, flow)) layer.receive(std::move(*message), flow);
    executor.run();
  }
  void pass(std::chrono::milliseconds time) {
    constexpr std::chrono::milliseconds kStep{20};
    for (auto left = time; left.count() > 0; left -= kStep) {
      clock.advance(std::min(left, kStep));
      wheel.advance();
      executor.run();
    }
  }

  domain::Trunk& trunk() { return world.catalogue.trunks[0]; }
  domain::Provider& provider(std::size_t index) { return world.catalogue.providers[index]; }
  const domain::CallRecord& record() const { return records.records.at(0); }
  std::uint64_t refused(std::string_view reason) {
    return metrics
        .counter("warp_calls_refused_total", "INVITEs refused or failed, by reason.",
                 {{"reason", std::string(reason)}})
        .value();
  }

  ManualClock clock;
  net::TimerWheel wheel{clock};
  SeededIdSource ids, layer_ids;
  metrics::Registry metrics;
  log::Logger log{{.level = log::Level::Error, .file = "/dev/null"}};
  MailSender sender;
  ManualExecutor executor;
  routing::SnapshotHolder snapshots;
  FakeClips clips;  // none
  FakeRecordings recordings;
  FakeMedia media;
  FakeRecords records;
  calls::Limits limits;
  calls::HealthBoard board{clock, metrics, log};
  sip::DigestServer digest{{.key = "a key of the bench"}, clock.wall()};
  FakeBindings bindings;
  calls::CredentialCalls credential_calls;
  FakeLookup lookup;              // trunks ask for nothing
  numbering::TableHolder places;  // empty
  BenchNeighbours neighbours;
  CatalogueBuilder world;
  std::unique_ptr<calls::Guard> guard;  // null unless it was asked for
  sip::TransactionLayer layer;
  calls::CallEngine engine;

  // Credentials of trunk 1, with the password "secret".
  domain::Credential& credential(std::string username, std::string realm = "warp") {
    auto& made = world.catalogue.credentials.emplace_back();
    const auto secret = sip::make_digest_secret(username, realm, "secret");
    made.trunk = id_of<TrunkId>(1);
    made.username = std::move(username);
    made.realm = std::move(realm);
    made.ha1_md5 = secret.md5;
    made.ha1_sha256 = secret.sha256;
    return made;
  }

 private:
  calls::CallEngine::Dependencies dependencies(domain::CallAuthenticity* authenticity,
                                               domain::CallCapture* capture, sip::Locator* locator,
                                               domain::ChargingPort* charging) {
    calls::CallEngine::Dependencies made{layer,     sender, wheel,   executor, clock, ids,
                                         snapshots, media,  records, limits,   log,   metrics};
    made.authenticity = authenticity;
    made.capture = capture;
    made.guard = guard.get();
    made.locator = locator;
    made.health = &board;
    made.digest = &digest;
    made.bindings = &bindings;
    made.credential_calls = &credential_calls;
    made.neighbours = &neighbours;
    made.lookup = &lookup;
    made.places = &places;
    made.charging = charging;
    made.clips = &clips;
    made.recordings = &recordings;
    return made;
  }
  void build_world() {
    world.plan(1, {rate("1", "0.01")});
    world.plan(2, {rate("1", "0.004")}).kind = domain::RatePlanKind::Vendor;
    world.plan(3, {rate("1", "0.005")}).kind = domain::RatePlanKind::Vendor;
    world.customer(1, 1, 1);
    auto& trunk = world.trunk(1, 1);
    trunk.endpoints.push_back(CatalogueBuilder::endpoint(11, "192.0.2.10:5060"));
    world.acl("192.0.2.10/32", 1);
    world.number("12025550199", 1, 1);
    world.partition(1);
    world.provider(1, 2, "203.0.113.1:5060");
    world.provider(2, 3, "203.0.113.2:5060");
    world.route(1, 1, "1");
    world.route(1, 2, "1");
  }
};

inline void BenchNeighbours::post(unsigned shard, std::function<void(calls::Context&)> work) {
  CallBench& there = *shards.at(shard);
  there.executor.post([&engine = there.engine, work = std::move(work)] { engine.run(work); });
}

}  // namespace warp::test
