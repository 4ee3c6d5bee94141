// SPDX-License-Identifier: Apache-2.0
//
// What a plugin process may use of the machine.

#define _GNU_SOURCE
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "spawner.h"

// Descriptors that a plugin can have open. It owns nothing but its sockets.
#define DESCRIPTORS 1024
// Bytes of a file that it writes. One that was granted a place to write to is not limited there.
#define FILE_SIZE ((rlim_t)64 << 20)
// Threads and processes of the user, the host's among them. The kernel does not count root's.
#define USER_THREADS 4096

static bool set_limit(int resource, rlim_t value) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0) return false;
  if (value < limit.rlim_max) limit.rlim_max = value;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(resource, &limit) == 0;
}

bool spawner_set_limits(bool can_write) {
  return set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_NOFILE, DESCRIPTORS) &&
         (can_write || set_limit(RLIMIT_FSIZE, FILE_SIZE)) &&
         (geteuid() == 0 || set_limit(RLIMIT_NPROC, USER_THREADS));
}

bool spawner_limit_memory(uint64_t bytes) {
  // What a process has to itself: heaps, stacks, private writable mappings. Not its address space, of which runtimes
  // reserve far more than they use.
  return bytes == 0 || set_limit(RLIMIT_DATA, bytes);
}
