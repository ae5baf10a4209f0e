#include "finish.h"

#include <memory>
#include <set>

#include <openssl/evp.h>

#include "warp/base/bytes.h"
#include "warp/base/text.h"

#include "pcap.h"

namespace warp::recording {
namespace {

namespace fs = std::filesystem;

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::string sha256_hex(const Descriptor& file) {
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return {};
  std::vector<std::byte> piece(kMostChunk);
  for (std::uint64_t place = 0;;) {
    const auto got = file.read_at(piece, place);
    if (got == 0) break;
    EVP_DigestUpdate(context.get(), piece.data(), got);
    place += got;
  }
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size);
  digest.resize(size);
  return to_hex(digest);
}

fs::path with(fs::path path, std::string_view ending) {
  path += ending;
  return path;
}

struct WavShape {
  std::uint32_t rate = 8'000;
  unsigned channels = 1;
};
// Of a head that we wrote.
WavShape shape_of(std::span<const std::byte> head) {
  const auto little = [&](std::size_t at, unsigned count) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i)
      value |= std::to_integer<std::uint32_t>(head[at + i]) << (8 * i);
    return value;
  };
  WavShape out;
  if (head.size() < audio::kWavHeader) return out;
  out.channels = std::max(1u, little(22, 2));
  out.rate = std::max(1u, little(24, 4));
  return out;
}

std::uint64_t whole_content(const Output& output) {
  std::vector<std::byte> piece(16 * kMostChunk);
  std::uint64_t whole = 0;
  for (;;) {
    const auto got = output.file().read_at(piece, kPcapHeader + whole);
    const auto step = whole_records(std::span(piece).first(got));
    if (step == 0) return whole;
    whole += step;
  }
}

bool mend(Output& output, Finished& what) {
  if (what.form == Form::Pcap) return output.sealed() || output.cut_content(whole_content(output));
  const auto [rate, channels] = shape_of(output.head());
  const auto frame = channels * sizeof(audio::Sample);
  if (!output.sealed() && !output.cut_content(output.content() / frame * frame)) return false;
  what.form = channels == 2 ? Form::WavStereo : Form::WavMono;
  what.length = std::chrono::milliseconds(output.content() / frame * 1'000 / rate);
  return output.rewrite_head(head_of(rate, channels, output.content()));
}

// Of an id of RFC 9562's version 7, when its facts are lost.
WallTime made_at(const Uuid& id) {
  const auto milliseconds = ByteReader(std::as_bytes(std::span(id.bytes))).u64() >> 16;
  return WallTime(std::chrono::milliseconds(milliseconds));
}

constexpr std::string_view kEndings[] = {".wav", ".pcap", ".wav.enc", ".pcap.enc"};

}  // namespace

Finished finish(const Place& place, Session::Ended ended) {
  auto& what = ended.what;
  const auto stem = place.folder / stem_of(what);
  bool good = true;
  if (ended.output) {
    good = ended.output->sync();
    what.octets = ended.output->file().size();
    what.sha256 = sha256_hex(ended.output->file());
  }
  Facts facts{what, true};
  good = write_facts(with(stem, ".facts"), facts) && good;
  if (ended.output) {
    std::error_code error;
    fs::rename(with(place.folder / what.file, ".part"), place.folder / what.file, error);
    good = !error && good;
  }
  good = sync_folder(stem.parent_path()) && good;
  if (!good) what.cause = StopCause::DiskFailed;
  return what;
}

std::vector<fs::path> orphans_in(const fs::path& folder) {
  std::set<fs::path> stems;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const auto extension = at->path().extension();
    if (extension != ".facts" && extension != ".part") continue;
    const auto name = at->path().filename().string();
    const auto id = Uuid::parse(name.substr(0, name.find('.')));
    if (id) stems.insert(fs::relative(at->path().parent_path() / id->to_string(), folder, error));
  }
  return {stems.begin(), stems.end()};
}

std::optional<Finished> adopt_orphan(const Place& place, const fs::path& stem) {
  const auto path = place.folder / stem;
  auto facts = read_facts(with(path, ".facts")).value_or(Facts{});
  auto& what = facts.what;
  what.id = Uuid::parse(stem.filename().string()).value_or(Uuid{});
  const auto cause = facts.ended ? what.cause : StopCause::ProcessKilled;
  for (const auto ending : kEndings) {
    const auto part = with(path, std::string(ending) + ".part");
    std::error_code error;
    if (!fs::exists(part, error)) continue;
    what.form = ending.starts_with(".pcap") ? Form::Pcap : Form::WavMono;
    what.file = with(stem, ending);
    Session::Ended ended;
    ended.output = Output::repair(part, place.key, what.form == Form::Pcap ? kPcapHeader : audio::kWavHeader);
    if (!ended.output || !mend(*ended.output, what) || !ended.output->end()) return std::nullopt;
    what.encrypted = ended.output->sealed();
    what.cause = cause;
    if (what.at == WallTime{}) what.at = made_at(what.id);
    ended.what = what;
    return finish(place, std::move(ended));
  }
  what.cause = cause;
  return what;
}

std::uint64_t octets_in(const fs::path& folder) {
  std::uint64_t sum = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    if (at->is_regular_file(gone)) sum += at->file_size(gone);
  }
  return sum;
}

}  // namespace warp::recording
