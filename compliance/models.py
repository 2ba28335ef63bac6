"""Index: the models of every room, so that Django finds them."""

from compliance.cases.models import *  # noqa: F403
from compliance.identity.models import *  # noqa: F403
from compliance.monitoring.models import *  # noqa: F403
from compliance.reporting.models import *  # noqa: F403
from compliance.screening.models import *  # noqa: F403
from compliance.travel_rule.models import *  # type: ignore[assignment]  # noqa: F403
