// SPDX-License-Identifier: Apache-2.0
//
// Namespaces apart from the machine's: a network without an interface, no one else's shared memory and queues, and a
// temporary folder that is bounded and vanishes with the process.

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawner.h"

#define TEMPORARY "size=64m,nr_inodes=4096,mode=0700"

// A network without an interface, or -1: each process makes its own.
static int empty_network = -1;

static bool can_filter_calls(void) {
  uint32_t action = SECCOMP_RET_ERRNO;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

// To make a network takes the kernel half a millisecond in which nobody else gets the processor, and as much again to take
// it down. Who has no interface and may not even make a socket finds no neighbour in it, so that one is enough for all.
void spawner_make_network(void) {
  if (!can_filter_calls()) return;
  int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (own >= 0 && unshare(CLONE_NEWNET) == 0) {
    int empty = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (empty >= 0) {
      // Out of the way of the descriptors that a new process gets.
      empty_network = fcntl(empty, F_DUPFD_CLOEXEC, PATCHBAY_PARKING);
      close(empty);
    }
    // Those that may use the network are started from here.
    if (setns(own, CLONE_NEWNET) != 0) _exit(1);
  }
  if (own >= 0) close(own);
}

static bool leave_network(void) {
  return empty_network >= 0 ? setns(empty_network, CLONE_NEWNET) == 0 : unshare(CLONE_NEWNET) == 0;
}

bool spawner_enter_namespaces(uint32_t options, const char *folder) {
  if (unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS) != 0) return false;
  if (!(options & PATCHBAY_ALLOW_NETWORK) && !leave_network()) return false;
  // Nothing that is mounted here is seen elsewhere.
  return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
         mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, TEMPORARY) == 0 &&
         chdir(folder) == 0;
}
