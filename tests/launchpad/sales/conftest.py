"""Members of staff with roles, as the staff site's own tests have them."""

from tests.exchange.portal.conftest import as_role, every_role  # noqa: F401
