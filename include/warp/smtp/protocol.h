// What SMTP is made of, without a socket: commands, paths, message data (RFC 5321; SIZE RFC 1870, 8BITMIME
// RFC 6152, AUTH RFC 4954, STARTTLS RFC 3207).
//
// Lines end by CR LF and by nothing else. A bare CR or LF is a fault that ends the session, in commands and
// in data alike: what two sides read differently is how mails are smuggled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "warp/base/result.h"

namespace warp::smtp {

struct Reply {
  std::uint16_t code = 250;
  std::string text;  // lines are parted by '\n'
  friend bool operator==(const Reply&, const Reply&) = default;
};
std::string to_octets(const Reply& reply);  // "250-…\r\n250 …\r\n"; control characters become '?'

enum class Verb : std::uint8_t {
  Ehlo,
  Helo,
  Mail,
  Rcpt,
  Data,
  Rset,
  Noop,
  Quit,
  Vrfy,
  StartTls,
  Auth,
  Unknown
};
struct Command {
  Verb verb = Verb::Unknown;
  std::string_view argument;  // behind the verb, trimmed; a view of the line
};
Command parse_command(std::string_view line);

// Of MAIL and RCPT. The address is without brackets and source route; empty: <>.
struct PathArgument {
  std::string address;
  std::vector<std::pair<std::string, std::string>> parameters;  // names in upper case
};
// `keyword`: "FROM" or "TO". The error is the reply that is due.
Result<PathArgument, Reply> parse_path(std::string_view argument, std::string_view keyword);
// Local part and domain, of lengths and letters that RFC 5321 allows.
bool is_mailbox(std::string_view address);
// Behind the '@', in lower case; empty: none.
std::string domain_of(std::string_view address);

enum class Fault : std::uint8_t { None, BareLineEnd, LineTooLong, TooBig };
std::string_view to_string(Fault fault);

// Octets that came and wait to be taken line by line.
class LineBuffer {
 public:
  explicit LineBuffer(std::size_t longest) : longest_(longest) {}
  void add(std::string_view octets);
  // Without CR LF; valid until the next add(). nullopt: more is needed, or fault() says why not.
  std::optional<std::string_view> take();
  Fault fault() const { return fault_; }
  std::string_view rest() const { return std::string_view(octets_).substr(begin_); }
  void skip(std::size_t octets) { begin_ += octets; }
  bool empty() const { return begin_ == octets_.size(); }
  void clear();

 private:
  std::size_t longest_;  // with CR LF
  std::string octets_;
  std::size_t begin_ = 0;
  Fault fault_ = Fault::None;
};

// Message data up to CR LF '.' CR LF, its dots unstuffed. Data that is too big, or has a line that is, is
// read to its end and not kept; after a bare CR or LF nothing is read any more.
class DataReader {
 public:
  DataReader(std::size_t most, std::size_t longest_line) : most_(most), longest_line_(longest_line) {}
  // How many octets of `input` belonged to the data; less than all when it is done or broken.
  std::size_t take(std::string_view input);
  bool done() const { return state_ == State::Done; }
  Fault fault() const { return fault_; }
  bool broken() const { return fault_ == Fault::BareLineEnd; }
  std::size_t seen() const { return seen_; }  // octets, kept or not
  std::string release() { return std::move(octets_); }

 private:
  enum class State : std::uint8_t { LineStart, InLine, Cr, Dot, DotCr, Done };
  void keep(std::string_view octets);
  void step(char c);
  void take_within(char c, State after_cr);  // of a line that goes on

  const std::size_t most_, longest_line_;
  State state_ = State::LineStart;
  Fault fault_ = Fault::None;
  std::size_t seen_ = 0, line_ = 0;
  std::string octets_;
};

// A mail as DATA carries it: dots stuffed, every line end CR LF, the end marked.
std::string stuffed(std::string_view mail);

std::string to_base64(std::string_view octets);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace warp::smtp
