"""Index: the staff screens of every room."""

from launchpad.earn import admin as earn_admin  # noqa: F401
from launchpad.governance import admin as governance_admin  # noqa: F401
from launchpad.listings import admin as listings_admin  # noqa: F401
from launchpad.programmes import admin as programmes_admin  # noqa: F401
from launchpad.rewards import admin as rewards_admin  # noqa: F401
from launchpad.sales import admin as sales_admin  # noqa: F401
from launchpad.snapshots import admin as snapshots_admin  # noqa: F401
