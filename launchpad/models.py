"""Index: the models of every room, so that Django finds them."""

from launchpad.earn.models import *  # noqa: F403
from launchpad.earn.sightings import *  # noqa: F403
from launchpad.governance.models import *  # noqa: F403
from launchpad.listings.models import *  # noqa: F403
from launchpad.programmes.models import *  # noqa: F403
from launchpad.rewards.models import *  # noqa: F403
from launchpad.sales.models import *  # noqa: F403
from launchpad.snapshots.models import *  # noqa: F403
