#include "media_rules.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/http/client.h"
#include "warp/http/fetch.h"
#include "warp/http/media_type.h"
#include "warp/http/url.h"
#include "warp/store/media.h"

#include "message_submit.h"

namespace warp::api {
namespace {

constexpr std::size_t kLongestFileName = 255;

// The last segment of the address, when it can be a name.
std::string name_of(const std::string& url) {
  const auto parsed = http::Url::parse(url);
  if (!parsed) return {};
  auto path = std::string_view(parsed->target);
  path = path.substr(0, path.find('?'));
  const auto decoded = http::percent_decode(path.substr(path.rfind('/') + 1));
  if (!decoded || decoded->size() > kLongestFileName) return {};
  const bool plain = std::all_of(decoded->begin(), decoded->end(),
                                 [](char c) { return c >= 0x20 && c != '"' && c != '\\' && c != 0x7F; });
  return plain ? *decoded : std::string();
}

// The value of `name="…"` or `name=…` of a header's parameters.
std::string parameter_of(std::string_view header, std::string_view name) {
  while (true) {
    const auto semicolon = header.find(';');
    if (semicolon == std::string_view::npos) return {};
    header = trim(header.substr(semicolon + 1));
    if (header.size() <= name.size() || !iequals(header.substr(0, name.size()), name) ||
        header[name.size()] != '=')
      continue;
    auto value = header.substr(name.size() + 1);
    if (!value.starts_with('"')) return std::string(trim(value.substr(0, value.find(';'))));
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
  }
}

struct FormPart {
  std::string_view headers, octets;
};
std::optional<FormPart> first_part(std::string_view body, const std::string& boundary) {
  const auto mark = "--" + boundary;
  const auto begin = body.find(mark);
  if (boundary.empty() || begin == std::string_view::npos) return std::nullopt;
  body.remove_prefix(begin + mark.size());
  if (!body.starts_with("\r\n")) return std::nullopt;
  const auto blank = body.find("\r\n\r\n");
  const auto end = body.find("\r\n" + mark, blank == std::string_view::npos ? 0 : blank + 2);
  if (blank == std::string_view::npos || end == std::string_view::npos || end < blank + 4)
    return std::nullopt;
  return FormPart{body.substr(0, blank + 2), body.substr(blank + 4, end - blank - 4)};
}

std::string_view header_of(std::string_view headers, std::string_view name) {
  while (!headers.empty()) {
    const auto end = headers.find("\r\n");
    const auto line = headers.substr(0, end);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && iequals(trim(line.substr(0, colon)), name))
      return trim(line.substr(colon + 1));
    if (end == std::string_view::npos) break;
    headers.remove_prefix(end + 2);
  }
  return {};
}

Failure fetch_failed(const std::string& url, http::FetchError error) {
  auto failure = media_refused(error == http::FetchError::TooLarge ? "too_large" : "not_fetched");
  failure.details["url"] = url;
  failure.details["why"] = http::to_string(error);
  return failure;
}

boost::asio::awaitable<Outcome<domain::StoredMedia>> fetch_one(Services& services, std::string url) {
  const auto& rules = services.settings.media;
  if (!services.fetcher) co_return media_refused("no_fetching");
  http::FetchLimits limits;
  limits.octets = rules.part_octets;
  limits.redirects = rules.redirects;
  limits.timeout = rules.fetch_timeout;
  auto asking = http::fetch(*services.fetcher, url, limits);
  auto fetched = co_await std::move(asking);
  if (!fetched) co_return fetch_failed(url, fetched.error());
  domain::StoredMedia media;
  media.part.id = services.ids.id<MediaId>(services.clock.wall());
  media.part.content_type = std::move(fetched->content_type);
  media.part.name = name_of(url);
  media.part.octets = static_cast<std::uint32_t>(fetched->body.size());
  media.octets = std::move(fetched->body);
  if (auto wrong = check_media(rules, media)) co_return std::move(*wrong);
  co_return media;
}

template <class T>
std::vector<T> texts(const Json& body, const char* name) {
  const auto found = body.find(name);
  return found == body.end() || !found->is_array() ? std::vector<T>() : found->template get<std::vector<T>>();
}

boost::asio::awaitable<Outcome<std::vector<domain::MediaPart>>> find_uploaded(
    Services& services, store::Actor actor, CustomerId customer, std::vector<std::string> names) {
  std::vector<domain::MediaPart> out;
  std::vector<MediaId> ids;
  for (const auto& name : names)
    ids.push_back(MediaId::parse(name).value_or(MediaId{}));
  if (ids.empty()) co_return out;
  const auto found = co_await services.media.describe(actor, customer, ids);
  if (!found && found.error().kind == store::ErrorKind::NotFound) co_return media_refused("missing");
  if (!found) co_return from_store(found.error(), "attachment");
  for (const auto& row : *found)
    out.push_back(row.part);
  const auto until = services.clock.wall() + services.settings.media.kept;
  const auto kept = co_await services.media.keep(actor, customer, ids, until);
  if (!kept) co_return from_store(kept.error(), "attachment");
  co_return out;
}

}  // namespace

std::vector<Field> rich_fields(domain::MessageKind kind) {
  std::vector<Field> fields{
      list("media_ids", uuid(""), 10).says("Attachments uploaded by `POST /messaging/media`."),
      list("media_urls", text("", kLongestUrl).is(is_url, "an http or https URL"), 10)
          .says("Attachments that are fetched before the message is accepted.")};
  if (kind == domain::MessageKind::Sms) return fields;
  fields.push_back(text("subject", 800));
  if (kind == domain::MessageKind::Mms) return fields;
  fields.push_back(boolean("sms_fallback")
                       .says("Whoever cannot be had by RCS gets an SMS (default). False: it fails then, and "
                             "costs what one segment does."));
  fields.push_back(text("fallback_body", 40'000).says("The text of that SMS; without it, `body`."));
  return fields;
}

domain::RichContent read_rich(const Json& body) {
  domain::RichContent rich;
  rich.subject = take<std::string>(body, "subject").value_or("");
  rich.sms_fallback = take<bool>(body, "sms_fallback").value_or(true);
  rich.fallback_text = take<std::string>(body, "fallback_body").value_or("");
  return rich;
}

Failure media_refused(std::string reason, Json details) {
  Failure failure{ErrorCode::MediaRefused, ""};
  failure.details = std::move(details);
  failure.details["reason"] = std::move(reason);
  return failure;
}

std::optional<Failure> check_media(const MediaSettings& rules, const domain::StoredMedia& media) {
  if (media.octets.empty()) return media_refused("empty");
  if (media.octets.size() > rules.part_octets)
    return media_refused("too_large", Json{{"most_octets", rules.part_octets}});
  if (std::find(rules.types.begin(), rules.types.end(), media.part.content_type) == rules.types.end())
    return media_refused("type", Json{{"content_type", media.part.content_type}});
  return std::nullopt;
}

boost::asio::awaitable<Outcome<std::vector<domain::MediaPart>>> take_media(Services& services,
                                                                           store::Actor actor,
                                                                           CustomerId customer, Json body) {
  const auto& rules = services.settings.media;
  const auto urls = texts<std::string>(body, "media_urls");
  auto names = texts<std::string>(body, "media_ids");
  if (urls.size() + names.size() > rules.parts) co_return media_refused("too_many");
  auto finding = find_uploaded(services, actor, customer, std::move(names));
  auto parts = co_await std::move(finding);
  if (!parts) co_return parts.error();
  std::uint64_t total = 0;
  for (const auto& part : *parts)
    total += part.octets;
  std::vector<domain::StoredMedia> fetched;
  for (const auto& url : urls) {
    auto fetching = fetch_one(services, url);
    auto media = co_await std::move(fetching);
    if (!media) co_return media.error();
    total += media->octets.size();
    if (total > rules.total_octets) break;
    parts->push_back(media->part);
    fetched.push_back(std::move(*media));
  }
  if (total > rules.total_octets)
    co_return media_refused("too_large_together", Json{{"most_octets", rules.total_octets}});
  const auto until = services.clock.wall() + rules.kept;
  const auto saved = co_await services.media.save(actor, customer, std::move(fetched), until);
  if (!saved) co_return from_store(saved.error(), "attachment");
  co_return std::move(*parts);
}

Outcome<domain::StoredMedia> read_upload(const http::Request& request) {
  domain::StoredMedia media;
  const auto header = request.headers.get_or("Content-Type", "");
  auto type = http::media_type(header);
  if (type == "multipart/form-data") {
    const auto part = first_part(request.body, parameter_of(header, "boundary"));
    if (!part) return Failure{ErrorCode::InvalidPayload, "The body is no multipart/form-data with a file."};
    type = http::media_type(header_of(part->headers, "Content-Type"));
    media.part.name = parameter_of(header_of(part->headers, "Content-Disposition"), "filename");
    media.octets = std::string(part->octets);
  } else {
    media.octets = request.body;
    media.part.name = parameter_of(request.headers.get_or("Content-Disposition", ""), "filename");
  }
  std::erase_if(media.part.name, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F || c == '/'; });
  if (media.part.name.size() > kLongestFileName) media.part.name.clear();
  media.part.content_type = std::move(type);
  media.part.octets = static_cast<std::uint32_t>(media.octets.size());
  return media;
}

}  // namespace warp::api
