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

// The columns that any of the rows has.
std::vector<std::string> known_in(const Json& rows, const std::vector<std::string>& columns) {
  std::vector<std::string> out;
  for (const auto& column : columns)
    if (std::any_of(rows.begin(), rows.end(),
                    [&](const Json& row) { return column_of(row, column) != nullptr; }))
      out.push_back(column);
  return out;
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

std::string Board::table(const std::string& topic, const std::vector<std::string>& columns,
                         std::size_t most) const {
  const auto found = topics_.find(topic);
  auto title = topic;
  if (const auto refused = refused_.find(topic); refused != refused_.end())
    title += " (" + refused->second + ")";
  if (found == topics_.end()) return title + "\n";
  auto rows = Json::array();
  for (const auto& [key, row] : found->second)
    if (rows.size() < most) rows.push_back(row);
  return title + " (" + std::to_string(found->second.size()) + ")\n" +
         table_of(rows, known_in(rows, columns)) + "\n";
}

std::string Board::text(unsigned rows) const {
  const std::size_t most = rows > 24 ? (rows - 16) / 3 : 4;
  return "warpctl top: " + state_ + "; q ends\n\n" +
         table("counters",
               {"customer_id", "current_channels_inbound", "current_channels_outbound", "current_cps_inbound",
                "current_cps_outbound"},
               most) +
         table("nodes", {"name", "phase", "calls", "draining", "version", "beat_at"}, most) +
         table("trunks", {"name", "id", "enabled", "calls", "registrations", "health"}, most) +
         table("calls",
               {"id", "state", "direction", "ani", "dni", "trunk_id", "setup_at", "caller_media.heard_mos",
                "callee_media.heard_mos"},
               most * 2);
}

}  // namespace warp::ctl
