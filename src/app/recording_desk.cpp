#include "app/recording_desk.h"

#include <stdexcept>

#include "warp/api/json.h"
#include "warp/recording/reader.h"

namespace warp::app {
namespace {

using api::Json;

constexpr std::size_t kMostEntries = 100'000;

// Whose a recording is, in the one line that the recorder keeps for us.
std::string owner_note(const domain::RecordingRequest& request) {
  Json note;
  note["customer"] = request.customer.to_string();
  if (!request.record.is_nil()) note["record"] = request.record.to_string();
  if (!request.trunk.is_nil()) note["trunk"] = request.trunk.to_string();
  return api::dump(note);
}

template <class Id>
std::optional<Id> id_in(const Json& note, const char* name) {
  const auto found = note.find(name);
  if (found == note.end() || !found->is_string()) return std::nullopt;
  return Id::parse(found->template get<std::string>());
}

void read_note(const std::string& text, store::Recording& out) {
  const auto note = api::parse_json(text);
  if (!note || !note->is_object()) return;
  out.customer = id_in<CustomerId>(*note, "customer").value_or(CustomerId{});
  out.record = id_in<RecordId>(*note, "record");
  out.trunk = id_in<TrunkId>(*note, "trunk");
}

class RecordedBody final : public http::BodySource {
 public:
  explicit RecordedBody(std::unique_ptr<recording::Reader> reader) : reader_(std::move(reader)) {}
  boost::asio::awaitable<Piece> next() override {
    Piece piece;
    const auto octets = reader_->next();
    piece.ok = octets.has_value();
    if (octets) piece.data.assign(reinterpret_cast<const char*>(octets->data()), octets->size());
    co_return piece;
  }

 private:
  std::unique_ptr<recording::Reader> reader_;
};

}  // namespace

RecordingDesk::RecordingDesk(Needs needs)
    : needs_(std::move(needs)),
      left_(needs_.metrics.counter("warp_recording_rows_left_total",
                                   "Rows of recordings that wait for the next start, since the database did "
                                   "not take them.")) {
  auto made = recording::Recorder::make(needs_.settings, needs_.clock, needs_.log, needs_.metrics,
                                        [this](const recording::Finished& what) { finished(what); });
  if (!made)
    throw std::runtime_error("cannot record into " + needs_.settings.folder.string() + ": " +
                             std::string(to_string(made.error())) +
                             "; see recordings.folder and recordings.key_file");
  recorder_ = std::move(*made);
  if (needs_.settings.key_file) key_ = recording::read_key(*needs_.settings.key_file);
}

RecordingDesk::~RecordingDesk() = default;

Result<std::shared_ptr<domain::MediaTap>, domain::RecordingRefused> RecordingDesk::start(
    const domain::RecordingRequest& request) {
  {
    // Before it can end.
    std::lock_guard guard(mutex_);
    running_.insert(request.id.value);
  }
  auto tap =
      recorder_->start({request.id.value, request.call, request.form, request.at, owner_note(request)});
  if (!tap) {
    std::lock_guard guard(mutex_);
    running_.erase(request.id.value);
    return tap;
  }
  Entry entry;
  auto& row = entry.row;
  row.id = request.id;
  row.customer = request.customer;
  row.call = request.call;
  if (!request.record.is_nil()) row.record = request.record;
  if (!request.trunk.is_nil()) row.trunk = request.trunk;
  row.node = needs_.node;
  row.form = request.form;
  row.started_at = request.at;
  if (needs_.kept.count() != 0) row.expires_at = request.at + needs_.kept;
  enter(std::move(entry));
  return tap;
}

void RecordingDesk::stop(domain::RecordingId id, domain::RecordingStop cause) {
  recorder_->stop(id.value, cause);
}

// By the recorder's thread, also for what an earlier process began.
void RecordingDesk::finished(const recording::Finished& what) {
  Entry entry;
  auto& row = entry.row;
  row.id = {what.id};
  row.call = what.call;
  read_note(what.note, row);
  row.node = needs_.node;
  row.form = what.form;
  row.started_at = what.at;
  row.ended_at = what.at + what.length;
  row.cause = what.cause;
  row.file = what.file.string();
  row.octets = what.octets;
  row.length_ms = static_cast<std::uint64_t>(what.length.count());
  row.packets_lost = what.packets_lost_here;
  row.encrypted = what.encrypted;
  row.sha256 = what.sha256;
  if (needs_.kept.count() != 0) row.expires_at = what.at + needs_.kept;
  entry.finished = what;
  enter(std::move(entry));
}

void RecordingDesk::enter(Entry entry) {
  {
    std::lock_guard guard(mutex_);
    if (entry.finished) running_.erase(entry.row.id.value);
    if (book_.size() >= kMostEntries) return left_.add();
    book_.push_back(std::move(entry));
  }
  needs_.on_entry();
}

std::size_t RecordingDesk::running() const {
  std::lock_guard guard(mutex_);
  return running_.size();
}

std::optional<RecordingDesk::Entry> RecordingDesk::next() const {
  std::lock_guard guard(mutex_);
  return book_.empty() ? std::nullopt : std::optional(book_.front());
}

void RecordingDesk::written(const Entry& entry) {
  if (entry.finished) recorder_->stored(*entry.finished);
  std::lock_guard guard(mutex_);
  book_.pop_front();
}

void RecordingDesk::skip() {
  left_.add();
  std::lock_guard guard(mutex_);
  book_.pop_front();
}

std::unique_ptr<http::BodySource> RecordingDesk::open(const std::string& file) {
  auto reader = recording::Reader::open(path_of(file), key_);
  if (!reader) {
    needs_.log.warning("recordings.not_readable", {{"file", file}, {"error", to_string(reader.error())}});
    return nullptr;
  }
  return std::make_unique<RecordedBody>(std::move(*reader));
}

}  // namespace warp::app
