#include "diversion.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>

#include "warp/base/text.h"
#include "warp/sip/message/uri.h"

#include "identity.h"

namespace warp::calls {

namespace {

constexpr std::size_t kMostDiversions = 10;
constexpr std::size_t kMostHistory = 20;
constexpr std::size_t kLongestIndex = 32;

constexpr std::array<std::string_view, 11> kReasons{
    "unknown", "user-busy",      "no-answer",  "unavailable", "unconditional", "time-of-day",
    "away",    "do-not-disturb", "deflection", "follow-me",   "out-of-service"};
constexpr std::array<std::string_view, 4> kPrivacies{"full", "name", "uri", "off"};
constexpr std::array<std::string_view, 3> kLinks{"rc", "mp", "np"};

std::string_view among(std::span<const std::string_view> words, std::string_view word) {
  const auto found =
      std::find_if(words.begin(), words.end(), [&](std::string_view one) { return iequals(one, word); });
  return found == words.end() ? std::string_view() : *found;
}

bool is_count(std::string_view text) {
  return !text.empty() && text.size() <= 3 && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_index(std::string_view text) {
  return !text.empty() && text.size() <= kLongestIndex && is_digit(text.front()) && is_digit(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; });
}

// Calls `take(NameAddr, number)` for each entry that has a telephone number, first to last.
template <class Take>
void each_entry(const sip::Message& request, sip::HeaderId id, std::size_t most, Take take) {
  if (!request.has(id)) return;
  std::size_t count = 0;
  for (const auto& header : request.headers()) {
    if (header.id != id) continue;
    for (const auto element : sip::split_list(header.value)) {
      if (count++ == most) return;
      const auto party = sip::parse_name_addr(element);
      const auto uri = party ? sip::Uri::parse(party->uri) : std::nullopt;
      const auto number = uri ? uri->telephone() : std::nullopt;
      if (number) take(*party, *uri, *number);
    }
  }
}

// "cause=302" of the Reason that is embedded in the URI (RFC 7044 §10.2), or of the URI itself (RFC 4458).
std::string_view cause_in(const sip::Uri& uri) {
  for (const std::string_view text : {uri.headers, uri.params})
    for (const std::string_view mark : {"cause%3D", "cause%3d", "cause="}) {
      const auto at = text.find(mark);
      if (at == std::string_view::npos) continue;
      const auto digits = text.substr(at + mark.size(), 3);
      if (digits.size() == 3 && is_count(digits)) return digits;
    }
  return {};
}

std::string last_diverting(const sip::Message& request) {
  std::string number;
  each_entry(request, sip::HeaderId::Diversion, 1,
             [&](const sip::NameAddr&, const sip::Uri&, const std::string& one) { number = one; });
  if (!number.empty()) return number;
  // Of the history the last entry is where the call goes now.
  std::string last;
  each_entry(request, sip::HeaderId::HistoryInfo, kMostHistory,
             [&](const sip::NameAddr&, const sip::Uri&, const std::string& one) {
               number = std::exchange(last, one);
             });
  return number;
}

}  // namespace

void read_diverted(Call& call) {
  const sip::Message& request = call.setup->invite.request;
  if (!request.has(sip::HeaderId::Diversion) && !request.has(sip::HeaderId::HistoryInfo)) return;
  const std::string number = last_diverting(request);
  if (number.empty()) return;
  auto e164 = routing::enter(caller_peer(*call.setup), domain::NumberSubject::Calling, number);
  if (e164) call.record.facts->diverted_from = std::move(*e164);
}

void add_diversion(sip::Writer& writer, const sip::Message& request, std::string_view own) {
  each_entry(request, sip::HeaderId::Diversion, kMostDiversions,
             [&](const sip::NameAddr& party, const sip::Uri&, const std::string& number) {
               auto reason = among(kReasons, param_of(party.params, "reason"));
               if (reason.empty()) reason = kReasons.front();
               auto counter = param_of(party.params, "counter");
               if (!is_count(counter)) counter = {};
               const auto privacy = among(kPrivacies, param_of(party.params, "privacy"));
               writer.header(sip::HeaderId::Diversion, {"<sip:", number, "@", own, ">;reason=", reason,
                                                        counter.empty() ? "" : ";counter=", counter,
                                                        privacy.empty() ? "" : ";privacy=", privacy});
             });
}

void add_history(sip::Writer& writer, const sip::Message& request, std::string_view own) {
  each_entry(request, sip::HeaderId::HistoryInfo, kMostHistory,
             [&](const sip::NameAddr& party, const sip::Uri& uri, const std::string& number) {
               const auto index = param_of(party.params, "index");
               if (!is_index(index)) return;
               const auto cause = cause_in(uri);
               const bool withheld = uri.headers.find("Privacy=history") != std::string_view::npos;
               std::string_view link, target;
               for (const auto name : kLinks)
                 if (const auto value = param_of(party.params, name); is_index(value))
                   link = name, target = value;
               writer.header(
                   sip::HeaderId::HistoryInfo,
                   {"<sip:", number, "@", own, cause.empty() ? "" : "?Reason=SIP%3Bcause%3D", cause,
                    withheld ? (cause.empty() ? "?Privacy=history" : "&Privacy=history") : "",
                    ">;index=", index, link.empty() ? "" : ";", link, link.empty() ? "" : "=", target});
             });
}

}  // namespace warp::calls
