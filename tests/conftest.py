"""What all tests have in common: the seeds of random ones."""

from tests.seeds import describe_answer_seeds  # the module sets Hypothesis up, too


def pytest_report_header():
    """Show the seeds of the servers with drawn answers."""
    return describe_answer_seeds()
