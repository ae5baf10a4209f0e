#include "warp/base/log.h"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <thread>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

namespace warp::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Info:
      return spdlog::level::info;
    case Level::Warning:
      return spdlog::level::warn;
    case Level::Error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// Quotes a value that has blanks, quotes or controls, so that one event stays one line and one parse.
void append_text_value(std::string& line, std::string_view value) {
  bool plain = !value.empty();
  for (const char c : value)
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) plain = false;
  if (plain) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (byte < ' ' || byte == 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      line += escaped;
    } else {
      line += c;
    }
  }
  line += '"';
}

std::string render_text(Level level, std::string_view event, Fields fields) {
  std::string line(to_string(level));
  line.resize(8, ' ');
  line += event;
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    std::visit(
        [&line](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, bool>) {
            line += value ? "true" : "false";
          } else if constexpr (std::is_same_v<T, double>) {
            char number[32];
            std::snprintf(number, sizeof number, "%.6g", value);
            line += number;
          } else if constexpr (std::is_integral_v<T>) {
            line += std::to_string(value);
          } else {
            append_text_value(line, value);
          }
        },
        field.value);
  }
  return line;
}

std::string render_json(Level level, std::string_view event, Fields fields) {
  nlohmann::ordered_json object;
  object["level"] = to_string(level);
  object["event"] = event;
  for (const auto& field : fields)
    std::visit([&](const auto& value) { object[std::string(field.key)] = value; }, field.value);
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// How far the writing thread has come: marks go through the queue between the lines.
class Marks {
 public:
  int next() {
    std::lock_guard guard(mutex_);
    return ++given_;
  }
  void reached(int mark) {
    {
      std::lock_guard guard(mutex_);
      reached_ = std::max(reached_, mark);
    }
    changed_.notify_all();
  }
  bool awaited() {
    std::lock_guard guard(mutex_);
    return reached_ < given_;
  }
  bool wait(int mark, std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, until, [&] { return reached_ >= mark; });
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  int given_ = 0, reached_ = 0;
};

// Lines to standard error, as many as there are at a time: spdlog's own writes each by itself.
class StandardError final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    formatter_->format(message, lines_);
    if (lines_.size() >= kMost) flush_();
  }
  void flush_() override {
    const char* from = lines_.data();
    const char* const end = from + lines_.size();
    while (from < end) {
      const auto written = ::write(STDERR_FILENO, from, static_cast<std::size_t>(end - from));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) break;  // nobody is left to be told
      from += written;
    }
    lines_.clear();
  }

  static constexpr std::size_t kMost = 64 * 1024;
  spdlog::memory_buf_t lines_;
};

// Passes lines on, and to the disk when no other one waits; a message with a source line is a mark of that
// number.
class MarkedSink final : public spdlog::sinks::sink {
 public:
  MarkedSink(spdlog::sink_ptr inner, std::shared_ptr<Marks> marks, spdlog::details::thread_pool& pool)
      : inner_(std::move(inner)), marks_(std::move(marks)), pool_(pool) {}

  void log(const spdlog::details::log_msg& message) override {
    if (message.source.empty()) {
      gather(message);
      inner_->log(message);
      if (pool_.queue_size() == 0) inner_->flush();
      return;
    }
    try {
      inner_->flush();
    } catch (...) {  // a full disk: nobody shall wait for it
      marks_->reached(message.source.line);
      throw;
    }
    marks_->reached(message.source.line);
  }
  void flush() override { inner_->flush(); }
  void set_pattern(const std::string& pattern) override { inner_->set_pattern(pattern); }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    inner_->set_formatter(std::move(formatter));
  }

 private:
  // While lines come quickly they wait a moment for each other: to wake this thread for each of them costs
  // those who write more than the line does.
  void gather(const spdlog::details::log_msg& message) {
    constexpr std::chrono::milliseconds kMoment{20};
    const bool quick = message.time > gathered_ && message.time - last_ < kMoment;
    last_ = message.time;
    if (!quick || message.level >= spdlog::level::warn || marks_->awaited()) return;
    std::this_thread::sleep_for(kMoment);
    gathered_ = spdlog::log_clock::now();
  }

  const spdlog::sink_ptr inner_;
  spdlog::log_clock::time_point last_{},
      gathered_{};                      // of the writing thread; lines up to `gathered_` have waited
  const std::shared_ptr<Marks> marks_;  // shared: sinks of before a reopen() live on in the queue
  spdlog::details::thread_pool& pool_;  // whose thread this is
};

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::Debug:
      return "debug";
    case Level::Info:
      return "info";
    case Level::Warning:
      return "warning";
    case Level::Error:
      return "error";
  }
  return "";
}

std::string render(Format format, Level level, std::string_view event, Fields fields) {
  return format == Format::Json ? render_json(level, event, fields) : render_text(level, event, fields);
}

struct Logger::Impl {
  explicit Impl(const Settings& settings)
      : format(settings.format),
        file(settings.file),
        pool(std::make_shared<spdlog::details::thread_pool>(settings.queue_lines, 1)) {
    open();
  }

  void open() {
    spdlog::sink_ptr sink;
    if (file.empty())
      sink = std::make_shared<StandardError>();
    else
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
    sink = std::make_shared<MarkedSink>(std::move(sink), marks, *pool);
    auto next = std::make_shared<spdlog::async_logger>("warp", std::move(sink), pool,
                                                       spdlog::async_overflow_policy::overrun_oldest);
    next->set_level(spdlog::level::trace);
    next->flush_on(spdlog::level::warn);
    // Records keep UTC; so does the log, to the microsecond.
    next->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        format == Format::Json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ",%v)" : "%Y-%m-%dT%H:%M:%S.%fZ %v",
        spdlog::pattern_time_type::utc));
    std::lock_guard guard(mutex);
    logger = std::move(next);
  }

  std::shared_ptr<spdlog::async_logger> current() {
    std::lock_guard guard(mutex);
    return logger;
  }

  Format format;
  std::string file;
  std::atomic<Level> level{Level::Info};
  const std::shared_ptr<Marks> marks = std::make_shared<Marks>();
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::mutex mutex;  // guards `logger`
  std::shared_ptr<spdlog::async_logger> logger;
};

Logger::Logger(const Settings& settings) : impl_(std::make_unique<Impl>(settings)) {
  set_level(settings.level);
}

Logger::~Logger() {
  flush();
}

bool Logger::enabled(Level level) const {
  return level >= impl_->level.load(std::memory_order_relaxed);
}

void Logger::set_level(Level level) {
  impl_->level.store(level, std::memory_order_relaxed);
}

void Logger::write(Level level, std::string_view event, Fields fields) {
  auto line = render(impl_->format, level, event, fields);
  // The pattern has opened the JSON object with the time; the rendered object's own brace goes.
  if (impl_->format == Format::Json) line.erase(0, 1);
  impl_->current()->log(to_spdlog(level), spdlog::string_view_t(line));
}

bool Logger::flush(std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds kLook{20};
  const auto deadline = std::chrono::steady_clock::now() + limit;
  const int mark = impl_->marks->next();
  std::uint64_t dropped_before = 0;
  for (bool post = true;;) {
    if (post) {
      dropped_before = dropped();
      impl_->current()->log(spdlog::source_loc{"", mark, ""}, spdlog::level::info, spdlog::string_view_t());
    }
    const auto now = std::chrono::steady_clock::now();
    if (impl_->marks->wait(mark, std::min(deadline, now + kLook))) return true;
    if (now >= deadline) return false;
    // A full queue drops its oldest entries, of which the mark may have been one.
    post = dropped() != dropped_before;
  }
}

void Logger::reopen() {
  if (!impl_->file.empty()) impl_->open();
}

std::uint64_t Logger::dropped() const {
  return impl_->pool->overrun_counter();
}

}  // namespace warp::log
