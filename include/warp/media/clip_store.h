// ClipStore: the clips that calls play: built-in tones, and the WAV files of a folder, whole in memory.
//
// A file `welcome.wav` is the clip `welcome`: mono at 16 kHz, whatever it was. reload() reads the folder anew
// and publishes what it found; clips that play go on with what they have. A file that is no WAV, too large or
// one too many is left out, counted and logged with the reason; the others are there. find() from any
// thread, reload() from one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/holder.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/domain/clip_library.h"

namespace warp::media {

struct ClipSettings {
  std::filesystem::path folder;                          // empty: built-in clips alone
  std::uint64_t most_file = std::uint64_t{64} << 20;     // octets of one file
  std::uint64_t most_octets = std::uint64_t{512} << 20;  // of all clips in memory
  std::size_t most_clips = 4096;
};

class ClipStore final : public domain::ClipLibrary {
 public:
  static constexpr std::uint32_t kSampleRate = 16'000;

  // Loads what is there; a folder that cannot be read leaves the built-in clips.
  ClipStore(ClipSettings settings, log::Logger& log, metrics::Registry& registry);

  std::shared_ptr<const domain::MediaClip> find(std::string_view name) const override;
  // Of the folder as it is now. False: it cannot be read, and nothing has changed.
  bool reload();
  std::vector<std::string> names() const;  // in alphabetical order

 private:
  using Clip = std::shared_ptr<const domain::MediaClip>;
  using Clips = std::map<std::string, Clip, std::less<>>;

  bool read_folder(Clips& clips);
  void take_file(const std::filesystem::path& file, Clips& clips, std::uint64_t& octets);
  void refuse_file(const std::filesystem::path& file, std::string_view why);

  const ClipSettings settings_;
  log::Logger& log_;
  metrics::Gauge &loaded_, &octets_;
  metrics::Counter& refused_;
  Clips built_in_;
  Holder<Clips> clips_;
};

}  // namespace warp::media
