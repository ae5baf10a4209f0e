// The columns of records.cdrs: for each its type, how a record fills it and how it is read back. The one
// place that knows them; the statements are made from it.
#pragma once

#include <span>
#include <string>

#include "warp/domain/call_record.h"
#include "warp/pg/rows.h"

#include "array_text.h"

namespace warp::store {

struct RecordColumn {
  std::string name, type;
  void (*put)(ArrayText&, const domain::CallRecord&);
  void (*get)(pg::RowReader&, domain::CallRecord&);
};

std::span<const RecordColumn> record_columns();
// "id, setup_at, …", in order.
const std::string& record_column_list();
void read_record(pg::RowReader& row, domain::CallRecord& out);

}  // namespace warp::store
