// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CSpawner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// Where descriptors wait while their final numbers are still taken.
#define PARKING 512

static void fail(int failure, uint32_t stage) {
  int32_t facts[2] = {errno, (int32_t)stage};
  ssize_t ignored = write(failure, facts, sizeof facts);
  (void)ignored;
  _exit(127);
}

static int park(int descriptor, int *next) {
  int parked = fcntl(descriptor, F_DUPFD_CLOEXEC, *next);
  if (parked >= 0) *next = parked + 1;
  return parked;
}

static void limit(int resource, rlim_t value, int failure) {
  struct rlimit limits = {value, value};
  if (setrlimit(resource, &limits) != 0) fail(failure, PATCHBAY_STAGE_LIMITS);
}

void patchbay_spawner_exec(const struct patchbay_spawn_request *request, const int *descriptors,
                           int count, int failure, pid_t parent) {
  int parked[PATCHBAY_SPAWN_MAX_SOCKETS + 3];
  int next = PARKING;
  failure = park(failure, &next);
  if (failure < 0) _exit(127);
  for (int index = 0; index < count; index++) {
    parked[index] = park(descriptors[index], &next);
    if (parked[index] < 0) fail(failure, PATCHBAY_STAGE_DESCRIPTORS);
  }
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  // 0 null, 1 and 2 the log pipes, 3 … the sockets; dup2 makes them survive the exec.
  if (null < 0 || dup2(null, 0) < 0 || dup2(parked[1], 1) < 0 || dup2(parked[2], 2) < 0)
    fail(failure, PATCHBAY_STAGE_DESCRIPTORS);
  for (int index = 3; index < count; index++) {
    if (dup2(parked[index], index) < 0) fail(failure, PATCHBAY_STAGE_DESCRIPTORS);
  }
  // Everything else is closed by the exec: what is parked, and what this process had.
  if (syscall(SYS_close_range, count > 3 ? count : 3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
    fail(failure, PATCHBAY_STAGE_DESCRIPTORS);

  setsid();
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    fail(failure, PATCHBAY_STAGE_LIMITS);
  if (getppid() != parent) _exit(127);  // the spawner died before the signal was asked for
  limit(RLIMIT_CORE, 0, failure);

  sigset_t none;
  sigemptyset(&none);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, NULL);

  char *arguments[] = {(char *)request->name, NULL};
  char *environment[] = {NULL};
  // The very file that the host has verified, whatever its path names by now.
  syscall(SYS_execveat, parked[0], "", arguments, environment, 0x1000 /* AT_EMPTY_PATH */);
  fail(failure, PATCHBAY_STAGE_EXEC);
}
