// SPDX-License-Identifier: Apache-2.0
//
// The private folders of processes: made for each, removed when it has ended.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawner.h"

// Descriptors with which a tree is removed. A deeper one takes longer.
#define WALK_DESCRIPTORS 16

// The folder of all folders; empty until the first process is started.
static char base[PATCHBAY_SPAWN_FOLDER - PATCHBAY_SPAWN_NAME - 22];
static char parent[sizeof base - 16] = P_tmpdir;

void spawner_choose_temporary(const char *folder) {
  if (folder && folder[0] == '/' && strlen(folder) < sizeof parent) strcpy(parent, folder);
}

static bool make_base(void) {
  if (base[0]) return true;
  char path[sizeof base];
  snprintf(path, sizeof path, "%s/patchbay-XXXXXX", parent);
  if (!mkdtemp(path)) return false;
  strcpy(base, path);
  return true;
}

static void path_of(const char *name, uint64_t id, char path[PATCHBAY_SPAWN_FOLDER]) {
  snprintf(path, PATCHBAY_SPAWN_FOLDER, "%s/%s-%" PRIu64, base, name, id);
}

bool spawner_make_folder(const char *name, uint64_t id, char path[PATCHBAY_SPAWN_FOLDER]) {
  // What cleans temporary folders up may have taken it.
  if (base[0] && access(base, F_OK) != 0) base[0] = 0;
  if (!make_base()) return false;
  path_of(name, id, path);
  return mkdir(path, 0700) == 0;
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *place) {
  (void)facts;
  // By the last name, in the folder that the walk is in: a path may be longer than the kernel takes.
  const char *name = place->level == 0 ? path : path + place->base;
  return unlinkat(AT_FDCWD, name, kind == FTW_DP ? AT_REMOVEDIR : 0) == 0 || errno == ENOENT ? 0
                                                                                             : -1;
}

static void remove_tree(const char *path) {
  // What cannot be removed stays where temporary files are; there is nobody to tell and nothing that waits for it.
  nftw(path, remove_one, WALK_DESCRIPTORS, FTW_CHDIR | FTW_DEPTH | FTW_MOUNT | FTW_PHYS);
}

void spawner_remove_folder(const char *name, uint64_t id) {
  char path[PATCHBAY_SPAWN_FOLDER];
  path_of(name, id, path);
  if (rmdir(path) == 0 || errno == ENOENT) return;
  // As many files as a plugin liked to make: other processes are not kept waiting for that.
  if (fork() != 0) return;
  // The host's socket is the spawner's alone.
  syscall(SYS_close_range, 0, ~0U, 0);
  remove_tree(path);
  _exit(0);
}

void spawner_remove_all_folders(void) {
  if (base[0] && rmdir(base) != 0) remove_tree(base);
}
