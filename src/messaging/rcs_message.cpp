// An RCS message as the provider's API wants it: text, one card, several cards, or a file.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "warp/messaging/rcs_gateway.h"

namespace warp::messaging {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostCards = 10;
constexpr std::size_t kLongestDescription = 2000;  // characters of a card

struct Placed {
  const domain::MediaPart* part;
  std::string url;
};

bool fits_card(const Placed& media) {
  const auto& type = media.part->content_type;
  return type.starts_with("image/") || type.starts_with("video/");
}

Json content_info(const Placed& media) {
  return {{"fileUrl", media.url}, {"forceRefresh", false}};
}

Json card(const Placed& media, const std::string& title, const std::string& description) {
  Json out{{"media", {{"height", "MEDIUM"}, {"contentInfo", content_info(media)}}}};
  if (!title.empty()) out["title"] = title;
  if (!description.empty()) out["description"] = description;
  return out;
}

std::string whole_text(const domain::Message& message) {
  const auto& subject = message.rich ? message.rich->subject : std::string();
  if (subject.empty() || message.text.empty()) return subject + message.text;
  return subject + "\n" + message.text;
}

// What no card may show is said as its address.
Json text_with_links(const domain::Message& message, const std::vector<Placed>& media) {
  auto text = whole_text(message);
  for (const auto& placed : media)
    text.append(text.empty() ? "" : "\n").append(placed.url);
  return {{"text", text}};
}

Json content_of(const domain::Message& message, const std::vector<Placed>& media) {
  if (media.empty()) return {{"text", whole_text(message)}};
  const auto& subject = message.rich->subject;
  const bool words = !subject.empty() || !message.text.empty();
  if (media.size() == 1 && !words) return {{"contentInfo", content_info(media.front())}};
  const bool cards = std::all_of(media.begin(), media.end(), fits_card) && media.size() <= kMostCards &&
                     message.text.size() <= kLongestDescription;
  if (!cards) return text_with_links(message, media);
  if (media.size() == 1)
    return {
        {"richCard",
         {{"standaloneCard",
           {{"cardOrientation", "VERTICAL"}, {"cardContent", card(media.front(), subject, message.text)}}}}}};
  Json contents = Json::array();
  for (const auto& placed : media)
    contents.push_back(contents.empty() ? card(placed, subject, message.text) : card(placed, "", ""));
  return {{"richCard", {{"carouselCard", {{"cardWidth", "MEDIUM"}, {"cardContents", contents}}}}}};
}

}  // namespace

std::string agent_message(const domain::Message& message, const MediaLinks& links, WallTime now) {
  std::vector<Placed> media;
  if (message.rich)
    for (const auto& part : message.rich->media) {
      media.push_back({&part, links.url(message.customer, part.id, now)});
      if (media.back().url.empty()) return {};
    }
  return Json{{"contentMessage", content_of(message, media)}}.dump(-1, ' ', false,
                                                                   Json::error_handler_t::replace);
}

}  // namespace warp::messaging
