#include "session.h"

#include <algorithm>
#include <limits>

#include "pcap.h"

namespace warp::recording {
namespace {

constexpr std::uint32_t kNarrow = 8'000, kWide = 16'000;
// WAV says its length in 32 bits.
constexpr std::uint64_t kMostWav = std::numeric_limits<std::uint32_t>::max() - audio::kWavHeader;

std::chrono::milliseconds whole_ms(Monotonic::duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

}  // namespace

std::array<std::byte, audio::kWavHeader> head_of(std::uint32_t rate, unsigned channels,
                                                 std::uint64_t content) {
  const auto length = static_cast<std::uint32_t>(std::min(content, kMostWav));
  return audio::wav_header(rate, static_cast<std::uint16_t>(channels), length);
}

Session::Session(const Place& place, const AudioKit& kit, Request request, Monotonic begin)
    : place_(place), kit_(kit), request_(std::move(request)), begin_(begin) {}

Session::~Session() = default;

bool Session::open() {
  Facts facts;
  facts.what.id = request_.id;
  facts.what.call = request_.call;
  facts.what.form = request_.form;
  facts.what.at = request_.at;
  facts.what.note = request_.note;
  auto stem = place_.folder / stem_of(request_.id, request_.at);
  std::error_code error;
  std::filesystem::create_directories(stem.parent_path(), error);
  failed_ = error || !write_facts(stem += ".facts", facts);
  return !failed_;
}

void Session::terms(domain::MediaSide of, std::size_t stream,
                    std::shared_ptr<const domain::MediaTerms> terms) {
  if (stream >= kStreams) return;
  auto& which = side(of, stream);
  which.terms = std::move(terms);
  if (!timeline_ || !which.terms) return;
  if (which.track)
    which.track->set(*which.terms);
  else
    make_track(of, stream);
}

bool Session::decodable() const {
  return std::ranges::any_of(sides_, [](const auto& streams) {
    return std::ranges::any_of(streams, [](const Side& s) { return s.terms && !s.terms->formats.empty(); });
  });
}

std::uint32_t Session::wanted_rate() const {
  for (const auto& streams : sides_)
    for (const auto& one : streams)
      if (one.terms)
        for (const auto& format : one.terms->formats)
          if (kit_.sample_rate(parameters_of(format)) > kNarrow) return kWide;
  return kNarrow;
}

void Session::make_track(domain::MediaSide of, std::size_t stream) {
  auto& which = side(of, stream);
  if (!which.terms || which.terms->formats.empty()) return;
  const auto channel = of == domain::MediaSide::A ? 0u : 1u;
  which.track = std::make_unique<Track>(kit_, *timeline_, channel, rate_, begin_);
  which.track->set(*which.terms);
}

bool Session::settle() {
  settled_ = true;
  if (!decodable()) request_.form = Form::Pcap;
  auto file = place_.folder / stem_of(request_.id, request_.at);
  file += ending_of(request_.form);
  if (place_.key) file += ".enc";
  file += ".part";
  if (request_.form == Form::Pcap) {
    output_ = Output::create(file, place_.key, pcap_header());
  } else {
    rate_ = wanted_rate();
    timeline_ = std::make_unique<Timeline>(request_.form == Form::WavStereo);
    for (std::size_t stream = 0; stream < kStreams; ++stream) {
      make_track(domain::MediaSide::A, stream);
      make_track(domain::MediaSide::B, stream);
    }
    output_ = Output::create(file, place_.key, head_of(rate_, timeline_->channels(), 0));
  }
  failed_ = failed_ || !output_;
  return !failed_;
}

bool Session::packet(const Arrival& arrival, std::span<const std::byte> datagram) {
  if (failed_ || arrival.stream >= kStreams) return !failed_;
  if (!settled_ && !settle()) return false;
  if (request_.form != Form::Pcap) {
    const auto& track = side(arrival.from, arrival.stream).track;
    if (track && !arrival.origin.rtcp) track->packet(datagram, arrival.at);
    return true;
  }
  const auto at = request_.at + std::chrono::duration_cast<std::chrono::microseconds>(arrival.at - begin_);
  const auto record = pcap_record(datagram, arrival.origin.source, arrival.origin.local, at);
  failed_ = record.size() > kMostChunk ? failed_ : !output_->append(record);
  return !failed_;
}

std::int64_t Session::place_at(Monotonic now) const {
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(now - begin_).count();
  return since * rate_ / 1'000'000;
}

// A second at a time: no unit is longer than a chunk.
bool Session::write_until(std::int64_t place) {
  while (timeline_->taken() < place) {
    if (output_->octets() > kMostWav - kMostChunk) return !(failed_ = true);
    written_.clear();
    timeline_->take(std::min(place, timeline_->taken() + rate_), written_);
    if (!output_->append(written_)) return !(failed_ = true);
  }
  return true;
}

bool Session::advance(Monotonic now) {
  if (failed_) return false;
  if (now - begin_ < kSettling) return true;
  if (!settled_ && decodable() && request_.form != Form::Pcap && !settle()) return false;
  if (!timeline_) return true;
  for (auto& streams : sides_)
    for (auto& one : streams)
      if (one.track) one.track->expire(now);
  return write_until(place_at(now - kSettling));
}

bool Session::flush() {
  if (failed_ || !output_) return !failed_;
  failed_ = !output_->flush();
  if (!failed_ && timeline_)
    failed_ = !output_->rewrite_head(head_of(rate_, timeline_->channels(), output_->content()));
  return !failed_;
}

Session::Ended Session::end(Monotonic now, StopCause cause) {
  if (!settled_ && !failed_) static_cast<void>(settle());
  if (timeline_ && !failed_) {
    for (auto& streams : sides_)
      for (auto& one : streams)
        if (one.track) one.track->flush();
    static_cast<void>(write_until(std::max(place_at(now), timeline_->end())));
  }
  static_cast<void>(flush());
  if (output_ && !output_->end()) failed_ = true;
  Ended out;
  out.what.id = request_.id;
  out.what.call = request_.call;
  out.what.form = request_.form;
  out.what.at = request_.at;
  out.what.note = request_.note;
  out.what.cause = failed_ ? StopCause::DiskFailed : cause;
  if (output_) {
    auto file = stem_of(request_.id, request_.at);
    file += ending_of(request_.form);
    if (output_->sealed()) file += ".enc";
    out.what.file = std::move(file);
    out.what.encrypted = output_->sealed();
    out.what.length = whole_ms(now - begin_);
    if (timeline_)
      out.what.length = std::chrono::milliseconds(output_->content() * 1'000 /
                                                  (rate_ * timeline_->channels() * sizeof(audio::Sample)));
  }
  out.output = std::move(output_);
  return out;
}

}  // namespace warp::recording
