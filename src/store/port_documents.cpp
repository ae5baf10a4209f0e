#include "warp/store/port_documents.h"

#include <span>

#include "port_rows.h"

#define PORT_PAPER_COLUMNS                                                           \
  "id, doc_type, file_name, content_type, size_bytes, spid, generated, superseded, " \
  "signer::text, uploaded_by, created_at"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr pg::Query kListPortPapers{
    "store.port_document.list",
    "SELECT " PORT_PAPER_COLUMNS
    " FROM porting.documents WHERE request_id = $1 AND ($2::text IS NULL OR doc_type = $2) "
    "AND ($3::text IS NULL OR spid = (SELECT n.spid FROM porting.numbers n WHERE n.request_id = $1 AND "
    "n.e164 "
    "= $3)) ORDER BY created_at DESC, id DESC LIMIT 1000"};
constexpr pg::Query kSupersedePortPaper{
    "store.port_document.supersede",
    "UPDATE porting.documents SET superseded = true WHERE request_id = $1 AND doc_type = 'LOA' AND spid = "
    "$2::text AND NOT superseded"};
constexpr pg::Query kAddPortPaper{
    "store.port_document.add",
    "WITH made AS (INSERT INTO porting.documents (request_id, customer_id, doc_type, file_name, "
    "content_type, "
    "spid, generated, signer, size_bytes, created_at) SELECT id, customer_id, $2, $3, $4, $5::text, $6, "
    "$7::jsonb, octet_length($8::bytea), clock_timestamp() FROM porting.requests WHERE id = $1 RETURNING *), "
    "stored AS (INSERT INTO porting.contents (document_id, customer_id, content) SELECT id, customer_id, "
    "$8::bytea FROM made) SELECT " PORT_PAPER_COLUMNS " FROM made",
    30s};
constexpr pg::Query kLoadPortPaper{
    "store.port_document.load",
    "SELECT " PORT_PAPER_COLUMNS
    ", (SELECT encode(c.content, 'hex') FROM porting.contents c WHERE c.document_id = documents.id) "
    "FROM porting.documents WHERE request_id = $1 AND id = $2",
    30s};
constexpr pg::Query kRemovePortPaper{
    "store.port_document.remove",
    "DELETE FROM porting.documents WHERE request_id = $1 AND id = $2 RETURNING " PORT_PAPER_COLUMNS};

void read_paper(pg::RowReader& row, PortPaper& out) {
  row.next(out.id);
  row.next(out.doc_type);
  row.next(out.file_name);
  row.next(out.content_type);
  row.next(out.size);
  row.next(out.spid);
  row.next(out.generated);
  row.next(out.superseded);
  row.next(out.signer);
  row.next(out.uploaded_by);
  row.next(out.created_at);
}

int nibble(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool from_hex(std::string_view text, std::string& out) {
  if (text.size() % 2 != 0) return false;
  out.resize(text.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<char>(high * 16 + low);
  }
  return true;
}

}  // namespace

Task<std::vector<PortPaper>> PortDocumentRepository::list(Actor actor, Uuid request,
                                                          std::optional<std::string> doc_type,
                                                          std::optional<std::string> e164) {
  auto params = pg::Params::of(request, doc_type, e164);
  return ask_all<PortPaper>(pool_, scope_of(actor), kListPortPapers, std::move(params), read_paper);
}

Task<PortPaper> PortDocumentRepository::add(Actor actor, Uuid request, PortPaper paper, std::string content) {
  std::vector<pg::Statement> statements;
  if (paper.doc_type == "LOA" && paper.spid)
    statements.push_back({&kSupersedePortPaper, pg::Params::of(request, paper.spid)});
  auto params = pg::Params::of(request, paper.doc_type, paper.file_name, paper.content_type, paper.spid,
                               paper.generated, paper.signer);
  params.add_octets(std::as_bytes(std::span(content.data(), content.size())));
  statements.push_back({&kAddPortPaper, std::move(params)});
  PortDeed deed;
  deed.action = paper.generated ? "loa_generated" : "document_added";
  domain::PortDocument details;
  details["doc_type"] = paper.doc_type;
  details["file_name"] = paper.file_name;
  if (paper.spid) details["spid"] = *paper.spid;
  deed.details = port_text(details);
  statements.push_back(deed_of(request, deed));
  const auto at = statements.size() - 2;
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<PortPaper>((*answers)[at], read_paper, kAddPortPaper.name);
}

Task<PortDocumentRepository::Whole> PortDocumentRepository::load(Actor actor, Uuid request, Uuid id) {
  const auto rows = co_await pool_.query(scope_of(actor), kLoadPortPaper, pg::Params::of(request, id));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  Whole out;
  pg::RowReader row((*rows)[0]);
  read_paper(row, out.paper);
  const auto hex = row.next<std::string_view>();
  if (!row.ok() || !from_hex(hex, out.content)) co_return bad_row(kLoadPortPaper.name);
  co_return out;
}

Task<PortPaper> PortDocumentRepository::remove(Actor actor, Uuid request, Uuid id) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kRemovePortPaper, pg::Params::of(request, id)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<PortPaper>((*answers)[0], read_paper, kRemovePortPaper.name);
}

}  // namespace warp::store
