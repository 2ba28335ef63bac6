"""Index: the tasks of every room, so that workers find them by name."""

from launchpad.demo import tasks as demo_tasks  # noqa: F401
from launchpad.earn import tasks as earn_tasks  # noqa: F401
from launchpad.governance import tasks as governance_tasks  # noqa: F401
from launchpad.listings import tasks as listings_tasks  # noqa: F401
from launchpad.programmes import tasks as programmes_tasks  # noqa: F401
from launchpad.rewards import tasks as rewards_tasks  # noqa: F401
from launchpad.sales import tasks as sales_tasks  # noqa: F401
from launchpad.snapshots import tasks as snapshots_tasks  # noqa: F401
