#include "connection.h"

#include <utility>

#include <libpq-fe.h>

#include "result_error.h"

namespace warp::pg {

using boost::asio::posix::stream_descriptor;
using boost::system::error_code;

Connection::Connection(boost::asio::any_io_executor strand, ConnectionHandle handle)
    : handle_(std::move(handle)), descriptor_(strand), deadline_timer_(strand), signal_(strand) {}

void Connection::start(Events events) {
  events_ = std::move(events);
  error_code error;
  descriptor_.assign(PQsocket(handle_.get()), error);
  if (error || PQenterPipelineMode(handle_.get()) == 0)
    return lose(ErrorKind::ConnectionLost, "no pipeline mode");
  wait_read();
}

void Connection::close() {
  events_ = {};
  if (alive_) lose(ErrorKind::Cancelled, "the pool was closed");
}

void Connection::send(Segment segment) {
  Flight flight{std::move(segment), {}, std::chrono::steady_clock::now(), 0, false, false, {}, std::nullopt};
  if (!alive_) {
    flight.error = lost_;
    return deliver(std::move(flight));
  }
  bool sent = true;
  for (std::size_t i = 0; sent && i < flight.segment.commands.size(); ++i)
    sent = encode(flight.segment.commands[i], i, flight.steps);
  sent = sent && PQpipelineSync(handle_.get()) == 1;
  const auto deadline = flight.segment.deadline;
  flights_.push_back(std::move(flight));
  if (!sent) return lose(ErrorKind::ConnectionLost, PQerrorMessage(handle_.get()));
  arm_deadline(deadline);
  flush();
}

std::size_t Connection::load(Monotonic now) const {
  if (flights_.empty()) return 0;
  const auto age = std::max(now - flights_.front().sent, Monotonic::duration::zero());
  return flights_.size() + static_cast<std::size_t>(age / std::chrono::milliseconds(10));
}

bool Connection::encode(const Command& command, std::size_t index, std::vector<Step>& steps) {
  auto known = prepared_.find(command.name);
  if (known == prepared_.end()) {
    known = prepared_.emplace(command.name).first;
    const std::string sql(command.sql);
    if (PQsendPrepare(handle_.get(), known->c_str(), sql.c_str(), 0, nullptr) == 0) return false;
    steps.push_back({index, true});
  }
  const auto values = command.params.pointers();
  steps.push_back({index, false});
  return PQsendQueryPrepared(handle_.get(), known->c_str(), static_cast<int>(values.size()), values.data(),
                             nullptr, nullptr, 0) == 1;
}

void Connection::wait_read() {
  if (reading_ || !alive_) return;
  reading_ = true;
  descriptor_.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](error_code error) {
    self->reading_ = false;
    if (!error && self->alive_) self->on_readable();
  });
}

void Connection::on_readable() {
  const auto self = shared_from_this();
  if (PQconsumeInput(handle_.get()) == 0)
    return lose(ErrorKind::ConnectionLost, PQerrorMessage(handle_.get()));
  if (copying_) {
    signal_.cancel();  // the copy asks for more when it has taken what there is
    return;
  }
  drain();
  wait_read();
}

void Connection::flush() {
  if (writing_ || !alive_) return;
  const int rest = PQflush(handle_.get());
  if (rest < 0) return lose(ErrorKind::ConnectionLost, PQerrorMessage(handle_.get()));
  if (rest == 0) return;
  writing_ = true;
  descriptor_.async_wait(stream_descriptor::wait_write, [self = shared_from_this()](error_code error) {
    self->writing_ = false;
    if (error || !self->alive_) return;
    self->flush();
    if (!self->writing_) self->signal_.cancel();
  });
}

void Connection::drain() {
  while (alive_ && !flights_.empty() && PQisBusy(handle_.get()) == 0) {
    auto* result = PQgetResult(handle_.get());
    auto& flight = flights_.front();
    if (result) {
      take(flight, result);
    } else if (flight.answered) {
      flight.answered = false;
      ++flight.at;
    } else {
      break;
    }
  }
  if (alive_ && PQstatus(handle_.get()) == CONNECTION_BAD)
    lose(ErrorKind::ConnectionLost, PQerrorMessage(handle_.get()));
}

void Connection::take(Flight& flight, pg_result* raw) {
  Rows rows(raw);
  const auto status = PQresultStatus(raw);
  if (status == PGRES_PIPELINE_SYNC) {
    auto ended = std::move(flight);
    flights_.pop_front();
    deliver(std::move(ended));
    // A copy: what it calls may close this connection and with it the original.
    if (const auto on_room = events_.on_room; alive_ && on_room) on_room();
    return;
  }
  flight.answered = true;
  if (flight.at >= flight.steps.size())
    return lose(ErrorKind::ConnectionLost, "more results than were asked for");
  const auto step = flight.steps[flight.at];
  const auto& command = flight.segment.commands[step.command];
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
    if (!step.prepares && command.wanted) flight.rows.push_back(std::move(rows));
    return;
  }
  // Failed, or skipped because an earlier command of the segment failed.
  if (step.prepares) {
    if (const auto known = prepared_.find(command.name); known != prepared_.end()) prepared_.erase(known);
  }
  if (status == PGRES_PIPELINE_ABORTED || flight.error) return;
  flight.error = error_of(raw);
  // 0A000: a table changed under a prepared plan; 26000: the statement is not there.
  if (flight.error->sqlstate == "0A000" || flight.error->sqlstate == "26000") retire = true;
}

void Connection::deliver(Flight flight) {
  if (flight.abandoned || !flight.segment.done) return;
  auto done = std::move(flight.segment.done);
  if (flight.error)
    done(flight.segment, std::move(*flight.error));
  else
    done(flight.segment, std::move(flight.rows));
}

// `head` is what the segment at work is told; those behind it only lost their connection.
void Connection::lose(ErrorKind head, std::string message) {
  if (!alive_) return;
  const auto self = shared_from_this();
  alive_ = false;
  lost_ = Error{head == ErrorKind::Cancelled ? head : ErrorKind::ConnectionLost, {}, std::move(message), {}};
  if (copy_deadline_ && head == ErrorKind::Timeout) lost_.kind = head;
  deadline_timer_.cancel();
  signal_.cancel();
  if (descriptor_.is_open()) descriptor_.release();
  handle_.reset();
  auto flights = std::exchange(flights_, {});
  bool first = true;
  for (auto& flight : flights) {
    if (!flight.error) flight.error = lost_;
    if (first) flight.error->kind = flight.error->sqlstate.empty() ? head : flight.error->kind;
    first = false;
    deliver(std::move(flight));
  }
  auto events = std::exchange(events_, {});
  if (events.on_lost) events.on_lost(lost_);
}

// The timer is moved forward only: deadlines are seconds away and answers come in milliseconds, so that it
// seldom fires and is seldom touched.
void Connection::arm_deadline(Monotonic deadline) {
  if (deadline >= armed_) return;
  armed_ = deadline;
  deadline_timer_.expires_at(deadline);
  deadline_timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && self->alive_) self->check_deadlines();
  });
}

void Connection::check_deadlines() {
  const auto now = std::chrono::steady_clock::now();
  armed_ = Monotonic::max();
  if (copy_deadline_ && *copy_deadline_ <= now) return lose(ErrorKind::Timeout, "the copy took too long");
  if (!flights_.empty() && flights_.front().segment.deadline <= now)
    return lose(ErrorKind::Timeout, "the server did not answer in time");
  auto next = copy_deadline_.value_or(Monotonic::max());
  for (auto& flight : flights_) {
    if (flight.segment.deadline > now) {
      next = std::min(next, flight.segment.deadline);
    } else if (!flight.abandoned) {
      flight.abandoned = true;
      auto done = std::move(flight.segment.done);
      if (done) done(flight.segment, Error{ErrorKind::Timeout, {}, "waited behind a slower query", {}});
    }
  }
  if (next != Monotonic::max()) arm_deadline(next);
}

}  // namespace warp::pg
