# SPDX-License-Identifier: Apache-2.0
"""What clients do, over every provider: a table of scenarios that the tests run, cell by cell, and
that docs/providers.md is written from."""
