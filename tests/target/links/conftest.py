"""A base with two tables and a link between them."""

import pytest

from tests.target.links.customers_and_orders import with_links


@pytest.fixture
def linked(base):
    """Customers and orders, with a link between them."""
    return with_links(base)
