// DnsServer: a small authority on a loopback UDP port, on a loop that the test drives. Knows what it is
// given; can fall silent or fail.
#pragma once

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/ip/udp.hpp>

#include "warp/net/dns_answer.h"
#include "warp/net/loop.h"

namespace warp::test {

class DnsWire {
 public:
  void u8(unsigned value) { bytes_ += static_cast<char>(value); }
  void u16(unsigned value) {
    u8(value >> 8 & 0xff);
    u8(value & 0xff);
  }
  void u32(std::uint32_t value) {
    u16(value >> 16);
    u16(value & 0xffff);
  }
  void name(std::string_view text) {
    while (!text.empty()) {
      const auto dot = std::min(text.find('.'), text.size());
      string(text.substr(0, dot));
      text.remove_prefix(std::min(dot + 1, text.size()));
    }
    u8(0);
  }
  void string(std::string_view text) {
    u8(static_cast<unsigned>(text.size()));
    bytes_ += text;
  }
  void raw(std::string_view bytes) { bytes_ += bytes; }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

struct DnsRecord {
  std::string owner;
  unsigned type = 1;
  std::uint32_t ttl = 300;
  std::string data;
};

inline DnsRecord dns_a(std::string owner, std::string_view ip, std::uint32_t ttl = 300) {
  const auto address = *domain::IpAddress::parse(ip);
  std::string data(reinterpret_cast<const char*>(address.bytes.data()), address.v6 ? 16 : 4);
  return {std::move(owner), address.v6 ? 28u : 1u, ttl, std::move(data)};
}
inline DnsRecord dns_srv(std::string owner, unsigned priority, unsigned weight, unsigned port,
                         std::string_view target, std::uint32_t ttl = 300) {
  DnsWire wire;
  wire.u16(priority);
  wire.u16(weight);
  wire.u16(port);
  wire.name(target);
  return {std::move(owner), 33, ttl, wire.bytes()};
}
inline DnsRecord dns_naptr(std::string owner, unsigned order, unsigned preference, std::string_view service,
                           std::string_view replacement, std::string_view flags = "s") {
  DnsWire wire;
  wire.u16(order);
  wire.u16(preference);
  wire.string(flags);
  wire.string(service);
  wire.string("");
  wire.name(replacement);
  return {std::move(owner), 35, 300, wire.bytes()};
}
inline DnsRecord dns_cname(std::string owner, std::string_view alias, std::uint32_t ttl = 300) {
  DnsWire wire;
  wire.name(alias);
  return {std::move(owner), 5, ttl, wire.bytes()};
}
inline DnsRecord dns_soa(std::string owner, std::uint32_t ttl, std::uint32_t minimum) {
  DnsWire wire;
  wire.name("ns." + owner);
  wire.name("root." + owner);
  for (const std::uint32_t value : {1u, 2u, 3u, 4u, minimum})
    wire.u32(value);
  return {std::move(owner), 6, ttl, wire.bytes()};
}

inline std::string dns_message(std::string_view question, unsigned type, unsigned rcode,
                               const std::vector<DnsRecord>& answers,
                               const std::vector<DnsRecord>& authority = {}, unsigned id = 1,
                               unsigned flags = 0x8580) {
  DnsWire wire;
  wire.u16(id);
  wire.u16(flags | rcode);
  wire.u16(1);
  wire.u16(static_cast<unsigned>(answers.size()));
  wire.u16(static_cast<unsigned>(authority.size()));
  wire.u16(0);
  wire.name(question);
  wire.u16(type);
  wire.u16(1);
  for (const auto* list : {&answers, &authority})
    for (const auto& record : *list) {
      wire.name(record.owner);
      wire.u16(record.type);
      wire.u16(1);
      wire.u32(record.ttl);
      wire.u16(static_cast<unsigned>(record.data.size()));
      wire.raw(record.data);
    }
  return wire.bytes();
}

class DnsServer {
 public:
  explicit DnsServer(net::Loop& loop)
      : socket_(loop.context(), {boost::asio::ip::make_address("127.0.0.1"), 0}) {
    receive();
  }
  domain::SocketAddress address() const {
    return {*domain::IpAddress::parse("127.0.0.1"), socket_.local_endpoint().port()};
  }
  // How often a name and type was asked for.
  int asked(const std::string& name, net::dns::RecordType type) const {
    const auto found = asked_.find({name, static_cast<unsigned>(type)});
    return found == asked_.end() ? 0 : found->second;
  }

  std::vector<DnsRecord> records, authority;
  bool silent = false;
  unsigned failure = 0;  // rcode for everything

 private:
  void receive() {
    socket_.async_receive_from(boost::asio::buffer(buffer_), peer_,
                               [this](const boost::system::error_code& error, std::size_t length) {
                                 if (error) return;
                                 answer({buffer_.data(), length});
                                 receive();
                               });
  }

  void answer(std::string_view query) {
    if (query.size() < 17) return;
    const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(query[at]); };
    std::string name;
    std::size_t at = 12;
    while (at < query.size() && octet(at) != 0) {
      if (!name.empty()) name += '.';
      name += query.substr(at + 1, octet(at));
      at += 1 + octet(at);
    }
    const unsigned type = octet(at + 1) * 256u + octet(at + 2);
    ++asked_[{name, type}];
    if (silent) return;
    std::vector<DnsRecord> found;
    bool known = false;
    for (const auto& record : records) {
      if (record.owner != name) continue;
      known = true;
      if (record.type == type || record.type == 5) found.push_back(record);
    }
    const unsigned id = octet(0) * 256u + octet(1);
    const auto reply = failure != 0 ? dns_message(name, type, failure, {}, {}, id)
                                    : dns_message(name, type, known ? 0 : 3, found,
                                                  found.empty() ? authority : std::vector<DnsRecord>(), id);
    boost::system::error_code ignored;
    socket_.send_to(boost::asio::buffer(reply), peer_, 0, ignored);
  }

  boost::asio::ip::udp::socket socket_;
  boost::asio::ip::udp::endpoint peer_;
  std::array<char, 2048> buffer_{};
  std::map<std::pair<std::string, unsigned>, int> asked_;
};

}  // namespace warp::test
