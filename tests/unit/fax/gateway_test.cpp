#include "warp/fax/gateway.h"

#include <deque>
#include <filesystem>

#include <gtest/gtest.h>

#include "warp/base/random.h"

#include "support/fax_page.h"
#include "support/fax_terminal.h"

namespace warp::fax {
namespace {

namespace fs = std::filesystem;
using support::AudioFaxMachine;
using support::FaxJob;
using support::FaxPage;
using support::T38FaxMachine;

struct Transfer {
  bool from_t38 = true;
  bool ecm = true;
  bool redundancy = true;
  unsigned loss_percent = 0;
  std::uint8_t version = 0;
  std::uint32_t max_bit_rate = 14400;
  int pages = 1;
  int joins_at = 0;               // ticks that the machine on the line has called or answered by then
  unsigned jitter_ticks = 0;      // the network takes so much longer at most, towards the gateway
  int slips_at = 0;               // the tick whose 20 ms from the line do not reach the gateway
  std::size_t most_octets = 400;  // of a datagram of the machine that speaks T.38
  friend void PrintTo(const Transfer& transfer, std::ostream* out) {
    *out << (transfer.from_t38 ? "from_t38" : "from_audio") << (transfer.ecm ? " ecm" : "")
         << (transfer.redundancy ? " copies" : " parities") << " loss " << transfer.loss_percent
         << " version " << int{transfer.version} << " rate " << transfer.max_bit_rate << " pages "
         << transfer.pages << " joins at " << transfer.joins_at << " jitter " << transfer.jitter_ticks
         << " slips at " << transfer.slips_at;
  }
};

// A machine that speaks T.38, the network, the gateway, and a machine on a telephone line; time is ticks.
class GatewayTest : public testing::Test {
 protected:
  static constexpr int kMostTicks = 50 * 240;
  static constexpr std::size_t kRows = 500;
  static constexpr int kDelayTicks = 2;  // of the network, each way

  GatewayTest() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = info->name();
    std::replace(name.begin(), name.end(), '/', '_');
    folder_ = fs::path(testing::TempDir()) / ("fax_" + name);
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~GatewayTest() override { fs::remove_all(folder_); }

  bool lost(const Transfer& transfer) {
    const bool lost = ids_.next64() % 100 < transfer.loss_percent;
    dropped_ += lost ? 1 : 0;
    return lost;
  }

  static void through_g711(AudioFaxMachine::Block& block) {
    for (auto& sample : block)
      sample = ulaw_to_linear(linear_to_ulaw(sample));
  }

  void run(const Transfer& transfer) {
    const auto sent = (folder_ / "sent.tif").string(), received = (folder_ / "received.tif").string();
    for (int page = 0; page < transfer.pages; ++page)
      pages_.push_back(support::drawn_fax_page(static_cast<std::uint64_t>(page) + 7, kRows));
    ASSERT_TRUE(support::write_tiff(sent, pages_));

    FaxJob sender{true, sent, "", transfer.ecm}, receiver{false, "", received, transfer.ecm};
    GatewaySettings settings;
    settings.version = transfer.version;
    settings.redundancy = transfer.redundancy;
    settings.ecm = transfer.ecm;
    settings.max_bit_rate = transfer.max_bit_rate;
    gateway_ = Gateway::make(settings);
    ASSERT_TRUE(gateway_);
    using Network = std::deque<std::pair<int, std::vector<std::byte>>>;
    Network to_gateway, to_terminal;
    int now = 0;
    T38FaxMachine t38(transfer.from_t38 ? sender : receiver, transfer.version, transfer.redundancy,
                      transfer.most_octets, [&](std::span<const std::byte> datagram) {
                        if (lost(transfer)) return;
                        const auto jitter = static_cast<int>(ids_.next64() % (transfer.jitter_ticks + 1));
                        const auto before = to_gateway.empty() ? 0 : to_gateway.back().first;
                        to_gateway.emplace_back(std::max(before, now + kDelayTicks + jitter),
                                                std::vector(datagram.begin(), datagram.end()));
                      });
    AudioFaxMachine line(transfer.from_t38 ? receiver : sender);
    AudioFaxMachine::Block from_line{}, to_line{};
    const auto arrive = [&](Network& network, const auto& take) {
      for (; !network.empty() && network.front().first <= now; network.pop_front())
        ASSERT_TRUE(take(network.front().second));
    };
    for (; now < transfer.joins_at; ++now)
      line.tick({});
    for (; now < kMostTicks && !(t38.outcome().ended && line.outcome().ended); ++now) {
      t38.tick();
      from_line = line.tick(to_line);
      arrive(to_gateway, [&](const auto& datagram) { return gateway_->udptl(datagram); });
      through_g711(from_line);
      if (now > 0 && now == transfer.slips_at) from_line = line.tick(to_line);
      gateway_->hear(from_line);
      gateway_->say(to_line);
      through_g711(to_line);
      std::array<std::byte, kMostUdptlOctets> datagram;
      while (const auto size = gateway_->take_udptl(datagram))
        if (!lost(transfer))
          to_terminal.emplace_back(now + kDelayTicks,
                                   std::vector(datagram.begin(), datagram.begin() + static_cast<long>(size)));
      arrive(to_terminal, [&](const auto& octets) { return t38.receive(octets); });
    }
    sent_ = (transfer.from_t38 ? t38.outcome() : line.outcome());
    received_ = (transfer.from_t38 ? line.outcome() : t38.outcome());
    arrived_ = support::read_tiff(received);
  }

  fs::path folder_;
  SeededIdSource ids_{1};
  std::unique_ptr<Gateway> gateway_;
  std::vector<FaxPage> pages_, arrived_;
  support::FaxOutcome sent_, received_;
  unsigned dropped_ = 0;
};

class GatewayTransferTest : public GatewayTest, public testing::WithParamInterface<Transfer> {};

TEST_P(GatewayTransferTest, PagesArriveDotByDot) {
  const auto transfer = GetParam();
  run(transfer);
  EXPECT_EQ(sent_.result, T30_ERR_OK) << sent_.text;
  EXPECT_EQ(received_.result, T30_ERR_OK) << received_.text;
  EXPECT_EQ(received_.ecm, transfer.ecm);
  EXPECT_EQ(received_.pages_received, transfer.pages);
  EXPECT_EQ(arrived_, pages_);
  const auto counts = gateway_->counts();
  EXPECT_EQ(counts.pages, static_cast<std::uint32_t>(transfer.pages));
  EXPECT_EQ(counts.bit_rate, static_cast<std::uint32_t>(received_.bit_rate));
  EXPECT_EQ(counts.ecm, transfer.ecm);
  EXPECT_LE(counts.bit_rate, transfer.max_bit_rate);
  EXPECT_EQ(counts.lost, 0U);
  EXPECT_EQ(counts.malformed, 0U);
  EXPECT_EQ(counts.overrun, 0U);
  EXPECT_EQ(dropped_ > 3, transfer.loss_percent > 0);
  EXPECT_EQ(counts.repaired > 0, transfer.loss_percent > 0 && transfer.from_t38 && !transfer.redundancy);
}

// The same loss without room for copies: what the copies are for, and that loss is counted.
TEST_F(GatewayTest, LossWithoutCopiesIsSeen) {
  run({.from_t38 = true, .ecm = false, .loss_percent = 2, .most_octets = 90});
  EXPECT_GT(gateway_->counts().lost, 3U);
  EXPECT_NE(arrived_, pages_);
}

// In the middle of a page, whose frames are then asked for again.
TEST_F(GatewayTest, ErrorCorrectionMendsAGapOnTheLine) {
  run({.from_t38 = false, .slips_at = 700});
  EXPECT_EQ(arrived_, pages_);
  EXPECT_GT(sent_.retries, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Fax, GatewayTransferTest,
    testing::Values(Transfer{.from_t38 = true}, Transfer{.from_t38 = false},
                    Transfer{.from_t38 = true, .ecm = false}, Transfer{.from_t38 = false, .ecm = false},
                    Transfer{.from_t38 = true, .loss_percent = 2},
                    Transfer{.from_t38 = false, .loss_percent = 2},
                    Transfer{.from_t38 = true, .ecm = false, .loss_percent = 2},
                    Transfer{.from_t38 = false, .ecm = false, .loss_percent = 2},
                    Transfer{.from_t38 = true, .redundancy = false, .loss_percent = 2},
                    Transfer{.from_t38 = false, .redundancy = false, .loss_percent = 2},
                    Transfer{.from_t38 = true, .version = 3}, Transfer{.from_t38 = false, .version = 3},
                    Transfer{.from_t38 = true, .max_bit_rate = 9600},
                    Transfer{.from_t38 = false, .max_bit_rate = 4800}, Transfer{.from_t38 = true, .pages = 3},
                    Transfer{.from_t38 = true, .joins_at = 225}, Transfer{.from_t38 = false, .joins_at = 225},
                    Transfer{.from_t38 = true, .jitter_ticks = 18},
                    Transfer{.from_t38 = true, .ecm = false, .jitter_ticks = 18},
                    Transfer{.from_t38 = false, .ecm = false, .jitter_ticks = 6}));

GatewaySettings plain_settings() {
  return {};
}

std::vector<std::byte> datagram_of(UdptlSender& sender, std::initializer_list<int> ifp) {
  std::vector<std::byte> octets, out(kMostUdptlOctets);
  for (const int octet : ifp)
    octets.push_back(static_cast<std::byte>(octet));
  out.resize(sender.pack(octets, out));
  return out;
}

TEST(Gateway, CountsWhatIsMalformedAndWhatIsLost) {
  const auto gateway = Gateway::make(plain_settings());
  ASSERT_TRUE(gateway);
  UdptlSender sender;
  EXPECT_TRUE(gateway->udptl(datagram_of(sender, {0x00})));
  EXPECT_FALSE(gateway->udptl({}));
  EXPECT_FALSE(gateway->udptl(datagram_of(sender, {0xc0, 0x01})));  // data, cut off
  EXPECT_EQ(gateway->counts().malformed, 2U);
  for (int i = 0; i < 9; ++i)
    datagram_of(sender, {0x00});
  EXPECT_TRUE(gateway->udptl(datagram_of(sender, {0x00})));
  EXPECT_EQ(gateway->counts().lost, 6U);
}

// Loudest of each 20 ms that the line hears.
std::vector<int> loudness(Gateway& gateway, int ticks) {
  std::vector<int> most(static_cast<std::size_t>(ticks));
  for (int& loudest : most) {
    std::array<std::int16_t, 160> from{}, to{};
    gateway.hear(from);
    gateway.say(to);
    for (const int sample : to)
      loudest = std::max(loudest, std::abs(sample));
  }
  return most;
}

// A CED: what the T.38 side says is heard on the line, 300 ms later, and silence otherwise.
TEST(Gateway, PlaysTonesThatTheOtherSideNames) {
  const auto gateway = Gateway::make(plain_settings());
  ASSERT_TRUE(gateway);
  EXPECT_EQ(loudness(*gateway, 25), std::vector<int>(25));
  UdptlSender sender;
  const auto ced = [&] { return gateway->udptl(datagram_of(sender, {0x04})); };
  ASSERT_TRUE(ced());
  EXPECT_EQ(loudness(*gateway, 14), std::vector<int>(14));
  ASSERT_TRUE(ced());  // said again: nothing new
  loudness(*gateway, 1);
  EXPECT_GT(loudness(*gateway, 20).back(), 1000);
}

// What is behind a signal that waits, waits with it; a sender of more than there is room for waits less.
TEST(Gateway, WhatWaitsIsCountedWhenItIsLookedAt) {
  const auto gateway = Gateway::make(plain_settings());
  ASSERT_TRUE(gateway);
  UdptlSender sender;
  const auto cut_off = [&] { return gateway->udptl(datagram_of(sender, {0xc0, 0x01})); };
  ASSERT_TRUE(gateway->udptl(datagram_of(sender, {0x06})));
  EXPECT_TRUE(cut_off());
  loudness(*gateway, 14);
  EXPECT_EQ(gateway->counts().malformed, 0U);
  loudness(*gateway, 1);
  EXPECT_EQ(gateway->counts().malformed, 1U);

  ASSERT_TRUE(gateway->udptl(datagram_of(sender, {0x00})));
  int waited = 0;
  while (waited < 1000 && cut_off())
    ++waited;
  EXPECT_EQ(waited, 63);
}

TEST(Gateway, KeepsNoMoreThanItsQueueWhenNobodyTakes) {
  const auto gateway = Gateway::make(plain_settings());
  ASSERT_TRUE(gateway);
  AudioFaxMachine line(FaxJob{false, "", testing::TempDir() + "never.tif"});
  AudioFaxMachine::Block heard{};
  for (int i = 0; i < 50 * 20; ++i) {
    gateway->hear(line.tick(heard));
    gateway->say(heard);
  }
  EXPECT_GT(gateway->counts().overrun, 0U);
  std::array<std::byte, kMostUdptlOctets> out;
  int waiting = 0;
  while (gateway->take_udptl(out) > 0)
    ++waiting;
  EXPECT_GT(waiting, 0);
  EXPECT_LE(waiting, 32);
}

// Well-formed UDPTL around IFP packets of any bytes: refused or played, and the gateway goes on.
TEST(Gateway, OutlivesHostilePackets) {
  SeededIdSource ids(4);
  for (int round = 0; round < 20; ++round) {
    GatewaySettings settings;
    settings.version = static_cast<std::uint8_t>(ids.next64() % 5);
    const auto gateway = Gateway::make(settings);
    ASSERT_TRUE(gateway);
    UdptlSender sender;
    std::vector<std::byte> ifp, out(kMostUdptlOctets);
    for (int i = 0; i < 2000; ++i) {
      ifp.resize(1 + ids.next64() % (i % 10 == 0 ? 400 : 12));
      for (auto& octet : ifp)
        octet = static_cast<std::byte>(ids.next64());
      // Half of them are data packets with one field, whose length is what follows.
      if (i % 2 == 0 && ifp.size() > 4) {
        ifp[0] = std::byte{0xc0} | (ifp[0] & std::byte{0x1e});
        ifp[1] = std::byte{0x01};
        ifp[2] = (ifp[2] & std::byte{0x70}) | std::byte{0x80};
        ifp[3] = static_cast<std::byte>((ifp.size() - 5) >> 8);
        ifp[4] = static_cast<std::byte>(ifp.size() - 6);
      }
      const auto size = sender.pack(ifp, out);
      gateway->udptl(std::span(out).first(size));
      std::array<std::int16_t, 160> from{}, to{};
      for (auto& sample : from)
        sample = static_cast<std::int16_t>(ids.next64());
      gateway->hear(from);
      gateway->say(to);
    }
    EXPECT_LT(gateway->counts().malformed, 2000U);
  }
}

}  // namespace
}  // namespace warp::fax
