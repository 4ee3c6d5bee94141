// SPDX-License-Identifier: Apache-2.0
//
// The system calls of a plugin: which it does not get, and that it is told so by an error instead of being killed. What is
// the same for all processes with the same permissions is compiled here, once; what differs is in filter_own.c.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "refused.h"
#include "spawner.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))
// Kernels cut arguments of 32 bits; what a caller puts above them must not hide what is below.
#define IS(index, value) SCMP_CMP(index, SCMP_CMP_MASKED_EQ, 0xFFFFFFFF, (uint32_t)(value))
#define BITS(index, mask, value) SCMP_CMP(index, SCMP_CMP_MASKED_EQ, mask, value)
// Any other value, whatever is in the upper half.
#define IS_NOT(index, value) SCMP_CMP(index, SCMP_CMP_NE, (scmp_datum_t)(value))

// The filter under construction, and whether all rules were taken.
struct filter {
  scmp_filter_ctx context;
  bool is_whole;
};

static void answer(struct filter *filter, int error, int call) {
  if (seccomp_rule_add(filter->context, SCMP_ACT_ERRNO(error), call, 0) != 0)
    filter->is_whole = false;
}

static void refuse_all(struct filter *filter, const int *calls, size_t count) {
  for (size_t index = 0; index < count; index++) answer(filter, EPERM, calls[index]);
}

static void refuse_if(struct filter *filter, int call, struct scmp_arg_cmp condition) {
  if (seccomp_rule_add(filter->context, SCMP_ACT_ERRNO(EPERM), call, 1, condition) != 0)
    filter->is_whole = false;
}

// Threads are the process's own business, other processes need a permission; namespaces, and children of the spawner, are
// nobody's.
static void refuse_processes(struct filter *filter, uint32_t options) {
  static const uint64_t flags[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS,
                                   CLONE_NEWIPC,  CLONE_NEWUSER,   CLONE_NEWPID,
                                   CLONE_NEWNET,  CLONE_PARENT,    CLONE_PTRACE};
  for (size_t index = 0; index < LENGTH(flags); index++)
    refuse_if(filter, SCMP_SYS(clone), BITS(0, flags[index], flags[index]));
  // Its flags stand in memory, where a filter cannot look. Libraries then use clone.
  answer(filter, ENOSYS, SCMP_SYS(clone3));
  if (options & PATCHBAY_ALLOW_PROCESSES) return;
  refuse_if(filter, SCMP_SYS(clone), BITS(0, CLONE_THREAD, 0));
  refuse_all(filter, refused_processes, LENGTH(refused_processes));
}

// Priorities and limits of others. As root a plugin shares its user with the host.
static void refuse_others(struct filter *filter) {
  static const int of_oneself[] = {SCMP_SYS(prlimit64), SCMP_SYS(sched_setaffinity),
                                   SCMP_SYS(sched_setattr), SCMP_SYS(sched_setparam),
                                   SCMP_SYS(sched_setscheduler)};
  for (size_t index = 0; index < LENGTH(of_oneself); index++)
    refuse_if(filter, of_oneself[index], IS_NOT(0, 0));
  static const int commands[] = {F_SETOWN, F_SETOWN_EX, F_SETSIG, F_SETLEASE, F_NOTIFY};
  for (size_t index = 0; index < LENGTH(commands); index++)
    refuse_if(filter, SCMP_SYS(fcntl), IS(1, commands[index]));
  static const unsigned requests[] = {FIOSETOWN, SIOCSPGRP, TIOCSTI, TIOCLINUX};
  for (size_t index = 0; index < LENGTH(requests); index++)
    refuse_if(filter, SCMP_SYS(ioctl), IS(1, requests[index]));
  // It would outlive the host.
  refuse_if(filter, SCMP_SYS(prctl), IS(0, PR_SET_PDEATHSIG));
  refuse_if(filter, SCMP_SYS(prctl), IS(0, PR_SET_MM));
}

static void refuse_sockets(struct filter *filter, uint32_t options) {
  refuse_all(filter, refused_sockets, LENGTH(refused_sockets));
  // A pair of datagram sockets could be pointed at somebody else's.
  refuse_if(filter, SCMP_SYS(socketpair), IS_NOT(0, AF_UNIX));
  for (unsigned type = 0; type < 16; type++) {
    if (type != SOCK_STREAM) refuse_if(filter, SCMP_SYS(socketpair), BITS(1, 15, type));
  }
  if (!(options & PATCHBAY_ALLOW_NETWORK)) {
    answer(filter, EPERM, SCMP_SYS(socket));
    answer(filter, EPERM, SCMP_SYS(connect));
    return;
  }
  for (unsigned family = 0; family < AF_MAX; family++) {
    if (family != AF_INET && family != AF_INET6)
      refuse_if(filter, SCMP_SYS(socket), IS(0, family));
  }
  refuse_if(filter, SCMP_SYS(socket), SCMP_CMP(0, SCMP_CMP_GE, AF_MAX));
  for (unsigned type = 0; type < 16; type++) {
    if (type != SOCK_STREAM && type != SOCK_DGRAM)
      refuse_if(filter, SCMP_SYS(socket), BITS(1, 15, type));
  }
}

// Memory and file contents that the limits and Landlock do not see.
static void refuse_memory(struct filter *filter) {
  refuse_if(filter, SCMP_SYS(mmap), BITS(3, MAP_TYPE | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS));
  refuse_if(filter, SCMP_SYS(mmap),
            BITS(3, MAP_TYPE | MAP_ANONYMOUS, MAP_SHARED_VALIDATE | MAP_ANONYMOUS));
  // What grows like a stack is counted as one.
  refuse_if(filter, SCMP_SYS(mmap), BITS(3, MAP_GROWSDOWN, MAP_GROWSDOWN));
  // Older versions of Landlock let a file that is open for reading be emptied.
  refuse_if(filter, SCMP_SYS(open), BITS(1, O_ACCMODE | O_TRUNC, O_RDONLY | O_TRUNC));
  refuse_if(filter, SCMP_SYS(openat), BITS(2, O_ACCMODE | O_TRUNC, O_RDONLY | O_TRUNC));
  answer(filter, ENOSYS, SCMP_SYS(openat2));
}

static bool add_rules(struct filter *filter, uint32_t options) {
  // A program for another kind of processor, whose calls have other numbers, is killed. Calls are looked up in a tree:
  // older kernels run through the filter at each call.
  filter->is_whole =
      seccomp_attr_set(filter->context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
      seccomp_attr_set(filter->context, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0;
  refuse_all(filter, refused_always, LENGTH(refused_always));
  refuse_processes(filter, options);
  refuse_others(filter);
  refuse_sockets(filter, options);
  refuse_memory(filter);
  return filter->is_whole;
}

// The library only writes to descriptors.
static bool take_program(int file, struct sock_fprog *program) {
  off_t size = lseek(file, 0, SEEK_END);
  if (size <= 0 || size % (off_t)sizeof(struct sock_filter) != 0) return false;
  struct sock_filter *instructions = malloc((size_t)size);
  if (!instructions || pread(file, instructions, (size_t)size, 0) != size) {
    free(instructions);
    return false;
  }
  program->filter = instructions;
  program->len = (unsigned short)((size_t)size / sizeof *instructions);
  return true;
}

static void compile(uint32_t options, struct sock_fprog *program) {
  struct filter filter = {seccomp_init(SCMP_ACT_ALLOW), true};
  if (!filter.context) return;
  int file = memfd_create("filter", MFD_CLOEXEC);
  // The parts of the filter that this machine's kernel or processor does not know would have been left out without a
  // word: it is all of it or none.
  if (file >= 0 && add_rules(&filter, options) && seccomp_export_bpf(filter.context, file) == 0)
    take_program(file, program);
  if (file >= 0) close(file);
  seccomp_release(filter.context);
}

const struct sock_fprog *spawner_refused_calls(uint32_t options) {
  static struct sock_fprog programs[4];
  struct sock_fprog *program = &programs[(options & PATCHBAY_ALLOW_NETWORK ? 1 : 0) +
                                         (options & PATCHBAY_ALLOW_PROCESSES ? 2 : 0)];
  if (!program->filter) compile(options, program);
  return program->filter ? program : NULL;
}
