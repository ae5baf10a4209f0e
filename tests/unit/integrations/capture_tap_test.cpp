#include "warp/integrations/capture_tap.h"

#include <gmock/gmock.h>

#include "warp/base/bytes.h"

#include "support/catalogue_builder.h"
#include "support/manual_clock.h"

namespace warp::integrations {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Way = sip::MessageTap::Way;

struct CaptureTapTest : testing::Test {
  CaptureTapTest() {
    world.plan(1, {test::rate("1", "0.01")});
    world.customer(1, 1, 1);
    world.trunk(1, 1).sip.capture.percent = 100;
    world.acl("192.0.2.10/32", 1);
    publish();
  }
  void publish() { snapshots.publish(routing::Snapshot::compile(world.catalogue, nullptr)); }
  CaptureTap make(CaptureSettings settings = {}) {
    return CaptureTap(settings, {clock, snapshots, metrics, ring, [this] { ++wakes; }});
  }
  static sip::Flow flow(const std::string& remote) {
    return {*domain::SocketAddress::parse(remote), *domain::SocketAddress::parse("198.51.100.1:5060")};
  }
  static std::string message(const std::string& call_id) {
    return "OPTIONS sip:x SIP/2.0\r\nCall-ID: " + call_id + "\r\n\r\n";
  }
  std::vector<std::string> drained() {
    std::vector<std::string> all;
    ring.drain([&](const std::string& octets) { all.push_back(octets); });
    return all;
  }
  std::uint64_t dropped(const std::string& cause) {
    return metrics
        .counter("warp_capture_dropped_total",
                 "Captured messages that did not get to a capture server, by cause.", {{"cause", cause}})
        .value();
  }

  test::ManualClock clock;
  test::CatalogueBuilder world;
  routing::SnapshotHolder snapshots;
  metrics::Registry metrics;
  CaptureRing ring{4};
  int wakes = 0;
};

TEST_F(CaptureTapTest, ShowsAMessageAsItWas) {
  CaptureSettings settings;
  settings.capture_id = 7;
  settings.auth_key = "key";
  auto tap = make(settings);
  tap.on_message(Way::In, flow("192.0.2.10:5070"), message("a"));
  tap.on_message(Way::Out, flow("192.0.2.10:5070"), message("a"));
  const auto all = drained();
  ASSERT_EQ(all.size(), 2u);
  const auto in = hep::decode(as_bytes(all[0])), out = hep::decode(as_bytes(all[1]));
  ASSERT_TRUE(in && out);
  EXPECT_EQ(in->payload, message("a"));
  EXPECT_EQ(in->correlation_id, "a");
  EXPECT_EQ(in->capture_id, 7u);
  EXPECT_EQ(in->auth_key, "key");
  EXPECT_EQ(in->from.port, 5070);
  EXPECT_EQ(in->to.port, 5060);
  EXPECT_EQ(in->from, out->to);
  EXPECT_EQ(in->seconds, std::chrono::floor<std::chrono::seconds>(clock.wall()).time_since_epoch().count());
  EXPECT_EQ(wakes, 2);
}

TEST_F(CaptureTapTest, BothLegsAreFiledUnderTheCallersCallId) {
  auto tap = make();
  tap.joined({"caller", {}, "far", {}});
  tap.on_message(Way::Out, flow("203.0.113.1:5060"), message("far"));
  const auto all = drained();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(hep::decode(as_bytes(all[0]))->correlation_id, "caller");
}

TEST_F(CaptureTapTest, EachSideHasItsPolicy) {
  auto tap = make();
  tap.joined({"caller", {.enabled = false}, "far", {}});
  tap.on_message(Way::In, flow("192.0.2.10:5060"), message("caller"));
  EXPECT_THAT(drained(), IsEmpty());
  tap.on_message(Way::Out, flow("203.0.113.1:5060"), message("far"));
  EXPECT_THAT(drained(), SizeIs(1));
  world.catalogue.trunks[0].sip.capture.enabled = false;
  publish();
  tap.on_message(Way::In, flow("192.0.2.10:5060"), message("another"));
  EXPECT_THAT(drained(), IsEmpty());
}

TEST_F(CaptureTapTest, AShareOfCallsIsCapturedWhole) {
  CaptureSettings settings;
  settings.sampling = 50;
  auto tap = make(settings);
  int both = 0, none = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto call = "call-" + std::to_string(i);
    tap.joined({call, {.percent = 50}, "far-" + call, {.percent = 50}});
    tap.on_message(Way::In, flow("192.0.2.10:5060"), message(call));
    tap.on_message(Way::Out, flow("203.0.113.1:5060"), message("far-" + call));
    const auto seen = drained().size();
    both += seen == 2;
    none += seen == 0;
  }
  EXPECT_EQ(both + none, 1000);
  EXPECT_NEAR(both, 250, 60);
}

TEST_F(CaptureTapTest, AFullRingDropsAndCounts) {
  auto tap = make();
  for (int i = 0; i < 6; ++i)
    tap.on_message(Way::In, flow("192.0.2.10:5060"), message("a"));
  EXPECT_EQ(dropped("queue_full"), 2u);
  EXPECT_THAT(drained(), SizeIs(4));
  tap.on_message(Way::In, flow("192.0.2.10:5060"), message("a") + std::string(hep::kMostOfDatagram, 'x'));
  EXPECT_EQ(dropped("too_large"), 1u);
  EXPECT_THAT(drained(), IsEmpty());
}

TEST_F(CaptureTapTest, MediaIsReportedAtTheEndAndTheCallForgottenLater) {
  auto tap = make();
  tap.joined({"caller", {}, "far", {}});
  tap.on_message(Way::In, flow("192.0.2.10:5060"), message("caller"));
  drained();
  domain::CallRecord record;
  record.sip_call_id = "caller";
  record.far_sip_call_id = "far";
  record.caller_media.packets_received = 98;
  record.caller_media.packets_lost = 2;
  record.caller_media.jitter_us = 2000;
  tap.ended(record);
  const auto all = drained();
  ASSERT_THAT(all, SizeIs(1));
  const auto report = hep::decode(as_bytes(all[0]));
  EXPECT_EQ(report->type, 5);
  EXPECT_EQ(report->correlation_id, "caller");
  EXPECT_THAT(std::string(report->payload), HasSubstr(R"("packets":98)"));
  EXPECT_THAT(std::string(report->payload), HasSubstr(R"("packets_lost":2)"));
  EXPECT_THAT(std::string(report->payload), HasSubstr(R"("ia_jitter":16)"));
  EXPECT_EQ(tap.legs(), 2u);
  clock.advance(std::chrono::seconds(41));
  tap.joined({"next", {}, "far-next", {}});
  EXPECT_EQ(tap.legs(), 2u);
}

TEST(CaptureTarget, IsReadAndWritten) {
  const auto text = [](std::string_view given) {
    const auto target = CaptureTarget::parse(given);
    return target ? target->to_string() : std::string("bad");
  };
  EXPECT_EQ(text("udp://homer.example.org"), "udp://homer.example.org:9060");
  EXPECT_EQ(text("tls://homer.example.org"), "tls://homer.example.org:9061");
  EXPECT_EQ(text("tcp://[2001:db8::1]:9999"), "tcp://[2001:db8::1]:9999");
  for (const std::string_view bad : {"", "homer:9060", "http://homer", "udp://", "udp://:1", "udp://a:0",
                                     "udp://a:x", "udp://a:70000", "udp://[::1", "udp://a/b"})
    EXPECT_EQ(text(bad), "bad") << bad;
}

}  // namespace
}  // namespace warp::integrations
