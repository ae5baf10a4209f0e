#include "app/capture_unit.h"

#include <stdexcept>

namespace warp::app {
namespace {

// The metrics are there before anything is captured: dashboards tell "off" from "gone".
void declare(metrics::Registry& metrics) {
  const metrics::Labels none{{"target", "none"}};
  metrics.counter("warp_capture_sent_total", "HEP packets sent to a capture server.", none);
  metrics.counter("warp_capture_dropped_total",
                  "Captured messages that did not get to a capture server, by cause.",
                  {{"cause", "queue_full"}});
  metrics.gauge("warp_capture_connected",
                "1 when a capture server can be sent to: its name is known, its connection up.", none);
}

}  // namespace

std::optional<std::vector<integrations::CaptureTarget>> capture_targets(std::string_view text) {
  std::vector<integrations::CaptureTarget> targets;
  for (;;) {
    const auto from = text.find_first_not_of(" \t\n");
    if (from == text.npos) return targets;
    text.remove_prefix(from);
    const auto word = text.substr(0, text.find_first_of(" \t\n"));
    text.remove_prefix(word.size());
    auto target = integrations::CaptureTarget::parse(word);
    if (!target) return std::nullopt;
    targets.push_back(std::move(*target));
  }
}

CaptureUnit::CaptureUnit(const Config& config, const Needs& needs) : traces_(needs.clock) {
  integrations::CaptureSettings settings;
  auto targets = capture_targets(config.capture.targets);
  if (!targets || targets->empty()) {
    declare(needs.metrics);
    make_trace_taps(config.sip.shards);
    return;
  }
  settings.targets = std::move(*targets);
  settings.capture_id = config.capture.capture_id;
  settings.auth_key = config.capture.auth_key.value;
  settings.sampling = config.capture.sampling;
  settings.ca_file = config.capture.ca_file;
  auto sender =
      integrations::CaptureSender::make(settings, config.sip.shards, needs.clock, needs.log, needs.metrics);
  if (!sender) throw std::runtime_error(sender.error() + "; see capture.ca_file");
  sender_ = std::move(*sender);
  for (unsigned i = 0; i < config.sip.shards; ++i)
    taps_.push_back(std::make_unique<integrations::CaptureTap>(
        settings,
        integrations::CaptureTap::Needs{needs.clock, needs.snapshots, needs.metrics, sender_->ring(i),
                                        [sender = sender_.get()] { sender->wake(); }}));
  make_trace_taps(config.sip.shards);
}

void CaptureUnit::make_trace_taps(unsigned shards) {
  for (unsigned i = 0; i < shards; ++i) {
    auto* capture = taps_.empty() ? nullptr : taps_[i].get();
    trace_taps_.push_back(std::make_unique<TraceTap>(traces_, capture, capture));
  }
}

void CaptureUnit::run() {
  if (sender_) sender_->run();
}

void CaptureUnit::stop() {
  if (sender_) sender_->stop();
}

}  // namespace warp::app
