// SPDX-License-Identifier: Apache-2.0
//
// The parts of the sandbox in their order: each needs what a later one takes away.

#define _GNU_SOURCE
#include "spawner.h"

bool spawner_build_sandbox(const struct received_request *received, const char *folder,
                           int executable, uint32_t *parts, const char **subject) {
  if (spawner_enter_namespaces(received->request.options, folder))
    *parts |= PATCHBAY_PART_NAMESPACES;
  // Mounts cannot be changed after this.
  if (spawner_restrict_files(received, executable, parts, subject) == LANDLOCK_BAD_PATH)
    return false;
  if (spawner_drop_capabilities()) *parts |= PATCHBAY_PART_CAPABILITIES;
  return true;
}
