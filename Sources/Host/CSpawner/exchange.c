// SPDX-License-Identifier: Apache-2.0
//
// Two folders change places at once; Swift does not see the call.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "CSpawner.h"

int patchbay_exchange(const char *one, const char *other) {
  return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) == 0 ? 0 : errno;
}
