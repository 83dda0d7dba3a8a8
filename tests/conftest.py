"""What all tests have in common: the seeds of random ones."""

import tests.seeds  # noqa: F401  (it sets Hypothesis up)
