// What a REGISTER asks for (RFC 3261 §10.3, RFC 3327, RFC 5626, RFC 6140), read off the message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"
#include "warp/domain/address.h"
#include "warp/domain/reason.h"
#include "warp/sip/message/message.h"

namespace warp::registrar {

struct AskedContact {
  std::string uri;  // as it came
  std::string key;  // what two URIs that are the same have in common, as RFC 3261 §19.1.4 has it, near enough
  std::optional<domain::SocketAddress> address;  // that the URI names; nullopt: its host is no address
  std::string instance;
  std::uint32_t reg_id = 0;
  std::optional<std::uint32_t> expires;
  std::uint16_t q = 1000;
  bool gin = false;  // ;bnc
};

struct Asked {
  std::string user;  // of To
  std::vector<AskedContact> contacts;
  bool star = false;                     // Contact: *
  std::optional<std::uint32_t> expires;  // the header
  std::vector<std::string> path;
  bool path_supported = false, outbound = false, gin = false;
  bool proxied = false;  // it came over somebody else: what stands in Contact need not be where it came from
};

struct Fault {
  domain::Reason reason = domain::Reason::MessageMalformed;
  std::uint16_t status = 0;   // 0: the reason's
  std::string unsupported{};  // for 420
};

inline constexpr std::size_t kMostContacts = 20, kMostPaths = 10;

Result<Asked, Fault> read_register(const sip::Message& request);

// The value of a header parameter, without quotes; nullopt when absent. `params` begins with ';'.
std::optional<std::string_view> header_param(std::string_view params, std::string_view name);
// What makes two Contacts the same binding: the instance and registration of RFC 5626, or the URI.
std::string binding_key(const AskedContact& contact, bool outbound);

}  // namespace warp::registrar
