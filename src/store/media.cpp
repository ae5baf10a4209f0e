#include "warp/store/media.h"

#include <atomic>
#include <unordered_map>

#include <boost/asio/co_spawn.hpp>

#include "warp/base/text.h"

#include "support.h"

namespace warp::store {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kMediaTimeout = 30s;

constexpr pg::Query kSave{"store.media.save",
                          "INSERT INTO sms.media (id, customer_id, content_type, name, octets, keep_until) "
                          "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                          kMediaTimeout};
constexpr pg::Query kDescribe{"store.media.describe",
                              "SELECT id, content_type, name, octet_length(octets), encode(sha256, 'hex'), "
                              "created_at, keep_until FROM sms.media "
                              "WHERE id = ANY ($1::uuid[]) AND customer_id = $2 AND keep_until > now()",
                              kMediaTimeout};
constexpr pg::Query kLoad{"store.media.load",
                          "SELECT id, content_type, name, octet_length(octets), octets FROM sms.media "
                          "WHERE id = ANY ($1::uuid[]) AND customer_id = $2 AND keep_until > now()",
                          kMediaTimeout};
constexpr pg::Query kKeep{"store.media.keep",
                          "UPDATE sms.media SET keep_until = greatest(keep_until, $3) "
                          "WHERE id = ANY ($1::uuid[]) AND customer_id = $2",
                          kMediaTimeout};
constexpr pg::Query kPurgeMedia{"store.media.purge", "DELETE FROM sms.media WHERE keep_until <= $1",
                                kMediaTimeout};

std::vector<std::string> texts_of(const std::vector<MediaId>& ids) {
  std::vector<std::string> out;
  out.reserve(ids.size());
  for (const auto id : ids)
    out.push_back(id.to_string());
  return out;
}

void read_part(pg::RowReader& row, domain::MediaPart& out) {
  row.next(out.id);
  row.next(out.content_type);
  row.next(out.name);
  row.next(out.octets);
}
void read_row(pg::RowReader& row, MediaRow& out) {
  read_part(row, out.part);
  row.next(out.sha256);
  row.next(out.created_at);
  row.next(out.keep_until);
}
void read_media(pg::RowReader& row, domain::StoredMedia& out) {
  read_part(row, out.part);
  const auto text = row.next<std::string_view>();
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  if (!text.starts_with("\\x") || text.size() % 2 != 0) return row.fail();
  out.octets.resize(text.size() / 2 - 1);
  for (std::size_t i = 0; i < out.octets.size(); ++i)
    out.octets[i] = static_cast<char>(digit(text[2 * i + 2]) << 4 | digit(text[2 * i + 3]));
}

// Repeats of one id are found once and wanted each time.
template <class T>
Expected<std::vector<T>> in_order(std::vector<T> found, const std::vector<MediaId>& ids) {
  std::unordered_map<MediaId, const T*> places;
  for (const auto& item : found)
    places[item.part.id] = &item;
  std::vector<T> out;
  out.reserve(ids.size());
  for (const auto id : ids) {
    const auto place = places.find(id);
    if (place == places.end()) return not_found();
    out.push_back(*place->second);
  }
  return out;
}

}  // namespace

Task<void> MediaRepository::save(Actor actor, CustomerId customer, std::vector<domain::StoredMedia> media,
                                 WallTime keep_until) {
  std::vector<pg::Statement> statements;
  for (const auto& item : media) {
    auto params = pg::Params::of(item.part.id, customer, item.part.content_type, item.part.name);
    params.add_octets(std::as_bytes(std::span(item.octets))).add(keep_until);
    statements.push_back({&kSave, std::move(params)});
  }
  if (statements.empty()) co_return Expected<void>();
  const auto saved = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!saved) co_return error_of(saved.error());
  co_return Expected<void>();
}

Task<std::vector<MediaRow>> MediaRepository::describe(Actor actor, CustomerId customer,
                                                      std::vector<MediaId> ids) {
  auto params = pg::Params::of(texts_of(ids), customer);
  auto found = co_await ask_all<MediaRow>(pool_, scope_of(actor), kDescribe, std::move(params), read_row);
  if (!found) co_return std::move(found).error();
  co_return in_order(std::move(*found), ids);
}

Task<std::vector<domain::StoredMedia>> MediaRepository::load(Actor actor, CustomerId customer,
                                                             std::vector<MediaId> ids) {
  auto params = pg::Params::of(texts_of(ids), customer);
  auto found =
      co_await ask_all<domain::StoredMedia>(pool_, scope_of(actor), kLoad, std::move(params), read_media);
  if (!found) co_return std::move(found).error();
  co_return in_order(std::move(*found), ids);
}

Task<void> MediaRepository::keep(Actor actor, CustomerId customer, std::vector<MediaId> ids, WallTime until) {
  auto params = pg::Params::of(texts_of(ids), customer, until);
  const auto kept = co_await pool_.query(scope_of(actor), kKeep, std::move(params));
  if (!kept) co_return error_of(kept.error());
  co_return Expected<void>();
}

Task<std::uint64_t> MediaRepository::purge(WallTime now) {
  const auto gone =
      co_await pool_.query(pg::Scope::operators().by("warpd", ""), kPurgeMedia, pg::Params::of(now));
  if (!gone) co_return error_of(gone.error());
  co_return gone->affected();
}

struct PgMediaStore::Impl {
  MediaRepository repository;
  asio::any_io_executor control;
  Executor& home;
  const Clock& clock;
  const std::chrono::seconds kept;
  log::Logger& log;
  std::atomic<bool> abandoned{false};

  void report(std::string_view what, const Error& error) {
    log.warning("store.media_failed",
                {{"what", what}, {"kind", to_string(error.kind)}, {"error", error.message}});
  }
};

PgMediaStore::PgMediaStore(pg::Pool& pool, asio::any_io_executor control, Executor& home, const Clock& clock,
                           std::chrono::seconds kept, log::Logger& log)
    : impl_(new Impl{MediaRepository(pool), std::move(control), home, clock, kept, log}) {}

PgMediaStore::~PgMediaStore() {
  impl_->abandoned = true;
}

void PgMediaStore::save(CustomerId customer, std::vector<domain::StoredMedia> media,
                        std::function<void(bool)> done) {
  const auto until = impl_->clock.wall() + impl_->kept;
  asio::co_spawn(impl_->control,
                 impl_->repository.save(Actor{"warpd", {}, {}}, customer, std::move(media), until),
                 [impl = impl_, done = std::move(done)](std::exception_ptr thrown, Expected<void> saved) {
                   if (impl->abandoned) return;
                   const bool durable = !thrown && saved.has_value();
                   if (!durable && !thrown) impl->report("save", saved.error());
                   impl->home.post([done, durable] { done(durable); });
                 });
}

void PgMediaStore::load(CustomerId customer, std::vector<MediaId> ids,
                        std::function<void(bool, std::vector<domain::StoredMedia>)> done) {
  using Loaded = Expected<std::vector<domain::StoredMedia>>;
  asio::co_spawn(impl_->control, impl_->repository.load(Actor{"warpd", {}, {}}, customer, std::move(ids)),
                 [impl = impl_, done = std::move(done)](std::exception_ptr thrown, Loaded loaded) {
                   if (impl->abandoned) return;
                   const bool there = !thrown && loaded.has_value();
                   if (!there && !thrown && loaded.error().kind != ErrorKind::NotFound)
                     impl->report("load", loaded.error());
                   auto media = std::make_shared<std::vector<domain::StoredMedia>>();
                   if (there) *media = std::move(*loaded);
                   impl->home.post([done, there, media] { done(there, std::move(*media)); });
                 });
}

}  // namespace warp::store
