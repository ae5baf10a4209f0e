// The rules of SMPP interworking that need the whole of messaging, by their numbers in
// docs/messaging/smpp.md, and what hostile or broken peers do. Rules that one part keeps alone are tested
// beside it.
#include "warp/smpp/pdu/segments.h"
#include "warp/smpp/pdu/time.h"

#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using domain::MessageState;
using domain::Reason;
using smpp::Status;

class Interop : public World {
 protected:
  template <class Change>
  void boot_with(Change change) {
    auto catalogue = sample_catalogue();
    change(catalogue.connectors[0]);
    boot(std::move(catalogue));
  }
  void inbound(std::uint8_t esm_class, std::string_view body, smpp::TlvList tlvs = {},
               std::uint8_t coding = 0) {
    IncomingPart part;
    part.source = kPhone;
    part.destination = kNumber;
    part.esm_class = esm_class;
    part.data_coding = coding;
    part.short_message = body;
    part.tlvs = std::move(tlvs);
    deliver(kOne, part);
  }
};

TEST_F(Interop, InteropRule05_CodingZeroIsTheConnectorsAlphabet) {
  boot_with([](auto& c) { c.default_alphabet = "latin1"; });
  send("Grüße");
  EXPECT_EQ(upstream.at(0).data_coding, 0);
  EXPECT_EQ(upstream.at(0).user_data,
            "Gr\xFC\xDF"
            "e");
  upstream.sent.clear();
  boot_with([](auto&) {});
  send("Grüße");
  EXPECT_EQ(upstream.at(0).data_coding, 0);
  EXPECT_EQ(upstream.at(0).user_data,
            "Gr\x7E\x1E"
            "e");
}

TEST_F(Interop, InteropRule05_SomeWantF1AndEightIsUtf16) {
  boot_with([](auto& c) { c.gsm7_data_coding = 0xF1; });
  send("plain");
  EXPECT_EQ(upstream.at(0).data_coding, 0xF1);
  send("Ж");
  EXPECT_EQ(upstream.at(1).data_coding, 8);
  EXPECT_EQ(upstream.at(1).user_data, "\x04\x16");
}

TEST_F(Interop, InteropRule11_TonAndNpiAreTheConnectorsToSay) {
  boot_with([](auto& c) {
    c.source_ton = 3;
    c.source_npi = 0;
    c.dest_ton = 0;
    c.dest_npi = 1;
  });
  send("hello");
  EXPECT_EQ(upstream.at(0).source.ton, 3);
  EXPECT_EQ(upstream.at(0).source.npi, 0);
  EXPECT_EQ(upstream.at(0).destination.ton, 0);
  EXPECT_EQ(upstream.at(0).destination.npi, 1);
}

TEST_F(Interop, InteropRule13_TheOwedStaysBoundedInMemoryAndNothingIsLost) {
  Settings settings;
  settings.owed_in_memory = 100;
  boot(sample_catalogue(), settings);
  for (int i = 0; i < 1'000; ++i) {
    send(from_esme("n" + std::to_string(i)));
    answer(upstream.size() - 1, Status::Ok, "A" + std::to_string(i));
    receipt(kOne, "A" + std::to_string(i), "DELIVRD");
    upstream.sent.clear();
  }
  EXPECT_EQ(service->owed(), 1'000u);
  EXPECT_EQ(store.deliveries.size(), 1'000u);
  EXPECT_EQ(registry->gauge("warp_sms_deliveries_spilled", "").value(), 900.0);
  bind(kEsme, 10);
  std::size_t taken = 0;
  for (int round = 0; round < 2'000 && !store.deliveries.empty(); ++round) {
    while (taken < downstream.size())
      downstream.at(taken++).answer(Status::Ok);
    settle();
  }
  EXPECT_TRUE(store.deliveries.empty());
  EXPECT_EQ(service->owed(), 0u);
  ASSERT_EQ(downstream.size(), 1'000u) << "each once";
  EXPECT_NE(downstream.at(0).user_data.find("n0"), std::string::npos);
  EXPECT_NE(downstream.at(999).user_data.find("n999"), std::string::npos) << "in order";
  EXPECT_GT(store.pages, 10u);
}

TEST_F(Interop, InteropRule13_ARestartBringsBackAsManyAsMemoryHolds) {
  boot();
  for (int i = 0; i < 50; ++i) {
    send(from_esme("n" + std::to_string(i)));
    answer(upstream.size() - 1, Status::Ok, "A" + std::to_string(i));
    receipt(kOne, "A" + std::to_string(i), "DELIVRD");
  }
  store.most_deliveries = 10;
  crash_and_boot();
  EXPECT_EQ(service->owed(), 50u);
  bind(kEsme, 100);
  EXPECT_EQ(downstream.size(), 50u);
  for (std::size_t i = 0; i < downstream.size(); ++i)
    downstream.at(i).answer(Status::Ok);
  settle();
  EXPECT_TRUE(store.deliveries.empty());
}

TEST_F(Interop, InteropRule13_WhoNeverBindsHasItsReceiptsBuriedAndReplayed) {
  boot();
  send(from_esme("hello"));
  answer(0, Status::Ok, "A1");
  receipt(kOne, "A1", "DELIVRD");
  const auto id = store.deliveries.begin()->first;
  advance(std::chrono::hours(80));
  EXPECT_TRUE(store.deliveries.empty());
  ASSERT_EQ(store.buried.size(), 1u);
  EXPECT_EQ(service->owed(), 0u);
  EXPECT_EQ(registry->counter("warp_sms_deliveries_total", "", {{"result", "given_up"}}).value(), 1u);
  bind(kEsme, 10);
  EXPECT_EQ(downstream.size(), 0u);
  auto result = domain::ReplayResult::NotReady;
  service->replay(id, [&](domain::ReplayResult r) { result = r; });
  settle();
  EXPECT_EQ(result, domain::ReplayResult::Replayed);
  ASSERT_EQ(downstream.size(), 1u);
  downstream.at(0).answer(Status::Ok);
  settle();
  EXPECT_TRUE(store.deliveries.empty());
  service->replay(id, [&](domain::ReplayResult r) { result = r; });
  settle();
  EXPECT_EQ(result, domain::ReplayResult::NotDead);
}

TEST_F(Interop, Complaint_OneBadWebhookDoesNotHoldUpTheOthers) {
  Settings settings;
  settings.owed_in_memory = 100;
  boot(sample_catalogue(), settings);
  for (int i = 0; i < 400; ++i) {
    auto s = text("n" + std::to_string(i));
    s.status_callback = i < 300 ? "https://bad.example/" : "https://good.example/";
    send(s);
    answer(upstream.size() - 1, Status::Ok, "A" + std::to_string(i));
    receipt(kOne, "A" + std::to_string(i), "DELIVRD");
    upstream.sent.clear();
  }
  std::size_t answered = 0, good = 0;
  for (int i = 0; i < 300 && good < 100; ++i) {
    while (answered < webhooks.posted.size()) {
      auto& posted = webhooks.posted[answered++];
      const bool taken = posted.webhook.url == "https://good.example/";
      good += taken;
      auto done = posted.done;
      done(taken ? 200 : 0);
    }
    advance(std::chrono::seconds(1));
  }
  EXPECT_EQ(good, 100u);
  EXPECT_EQ(store.deliveries.size(), 300u) << "nothing of the others is lost";
  EXPECT_EQ(service->owed(), 300u);
}

TEST_F(Interop, InteropRule15_ValidityIsToldAsTheConnectorWantsIt) {
  boot();
  auto s = text("hello");
  s.valid_until = clock.wall() + std::chrono::hours(3);
  send(s);
  EXPECT_EQ(upstream.at(0).validity, "");
  upstream.sent.clear();
  boot_with([](auto& c) {
    c.validity_form = "absolute";
    c.validity_zone_quarters = -20;
  });
  s.valid_until = clock.wall() + std::chrono::hours(3);
  send(s);
  const auto absolute = smpp::parse_time(upstream.at(0).validity);
  ASSERT_TRUE(absolute);
  EXPECT_FALSE(absolute->relative);
  EXPECT_EQ(absolute->quarter_hours, -20);
  EXPECT_LT(*s.valid_until - absolute->at, std::chrono::seconds(1));
  EXPECT_EQ(upstream.at(0).validity.substr(13), "20-");
  upstream.sent.clear();
  boot_with([](auto& c) { c.validity_form = "relative"; });
  s.valid_until = clock.wall() + std::chrono::hours(3);
  send(s);
  EXPECT_EQ(upstream.at(0).validity, "000000030000000R");
}

TEST_F(Interop, InteropRule15_WhatWaitedIsValidForTheRestAlone) {
  boot_with([](auto& c) { c.validity_form = "relative"; });
  bind(kOne, 0);
  auto s = text("hello");
  s.valid_until = clock.wall() + std::chrono::hours(3);
  send(s);
  advance(std::chrono::hours(1));
  bind(kOne, 10);
  ASSERT_EQ(upstream.size(), 1u);
  EXPECT_LE(upstream.at(0).validity.substr(0, 12), "000000020000");
  EXPECT_GE(upstream.at(0).validity.substr(0, 12), "000000015900");
}

TEST_F(Interop, PrioritiesAreTheConnectorsToName) {
  boot_with([](auto& c) { c.priority_map = "0014"; });
  for (std::uint8_t priority = 0; priority < 4; ++priority) {
    auto s = text("hello");
    s.priority = priority;
    send(s);
  }
  EXPECT_EQ(upstream.at(0).priority, 0);
  EXPECT_EQ(upstream.at(1).priority, 0);
  EXPECT_EQ(upstream.at(2).priority, 1);
  EXPECT_EQ(upstream.at(3).priority, 4);
}

TEST_F(Interop, InteropRule16_AnUpstreamsWindowAndPaceAreKept) {
  boot_with([](auto& c) {
    c.window = 10;
    c.mps = 10;
    c.binds = 2;
  });
  upstream.window[kOne.value] = 10;
  for (int i = 0; i < 100; ++i)
    send("n" + std::to_string(i));
  EXPECT_LE(upstream.size(), 10u);
  std::size_t answered = 0;
  for (int second = 0; second < 5; ++second) {
    while (answered < upstream.size())
      answer(answered, Status::Ok, "A" + std::to_string(answered)), ++answered;
    advance(std::chrono::seconds(1));
  }
  EXPECT_LE(upstream.size(), 62u) << "ten a second and one burst";
  EXPECT_GE(upstream.size(), 40u);
}

// What made an operator restart the gateway that this replaces, one after the other on one connector.
TEST_F(Interop, Complaint_NoQueueFallsSilent) {
  boot();
  const auto next_is_sent = [&](const char* after) {
    const auto before = upstream.size();
    send("hello");
    advance(std::chrono::seconds(40));
    ASSERT_GT(upstream.size(), before) << after;
    answer(upstream.size() - 1, Status::Ok, "id" + std::to_string(before));
  };
  send("a");
  answer(0, Status::Throttled);
  next_is_sent("throttling");
  send("b");
  upstream.sent.back()->lose(WireResult::Ambiguous);
  settle();
  next_is_sent("a response that never came");
  for (int i = 0; i < 12; ++i) {
    send("c");
    for (std::size_t at = 0; at < upstream.size(); ++at)
      if (!upstream.at(at).answered) answer(at, Status::SysErr);
  }
  advance(std::chrono::minutes(2));
  for (std::size_t at = 0; at < upstream.size(); ++at)
    if (!upstream.at(at).answered) answer(at, Status::Ok, "c" + std::to_string(at));
  next_is_sent("the circuit breaker");
  bind(kOne, 0);
  send("d");
  advance(std::chrono::minutes(5));
  bind(kOne, 100);
  next_is_sent("a bind that was away");
  store.down = true;
  offer(text("e"));
  settle();
  store.down = false;
  next_is_sent("the database");
}

TEST_F(Interop, Threat_DropBeforeTheResponseLosesNothingAndChargesOnce) {
  boot();
  const auto id = send("hello");
  upstream.at(0).lose(WireResult::Ambiguous);
  settle();
  advance(std::chrono::minutes(1));
  EXPECT_EQ(upstream.size(), 1u) << "not sent twice";
  EXPECT_EQ(state(id), MessageState::Failed);
  EXPECT_EQ(reason(id), Reason::UpstreamSilent);
  EXPECT_EQ(store.records.at(id), 1);
  receipt(kOne, "late", "DELIVRD");
  EXPECT_EQ(store.records.at(id), 1);
}

TEST_F(Interop, Threat_AResponseFortyMinutesLateChangesNothing) {
  boot();
  const auto id = send("hello");
  upstream.at(0).lose(WireResult::Ambiguous);
  settle();
  advance(std::chrono::minutes(40));
  // The session tells it as unmatched; its receipt still comes and is parked.
  receipt(kOne, "A1", "DELIVRD");
  EXPECT_EQ(last_answer, Status::Ok);
  EXPECT_EQ(state(id), MessageState::Failed);
  EXPECT_EQ(store.records.at(id), 1);
  EXPECT_EQ(store.parked.size(), 1u);
}

TEST_F(Interop, Threat_BrokenUserDataHeadersAreAnsweredAndHarmless) {
  boot();
  using namespace std::string_literals;
  for (const auto& udh : {"\x05\x00\x03"s, "\xFF\x00\x03\x01\x02\x01hello"s, "\x05\x00\x03\x01\x00\x01hello"s,
                          "\x05\x00\x03\x01\x02\x05hello"s, "\x06\x08\x04\x00"s, ""s, "\x00"s,
                          "\x05\x00\xFF\x01\x02\x01hello"s}) {
    const auto before = answers;
    inbound(0x40, udh);
    EXPECT_EQ(answers, before + 1) << "every one is answered";
  }
  inbound(0, "still here");
  EXPECT_EQ(last_answer, Status::Ok);
}

TEST_F(Interop, Threat_BrokenSarAndTlvsAreAnsweredAndHarmless) {
  boot();
  using namespace std::string_literals;
  for (const auto& octets :
       {"\x02\x0C\x00\x01\x07"s,                                              // reference of one octet
        "\x02\x0C\x00\x02\x00\x07\x02\x0E\x00\x01\x00\x02\x0F\x00\x01\x01"s,  // none in all
        "\x02\x0C\x00\x02\x00\x07\x02\x0E\x00\x01\x02\x02\x0F\x00\x01\x09"s,  // the ninth of two
        "\x04\x24\x00\x00"s,                                                  // an empty payload
        "\x04\x27\x00\x00\x00\x1E\x00\x00"s,                                  // a receipt of nothing
        "\x04\x27\x00\x01\xFF\x00\x1E\x00\x02x\x00"s}) {                      // a state of no standard
    for (const std::uint8_t esm_class : {0, 4}) {
      const auto before = answers;
      inbound(esm_class, "hello", smpp::TlvList::read(octets));
      EXPECT_EQ(answers, before + 1) << "every one is answered";
    }
  }
  inbound(0, "still here");
  EXPECT_EQ(last_answer, Status::Ok);
}

}  // namespace
}  // namespace warp::messaging::test
