// SPDX-License-Identifier: Apache-2.0
//
// Copies of files that nobody can change any more.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "CSpawner.h"

// Younger than the headers of older systems, as is the number.
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

static int make(const char *name) {
  int memory = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  // Before Linux 6.3 all could be executed, and nobody said so.
  if (memory < 0 && errno == EINVAL) memory = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return memory;
}

static bool copy(int file, int memory, off_t size) {
  off_t offset = 0;
  while (offset < size) {
    ssize_t count = sendfile(memory, file, &offset, (size_t)(size - offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      // It became shorter meanwhile.
      if (count == 0) errno = EIO;
      return false;
    }
  }
  return true;
}

int patchbay_seal(int file, const char *name, off_t limit) {
  struct stat facts;
  if (fstat(file, &facts) != 0) return -errno;
  if (!S_ISREG(facts.st_mode) || facts.st_size > limit) return -EFBIG;
  int memory = make(name);
  if (memory < 0) return -errno;
  const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (copy(file, memory, facts.st_size) && fchmod(memory, 0555) == 0 &&
      fcntl(memory, F_ADD_SEALS, seals) == 0)
    return memory;
  int error = errno;
  close(memory);
  return -error;
}
