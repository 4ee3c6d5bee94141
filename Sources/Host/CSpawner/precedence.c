// SPDX-License-Identifier: Apache-2.0
//
// Who goes first on a processor: of threads that want to run, the one that asked for less time at once (EEVDF, Linux 6.12). It
// does not change how much of the processor a thread gets, and needs no rights. Who serves later can step aside altogether,
// where it is certain that this ends: the kernel then puts threads that wake up on its processor as if that were idle.

#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawner.h"

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

// From SCHED_IDLE a process comes back only with rights: CAP_SYS_NICE, or RLIMIT_NICE.
static _Atomic bool can_come_back;

// What somebody has given a policy of its own, `current` being another one, is left alone.
static bool set(pid_t thread, uint32_t current, uint32_t policy, uint64_t slice) {
  struct attributes attributes = {0};
  if (syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0) != 0) return false;
  if (attributes.policy != current) return false;
  attributes.size = sizeof attributes;
  attributes.policy = policy;
  attributes.runtime = slice;
  return syscall(SYS_sched_setattr, thread, &attributes, 0) == 0;
}

static bool set_slice(pid_t thread, uint64_t nanoseconds) {
  return set(thread, SCHED_OTHER, SCHED_OTHER, nanoseconds);
}

// A capability can be one of a user namespace, where it does not count for this: so it is tried, by a thread that ends.
static void *go_and_come_back(void *nothing) {
  can_come_back = set(0, SCHED_OTHER, SCHED_IDLE, 0) && set(0, SCHED_IDLE, SCHED_OTHER, 0);
  return nothing;
}

void spawner_learn_precedence(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, go_and_come_back, NULL) == 0) pthread_join(thread, NULL);
}

pid_t patchbay_this_thread(void) { return (pid_t)syscall(SYS_gettid); }

void patchbay_name_thread(const char *name) { prctl(PR_SET_NAME, name); }

void patchbay_be_patient(void) { set_slice(0, LONG_SLICE); }

void patchbay_serve_first(void) { set_slice(0, SHORT_SLICE); }

void patchbay_step_aside(pid_t thread) {
  if (can_come_back) set(thread, SCHED_OTHER, SCHED_IDLE, 0);
}

void patchbay_come_back(pid_t thread) { set(thread, SCHED_IDLE, SCHED_OTHER, 0); }

void patchbay_be_prompt(pid_t process) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/task", process);
  DIR *threads = opendir(path);
  if (!threads) return;
  for (struct dirent *entry; (entry = readdir(threads));) {
    pid_t thread = atoi(entry->d_name);
    // Zero: the kernel's own.
    if (thread == 0) continue;
    patchbay_come_back(thread);
    set_slice(thread, SHORT_SLICE);
  }
  closedir(threads);
}
