// SPDX-License-Identifier: Apache-2.0
//
// The new process, until it is the plugin.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawner.h"

// What is told of this start, and where.
struct telling {
  int outcomes;
  uint32_t parts;
  // Of the questions about threads, or -1.
  int questions;
};

static void tell(const struct telling *telling, uint32_t stage, const char *subject) {
  struct outcome outcome = {.stage = stage, .error = errno, .parts = telling->parts};
  if (subject) strncpy(outcome.subject, subject, sizeof outcome.subject - 1);
  struct iovec part = {&outcome, sizeof outcome};
  // Without the spawner there is nobody to be told, and the next check ends the process.
  spawner_send_message(telling->outcomes, &part, 1, &telling->questions,
                       telling->questions >= 0 ? 1 : 0);
}

static _Noreturn void fail(const struct telling *telling, uint32_t stage, const char *subject) {
  tell(telling, stage, subject);
  _exit(127);
}

// Moves a descriptor out of the way; the original is closed by the exec.
static int park(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, PATCHBAY_PARKING); }

// 0 is /dev/null, 1 and 2 are the log pipes, 3 … the sockets. Returns the executable.
static int arrange(const struct received_request *received, const struct telling *telling) {
  int parked[PATCHBAY_SPAWN_MAX_DESCRIPTORS];
  for (int index = 0; index < received->count; index++) {
    parked[index] = park(received->descriptors[index]);
    if (parked[index] < 0) fail(telling, PATCHBAY_STAGE_DESCRIPTORS, NULL);
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
  if (!is_arranged) fail(telling, PATCHBAY_STAGE_DESCRIPTORS, NULL);
  return parked[0];
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

static bool has_write_path(const struct received_request *received) {
  const char *paths = received->paths;
  for (size_t at = 0; at < received->request.paths; at += strlen(paths + at) + 1) {
    if (paths[at] == PATCHBAY_PATH_WRITE) return true;
  }
  return false;
}

// Everything of the sandbox that the kernel lets us have, and the parent-death signal, which a change of rights clears.
static void confine(const struct received_request *received, const char *folder, int executable,
                    const struct start *start, pid_t parent, struct telling *telling) {
  bool is_confined = start->options & PATCHBAY_SANDBOX;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(telling, PATCHBAY_STAGE_LIMITS, NULL);
  telling->parts |= PATCHBAY_PART_NO_NEW_PRIVILEGES;
  const char *subject = NULL;
  if (is_confined &&
      !spawner_build_sandbox(received, folder, executable, &telling->parts, &subject))
    fail(telling, PATCHBAY_STAGE_PATH, subject);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(telling, PATCHBAY_STAGE_LIMITS, NULL);
  // The spawner may have died before the signal was asked for.
  if (getppid() != parent) _exit(127);
  if (is_confined && (telling->questions = spawner_bound_threads()) >= 0)
    telling->parts |= PATCHBAY_PART_THREADS;
  if (is_confined && spawner_filter_calls(start, telling->parts & PATCHBAY_PART_LANDLOCK_SCOPES))
    telling->parts |= PATCHBAY_PART_SECCOMP;
  if ((start->options & PATCHBAY_SANDBOX_REQUIRED) &&
      (~telling->parts & patchbay_parts_needed()) != 0)
    fail(telling, PATCHBAY_STAGE_SANDBOX, NULL);
}

void spawner_exec(const struct received_request *received, const struct start *start,
                  const char *folder, int outcomes, pid_t parent) {
  const struct patchbay_spawn_request *request = &received->request;
  bool is_patient = request->options & PATCHBAY_PATIENT;
  if (is_patient) patchbay_be_patient();
  struct telling telling = {park(outcomes), 0, -1};
  if (telling.outcomes < 0) _exit(127);
  int executable = arrange(received, &telling);
  // A group of its own, so that what is sent to the host's reaches nobody else. No session: the kernel may share processors
  // out among sessions (autogroup), and then who makes way within one makes way for nobody in another.
  if (setpgid(0, 0) != 0 || !spawner_set_limits(has_write_path(received)))
    fail(&telling, PATCHBAY_STAGE_LIMITS, NULL);
  if (chdir(folder) != 0) fail(&telling, PATCHBAY_STAGE_FOLDER, folder);
  reset_signals();
  keep_script(executable);
  confine(received, folder, executable, start, parent, &telling);
  if (!spawner_limit_memory(request->memory)) fail(&telling, PATCHBAY_STAGE_LIMITS, NULL);
  tell(&telling, 0, NULL);
  char *environment[] = {NULL};
  // Not earlier: until the exec, the spawner can start nothing else.
  if (is_patient) patchbay_step_aside(0);
  // The very file that the host has verified, whatever its path names by now.
  syscall(SYS_execveat, executable, start->path, start->arguments, environment, AT_EMPTY_PATH);
  fail(&telling, PATCHBAY_STAGE_EXEC, NULL);
}
