// Uploads: finished recordings, as they lie there, brought elsewhere: by PUT, or by a program. On one loop,
// one at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/http/client.h"

#include "app/config_recordings.h"

namespace warp::app {

class RecordingUpload {
 public:
  // What a PUT may hold in memory; longer files are for a program.
  static constexpr std::uint64_t kMostOctets = std::uint64_t{256} << 20;

  // Throws std::runtime_error with a sentence for people.
  explicit RecordingUpload(const RecordingsConfig::Upload& settings);
  // Empty: it is done; else why not.
  boost::asio::awaitable<std::string> send(std::filesystem::path file, std::string id);

 private:
  boost::asio::awaitable<std::string> put(std::filesystem::path file, std::string id);
  boost::asio::awaitable<std::string> run(std::filesystem::path file, std::string id);

  const RecordingsConfig::Upload settings_;
  std::unique_ptr<http::Client> client_;  // null: by a program
};

// {id} and {name} of a pattern.
std::string upload_address(std::string pattern, const std::string& id, const std::string& name);

}  // namespace warp::app
