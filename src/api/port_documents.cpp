// Documents of port requests: bills, customer service records, letters of authorisation.
#include <algorithm>

#include "warp/http/one_piece.h"

#include "form_data.h"
#include "formats.h"
#include "port_view.h"
#include "port_work.h"

namespace warp::api {
namespace {

constexpr std::size_t kLargest = 25 * 1024 * 1024, kPaperFormOverhead = 16 * 1024, kParts = 2;
const std::string kDocuments = "/porting/requests/{request_id:uuid}/documents";
const std::vector<std::string> kTypes{"LOA", "BILL", "CSR", "OTHER"};

// A PDF may run things in a viewer, and an HTML page anywhere: nothing is shown on our address.
constexpr const char* kPaperSandbox = "default-src 'none'; sandbox";

// Kept as a whole, since Postgres is given it as a whole; the endpoint's limit bounds it.
class PaperUpload final : public http::BodySink {
 public:
  void feed(std::string_view octets) override { text_ += octets; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// By what it is, as long as its name does not say otherwise; all else is octets.
std::string type_of(std::string_view name, std::string_view octets) {
  const auto dot = name.rfind('.');
  std::string ending;
  for (const char c : dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1))
    ending += ascii_lower(c);
  const auto named = [&](std::initializer_list<std::string_view> endings) {
    return ending.empty() || std::find(endings.begin(), endings.end(), ending) != endings.end();
  };
  using namespace std::string_view_literals;
  if (octets.starts_with("%PDF-"sv) && named({"pdf"})) return "application/pdf";
  if (octets.starts_with("\x89PNG\r\n\x1a\n"sv) && named({"png"})) return "image/png";
  if (octets.starts_with("\xff\xd8\xff"sv) && named({"jpg", "jpeg"})) return "image/jpeg";
  if ((octets.starts_with("II*\0"sv) || octets.starts_with("MM\0*"sv)) && named({"tif", "tiff"}))
    return "image/tiff";
  return "application/octet-stream";
}

Answer list_documents(Services& services, Call call) {
  store::PortRepository requests(services.pool);
  const auto request = co_await requests.get(call.actor(), call.uuid("request_id"));
  if (!request) co_return from_store(request.error(), "port request");
  std::optional<std::string> tn;
  if (const auto text = take<std::string>(call.query, "tn")) tn = e164_of(*text);
  store::PortDocumentRepository repository(services.pool);
  const auto found =
      co_await repository.list(call.actor(), request->id, take<std::string>(call.query, "doc_type"), tn);
  if (!found) co_return from_store(found.error(), "document");
  co_return list_reply(
      *found, [&](const auto& paper) { return show_port_paper(paper, call.principal().is_operator()); });
}

Failure unreadable(const char* message) {
  return Failure{ErrorCode::InvalidPayload, message};
}

Answer upload(Services& services, Call call) {
  const auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  const auto body = std::dynamic_pointer_cast<PaperUpload>(call.request.sink);
  if (!body) co_return unreadable("There is no body.");
  const auto form = read_form(call.request.headers.get_or("Content-Type", ""), body->text(), kParts);
  if (!form) co_return unreadable("The body is no multipart/form-data with `doc_type` and `file`.");
  const auto type = form->fields.find("doc_type");
  if (!form->has_file || type == form->fields.end())
    co_return unreadable("The form needs the field `doc_type` and the file `file`.");
  if (std::find(kTypes.begin(), kTypes.end(), type->second) == kTypes.end())
    co_return unreadable("`doc_type` is one of LOA, BILL, CSR and OTHER.");
  if (form->file.empty()) co_return Failure{ErrorCode::TniqValidation, "The file is empty."};
  if (form->file.size() > kLargest)
    co_return Failure{ErrorCode::TniqValidation, "The file is larger than 25 MB."};
  store::PortPaper paper;
  paper.doc_type = type->second;
  paper.file_name = plain_file_name(form->file_name);
  paper.content_type = type_of(paper.file_name, form->file);
  // A letter that was signed elsewhere is the group's when there is but one that needs it.
  std::vector<std::string> outside;
  for (const auto& group : view->groups)
    if (!group.group.on_net) outside.push_back(group.group.spid);
  if (paper.doc_type == "LOA" && outside.size() == 1) paper.spid = outside.front();
  Json signer;
  signer["ip"] = call.context->ip;
  paper.signer = dump(signer);
  store::PortDocumentRepository repository(services.pool);
  const auto made =
      co_await repository.add(call.actor(), view->request.id, std::move(paper), std::string(form->file));
  if (!made) co_return from_store(made.error(), "document");
  co_return reply_with(show_port_paper(*made, call.principal().is_operator()), 201);
}

Answer download_paper(Services& services, Call call) {
  const auto id = Uuid::parse(call.request.param("doc_id"));
  if (!id) co_return not_found("document");
  store::PortDocumentRepository repository(services.pool);
  auto found = co_await repository.load(call.actor(), call.uuid("request_id"), *id);
  if (!found) co_return from_store(found.error(), "document");
  Reply reply;
  reply.headers.set("Content-Type", found->paper.content_type);
  reply.headers.set("Content-Security-Policy", kPaperSandbox);
  reply.headers.set("Content-Disposition",
                    "attachment; filename*=UTF-8''" + http::percent_encode(found->paper.file_name));
  reply.source = std::make_unique<http::OnePiece>(std::move(found->content));
  co_return reply;
}

Answer remove(Services& services, Call call) {
  const auto id = Uuid::parse(call.request.param("doc_id"));
  if (!id) co_return not_found("document");
  store::PortDocumentRepository repository(services.pool);
  const auto gone = co_await repository.remove(call.actor(), call.uuid("request_id"), *id);
  if (!gone) co_return from_store(gone.error(), "document");
  store::PortDeed deed;
  deed.action = "document_removed";
  Json details;
  details["doc_type"] = gone->doc_type;
  details["file_name"] = gone->file_name;
  deed.details = dump(details);
  store::PortRepository requests(services.pool);
  const auto noted = co_await requests.note_event(call.actor(), call.uuid("request_id"), std::move(deed));
  if (!noted) co_return from_store(noted.error(), "port request");
  co_return no_content();
}

}  // namespace

void add_port_documents(EndpointTable& table, Services& services) {
  table.push_back({.path = kDocuments,
                   .summary = "Documents of a port request, newest first",
                   .tag = kPortingTag,
                   .action = act(services, list_documents),
                   .scope = "porting:read",
                   .of_customer = true,
                   .query = {text("doc_type").one_of(kTypes),
                             text("tn", 16).is(is_number, "a telephone number").says("Those of its group.")},
                   .answer_kind = AnswerKind::List,
                   .answer = paper_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Post,
                   .path = kDocuments,
                   .summary = "Add a document: multipart/form-data with `doc_type` and `file`, at most 25 MB",
                   .tag = kPortingTag,
                   .action = act(services, upload),
                   .scope = "porting:write",
                   .of_customer = true,
                   .body_kind = BodyKind::Octets,
                   .body_limit = kLargest + kPaperFormOverhead,
                   .sink = [](const http::Request&) { return std::make_shared<PaperUpload>(); },
                   .answer = paper_schema(),
                   .status = 201,
                   .errors = {ErrorCode::InvalidPayload, ErrorCode::NotFound, ErrorCode::TniqValidation,
                              ErrorCode::PayloadTooLarge}});
  table.push_back({.path = kDocuments + "/{doc_id}",
                   .summary = "A document's octets",
                   .tag = kPortingTag,
                   .action = act(services, download_paper),
                   .scope = "porting:read",
                   .of_customer = true,
                   .answer_kind = AnswerKind::Octets,
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Delete,
                   .path = kDocuments + "/{doc_id}",
                   .summary = "Remove a document; without a letter the gate of its group is closed",
                   .tag = kPortingTag,
                   .action = act(services, remove),
                   .scope = "porting:write",
                   .of_customer = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
