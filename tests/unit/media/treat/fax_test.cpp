// Fax tones in what passes, and the gateway between a T.38 side and an audio side.
#include <filesystem>

#include "support/fax_page.h"
#include "support/fax_terminal.h"
#include "treat_fixture.h"

namespace warp::media::testing {
namespace {

using namespace std::chrono_literals;

struct FaxTest : TreatTest {
  // A has T.38, B fax tones in PCMA.
  void bridge() {
    auto fax = domain::MediaTerms{};
    fax.fax = domain::FaxMode::Audio;
    auto begun = audio_terms({pcma()}, 0);
    begin(begun, begun);
    auto t38 = remote(a);
    t38.opaque = true;
    t38.terms = shared(fax);
    connect(*session, MediaSide::A, t38);
  }
};

TEST_F(FaxTest, AFaxToneIsToldOnce) {
  auto terms = audio_terms({pcmu()}, 101);
  terms.fax = domain::FaxMode::T38;
  begin(terms, audio_terms({pcmu()}, 101));
  Talker talker(pcmu(), 1);
  const auto tone = audio::sine(1100, -10, 2000, 8000);
  for (std::size_t i = 0; i < 100; ++i) {
    const auto packet = talker.say(std::span(tone).subspan(i * 160, 160));
    from_a(packet);
    EXPECT_EQ(b.receive()->data, packet);
  }
  ASSERT_EQ(count(domain::MediaEventKind::FaxTone), 1u);
  EXPECT_EQ(events[0].side, MediaSide::A);
}

TEST_F(FaxTest, AFaxIsBridgedToAudio) {
  bridge();
  Talker talker(pcma(), 7);
  Hearer hearer(pcma());
  const auto tone = audio::sine(2100, -10, 1000, 8000);
  bool told = false;
  for (std::size_t i = 0; i < 50; ++i) {
    from_b(talker.say(std::span(tone).subspan(i * 160, 160)));
    step();
    hearer.take(b);
    while (const auto got = a.receive(0ms)) {
      told = true;
      EXPECT_LT(got->data.size(), 160u);
    }
  }
  EXPECT_TRUE(told);
  EXPECT_GE(hearer.packets.size(), 45u);
  EXPECT_TRUE(hearer.continuous());
  const auto before = dropped("malformed");
  a.send(at_a, Bytes(3, std::byte{0xff}));
  EXPECT_TRUE(eventually([&] { return dropped("malformed") == before + 1; }));
}

// Who stands for a while, again and again, and then has all of it at once.
enum class Stands : std::uint8_t { Nobody, TheSender, TheRelay };

struct FaxPaceTest : FaxTest, ::testing::WithParamInterface<Stands> {
  static constexpr int kPeriod = 100, kStands = 15;  // ticks
  FaxPaceTest()
      : folder(std::filesystem::path(::testing::TempDir()) / ("fax_pace" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder);
  }
  ~FaxPaceTest() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
};

// Without error correction each block that is lost or put in costs lines.
TEST_P(FaxPaceTest, APageIsWhole) {
  const auto sent = (folder / "sent.tif").string(), got = (folder / "got.tif").string();
  const std::vector pages{support::drawn_fax_page(3, 300)};
  ASSERT_TRUE(support::write_tiff(sent, pages));
  bridge();
  support::T38FaxMachine receiver(
      {.caller = false, .send = {}, .receive = got, .ecm = false}, 0, true, 400,
      [this](std::span<const std::byte> datagram) { a.send(at_a, Bytes(datagram.begin(), datagram.end())); });
  support::AudioFaxMachine sender({.caller = true, .send = sent, .receive = {}, .ecm = false});
  Talker talker(pcma(), 7);
  Hearer hearer(pcma());
  std::vector<Bytes> held;
  int stood = 0;
  for (int tick = 0; tick < 50 * 120 && !(receiver.outcome().ended && sender.outcome().ended); ++tick) {
    const bool stands = tick % kPeriod >= kPeriod - kStands;
    receiver.tick();
    held.push_back(talker.say(sender.say()));
    if (!(stands && GetParam() == Stands::TheSender)) {
      for (const auto& packet : held)
        from_b(packet);
      held.clear();
    }
    if (stands && GetParam() == Stands::TheRelay) {
      ++stood;
    } else {
      clock.advance(20ms * std::exchange(stood, 0));
      step();
    }
    const auto before = hearer.samples.size();
    hearer.take(b);
    sender.hear(std::span(hearer.samples).subspan(before));
    while (const auto datagram = a.receive(0ms))
      ASSERT_TRUE(receiver.receive(datagram->data));
  }
  EXPECT_EQ(receiver.outcome().result, T30_ERR_OK) << receiver.outcome().text;
  EXPECT_EQ(receiver.outcome().bad_rows, 0);
  EXPECT_EQ(support::read_tiff(got), pages);
}

INSTANTIATE_TEST_SUITE_P(Fax, FaxPaceTest,
                         ::testing::Values(Stands::Nobody, Stands::TheSender, Stands::TheRelay),
                         [](const auto& test) {
                           return test.param == Stands::Nobody      ? "NobodyStands"
                                  : test.param == Stands::TheSender ? "TheSenderStands"
                                                                    : "TheRelayStands";
                         });

}  // namespace
}  // namespace warp::media::testing
