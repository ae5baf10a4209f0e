#include "facts.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "warp/base/bytes.h"
#include "warp/base/checked.h"
#include "warp/base/descriptor.h"

namespace warp::recording {
namespace {

constexpr std::size_t kMostFacts = 64 * 1024;

// Notes are one line.
std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

template <class T>
bool read_value(std::string_view text, T& out) {
  const auto value = parse_number<T>(text);
  if (value) out = *value;
  return value.has_value();
}

bool read_line(std::string_view name, std::string_view value, Facts& out) {
  auto& what = out.what;
  if (name == "note") return what.note = value, true;
  if (name == "file") return what.file = value, true;
  if (name == "sha256") return what.sha256 = value, true;
  if (name == "octets") return read_value(value, what.octets);
  if (name == "lost") return read_value(value, what.packets_lost_here);
  if (name == "encrypted") return what.encrypted = value == "yes", true;
  if (name == "id") {
    const auto id = Uuid::parse(value);
    return what.id = id.value_or(Uuid{}), id.has_value();
  }
  if (name == "call") {
    const auto call = CallId::parse(value);
    return what.call = call.value_or(CallId{}), call.has_value();
  }
  if (name == "form") {
    const auto form = domain::parse_recording_form(value);
    return what.form = form.value_or(Form::Pcap), form.has_value();
  }
  if (name == "cause") {
    const auto cause = domain::parse_recording_stop(value);
    out.ended = cause.has_value();
    return what.cause = cause.value_or(StopCause::ProcessKilled), out.ended;
  }
  std::int64_t number = 0;
  if (name == "at") {
    if (!read_value(value, number)) return false;
    what.at = WallTime(std::chrono::microseconds(number));
  } else if (name == "length_ms") {
    if (!read_value(value, number)) return false;
    what.length = std::chrono::milliseconds(number);
  }
  return true;
}

}  // namespace

std::filesystem::path stem_of(const Uuid& id, WallTime at) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  char text[16];
  std::snprintf(text, sizeof text, "%04d/%02u/%02u", int{day.year()} % 10'000, unsigned{day.month()} % 100,
                unsigned{day.day()} % 100);
  return std::filesystem::path(text) / id.to_string();
}

std::filesystem::path stem_of(const Finished& what) {
  return what.file.empty() ? stem_of(what.id, what.at) : what.file.parent_path() / what.id.to_string();
}

std::string_view ending_of(Form form) {
  return form == Form::Pcap ? ".pcap" : ".wav";
}

std::string to_text(const Facts& facts) {
  const auto& what = facts.what;
  std::string out;
  const auto line = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(" ").append(value).append("\n");
  };
  line("id", what.id.to_string());
  line("call", what.call.to_string());
  line("at", std::to_string(what.at.time_since_epoch().count()));
  line("form", to_string(what.form));
  line("note", one_line(what.note));
  if (!facts.ended) return out;
  line("cause", to_string(what.cause));
  line("file", what.file.string());
  line("octets", std::to_string(what.octets));
  line("length_ms", std::to_string(what.length.count()));
  line("lost", std::to_string(what.packets_lost_here));
  line("encrypted", what.encrypted ? "yes" : "no");
  line("sha256", what.sha256);
  return out;
}

std::optional<Facts> parse_facts(std::string_view text) {
  Facts out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    if (!read_line(line.substr(0, blank), line.substr(blank + 1), out)) return std::nullopt;
  }
  return out.what.id.is_nil() ? std::nullopt : std::optional(std::move(out));
}

bool write_facts(const std::filesystem::path& file, const Facts& facts) {
  auto fresh = file;
  fresh += ".new";
  const auto text = to_text(facts);
  {
    const auto opened = Descriptor::open(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    if (!opened || !opened.write_at(as_bytes(text), 0)) return false;
    if (facts.ended && !opened.sync()) return false;
  }
  std::error_code error;
  std::filesystem::rename(fresh, file, error);
  return !error;
}

std::optional<Facts> read_facts(const std::filesystem::path& file) {
  const auto opened = Descriptor::open(file, O_RDONLY);
  if (!opened || opened.size() > kMostFacts) return std::nullopt;
  std::string text(opened.size(), '\0');
  text.resize(opened.read_at(std::as_writable_bytes(std::span(text)), 0));
  return parse_facts(text);
}

}  // namespace warp::recording
