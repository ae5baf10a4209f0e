// FileSink: an OutboxSink that appends a line an event to a file.
#pragma once

#include <filesystem>
#include <fstream>
#include <utility>

#include "warp/records/outbox_sink.h"

namespace warp::test {

class FileSink final : public records::OutboxSink {
 public:
  explicit FileSink(std::filesystem::path file) : file_(std::move(file)) {}

  boost::asio::awaitable<bool> take(std::span<const records::OutboxEvent> events) override {
    if (refuses) co_return false;
    std::ofstream out(file_, std::ios::app);
    for (const auto& event : events)
      out << event.id << ' ' << event.kind << ' ' << event.object.to_string() << '\n';
    out.flush();
    co_return out.good();
  }

  bool refuses = false;

 private:
  std::filesystem::path file_;
};

}  // namespace warp::test
