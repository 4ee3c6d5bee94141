# SPDX-License-Identifier: Apache-2.0
"""Mixed traffic for a long time: memory and descriptors of the host and its plugins stay what they are."""
