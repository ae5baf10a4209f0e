#include "negotiation/terms.h"

#include <gtest/gtest.h>

#include "support/audio_lines.h"

namespace warp::calls {
namespace {

using domain::AudioCodec;
using domain::MediaPolicy;
using domain::MediaTerms;
using test::audio_line;
using test::session_of;

std::string shown(const MediaTerms& terms) {
  static constexpr const char* kNames[] = {"PCMU", "PCMA", "G722", "G729", "opus", "AMR", "L16"};
  std::string text;
  for (const auto& format : terms.formats)
    text += std::string(text.empty() ? "" : " ") + kNames[static_cast<std::size_t>(format.codec)] + '=' +
            std::to_string(format.payload_type) + '@' + std::to_string(format.ptime_ms);
  if (terms.events)
    text += " events=" + std::to_string(*terms.events) + '/' + std::to_string(terms.events_clock);
  if (terms.comfort_noise) text += " CN=" + std::to_string(*terms.comfort_noise);
  return text;
}

struct Both {
  std::string offerer, answerer;
};

// The offerer offered `offer` and was answered `back`; the other was offered `carried` and answered `answer`.
struct Talk {
  const char *offer, *carried, *answer, *back;
};

Both agreed(const Talk& talk, const MediaPolicy& offerer = {}, const MediaPolicy& answerer = {},
            unsigned offer_ptime = 0, unsigned answer_ptime = 0) {
  sdp::Session offer = session_of(audio_line(talk.offer)), carried = session_of(audio_line(talk.carried));
  sdp::Session answer = session_of(audio_line(talk.answer)), back = session_of(audio_line(talk.back));
  if (offer_ptime != 0) offer.media[0].set("ptime", std::to_string(offer_ptime));
  if (answer_ptime != 0) answer.media[0].set("ptime", std::to_string(answer_ptime));
  const Said a{&back, &offer, &offerer, true}, b{&carried, &answer, &answerer, false};
  MediaTerms first = terms_of(a, 0), second = terms_of(b, 0);
  settle_terms(first, second, a, b, 0);
  return {shown(first), shown(second)};
}

MediaPolicy with_codecs() {
  MediaPolicy policy;
  policy.codecs = {"G729", "PCMU"};
  policy.transcode = true;
  return policy;
}

TEST(Terms, OfAPlainCallAreAlike) {
  const auto terms = agreed({"0 8 101:telephone-event/8000", "0 8 101:telephone-event/8000",
                             "8 101:telephone-event/8000", "8 101:telephone-event/8000"});
  EXPECT_EQ(terms.offerer, "PCMA=8@20 events=101/8000");
  EXPECT_EQ(terms.answerer, terms.offerer);
}

TEST(Terms, TheSharedCodecComesFirstOnBothSides) {
  const auto terms = agreed({"0", "0 18", "18 0", "0"}, {}, with_codecs());
  EXPECT_EQ(terms.offerer, "PCMU=0@20");
  EXPECT_EQ(terms.answerer, "PCMU=0@20 G729=18@20");
}

TEST(Terms, SidesThatShareNoneHaveTheirOwn) {
  const auto terms = agreed(
      {"0 101:telephone-event/8000", "18 101:telephone-event/8000", "18", "0 101:telephone-event/8000"}, {},
      with_codecs(), 30, 0);
  EXPECT_EQ(terms.offerer, "PCMU=0@30 events=101/8000");
  EXPECT_EQ(terms.answerer, "G729=18@20");
}

TEST(Terms, NumbersMayDifferBetweenTheSides) {
  const auto terms = agreed({"97:opus/48000/2", "107:opus/48000/2", "107:opus/48000/2", "97:opus/48000/2"},
                            {}, with_codecs());
  EXPECT_EQ(terms.offerer, "opus=97@20");
  EXPECT_EQ(terms.answerer, "opus=107@20");
}

TEST(Terms, ASideThatAnswersUnderANumberOfItsOwnMaySendUnderEither) {
  const auto terms =
      agreed({"97:opus/48000/2", "97:opus/48000/2", "98:opus/48000/2", "97:opus/48000/2"}, {}, with_codecs());
  EXPECT_EQ(terms.answerer, "opus=98@20 opus=97@20");
}

TEST(Terms, PlainCallsThatNumberDifferentlyPassAsTheyAre) {
  const auto codecs = agreed({"97:opus/48000/2", "97:opus/48000/2", "98:opus/48000/2", "98:opus/48000/2"});
  EXPECT_EQ(codecs.offerer, "");
  EXPECT_EQ(codecs.answerer, "");
  const auto events = agreed({"0 96:telephone-event/8000", "0 96:telephone-event/8000",
                              "0 101:telephone-event/8000", "0 101:telephone-event/8000"});
  EXPECT_EQ(events.offerer, "PCMU=0@20");
  EXPECT_EQ(events.answerer, "PCMU=0@20");
}

TEST(Terms, ACodecThatWeCannotCodePasses) {
  EXPECT_EQ(agreed({"3 0", "3 0", "3", "3"}).offerer, "");
  EXPECT_EQ(agreed({"3 0", "3 0", "3 0", "3 0"}).answerer, "");
  EXPECT_EQ(agreed({"0 3", "0 3", "0 3", "0 3"}).answerer, "PCMU=0@20");
}

TEST(Terms, EventsAndComfortNoiseGoByTheClockOfTheCodec) {
  const char* all = "96:opus/48000/2 0 13 101:telephone-event/8000 102:telephone-event/48000";
  EXPECT_EQ(agreed({all, all, all, all}).offerer, "opus=96@20 PCMU=0@20 events=102/48000 CN=13");
}

TEST(Terms, PacketsAreAsLongOnBothSidesUnlessAPolicySaysOtherwise) {
  EXPECT_EQ(agreed({"0", "0", "0", "0"}, {}, {}, 30, 20).offerer, "PCMU=0@20");
  EXPECT_EQ(agreed({"0", "0", "0", "0"}, {}, {}, 30, 0).answerer, "PCMU=0@30");
  MediaPolicy policy;
  policy.ptime = 40;
  const auto terms = agreed({"0", "0", "0", "0"}, {}, policy, 20, 20);
  EXPECT_EQ(terms.offerer, "PCMU=0@20");
  EXPECT_EQ(terms.answerer, "PCMU=0@40");
  policy.ptime = 30;
  EXPECT_EQ(
      agreed({"96:opus/48000/2", "96:opus/48000/2", "96:opus/48000/2", "96:opus/48000/2"}, policy).offerer,
      "opus=96@40");
}

TEST(Terms, WithoutKeysAreShared) {
  TermsCache cache;
  MediaTerms terms;
  terms.formats.push_back({AudioCodec::Pcmu});
  const auto first = cache.of(MediaTerms(terms));
  EXPECT_EQ(cache.of(MediaTerms(terms)), first);
  terms.events = 101;
  EXPECT_NE(cache.of(MediaTerms(terms)), first);
  terms.send.suite = domain::SrtpSuite::AeadAes128Gcm;
  const auto secret = cache.of(MediaTerms(terms));
  EXPECT_NE(cache.of(MediaTerms(terms)), secret);
}

}  // namespace
}  // namespace warp::calls
