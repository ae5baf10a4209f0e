// FakeClips: a ClipLibrary that has what it is given.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "warp/domain/clip_library.h"

namespace warp::test {

class FakeClips final : public domain::ClipLibrary {
 public:
  std::shared_ptr<const domain::MediaClip> find(std::string_view name) const override {
    const auto found = clips.find(std::string(name));
    return found == clips.end() ? nullptr : found->second;
  }
  void add(const std::string& name, std::chrono::milliseconds length) {
    auto clip = std::make_shared<domain::MediaClip>();
    clip->name = name;
    clip->sample_rate = 8000;
    clip->samples.resize(static_cast<std::size_t>(length.count()) * 8);
    clips[name] = std::move(clip);
  }
  std::map<std::string, std::shared_ptr<const domain::MediaClip>> clips;
};

}  // namespace warp::test
