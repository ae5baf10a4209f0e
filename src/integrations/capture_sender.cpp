#include "warp/integrations/capture_sender.h"

#include "capture_outlets.h"

namespace warp::integrations {
namespace {

// Messages of this long leave together: a wake-up a message would cost more than the message.
constexpr std::chrono::milliseconds kGather{5};

}  // namespace

CaptureSender::CaptureSender(const CaptureSettings& settings, unsigned shards, const Clock& clock,
                             metrics::Registry& metrics)
    : loop_("capture", clock, metrics), timer_(loop_.context()) {
  for (unsigned i = 0; i < shards; ++i)
    rings_.push_back(std::make_unique<CaptureRing>(settings.queue));
}

CaptureSender::~CaptureSender() {
  stop();
}

Result<std::unique_ptr<CaptureSender>, std::string> CaptureSender::make(const CaptureSettings& settings,
                                                                        unsigned shards, const Clock& clock,
                                                                        log::Logger& log,
                                                                        metrics::Registry& metrics) {
  std::unique_ptr<CaptureSender> sender(new CaptureSender(settings, shards, clock, metrics));
  const OutletNeeds needs{sender->loop_.context(), log, metrics};
  for (const CaptureTarget& target : settings.targets) {
    if (target.kind == CaptureTarget::Kind::Udp) {
      sender->outlets_.push_back(make_udp_outlet(target, needs));
      continue;
    }
    auto outlet = make_stream_outlet(target, settings, needs);
    if (!outlet) return outlet.error();
    sender->outlets_.push_back(std::move(*outlet));
  }
  return sender;
}

void CaptureSender::run() {
  loop_.post([this] {
    for (auto& outlet : outlets_)
      outlet->start();
  });
  thread_ = std::thread([this] { loop_.run(); });
}

void CaptureSender::wake() {
  if (woken_.exchange(true)) return;
  loop_.post([this] {
    timer_.expires_after(kGather);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) drain();
    });
  });
}

void CaptureSender::drain() {
  woken_.exchange(false);  // before the look: what comes after it wakes again
  for (auto& ring : rings_)
    ring->drain([this](const std::string& packet) {
      for (auto& outlet : outlets_)
        outlet->take(packet);
    });
  for (auto& outlet : outlets_)
    outlet->flush();
}

void CaptureSender::stop() {
  if (!thread_.joinable()) return;
  loop_.post([this] { drain(); });
  loop_.stop();
  thread_.join();
}

}  // namespace warp::integrations
