// Siprec: a call that is recorded by a recorder outside (RFC 7866): we are its session recording client.
//
// The targets of the recorder's name are tried by priority, each with a dialog and ports of its own, until
// one takes the call; what it is told follows the call (hold, codecs, parties). Whatever becomes of it, the
// call does not notice: a target that fails is followed by the next, and the last one by a file when
// RecorderSettings::fallback says so.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "warp/recording/copier.h"

#include "call.h"
#include "context.h"
#include "recording/picture.h"

namespace warp::calls {

struct Siprec {
  std::string recorder;
  bool mask_digits = false;
  std::vector<const RecorderTarget*> targets;  // of Context::settings
  std::size_t next_target = 0;
  const RecorderTarget* target = nullptr;  // that is tried, or has the call
  std::vector<sip::LocatedTarget> located;
  std::size_t next_located = 0;
  std::uint32_t question = 0;  // that the search waits for
  Tag dialog = 0;              // 0: none runs
  bool up = false;
  std::shared_ptr<recording::Copier> copier;  // of that dialog; shared with the media session
  RecorderSdp sdp;
  Picture told;        // what the recorder knows
  bool whole = false;  // it may know less: what comes next is complete
  WallTime began{};
  net::TimerWheel::Handle next_report;
  std::string saved;  // the dialog, for the journal
};

// False: no recorder of that name, or no audio that can be described.
bool begin_siprec(Context& context, Call& call, const RecordingWish& wish);
// The next target; without one the recording is over, or goes on in a file.
void try_next_recorder(Context& context, Call& call);
// BYE (or CANCEL), and no more packets.
void end_siprec(Context& context, Call& call, domain::Reason reason);
// The call may have changed: tells the recorder what is new.
void tell_recorder(Context& context, Call& call);

// The target of the dialog is no good (any more): it is forgotten, and the next one tried.
void on_recorder_failed(Context& context, RecorderDialog& dialog, domain::Reason reason,
                        std::uint16_t status = 0);
// The recorder has answered with `description`. False: it takes no stream.
bool follow_recorder(Context& context, Call& call, const sdp::Session& description);
// It has the call from now on.
void recorder_accepted(Context& context, Call& call);

// The call leaves this shard; and it is on its new one, where another session begins.
struct SavedSiprec {
  std::string dialog, recorder;
  bool mask_digits = false, tone = false, recorded = false;
};
std::string save_siprec(const Call& call);  // empty: it is not recorded so
SavedSiprec read_saved_siprec(std::string_view text);
// Of a process that died: BYE in its dialog.
void end_saved_siprec(Context& context, const SavedSiprec& saved);

}  // namespace warp::calls
