// SPDX-License-Identifier: Apache-2.0
//
// Landlock: which files the process reaches, no TCP, no signals and abstract sockets of others.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawner.h"

// The kernel's numbers, which do not depend on the age of the headers that this is built with.
#define SYS_LANDLOCK_CREATE_RULESET 444
#define SYS_LANDLOCK_ADD_RULE 445
#define SYS_LANDLOCK_RESTRICT_SELF 446
#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH 1

enum {
  EXECUTE = 1 << 0,
  WRITE_FILE = 1 << 1,
  READ_FILE = 1 << 2,
  READ_DIR = 1 << 3,
  REMOVE_DIR = 1 << 4,
  REMOVE_FILE = 1 << 5,
  MAKE_DIR = 1 << 7,
  MAKE_REG = 1 << 8,
  MAKE_SYM = 1 << 12,
  REFER = 1 << 13,
  TRUNCATE = 1 << 14,
  IOCTL_DEV = 1 << 15,
  // What the first version of Landlock knows.
  FIRST = (1 << 13) - 1,
};
#define OF_FILES (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV)
#define READ (READ_FILE | READ_DIR)
#define WRITE                                                                              \
  (WRITE_FILE | TRUNCATE | MAKE_DIR | MAKE_REG | MAKE_SYM | REMOVE_DIR | REMOVE_FILE | REFER)
#define BIND_TCP 1u
#define CONNECT_TCP 2u
#define SCOPES 3u  // abstract Unix sockets, signals

struct ruleset {
  uint64_t files;
  uint64_t network;
  uint64_t scopes;
};

struct path_rule {
  uint64_t rights;
  int32_t place;
} __attribute__((packed));

// What loaders, interpreters and runtimes need on any machine; what is not there is not needed.
static const struct {
  const char *path;
  uint64_t rights;
} system_files[] = {
    {"/usr", READ | EXECUTE},
    {"/bin", READ | EXECUTE},
    {"/sbin", READ | EXECUTE},
    {"/lib", READ | EXECUTE},
    {"/lib32", READ | EXECUTE},
    {"/lib64", READ | EXECUTE},
    {"/libx32", READ | EXECUTE},
    {"/etc/ld.so.cache", READ},
    {"/etc/localtime", READ},
    {"/proc/self", READ},
    {"/sys/devices/system/cpu", READ},
    {"/dev/random", READ},
    {"/dev/urandom", READ},
    {"/dev/null", READ | WRITE_FILE},
};

// How names become addresses, and whom TLS trusts.
static const char *const network_files[] = {
    "/etc/resolv.conf", "/etc/hosts",     "/etc/nsswitch.conf", "/etc/host.conf",
    "/etc/gai.conf",    "/etc/services",  "/etc/protocols",     "/etc/ssl/certs",
    "/etc/pki/tls/certs", "/run/systemd/resolve",
};

static bool allow(int rules, const struct ruleset *set, int place, uint64_t rights) {
  struct stat facts;
  if (fstat(place, &facts) != 0) return false;
  if (!S_ISDIR(facts.st_mode)) rights &= OF_FILES;
  struct path_rule rule = {rights & set->files, place};
  return syscall(SYS_LANDLOCK_ADD_RULE, rules, RULE_PATH_BENEATH, &rule, 0) == 0;
}

// A sealed copy stands in no file system that anybody can reach by a path. Landlock takes no rules for such, and restricts
// nothing there.
static bool allow_executable(int rules, const struct ruleset *set, int executable) {
  return allow(rules, set, executable, READ | EXECUTE) || errno == EBADFD;
}

static bool allow_path(int rules, const struct ruleset *set, const char *path, uint64_t rights) {
  int place = open(path, O_PATH | O_CLOEXEC);
  if (place < 0) return false;
  bool is_allowed = allow(rules, set, place, rights);
  int error = errno;
  close(place);
  errno = error;
  return is_allowed;
}

static bool allow_system(int rules, const struct ruleset *set, uint32_t options) {
  for (size_t index = 0; index < sizeof system_files / sizeof *system_files; index++) {
    if (!allow_path(rules, set, system_files[index].path, system_files[index].rights) &&
        errno != ENOENT)
      return false;
  }
  if (!(options & PATCHBAY_ALLOW_NETWORK)) return true;
  for (size_t index = 0; index < sizeof network_files / sizeof *network_files; index++) {
    if (!allow_path(rules, set, network_files[index], READ) && errno != ENOENT) return false;
  }
  return true;
}

// What the host names: each path with a letter before it. Gives the one that cannot be had, or null.
static const char *allow_named(int rules, const struct ruleset *set, const char *paths,
                               size_t length) {
  for (size_t at = 0; at < length; at += strlen(paths + at) + 1) {
    uint64_t rights = READ | (paths[at] == PATCHBAY_PATH_WRITE ? WRITE : EXECUTE);
    if (!allow_path(rules, set, paths + at + 1, rights)) return paths + at + 1;
  }
  return NULL;
}

static struct ruleset known_to(long version, uint32_t options) {
  struct ruleset set = {FIRST, 0, 0};
  if (version >= 2) set.files |= REFER;
  if (version >= 3) set.files |= TRUNCATE;
  if (version >= 4)
    set.network = options & PATCHBAY_ALLOW_NETWORK ? BIND_TCP : BIND_TCP | CONNECT_TCP;
  if (version >= 5) set.files |= IOCTL_DEV;
  if (version >= 6) set.scopes = SCOPES;
  return set;
}

enum landlock_outcome spawner_restrict_files(const struct received_request *received,
                                             int executable, uint32_t *parts,
                                             const char **subject) {
  const struct patchbay_spawn_request *request = &received->request;
  long version = syscall(SYS_LANDLOCK_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);
  if (version < 1) return LANDLOCK_MISSING;
  struct ruleset set = known_to(version, request->options);
  size_t size = version >= 6   ? sizeof set
                : version >= 4 ? offsetof(struct ruleset, scopes)
                               : offsetof(struct ruleset, network);
  int rules = (int)syscall(SYS_LANDLOCK_CREATE_RULESET, &set, size, 0);
  if (rules < 0) return LANDLOCK_MISSING;
  *subject = allow_named(rules, &set, received->paths, request->paths);
  if (*subject) return LANDLOCK_BAD_PATH;
  if (!allow_system(rules, &set, request->options) ||
      !allow_path(rules, &set, ".", READ | WRITE) ||
      !allow_executable(rules, &set, executable) ||
      syscall(SYS_LANDLOCK_RESTRICT_SELF, rules, 0) != 0) {
    close(rules);
    return LANDLOCK_MISSING;
  }
  close(rules);
  *parts |= PATCHBAY_PART_LANDLOCK;
  if (set.network) *parts |= PATCHBAY_PART_LANDLOCK_TCP;
  if (set.scopes) *parts |= PATCHBAY_PART_LANDLOCK_SCOPES;
  return LANDLOCK_RESTRICTED;
}
