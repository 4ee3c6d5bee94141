// SPDX-License-Identifier: Apache-2.0
//
// Folders that live as long as the process that made them. It holds a lock on each, which ends with it however it ends:
// whoever comes next removes what nobody holds.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spawner.h"

#define RANDOM "XXXXXX"
// A folder may be taken for an abandoned one between its making and its locking.
#define TRIES 100

// Opens a folder of this user and locks it. -1: it is held, gone, or somebody else's.
static int hold(int place, const char *path) {
  int folder = openat(place, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat facts;
  if (folder < 0) return -1;
  if (flock(folder, LOCK_EX | LOCK_NB) == 0 && fstat(folder, &facts) == 0 && facts.st_nlink > 0 &&
      facts.st_uid == geteuid())
    return folder;
  close(folder);
  return -1;
}

int patchbay_make_temporary(const char *prefix, char *path, size_t size) {
  for (int attempt = 0; attempt < TRIES; attempt++) {
    int length = snprintf(path, size, "%s" RANDOM, prefix);
    if (length < 0 || (size_t)length >= size) return -ENAMETOOLONG;
    if (!mkdtemp(path)) return -errno;
    int folder = hold(AT_FDCWD, path);
    if (folder >= 0) return folder;
  }
  return -EAGAIN;
}

static bool is_temporary(const char *name, const char *prefix) {
  size_t length = strlen(prefix);
  return strncmp(name, prefix, length) == 0 && strlen(name) == length + strlen(RANDOM);
}

void patchbay_remove_abandoned(const char *prefix) {
  const char *name = strrchr(prefix, '/');
  char parent[PATCHBAY_SPAWN_FOLDER];
  if (!name || (size_t)(name - prefix) >= sizeof parent) return;
  memcpy(parent, prefix, (size_t)(name - prefix));
  parent[name - prefix] = 0;
  DIR *entries = opendir(parent[0] ? parent : "/");
  if (!entries) return;
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    if (!is_temporary(entry->d_name, name + 1)) continue;
    int folder = hold(dirfd(entries), entry->d_name);
    if (folder < 0) continue;
    char path[2 * PATCHBAY_SPAWN_FOLDER];
    snprintf(path, sizeof path, "%s/%s", parent, entry->d_name);
    spawner_remove_tree(path);
    close(folder);
  }
  closedir(entries);
}
