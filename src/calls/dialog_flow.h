// By which flow a request within a dialog leaves.
#pragma once

#include "warp/sip/dialog/dialog.h"

#include "context.h"

namespace warp::calls {

// Over UDP: the dialog's own listener to its next hop, or the one of that hop's family. Over a stream: the
// connection that the peer made, as long as it lives (RFC 5626); the connection towards the peer that we
// chose, when the remote target is at its address; else the remote target by itself. A secure dialog that we
// began stays with its verified peer.
sip::Flow flow_of(const Context& context, const sip::Dialog& dialog);

}  // namespace warp::calls
