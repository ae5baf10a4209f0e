// WARP's media engine alone, with CALLS sessions open.
//
// media_bench_relay RELAY_IP PEER_IP FIRST_PEER_PORT CALLS [coalesce=US] [workers=N] [realtime=PRIORITY]
// [a=FORMAT b=FORMAT]
//   [srtp=SUITE] [far_relay=IP far_peer=IP] [kernel=PINS]
// FORMAT is "opus:96"; with both, the calls are transcoded. With a suite side B is encrypted. far_*: side B's
// addresses, when they are others. kernel: the kernel path, with its pins in that folder.
// Prints "peerA relayA peerB relayB [key of the relay, key of B]" a call and READY; ends with its standard
// input, and then prints what the kernel has forwarded.
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "warp/media/engine.h"

#include "arguments.h"
#include "secrets.h"
#include "voice.h"

namespace warp::bench {
namespace {

struct Nowhere final : Executor {
  void post(std::function<void()>) override {}
};

struct Plan {
  std::array<domain::IpAddress, 2> relays, peers;  // by side
  unsigned first_port = 0, calls = 0;
  std::array<std::shared_ptr<domain::MediaTerms>, 2> terms;
  std::string keys;
};

domain::IpAddress address(const std::string& text) {
  const auto parsed = domain::IpAddress::parse(text);
  if (!parsed) fail(text.c_str());
  return *parsed;
}

domain::MediaFormat media_format(const Format& format) {
  constexpr std::array kCodecs{std::pair{audio::Codec::Pcmu, domain::AudioCodec::Pcmu},
                               std::pair{audio::Codec::Pcma, domain::AudioCodec::Pcma},
                               std::pair{audio::Codec::G722, domain::AudioCodec::G722},
                               std::pair{audio::Codec::G729, domain::AudioCodec::G729},
                               std::pair{audio::Codec::Opus, domain::AudioCodec::Opus}};
  domain::MediaFormat out;
  for (const auto& [ours, theirs] : kCodecs)
    if (ours == format.parameters.codec) out.codec = theirs;
  out.payload_type = format.type;
  out.clock_rate = format.parameters.clock_rate;
  return out;
}

domain::SrtpKeys keys_of(srtp::Suite suite, std::byte seed) {
  domain::SrtpKeys keys;
  keys.suite = static_cast<domain::SrtpSuite>(static_cast<unsigned>(suite) + 1);
  keys.size = static_cast<std::uint8_t>(key_octets(suite));
  for (std::size_t i = 0; i < keys.size; ++i)
    keys.material[i] = static_cast<std::byte>(i * 7) ^ seed;
  return keys;
}

Plan plan_of(char** argv, const Arguments& arguments) {
  Plan plan;
  const auto far_relay = arguments.text("far_relay"), far_peer = arguments.text("far_peer");
  plan.relays = {address(argv[1]), address(far_relay.empty() ? argv[1] : far_relay)};
  plan.peers = {address(argv[2]), address(far_peer.empty() ? argv[2] : far_peer)};
  plan.first_port = static_cast<unsigned>(std::atoi(argv[3]));
  plan.calls = static_cast<unsigned>(std::atoi(argv[4]));
  for (std::size_t k = 0; k < 2; ++k) {
    const auto name = arguments.text(k == 0 ? "a" : "b");
    if (name.empty()) continue;
    plan.terms[k] = std::make_shared<domain::MediaTerms>();
    plan.terms[k]->formats = {media_format(format_named(name))};
  }
  if (const auto name = arguments.text("srtp"); !name.empty()) {
    const auto suite = suite_named(name);
    if (!suite) fail("suite");
    if (!plan.terms[1]) plan.terms[1] = std::make_shared<domain::MediaTerms>();
    auto& terms = *plan.terms[1];
    terms.send = keys_of(*suite, std::byte{0x11});
    terms.receive = keys_of(*suite, std::byte{0x22});
    const auto text = [](const domain::SrtpKeys& keys) {
      return hex(std::span(keys.material).first(keys.size));
    };
    plan.keys = " " + text(terms.send) + " " + text(terms.receive);
  }
  return plan;
}

std::unique_ptr<domain::MediaSession> open_call(media::Engine& engine, const Plan& plan, unsigned number,
                                                Executor& executor) {
  domain::MediaSessionRequest request;
  if (plan.relays[0] != plan.relays[1]) request.sides[1].network = 1;
  auto opened = engine.open(request, executor, [] {});
  if (!opened) fail("no ports for a call");
  static const auto rates = std::make_shared<domain::ClockRates>();
  (*rates)[0] = 8000;
  std::array<unsigned, 2> ports{};
  for (unsigned k = 0; k < 2; ++k) {
    ports[k] = plan.first_port + 4 * number + 2 * k;
    domain::MediaStreamRemote remote;
    remote.rtp = {plan.peers[k], static_cast<std::uint16_t>(ports[k])};
    remote.terms = plan.terms[k];
    (*opened)->set_remote(static_cast<domain::MediaSide>(k), 0, remote, rates);
  }
  std::printf("%u %u %u %u%s\n", ports[0], (*opened)->local(domain::MediaSide::A, 0).rtp.port, ports[1],
              (*opened)->local(domain::MediaSide::B, 0).rtp.port, plan.keys.c_str());
  return std::move(*opened);
}

int run(int argc, char** argv) {
  const Arguments arguments(argc, argv, 5);
  const auto plan = plan_of(argv, arguments);
  media::Settings settings;
  settings.v4 = media::Interface{plan.relays[0], plan.relays[0]};
  if (plan.relays[1] != plan.relays[0])
    settings.further.push_back({media::Interface{plan.relays[1], plan.relays[1]}, std::nullopt});
  settings.coalesce = std::chrono::microseconds(
      arguments.number("coalesce", static_cast<unsigned>(settings.coalesce.count())));
  settings.workers = arguments.number("workers", settings.workers);
  settings.realtime_priority = arguments.number("realtime", 0);
  if (const auto pins = arguments.text("kernel"); !pins.empty()) {
    settings.kernel.mode = media::KernelSettings::Mode::Required;
    settings.kernel.pins = pins;
  }
  SystemClock clock;
  metrics::Registry registry;
  log::Logger log{log::Settings{}};
  Nowhere executor;
  auto engine = media::Engine::start(settings, clock, registry, &log);
  if (!engine) {
    std::fprintf(stderr, "%s\n", std::string(media::to_string(engine.error())).c_str());
    return 1;
  }
  std::vector<std::unique_ptr<domain::MediaSession>> sessions;
  for (unsigned i = 0; i < plan.calls; ++i)
    sessions.push_back(open_call(**engine, plan, i, executor));
  std::puts("READY");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  std::istringstream page(registry.expose());
  for (std::string line; std::getline(page, line);)
    if (line.starts_with("warp_media_kernel_packets_total")) std::puts(line.c_str());
  sessions.clear();
  // A worker that is stopped before it has let go of them leaves its flows to the next process.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while ((*engine)->ports(false).in_use > 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return 0;
}

}  // namespace
}  // namespace warp::bench

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: %s RELAY_IP PEER_IP FIRST_PEER_PORT CALLS [key=value...]\n", argv[0]);
    return 2;
  }
  return warp::bench::run(argc, argv);
}
