#include "negotiation/terms_text.h"

#include <gtest/gtest.h>

#include "warp/base/random.h"

#include "negotiation/keys.h"

namespace warp::calls {
namespace {

domain::MediaMemory with_everything() {
  SeededIdSource ids(1);
  domain::MediaTerms terms;
  terms.formats = {{domain::AudioCodec::Amr, 97, 8000, 1, 40, true, 0x81, false, false},
                   {domain::AudioCodec::Opus, 96, 48000, 2, 20, false, 0, true, false},
                   {domain::AudioCodec::G729, 18, 8000, 1, 20, false, 0, false, true}};
  terms.events = 101;
  terms.events_clock = 48000;
  terms.comfort_noise = 13;
  terms.dtmf = domain::DtmfMode::Info;
  terms.fax = domain::FaxMode::Audio;
  terms.fixed_ptime = true;
  terms.t38 = {.version = 3, .max_bit_rate = 9600, .max_datagram = 200, .redundancy = false};
  terms.send = fresh_keys(domain::SrtpSuite::AesCm256Sha1_80, ids);
  terms.receive = fresh_keys(domain::SrtpSuite::AesCm256Sha1_80, ids);
  terms.receive.lifetime = std::uint64_t{1} << 48;
  terms.dtls = domain::DtlsTerms{true, "sha-256", std::vector<std::byte>(32, std::byte{0xfe})};
  terms.ice = domain::IceTerms{"ours", "our password", "theirs", "their password"};
  domain::MediaMemory memory;
  memory.streams.resize(2);
  memory.streams[1].remotes[1].terms = std::make_shared<const domain::MediaTerms>(terms);
  auto& srtp = memory.streams[1].srtp[0];
  srtp.send = fresh_keys(domain::SrtpSuite::AeadAes128Gcm, ids);
  srtp.receive = fresh_keys(domain::SrtpSuite::AeadAes128Gcm, ids);
  srtp.sent = {{1, 2, 3, 4}};
  srtp.received = {{0xffffffff, 5, 6, 65535}, {7, 8, 9, 10}};
  return memory;
}

TEST(TermsText, EverythingComesBack) {
  const auto memory = with_everything();
  std::string text;
  domain::TextFieldWriter out(text);
  write_terms(out, memory);
  domain::MediaMemory read;
  read.streams.resize(2);
  domain::TextFieldReader in(text);
  read_terms(in, read);
  EXPECT_TRUE(in.ok());
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(read.streams[0].remotes[0].terms, nullptr);
  ASSERT_NE(read.streams[1].remotes[1].terms, nullptr);
  EXPECT_EQ(*read.streams[1].remotes[1].terms, *memory.streams[1].remotes[1].terms);
  const auto &srtp = read.streams[1].srtp[0], &before = memory.streams[1].srtp[0];
  EXPECT_EQ(srtp.send, before.send);
  EXPECT_EQ(srtp.receive, before.receive);
  ASSERT_EQ(srtp.received.size(), 2u);
  EXPECT_EQ(srtp.sent.at(0).rtcp_index, 3u);
  EXPECT_EQ(srtp.received[0].ssrc, 0xffffffffu);
  EXPECT_EQ(srtp.received[0].highest, 65535);
}

TEST(TermsText, DamagedTextNeverReadsAsGood) {
  std::string text;
  domain::TextFieldWriter out(text);
  write_terms(out, with_everything());
  for (std::size_t length = 0; length < text.size(); ++length) {
    domain::MediaMemory read;
    read.streams.resize(2);
    domain::TextFieldReader in(std::string_view(text).substr(0, length));
    read_terms(in, read);
    EXPECT_FALSE(in.ok()) << length;
  }
}

}  // namespace
}  // namespace warp::calls
