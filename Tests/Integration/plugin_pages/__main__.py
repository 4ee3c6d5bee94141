# SPDX-License-Identifier: Apache-2.0
"""`python -m plugin_pages --write` writes the tables of docs/plugins."""

import argparse

from .page import pages

parser = argparse.ArgumentParser(prog="plugin_pages", description=__doc__)
parser.add_argument("--write", action="store_true", required=True)
parser.parse_args()
for page in pages():
    page.path.write_text(page.current)
