// libsrtp2 as the peer: what either side protects, the other opens.
#include <span>
#include <srtp2/srtp.h>

#include "packets.h"

namespace warp::srtp {
namespace {

using SetPolicy = void (*)(srtp_crypto_policy_t*);

std::array<SetPolicy, 2> policies_of(Suite suite) {
  switch (suite) {
    case Suite::AesCm128Sha1_80:
      return {srtp_crypto_policy_set_rtp_default, srtp_crypto_policy_set_rtcp_default};
    case Suite::AesCm128Sha1_32:
      return {srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32, srtp_crypto_policy_set_rtcp_default};
    case Suite::AesCm256Sha1_80:
      return {srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80};
    case Suite::AesCm256Sha1_32:
      return {srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80};
    case Suite::AeadAes128Gcm:
      return {srtp_crypto_policy_set_aes_gcm_128_16_auth, srtp_crypto_policy_set_aes_gcm_128_16_auth};
    case Suite::AeadAes256Gcm:
      return {srtp_crypto_policy_set_aes_gcm_256_16_auth, srtp_crypto_policy_set_aes_gcm_256_16_auth};
  }
  return {};
}

class Library {
 public:
  Library(Suite suite, srtp_ssrc_type_t ssrcs) : key_(key_of(suite)) {
    static const bool ready = srtp_init() == srtp_err_status_ok;
    EXPECT_TRUE(ready);
    srtp_policy_t policy{};
    const auto [rtp, rtcp] = policies_of(suite);
    rtp(&policy.rtp);
    rtcp(&policy.rtcp);
    policy.ssrc.type = ssrcs;
    policy.key = reinterpret_cast<unsigned char*>(key_.data());
    EXPECT_EQ(srtp_create(&library_, &policy), srtp_err_status_ok);
  }
  ~Library() { srtp_dealloc(library_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // Empty: refused.
  Bytes by(srtp_err_status_t (*how)(srtp_t, void*, int*), Bytes packet) {
    auto size = static_cast<int>(packet.size());
    packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN);
    if (how(library_, packet.data(), &size) != srtp_err_status_ok) return {};
    packet.resize(static_cast<std::size_t>(size));
    return packet;
  }

 private:
  Bytes key_;
  srtp_t library_ = nullptr;
};

// With what a header may have: sources, an extension, padding in the payload.
Bytes adorned(std::uint16_t sequence) {
  auto packet = rtp(sequence, 0x77, 100);
  packet[0] = std::byte{0x92};
  ByteWriter writer(std::span<std::byte>(packet).subspan(12));
  writer.u32(1);
  writer.u32(2);
  writer.u16(0xbede);
  writer.u16(1);
  return packet;
}

struct Interop : ::testing::TestWithParam<Suite> {};
INSTANTIATE_TEST_SUITE_P(Srtp, Interop, ::testing::ValuesIn(kSuites),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(Interop, TheLibraryOpensWhatWeSend) {
  const auto send = session(GetParam(), Direction::Send);
  Library peer(GetParam(), ssrc_any_inbound);
  for (unsigned i = 65000; i < 66200; ++i) {  // over the end of the sequence
    const auto sequence = static_cast<std::uint16_t>(i);
    for (const auto& packet : {rtp(sequence), adorned(sequence), rtp(sequence, 0x99, 0)})
      ASSERT_EQ(peer.by(srtp_unprotect, sealed(*send, packet)), packet) << i;
  }
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(peer.by(srtp_unprotect_rtcp, sealed_rtcp(*send, rtcp())), rtcp()) << i;
}

TEST_P(Interop, WeOpenWhatTheLibrarySends) {
  const auto receive = session(GetParam(), Direction::Receive);
  Library peer(GetParam(), ssrc_any_outbound);
  for (unsigned i = 65000; i < 66200; ++i) {
    const auto sequence = static_cast<std::uint16_t>(i);
    for (const auto& packet : {rtp(sequence), adorned(sequence), rtp(sequence, 0x99, 0)})
      ASSERT_EQ(opened(*receive, peer.by(srtp_protect, packet)), packet) << i;
  }
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(opened_rtcp(*receive, peer.by(srtp_protect_rtcp, rtcp())), rtcp()) << i;
}

TEST_P(Interop, BothTakeEachPacketOnce) {
  const auto send = session(GetParam(), Direction::Send);
  Library peer(GetParam(), ssrc_any_inbound);
  const auto wire = sealed(*send, rtp(5));
  EXPECT_FALSE(peer.by(srtp_unprotect, wire).empty());
  EXPECT_TRUE(peer.by(srtp_unprotect, wire).empty());
}

}  // namespace
}  // namespace warp::srtp
