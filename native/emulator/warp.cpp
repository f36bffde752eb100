// warp.cpp - meetings: lanes of one warp that named the same mask wait for each other, and each
// sees what all left.
#include "runtime.h"

namespace emulator {

struct Meeting {
  u32 mask, arrived;
  u32 reading;  // lanes that have yet to take their values; none and none arrived: free
  Collective kind;
  Place place;
  Slots slots;
};

// A lane is at one meeting at most, so 32 a warp are enough. Static, because ThreadSanitizer takes
// an allocation for a write of the thread that made it.
static Meeting meetings[maxThreads / 32][32];
static u32 used[maxThreads / 32];  // which of them are not free

void resetMeetings() {
  for (int warp = 0; warp < maxThreads / 32; warp++)
    for (Meeting& meeting : meetings[warp]) meeting.arrived = meeting.reading = 0;
  for (u32& bits : used) bits = 0;
}

int lane() { return block.current % 32; }

static const char* word(Collective kind) {
  switch (kind) {
    case Collective::SYNC: return "__syncwarp";
    case Collective::SHUFFLE: return "a shuffle";
    case Collective::VOTE: return "a vote";
    case Collective::MATRIX: return "a matrix instruction";
  }
  return "";
}

static Meeting& find(int warp, u32 mask) {
  for (u32 left = used[warp]; left; left &= left - 1) {
    Meeting& meeting = meetings[warp][__builtin_ctz(left)];
    if (meeting.mask == mask && meeting.arrived) return meeting;
  }
  int i = 0;
  while ((used[warp] >> i) & 1u) i++;
  used[warp] |= 1u << i;
  meetings[warp][i].mask = mask;
  return meetings[warp][i];
}

const Slots* meet(Collective kind, u32 mask, const void* mine, int bytes, const char* file,
                  int line) {
  Place here = {word(kind), file, line};
  int warp = block.current / 32, self = block.current % 32, first = warp * 32;
  if (!((mask >> self) & 1u))
    fault("lane %d is not in its own mask 0x%08x, at %s", self, mask, name(here).text);
  int lanes = block.threads - first < 32 ? block.threads - first : 32;
  if (lanes < 32 && mask >> lanes)
    fault("mask 0x%08x names lanes that the warp lacks (the block has %d threads), at %s", mask,
          block.threads, name(here).text);

  Meeting& meeting = find(warp, mask);
  if (!meeting.arrived) {
    meeting.kind = kind;
    meeting.place = here;
  }
  if (meeting.kind != kind || meeting.place.line != line || meeting.place.file != file)
    fault("lanes of one mask 0x%08x meet at different places: this one at %s, others at %s", mask,
          name(here).text, name(meeting.place).text);
  for (int i = 0; i < bytes / 4; i++)
    reinterpret_cast<u32*>(meeting.slots.bytes[self])[i] = static_cast<const u32*>(mine)[i];
  if (kind == Collective::SYNC) release(&meeting);
  meeting.arrived |= 1u << self;
  if (meeting.arrived == mask) {
    meeting.arrived = 0;
    meeting.reading = mask;
    // pushed so that the first in order is taken first
    for (int i = 0; i < 32; i++) {
      int l = block.mode == REVERSE ? i : 31 - i;
      if ((mask >> l) & 1u) makeReady(first + l);
    }
  }
  suspend(here, &meeting, mask);
  if (kind == Collective::SYNC) acquire(&meeting);
  return &meeting.slots;
}

void part() {
  int warp = block.current / 32, self = block.current % 32;
  Meeting& meeting = *threads[block.current].meeting;
  meeting.reading &= ~(1u << self);
  if (!meeting.reading) used[warp] &= ~(1u << (&meeting - meetings[warp]));
}

}  // namespace emulator
