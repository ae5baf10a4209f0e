// CallFacts: what else is worth keeping of a call, beside the columns of its record; empty when it does not
// apply. Kept as one JSON object (records.cdrs.facts) and shown as such by the API.
#pragma once

#include <cstdint>
#include <string>

namespace warp::domain {

struct CallFacts {
  bool emergency = false;
  std::string credential;                   // user name that the caller authenticated with
  std::string transport_in, transport_out;  // UDP, TCP, TLS, WS, WSS
  std::string verstat;                      // TN-Validation-Passed, …: what the caller's Identity was worth
  std::string attestation_in, attestation_out, origid;
  std::string certificate;     // subject that signed the caller's Identity
  std::string diverted_from;   // E.164 digits
  std::string lrn;             // rn of the called number, when npdi came with it
  std::string transferred_to;  // by REFER or Replaces
  std::string
      joined_with;  // the call, by its id, whose party an attended transfer brought together with ours
  std::string codec_change;     // "PCMU>T.38": the last one
  std::uint32_t refreshes = 0;  // of the session timer
  std::string recording;        // ids of its recordings, a blank between two
  std::string one_way,
      silent;  // whose audio did not come, or was silence: "caller", "callee", "caller callee"
  friend bool operator==(const CallFacts&, const CallFacts&) = default;
};

// Every fact by its name: `visit(name, member)`; members are bool, std::string or std::uint32_t.
template <class Facts, class Visit>
void each_fact(Facts& facts, Visit&& visit) {
  visit("emergency", facts.emergency);
  visit("credential", facts.credential);
  visit("transport_in", facts.transport_in);
  visit("transport_out", facts.transport_out);
  visit("verstat", facts.verstat);
  visit("attestation_in", facts.attestation_in);
  visit("attestation_out", facts.attestation_out);
  visit("origid", facts.origid);
  visit("certificate", facts.certificate);
  visit("diverted_from", facts.diverted_from);
  visit("lrn", facts.lrn);
  visit("transferred_to", facts.transferred_to);
  visit("joined_with", facts.joined_with);
  visit("codec_change", facts.codec_change);
  visit("refreshes", facts.refreshes);
  visit("recording", facts.recording);
  visit("one_way", facts.one_way);
  visit("silent", facts.silent);
}

}  // namespace warp::domain
