// Scanner: the good frames of a segment one after another, over whatever damage lies between them.
#pragma once

#include <cstdint>
#include <string>

#include "warp/records/storage.h"

#include "frame.h"

namespace warp::records {

class Scanner {
 public:
  // Reads [offset, end) of the file; the offset is the beginning of a frame.
  Scanner(const Storage& storage, std::string name, std::uint64_t offset, std::uint64_t end);

  // False at the end, and on an error of the storage (then error() is not 0). The payload lives until the
  // next call.
  bool next(Frame& frame);

  std::uint64_t frame_begin() const { return good_end_ - frame_octets_; }
  std::uint64_t good_end() const { return good_end_; }  // behind the last good frame
  std::uint64_t skipped() const { return skipped_; }    // octets between good frames
  int error() const { return error_; }

 private:
  bool fill();

  const Storage& storage_;
  std::string name_;
  std::uint64_t end_;
  std::string buffer_;
  std::uint64_t buffer_offset_;  // of buffer_[0] in the file
  std::size_t at_ = 0;
  std::uint64_t good_end_;
  std::size_t frame_octets_ = 0;
  std::uint64_t skipped_ = 0;
  int error_ = 0;
};

}  // namespace warp::records
