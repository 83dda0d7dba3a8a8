"""Write the files of a form: python -m benchmarks.material FORM ROWS FOLDER."""

import sys
from pathlib import Path

from benchmarks.material import FORMS, write_dataset

write_dataset(FORMS[sys.argv[1]], int(sys.argv[2]), Path(sys.argv[3]))
