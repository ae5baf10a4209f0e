// Structured log: an event name, a level and fields. Text for people, one JSON object a line for machines.
//
//   log.info("call.answered", {{"call", id}, {"pdd_ms", pdd}});
//
// Event names are `<room>.<what>`. A line about a call carries the field "call" (its CallId). Lines go to
// a bounded queue and are written by one background thread: a full queue drops the oldest line and counts it
// (dropped()), it never blocks the caller. Control characters in values are escaped, so that bytes from
// the network cannot forge a line. While lines come quickly, those below a warning are written in batches, at
// most 20 ms late. Thread-safe.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "warp/base/uuid.h"

namespace warp::log {

enum class Level : std::uint8_t { Debug, Info, Warning, Error };
std::string_view to_string(Level level);

struct Field {
  std::string_view key;
  std::variant<std::string_view, std::string, std::int64_t, std::uint64_t, double, bool> value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, std::string&& v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  template <std::signed_integral I>
  Field(std::string_view k, I v) : key(k), value(static_cast<std::int64_t>(v)) {}
  template <std::unsigned_integral I>
  requires(!std::same_as<I, bool>) Field(std::string_view k, I v)
      : key(k), value(static_cast<std::uint64_t>(v)) {}
  template <class Tag>
  Field(std::string_view k, const StrongId<Tag>& v) : key(k), value(v.to_string()) {}
};
using Fields = std::initializer_list<Field>;

enum class Format : std::uint8_t { Text, Json };

struct Settings {
  Format format = Format::Text;
  Level level = Level::Info;
  std::string file;  // empty: standard error
  std::size_t queue_lines = 8192;
};

class Logger {
 public:
  explicit Logger(const Settings& settings);
  ~Logger();  // writes what is queued

  bool enabled(Level level) const;
  void set_level(Level level);  // live
  void write(Level level, std::string_view event, Fields fields);
  void debug(std::string_view event, Fields fields = {}) {
    if (enabled(Level::Debug)) write(Level::Debug, event, fields);
  }
  void info(std::string_view event, Fields fields = {}) {
    if (enabled(Level::Info)) write(Level::Info, event, fields);
  }
  void warning(std::string_view event, Fields fields = {}) {
    if (enabled(Level::Warning)) write(Level::Warning, event, fields);
  }
  void error(std::string_view event, Fields fields = {}) {
    if (enabled(Level::Error)) write(Level::Error, event, fields);
  }

  // Waits until all lines written before the call are with the operating system; false when `limit` passed
  // first.
  bool flush(std::chrono::milliseconds limit = std::chrono::seconds(2));
  void reopen();  // after log rotation (SIGHUP)
  std::uint64_t dropped() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A line as it would be written, without the time stamp: what tests read.
std::string render(Format format, Level level, std::string_view event, Fields fields);

}  // namespace warp::log
