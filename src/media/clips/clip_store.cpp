#include "warp/media/clip_store.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <optional>
#include <system_error>

#include "warp/audio/resampler.h"
#include "warp/audio/tone.h"
#include "warp/audio/wav.h"

namespace warp::media {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kBeepHertz = 1400;  // as telephone networks beep
constexpr std::uint32_t kBeepMilliseconds = 200;
constexpr double kBeepLevel = -20;
constexpr std::size_t kResampledAtOnce = 4096;
constexpr std::size_t kLongestClipName = 64;

std::shared_ptr<const domain::MediaClip> make_clip(std::string name, std::vector<std::int16_t> samples) {
  auto clip = std::make_shared<domain::MediaClip>();
  clip->name = std::move(name);
  clip->sample_rate = ClipStore::kSampleRate;
  clip->samples = std::move(samples);
  return clip;
}

// Empty: it cannot be done.
std::vector<std::int16_t> at_clip_rate(std::vector<std::int16_t> samples, std::uint32_t rate) {
  if (rate == ClipStore::kSampleRate) return samples;
  const auto resampler = audio::Resampler::make(rate, ClipStore::kSampleRate);
  if (!resampler) return {};
  std::vector<std::int16_t> out;
  std::vector<std::int16_t> block(kResampledAtOnce * ClipStore::kSampleRate / rate + 1);
  out.reserve(samples.size() * ClipStore::kSampleRate / rate + block.size());
  for (std::size_t at = 0; at < samples.size(); at += kResampledAtOnce) {
    const auto part = std::span(samples).subspan(at, std::min(kResampledAtOnce, samples.size() - at));
    const std::size_t made = resampler->process(part, block);
    out.insert(out.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(made));
  }
  return out;
}

// Nullopt: it cannot be read.
std::optional<std::vector<std::byte>> bytes_of(const fs::path& file, std::uint64_t size) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::byte> bytes(size);
  // char may alias anything.
  if (!in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
    return std::nullopt;
  return bytes;
}

// Names that mean the same file everywhere, and nothing else.
bool usable_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestClipName && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_' || c == '.';
         });
}

std::uint64_t octets_of(const domain::MediaClip& clip) {
  return clip.samples.size() * sizeof(std::int16_t);
}

}  // namespace

ClipStore::ClipStore(ClipSettings settings, log::Logger& log, metrics::Registry& registry)
    : settings_(std::move(settings)),
      log_(log),
      loaded_(registry.gauge("warp_media_clips", "Clips that calls may play.")),
      octets_(registry.gauge("warp_media_clip_octets", "Octets of them in memory.")),
      refused_(registry.counter("warp_media_clip_files_refused_total",
                                "Files of the clips' folder that could not be taken.")) {
  for (const char* plan : {"us", "eu", "uk"}) {
    const std::string name = std::string("tone:ringback-") + plan;
    built_in_[name] = make_clip(name, audio::ringback(plan, kSampleRate));
  }
  built_in_["tone:beep"] =
      make_clip("tone:beep", audio::sine(kBeepHertz, kBeepLevel, kBeepMilliseconds, kSampleRate));
  built_in_["tone:silence"] = make_clip("tone:silence", std::vector<std::int16_t>(kSampleRate));
  if (!reload()) {
    clips_.publish(std::make_shared<const Clips>(built_in_));
    loaded_.set(static_cast<double>(built_in_.size()));
  }
}

std::shared_ptr<const domain::MediaClip> ClipStore::find(std::string_view name) const {
  const auto clips = clips_.current();
  const auto found = clips->find(name);
  return found == clips->end() ? nullptr : found->second;
}

std::vector<std::string> ClipStore::names() const {
  std::vector<std::string> out;
  for (const auto& [name, clip] : *clips_.current())
    out.push_back(name);
  return out;
}

bool ClipStore::reload() {
  auto clips = std::make_shared<Clips>(built_in_);
  if (!settings_.folder.empty() && !read_folder(*clips)) return false;
  std::uint64_t octets = 0;
  for (const auto& [name, clip] : *clips)
    octets += octets_of(*clip);
  loaded_.set(static_cast<double>(clips->size()));
  octets_.set(static_cast<double>(octets));
  clips_.publish(std::move(clips));
  return true;
}

bool ClipStore::read_folder(Clips& clips) {
  std::error_code error;
  std::vector<fs::path> files;
  fs::directory_iterator entries(settings_.folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error))
    if (entries->path().extension() == ".wav") files.push_back(entries->path());
  if (error) {
    log_.error(
        "media.clips_unreadable",
        {{"folder", settings_.folder.string()}, {"error", error.message()}, {"cure", "see media.clips"}});
    return false;
  }
  // Whatever does not fit is the same each time.
  std::sort(files.begin(), files.end());
  std::uint64_t octets = 0;
  for (const fs::path& file : files)
    take_file(file, clips, octets);
  return true;
}

void ClipStore::take_file(const fs::path& file, Clips& clips, std::uint64_t& octets) {
  const std::string name = file.stem().string();
  if (!usable_name(name))
    return refuse_file(file, "its name has other characters than letters, digits, - _ .");
  if (clips.size() >= settings_.most_clips) return refuse_file(file, "too many clips");
  std::error_code error;
  const std::uint64_t size = fs::is_regular_file(file, error) ? fs::file_size(file, error) : 0;
  if (error || size == 0) return refuse_file(file, "not a file, or empty");
  if (size > settings_.most_file) return refuse_file(file, "too large");
  const auto bytes = bytes_of(file, size);
  if (!bytes) return refuse_file(file, "cannot be read");
  const auto wav = audio::read_wav(*bytes, settings_.most_file);
  if (!wav) return refuse_file(file, to_string(wav.error()));
  std::vector<std::int16_t> said = audio::mono(*wav);
  // A low rate takes more room here than in its file.
  if (wav->sample_rate == 0 ||
      octets + said.size() * sizeof(std::int16_t) * kSampleRate / wav->sample_rate > settings_.most_octets)
    return refuse_file(file, "the clips together are too large");
  auto samples = at_clip_rate(std::move(said), wav->sample_rate);
  if (samples.empty()) return refuse_file(file, "no samples at a rate that is known");
  auto clip = make_clip(name, std::move(samples));
  octets += octets_of(*clip);
  clips[name] = std::move(clip);
}

void ClipStore::refuse_file(const fs::path& file, std::string_view why) {
  refused_.add();
  log_.warning("media.clip_refused", {{"file", file.filename().string()}, {"reason", why}});
}

}  // namespace warp::media
