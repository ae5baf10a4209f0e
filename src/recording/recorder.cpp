#include "warp/recording/recorder.h"

#include <system_error>
#include <thread>

#include "finish.h"
#include "finisher.h"
#include "recording_metrics.h"
#include "writer.h"

namespace warp::recording {
namespace {

// How late a packet may be read; a second of a hundred calls fits the ring many times.
constexpr std::chrono::milliseconds kRound{20}, kIdleRound{1'000};

class FileRecorder final : public Recorder {
 public:
  FileRecorder(const Settings& settings, std::optional<Key> key, const Clock& clock, log::Logger& log,
               metrics::Registry& registry, std::function<void(const Finished&)> on_finished, AudioKit kit)
      : place_{settings.folder, key},
        kit_(std::move(kit)),
        clock_(clock),
        log_(log),
        metrics_(registry),
        on_finished_(std::move(on_finished)),
        inlet_(std::make_shared<Inlet>(settings.ring_octets, metrics_.dropped)),
        writer_(place_, kit_, *inlet_, room_, log, [this](Session::Ended ended) { give(std::move(ended)); }) {
    room_.quota = settings.quota_octets;
    room_.least_free = settings.least_free_octets;
    room_.stored = octets_in(place_.folder);
    metrics_.quota.set(static_cast<double>(settings.quota_octets));
    writer_.round(clock_.now());  // is there room?
    thread_ = std::thread([this] { run(); });
  }

  ~FileRecorder() override {
    {
      std::lock_guard guard(inlet_->mutex);
      inlet_->closing = true;
    }
    inlet_->wake.notify_one();
    thread_.join();
  }

  Result<std::shared_ptr<domain::MediaTap>, Refused> start(const Request& request) override {
    if (const auto why = refusal()) {
      metrics_.refused(*why).add();
      return *why;
    }
    auto subject = std::make_shared<Subject>(next_key_.fetch_add(1, std::memory_order_relaxed));
    inlet_->tell(Begin{subject, request, clock_.now()});
    return std::shared_ptr<domain::MediaTap>(std::make_shared<Tap>(inlet_, std::move(subject)));
  }

  void stop(const Uuid& id, StopCause cause) override { inlet_->tell(End{id, cause, clock_.now()}); }

  void adopt() override {
    for (auto& stem : orphans_in(place_.folder))
      finisher_.post([this, stem = std::move(stem)] {
        if (const auto found = adopt_orphan(place_, stem))
          tell(*found);
        else
          log_.error("recording.not_adopted", {{"file", stem.string()}});
      });
  }

  void stored(const Finished& finished) override {
    auto facts = place_.folder / stem_of(finished);
    std::error_code error;
    std::filesystem::remove(facts += ".facts", error);
  }

  bool remove(const std::filesystem::path& file) override {
    const auto path = place_.folder / file;
    std::error_code error;
    const auto octets = std::filesystem::file_size(path, error);
    if (!error && std::filesystem::remove(path, error)) forget(octets);
    return !std::filesystem::exists(path, error);
  }

 private:
  std::optional<Refused> refusal() {
    std::lock_guard guard(inlet_->mutex);
    if (inlet_->closing) return Refused::Stopping;
    if (room_.over_quota()) return Refused::Quota;
    return room_.disk_full ? std::optional(Refused::DiskFull) : std::nullopt;
  }

  void forget(std::uint64_t octets) {
    auto stored = room_.stored.load();
    while (!room_.stored.compare_exchange_weak(stored, stored - std::min(stored, octets)))
      continue;
    metrics_.stored.set(static_cast<double>(room_.stored + room_.growing));
  }

  void give(Session::Ended ended) {
    auto kept = std::make_shared<Session::Ended>(std::move(ended));  // shared: a std::function is copyable
    finisher_.post([this, kept] {
      const auto what = finish(place_, std::move(*kept));
      room_.stored += what.octets;
      tell(what);
    });
  }

  void tell(const Finished& what) {
    metrics_.finished(what.cause).add();
    metrics_.octets.add(what.octets);
    if (on_finished_) on_finished_(what);
  }

  void run() {
    for (bool closing = false; !closing;) {
      {
        std::unique_lock lock(inlet_->mutex);
        const auto something = [this] { return inlet_->closing || !inlet_->commands.empty(); };
        inlet_->wake.wait_for(lock, writer_.running() == 0 ? kIdleRound : kRound, something);
        closing = inlet_->closing;
      }
      writer_.round(clock_.now());
      metrics_.running.set(static_cast<double>(writer_.running()));
      metrics_.stored.set(static_cast<double>(room_.stored + room_.growing));
    }
    writer_.round(clock_.now());  // ends of the last one
    writer_.end_all(clock_.now(), StopCause::CallEnded);
    metrics_.running.set(0);
  }

  const Place place_;
  const AudioKit kit_;
  const Clock& clock_;
  log::Logger& log_;
  RecordingMetrics metrics_;
  const std::function<void(const Finished&)> on_finished_;
  Room room_;
  const std::shared_ptr<Inlet> inlet_;  // shared with the taps
  std::atomic<std::uint64_t> next_key_{1};
  Finisher finisher_;  // ends when the writer has given all
  Writer writer_;
  std::thread thread_;
};

}  // namespace

std::string_view to_string(Recorder::StartError error) {
  switch (error) {
    case Recorder::StartError::NoFolder:
      return "the folder cannot be made or written";
    case Recorder::StartError::BadKey:
      return "the key file has to hold 32 octets, or 64 hexadecimal digits";
    case Recorder::StartError::NoThread:
      return "there is no thread to be had";
  }
  return "recordings cannot be started";
}

Result<std::unique_ptr<Recorder>, Recorder::StartError> Recorder::make(
    const Settings& settings, const Clock& clock, log::Logger& log, metrics::Registry& registry,
    std::function<void(const Finished&)> on_finished, AudioKit kit) {
  std::error_code error;
  std::filesystem::create_directories(settings.folder, error);
  if (error || ::access(settings.folder.c_str(), W_OK | X_OK) != 0) return StartError::NoFolder;
  std::optional<Key> key;
  if (settings.key_file) {
    key = read_key(*settings.key_file);
    if (!key) return StartError::BadKey;
  }
  try {
    return std::unique_ptr<Recorder>(std::make_unique<FileRecorder>(settings, key, clock, log, registry,
                                                                    std::move(on_finished), std::move(kit)));
  } catch (const std::system_error&) {
    return StartError::NoThread;
  }
}

}  // namespace warp::recording
