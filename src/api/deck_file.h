// DeckFile: an upload that goes to a file as it arrives: two gibibytes are held nowhere.
#pragma once

#include <cstdint>
#include <string>

#include "warp/http/message.h"

namespace warp::api {

class DeckFile final : public http::BodySink {
 public:
  // `folder` empty, or not to be written to: failed().
  explicit DeckFile(const std::string& folder);
  ~DeckFile() override;  // takes the file away, unless it was kept
  DeckFile(const DeckFile&) = delete;
  DeckFile& operator=(const DeckFile&) = delete;

  void feed(std::string_view octets) override;
  bool enough() const override { return failed(); }

  bool failed() const { return file_ < 0 || error_ != 0; }
  int error() const { return error_; }
  std::uint64_t octets() const { return octets_; }
  // Closes it under `name` in the folder: what reads it takes it away. False: failed().
  bool keep_as(const std::string& name);
  // Takes it away after all.
  void drop();

 private:
  std::string folder_, path_;
  int file_ = -1;
  int error_ = 0;  // errno
  std::uint64_t octets_ = 0;
};

}  // namespace warp::api
