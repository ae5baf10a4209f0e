// RecordingDesk: what calls and the API see of recordings on this node, over recording::Recorder; and the
// book: what is to be written into the database about them, in order.
//
// Thread-safe. Nothing of the book can be lost: what is not written when the process ends lies beside the
// files, and is told again by the recorder of the next one.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "warp/api/ports.h"
#include "warp/recording/key.h"
#include "warp/recording/recorder.h"
#include "warp/store/recordings.h"

namespace warp::app {

class RecordingDesk final : public domain::RecordingPort, public api::RecordingFiles {
 public:
  struct Needs {
    recording::Settings settings;
    std::string node;
    std::chrono::days kept{0};  // 0: for ever
    const Clock& clock;
    log::Logger& log;
    metrics::Registry& metrics;
    std::function<void()> on_entry;  // something stands in the book; any thread
    std::function<void()> on_clear;  // files are to go; any thread
  };
  // Throws std::runtime_error with a sentence for people.
  explicit RecordingDesk(Needs needs);
  ~RecordingDesk() override;

  Result<std::shared_ptr<domain::MediaTap>, domain::RecordingRefused> start(
      const domain::RecordingRequest& request) override;
  void stop(domain::RecordingId id, domain::RecordingStop cause) override;
  std::unique_ptr<http::BodySource> open(const std::string& file) override;
  void clear() override { needs_.on_clear(); }

  // Before the first call: what an earlier process left.
  void adopt() { recorder_->adopt(); }
  bool remove(const std::string& file) { return recorder_->remove(file); }
  std::filesystem::path path_of(const std::string& file) const { return needs_.settings.folder / file; }
  std::size_t running() const;

  struct Entry {
    store::Recording row;
    std::optional<recording::Finished> finished;  // none: it begins
  };
  // The oldest that is not written yet, and what is done with it then.
  std::optional<Entry> next() const;
  void written(const Entry& entry);  // the oldest one
  void skip();                       // leaves the oldest one to the next process

 private:
  void finished(const recording::Finished& what);
  void enter(Entry entry);

  const Needs needs_;
  std::optional<recording::Key> key_;
  metrics::Counter& left_;
  mutable std::mutex mutex_;
  std::deque<Entry> book_;                         // under mutex_
  std::unordered_set<Uuid> running_;               // under mutex_
  std::unique_ptr<recording::Recorder> recorder_;  // ends first: it tells of what it finishes
};

}  // namespace warp::app
