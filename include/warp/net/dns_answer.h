// Answers of the DNS, as values. The parser takes whole messages as they were on the wire (RFC 1035 §4, SRV:
// RFC 2782, NAPTR: RFC 3403); names are expanded by c-ares, everything else is read with checks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"
#include "warp/domain/address.h"

namespace warp::net::dns {

enum class RecordType : std::uint16_t { A = 1, Aaaa = 28, Srv = 33, Naptr = 35 };
std::string_view to_string(RecordType type);  // a, aaaa, srv, naptr

// Lower-case names without the last dot; an empty target is the root: "no such service".
struct Service {
  std::uint16_t priority = 0, weight = 0, port = 0;
  std::string target;
};
struct Pointer {
  std::uint16_t order = 0, preference = 0;
  std::string flags, services, regexp, replacement;
};

enum class Outcome : std::uint8_t {
  Found,
  NoData,  // the name is there, records of the type are not
  NoName,  // NXDOMAIN
  Failed,  // no server gave a usable answer
};
std::string_view to_string(Outcome outcome);  // found, no_data, no_name, failed

struct Answer {
  Outcome outcome = Outcome::Failed;
  std::chrono::seconds ttl{0};  // the least of all records used; of a negative answer: RFC 2308 §5
  // One of them has something, by the type asked for.
  std::vector<domain::IpAddress> addresses;
  std::vector<Service> services;
  std::vector<Pointer> pointers;
};

enum class AnswerFault : std::uint8_t { Malformed, NoResponse, Truncated };
std::string_view to_string(AnswerFault fault);

inline constexpr std::size_t kMostRecords = 256;  // of one answer; more are left out

// Records that do not hang together with the question by CNAMEs are left out, and so are those whose names
// are no host names.
Result<Answer, AnswerFault> parse_answer(std::span<const std::byte> message, RecordType wanted);

// A name that may be asked for: labels of 1 to 63 letters, digits, '-' and '_', at most 253 octets; one dot
// at the end is allowed.
bool is_name(std::string_view text);

}  // namespace warp::net::dns
