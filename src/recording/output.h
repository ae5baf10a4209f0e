// Output: a file that grows, in the clear or sealed. Its head can be written again; what is behind is
// appended in units that are never torn: whatever kills the process, a file ends behind a whole unit that was
// flushed, or repair() makes it so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "warp/base/descriptor.h"

#include "sealed.h"

namespace warp::recording {

class Output {
 public:
  // Null: it cannot be made.
  static std::unique_ptr<Output> create(const std::filesystem::path& file, const std::optional<Key>& key,
                                        std::span<const std::byte> head);
  // As it was left: what is not whole is gone. Null: it cannot be read, or not with this key.
  static std::unique_ptr<Output> repair(const std::filesystem::path& file, const std::optional<Key>& key,
                                        std::size_t head_octets);

  // False: the disk failed; what was flushed before stays good.
  bool rewrite_head(std::span<const std::byte> head);
  bool append(std::span<const std::byte> unit);  // at most kMostChunk
  bool flush();
  bool end();  // flushed, and said to be all
  bool sync() const { return file_.sync(); }

  std::uint64_t octets() const { return size_ + waiting_.size(); }  // of the file, nearly
  std::uint64_t content() const { return content_; }                // behind the head, in the clear
  const std::vector<std::byte>& head() const { return head_; }
  // What is behind the head, of an output that was repaired and is in the clear: cut to this length.
  bool cut_content(std::uint64_t octets);
  const Descriptor& file() const { return file_; }
  bool sealed() const { return sealer_.has_value(); }

 private:
  Output(Descriptor file, std::optional<Sealer> sealer)
      : file_(std::move(file)), sealer_(std::move(sealer)) {}
  bool put(std::span<const std::byte> octets);
  bool repair_plain(std::size_t head_octets);
  bool repair_sealed();

  Descriptor file_;
  std::optional<Sealer> sealer_;
  std::vector<std::byte> head_, waiting_;
  std::uint64_t size_ = 0, content_ = 0;
  std::uint32_t chunk_ = 0;
};

}  // namespace warp::recording
