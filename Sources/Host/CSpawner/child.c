// SPDX-License-Identifier: Apache-2.0
//
// The new process, until it is the plugin.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawner.h"

// Where descriptors wait while their final numbers are still taken.
#define PARKING 256
// Descriptors that a plugin can have open. It owns nothing but its sockets.
#define PLUGIN_DESCRIPTORS 1024

static _Noreturn void fail(int failure, uint32_t stage) {
  int32_t facts[2] = {errno, (int32_t)stage};
  ssize_t ignored = write(failure, facts, sizeof facts);
  (void)ignored;
  _exit(127);
}

// Moves a descriptor out of the way; the original is closed by the exec.
static int park(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, PARKING); }

// 0 is /dev/null, 1 and 2 are the log pipes, 3 … the sockets. Returns the executable.
static int arrange(const struct received_request *received, int failure) {
  int parked[PATCHBAY_SPAWN_MAX_DESCRIPTORS];
  for (int index = 0; index < received->count; index++) {
    parked[index] = park(received->descriptors[index]);
    if (parked[index] < 0) fail(failure, PATCHBAY_STAGE_DESCRIPTORS);
  }
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  // A copy that dup2 makes survives the exec.
  bool is_arranged = null >= 0 && dup2(null, 0) == 0 && dup2(parked[1], 1) == 1 &&
                     dup2(parked[2], 2) == 2;
  for (int index = PATCHBAY_SPAWN_FIXED; is_arranged && index < received->count; index++)
    is_arranged = dup2(parked[index], index) == index;
  // The exec closes everything else: what is parked, and what the spawner had.
  is_arranged = is_arranged &&
                syscall(SYS_close_range, received->count, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
  if (!is_arranged) fail(failure, PATCHBAY_STAGE_DESCRIPTORS);
  return parked[0];
}

static bool set_limit(int resource, rlim_t value) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0) return false;
  if (value < limit.rlim_max) limit.rlim_max = value;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(resource, &limit) == 0;
}

// The interpreter of a script opens it by the descriptor's number once more, so that one stays open.
static void keep_script(int executable) {
  char mark[2];
  if (pread(executable, mark, sizeof mark, 0) == (ssize_t)sizeof mark && mark[0] == '#' &&
      mark[1] == '!')
    fcntl(executable, F_SETFD, 0);
}

// What the kernel calls struct sigaction; all zero is the default.
struct kernel_action {
  unsigned long words[4];
};

static void reset_signals(void) {
  // Handlers end with the exec by themselves, ignored signals and the mask do not. The library's own function refuses
  // the signals that it keeps for itself, and these may have been inherited too.
  static const struct kernel_action standard;
  for (int number = 1; number < NSIG; number++)
    syscall(SYS_rt_sigaction, number, &standard, NULL, sizeof(uint64_t));
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

void spawner_exec(const struct received_request *received, int failure, pid_t parent) {
  failure = park(failure);
  if (failure < 0) _exit(127);
  int executable = arrange(received, failure);
  if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !set_limit(RLIMIT_CORE, 0) ||
      !set_limit(RLIMIT_NOFILE, PLUGIN_DESCRIPTORS))
    fail(failure, PATCHBAY_STAGE_LIMITS);
  // The spawner may have died before the signal was asked for.
  if (getppid() != parent) _exit(127);
  reset_signals();
  char *arguments[] = {(char *)(uintptr_t)received->request.name, NULL};
  char *environment[] = {NULL};
  keep_script(executable);
  // The very file that the host has verified, whatever its path names by now.
  syscall(SYS_execveat, executable, "", arguments, environment, AT_EMPTY_PATH);
  fail(failure, PATCHBAY_STAGE_EXEC);
}
