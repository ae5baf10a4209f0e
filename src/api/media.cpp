// /messaging/media: attachments uploaded and read by their owner; and /media/{token}, where anybody who was
// given the address may read one for a while. /callbacks/rcs: webhooks of RCS providers.
#include "media.h"

#include "warp/domain/provider_callbacks.h"
#include "warp/http/one_piece.h"
#include "warp/http/signed_token.h"
#include "warp/net/completion.h"
#include "warp/store/media.h"

#include "media_rules.h"

namespace warp::api {
namespace {

constexpr std::size_t kFormOverhead = 64 * 1024;
constexpr std::size_t kCallbackLimit = 256 * 1024;
// Nothing that a customer uploads may run in a browser on our address.
constexpr const char* kSandbox = "default-src 'none'; sandbox";

Json show(const store::MediaRow& row) {
  Json out;
  out["id"] = row.part.id.to_string();
  out["content_type"] = row.part.content_type;
  out["name"] = row.part.name;
  out["octets"] = row.part.octets;
  out["sha256"] = row.sha256;
  out["created_at"] = timestamp(row.created_at);
  out["kept_until"] = timestamp(row.keep_until);
  return out;
}

Schema media_schema() {
  return {"Media",
          {uuid("id"), text("content_type"), text("name"), integer("octets"), text("sha256"),
           instant("created_at"), instant("kept_until")}};
}

Answer upload_media(Services& services, Call call) {
  auto media = read_upload(call.request);
  if (!media) co_return media.error();
  if (auto wrong = check_media(services.settings.media, *media)) co_return std::move(*wrong);
  const auto now = services.clock.wall();
  media->part.id = services.ids.id<MediaId>(now);
  const auto id = media->part.id;
  std::vector<domain::StoredMedia> list;
  list.push_back(std::move(*media));
  const auto saved = co_await services.media.save(call.actor(), *call.customer(), std::move(list),
                                                  now + services.settings.media.unused_kept);
  if (!saved) co_return from_store(saved.error(), "attachment");
  std::vector<MediaId> ids{id};
  const auto found = co_await services.media.describe(call.actor(), *call.customer(), std::move(ids));
  if (!found) co_return from_store(found.error(), "attachment");
  co_return reply_with(show(found->front()), 201);
}

void describe_part(const domain::MediaPart& part, http::Headers& headers) {
  headers.set("Content-Type", part.content_type);
  headers.set("Content-Security-Policy", kSandbox);
  std::string disposition = part.content_type.starts_with("image/") ? "inline" : "attachment";
  if (!part.name.empty()) disposition += "; filename*=UTF-8''" + http::percent_encode(part.name);
  headers.set("Content-Disposition", disposition);
}

Answer download(Services& services, Call call) {
  std::vector<MediaId> ids{call.id<MediaId>("media_id")};
  auto found = co_await services.media.load(call.actor(), *call.customer(), std::move(ids));
  if (!found) co_return from_store(found.error(), "attachment");
  Reply reply;
  describe_part(found->front().part, reply.headers);
  reply.source = std::make_unique<http::OnePiece>(std::move(found->front().octets));
  co_return reply;
}

http::Response plain(unsigned status, const char* text) {
  return http::Response::text(status, text);
}

boost::asio::awaitable<http::Response> serve_link(Services* services, http::Request request) {
  const auto& key = services->settings.media.link_key;
  const auto octets = http::open_token(request.param("token"), services->clock.wall(), key);
  constexpr std::size_t kId = 16;
  if (!octets || octets->size() != 2 * kId)
    co_return plain(404, "This address is not known, or no longer good.\n");
  CustomerId customer;
  MediaId media;
  std::copy_n(octets->begin(), kId, customer.value.bytes.begin());
  std::copy_n(octets->begin() + kId, kId, media.value.bytes.begin());
  std::vector<MediaId> ids{media};
  store::Actor actor{"media_link", {}, customer};
  auto found = co_await services->media.load(std::move(actor), customer, std::move(ids));
  if (!found)
    co_return found.error().kind == store::ErrorKind::NotFound
        ? plain(404, "This address is not known, or no longer good.\n")
        : plain(503, "Try again.\n");
  http::Response response;
  describe_part(found->front().part, response.headers);
  response.body = std::move(found->front().octets);
  co_return response;
}

struct CallbackAnswer {
  unsigned status = 503;
  std::string body;
};

boost::asio::awaitable<http::Response> hear_provider(Services* services, http::Request request) {
  if (!services->callbacks) co_return plain(404, "");
  const auto connector = ConnectorId::parse(request.param("connector_id")).value_or(ConnectorId{});
  std::string signature(request.headers.get_or("X-Goog-Signature", ""));
  auto start = [services, connector, signature = std::move(signature), body = std::move(request.body)](
                   std::unique_ptr<net::Completion<CallbackAnswer>> completion) mutable {
    std::shared_ptr<net::Completion<CallbackAnswer>> kept = std::move(completion);
    services->callbacks->rcs(connector, std::move(signature), std::move(body),
                             [kept](unsigned status, std::string text) {
                               CallbackAnswer answer{status, std::move(text)};
                               kept->complete(std::move(answer));
                             });
  };
  auto answer = co_await net::suspend<CallbackAnswer>(std::move(start));
  co_return http::Response::text(answer.status, std::move(answer.body), "application/json");
}

}  // namespace

void add_media(EndpointTable& table, Services& services) {
  table.push_back({.method = http::Method::Post,
                   .path = "/messaging/media",
                   .summary =
                       "Upload an attachment: the octets as they are with their Content-Type, or the first "
                       "file of a multipart/form-data",
                   .tag = "Messages",
                   .action = act(services, upload_media),
                   .scope = "messaging:send",
                   .of_customer = true,
                   .customer_needed = true,
                   .body_kind = BodyKind::Octets,
                   .body_limit = services.settings.media.part_octets + kFormOverhead,
                   .answer = media_schema(),
                   .status = 201,
                   .errors = {ErrorCode::MediaRefused, ErrorCode::PayloadTooLarge}});
  table.push_back({.path = "/messaging/media/{media_id:uuid}",
                   .summary = "An attachment that was uploaded, fetched or received",
                   .tag = "Messages",
                   .action = act(services, download),
                   .scope = "messaging:read",
                   .of_customer = true,
                   .customer_needed = true,
                   .answer_kind = AnswerKind::Octets,
                   .errors = {ErrorCode::NotFound}});
}

void add_open_routes(http::Router& router, Services& services) {
  auto* kept = &services;
  router.get("/media/{token}",
             [kept](http::Request request) { return serve_link(kept, std::move(request)); });
  http::Route callback;
  callback.method = http::Method::Post;
  callback.pattern = "/callbacks/rcs/{connector_id:uuid}";
  callback.handler = [kept](http::Request request) { return hear_provider(kept, std::move(request)); };
  callback.body_limit = kCallbackLimit;
  router.add(std::move(callback));
}

}  // namespace warp::api
