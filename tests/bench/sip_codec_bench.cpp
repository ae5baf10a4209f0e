// What one SIP message costs to read and to write: build/release/bin/sip_codec_bench.
#include <benchmark/benchmark.h>
#include <string>

#include "warp/sdp/session.h"
#include "warp/sip/message/message.h"
#include "warp/sip/message/writer.h"

namespace {

using namespace warp;

// About 700 octets of header and body, as a session border controller sends it.
const std::string kSdp =
    "v=0\r\no=- 1761042000 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\n"
    "m=audio 16384 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
    "a=ptime:20\r\na=sendrecv\r\n";
const std::string kInvite =
    "INVITE sip:+14155550100@192.0.2.10:5060;user=phone SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK74bf9.8d2c;rport\r\n"
    "Max-Forwards: 68\r\n"
    "From: \"ACME\" <sip:+12125550123@acme.example.com>;tag=9fxced76sl\r\n"
    "To: <sip:+14155550100@192.0.2.10>\r\n"
    "Call-ID: 3848276298220188511@acme.example.com\r\n"
    "CSeq: 102 INVITE\r\n"
    "Contact: <sip:+12125550123@198.51.100.7:5060>\r\n"
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\n"
    "Supported: timer, 100rel\r\n"
    "User-Agent: ACME-SBC/7.1\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: " +
    std::to_string(kSdp.size()) + "\r\n\r\n" + kSdp;

void count_bytes(benchmark::State& state, std::size_t octets) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(octets));
}

void parse_invite(benchmark::State& state) {
  for (auto _ : state) {
    auto message = sip::Message::parse(kInvite);
    benchmark::DoNotOptimize(message);
  }
  count_bytes(state, kInvite.size());
}
BENCHMARK(parse_invite);

void parse_uri(benchmark::State& state) {
  const std::string text = "sip:+14155550100@192.0.2.10:5060;user=phone";
  for (auto _ : state) {
    auto uri = sip::Uri::parse(text);
    benchmark::DoNotOptimize(uri);
  }
}
BENCHMARK(parse_uri);

void write_invite(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    sip::Writer writer(out);
    writer.request(sip::Method::Invite, "sip:+14155550100@192.0.2.10:5060;user=phone")
        .header(sip::HeaderId::Via,
                {"SIP/2.0/UDP ", "198.51.100.7:5060", ";branch=", "z9hG4bK74bf9.8d2c", ";rport"})
        .header(sip::HeaderId::MaxForwards, 68)
        .header(sip::HeaderId::From,
                {"\"ACME\" <sip:", "+12125550123", "@acme.example.com>;tag=", "9fxced76sl"})
        .header(sip::HeaderId::To, {"<sip:", "+14155550100", "@192.0.2.10>"})
        .header(sip::HeaderId::CallId, "3848276298220188511@acme.example.com")
        .header(sip::HeaderId::CSeq, "102 INVITE")
        .header(sip::HeaderId::Contact, "<sip:+12125550123@198.51.100.7:5060>")
        .header(sip::HeaderId::Allow, "INVITE, ACK, CANCEL, BYE, OPTIONS")
        .header(sip::HeaderId::Supported, "timer, 100rel")
        .header(sip::HeaderId::UserAgent, "WARP");
    writer.finish("application/sdp", kSdp);
    benchmark::DoNotOptimize(out.data());
  }
  count_bytes(state, out.size());
}
BENCHMARK(write_invite);

void write_answer(benchmark::State& state) {
  const auto invite = sip::Message::parse(kInvite);
  std::string out;
  for (auto _ : state) {
    sip::Writer writer(out);
    writer.response_to(*invite, 180, {}, "w1a2b3c4", "198.51.100.7", 5060);
    writer.header(sip::HeaderId::Contact, "<sip:192.0.2.10>").finish();
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_answer);

void parse_sdp(benchmark::State& state) {
  for (auto _ : state) {
    auto session = sdp::parse(kSdp);
    benchmark::DoNotOptimize(session);
  }
}
BENCHMARK(parse_sdp);

void write_sdp(benchmark::State& state) {
  const auto session = sdp::parse(kSdp);
  std::string out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(sdp::write(*session, out));
  }
}
BENCHMARK(write_sdp);

}  // namespace

BENCHMARK_MAIN();
