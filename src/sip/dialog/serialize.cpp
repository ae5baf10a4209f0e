// The journal's form of a Dialog: a version word, then fields as "<length>:<bytes>,". WD2 has the flow's
// transport and peer behind WD1's fields; it is written for streams alone. A connection does not outlive its
// process.
#include "warp/base/checked.h"
#include "warp/sip/dialog/dialog.h"

namespace warp::sip {
namespace {

constexpr std::string_view kDatagrams = "WD1;", kStream = "WD2;";
constexpr std::size_t kMostRoutes = 256;

void put(std::string& out, std::string_view field) {
  out += std::to_string(field.size());
  out += ':';
  out += field;
  out += ',';
}

class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : text_(text) {}

  std::string_view field() {
    const auto colon = text_.find(':');
    if (colon == std::string_view::npos) return fail();
    const auto length = parse_number<std::size_t>(text_.substr(0, colon));
    const auto rest = text_.substr(colon + 1);
    if (!length || *length >= rest.size() || rest[*length] != ',') return fail();
    text_ = rest.substr(*length + 1);
    return rest.substr(0, *length);
  }
  std::string string() { return std::string(field()); }
  template <class Number>
  Number number() {
    const auto value = parse_number<Number>(field());
    if (!value) fail();
    return value.value_or(Number{});
  }
  domain::SocketAddress address() {
    const auto value = domain::SocketAddress::parse(field());
    if (!value) fail();
    return value.value_or(domain::SocketAddress{});
  }
  bool ok() const { return ok_; }
  bool at_end() const { return text_.empty(); }

 private:
  std::string_view fail() {
    ok_ = false;
    text_ = {};
    return {};
  }
  std::string_view text_;
  bool ok_ = true;
};

}  // namespace

std::string Dialog::serialize() const {
  std::string out(flow_.reliable() ? kStream : kDatagrams);
  for (const auto* field :
       {&call_id_, &local_tag_, &remote_tag_, &local_uri_, &remote_uri_, &remote_target_, &contact_})
    put(out, *field);
  put(out, std::to_string(local_cseq_));
  put(out, remote_cseq_ ? std::to_string(*remote_cseq_) : std::string());
  put(out, flow_.remote.to_string());
  put(out, flow_.local.to_string());
  put(out, std::to_string(flow_.listener));
  put(out, std::to_string(route_set_.size()));
  for (const auto& route : route_set_)
    put(out, route);
  if (flow_.reliable()) {
    put(out, to_string(flow_.transport));
    put(out, std::to_string(flow_.peer));
  }
  return out;
}

std::optional<Dialog> Dialog::restore(std::string_view text) {
  const bool stream = text.starts_with(kStream);
  if (!stream && !text.starts_with(kDatagrams)) return std::nullopt;
  FieldReader in(text.substr(kDatagrams.size()));
  Dialog dialog;
  for (auto* field : {&dialog.call_id_, &dialog.local_tag_, &dialog.remote_tag_, &dialog.local_uri_,
                      &dialog.remote_uri_, &dialog.remote_target_, &dialog.contact_})
    *field = in.string();
  dialog.local_cseq_ = in.number<std::uint32_t>();
  if (const auto remote = in.field(); !remote.empty()) {
    dialog.remote_cseq_ = parse_number<std::uint32_t>(remote);
    if (!dialog.remote_cseq_) return std::nullopt;
  }
  dialog.flow_.remote = in.address();
  dialog.flow_.local = in.address();
  dialog.flow_.listener = in.number<std::uint16_t>();
  const auto routes = in.number<std::size_t>();
  if (routes > kMostRoutes) return std::nullopt;
  for (std::size_t i = 0; i < routes; ++i)
    dialog.route_set_.push_back(in.string());
  if (stream) {
    const auto transport = domain::parse_sip_transport(in.field());
    if (!transport) return std::nullopt;
    dialog.flow_.transport = *transport;
    dialog.flow_.peer = in.number<std::uint32_t>();
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return dialog;
}

}  // namespace warp::sip
