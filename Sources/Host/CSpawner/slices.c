// SPDX-License-Identifier: Apache-2.0
//
// Who goes first on a processor: of threads that want to run, the one that asked for less time at once (EEVDF). It does not
// change how much of the processor a thread gets, and needs no rights.

#define _GNU_SOURCE
#include <dirent.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CSpawner.h"

// Nanoseconds; the longest that the kernel takes.
#define LONG_SLICE 100000000u
// Of who serves: a turn of an event loop is mostly shorter.
#define SHORT_SLICE 300000u

// The kernel's struct sched_attr in its first version.
struct attributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;
  uint64_t deadline;
  uint64_t period;
};

static void set_slice(pid_t thread, uint64_t nanoseconds) {
  struct attributes attributes = {0};
  if (syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0) != 0) return;
  // What somebody has given a policy of its own is left alone.
  if (attributes.policy != SCHED_OTHER) return;
  attributes.size = sizeof attributes;
  attributes.runtime = nanoseconds;
  syscall(SYS_sched_setattr, thread, &attributes, 0);
}

void patchbay_be_patient(pid_t thread) { set_slice(thread, LONG_SLICE); }

void patchbay_serve_first(pid_t thread) { set_slice(thread, SHORT_SLICE); }

void patchbay_be_prompt(pid_t process) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/task", process);
  DIR *threads = opendir(path);
  if (!threads) return;
  for (struct dirent *entry; (entry = readdir(threads));) {
    pid_t thread = atoi(entry->d_name);
    // Zero: the kernel's own.
    if (thread > 0) patchbay_serve_first(thread);
  }
  closedir(threads);
}
