// What attachments customers may hand in, and how they get from a request into the store.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "warp/domain/media_store.h"
#include "warp/domain/submission.h"

#include "services.h"

namespace warp::api {

inline constexpr std::int64_t kLongestUrl = 2048;

// Of one MMS or RCS message in a body.
std::vector<Field> rich_fields(domain::MessageKind kind);
// What the body says beside the text; attachments by id only, not looked up.
domain::RichContent read_rich(const Json& body);

// MEDIA_REFUSED with why.
Failure media_refused(std::string reason, Json details = {});
std::optional<Failure> check_media(const MediaSettings& rules, const domain::StoredMedia& media);

// The attachments of a body, of this customer: media_ids looked up, media_urls fetched and saved. All are
// kept as long as messages need them.
boost::asio::awaitable<Outcome<std::vector<domain::MediaPart>>> take_media(Services& services,
                                                                           store::Actor actor,
                                                                           CustomerId customer, Json body);

// One upload: the body as it is, or the first file of a multipart/form-data.
Outcome<domain::StoredMedia> read_upload(const http::Request& request);

}  // namespace warp::api
