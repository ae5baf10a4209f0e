// Port requests as answers show them: the names are those of the published backend.
#pragma once

#include "warp/porting/gate.h"
#include "warp/porting/life.h"
#include "warp/store/port_documents.h"
#include "warp/store/ports.h"

#include "services.h"

namespace warp::api {

struct PortCounts {
  std::size_t total = 0, valid = 0, error = 0, pending = 0, submitted = 0, activated = 0, cancelled = 0,
              failed = 0, activatable = 0;
};
PortCounts count(const store::PortView& view);
porting::State state_of(const store::PortNumberRow& row);
porting::Gate gate_of(const store::PortView& view);

Json show_request(const store::PortRequest& request);
Json show_project(const store::PortView& view);
Json show_groups(const store::PortView& view, bool with_numbers);
Json show_number(const store::PortNumberRow& row, const store::PortRequest& request);
Json show_statistics(const PortCounts& counts);
Json show_policy(const store::PortRequest& request, const store::PortView* view);
Json show_port_paper(const store::PortPaper& paper, bool for_operator);
// The whole of GET /porting/requests/{request_id}.
Json show_port(const store::PortView& view);

Schema request_schema(const char* name);
Schema port_schema();  // {request, project, groups}
Schema paper_schema();
Schema policy_schema();
std::vector<Field> statistics_fields();

}  // namespace warp::api
