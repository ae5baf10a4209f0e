#include "warp/porting/faults.h"

#include <algorithm>
#include <map>

#include "warp/base/text.h"
#include "warp/porting/tn_list.h"

namespace warp::porting {
namespace {

std::string text_of(const domain::PortDocument& object, std::string_view name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The last five digits, perhaps with four more, at the end of an address.
std::string zip_of(const std::string& address) {
  const auto begin = address.find_last_of(" ,");
  return begin == std::string::npos ? std::string() : address.substr(begin + 1);
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_zip(std::string_view text) {
  return (text.size() == 5 && all_digits(text)) ||
         (text.size() == 10 && text[5] == '-' && all_digits(text.substr(0, 5)) && all_digits(text.substr(6)));
}

std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : trim(text)) {
    if (c == ' ' && out.ends_with(' ')) continue;
    out += c;
  }
  return out;
}

struct Advice {
  std::string_view code;
  bool auto_fix;
  std::string_view suggested;
};
constexpr Advice kAdvice[] = {
    {"BTN_MISSING", true, "Set the billing telephone number of the group, or let one of its numbers be it."},
    {"BTN_INVALID", true, "Write the billing telephone number with ten digits."},
    {"ZIP_INVALID", true, "End the service address with its ZIP code."},
    {"NAME_MISSING", false, "Set business_name or end_user_name of the group."},
    {"NAME_UNTIDY", true, "Write the name without double blanks."},
    {"PIN_MISSING", false, "Set the port-out PIN of the group."},
    {"UNKNOWN_CARRIER", false, "Nobody is known to have this number: check it, or leave it out."},
    {"ALREADY_OURS", false, "Leave the number out: it is the customer's."},
    {"ALREADY_IN_PROGRESS", false, "Cancel the other request first."},
};

}  // namespace

std::vector<Fault> faults_of(const domain::PortNumber& number, const domain::PortGroup& group) {
  std::vector<Fault> out;
  if (number.errors.is_array())
    for (const auto& error : number.errors) {
      const auto code = text_of(error, "code");
      if (code == "ALREADY_OURS" || code == "NOT_PORTABLE")
        out.push_back({code, text_of(error, "message"), text_of(error, "field")});
    }
  if (number.spid == "0000") out.push_back({"UNKNOWN_CARRIER", "Nobody is known to have this number.", "tn"});
  if (group.on_net) {
    if (text_of(group.details, "pin").empty())
      out.push_back(
          {"PIN_MISSING", "The number is another customer's here: its port-out PIN is needed.", "pin"});
    return out;
  }
  const auto btn = text_of(group.details, "btn");
  if (btn.empty())
    out.push_back({"BTN_MISSING", "The group has no billing telephone number.", "btn"});
  else if (btn.size() != 10 || nanp_of(btn).empty())
    out.push_back({"BTN_INVALID", "The billing telephone number has not ten digits.", "btn"});
  const auto name = text_of(group.details, "business_name") + text_of(group.details, "end_user_name");
  if (trim(name).empty())
    out.push_back({"NAME_MISSING", "The group has no name of a customer.", "business_name"});
  if (squeezed(text_of(group.details, "business_name")) != text_of(group.details, "business_name"))
    out.push_back({"NAME_UNTIDY", "The name begins, ends or is interrupted by blanks.", "business_name"});
  const auto address = text_of(group.details, "service_address");
  if (!address.empty() && !is_zip(zip_of(address)))
    out.push_back({"ZIP_INVALID", "The service address does not end with a ZIP code.", "service_address"});
  return out;
}

domain::PortDocument to_document(const std::vector<Fault>& faults) {
  auto out = domain::PortDocument::array();
  for (const auto& fault : faults) {
    domain::PortDocument one;
    one["code"] = fault.code;
    one["message"] = fault.message;
    one["field"] = fault.field;
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<FaultGroup> group_faults(const std::vector<domain::PortNumber>& numbers) {
  std::map<std::string, FaultGroup> by_code;
  for (const auto& number : numbers) {
    if (!number.errors.is_array()) continue;
    for (const auto& error : number.errors) {
      const auto code = text_of(error, "code");
      if (code.empty()) continue;
      auto& group = by_code[code];
      if (group.count == 0) {
        group.code = code;
        group.message = text_of(error, "message");
        const auto advice = std::find_if(std::begin(kAdvice), std::end(kAdvice),
                                         [&](const Advice& one) { return one.code == code; });
        if (advice != std::end(kAdvice)) {
          group.auto_fix = advice->auto_fix;
          group.suggested = advice->suggested;
        }
      }
      ++group.count;
      group.numbers.push_back(number.e164);
    }
  }
  std::vector<FaultGroup> out;
  for (auto& [code, group] : by_code)
    out.push_back(std::move(group));
  std::stable_sort(out.begin(), out.end(),
                   [](const FaultGroup& a, const FaultGroup& b) { return a.count > b.count; });
  return out;
}

std::optional<domain::PortDocument> mend(const domain::PortGroup& group,
                                         const std::vector<domain::PortNumber>& numbers,
                                         std::string_view code) {
  auto details = group.details.is_object() ? group.details : domain::PortDocument::object();
  const auto asked = [&](std::string_view one) { return code.empty() || code == one; };
  const auto btn = text_of(details, "btn");
  if (asked("BTN_MISSING") && btn.empty()) {
    std::vector<std::string> own;
    for (const auto& number : numbers)
      if (number.spid == group.spid) own.push_back(number.e164);
    std::sort(own.begin(), own.end());
    if (!own.empty()) details["btn"] = own.front().substr(1);
  }
  if (asked("BTN_INVALID") && !btn.empty())
    if (const auto tidy = nanp_of(btn); !tidy.empty()) details["btn"] = tidy.substr(1);
  if (asked("NAME_UNTIDY") && details.contains("business_name"))
    details["business_name"] = squeezed(text_of(details, "business_name"));
  const auto address = text_of(details, "service_address");
  if (asked("ZIP_INVALID") && !address.empty()) {
    auto tidy = squeezed(address);
    const auto zip = zip_of(tidy);
    const auto kept = tidy.substr(0, tidy.size() - zip.size());
    if (zip.size() == 9 && all_digits(zip)) tidy = kept + zip.substr(0, 5) + "-" + zip.substr(5);
    details["service_address"] = tidy;
  }
  if (details == group.details) return std::nullopt;
  return details;
}

}  // namespace warp::porting
