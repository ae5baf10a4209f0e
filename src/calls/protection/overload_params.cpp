#include "warp/calls/overload_params.h"

#include <algorithm>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::calls {

namespace {

constexpr std::uint32_t kLongestValidity = 3'600'000;

struct Param {
  std::size_t begin = 0, end = 0;  // from its semicolon to behind its value
  std::string_view name, value;    // the value without quotes
};

// Calls visit(param) for those of the first Via of `text`; ends when it says false.
template <class Visit>
void each_param(std::string_view text, Visit visit) {
  bool quoted = false;
  Param param;
  bool open = false;
  const auto finish = [&](std::size_t end) {
    if (!open) return true;
    const std::string_view whole = text.substr(param.begin + 1, end - param.begin - 1);
    const std::size_t equals = whole.find('=');
    const std::size_t last = whole.find_last_not_of(" \t");
    param.end = param.begin + 1 + (last == std::string_view::npos ? 0 : last + 1);
    param.name = trim(whole.substr(0, equals));
    param.value = equals == std::string_view::npos ? std::string_view() : trim(whole.substr(equals + 1));
    if (param.value.size() >= 2 && param.value.front() == '"' && param.value.back() == '"')
      param.value = param.value.substr(1, param.value.size() - 2);
    return visit(param);
  };
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const char c = at < text.size() ? text[at] : ',';
    if (c == '"') quoted = !quoted;
    if (at < text.size() && (quoted || (c != ';' && c != ','))) continue;
    if (!finish(at) || c == ',') return;
    param.begin = at;
    open = true;
  }
}

bool lists_loss(std::string_view algorithms) {
  while (!algorithms.empty()) {
    const std::string_view one = algorithms.substr(0, algorithms.find(','));
    if (iequals(trim(one), "loss")) return true;
    algorithms.remove_prefix(std::min(algorithms.size(), one.size() + 1));
  }
  return false;
}

}  // namespace

bool offers_overload_control(std::string_view via) {
  bool asked = false, loss = false;
  each_param(via, [&](const Param& param) {
    asked = asked || iequals(param.name, "oc");
    loss = loss || (iequals(param.name, "oc-algo") && lists_loss(param.value));
    return true;
  });
  return asked && loss;
}

std::optional<LoadReport> read_load(std::string_view via) {
  LoadReport report;
  bool said = false, bad = false;
  each_param(via, [&](const Param& param) {
    if (iequals(param.name, "oc")) {
      const auto percent = parse_number<unsigned>(param.value, 0, 100);
      said = percent.has_value();
      report.loss_percent = percent.value_or(0);
    } else if (iequals(param.name, "oc-validity")) {
      const auto time = parse_number<std::uint32_t>(param.value, 0, kLongestValidity);
      bad = bad || !time;
      report.validity = std::chrono::milliseconds(time.value_or(0));
    } else if (iequals(param.name, "oc-seq")) {
      report.sequence = param.value;
    } else if (iequals(param.name, "oc-algo")) {
      bad = bad || !lists_loss(param.value);
    }
    return true;
  });
  if (!said || bad) return std::nullopt;
  return report;
}

bool later_sequence(std::string_view one, std::string_view other) {
  if (one.empty() || other.empty()) return !one.empty() || other.empty();
  const auto whole = [](std::string_view text) { return text.substr(0, text.find('.')); };
  const auto rest = [](std::string_view text) {
    const std::size_t point = text.find('.');
    return point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  };
  const std::string_view a = whole(one), b = whole(other);
  if (a.size() != b.size()) return a.size() > b.size();
  if (a != b) return a > b;
  return rest(one) > rest(other);
}

void tell_load(std::string& response, const LoadReport& report) {
  constexpr std::string_view kVia = "\r\nVia: ";
  const std::size_t found = response.find(kVia);
  if (found == std::string::npos) return;
  const std::size_t begin = found + kVia.size();
  const std::string_view line(response.data() + begin, response.find("\r\n", begin) - begin);
  std::string told, out;
  told += ";oc=" + std::to_string(report.loss_percent);
  told += ";oc-validity=" + std::to_string(report.validity.count());
  told += ";oc-seq=";
  told += report.sequence;
  told += ";oc-algo=\"loss\"";
  std::size_t copied = 0;
  bool done = false;
  each_param(line, [&](const Param& param) {
    const bool asks = iequals(param.name, "oc");
    if (!asks && !iequals(param.name, "oc-algo") && !iequals(param.name, "oc-validity") &&
        !iequals(param.name, "oc-seq"))
      return true;
    out += line.substr(copied, param.begin - copied);
    if (asks && !done) out += told;
    done = done || asks;
    copied = param.end;
    return true;
  });
  if (!done) return;
  out += line.substr(copied);
  response.replace(begin, line.size(), out);
}

}  // namespace warp::calls
