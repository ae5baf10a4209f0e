#include "output.h"

namespace warp::recording {

std::unique_ptr<Output> Output::create(const std::filesystem::path& file, const std::optional<Key>& key,
                                       std::span<const std::byte> head) {
  auto opened = Descriptor::open(file, O_RDWR | O_CREAT | O_EXCL);
  if (!opened) return nullptr;
  std::optional<Sealer> sealer;
  if (key) {
    sealer = Sealer::begin(*key);
    if (!sealer) return nullptr;
  }
  std::unique_ptr<Output> out(new Output(std::move(opened), std::move(sealer)));
  if (out->sealer_ && !out->put(out->sealer_->head())) return nullptr;
  out->head_.assign(head.begin(), head.end());
  const auto first = out->sealer_ ? out->sealer_->seal(0, head, false) : out->head_;
  if (!out->put(first)) return nullptr;
  out->chunk_ = 1;
  return out;
}

// A write that failed half way is taken back: the next one would come behind a torn unit.
bool Output::put(std::span<const std::byte> octets) {
  if (octets.empty()) return false;
  if (!file_.write_at(octets, size_)) {
    static_cast<void>(file_.cut(size_));
    return false;
  }
  size_ += octets.size();
  return true;
}

bool Output::rewrite_head(std::span<const std::byte> head) {
  head_.assign(head.begin(), head.end());
  if (!sealer_) return file_.write_at(head, 0);
  const auto chunk = sealer_->seal(0, head, false);
  return !chunk.empty() && file_.write_at(chunk, kSealHead);
}

bool Output::append(std::span<const std::byte> unit) {
  if (waiting_.size() + unit.size() > kMostChunk && !flush()) return false;
  waiting_.insert(waiting_.end(), unit.begin(), unit.end());
  return true;
}

bool Output::flush() {
  if (waiting_.empty()) return true;
  const bool done = sealer_ ? put(sealer_->seal(chunk_, waiting_, false)) : put(waiting_);
  if (!done) return false;
  ++chunk_;
  content_ += waiting_.size();
  waiting_.clear();
  return true;
}

bool Output::end() {
  const bool flushed = flush();
  waiting_.clear();
  return (!sealer_ || put(sealer_->seal(chunk_, {}, true))) && flushed;
}

std::unique_ptr<Output> Output::repair(const std::filesystem::path& file, const std::optional<Key>& key,
                                       std::size_t head_octets) {
  auto opened = Descriptor::open(file, O_RDWR);
  if (!opened) return nullptr;
  SealHead head;
  const auto got = opened.read_at(head, 0);
  std::optional<Sealer> sealer;
  if (is_sealed(std::span(head).first(got))) {
    if (key) sealer = Sealer::resume(*key, std::span(head).first(got));
    if (!sealer) return nullptr;
  }
  std::unique_ptr<Output> out(new Output(std::move(opened), std::move(sealer)));
  const bool good = out->sealer_ ? out->repair_sealed() : out->repair_plain(head_octets);
  return good ? std::move(out) : nullptr;
}

bool Output::repair_plain(std::size_t head_octets) {
  head_.resize(head_octets);
  if (file_.read_at(head_, 0) != head_octets) return false;
  size_ = file_.size();
  content_ = size_ - head_octets;
  return true;
}

bool Output::repair_sealed() {
  size_ = kSealHead;
  std::vector<std::byte> chunk(kChunkOverhead + kMostChunk);
  for (;; ++chunk_) {
    const auto got = file_.read_at(chunk, size_);
    const auto word = parse_chunk_word(std::span(chunk).first(got));
    if (!word || got < kChunkOverhead + word->length) break;
    const auto plain = sealer_->open(chunk_, std::span(chunk).first(kChunkOverhead + word->length));
    // Another key: hands off.
    if (!plain && chunk_ == 0) return false;
    // The last one is made anew.
    if (!plain || word->last) break;
    size_ += kChunkOverhead + word->length;
    if (chunk_ == 0)
      head_ = *plain;
    else
      content_ += plain->size();
  }
  return chunk_ > 0 && file_.cut(size_);
}

bool Output::cut_content(std::uint64_t octets) {
  if (sealer_ || octets > content_ || !file_.cut(head_.size() + octets)) return false;
  content_ = octets;
  size_ = head_.size() + octets;
  return true;
}

}  // namespace warp::recording
