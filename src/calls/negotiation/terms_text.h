// What was agreed with the sides of a session, and their SRTP, in the journal's state of a call.
#pragma once

#include "warp/domain/media_port.h"
#include "warp/domain/text_fields.h"

namespace warp::calls {

void write_terms(domain::TextFieldWriter& out, const domain::MediaMemory& memory);
// Into the streams that `memory` has already; the reader fails when they are damaged.
void read_terms(domain::TextFieldReader& in, domain::MediaMemory& memory);

}  // namespace warp::calls
