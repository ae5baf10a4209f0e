#include "negotiation/codecs.h"

#include <gtest/gtest.h>

#include "negotiation/formats.h"
#include "support/audio_lines.h"

namespace warp::calls {
namespace {

using domain::DtmfMode;
using domain::MediaPolicy;
using test::audio_line;
using test::shown;

MediaPolicy wishing(std::vector<std::string> codecs, bool transcode = false) {
  MediaPolicy policy;
  policy.codecs = std::move(codecs);
  policy.transcode = transcode;
  return policy;
}

MediaPolicy digits(DtmfMode mode) {
  MediaPolicy policy;
  policy.dtmf = mode;
  return policy;
}

MediaPolicy silent() {
  MediaPolicy policy;
  policy.comfort_noise = false;
  return policy;
}

constexpr const char* kUsual = "0 8 101:telephone-event/8000";

struct OfferCase {
  const char* offer;
  MediaPolicy from, to;
  const char* carried;  // "none": nothing is left
};

class Offers : public testing::TestWithParam<OfferCase> {};

TEST_P(Offers, BecomeWhatTheOtherSideMayUse) {
  const auto& c = GetParam();
  sdp::Media line = audio_line(c.offer);
  const bool left = offer_codecs(line, c.from, c.to);
  EXPECT_EQ(left ? shown(line) : "none", c.carried) << c.offer;
}

const OfferCase kOffers[] = {
    // Nobody has a wish: as it came.
    {kUsual, {}, {}, "0:PCMU 8:PCMA 101:telephone-event"},
    {"3 97:iLBC/8000 0", {}, {}, "3:GSM 97:iLBC 0:PCMU"},
    {"0 13", {}, {}, "0:PCMU 13:CN"},
    {"98", {}, {}, "98:?"},
    // Allowed and ordered by who is offered it.
    {kUsual, {}, wishing({"PCMA"}), "8:PCMA 101:telephone-event"},
    {kUsual, {}, wishing({"PCMA", "PCMU"}), "8:PCMA 0:PCMU 101:telephone-event"},
    {"0 8 9 18", {}, wishing({"G729", "G722"}), "18:G729 9:G722"},
    {"0 8", {}, wishing({"pcma"}), "8:PCMA"},
    {"3 0", {}, wishing({"PCMU"}), "0:PCMU"},
    {"3", {}, wishing({"PCMU"}), "none"},
    {"98 0", {}, wishing({"PCMU"}), "0:PCMU"},
    {"96:opus/48000/2 0", {}, wishing({"PCMU", "opus"}), "0:PCMU 96:opus/48000"},
    // And by who offers it.
    {kUsual, wishing({"PCMU"}), {}, "0:PCMU 101:telephone-event"},
    {kUsual, wishing({"PCMU"}), wishing({"PCMA", "PCMU"}), "0:PCMU 101:telephone-event"},
    {kUsual, wishing({"PCMU"}), wishing({"PCMA"}), "none"},
    // Made here.
    {"0", {}, wishing({"G729"}, true), "18:G729"},
    {"0", {}, wishing({"PCMA", "PCMU"}, true), "0:PCMU 8:PCMA"},
    {"0", {}, wishing({"opus", "G722", "AMR", "L16"}, true), "107:opus/48000 9:G722 108:AMR 109:L16/16000"},
    {"0 107:telephone-event/8000",
     {},
     wishing({"opus"}, true),
     "127:opus/48000 107:telephone-event 101:telephone-event/48000"},
    {"3", {}, wishing({"PCMU"}, true), "none"},
    {"3 0", wishing({"PCMU"}), wishing({"PCMA"}, true), "8:PCMA"},
    {kUsual, wishing({"PCMU"}), wishing({"PCMA"}, true), "8:PCMA 101:telephone-event"},
    {kUsual, wishing({"PCMU"}, true), {}, "0:PCMU 101:telephone-event"},
    {"9 101:telephone-event/8000",
     {},
     wishing({"opus"}, true),
     "107:opus/48000 101:telephone-event 127:telephone-event/48000"},
    // Events and comfort noise go by clock.
    {"96:opus/48000/2 0 101:telephone-event/8000 102:telephone-event/48000",
     {},
     wishing({"PCMU"}),
     "0:PCMU 101:telephone-event"},
    {"96:opus/48000/2 0 101:telephone-event/8000 102:telephone-event/48000",
     {},
     wishing({"opus"}),
     "96:opus/48000 102:telephone-event/48000"},
    {"96:opus/48000/2 101:telephone-event/8000", {}, wishing({"opus"}), "96:opus/48000 101:telephone-event"},
    {"0 13 101:telephone-event/8000", {}, silent(), "0:PCMU 101:telephone-event"},
    {"0 13", silent(), {}, "0:PCMU"},
    {"96:L16/16000 0 13 98:CN/16000", {}, wishing({"L16"}), "96:L16/16000 98:CN/16000"},
    // How digits reach it.
    {kUsual, {}, digits(DtmfMode::Info), "0:PCMU 8:PCMA"},
    {kUsual, {}, digits(DtmfMode::Inband), "0:PCMU 8:PCMA"},
    {kUsual, digits(DtmfMode::Info), {}, "0:PCMU 8:PCMA 101:telephone-event"},
    {"0", {}, digits(DtmfMode::Rfc4733), "0:PCMU 101:telephone-event"},
    {"0 101:iLBC/8000", {}, digits(DtmfMode::Rfc4733), "0:PCMU 101:iLBC 127:telephone-event"},
    {"96:opus/48000/2", {}, digits(DtmfMode::Rfc4733), "96:opus/48000 101:telephone-event/48000"},
    {"0", {}, {}, "0:PCMU"},
};

INSTANTIATE_TEST_SUITE_P(Codecs, Offers, testing::ValuesIn(kOffers));

struct AnswerCase {
  const char* offer;   // of the side of `to`
  const char* answer;  // of the side of `from`
  MediaPolicy from, to;
  const char* carried;
};

class Answers : public testing::TestWithParam<AnswerCase> {};

TEST_P(Answers, SayOnlyWhatWasOffered) {
  const auto& c = GetParam();
  const sdp::Media offer = audio_line(c.offer);
  sdp::Media line = audio_line(c.answer);
  const bool good = answer_codecs(line, offer, c.from, c.to);
  EXPECT_EQ(good ? shown(line) : "none", c.carried) << c.offer << " / " << c.answer;
}

const AnswerCase kAnswers[] = {
    {kUsual, "8", {}, {}, "8:PCMA"},
    {kUsual, "8 100:telephone-event/8000", {}, {}, "8:PCMA 100:telephone-event"},
    // Both share one: no other is taken.
    {kUsual, "18 0", wishing({"G729", "PCMU"}, true), {}, "0:PCMU"},
    {kUsual,
     "0 18 101:telephone-event/8000",
     wishing({"PCMU", "G729"}, true),
     {},
     "0:PCMU 101:telephone-event"},
    {"96:opus/48000/2 0", "107:opus/48000/2", wishing({"opus"}), {}, "96:opus/48000"},
    // Its own numbers, whatever the other side's are.
    {"97:opus/48000/2 98:telephone-event/48000",
     "107:opus/48000/2 110:telephone-event/48000",
     wishing({"opus"}),
     {},
     "97:opus/48000 98:telephone-event/48000"},
    // They share none: all that we can code.
    {kUsual, "18", wishing({"G729"}, true), {}, "0:PCMU 8:PCMA 101:telephone-event"},
    {kUsual, "18", wishing({"G729"}, true), wishing({"PCMA", "PCMU"}), "8:PCMA 0:PCMU 101:telephone-event"},
    {kUsual, "18", wishing({"G729"}, true), wishing({"PCMA"}), "8:PCMA 101:telephone-event"},
    {"3 0", "18", wishing({"G729"}, true), {}, "0:PCMU"},
    {"3", "18", wishing({"G729"}, true), {}, "none"},
    {"0", "3", wishing({"PCMU"}), {}, "none"},
    {"0", "98", wishing({"PCMU"}), {}, "none"},
    {"97:AMR/8000 0", "108:AMR/8000", wishing({"AMR"}, true), {}, "97:AMR"},
    // Digits.
    {kUsual, "0", digits(DtmfMode::Info), {}, "0:PCMU 101:telephone-event"},
    {kUsual, "0", digits(DtmfMode::Inband), {}, "0:PCMU 101:telephone-event"},
    {kUsual, "0", {}, digits(DtmfMode::Rfc4733), "0:PCMU 101:telephone-event"},
    {"0", "0 101:telephone-event/8000", digits(DtmfMode::Rfc4733), {}, "0:PCMU"},
    {kUsual, "0 101:telephone-event/8000", {}, digits(DtmfMode::Info), "0:PCMU"},
    {kUsual, "0", {}, silent(), "0:PCMU"},
    {"0 13", "0 13", {}, silent(), "0:PCMU"},
    {"0 13", "0 13", {}, wishing({"PCMU"}), "0:PCMU 13:CN"},
};

INSTANTIATE_TEST_SUITE_P(Codecs, Answers, testing::ValuesIn(kAnswers));

TEST(Codecs, AmrOfAnotherPackingIsAnotherCodec) {
  const sdp::Media offer = audio_line("97:AMR/8000", "97 octet-align=1;mode-set=0,2,7");
  sdp::Media line = audio_line("108:AMR/8000", "108 octet-align=0");
  ASSERT_TRUE(answer_codecs(line, offer, wishing({"AMR"}, true), {}));
  EXPECT_EQ(shown(line), "97:AMR");
  EXPECT_EQ(line.fmtp(97), "octet-align=1;mode-set=0,2,7");
}

TEST(Codecs, WhatIsMadeHereIsFullyDescribed) {
  sdp::Media line = audio_line("0");
  ASSERT_TRUE(offer_codecs(line, {}, wishing({"G729", "opus", "AMR"}, true)));
  EXPECT_EQ(line.fmtp(18), "annexb=no");
  EXPECT_EQ(line.fmtp(107), "useinbandfec=1");
  EXPECT_EQ(line.rtpmap(107)->channels, 2u);
  EXPECT_EQ(line.fmtp(108), "octet-align=1");
}

TEST(Codecs, TheLengthOfPacketsIsThePolicys) {
  MediaPolicy policy;
  policy.ptime = 30;
  sdp::Media line = audio_line("0");
  line.set("ptime", "20");
  line.set("maxptime", "20");
  ASSERT_TRUE(offer_codecs(line, {}, policy));
  EXPECT_EQ(line.ptime(), 30u);
  EXPECT_FALSE(line.has("maxptime"));
  sdp::Media answer = audio_line("0");
  answer.set("ptime", "30");
  ASSERT_TRUE(answer_codecs(answer, audio_line("0"), policy, {}));
  EXPECT_FALSE(answer.ptime());
}

TEST(Codecs, LinesThatAreNoAudioStay) {
  sdp::Media video = audio_line("96:VP8/90000");
  video.kind = "video";
  const sdp::Media before = video;
  ASSERT_TRUE(offer_codecs(video, wishing({"PCMU"}), wishing({"PCMU"})));
  EXPECT_EQ(video, before);
  ASSERT_TRUE(answer_codecs(video, before, wishing({"PCMU"}), wishing({"PCMU"})));
  EXPECT_EQ(video, before);
}

sdp::Media fax_line() {
  sdp::Media fax;
  fax.kind = "image";
  fax.port = 4000;
  fax.proto = "udptl";
  fax.formats = {"t38"};
  fax.set("T38FaxVersion", "3");
  fax.set("T38FaxUdpEC", "t38UDPRedundancy");
  return fax;
}

TEST(Codecs, FaxIsCarriedUnlessASideWantsItInTheAudio) {
  sdp::Media fax = fax_line();
  ASSERT_TRUE(offer_codecs(fax, {}, wishing({"PCMU"})));
  EXPECT_EQ(fax, fax_line());
  MediaPolicy audio;
  audio.fax = domain::FaxMode::Audio;
  ASSERT_TRUE(offer_codecs(fax, {}, audio));
  EXPECT_TRUE(is_audio(fax));
  EXPECT_EQ(shown(fax), "0:PCMU 8:PCMA");
  sdp::Media answer = audio_line("8");
  answer.port = 6000;
  ASSERT_TRUE(answer_codecs(answer, fax_line(), audio, {}));
  EXPECT_TRUE(is_fax(answer));
  EXPECT_EQ(answer.port, 6000);
  EXPECT_EQ(answer.attribute("T38FaxVersion")->value, "3");
  EXPECT_EQ(answer.attribute("T38FaxUdpEC")->value, "t38UDPRedundancy");
}

TEST(Codecs, WeAnswerByOurselvesWithWhatWeCanCode) {
  const sdp::Media offer = audio_line("3 96:opus/48000/2 0 102:telephone-event/48000");
  sdp::Media line = offer;
  ASSERT_TRUE(own_answer(line, offer, wishing({"PCMU", "opus"})));
  EXPECT_EQ(shown(line), "0:PCMU 96:opus/48000 102:telephone-event/48000");
  EXPECT_FALSE(own_answer(line, audio_line("3"), {}));
}

}  // namespace
}  // namespace warp::calls
