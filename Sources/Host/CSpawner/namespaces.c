// SPDX-License-Identifier: Apache-2.0
//
// Namespaces of the process's own: a network without an interface, no one else's shared memory and queues, and a
// temporary folder that is bounded and vanishes with the process.

#define _GNU_SOURCE
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "spawner.h"

#define TEMPORARY "size=64m,nr_inodes=4096,mode=0700"

bool spawner_enter_namespaces(uint32_t options, const char *folder) {
  int kinds = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
  if (!(options & PATCHBAY_ALLOW_NETWORK)) kinds |= CLONE_NEWNET;
  if (unshare(kinds) != 0) return false;
  // Nothing that is mounted here is seen elsewhere.
  return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
         mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, TEMPORARY) == 0 &&
         chdir(folder) == 0;
}
