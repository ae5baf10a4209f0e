#include "warp/audio/jitter_buffer.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "warp/base/random.h"

namespace warp::audio {
namespace {

using namespace std::chrono_literals;
using Verdict = JitterBuffer::Verdict;
using Micro = std::chrono::microseconds;

constexpr Monotonic kStart{std::chrono::hours(1)};

// A sender, a network that is told when each packet comes, and a player that takes every 20 ms.
struct Bench {
  explicit Bench(JitterSettings settings = {}) : buffer(settings, 8000) {}

  void arrive(Micro at, std::uint32_t number, std::uint32_t timestamp, std::uint8_t type = 0) {
    arrivals.push_back({at, number, timestamp, type});
  }
  void arrive(Micro at, std::uint32_t number) { arrive(at, number, number * 160); }
  void run(Micro until, Micro tick = 20ms) {
    std::ranges::stable_sort(arrivals, {}, &Arrival::at);
    for (; now < until; now += tick) {
      for (; next < arrivals.size() && arrivals[next].at <= now; ++next)
        put(arrivals[next]);
      take();
    }
  }
  void take() {
    JitterPacket out;
    switch (buffer.take(kStart + now, out)) {
      case Verdict::Packet:
        played.push_back(static_cast<std::uint16_t>(out.sequence - first));
        types.push_back(out.payload_type);
        tape += out.payload_type == 101 ? 'e' : 'p';
        EXPECT_EQ(out.payload.size(), 160u);
        EXPECT_EQ(out.payload[0], static_cast<std::byte>(out.sequence));
        break;
      case Verdict::Lost:
        tape += 'l';
        followers += out.payload.empty() ? 0 : 1;
        break;
      case Verdict::Nothing:
        tape += '.';
        break;
    }
    deepest = std::max(deepest, buffer.depth());
  }

  struct Arrival {
    Micro at;
    std::uint32_t number, timestamp;
    std::uint8_t type;
  };
  void put(const Arrival& in) {
    const auto sequence = static_cast<std::uint16_t>(first + in.number);
    const std::vector<std::byte> payload(160, static_cast<std::byte>(sequence));
    buffer.put({.sequence = sequence,
                .timestamp = origin + in.timestamp,
                .ssrc = ssrc,
                .payload_type = in.type,
                .payload = payload},
               kStart + in.at);
  }

  JitterBuffer buffer;
  std::uint16_t first = 65500;
  std::uint32_t origin = 0xffffff00, ssrc = 7;
  std::vector<Arrival> arrivals;
  std::size_t next = 0;
  Micro now{0};
  std::vector<std::uint16_t> played;
  std::vector<std::uint8_t> types;
  std::string tape;
  std::size_t followers = 0;
  std::chrono::milliseconds deepest{0};
};

std::vector<std::uint16_t> numbers(std::uint16_t from, std::uint16_t to) {
  std::vector<std::uint16_t> out;
  for (auto number = from; number < to; ++number)
    out.push_back(number);
  return out;
}

TEST(JitterBuffer, PlaysASteadyStreamAcrossBothWraps) {
  Bench bench;
  for (std::uint32_t number = 0; number < 500; ++number)
    bench.arrive(number * 20ms + 3ms, number);
  bench.run(10s);
  EXPECT_EQ(bench.played, numbers(0, static_cast<std::uint16_t>(bench.played.size())));
  EXPECT_GE(bench.played.size(), 497u);
  EXPECT_EQ(bench.tape.find_first_not_of('.'), bench.tape.find('p'));
  EXPECT_EQ(bench.tape.find('l'), std::string::npos);
  EXPECT_LE(bench.deepest, 40ms);
}

TEST(JitterBuffer, ReordersAndDropsDuplicates) {
  Bench bench({.least = 60ms, .most = 200ms});
  for (std::uint32_t number = 0; number < 50; number += 2) {
    bench.arrive(number * 20ms + 3ms, number + 1);
    bench.arrive(number * 20ms + 4ms, number);
    bench.arrive(number * 20ms + 5ms, number);
  }
  bench.run(1200ms);
  EXPECT_EQ(bench.played, numbers(0, 50));
  EXPECT_EQ(bench.buffer.counts().duplicate, 25u);
  EXPECT_EQ(bench.buffer.counts().lost, 0u);
}

TEST(JitterBuffer, ALossIsToldInItsTurnWithThePacketBehindIt) {
  Bench bench({.least = 60ms, .most = 200ms});
  for (std::uint32_t number = 0; number < 30; ++number)
    if (number != 10 && number != 20 && number != 21) bench.arrive(number * 20ms + 3ms, number);
  bench.run(680ms);
  EXPECT_EQ(bench.buffer.counts().lost, 3u);
  EXPECT_EQ(bench.buffer.counts().played, 27u);
  EXPECT_EQ(bench.followers, 2u);
  const auto begun = bench.tape.substr(bench.tape.find('p'));
  EXPECT_EQ(begun, "pppppppppplpppppppppllpppppppp");
}

constexpr JitterSettings kAsItComes{.least = 100ms, .most = 100ms, .pace = JitterSettings::Pace::AsItComes};

TEST(JitterBuffer, AsItComesNothingIsLostToASenderThatStood) {
  Bench bench(kAsItComes);
  for (std::uint32_t number = 0; number < 100; ++number)
    bench.arrive(std::max<Micro>(number * 20ms, number < 50 ? 0ms : 1800ms), number);
  bench.run(2s, 1ms);
  EXPECT_EQ(bench.played, numbers(0, 100));
  EXPECT_EQ(bench.buffer.counts().lost + bench.buffer.counts().late + bench.buffer.counts().overflow, 0u);
  EXPECT_EQ(bench.tape.find('l'), std::string::npos);
}

TEST(JitterBuffer, AsItComesAGapIsWaitedForAndThenLost) {
  Bench bench(kAsItComes);
  for (std::uint32_t number = 0; number < 40; ++number)
    if (number != 20) bench.arrive(number * 20ms + (number == 10 ? 90ms : 0ms), number);
  bench.run(1s, 1ms);
  EXPECT_EQ(bench.buffer.counts().played, 39u);
  EXPECT_EQ(bench.buffer.counts().lost, 1u);
  EXPECT_TRUE(std::ranges::is_sorted(bench.played));
  EXPECT_EQ(std::ranges::count(bench.tape, 'l'), 1);
}

TEST(JitterBuffer, APacketThatComesAMomentTooLateIsPlayedAndDeepensIt) {
  Bench bench;
  for (std::uint32_t number = 0; number < 40; ++number)
    bench.arrive(number * 20ms + 3ms + (number == 10 ? 28ms : 0ms), number);
  bench.run(800ms);
  EXPECT_EQ(bench.buffer.counts().lost, 0u);
  EXPECT_TRUE(std::ranges::is_sorted(bench.played));
  EXPECT_EQ(std::ranges::count(bench.played, 10), 1);
}

TEST(JitterBuffer, ANetworkThatShakesLosesReordersAndRepeats) {
  Bench bench({.least = 20ms, .most = 200ms});
  SeededIdSource random(42);
  std::size_t lost = 0, repeated = 0;
  constexpr std::uint32_t kPackets = 6000;
  for (std::uint32_t number = 0; number < kPackets; ++number) {
    const auto dice = random.next64() % 1000;
    if (number > 0 && number + 1 < kPackets && dice < 50) {
      ++lost;
      continue;
    }
    const auto at = number * 20ms + Micro(random.next64() % 60000);
    bench.arrive(at, number);
    if (dice >= 990) {
      bench.arrive(at + Micro(random.next64() % 30000), number);
      ++repeated;
    }
  }
  bench.run(kPackets * 20ms + 400ms);
  const auto& counts = bench.buffer.counts();
  EXPECT_TRUE(std::ranges::is_sorted(bench.played,
                                     [](auto a, auto b) { return static_cast<std::int16_t>(a - b) < 0; }));
  EXPECT_EQ(counts.played, bench.played.size());
  EXPECT_EQ(counts.played + counts.lost + counts.overflow, kPackets);
  EXPECT_EQ(counts.lost, lost + counts.late);
  EXPECT_EQ(counts.duplicate, repeated);
  // What comes in time is hardly ever sacrificed, and the depth is what 60 ms ask for.
  EXPECT_LT(counts.late + counts.overflow, kPackets / 50);
  EXPECT_LE(bench.deepest, 120ms);
  EXPECT_GE(bench.buffer.depth(), 40ms);
}

TEST(JitterBuffer, SilenceIsTimeThatPasses) {
  Bench bench({.least = 40ms, .most = 200ms});
  for (std::uint32_t number = 0; number < 20; ++number)
    bench.arrive(number * 20ms + 1ms, number);
  // Two seconds without a packet: the sequence goes on, the timestamp has moved with time.
  for (std::uint32_t number = 20; number < 40; ++number)
    bench.arrive(number * 20ms + 2001ms, number, number * 160 + 16000);
  bench.run(3000ms);
  EXPECT_EQ(bench.played, numbers(0, 40));
  EXPECT_EQ(bench.buffer.counts().lost, 0u);
  const auto last_before =
      bench.tape.find("pl") == std::string::npos ? bench.tape.find("p.") : bench.tape.find("pl");
  const auto first_after = bench.tape.find(".p", last_before);
  EXPECT_EQ(first_after - last_before, 100u);  // played 2020 ms apart, as they were spoken
  EXPECT_EQ(bench.tape.substr(first_after + 1, 20), std::string(20, 'p'));
}

TEST(JitterBuffer, BridgesForATenthOfASecondAndIsSilentThen) {
  Bench bench;
  for (std::uint32_t number = 0; number < 10; ++number)
    bench.arrive(number * 20ms + 1ms, number);
  bench.run(1000ms);
  const auto end = bench.tape.substr(bench.tape.rfind('p') + 1);
  EXPECT_EQ(end.substr(0, 6), "lllll.");
  EXPECT_EQ(end.find('l', 6), std::string::npos);
  EXPECT_EQ(bench.buffer.counts().lost, 0u);
}

TEST(JitterBuffer, EventsKeepTheirPlaceThoughTheirTimestampStands) {
  Bench bench({.least = 40ms, .most = 200ms});
  std::uint32_t number = 0;
  for (; number < 10; ++number)
    bench.arrive(number * 20ms + 1ms, number);
  for (; number < 20; ++number)  // 200 ms of a digit
    bench.arrive(number * 20ms + 1ms, number, 1600, 101);
  for (; number < 40; ++number)
    bench.arrive(number * 20ms + 1ms, number);
  bench.run(900ms);
  EXPECT_EQ(bench.played, numbers(0, 40));
  EXPECT_NE(bench.tape.find("ppppppppppeeeeeeeeeepppppppppp"), std::string::npos) << bench.tape;
  EXPECT_EQ(bench.buffer.counts().lost, 0u);
}

TEST(JitterBuffer, AnotherSourceAndAJumpBeginAnew) {
  Bench bench;
  for (std::uint32_t number = 0; number < 10; ++number)
    bench.arrive(number * 20ms + 1ms, number);
  bench.run(300ms);
  const auto before = bench.played.size();
  bench.ssrc = 8;
  for (std::uint32_t number = 0; number < 10; ++number)
    bench.arrive(number * 20ms + 301ms, 20000 + number, 777 + number * 160);
  bench.run(600ms);
  EXPECT_EQ(bench.played.size(), before + 10);
  for (std::uint32_t number = 0; number < 10; ++number)  // the same source, elsewhere in its sequence
    bench.arrive(number * 20ms + 601ms, 5000 + number, 999777 + number * 160);
  bench.run(900ms);
  EXPECT_EQ(bench.played.size(), before + 19);            // the first is not believed
  for (std::uint32_t number = 10; number < 20; ++number)  // the clock leaps by an hour, the sequence does not
    bench.arrive(number * 20ms + 801ms, 5000 + number, 29999777 + number * 160);
  bench.run(1300ms);
  EXPECT_EQ(bench.played.size(), before + 29);
  for (std::uint32_t number = 20; number < 30; ++number)  // and back
    bench.arrive(number * 20ms + 1001ms, 5000 + number, 999777 + number * 160);
  bench.run(1700ms);
  EXPECT_GE(bench.played.size(), before + 37);
}

void skewed(double factor) {
  Bench bench({.least = 20ms, .most = 120ms});
  SeededIdSource random(5);
  constexpr std::uint32_t kPackets = 180000;  // an hour
  for (std::uint32_t number = 0; number < kPackets; ++number)
    bench.arrive(Micro(static_cast<std::int64_t>(number * 20000.0 * factor +
                                                 static_cast<double>(random.next64() % 5000))),
                 number);
  bench.run(std::chrono::hours(1));
  const auto& counts = bench.buffer.counts();
  EXPECT_LE(counts.lost + counts.overflow + counts.late, 60u) << factor;
  EXPECT_LE(std::ranges::count(bench.tape, 'l'), 60) << factor;
  EXPECT_GE(counts.played, kPackets - 100) << factor;
  EXPECT_LE(bench.deepest, 100ms) << factor;
}

TEST(JitterBuffer, ClocksApartByTwoHundredPpmForAnHour) {
  skewed(1.0002);
  skewed(0.9998);
}

TEST(JitterBuffer, ABurstAfterAStallIsCutToTheGreatestDepth) {
  Bench bench({.least = 20ms, .most = 100ms});
  for (std::uint32_t number = 0; number < 100; ++number)
    bench.arrive(number >= 20 && number < 50 ? 1000ms : number * 20ms + 1ms, number);
  bench.run(2200ms);
  const auto& counts = bench.buffer.counts();
  EXPECT_EQ(counts.played + counts.overflow + counts.lost, 100u);
  EXPECT_GE(counts.overflow, 20u);
  EXPECT_LE(bench.deepest, 140ms);
  EXPECT_TRUE(std::ranges::is_sorted(bench.played));
}

TEST(JitterBuffer, GrowsShallowAgainWhenTheNetworkCalms) {
  Bench bench({.least = 20ms, .most = 200ms});
  SeededIdSource random(9);
  for (std::uint32_t number = 0; number < 1500; ++number)
    bench.arrive(number * 20ms + (number < 300 ? Micro(random.next64() % 80000) : Micro(1000)), number);
  bench.run(6s);
  EXPECT_GE(bench.buffer.depth(), 60ms);
  bench.run(30s);
  EXPECT_LE(bench.buffer.depth(), 45ms);
}

TEST(JitterBuffer, HoldsABoundedNumberWhenNobodyTakes) {
  Bench bench;
  for (std::uint32_t number = 0; number < 1000; ++number)
    bench.put({number * 20ms, number, number * 160, 0});
  EXPECT_EQ(bench.buffer.counts().overflow, 1000 - JitterBuffer::kPlaces);
  bench.now = 20s;
  bench.take();
  EXPECT_EQ(bench.tape, "p");
}

TEST(JitterBuffer, AnyPacketsInAnyOrderAreCountedOnce) {
  for (std::uint64_t seed = 1; seed < 40; ++seed) {
    SeededIdSource random(seed);
    JitterBuffer buffer({.least = 20ms, .most = 100ms}, 8000);
    std::vector<std::byte> payload(2000);
    std::uint64_t put = 0, played = 0;
    for (int step = 0; step < 2000; ++step) {
      const auto now = kStart + step * 10ms;
      const auto bits = random.next64();
      buffer.put({.sequence = static_cast<std::uint16_t>(step + static_cast<int>(bits % 160) - 80),
                  .timestamp = static_cast<std::uint32_t>(bits % 7 == 0 ? bits >> 32 : step * 80u),
                  .ssrc = static_cast<std::uint32_t>(bits % 97 == 0 ? step : 1),
                  .payload = std::span(payload).first(bits % 1600)},
                 now);
      ++put;
      JitterPacket out;
      if (buffer.take(now, out) == Verdict::Packet) ++played;
    }
    EXPECT_EQ(buffer.counts().played, played);
    EXPECT_LE(played + buffer.counts().duplicate + buffer.counts().overflow, put);
    EXPECT_LT(buffer.counts().lost, 200000u);  // never below zero
  }
}

}  // namespace
}  // namespace warp::audio
