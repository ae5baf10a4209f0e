#include "ctl/board.h"

#include <algorithm>

namespace warp::ctl {
namespace {

std::string key_of(const Json& row) {
  for (const char* name : {"id", "trunk_id", "call_id", "name", "node", "customer_id"})
    if (const auto found = row.find(name); found != row.end() && !found->is_null())
      return found->is_string() ? found->get<std::string>() : found->dump();
  return "";
}

bool is_over(const std::string& type) {
  return type.ends_with(".ended") || type.ends_with(".deleted") || type == "ended" || type == "deleted";
}

// Where a column's values stand in a row, and what the screen calls it.
struct Column {
  const char* path;
  const char* title;
};
using Columns = std::vector<Column>;

const Columns kCounters{{"customer_id", "customer"},  {"channels_inbound", "channels in"},
                        {"channels_outbound", "out"}, {"cps_inbound", "calls/s in"},
                        {"cps_outbound", "out/s"},    {"trunks", "trunks"}};
const Columns kNodes{{"name", "node"},         {"phase", "phase"},     {"calls", "calls"},
                     {"draining", "draining"}, {"version", "version"}, {"beat_at", "seen"}};
const Columns kTrunks{{"name", "trunk"},
                      {"enabled", "enabled"},
                      {"channels_inbound", "channels in"},
                      {"channels_outbound", "out"},
                      {"cps_inbound", "calls/s in"},
                      {"cps_outbound", "out/s"},
                      {"endpoints", "endpoints"},
                      {"endpoints_down", "down"}};
const Columns kCalls{{"id", "call"},
                     {"state", "state"},
                     {"direction", "direction"},
                     {"ani", "from"},
                     {"dni", "to"},
                     {"setup_at", "since"},
                     {"caller_media.heard_mos", "caller hears"},
                     {"callee_media.heard_mos", "callee hears"}};

// The columns that any of the rows has, under their titles.
std::string shown(const std::vector<const Json*>& rows, const Columns& columns) {
  std::vector<std::string> titles;
  auto out = Json::array();
  for (std::size_t i = 0; i < rows.size(); ++i)
    out.push_back(Json::object());
  for (const auto& [path, title] : columns) {
    bool known = false;
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (const auto* value = column_of(*rows[i], path)) {
        out[i][title] = *value;
        known = true;
      }
    if (known) titles.emplace_back(title);
  }
  return titles.empty() ? "" : table_of(out, titles);
}

std::uint64_t count_of(const Json& row, const char* name) {
  const auto* value = column_of(row, name);
  return value != nullptr && value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
}

}  // namespace

void Board::take(const Json& frame) {
  const auto op = member_text(frame, "op"), topic = member_text(frame, "topic");
  if (op == "error") {
    refused_[topic] = member_text(frame, "code");
    return;
  }
  const auto found = frame.find("data");
  const auto data = found == frame.end() ? Json() : *found;
  if (op == "snapshot" && data.is_array()) {
    auto& rows = topics_[topic];
    rows.clear();
    for (const auto& row : data)
      if (row.is_object()) rows[key_of(row)] = row;
  } else if (op == "event" && data.is_object()) {
    auto& rows = topics_[topic];
    const auto key = key_of(data);
    if (is_over(member_text(frame, "type"))) {
      rows.erase(key);
      return;
    }
    auto& row = rows[key];
    if (row.is_object())
      row.update(data);
    else
      row = data;
  }
}

template <class Columns>
std::string Board::table(const std::string& topic, const Columns& columns, std::size_t most) const {
  const auto found = topics_.find(topic);
  auto title = topic;
  if (const auto refused = refused_.find(topic); refused != refused_.end())
    title += " (" + refused->second + ")";
  if (found == topics_.end()) return title + "\n\n";
  std::vector<const Json*> rows;
  for (const auto& [key, row] : found->second)
    if (rows.size() < most) rows.push_back(&row);
  return title + " (" + std::to_string(found->second.size()) + ")\n" + shown(rows, columns) + "\n";
}

// Calls of all nodes, or those that can be seen when nodes cannot; calls a second; the worst that anybody
// hears.
std::string Board::summary() const {
  std::uint64_t calls = 0, rate = 0;
  std::string worst;
  const auto each = [this](const char* topic, const auto& look) {
    if (const auto found = topics_.find(topic); found != topics_.end())
      for (const auto& [key, row] : found->second)
        look(row);
  };
  each("nodes", [&](const Json& row) { calls += count_of(row, "calls"); });
  if (const auto seen = topics_.find("calls"); seen != topics_.end())
    calls = std::max<std::uint64_t>(calls, seen->second.size());
  each("counters",
       [&](const Json& row) { rate += count_of(row, "cps_inbound") + count_of(row, "cps_outbound"); });
  each("calls", [&](const Json& row) {
    for (const char* path : {"caller_media.heard_mos", "callee_media.heard_mos"}) {
      const auto* score = column_of(row, path);
      if (score == nullptr || !score->is_string()) continue;
      const auto text = score->get<std::string>();  // one digit, a point, two digits: compares as text does
      if (worst.empty() || text < worst) worst = text;
    }
  });
  return std::to_string(calls) + " calls, " + std::to_string(rate) + " a second" +
         (worst.empty() ? "" : ", worst MOS " + worst);
}

std::string Board::text(unsigned rows) const {
  const std::size_t most = rows > 24 ? (rows - 16) / 3 : 4;
  return "warpctl top: " + state_ + "; " + summary() + "; q ends\n\n" + table("counters", kCounters, most) +
         table("nodes", kNodes, most) + table("trunks", kTrunks, most) + table("calls", kCalls, most * 2);
}

}  // namespace warp::ctl
