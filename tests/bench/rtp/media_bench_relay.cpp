// WARP's media engine alone, with CALLS sessions open on loopback.
//
// media_bench_relay RELAY_IP PEER_IP FIRST_PEER_PORT CALLS [COALESCE_US [WORKERS]]
// Prints "peerA relayA peerB relayB" a call and READY; ends with its standard input.
#include <memory>
#include <vector>

#include "warp/media/engine.h"

#include "loop.h"

namespace {

struct Nowhere final : warp::Executor {
  void post(std::function<void()>) override {}
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: %s RELAY_IP PEER_IP FIRST_PEER_PORT CALLS [COALESCE_US [WORKERS]]\n",
                 argv[0]);
    return 2;
  }
  using namespace warp;
  const auto ip = domain::IpAddress::parse(argv[1]), peer = domain::IpAddress::parse(argv[2]);
  if (!ip || !peer) return 2;
  const auto first = static_cast<unsigned>(std::atoi(argv[3]));
  const auto calls = static_cast<unsigned>(std::atoi(argv[4]));

  media::Settings settings;
  settings.v4 = media::Interface{*ip, *ip};
  if (argc > 5) settings.coalesce = std::chrono::microseconds(std::atoi(argv[5]));
  if (argc > 6) settings.workers = static_cast<unsigned>(std::atoi(argv[6]));
  SystemClock clock;
  metrics::Registry registry;
  Nowhere executor;
  auto engine = media::Engine::start(settings, clock, registry);
  if (!engine) {
    std::fprintf(stderr, "%s\n", std::string(media::to_string(engine.error())).c_str());
    return 1;
  }
  auto rates = std::make_shared<domain::ClockRates>();
  (*rates)[0] = 8000;
  std::vector<std::unique_ptr<domain::MediaSession>> sessions;
  for (unsigned i = 0; i < calls; ++i) {
    domain::MediaSessionRequest request;
    auto opened = (*engine)->open(request, executor, [] {});
    if (!opened) {
      std::fprintf(stderr, "no ports for call %u\n", i);
      return 1;
    }
    auto& session = **opened;
    for (unsigned k = 0; k < 2; ++k) {
      domain::MediaStreamRemote remote;
      remote.rtp = {*peer, static_cast<std::uint16_t>(first + 4 * i + 2 * k)};
      session.set_remote(k == 0 ? domain::MediaSide::A : domain::MediaSide::B, 0, remote, rates);
    }
    std::printf("%u %u %u %u\n", first + 4 * i, session.local(domain::MediaSide::A, 0).rtp.port,
                first + 4 * i + 2, session.local(domain::MediaSide::B, 0).rtp.port);
    sessions.push_back(std::move(*opened));
  }
  std::puts("READY");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  sessions.clear();
}
