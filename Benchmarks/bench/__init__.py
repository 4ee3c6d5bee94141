# SPDX-License-Identifier: Apache-2.0
"""What `make bench` runs; docs/performance.md says how it measures and how to read it."""
