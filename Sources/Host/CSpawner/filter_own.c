// SPDX-License-Identifier: Apache-2.0
//
// What the filter of system calls says of one process alone: who it is, and how it is started. And what is easier said
// without a library.

#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "refused.h"
#include "spawner.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define CAPACITY 64

// The program under construction. Programs for other kinds of processors are killed by the other filter.
struct own {
  struct sock_filter instructions[CAPACITY];
  unsigned short length;
};

static void add(struct own *own, struct sock_filter instruction) {
  own->instructions[own->length++] = instruction;
}

static void load(struct own *own, size_t offset) {
  add(own, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

// Goes on behind so many instructions if what was loaded compares, and behind so many others if not.
static void jump(struct own *own, int comparison, uint32_t value, uint8_t yes, uint8_t no) {
  add(own, (struct sock_filter)BPF_JUMP(BPF_JMP | comparison | BPF_K, value, yes, no));
}

static void end(struct own *own, uint32_t action) {
  add(own, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

// System calls that are newer than the list are not there, as on an older kernel. The numbers that 64-bit kernels give are
// the same on all machines since 5.1; those of x32 are larger than any.
static void refuse_unknown(struct own *own) {
  load(own, offsetof(struct seccomp_data, nr));
  jump(own, BPF_JGT, REVIEWED_CALLS, 0, 1);
  end(own, SECCOMP_RET_ERRNO | ENOSYS);
}

static void refuse(struct own *own, int call) {
  load(own, offsetof(struct seccomp_data, nr));
  jump(own, BPF_JEQ, (uint32_t)call, 0, 1);
  end(own, SECCOMP_RET_ERRNO | EPERM);
}

// Unless the argument has this value. Both kinds of processors that this runs on have the lower half first.
static void refuse_unless(struct own *own, int call, unsigned index, uint64_t value) {
  size_t argument = offsetof(struct seccomp_data, args) + index * sizeof(uint64_t);
  load(own, offsetof(struct seccomp_data, nr));
  jump(own, BPF_JEQ, (uint32_t)call, 0, 5);
  load(own, argument);
  jump(own, BPF_JEQ, (uint32_t)value, 0, 2);
  load(own, argument + sizeof(uint32_t));
  jump(own, BPF_JEQ, (uint32_t)(value >> 32), 1, 0);
  end(own, SECCOMP_RET_ERRNO | EPERM);
}

// As root a plugin shares its user with the host.
static void refuse_signals(struct own *own) {
  static const int addressed[] = {SYS_kill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo};
  for (size_t index = 0; index < LENGTH(addressed); index++)
    refuse_unless(own, addressed[index], 0, (uint64_t)getpid());
  refuse(own, SYS_tkill);
  refuse(own, SYS_pidfd_send_signal);
}

static bool install(const struct sock_fprog *program) {
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) == 0;
}

bool spawner_filter_calls(const struct start *start, bool are_signals_scoped) {
  if (!start->refused) return false;
  bool has_children = start->options & PATCHBAY_ALLOW_PROCESSES;
  struct own own = {.length = 0};
  refuse_unknown(&own);
  // Where Landlock keeps signals among the plugin and its children, these get them.
  if (!has_children || !are_signals_scoped) refuse_signals(&own);
  if (!has_children) {
    // The plugin itself is started through this filter. Where its name and arguments stand is known to nobody after that.
    refuse_unless(&own, SYS_execveat, 1, (uintptr_t)start->path);
    refuse_unless(&own, SYS_execveat, 2, (uintptr_t)start->arguments);
  }
  end(&own, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {own.length, own.instructions};
  return install(&program) && install(start->refused);
}
