// The presentation of a message: one slide with its text and first picture, one more for each other part.
#pragma once

#include <string>
#include <vector>

namespace warp::mm4 {

struct SmilItem {
  std::string content_type, content_id;
};
std::string make_smil(const std::vector<SmilItem>& media, const std::string& text_id);  // empty id: no text

}  // namespace warp::mm4
