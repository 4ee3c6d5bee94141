// SPDX-License-Identifier: Apache-2.0
//
// The beginning of a process: in the memory of the spawner, which waits until the exec. To copy the memory, and to throw the
// copy away at once, had taken longer than all that the new process does in it.

#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "spawner.h"

// What comes before the exec uses a few kilobytes.
#define STACK (64 << 10)

struct birth {
  const struct received_request *received;
  const struct start *start;
  const char *folder;
  int outcomes;
  pid_t parent;
};

static size_t page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

// A place that cannot be guessed. The filter knows its address; the exec leaves it behind.
static void *hide(size_t length) {
  uint64_t chance;
  if (getrandom(&chance, sizeof chance, 0) != (ssize_t)sizeof chance) return NULL;
  size_t page = page_size();
  // Below the 47 bits that every 64-bit kernel gives a process; a place that is taken is replaced by the kernel.
  void *hint = (void *)(uintptr_t)(chance & ((1ULL << 46) - 1) & ~(page - 1));
  char *place = mmap(hint, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return NULL;
  return place + ((chance >> 48) % (page - length) & ~(sizeof(void *) - 1));
}

static void forget(void *hidden) {
  size_t page = page_size();
  if (hidden) munmap((void *)((uintptr_t)hidden & ~(page - 1)), page);
}

static int live(void *argument) {
  const struct birth *birth = argument;
  spawner_exec(birth->received, birth->start, birth->folder, birth->outcomes, birth->parent);
}

pid_t spawner_begin_process(const struct received_request *received, const char *folder,
                            int outcomes) {
  static char stack[STACK] __attribute__((aligned(16)));
  const struct patchbay_spawn_request *request = &received->request;
  bool is_confined = request->options & PATCHBAY_SANDBOX;
  struct start start = {request->options,
                        is_confined ? spawner_refused_calls(request->options) : NULL, hide(1),
                        hide(3 * sizeof(char *))};
  struct birth birth = {received, &start, folder, outcomes, getpid()};
  pid_t pid = -1;
  int error = ENOMEM;
  if (start.path && start.arguments) {
    start.arguments[0] = (char *)(uintptr_t)request->name;
    if (request->options & PATCHBAY_PRINT_MANIFEST) start.arguments[1] = "--manifest";
    pid = clone(live, stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, &birth);
    error = errno;
  }
  forget(start.path);
  forget(start.arguments);
  errno = error;
  return pid;
}
