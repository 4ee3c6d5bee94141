// SPDX-License-Identifier: Apache-2.0
//
// The private folders of processes: made for each, removed when it has ended.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawner.h"

// The folder of all folders, and the descriptor that keeps it; empty until the first process is started.
static char base[PATCHBAY_SPAWN_FOLDER - PATCHBAY_SPAWN_NAME - 22];
static int kept = -1;
static char prefix[sizeof base - 6] = P_tmpdir PATCHBAY_TEMPORARY;

void spawner_choose_temporary(const char *folder) {
  if (folder && folder[0] == '/' && strlen(folder) + sizeof PATCHBAY_TEMPORARY <= sizeof prefix)
    snprintf(prefix, sizeof prefix, "%s" PATCHBAY_TEMPORARY, folder);
}

// Runs beside the spawner, which has other processes to start meanwhile.
static void in_background(void (*job)(const char *), const char *path) {
  if (fork() != 0) return;
  // The host's socket and the lock are the spawner's alone.
  syscall(SYS_close_range, 0, ~0U, 0);
  job(path);
  _exit(0);
}

static bool make_base(void) {
  if (base[0]) return true;
  // What hosts before this one could not remove.
  in_background(patchbay_remove_abandoned, prefix);
  char path[sizeof base];
  kept = patchbay_make_temporary(prefix, path, sizeof path);
  if (kept < 0) {
    errno = -kept;
    return false;
  }
  strcpy(base, path);
  return true;
}

// What cleans temporary folders up has taken it.
static void forget_base(void) {
  close(kept);
  base[0] = 0;
}

static void path_of(const char *name, uint64_t id, char path[PATCHBAY_SPAWN_FOLDER]) {
  snprintf(path, PATCHBAY_SPAWN_FOLDER, "%s/%s-%" PRIu64, base, name, id);
}

bool spawner_make_folder(const char *name, uint64_t id, char path[PATCHBAY_SPAWN_FOLDER]) {
  if (base[0] && access(base, F_OK) != 0) forget_base();
  if (!make_base()) return false;
  path_of(name, id, path);
  return mkdir(path, 0700) == 0;
}

// Calls for each name in the folder, until one call fails. The descriptor is taken over.
static bool for_each(int folder, bool (*call)(int folder, const char *name, int upper), int upper) {
  DIR *entries = folder < 0 ? NULL : fdopendir(folder);
  if (!entries) return false;
  bool is_done = true;
  for (struct dirent *entry; is_done && (entry = readdir(entries)) != NULL;) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      is_done = call(dirfd(entries), entry->d_name, upper);
  }
  closedir(entries);
  return is_done;
}

// A plugin may have made a folder that not even its owner may enter. Root may.
static void make_accessible(int place, const char *name) {
  if (geteuid() != 0) fchmodat(place, name, 0700, 0);
}

static int open_folder(int place, const char *name) {
  make_accessible(place, name);
  return openat(place, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// A file is removed, a folder moved to the upper one under another name.
static bool lift(int folder, const char *name, int upper) {
  static unsigned long count;
  if (unlinkat(folder, name, 0) == 0) return true;
  char other[32];
  snprintf(other, sizeof other, "...%lu", count++);
  make_accessible(folder, name);
  return renameat2(folder, name, upper, other, RENAME_NOREPLACE) == 0 || errno == EEXIST;
}

// Empties a folder of one level, and what is left of it.
static bool remove_one(int folder, const char *name, int unused) {
  (void)unused;
  if (unlinkat(folder, name, 0) == 0 || unlinkat(folder, name, AT_REMOVEDIR) == 0) return true;
  return for_each(open_folder(folder, name), lift, folder);
}

// Level by level, whatever the depth. What cannot be removed stays where temporary files are: there is nobody to tell,
// and nothing waits for it.
void spawner_remove_tree(const char *path) {
  while (rmdir(path) != 0 && for_each(open_folder(AT_FDCWD, path), remove_one, -1)) {
  }
}

void spawner_remove_folder(const char *name, uint64_t id) {
  char path[PATCHBAY_SPAWN_FOLDER];
  path_of(name, id, path);
  if (rmdir(path) == 0 || errno == ENOENT) return;
  // As many files as a plugin liked to make.
  in_background(spawner_remove_tree, path);
}

void spawner_remove_base(void) {
  if (!base[0]) return;
  if (rmdir(base) != 0) in_background(spawner_remove_tree, base);
  // What the host had, which is gone too.
  in_background(patchbay_remove_abandoned, prefix);
}
