#include "warp/integrations/telique_documents.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::integrations {
namespace {

using Json = nlohmann::json;

constexpr int kDeepestTelique = 16;
constexpr std::size_t kLongestName = 15;

// Discarded when it is no JSON, or deeper than any answer of theirs.
Json parse_document(std::string_view text) {
  int depth = 0, deepest = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  if (deepest > kDeepestTelique) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, false);
}

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// A text member; empty when it is not there; nullopt when it is something else.
std::optional<std::string> text_if_any(const Json& object, const char* name) {
  const Json* found = member(object, name);
  if (found == nullptr) return std::string();
  if (!found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

bool all_digits(std::string_view text, std::size_t count) {
  return text.size() == count && std::all_of(text.begin(), text.end(), is_digit);
}

// Of what LERG keeps: texts, and here and there numbers.
std::string value_of(const Json& row, const char* name) {
  const Json* found = member(row, name);
  if (found == nullptr) return {};
  if (found->is_string()) return std::string(trim(found->get_ref<const std::string&>()));
  return found->is_number_unsigned() ? std::to_string(found->get<std::uint64_t>()) : std::string();
}

bool is_word(std::string_view text, std::size_t longest) {
  return text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) {
           const char lower = ascii_lower(c);
           return is_digit(c) || (lower >= 'a' && lower <= 'z');
         });
}

std::string printable(std::string_view text, std::size_t longest) {
  std::string out;
  for (const char c : text)
    if (c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && out.size() < longest)
      out += c;
  return std::string(trim(out));
}

domain::LineKind kind_of(std::string_view coc) {
  if (coc == "EOC") return domain::LineKind::Fixed;
  if (coc == "PMC" || coc == "RCC") return domain::LineKind::Mobile;
  if (coc == "VOI") return domain::LineKind::Voip;
  return domain::LineKind::Unknown;
}

std::optional<numbering::BlockRow> block_of(const Json& row) {
  const auto npa = parse_number<std::uint32_t>(value_of(row, "npa"), 200, 999);
  const auto nxx = parse_number<std::uint32_t>(value_of(row, "nxx"), 200, 999);
  if (!npa || !nxx) return std::nullopt;
  numbering::BlockRow out;
  out.npanxx = *npa * 1000 + *nxx;
  const auto block = value_of(row, "block_id");
  if (!block.empty() && block != "A") {
    const auto number = parse_number<std::uint32_t>(block, 0, 9);
    if (!number) return std::nullopt;
    out.block = static_cast<std::uint8_t>(*number);
  }
  if (auto state = value_of(row, "loc_state"); state.size() == 2 && is_word(state, 2))
    out.state = std::move(state);
  if (auto ocn = value_of(row, "ocn"); is_word(ocn, 5)) out.ocn = std::move(ocn);
  out.rate_centre = printable(value_of(row, "rc_abbre"), 24);
  const auto lata = value_of(row, "lata");
  const auto number = parse_number<std::uint32_t>(lata, 0, 99'999);
  if (number) out.lata = static_cast<std::uint16_t>(lata.size() == 5 ? *number / 100 : *number % 1'000);
  out.kind = kind_of(value_of(row, "coc_type"));
  return out;
}

}  // namespace

std::optional<TeliqueLrn> read_telique_lrn(std::string_view body) {
  const auto json = parse_document(body);
  auto lrn = text_if_any(json, "lrn");
  if (!json.is_object() || !lrn || !all_digits(*lrn, 10)) return std::nullopt;
  const Json* metadata = member(json, "metadata");
  auto spid = text_if_any(metadata != nullptr && metadata->is_object() ? *metadata : json, "spid");
  if (spid && spid->empty()) spid = text_if_any(json, "spid");
  // A provider that cannot be read does not make the routing number wrong.
  return TeliqueLrn{std::move(*lrn), spid && is_word(*spid, 4) ? std::move(*spid) : std::string()};
}

std::optional<bool> read_telique_dno(std::string_view body) {
  const auto json = parse_document(body);
  const Json* found = member(json, "is_dno");
  if (found == nullptr || !found->is_boolean()) return std::nullopt;
  return found->get<bool>();
}

std::optional<std::string> read_telique_cnam(std::string_view body) {
  const auto json = parse_document(body);
  if (!json.is_object()) return std::nullopt;
  const auto name = text_if_any(json, "calling_name");
  const auto status = text_if_any(json, "calling_name_status"),
             shown = text_if_any(json, "presentation_indicator");
  if (!name || !status || !shown || (name->empty() && status->empty())) return std::nullopt;
  if (*status == "unavailable" || *shown == "restricted") return std::string();
  return printable(*name, kLongestName);
}

std::optional<std::string> read_telique_cic(std::string_view body) {
  const auto json = parse_document(body);
  auto cic = text_if_any(json, "cic");
  if (!json.is_object() || !cic || !all_digits(*cic, 4)) return std::nullopt;
  return cic;
}

std::optional<std::vector<std::string>> read_telique_relation(std::string_view body) {
  const auto json = nlohmann::ordered_json::parse(body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto list =
      std::find_if(json.begin(), json.end(), [](const auto& value) { return value.is_array(); });
  if (list == json.end()) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& item : *list) {
    if (item.is_string()) {
      out.push_back(item.template get<std::string>());
      continue;
    }
    if (!item.is_object()) return std::nullopt;
    const auto text =
        std::find_if(item.begin(), item.end(), [](const auto& value) { return value.is_string(); });
    if (text != item.end()) out.push_back(text->template get<std::string>());
  }
  return out;
}

std::optional<TeliqueBlocks> read_telique_blocks(std::string_view body) {
  const auto json = parse_document(body);
  const Json* rows = member(json, "data");
  const Json* count = member(json, "count");
  if (rows == nullptr || !rows->is_array() || count == nullptr || !count->is_number_unsigned())
    return std::nullopt;
  TeliqueBlocks out;
  out.count = count->get<std::uint64_t>();
  out.received = rows->size();
  out.rows.reserve(rows->size());
  for (const auto& row : *rows)
    if (auto block = block_of(row)) out.rows.push_back(std::move(*block));
  return out;
}

}  // namespace warp::integrations
