// What version 3 of a record has behind everything else: numbers, charge, decision and the rest of the
// prices' terms. An octet says which of them are there; what is there is not of its default value.
#pragma once

#include "warp/domain/call_record.h"

#include "fields.h"

namespace warp::records {

// Rejected candidates beyond the 16th are left out.
void write_extras(FieldWriter& out, const domain::CallRecord& record);
// Of a record whose other fields were read.
void read_extras(FieldReader& in, domain::CallRecord& record);

// Of one leg, from version 4 on: how many figures there are, and each behind its place among all.
void write_quality(FieldWriter& out, const Boxed<domain::MediaQuality>& quality);
void read_quality(FieldReader& in, Boxed<domain::MediaQuality>& quality);

}  // namespace warp::records
