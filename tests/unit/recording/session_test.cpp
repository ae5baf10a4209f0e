#include "session.h"

#include "finish.h"
#include "recording_kit.h"

namespace warp::recording {
namespace {

using namespace std::chrono_literals;

class RecordingSession : public ::testing::Test {
 protected:
  std::unique_ptr<Session> begin(Form form) {
    auto session = std::make_unique<Session>(place, kit, request_of(form), start);
    EXPECT_TRUE(session->open());
    return session;
  }
  void arrive(Session& session, MediaSide side, std::chrono::milliseconds at,
              std::span<const std::byte> datagram) {
    EXPECT_TRUE(session.advance(start + at));
    EXPECT_TRUE(session.packet({side, 0, origin_of(side, v6), start + at}, datagram));
  }
  // `count` packets of 20 ms, the first at `from`.
  void speak(Session& session, MediaSide side, double hertz, std::size_t count,
             std::chrono::milliseconds from = 0ms) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto payload = l16_tone(hertz, i);
      const auto packet = rtp_packet(96, static_cast<std::uint16_t>(i), static_cast<std::uint32_t>(i * 320),
                                     side == MediaSide::A ? 1 : 2, payload);
      arrive(session, side, from + std::chrono::milliseconds(20 * i), packet);
    }
  }
  void both_l16(Session& session) {
    session.terms(MediaSide::A, 0, terms_of({kL16}));
    session.terms(MediaSide::B, 0, terms_of({kL16}));
  }
  Finished end(Session& session, std::chrono::milliseconds at, StopCause cause = StopCause::CallEnded) {
    return finish(place, session.end(start + at, cause));
  }
  std::vector<std::byte> content(const Finished& what) {
    return content_of(folder.path / what.file, place.key);
  }

  Folder folder;
  Place place{folder.path, {}};
  const AudioKit kit = test_kit();
  const Monotonic start{std::chrono::hours(5)};
  bool v6 = false;
};

TEST_F(RecordingSession, AToneIsInTheFileWhereItWasHeard) {
  const auto session = begin(Form::WavMono);
  both_l16(*session);
  speak(*session, MediaSide::A, 1'000, 50, 500ms);
  const auto what = end(*session, 2'000ms);
  EXPECT_EQ(what.file, "2025/06/15/01010101-0101-0101-0101-010101010101.wav");
  EXPECT_EQ(what.length, 2'000ms);
  EXPECT_EQ(what.sha256.size(), 64u);
  EXPECT_EQ(what.octets, std::filesystem::file_size(folder.path / what.file));
  const auto wav = wav_of(content(what));
  EXPECT_EQ(wav.rate, 16'000u);
  EXPECT_EQ(wav.channels, 1u);
  EXPECT_EQ(wav.said, wav.samples.size() * 2);
  ASSERT_EQ(wav.samples.size(), 32'000u);
  const auto heard = wav.channel(0);
  EXPECT_NEAR(amplitude(std::span(heard).subspan(8'000, 16'000), 1'000, 16'000), 8'000, 100);
  EXPECT_EQ(std::count(heard.begin(), heard.begin() + 8'000, 0.0), 8'000);
  EXPECT_EQ(std::count(heard.begin() + 24'000, heard.end(), 0.0), 8'000);
}

TEST_F(RecordingSession, TheSidesOfStereoAreApart) {
  const auto session = begin(Form::WavStereo);
  both_l16(*session);
  for (std::size_t i = 0; i < 50; ++i) {
    const auto at = std::chrono::milliseconds(20 * i);
    const auto sequence = static_cast<std::uint16_t>(i);
    const auto timestamp = static_cast<std::uint32_t>(i * 320);
    arrive(*session, MediaSide::A, at, rtp_packet(96, sequence, timestamp, 1, l16_tone(600, i)));
    arrive(*session, MediaSide::B, at, rtp_packet(96, sequence, timestamp, 2, l16_tone(1'700, i)));
  }
  const auto wav = wav_of(content(end(*session, 1'000ms)));
  ASSERT_EQ(wav.channels, 2u);
  const auto left = wav.channel(0), right = wav.channel(1);
  EXPECT_NEAR(amplitude(left, 600, 16'000), 8'000, 100);
  EXPECT_LT(amplitude(left, 1'700, 16'000), 50);
  EXPECT_NEAR(amplitude(right, 1'700, 16'000), 8'000, 100);
  EXPECT_LT(amplitude(right, 600, 16'000), 50);
}

TEST_F(RecordingSession, RealCodecsOfBothWidthsAreHeard) {
  const auto real = AudioKit::real();
  const domain::MediaFormat g722{domain::AudioCodec::G722, 9, 8'000};
  Session session(place, real, request_of(Form::WavStereo), start);
  ASSERT_TRUE(session.open());
  session.terms(MediaSide::A, 0, terms_of({g722}));
  session.terms(MediaSide::B, 0, terms_of({kPcmu}));
  const auto wide = audio::make_encoder(parameters_of(g722)),
             narrow = audio::make_encoder(parameters_of(kPcmu));
  ASSERT_TRUE(wide && narrow);
  std::vector<std::byte> payload(640);
  for (std::size_t i = 0; i < 100; ++i) {
    const auto at = std::chrono::milliseconds(20 * i);
    const auto sequence = static_cast<std::uint16_t>(i);
    const auto timestamp = static_cast<std::uint32_t>(i * 160);
    std::vector<Sample> high(320), low(160);
    for (std::size_t n = 0; n < high.size(); ++n)
      high[n] = sine_at(1'000, i * 320 + n, 16'000);
    for (std::size_t n = 0; n < low.size(); ++n)
      low[n] = sine_at(600, i * 160 + n, 8'000);
    const auto of_a = std::span(payload).first(wide->encode(high, payload));
    arrive(session, MediaSide::A, at, rtp_packet(9, sequence, timestamp, 1, of_a));
    const auto of_b = std::span(payload).first(narrow->encode(low, payload));
    arrive(session, MediaSide::B, at, rtp_packet(0, sequence, timestamp, 2, of_b));
  }
  const auto wav = wav_of(content(end(session, 2'000ms)));
  EXPECT_EQ(wav.rate, 16'000u);
  const auto left = wav.channel(0), right = wav.channel(1);
  ASSERT_EQ(left.size(), 32'000u);
  const auto middle = [](const std::vector<double>& side) { return std::span(side).subspan(8'000, 16'000); };
  EXPECT_NEAR(amplitude(middle(left), 1'000, 16'000), 8'000, 400);
  EXPECT_NEAR(amplitude(middle(right), 600, 16'000), 8'000, 400);
  EXPECT_LT(amplitude(middle(left), 600, 16'000), 100);
  EXPECT_LT(amplitude(middle(right), 1'000, 16'000), 100);
}

TEST_F(RecordingSession, NarrowCodecsMakeANarrowFile) {
  const auto session = begin(Form::WavStereo);
  session->terms(MediaSide::A, 0, terms_of({kPcmu}));
  const std::vector<std::byte> loud(160, std::byte{0x80});  // the most of µ-law
  arrive(*session, MediaSide::A, 0ms, rtp_packet(0, 1, 0, 9, loud));
  const auto wav = wav_of(content(end(*session, 20ms)));
  EXPECT_EQ(wav.rate, 8'000u);
  ASSERT_EQ(wav.samples.size(), 320u);
  EXPECT_EQ(wav.samples[0], 32'124);
  EXPECT_EQ(wav.samples[1], 0);
}

TEST_F(RecordingSession, ANarrowSideIsFittedIntoAWideFile) {
  const auto session = begin(Form::WavStereo);
  session->terms(MediaSide::A, 0, terms_of({kPcmu}));
  session->terms(MediaSide::B, 0, terms_of({kL16}));
  const std::vector<std::byte> loud(160, std::byte{0x80});
  arrive(*session, MediaSide::A, 0ms, rtp_packet(0, 1, 0, 9, loud));
  const auto wav = wav_of(content(end(*session, 20ms)));
  EXPECT_EQ(wav.rate, 16'000u);
  ASSERT_EQ(wav.samples.size(), 640u);
  EXPECT_EQ(wav.samples[638], 32'124);
}

TEST_F(RecordingSession, JitterAndDisorderLeaveNoSeams) {
  const auto session = begin(Form::WavMono);
  both_l16(*session);
  std::vector<std::size_t> order{0, 1, 3, 2, 4, 6, 5, 7, 8, 9};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto nth = order[i];
    const auto late = std::chrono::milliseconds(20 * i + (i % 3) * 15);
    arrive(*session, MediaSide::A, late,
           rtp_packet(96, static_cast<std::uint16_t>(nth), static_cast<std::uint32_t>(nth * 320), 1,
                      l16_tone(1'000, nth)));
  }
  const auto wav = wav_of(content(end(*session, 200ms)));
  ASSERT_GE(wav.samples.size(), 3'200u);
  for (std::size_t i = 0; i < 3'200; ++i)
    ASSERT_EQ(wav.samples[i], sine_at(1'000, i, 16'000)) << i;
}

TEST_F(RecordingSession, APauseIsSilenceOfItsLength) {
  const auto session = begin(Form::WavMono);
  both_l16(*session);
  speak(*session, MediaSide::A, 1'000, 5);
  // The timestamps know nothing of the pause.
  for (std::size_t i = 5; i < 10; ++i)
    arrive(*session, MediaSide::A, std::chrono::milliseconds(1'000 + 20 * i),
           rtp_packet(96, static_cast<std::uint16_t>(i), static_cast<std::uint32_t>(i * 320), 1,
                      l16_tone(1'000, i)));
  const auto wav = wav_of(content(end(*session, 1'200ms)));
  const auto heard = wav.channel(0);
  ASSERT_EQ(heard.size(), 19'200u);
  EXPECT_EQ(std::count(heard.begin() + 1'600, heard.begin() + 17'600, 0.0), 16'000);
  EXPECT_NEAR(amplitude(std::span(heard).subspan(17'600), 1'000, 16'000), 8'000, 200);
}

TEST_F(RecordingSession, EventsNoiseAndGarbageAreNotAudio) {
  const auto session = begin(Form::WavMono);
  both_l16(*session);
  const std::vector<std::byte> event(4, std::byte{0x7f});
  arrive(*session, MediaSide::A, 0ms, rtp_packet(101, 1, 0, 1, event));
  arrive(*session, MediaSide::A, 0ms, rtp_packet(13, 2, 0, 1, event));
  arrive(*session, MediaSide::A, 0ms, event);
  arrive(*session, MediaSide::A, 0ms, {});
  const auto wav = wav_of(content(end(*session, 100ms)));
  EXPECT_EQ(std::count(wav.samples.begin(), wav.samples.end(), 0), 1'600);
}

TEST_F(RecordingSession, AFormatThatChangesIsUnderstoodBeforeAndAfter) {
  const auto session = begin(Form::WavMono);
  both_l16(*session);
  speak(*session, MediaSide::A, 1'000, 5);
  session->terms(MediaSide::A, 0, terms_of({kPcmu}));
  const std::vector<std::byte> loud(160, std::byte{0x80});
  arrive(*session, MediaSide::A, 100ms, rtp_packet(96, 5, 1'600, 1, l16_tone(1'000, 5)));  // was on its way
  arrive(*session, MediaSide::A, 120ms, rtp_packet(0, 6, 960, 1, loud));
  const auto wav = wav_of(content(end(*session, 140ms)));
  ASSERT_EQ(wav.samples.size(), 2'240u);
  EXPECT_EQ(wav.samples[1'604], sine_at(1'000, 1'604, 16'000));
  EXPECT_EQ(wav.samples[2'000], 32'124);
}

TEST_F(RecordingSession, WhatNobodyCanDecodeIsKeptAsPackets) {
  const auto session = begin(Form::WavStereo);
  session->terms(MediaSide::A, 0, terms_of({}));
  arrive(*session, MediaSide::A, 250ms, rtp_packet(118, 1, 0, 1, as_bytes("secret codec")));
  const auto what = end(*session, 1'000ms);
  EXPECT_EQ(what.form, Form::Pcap);
  EXPECT_EQ(what.file.extension(), ".pcap");
  const auto octets = content(what);
  ASSERT_EQ(octets.size(), 24u + 16 + 20 + 8 + 12 + 12);
  EXPECT_EQ(little(octets, 20, 4), 101u) << "LINKTYPE_RAW";
  EXPECT_EQ(little(octets, 24, 4), 1'750'000'000u);
  EXPECT_EQ(little(octets, 28, 4), 250'000u);
}

TEST_F(RecordingSession, AKilledProcessLeavesAFileThatPlays) {
  {
    const auto session = begin(Form::WavStereo);
    both_l16(*session);
    speak(*session, MediaSide::A, 1'000, 100);
    ASSERT_TRUE(session->advance(start + 2'000ms));
    ASSERT_TRUE(session->flush());
  }
  ASSERT_EQ(folder.names(), (std::vector<std::string>{"01010101-0101-0101-0101-010101010101.facts",
                                                      "01010101-0101-0101-0101-010101010101.wav.part"}));
  auto part = folder.path / "2025/06/15/01010101-0101-0101-0101-010101010101.wav.part";
  const auto left = wav_of(content_of(part));
  EXPECT_EQ(left.said, left.samples.size() * 2) << "before anybody adopted it";
  EXPECT_EQ(left.samples.size(), 2 * 25'600u);
  // A write that was torn.
  std::ofstream(part, std::ios::app | std::ios::binary) << "abc";
  const auto stems = orphans_in(folder.path);
  ASSERT_EQ(stems.size(), 1u);
  const auto what = adopt_orphan(place, stems.front());
  ASSERT_TRUE(what);
  EXPECT_EQ(what->cause, StopCause::ProcessKilled);
  EXPECT_EQ(what->form, Form::WavStereo);
  EXPECT_EQ(what->note, "customer x");
  EXPECT_EQ(what->call, request_of(Form::WavStereo).call);
  EXPECT_EQ(what->length, 1'600ms);
  const auto wav = wav_of(content(*what));
  EXPECT_EQ(wav.samples, left.samples);
  EXPECT_EQ(wav.said, wav.samples.size() * 2);
  // Nobody has said that it is stored: it is told again, as it is.
  const auto again = adopt_orphan(place, stems.front());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sha256, what->sha256);
  EXPECT_EQ(again->file, what->file);
}

TEST_F(RecordingSession, AKilledProcessLeavesAnEncryptedFileThatPlays) {
  place.key = read_key(folder.key_file());
  {
    const auto session = begin(Form::WavMono);
    both_l16(*session);
    speak(*session, MediaSide::A, 1'000, 100);
    ASSERT_TRUE(session->advance(start + 1'000ms));
    ASSERT_TRUE(session->flush());
    ASSERT_TRUE(session->advance(start + 2'000ms));
    ASSERT_TRUE(session->flush());
  }
  auto part = folder.path / "2025/06/15/01010101-0101-0101-0101-010101010101.wav.enc.part";
  std::ofstream(part, std::ios::app | std::ios::binary) << "a torn chunk";
  const auto stems = orphans_in(folder.path);
  ASSERT_EQ(stems.size(), 1u);
  const Place stranger{folder.path, read_key(folder.key_file('s'))};
  EXPECT_FALSE(adopt_orphan(stranger, stems.front()));
  EXPECT_TRUE(std::filesystem::exists(part)) << "another key: hands off";
  const auto what = adopt_orphan(place, stems.front());
  ASSERT_TRUE(what);
  EXPECT_TRUE(what->encrypted);
  EXPECT_EQ(what->length, 1'600ms);
  const auto wav = wav_of(content(*what));
  EXPECT_EQ(wav.said, wav.samples.size() * 2);
  ASSERT_EQ(wav.samples.size(), 25'600u);
  EXPECT_EQ(wav.samples[20'001], sine_at(1'000, 20'001, 16'000));
}

TEST_F(RecordingSession, PacketsOfAKilledProcessAreWhole) {
  {
    const auto session = begin(Form::Pcap);
    arrive(*session, MediaSide::A, 0ms, rtp_packet(0, 1, 0, 1, as_bytes("one")));
    arrive(*session, MediaSide::B, 0ms, rtp_packet(0, 1, 0, 1, as_bytes("two")));
    ASSERT_TRUE(session->flush());
  }
  const auto stems = orphans_in(folder.path);
  ASSERT_EQ(stems.size(), 1u);
  const auto part = folder.path / (stems.front().string() + ".pcap.part");
  const auto whole = std::filesystem::file_size(part);
  std::filesystem::resize_file(part, whole - 1);
  const auto what = adopt_orphan(place, stems.front());
  ASSERT_TRUE(what);
  EXPECT_EQ(what->octets, 24 + (whole - 24) / 2);
}

TEST_F(RecordingSession, EveryByteOfAnEncryptedFileCounts) {
  place.key = read_key(folder.key_file());
  const auto session = begin(Form::WavMono);
  both_l16(*session);
  speak(*session, MediaSide::A, 1'000, 25);
  const auto what = end(*session, 500ms);
  EXPECT_EQ(what.file.extension(), ".enc");
  const auto file = folder.path / what.file;
  EXPECT_EQ(wav_of(content(what)).samples.size(), 8'000u);
  EXPECT_EQ(Reader::open(file, std::nullopt).error(), ReadError::NoKey);
  const auto failure = [&](const std::filesystem::path& which) {
    auto reader = Reader::open(which, place.key);
    for (;;) {
      const auto piece = (*reader)->next();
      if (!piece) return std::optional(piece.error());
      if (piece->empty()) return std::optional<ReadError>();
    }
  };
  EXPECT_FALSE(failure(file));
  const auto changed = folder.path / "changed";
  const auto size = std::filesystem::file_size(file);
  for (const auto cut : {size - 1, size - 28, size - 29, std::uintmax_t{24}, std::uintmax_t{60}}) {
    std::filesystem::copy_file(file, changed, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(changed, cut);
    EXPECT_EQ(failure(changed), ReadError::CutShort) << cut;
  }
  std::filesystem::copy_file(file, changed, std::filesystem::copy_options::overwrite_existing);
  std::ofstream(changed, std::ios::app | std::ios::binary) << "more";
  EXPECT_EQ(failure(changed), ReadError::Damaged);
}

TEST_F(RecordingSession, ADiskThatFailsSaysSo) {
  Session session(place, kit, request_of(Form::WavMono), start);
  place.folder = folder.path / "a file";
  std::ofstream(place.folder) << "in the way";
  EXPECT_FALSE(session.open());
  EXPECT_FALSE(session.packet({MediaSide::A, 0, origin_of(MediaSide::A), start}, {}));
  EXPECT_FALSE(session.advance(start + 1s));
  EXPECT_EQ(session.end(start + 1s, StopCause::CallEnded).what.cause, StopCause::DiskFailed);
}

}  // namespace
}  // namespace warp::recording
