// What one packet of 20 ms costs in the parts that are not relaying: SRTP here and in libsrtp2, coding and
// decoding by each codec's library.
#include <benchmark/benchmark.h>
#include <srtp2/srtp.h>

#include "warp/base/bytes.h"
#include "warp/srtp/session.h"

#include "rtp/voice.h"

namespace {

using namespace warp;

constexpr std::size_t kPacket = 172;
using Packet = std::array<std::byte, kPacket + SRTP_MAX_TRAILER_LEN>;

void put_sequence(Packet& packet, std::uint16_t sequence) {
  ByteWriter writer(packet);
  writer.u16(0x8000);
  writer.u16(sequence);
}

void protect(benchmark::State& state, srtp::Suite suite) {
  const std::vector<std::byte> key(srtp::key_octets(suite), std::byte{7});
  const auto session = std::move(*srtp::Session::make(suite, key, srtp::Direction::Send));
  Packet packet{};
  std::uint16_t sequence = 0;
  for (auto unused : state) {
    put_sequence(packet, sequence++);
    if (!session->protect(packet, kPacket)) state.SkipWithError("refused");
  }
}

void protect_by_libsrtp2(benchmark::State& state, void (*set)(srtp_crypto_policy_t*)) {
  srtp_init();
  std::array<unsigned char, 46> key{};
  srtp_policy_t policy{};
  set(&policy.rtp);
  set(&policy.rtcp);
  policy.ssrc.type = ssrc_any_outbound;
  policy.key = key.data();
  srtp_t session = nullptr;
  srtp_create(&session, &policy);
  Packet packet{};
  std::uint16_t sequence = 0;
  for (auto unused : state) {
    put_sequence(packet, sequence++);
    int size = kPacket;
    if (srtp_protect(session, packet.data(), &size) != srtp_err_status_ok) state.SkipWithError("refused");
  }
  srtp_dealloc(session);
}

BENCHMARK_CAPTURE(protect, AES_CM_128_HMAC_SHA1_80, srtp::Suite::AesCm128Sha1_80);
BENCHMARK_CAPTURE(protect_by_libsrtp2, AES_CM_128_HMAC_SHA1_80, srtp_crypto_policy_set_rtp_default);
BENCHMARK_CAPTURE(protect, AEAD_AES_128_GCM, srtp::Suite::AeadAes128Gcm);
BENCHMARK_CAPTURE(protect_by_libsrtp2, AEAD_AES_128_GCM, srtp_crypto_policy_set_aes_gcm_128_16_auth);

void encode(benchmark::State& state, const char* name) {
  const auto format = bench::format_named(name);
  const auto rate = audio::sample_rate(format.parameters);
  const auto samples = bench::voice_samples(rate);
  const auto encoder = audio::make_encoder(format.parameters);
  const std::size_t block = rate / 1000 * bench::kFrameMs;
  std::vector<std::byte> out(audio::kMostOctets);
  std::size_t frame = 0;
  for (auto unused : state)
    benchmark::DoNotOptimize(
        encoder->encode(std::span(samples).subspan(frame++ % bench::kFrames * block, block), out));
}

void decode(benchmark::State& state, const char* name) {
  const auto format = bench::format_named(name);
  const auto packets = bench::coded_voice(format.parameters);
  const auto decoder = audio::make_decoder(format.parameters);
  std::vector<audio::Sample> out(audio::kMostSamples);
  std::size_t frame = 0;
  for (auto unused : state)
    benchmark::DoNotOptimize(decoder->decode(packets[frame++ % packets.size()], out));
}

BENCHMARK_CAPTURE(encode, PCMU, "PCMU:0");
BENCHMARK_CAPTURE(decode, PCMU, "PCMU:0");
BENCHMARK_CAPTURE(encode, G729, "G729:18");
BENCHMARK_CAPTURE(decode, G729, "G729:18");
BENCHMARK_CAPTURE(encode, opus, "opus:96");
BENCHMARK_CAPTURE(decode, opus, "opus:96");

}  // namespace

BENCHMARK_MAIN();
