# SPDX-License-Identifier: Apache-2.0
"""`python -m scenarios --write-document` writes docs/providers.md."""

import argparse

from . import document

parser = argparse.ArgumentParser(prog="scenarios", description=__doc__)
parser.add_argument("--write-document", action="store_true", required=True)
parser.parse_args()
document.write()
