#include "warp/store/ports.h"

#include "port_rows.h"

#define PORT_COLUMNS                                                                                        \
  "r.id, r.customer_id, r.name, r.status, r.provider, r.project_id, r.desired_due_date::text, "             \
  "r.activation_mode, r.activate_at, r.activation_tried, r.submitted_at, r.activation_faults, "             \
  "r.created_by, r.created_at, r.updated_at, (SELECT count(*) FROM porting.numbers n WHERE n.request_id = " \
  "r.id)"

namespace warp::store {
namespace {

constexpr pg::Query kListPorts{"store.port.list",
                               "SELECT " PORT_COLUMNS
                               " FROM porting.requests r WHERE ($1::uuid IS NULL OR "
                               "r.customer_id = $1) ORDER BY r.created_at DESC, r.id DESC LIMIT 10000"};
constexpr pg::Query kGetPort{"store.port.get",
                             "SELECT " PORT_COLUMNS " FROM porting.requests r WHERE r.id = $1"};
constexpr pg::Query kPortGroups{
    "store.port.groups",
    "SELECT g.spid, g.carrier_name, g.on_net, g.details, g.changed_at, d.created_at, d.id "
    "FROM porting.groups g LEFT JOIN LATERAL (SELECT x.id, x.created_at FROM porting.documents x "
    "WHERE x.request_id = g.request_id AND x.spid = g.spid AND x.doc_type = 'LOA' AND NOT x.superseded "
    "ORDER BY x.created_at DESC LIMIT 1) d ON true WHERE g.request_id = $1 ORDER BY g.spid"};
constexpr pg::Query kPortNumbers{
    "store.port.numbers",
    "SELECT n.e164, n.state, n.validation, n.spid, g.carrier_name, g.on_net, n.errors, n.facts, "
    "coalesce(n.foc_date::text, ''), n.failure, n.due_at, n.created_at, n.updated_at FROM porting.numbers n "
    "JOIN porting.groups g ON g.request_id = n.request_id AND g.spid = n.spid WHERE n.request_id = $1 "
    "ORDER BY n.e164"};
constexpr pg::Query kCreatePort{
    "store.port.create",
    "WITH made AS (INSERT INTO porting.requests (customer_id, name, desired_due_date, provider, project_id) "
    "VALUES ($1, $2, $3::date, $4, $5) RETURNING *), noted AS (INSERT INTO porting.history (request_id, "
    "customer_id, action) SELECT id, customer_id, 'created' FROM made) SELECT " PORT_COLUMNS " FROM made r"};
constexpr pg::Query kRemovePort{"store.port.remove",
                                "DELETE FROM porting.requests WHERE id = $1 RETURNING true"};
constexpr pg::Query kPortPolicy{"store.port.policy",
                                "UPDATE porting.requests r SET activation_mode = $2, activate_at = "
                                "$3::timestamptz, activation_faults = 0, "
                                "activation_tried = NULL WHERE r.id = $1 RETURNING " PORT_COLUMNS};
constexpr pg::Query kAddPortNumbers{"store.port.add", "SELECT porting.add_numbers($1::uuid, $2::jsonb)",
                                    std::chrono::seconds(30)};
constexpr pg::Query kMergePort{"store.port.merge", "SELECT porting.merge($1::uuid, $2::jsonb)",
                               std::chrono::seconds(30)};
constexpr pg::Query kPortDetails{
    "store.port.details",
    "UPDATE porting.groups SET details = $3::jsonb, changed_at = clock_timestamp() WHERE request_id = $1 "
    "AND spid = $2 RETURNING true"};

void read_request(pg::RowReader& row, PortRequest& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.name);
  row.next(out.status);
  row.next(out.provider);
  row.next(out.project_id);
  row.next(out.due_date);
  row.next(out.activation_mode);
  row.next(out.activate_at);
  row.next(out.activation_tried);
  row.next(out.submitted_at);
  row.next(out.activation_faults);
  row.next(out.created_by);
  row.next(out.created_at);
  row.next(out.updated_at);
  row.next(out.numbers);
}

void read_group(pg::RowReader& row, PortGroupRow& out) {
  row.next(out.group.spid);
  row.next(out.group.carrier_name);
  row.next(out.group.on_net);
  next_port_document(row, out.group.details);
  row.next(out.changed_at);
  row.next(out.signed_at);
  row.next(out.letter);
}

void read_number(pg::RowReader& row, PortNumberRow& out) {
  auto& number = out.number;
  row.next(number.e164);
  row.next(number.state);
  row.next(number.validation);
  row.next(number.spid);
  row.next(number.carrier_name);
  row.next(number.on_net);
  next_port_document(row, number.errors);
  next_port_document(row, number.facts);
  row.next(number.foc_date);
  row.next(number.failure);
  row.next(number.ask_at);
  row.next(out.created_at);
  row.next(out.updated_at);
}

void put(domain::PortDocument& out, const char* name, const std::string& text) {
  if (!text.empty()) out[name] = text;
}

std::string rows_to_add(const std::vector<domain::PortNumber>& rows) {
  auto out = domain::PortDocument::array();
  for (const auto& row : rows) {
    domain::PortDocument one;
    one["e164"] = row.e164;
    one["spid"] = row.spid;
    one["carrier_name"] = row.carrier_name;
    one["on_net"] = row.on_net;
    one["facts"] = row.facts.is_object() ? row.facts : domain::PortDocument::object();
    out.push_back(std::move(one));
  }
  return port_text(out);
}

std::string rows_to_merge(const std::vector<PortMerge>& rows) {
  auto out = domain::PortDocument::array();
  for (const auto& [number, was] : rows) {
    domain::PortDocument one;
    one["e164"] = number.e164;
    one["was"] = was;
    put(one, "state", number.state);
    put(one, "validation", number.validation);
    put(one, "spid", number.spid);
    put(one, "carrier_name", number.carrier_name);
    put(one, "foc_date", number.foc_date);
    put(one, "failure", number.failure);
    if (number.errors.is_array()) one["errors"] = number.errors;
    if (number.facts.is_object() && !number.facts.empty()) one["facts"] = number.facts;
    if (number.ask_at) one["due_at"] = pg::to_text(*number.ask_at);
    out.push_back(std::move(one));
  }
  return port_text(out);
}

Expected<std::uint64_t> counted(const pg::Rows& rows, std::string_view query) {
  if (rows.empty()) return not_found();
  pg::RowReader row(rows[0]);
  const auto count = row.next<std::uint64_t>();
  if (!row.ok()) return bad_row(query);
  return count;
}

}  // namespace

domain::PortProject PortView::project() const {
  domain::PortProject out;
  out.id = request.project_id;
  out.request = request.id;
  out.customer = request.customer;
  out.name = request.name;
  out.due_date = request.due_date.value_or("");
  for (const auto& row : groups)
    out.groups.push_back(row.group);
  for (const auto& row : numbers)
    out.numbers.push_back(row.number);
  return out;
}

Task<std::vector<PortRequest>> PortRepository::list(Actor actor, std::optional<CustomerId> customer) {
  return ask_all<PortRequest>(pool_, scope_of(actor), kListPorts, pg::Params::of(customer), read_request);
}

Task<PortRequest> PortRepository::get(Actor actor, Uuid id) {
  return ask_one<PortRequest>(pool_, scope_of(actor), kGetPort, pg::Params::of(id), read_request);
}

Task<PortView> PortRepository::view(Actor actor, Uuid id) {
  std::vector<pg::Statement> statements;
  for (const auto* query : {&kGetPort, &kPortGroups, &kPortNumbers})
    statements.push_back({query, pg::Params::of(id)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  auto request = read_one<PortRequest>((*answers)[0], read_request, kGetPort.name);
  if (!request) co_return std::move(request).error();
  auto groups = read_all<PortGroupRow>((*answers)[1], read_group, kPortGroups.name);
  if (!groups) co_return std::move(groups).error();
  auto numbers = read_all<PortNumberRow>((*answers)[2], read_number, kPortNumbers.name);
  if (!numbers) co_return std::move(numbers).error();
  PortView view;
  view.request = std::move(*request);
  view.groups = std::move(*groups);
  view.numbers = std::move(*numbers);
  co_return view;
}

Task<PortRequest> PortRepository::create(Actor actor, CustomerId customer, std::string name,
                                         std::optional<std::string> due_date, std::string provider,
                                         std::string project_id) {
  auto params = pg::Params::of(customer, name, due_date, provider, project_id);
  return ask_one<PortRequest>(pool_, scope_of(actor), kCreatePort, std::move(params), read_request);
}

Task<bool> PortRepository::remove(Actor actor, Uuid id) {
  const auto rows = co_await pool_.query(scope_of(actor), kRemovePort, pg::Params::of(id));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  co_return true;
}

Task<PortRequest> PortRepository::set_policy(Actor actor, Uuid id, std::string mode,
                                             std::optional<WallTime> at) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kPortPolicy, pg::Params::of(id, mode, at)});
  PortDeed deed;
  deed.action = "auto_activation_set";
  domain::PortDocument details;
  details["mode"] = mode;
  deed.details = port_text(details);
  statements.push_back(deed_of(id, deed));
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<PortRequest>((*answers)[0], read_request, kPortPolicy.name);
}

Task<std::uint64_t> PortRepository::add(Actor actor, Uuid id, std::vector<domain::PortNumber> rows,
                                        PortDeed deed) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kAddPortNumbers, pg::Params::of(id, rows_to_add(rows))});
  statements.push_back(deed_of(id, deed));
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return counted((*answers)[0], kAddPortNumbers.name);
}

Task<std::uint64_t> PortRepository::merge(Actor actor, Uuid id, std::vector<PortMerge> rows, PortDeed deed) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kMergePort, pg::Params::of(id, rows_to_merge(rows))});
  if (!deed.action.empty()) statements.push_back(deed_of(id, deed));
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return counted((*answers)[0], kMergePort.name);
}

Task<bool> PortRepository::set_details(Actor actor, Uuid id, std::string spid, domain::PortDocument details,
                                       PortDeed deed) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kPortDetails, pg::Params::of(id, spid, port_text(details))});
  statements.push_back(deed_of(id, deed));
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  if ((*answers)[0].empty()) co_return not_found();
  co_return true;
}

}  // namespace warp::store
