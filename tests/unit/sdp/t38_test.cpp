#include "warp/sdp/t38.h"

#include <gtest/gtest.h>

namespace warp::sdp {
namespace {

Media fax_of(const std::string& attributes) {
  auto session = parse("v=0\r\nm=image 4000 udptl t38\r\n" + attributes);
  EXPECT_TRUE(session);
  return session ? std::move(session->media.at(0)) : Media{};
}

TEST(T38, KnowsAFaxStream) {
  EXPECT_TRUE(is_t38(fax_of("")));
  auto media = fax_of("");
  media.proto = "UDPTL";
  media.formats = {"x", "T38"};
  EXPECT_TRUE(is_t38(media));
  media.formats = {"x"};
  EXPECT_FALSE(is_t38(media));
  media = fax_of("");
  media.proto = "tcp";
  EXPECT_FALSE(is_t38(media));
  media = fax_of("");
  media.kind = "audio";
  EXPECT_FALSE(is_t38(media));
}

TEST(T38, ReadsWhatIsSent) {
  const auto t38 = t38_of(
      fax_of("a=T38FaxVersion:2\r\na=T38MaxBitRate:9600\r\na=T38FaxFillBitRemoval:0\r\n"
             "a=T38FaxTranscodingMMR\r\na=T38FaxTranscodingJBIG:1\r\na=T38FaxRateManagement:localTCF\r\n"
             "a=T38FaxMaxBuffer:200\r\na=T38FaxMaxDatagram: 320 \r\na=T38FaxUdpEC:t38UDPFEC\r\n"));
  EXPECT_EQ(t38.version, 2);
  EXPECT_EQ(t38.max_bit_rate, 9600U);
  EXPECT_FALSE(t38.fill_bit_removal);
  EXPECT_TRUE(t38.transcoding_mmr);
  EXPECT_TRUE(t38.transcoding_jbig);
  EXPECT_EQ(t38.rate_management, T38RateManagement::LocalTcf);
  EXPECT_EQ(t38.max_buffer, 200U);
  EXPECT_EQ(t38.max_datagram, 320);
  EXPECT_EQ(t38.recovery, T38Recovery::Fec);
}

TEST(T38, ReadsNamesInAnyCase) {
  const auto t38 = t38_of(fax_of("a=T38maxBitrate:7200\r\na=t38faxudpec:T38UDPNOEC\r\n"));
  EXPECT_EQ(t38.max_bit_rate, 7200U);
  EXPECT_EQ(t38.recovery, T38Recovery::None);
}

TEST(T38, TakesTheAbsurdForAbsent) {
  EXPECT_EQ(t38_of(fax_of("a=T38FaxVersion:-1\r\na=T38MaxBitRate:99999999999\r\na=T38FaxMaxDatagram:0\r\n"
                          "a=T38FaxUdpEC:much\r\na=T38FaxMaxBuffer:x\r\n")),
            T38{});
  EXPECT_EQ(t38_of(fax_of("")), T38{});
}

TEST(T38, WritesWhatItReads) {
  T38 t38;
  t38.version = 3;
  t38.max_bit_rate = 4800;
  t38.fill_bit_removal = t38.transcoding_mmr = t38.transcoding_jbig = true;
  t38.rate_management = T38RateManagement::LocalTcf;
  t38.max_buffer = 2000;
  t38.max_datagram = 400;
  t38.recovery = T38Recovery::Fec;
  auto media = fax_of("a=t38faxversion:1\r\na=T38VendorInfo:0 0 0\r\na=sendrecv\r\n");
  set_t38(media, t38);
  EXPECT_EQ(t38_of(media), t38);
  EXPECT_EQ(media.attributes.size(), 10U);
  EXPECT_TRUE(media.direction());
  Media audio;
  audio.kind = "audio";
  audio.port = 4000;
  set_t38(audio, T38{});
  EXPECT_TRUE(is_t38(audio));
  EXPECT_EQ(t38_of(audio), T38{});
  EXPECT_EQ(audio.port, 4000);
}

TEST(T38, AnswersNoMoreThanWasOffered) {
  T38 offered;
  offered.version = 7;
  offered.max_bit_rate = 33600;
  offered.fill_bit_removal = offered.transcoding_jbig = true;
  offered.max_datagram = 72;
  offered.recovery = T38Recovery::Fec;
  offered.rate_management = T38RateManagement::LocalTcf;
  auto answer = t38_answer(offered);
  EXPECT_EQ(answer.version, kT38NewestVersion);
  EXPECT_EQ(answer.max_bit_rate, 14400U);
  EXPECT_FALSE(answer.fill_bit_removal);
  EXPECT_FALSE(answer.transcoding_jbig);
  EXPECT_EQ(answer.max_datagram, kT38MaxDatagram);
  EXPECT_EQ(answer.rate_management, T38RateManagement::TransferredTcf);
  EXPECT_EQ(answer.recovery, T38Recovery::Fec);
  offered.version = 1;
  offered.max_bit_rate = 7200;
  answer = t38_answer(offered);
  EXPECT_EQ(answer.version, 1);
  EXPECT_EQ(answer.max_bit_rate, 7200U);
}

}  // namespace
}  // namespace warp::sdp
