#include "warp/fax/udptl.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "warp/base/bytes.h"
#include "warp/base/random.h"

namespace warp::fax {
namespace {

using namespace std::string_literals;
using Octets = std::vector<std::byte>;

Octets octets(std::string_view text) {
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Octets packed(UdptlSender& sender, std::string_view ifp) {
  Octets out(kMostUdptlOctets);
  out.resize(sender.pack(as_bytes(ifp), out));
  return out;
}

// "text", or "+2 text" when two were missed before it.
std::vector<std::string> got(UdptlReceiver& receiver, std::span<const std::byte> datagram) {
  const auto deliveries = receiver.receive(datagram);
  if (!deliveries) return {std::string(to_string(deliveries.error()))};
  std::vector<std::string> packets;
  for (const auto& delivery : *deliveries)
    packets.push_back((delivery.missed ? "+" + std::to_string(delivery.missed) + " " : "") +
                      text(delivery.ifp));
  return packets;
}

using Texts = std::vector<std::string>;

// T.38 indicators: cng is 0x02, v21-preamble 0x06 (Annex A).
TEST(Udptl, WritesWhatOthersRead) {
  UdptlSender sender;
  EXPECT_EQ(packed(sender, "\x02"), octets("\x00\x00\x01\x02\x00\x00"s));
  EXPECT_EQ(packed(sender, "\x06"), octets("\x00\x01\x01\x06\x00\x01\x01\x02"s));
  EXPECT_EQ(packed(sender, "\xc0\x01\x80"), octets("\x00\x02\x03\xc0\x01\x80\x00\x02\x01\x06\x01\x02"s));
}

TEST(Udptl, WritesParities) {
  UdptlSender sender(false);
  EXPECT_EQ(packed(sender, "a"), octets("\x00\x00\x01"s + "a\x80\x01\x01\x00"s));
  EXPECT_EQ(packed(sender, "bc"), octets("\x00\x01\x02"s + "bc\x80\x01\x01\x01\x01"s + "a"s));
  EXPECT_EQ(packed(sender, "d"), octets("\x00\x02\x01"s + "d\x80\x01\x01\x02\x01"s + "a\x02" + "bc"s));
  // One parity over the three before.
  EXPECT_EQ(packed(sender, "e"), octets("\x00\x03\x01"s + "e\x80\x01\x03\x01\x02"s + "gc"));
}

TEST(Udptl, ReadsLongLengthsAndManyCopies) {
  const Octets primary(200, std::byte{7});
  auto wire = octets("\x12\x34\x80\xc8"s);
  wire.insert(wire.end(), primary.begin(), primary.end());
  wire.push_back(std::byte{0});
  wire.push_back(std::byte{20});
  for (int i = 0; i < 20; ++i) {
    wire.push_back(std::byte{1});
    wire.push_back(static_cast<std::byte>(i));
  }
  const auto datagram = decode(wire);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->sequence, 0x1234);
  EXPECT_TRUE(std::ranges::equal(datagram->primary, primary));
  EXPECT_EQ(datagram->entries, kMostEntries);
  EXPECT_EQ(datagram->recovery[15][0], std::byte{15});
}

TEST(Udptl, RefusesWhatContradictsItself) {
  const auto error = [](std::string_view wire) {
    const auto datagram = decode(as_bytes(wire));
    return datagram ? "well" : std::string(to_string(datagram.error()));
  };
  EXPECT_EQ(error(""), "truncated");
  EXPECT_EQ(error("\x00"s), "truncated");
  EXPECT_EQ(error("\x00\x01\x05"s), "truncated");
  EXPECT_EQ(error("\x00\x01\x01"s + "a"), "truncated");
  EXPECT_EQ(error("\x00\x01\x01"s + "a\x00"s), "truncated");
  EXPECT_EQ(error("\x00\x01\x01"s + "a\x00\x02\x01"s + "b"), "truncated");
  EXPECT_EQ(error("\x00\x01\x01"s + "a\x00\xbf\xff"s), "truncated");
  EXPECT_EQ(error("\x00\x01\xc1"s + "a"), "fragmented");
  EXPECT_EQ(error("\x00\x01\x84\x01"s + std::string(1025, 'a')), "too_long");
  EXPECT_EQ(error("\x00\x01\x01"s + "a\x80"s), "truncated");
  EXPECT_EQ(error("\x00\x01\x01"s + "a\x80\x01"s), "truncated");
  EXPECT_EQ(error("\x00\x01\x01"s + "a\x80\x02\x01\x01"s), "bad_parity");
  EXPECT_EQ(error("\x00\x01\x01"s + "a\x80\x01\x03\x11"s), "bad_parity");
  EXPECT_EQ(error("\x00\x01\x00\x00\x00"s), "well");
  EXPECT_EQ(error("\x00\x01\x01"s + "a\x00\x00 more"s), "well");
}

TEST(Udptl, EncodesNothingThatDoesNotFit) {
  UdptlDatagram datagram;
  datagram.primary = as_bytes("abc");
  Octets out(8);
  EXPECT_EQ(encode(datagram, out), 8U);
  EXPECT_EQ(encode(datagram, std::span(out).first(7)), 0U);
  const Octets long_packet(kMostIfpOctets + 1);
  Octets room(4096);
  datagram.primary = long_packet;
  EXPECT_EQ(encode(datagram, room), 0U);
}

TEST(UdptlSender, LeavesOutCopiesWithoutRoom) {
  UdptlSender sender(true, 20);
  packed(sender, "aaaaaa");
  EXPECT_EQ(packed(sender, "bbbbbb"), octets("\x00\x01\x06"s + "bbbbbb\x00\x01\x06"s + "aaaaaa"));
  EXPECT_EQ(packed(sender, "cccccc"), octets("\x00\x02\x06"s + "cccccc\x00\x01\x06"s + "bbbbbb"));
  EXPECT_TRUE(packed(sender, std::string(16, 'd')).empty());
  EXPECT_TRUE(packed(sender, "").empty());
  EXPECT_EQ(packed(sender, std::string(15, 'd')),
            octets("\x00\x03\x0f"s + std::string(15, 'd') + "\x00\x00"s));
}

TEST(UdptlReceiver, BringsBackLostPacketsFromCopies) {
  UdptlSender sender;
  UdptlReceiver receiver;
  std::vector<Octets> wire;
  for (char c = 'a'; c < 'k'; ++c)
    wire.push_back(packed(sender, std::string(1, c)));
  EXPECT_EQ(got(receiver, wire[1]), (Texts{"a", "b"}));  // the very first was lost
  EXPECT_EQ(got(receiver, wire[5]), (Texts{"c", "d", "e", "f"}));
  EXPECT_EQ(got(receiver, wire[3]), Texts{});  // late
  EXPECT_EQ(got(receiver, wire[5]), Texts{});  // twice
  EXPECT_EQ(got(receiver, wire[6]), Texts{"g"});
}

TEST(UdptlReceiver, TellsHowManyStayedLost) {
  UdptlSender sender;
  UdptlReceiver receiver;
  std::vector<Octets> wire;
  for (char c = 'a'; c < 'k'; ++c)
    wire.push_back(packed(sender, std::string(1, c)));
  EXPECT_EQ(got(receiver, wire[0]), Texts{"a"});
  EXPECT_EQ(got(receiver, wire[9]), (Texts{"+5 g", "h", "i", "j"}));
}

TEST(UdptlReceiver, CountsASignOfLifeWithoutDeliveringIt) {
  UdptlReceiver receiver;
  EXPECT_EQ(got(receiver, as_bytes("\x00\x00\x01"s + "a\x00\x00"s)), Texts{"a"});
  EXPECT_EQ(got(receiver, as_bytes("\x00\x03\x00\x00\x00"s)), Texts{});
  EXPECT_EQ(got(receiver, as_bytes("\x00\x04\x01"s + "b\x00\x00"s)), Texts{"+2 b"});
}

// Any three in a row of any nine, with packets of all lengths.
TEST(UdptlReceiver, RepairsThreeLostInARowFromParities) {
  for (std::size_t lost = 9; lost < 20; ++lost) {
    UdptlSender sender(false);
    UdptlReceiver receiver;
    SeededIdSource ids(lost);
    std::vector<std::string> packets, delivered;
    for (std::size_t i = 0; i < 24; ++i) {
      packets.push_back(std::string(1 + ids.next64() % 300, static_cast<char>('a' + i)));
      const auto datagram = packed(sender, packets.back());
      if (i >= lost && i < lost + 3) continue;
      const auto deliveries = receiver.receive(datagram);
      ASSERT_TRUE(deliveries);
      for (const auto& delivery : *deliveries) {
        EXPECT_EQ(delivery.missed, 0);
        auto packet = text(delivery.ifp);
        if (delivery.repaired) packet.erase(packet.find_last_not_of('\0') + 1);
        delivered.push_back(packet);
      }
    }
    EXPECT_EQ(delivered, packets);
  }
}

TEST(UdptlReceiver, DoesNotRepairWithWhatItNeverGot) {
  UdptlSender sender(false);
  UdptlReceiver receiver;
  std::vector<Octets> wire;
  for (char c = 'a'; c < 'v'; ++c)
    wire.push_back(packed(sender, std::string(1, c)));
  EXPECT_EQ(got(receiver, wire[0]), Texts{"a"});
  EXPECT_EQ(got(receiver, wire[19]), Texts{"+18 t"});
  EXPECT_EQ(got(receiver, wire[20]), Texts{"u"});
}

TEST(UdptlReceiver, WrapsAround) {
  UdptlSender sender;
  UdptlReceiver receiver;
  for (unsigned i = 0; i < 65540; ++i) {
    const auto datagram = packed(sender, "x");
    if (i >= 65530 && i < 65537) continue;
    const auto expected = i == 65537 ? Texts{"+4 x", "x", "x", "x"} : Texts{"x"};
    ASSERT_EQ(got(receiver, datagram), expected) << i;
  }
}

TEST(UdptlReceiver, FollowsACountThatStartsAnew) {
  UdptlSender first;
  UdptlReceiver receiver;
  for (int i = 0; i < 50; ++i)
    got(receiver, packed(first, "old"));
  UdptlSender second(false);
  for (unsigned i = 1; i < UdptlReceiver::kFollow; ++i)
    EXPECT_EQ(got(receiver, packed(second, "new")), Texts{});
  EXPECT_EQ(got(receiver, packed(second, "new")), Texts{"new"});
  EXPECT_EQ(got(receiver, packed(second, "new")), Texts{"new"});
}

TEST(UdptlReceiver, IsNotLedAstrayByOneLeap) {
  UdptlSender sender;
  UdptlReceiver receiver;
  got(receiver, packed(sender, "a"));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(got(receiver, as_bytes("\x70\x00\x01"s + "z\x00\x00"s)), Texts{});
    EXPECT_EQ(got(receiver, packed(sender, "b")), Texts{"b"});
  }
}

}  // namespace
}  // namespace warp::fax
