// A session's octets, cut anywhere, are read the same; data never holds a bare line end, and survives being
// stuffed again. What a path takes for a mailbox is one.
#include <string>
#include <vector>

#include "warp/smtp/protocol.h"

#include "check.h"

namespace {

using namespace warp::smtp;

struct Seen {
  std::vector<std::string> lines;
  std::vector<std::string> mails;
  Fault fault = Fault::None;
};

void check_line(std::string_view line) {
  FUZZ_CHECK(line.find_first_of("\r\n") == line.npos);
  const auto command = parse_command(line);
  for (const auto* keyword : {"FROM", "TO"}) {
    const auto path = parse_path(command.argument, keyword);
    if (!path) {
      FUZZ_CHECK(path.error().code >= 500);
      continue;
    }
    FUZZ_CHECK(path->address.empty() || is_mailbox(path->address));
    for (const char c : path->address)
      FUZZ_CHECK(c >= 0x20 && c < 0x7f);
  }
  if (const auto decoded = from_base64(line)) FUZZ_CHECK(to_base64(*decoded).size() == line.size());
}

// As a session reads: lines, and a mail after each DATA.
Seen read(std::string_view octets, std::size_t step) {
  Seen seen;
  LineBuffer lines(512);
  std::optional<DataReader> data;
  for (std::size_t at = 0; at < octets.size() && seen.fault == Fault::None; at += step) {
    lines.add(octets.substr(at, step));
    for (bool more = true; more && seen.fault == Fault::None;) {
      if (data) {
        lines.skip(data->take(lines.rest()));
        if (data->broken()) seen.fault = Fault::BareLineEnd;
        more = data->done();
        if (!data->done()) continue;
        seen.mails.push_back(data->fault() == Fault::None ? data->release()
                                                          : std::string(to_string(data->fault())));
        data.reset();
        continue;
      }
      const auto line = lines.take();
      more = line.has_value();
      if (!line) {
        seen.fault = lines.fault();
        continue;
      }
      check_line(*line);
      seen.lines.emplace_back(*line);
      if (parse_command(*line).verb == Verb::Data) data.emplace(1000, 200);
    }
  }
  return seen;
}

void check_line_ends(const std::string& mail) {
  for (std::size_t i = 0; i < mail.size(); ++i) {
    if (mail[i] == '\r') FUZZ_CHECK(i + 1 < mail.size() && mail[i + 1] == '\n');
    if (mail[i] == '\n') FUZZ_CHECK(i > 0 && mail[i - 1] == '\r');
  }
}

// Whatever it holds, it arrives whole and with line ends that are right.
void check_stuffing(std::string_view mail) {
  const auto again = stuffed(mail);
  DataReader reader(1 << 20, 1 << 20);
  FUZZ_CHECK(reader.take(again) == again.size() && reader.done() && !reader.broken());
  check_line_ends(reader.release());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto octets = warp::fuzz::text_of(data + 1, size - 1);
  const auto whole = read(octets, octets.size() + 1);
  const auto cut = read(octets, 1 + data[0] % 7);
  // How far it came before a fault may differ by what was there at once; what was taken may not.
  FUZZ_CHECK(whole.mails == cut.mails && whole.lines == cut.lines);
  for (const auto& mail : whole.mails)
    check_line_ends(mail);
  check_stuffing(octets);
  return 0;
}
