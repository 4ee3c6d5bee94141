// SPDX-License-Identifier: Apache-2.0
//
// Root without its powers: what a plugin executes gets none back.

#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawner.h"

bool spawner_drop_capabilities(void) {
  bool is_bounded = true;
  // The kernel may know more of them than the header, and says which is one too many.
  for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
    is_bounded = prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0 && is_bounded;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
  if (syscall(SYS_capset, &header, none) != 0) return false;
  // Only root would get them back by an exec; others only from a file, and not without new privileges.
  return is_bounded || (getuid() != 0 && geteuid() != 0);
}
