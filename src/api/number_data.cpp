// Number data: what there is, its import from CSV, and its fetching from the look-up service.
#include "warp/store/number_data.h"

#include "warp/numbering/data_csv.h"
#include "warp/numbering/line_kind.h"
#include "warp/store/jobs.h"

#include "csv_upload.h"
#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

using numbering::DataSet;

constexpr const char* kSyncJob = "number_sync";  // taken by the daemon's numbers unit

// Parses while the file arrives: what is held is lines, not text.
using DataUpload = CsvUpload<numbering::DataCsvReader>;

Json show(const store::NumberDataSet& set) {
  Json out;
  out["name"] = set.name;
  out["version"] = set.version;
  out["source"] = set.source;
  out["synthetic"] = set.synthetic;
  out["rows"] = set.rows;
  out["loaded_at"] = timestamp(set.loaded_at);
  return out;
}

Schema set_schema() {
  return {"NumberDataSet",
          {text("name").one_of({"blocks", "countries", "local_areas"}), integer("version"), text("source"),
           boolean("synthetic").says("Made up by a rule, wholly or in part: not for charging anybody."),
           integer("rows"), instant("loaded_at").or_null()}};
}

// The rows of one kind, one after another, as the store takes them.
template <class Row, class From, class Convert>
std::function<bool(Row&)> rows_of(std::vector<From> rows, Convert convert) {
  auto shared = std::make_shared<const std::vector<From>>(std::move(rows));
  return [shared = std::move(shared), at = std::size_t{0}, convert](Row& out) mutable {
    if (at == shared->size()) return false;
    convert((*shared)[at++], out);
    return true;
  };
}

store::Task<store::NumberDataSet> replace(Services& services, store::Actor actor, DataSet set,
                                          numbering::Table::Source rows, std::string source, bool synthetic) {
  store::NumberDataRepository repository(services.pool);
  if (set == DataSet::Blocks) {
    auto next = rows_of<store::NumberBlock>(std::move(rows.blocks),
                                            [](const numbering::BlockRow& row, store::NumberBlock& out) {
                                              out = {row.npanxx,
                                                     row.block,
                                                     row.state,
                                                     row.ocn,
                                                     row.rate_centre,
                                                     row.lata,
                                                     std::string(numbering::kind_name(row.kind))};
                                            });
    auto replacing =
        repository.replace_blocks(std::move(actor), std::move(next), std::move(source), synthetic);
    co_return co_await std::move(replacing);
  }
  if (set == DataSet::Countries) {
    auto next = rows_of<store::NumberPrefix>(
        std::move(rows.countries), [](const numbering::CountryRow& row, store::NumberPrefix& out) {
          out = {row.prefix, row.country, std::string(numbering::kind_name(row.kind))};
        });
    auto replacing =
        repository.replace_prefixes(std::move(actor), std::move(next), std::move(source), synthetic);
    co_return co_await std::move(replacing);
  }
  auto next = rows_of<store::LocalArea>(
      std::move(rows.local_pairs), [](const std::pair<std::string, std::string>& row, store::LocalArea& out) {
        out = {row.first, row.second};
      });
  auto replacing = repository.replace_areas(std::move(actor), std::move(next), std::move(source), synthetic);
  co_return co_await std::move(replacing);
}

Answer import_data(Services& services, Call call, DataSet set) {
  auto upload = std::dynamic_pointer_cast<DataUpload>(call.request.sink);
  auto rows = upload->finish();
  if (!rows) co_return import_failure(rows.error());
  const bool dry = take<bool>(call.query, "dry_run").value_or(false);
  Reply reply;
  reply.data["lines"] = rows->blocks.size() + rows->countries.size() + rows->local_pairs.size();
  reply.data["dry_run"] = dry;
  reply.data["set"] = nullptr;
  if (dry) co_return reply;
  auto source = take<std::string>(call.query, "source").value_or("api");
  const bool synthetic = take<bool>(call.query, "synthetic").value_or(false);
  auto replacing = replace(services, call.as_operator(), set, std::move(*rows), std::move(source), synthetic);
  const auto replaced = co_await std::move(replacing);
  if (!replaced) co_return from_store(replaced.error(), "number data");
  reply.data["set"] = show(*replaced);
  co_return reply;
}

Answer import_blocks(Services& services, Call call) {
  return import_data(services, std::move(call), DataSet::Blocks);
}
Answer import_countries(Services& services, Call call) {
  return import_data(services, std::move(call), DataSet::Countries);
}
Answer import_areas(Services& services, Call call) {
  return import_data(services, std::move(call), DataSet::LocalAreas);
}

Answer list_sets(Services& services, Call call) {
  store::NumberDataRepository repository(services.pool);
  const auto found = co_await repository.sets(call.as_operator());
  if (!found) co_return from_store(found.error(), "number data");
  Reply reply;
  reply.data = Json::array();
  for (const auto& set : *found) {
    reply.data.push_back(show(set));
    if (set.synthetic)
      reply.warning = "Some number data is synthetic: it is made up by a rule, wholly or in part.";
  }
  co_return reply;
}

Answer begin_sync(Services& services, Call call) {
  store::JobRepository jobs(services.pool);
  const auto job = co_await jobs.add(call.as_operator(), kSyncJob, "{}");
  if (!job) co_return from_store(job.error(), "job");
  Json out;
  out["id"] = job->id.to_string();
  out["kind"] = job->kind;
  out["state"] = job->state;
  co_return reply_with(std::move(out), 202);
}

void add_import(EndpointTable& table, Services& services, const std::string& name, const std::string& summary,
                Operation operation, DataSet set) {
  table.push_back(
      {.method = http::Method::Post,
       .path = "/number-data/" + name,
       .summary = summary,
       .tag = "Number data",
       .action = act(services, operation),
       .operators_only = true,
       .query = {boolean("dry_run").says("Check the file and change nothing."),
                 text("source", 128).says("Where the file comes from, kept with the set."),
                 boolean("synthetic").says("The data is made up by a rule; kept with the set and shown.")},
       .body_kind = BodyKind::Csv,
       .body_limit = services.settings.import_limit,
       .sink = [set](const http::Request&) { return std::make_shared<DataUpload>(set); },
       .answer = {"NumberDataImport",
                  {integer("lines"), boolean("dry_run"), object("set", set_schema().fields).or_null()}},
       .errors = {ErrorCode::InvalidImport, ErrorCode::PayloadTooLarge, ErrorCode::UnsupportedMediaType}});
}

}  // namespace

void add_number_data(EndpointTable& table, Services& services) {
  table.push_back({.path = "/number-data",
                   .summary = "Sets of number data: version, source, and whether they are synthetic",
                   .tag = "Number data",
                   .action = act(services, list_sets),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = set_schema()});
  add_import(table, services, "blocks",
             "Replace the blocks of the North American plan by a CSV file: all or nothing", import_blocks,
             DataSet::Blocks);
  add_import(table, services, "countries", "Replace the prefixes of countries by a CSV file: all or nothing",
             import_countries, DataSet::Countries);
  add_import(table, services, "local-areas", "Replace the local calling areas by a CSV file: all or nothing",
             import_areas, DataSet::LocalAreas);
  table.push_back(
      {.method = http::Method::Post,
       .path = "/number-data/sync",
       .summary = "Fetch the blocks of the North American plan from the look-up service, as a job",
       .tag = "Number data",
       .action = act(services, begin_sync),
       .operators_only = true,
       .answer = {"NumberSync", {uuid("id"), text("kind"), text("state")}},
       .status = 202});
}

}  // namespace warp::api
