// TlsProfiles: certificates and rules of TLS, by name; read from files, and read again while connections
// live. What a handshake began with stays valid to its end; new handshakes take what is current. Thread-safe.
//
// Session resumption is off: every connection proves itself anew. TLS 1.2 is the least.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"

namespace warp::sip {

struct TlsProfile {
  std::string name;
  std::string certificate_file, key_file;  // PEM; needed by listeners; shown to servers that ask
  std::string ca_file;                     // PEM; who may sign peers' certificates; empty: the system's
  enum class Verify : std::uint8_t { None, Optional, Required };
  Verify verify = Verify::None;  // of those who connect; whom we connect to is always verified
  bool only_tls13 = false;
  std::string ciphers;     // of TLS 1.2, as OpenSSL writes them; empty: forward secrecy with AEAD
  bool wildcards = false;  // RFC 5922 §7.2 forbids them; some carriers have them all the same
};

class TlsSet;  // one reading of the files

class TlsProfiles {
 public:
  // The error is a sentence for people.
  static Result<std::unique_ptr<TlsProfiles>, std::string> load(const std::vector<TlsProfile>& profiles);
  // An error leaves what there was.
  Result<void, std::string> reload(const std::vector<TlsProfile>& profiles);
  std::shared_ptr<const TlsSet> current() const;

 private:
  TlsProfiles() = default;
  mutable std::mutex mutex_;  // guards the next
  std::shared_ptr<const TlsSet> current_;
};

}  // namespace warp::sip
