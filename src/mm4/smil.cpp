#include "smil.h"

namespace warp::mm4 {
namespace {

// Ids are made by the writer: nothing in them needs to be escaped.
std::string element(const SmilItem& item) {
  const auto kind = item.content_type.substr(0, item.content_type.find('/'));
  const auto source = " src=\"cid:" + item.content_id + "\"";
  if (kind == "image") return "<img" + source + " region=\"Image\"/>";
  if (kind == "audio") return "<audio" + source + "/>";
  if (kind == "video") return "<video" + source + " region=\"Image\"/>";
  return "<ref" + source + "/>";
}

}  // namespace

std::string make_smil(const std::vector<SmilItem>& media, const std::string& text_id) {
  std::string out =
      "<smil><head><layout><root-layout width=\"100%\" height=\"100%\"/>"
      "<region id=\"Image\" left=\"0\" top=\"0\" width=\"100%\" height=\"70%\" fit=\"meet\"/>"
      "<region id=\"Text\" left=\"0\" top=\"70%\" width=\"100%\" height=\"30%\" fit=\"scroll\"/>"
      "</layout></head><body>\n";
  const auto text = text_id.empty() ? std::string() : "<text src=\"cid:" + text_id + "\" region=\"Text\"/>";
  if (media.empty() && !text.empty()) out += "<par dur=\"8000ms\">" + text + "</par>\n";
  for (std::size_t i = 0; i < media.size(); ++i)
    out += "<par dur=\"8000ms\">" + element(media[i]) + (i == 0 ? text : "") + "</par>\n";
  return out + "</body></smil>\n";
}

}  // namespace warp::mm4
