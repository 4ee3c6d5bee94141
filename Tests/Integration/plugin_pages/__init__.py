# SPDX-License-Identifier: Apache-2.0
"""The pages of docs/plugins: their tables are written from the plugins, their examples are run."""
