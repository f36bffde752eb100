// streams.cpp - streams, events, captured graphs.
//
// Nothing runs before the host waits for it. Then FAKE_CUDA_ORDER says in what order, as far as the
// events allow; a real device may choose any of these, and code that forgot a wait gets old bytes:
//   lazy   (otherwise) only what is waited for: other streams as far as an event of theirs is
//   ahead  the other streams first
//   eager  everything as soon as it is enqueued
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <deque>
#include <set>
#include <thread>

#include "fake.h"

namespace fake {

struct Stream {
  std::deque<Work> queue;
  uint64_t enqueued = 0, done = 0;
  bool capturing = false, spoiled = false;
  std::thread::id capturer;
  std::unique_ptr<Graph> graph;
};

struct Mark {  // what an event stands for: outlives it, as waits for it do
  Stream* stream = nullptr;
  uint64_t upTo = 0;
  double millis = -1;  // when it was reached
};

struct Event {
  std::shared_ptr<Mark> last;
};

namespace {

std::set<Stream*> streams;

bool ordered(const char* name) {
  const char* order = getenv("FAKE_CUDA_ORDER");
  return order && !strcmp(order, name);
}

double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) * 1e-6;
}

int drain(Stream* stream, uint64_t upTo) {
  while (stream->done < upTo) {
    Work work = std::move(stream->queue.front());
    stream->queue.pop_front();
    stream->done++;
    if (int status = work()) return fault(status);
  }
  return SUCCESS;
}

// The host waits.
int awaited(Stream* stream, uint64_t upTo) {
  if (ordered("ahead"))
    for (Stream* other : streams)
      if (other != stream) drain(other, other->enqueued);
  return drain(stream, upTo);
}

}  // namespace

int enqueue(Stream* stream, Work work) {
  if (!streams.count(stream)) return INVALID_HANDLE;
  if (stream->capturing) {
    stream->graph->work.push_back(std::move(work));
    return SUCCESS;
  }
  stream->queue.push_back(std::move(work));
  stream->enqueued++;
  if (ordered("eager")) drain(stream, stream->enqueued);  // a fault shows in the next call
  return SUCCESS;
}

void drainAll() {
  for (Stream* stream : streams) drain(stream, stream->enqueued);
}

int unsafeInCapture() {
  for (Stream* stream : streams) {
    if (stream->capturing && stream->capturer == std::this_thread::get_id()) {
      stream->spoiled = true;
      return CAPTURE_UNSUPPORTED;
    }
  }
  return SUCCESS;
}

static int notCaptured(Stream* stream) {
  if (!streams.count(stream)) return INVALID_HANDLE;
  return stream->capturing ? unsafeInCapture() : SUCCESS;
}

}  // namespace fake

using namespace fake;

// For the fake libraries beside this one, whose work is enqueued as kernels are.
ENTRY int fakeEnqueue(void* stream, Work* work) {
  std::lock_guard<std::recursive_mutex> lock(oneCall);
  return enqueue(static_cast<Stream*>(stream), *work);
}

ENTRY int cuStreamCreate(Stream** stream, unsigned) {
  BEGIN();
  *stream = new Stream;
  streams.insert(*stream);
  return SUCCESS;
}

ENTRY int cuStreamDestroy_v2(Stream* stream) {
  BEGIN();
  if (int status = notCaptured(stream)) return status;
  int status = drain(stream, stream->enqueued);
  streams.erase(stream);
  delete stream;
  return status;
}

ENTRY int cuStreamSynchronize(Stream* stream) {
  BEGIN();
  if (int status = unsafeInCapture()) return status;
  if (!streams.count(stream)) return INVALID_HANDLE;
  return awaited(stream, stream->enqueued);
}

ENTRY int cuStreamWaitEvent(Stream* stream, Event* event, unsigned) {
  BEGIN();
  if (int status = notCaptured(stream)) return status;
  auto mark = event->last;
  if (!mark) return SUCCESS;  // never recorded: nothing to wait for
  return enqueue(stream, [mark] {
    return streams.count(mark->stream) ? drain(mark->stream, mark->upTo) : SUCCESS;
  });
}

ENTRY int cuEventCreate(Event** event, unsigned) {
  BEGIN();
  *event = new Event;
  return SUCCESS;
}

ENTRY int cuEventDestroy_v2(Event* event) {
  BEGIN();
  delete event;
  return SUCCESS;
}

ENTRY int cuEventRecord(Event* event, Stream* stream) {
  BEGIN();
  if (int status = notCaptured(stream)) return status;
  auto mark = std::make_shared<Mark>();
  mark->stream = stream;
  mark->upTo = stream->enqueued + 1;
  event->last = mark;
  return enqueue(stream, [mark] {
    mark->millis = now();
    return SUCCESS;
  });
}

ENTRY int cuEventSynchronize(Event* event) {
  BEGIN();
  if (int status = unsafeInCapture()) return status;
  return event->last && streams.count(event->last->stream)
             ? awaited(event->last->stream, event->last->upTo)
             : SUCCESS;
}

ENTRY int cuEventElapsedTime(float* millis, Event* from, Event* to) {
  BEGIN();
  if (!from->last || !to->last) return INVALID_HANDLE;
  if (from->last->millis < 0 || to->last->millis < 0) return NOT_READY;
  *millis = static_cast<float>(to->last->millis - from->last->millis);
  return SUCCESS;
}

ENTRY int cuStreamBeginCapture_v2(Stream* stream, int) {
  BEGIN();
  if (!streams.count(stream) || stream->capturing) return INVALID_VALUE;
  stream->capturing = true;
  stream->spoiled = false;
  stream->capturer = std::this_thread::get_id();
  stream->graph = std::make_unique<Graph>();
  return SUCCESS;
}

ENTRY int cuStreamEndCapture(Stream* stream, Graph** graph) {
  std::lock_guard<std::recursive_mutex> lock(oneCall);
  *graph = nullptr;
  if (!streams.count(stream) || !stream->capturing) return CAPTURE_UNMATCHED;
  stream->capturing = false;
  auto recorded = std::move(stream->graph);
  if (int status = before(__func__)) return status;
  if (stream->spoiled) return CAPTURE_INVALIDATED;
  *graph = recorded.release();
  return SUCCESS;
}

ENTRY int cuGraphInstantiateWithFlags(Graph** executable, Graph* graph, unsigned long long) {
  BEGIN();
  *executable = new Graph(*graph);
  return SUCCESS;
}

ENTRY int cuGraphDestroy(Graph* graph) {
  BEGIN();
  delete graph;
  return SUCCESS;
}

ENTRY int cuGraphUpload(Graph*, Stream* stream) {
  BEGIN();
  return notCaptured(stream);
}

ENTRY int cuGraphLaunch(Graph* executable, Stream* stream) {
  BEGIN();
  if (int status = notCaptured(stream)) return status;
  return enqueue(stream, [executable] {
    for (auto& work : executable->work)
      if (int status = work()) return status;
    return static_cast<int>(SUCCESS);
  });
}

ENTRY int cuGraphExecDestroy(Graph* executable) {
  BEGIN();
  drainAll();  // a launch of it may wait
  delete executable;
  return SUCCESS;
}
