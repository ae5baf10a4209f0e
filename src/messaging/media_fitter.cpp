#include "warp/messaging/media_fitter.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <openssl/evp.h>

#include "warp/messaging/pictures.h"

namespace warp::messaging {
namespace {

constexpr std::size_t kMostWaiting = 64;  // each holds a picture
constexpr const char* kMetric = "warp_sms_pictures_total";
constexpr const char* kHelp = "Pictures made smaller for a connector.";

// One thread that works off what is given to it.
class Worker {
 public:
  Worker() : thread_([this] { run(); }) {}
  ~Worker() {
    {
      std::lock_guard guard(mutex_);
      ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  bool give(std::function<void()> work) {
    {
      std::lock_guard guard(mutex_);
      if (waiting_.size() >= kMostWaiting) return false;
      waiting_.push_back(std::move(work));
    }
    wake_.notify_one();
    return true;
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (ending_) return;
      auto work = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
    }
  }
  std::mutex mutex_;  // guards the two below
  std::deque<std::function<void()>> waiting_;
  bool ending_ = false;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace

MediaId fitted_id(MediaId media, std::uint32_t most_octets) {
  std::string text(reinterpret_cast<const char*>(media.value.bytes.data()), media.value.bytes.size());
  text += "/" + std::to_string(most_octets);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  MediaId id;
  std::copy_n(digest.begin(), id.value.bytes.size(), id.value.bytes.begin());
  id.value.bytes[6] = static_cast<std::uint8_t>((id.value.bytes[6] & 0x0F) | 0x80);  // version 8
  id.value.bytes[8] = static_cast<std::uint8_t>((id.value.bytes[8] & 0x3F) | 0x80);
  return id;
}

struct MediaFitter::Impl : std::enable_shared_from_this<Impl> {
  Impl(domain::MediaStore& s, Executor& h, metrics::Registry& m)
      : store(s),
        home(h),
        fitted(m.counter(kMetric, kHelp, {{"result", "fitted"}})),
        refused(m.counter(kMetric, kHelp, {{"result", "refused"}})) {}

  struct Job {
    CustomerId customer;
    std::vector<domain::MediaPart> media;
    std::uint32_t most = 0;
    Done done;
  };
  using Shared = std::shared_ptr<Job>;  // shared: handed from callback to callback

  void next(const Shared& job) {
    const auto large = std::find_if(job->media.begin(), job->media.end(),
                                    [&](const auto& part) { return part.octets > job->most; });
    if (large == job->media.end()) return end(job, Fit::Fitted);
    if (!is_picture(large->content_type)) return end(job, Fit::TooLarge);
    const auto index = static_cast<std::size_t>(large - job->media.begin());
    // Made before?
    store.load(job->customer, {fitted_id(large->id, job->most)},
               [self = weak_from_this(), job, index](bool there, std::vector<domain::StoredMedia> found) {
                 const auto impl = self.lock();
                 if (!impl) return;
                 if (!there || found.empty()) return impl->make(job, index);
                 job->media[index] = found.front().part;
                 impl->next(job);
               });
  }

  void make(const Shared& job, std::size_t index) {
    store.load(job->customer, {job->media[index].id},
               [self = weak_from_this(), job, index](bool there, std::vector<domain::StoredMedia> found) {
                 const auto impl = self.lock();
                 if (!impl) return;
                 if (!there || found.empty()) return impl->end(job, Fit::Unavailable);
                 impl->work_on(job, index, std::move(found.front()));
               });
  }

  void work_on(const Shared& job, std::size_t index, domain::StoredMedia media) {
    auto work = [self = weak_from_this(), &home = home, job, index, media = std::move(media)]() mutable {
      auto made = std::make_shared<Result<std::string, PictureError>>(shrink(media.octets, job->most));
      media.octets.clear();
      home.post([self, job, index, media = std::move(media), made] {
        if (const auto impl = self.lock()) impl->made(job, index, media, *made);
      });
    };
    if (!worker.give(std::move(work))) end(job, Fit::Unavailable);
  }

  void made(const Shared& job, std::size_t index, domain::StoredMedia media,
            Result<std::string, PictureError>& smaller) {
    if (!smaller) {
      refused.add();
      return end(job, Fit::TooLarge);
    }
    media.part.id = fitted_id(media.part.id, job->most);
    media.part.content_type = "image/jpeg";
    if (const auto dot = media.part.name.rfind('.'); dot != std::string::npos)
      media.part.name.replace(dot, std::string::npos, ".jpg");
    media.part.octets = static_cast<std::uint32_t>(smaller->size());
    media.octets = std::move(*smaller);
    job->media[index] = media.part;
    std::vector<domain::StoredMedia> list;
    list.push_back(std::move(media));
    store.save(job->customer, std::move(list), [self = weak_from_this(), job](bool durable) {
      const auto impl = self.lock();
      if (!impl) return;
      if (!durable) return impl->end(job, Fit::Unavailable);
      impl->fitted.add();
      impl->next(job);
    });
  }

  void end(const Shared& job, Fit fit) {
    home.post([job, fit] { job->done(fit, std::move(job->media)); });
  }

  domain::MediaStore& store;
  Executor& home;
  metrics::Counter& fitted;
  metrics::Counter& refused;
  Worker worker;
};

MediaFitter::MediaFitter(domain::MediaStore& store, Executor& home, metrics::Registry& metrics)
    : impl_(std::make_shared<Impl>(store, home, metrics)) {}

MediaFitter::~MediaFitter() = default;

bool MediaFitter::fits(const std::vector<domain::MediaPart>& media, std::uint32_t most_octets) {
  return most_octets == 0 || std::all_of(media.begin(), media.end(),
                                         [&](const auto& part) { return part.octets <= most_octets; });
}

void MediaFitter::fit(CustomerId customer, std::vector<domain::MediaPart> media, std::uint32_t most_octets,
                      Done done) {
  auto job = std::make_shared<Impl::Job>(Impl::Job{customer, std::move(media), most_octets, std::move(done)});
  impl_->next(job);
}

}  // namespace warp::messaging
