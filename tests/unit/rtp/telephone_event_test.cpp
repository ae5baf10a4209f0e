#include "warp/rtp/telephone_event.h"

#include <string>

#include <gtest/gtest.h>

namespace warp::rtp {
namespace {

using namespace std::chrono_literals;

std::vector<EventSender::Packet> all_packets(EventSender sender) {
  std::vector<EventSender::Packet> packets;
  while (const auto packet = sender.next())
    packets.push_back(*packet);
  return packets;
}

// "5+" it begins, "5-100" it ends after 100 ms.
std::string text_of(std::span<const EventChange> changes) {
  std::string text;
  for (const auto& change : changes)
    text += std::to_string(change.event) +
            (change.begins ? "+" : "-" + std::to_string(change.length.count())) + ' ';
  return text;
}

TEST(TelephoneEvent, PayloadsAreReadAsTheyAreWritten) {
  const TelephoneEvent event{.event = 11, .end = true, .volume = 13, .duration = 0x1234};
  const auto payload = telephone_event_payload(event);
  EXPECT_EQ(payload[1], std::byte{0x8d});
  EXPECT_EQ(*parse_telephone_event(payload), event);
  for (std::size_t size = 0; size < payload.size(); ++size)
    EXPECT_FALSE(parse_telephone_event(std::span(payload).first(size))) << size;
}

TEST(TelephoneEvent, DurationsAreMappedBetweenClocks) {
  EXPECT_EQ(map_duration(800, 8000, 48000), 4800);
  EXPECT_EQ(map_duration(4800, 48000, 8000), 800);
  EXPECT_EQ(map_duration(1600, 16000, 8000), 800);
  EXPECT_EQ(map_duration(0xffff, 8000, 48000), 0xffff);
}

TEST(EventSender, SendsUpdatesAndThreeEnds) {
  for (const std::uint32_t rate : {8000u, 16000u, 48000u}) {
    const auto packets = all_packets(EventSender({.event = 5, .clock_rate = rate, .length = 100ms}, 4000));
    ASSERT_EQ(packets.size(), 7u);
    for (std::size_t index = 0; index < packets.size(); ++index) {
      const auto event = parse_telephone_event(packets[index].payload);
      EXPECT_EQ(packets[index].timestamp, 4000u);
      EXPECT_EQ(packets[index].marker, index == 0);
      EXPECT_EQ(packets[index].end, index >= 4);
      EXPECT_EQ(event->end, index >= 4);
      EXPECT_EQ(event->duration, rate / 50 * std::min<std::size_t>(index + 1, 5));
    }
  }
}

TEST(EventSender, EndsWhenItIsTold) {
  EventSender sender({.event = 1}, 0);
  for (int packet = 0; packet < 20; ++packet)
    EXPECT_FALSE(sender.next()->end);
  sender.end();
  for (int packet = 0; packet < 3; ++packet) {
    const auto last = sender.next();
    ASSERT_TRUE(last);
    EXPECT_EQ(parse_telephone_event(last->payload)->duration, 3200);
  }
  EXPECT_FALSE(sender.next());
  EXPECT_EQ(sender.after(), 3200u);
}

TEST(EventSender, AnEventThatEndsBeforeItBeganStillHasADuration) {
  EventSender sender({.event = 1}, 0);
  sender.end();
  const auto packet = sender.next();
  EXPECT_TRUE(packet->marker && packet->end);
  EXPECT_EQ(parse_telephone_event(packet->payload)->duration, 160);
  const auto none = all_packets(EventSender({.event = 1, .length = 0ms}, 0));
  EXPECT_EQ(none.size(), 3u);
  EXPECT_GT(parse_telephone_event(none[0].payload)->duration, 0);
}

TEST(EventReceiver, HearsWhatASenderSendsOnce) {
  for (const std::uint32_t rate : {8000u, 16000u, 48000u}) {
    EventReceiver receiver(rate);
    std::string heard;
    for (unsigned digit = 0; digit < 16; ++digit) {
      const EventSender sender(
          {.event = static_cast<std::uint8_t>(digit), .clock_rate = rate, .length = 80ms}, digit * rate);
      for (const auto& packet : all_packets(sender))
        heard += text_of(receiver.receive(packet.payload, packet.timestamp));
    }
    std::string expected;
    for (unsigned digit = 0; digit < 16; ++digit)
      expected += std::to_string(digit) + "+ " + std::to_string(digit) + "-80 ";
    EXPECT_EQ(heard, expected);
  }
}

TEST(EventReceiver, AnyOnePacketOfAnEventIsEnough) {
  const auto packets = all_packets(EventSender({.event = 7, .length = 100ms}, 1000));
  for (std::size_t only = 0; only < packets.size(); ++only) {
    EventReceiver receiver(8000);
    auto heard = text_of(receiver.receive(packets[only].payload, packets[only].timestamp));
    heard += text_of(receiver.passed(1000 + 800 + 160));
    heard += text_of(receiver.passed(1000 + 800 + 1700));
    const auto length = 20 * std::min<std::size_t>(only + 1, 5);
    EXPECT_EQ(heard, "7+ 7-" + std::to_string(length) + ' ') << only;
    EXPECT_FALSE(receiver.sounding());
  }
}

TEST(EventReceiver, TheNextEventEndsOneWhoseEndWasLost) {
  EventReceiver receiver(8000);
  const auto first = all_packets(EventSender({.event = 3, .length = 100ms}, 0));
  const auto second = all_packets(EventSender({.event = 3, .length = 100ms}, 1600));
  EXPECT_EQ(text_of(receiver.receive(first[1].payload, 0)), "3+ ");
  EXPECT_EQ(receiver.sounding(), 3);
  EXPECT_EQ(text_of(receiver.receive(second[0].payload, 1600)), "3-40 3+ ");
}

TEST(EventReceiver, RepeatsAndStragglersAreNotHeardAgain) {
  EventReceiver receiver(8000);
  const auto first = all_packets(EventSender({.event = 3, .length = 100ms}, 0xffffff00));
  const auto second = all_packets(EventSender({.event = 4, .length = 100ms}, 0xffffff00 + 1000));
  std::string heard;
  for (const std::size_t index : {0u, 2u, 1u, 4u, 3u, 5u, 6u, 0u})
    heard += text_of(receiver.receive(first[index].payload, first[index].timestamp));
  for (const std::size_t index : {0u, 4u})
    heard += text_of(receiver.receive(second[index].payload, second[index].timestamp));
  for (const auto& packet : first)
    heard += text_of(receiver.receive(packet.payload, packet.timestamp));
  EXPECT_EQ(heard, "3+ 3-100 4+ 4-100 ");
}

TEST(EventReceiver, AnEventOfManySegmentsIsOne) {
  for (const std::uint32_t rate : {8000u, 48000u}) {
    EventReceiver receiver(rate);
    const auto packets = all_packets(EventSender({.event = 9, .clock_rate = rate, .length = 20s}, 5));
    EXPECT_GT(packets.back().timestamp, 5u);
    std::string heard;
    for (const auto& packet : packets)
      heard += text_of(receiver.receive(packet.payload, packet.timestamp));
    EXPECT_EQ(heard, "9+ 9-20000 ");
  }
}

TEST(EventReceiver, ReadsPayloadsOfSeveralEvents) {
  EventReceiver receiver(8000);
  std::vector<std::byte> payload;
  for (const auto& event : {TelephoneEvent{.event = 1, .end = true, .duration = 800},
                            TelephoneEvent{.event = 2, .end = false, .duration = 400}}) {
    const auto block = telephone_event_payload(event);
    payload.insert(payload.end(), block.begin(), block.end());
  }
  EXPECT_EQ(text_of(receiver.receive(payload, 100)), "1+ 1-100 2+ ");
  payload.resize(3);
  EXPECT_EQ(text_of(receiver.receive(payload, 100)), "");
  EXPECT_EQ(text_of(receiver.receive({}, 100)), "");
}

}  // namespace
}  // namespace warp::rtp
